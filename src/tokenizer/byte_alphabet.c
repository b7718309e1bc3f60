#include "byte_alphabet.h"

#include "bilens/base/text.h"
#include "bilens/base/utf8.h"

/* The hidden bytes are 00-20, 7F-A0 and AD: 33, 34 and 1 of them. */
uint32_t byte_alphabet_code(unsigned char byte)
{
    if (byte <= 0x20)
        return 0x100u + byte;
    if (byte >= 0x7F && byte <= 0xA0)
        return 0x121u + byte - 0x7F;
    return byte == 0xAD ? 0x143u : byte;
}

bool byte_alphabet_byte(uint32_t code, unsigned char *byte)
{
    if (code >= 0x100 && code <= 0x120)
        *byte = (unsigned char)(code - 0x100);
    else if (code >= 0x121 && code <= 0x142)
        *byte = (unsigned char)(code - 0x121 + 0x7F);
    else if (code == 0x143)
        *byte = 0xAD;
    else if (code <= 0xFF && byte_alphabet_code((unsigned char)code) == code)
        *byte = (unsigned char)code;
    else
        return false;
    return true;
}

void byte_alphabet_write(struct text *out, const char *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++)
        text_add_code(out, byte_alphabet_code((unsigned char)bytes[i]));
}

bool byte_alphabet_read(struct text *out, const char *bytes, size_t length)
{
    unsigned char byte;
    uint32_t code;

    for (size_t i = 0; i < length;) {
        i += utf8_decode(bytes + i, length - i, &code);
        if (!byte_alphabet_byte(code, &byte))
            return false;
    }
    for (size_t i = 0; i < length;) {
        i += utf8_decode(bytes + i, length - i, &code);
        byte_alphabet_byte(code, &byte);
        text_add_bytes(out, &byte, 1);
    }
    return true;
}
