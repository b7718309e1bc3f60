#include <string.h>

#include "bilens/base/text.h"
#include "bilens/base/utf8.h"
#include "bilens/formats/json.h"

void json_add_string(struct text *out, const char *bytes, size_t length)
{
    text_add_char(out, '"');
    while (length > 0) {
        uint32_t code;
        size_t n = utf8_decode(bytes, length, &code);
        if (code == UINT32_MAX)
            text_printf(out, "\\\\x%02x", (unsigned char)bytes[0]);
        else if (code == '"' || code == '\\')
            text_printf(out, "\\%c", (char)code);
        else if (code < 0x20 || code == 0x7f)
            text_printf(out, "\\u%04x", (unsigned)code);
        else
            text_add_bytes(out, bytes, n);
        bytes += n;
        length -= n;
    }
    text_add_char(out, '"');
}
