/* The header of a safetensors file that bilens writes. */
#include <stdint.h>
#include <string.h>

#include "bilens/base/text.h"
#include "bilens/formats/json.h"
#include "bilens/formats/safetensors.h"
#include "safetensors_parts.h"

enum { LENGTH = 8, ALIGN = 8 };

static void add_key(struct text *out, const char *key)
{
    json_add_string(out, key, strlen(key));
    text_add_char(out, ':');
}

/* Returns where its data ends. */
static size_t add_entry(struct text *out, const struct safetensors_entry *t, size_t begin)
{
    size_t end = dtype_bits(t->dtype) / 8;
    add_key(out, t->name);
    text_add_char(out, '{');
    add_key(out, SAFETENSORS_DTYPE);
    text_printf(out, "\"%s\",", dtype_name(t->dtype));
    add_key(out, SAFETENSORS_SHAPE);
    text_add_char(out, '[');
    for (size_t i = 0; i < t->rank; i++) {
        text_printf(out, "%s%zu", i > 0 ? "," : "", t->shape[i]);
        end *= t->shape[i];
    }
    end += begin;
    text_add(out, "],");
    add_key(out, SAFETENSORS_OFFSETS);
    text_printf(out, "[%zu,%zu]}", begin, end);
    return end;
}

void safetensors_header(const struct safetensors_entry *entries, size_t count, const char *own,
                        struct text *out)
{
    struct text header = TEXT_EMPTY;
    size_t at = 0;
    text_add_char(&header, '{');
    if (own != NULL) {
        add_key(&header, SAFETENSORS_METADATA);
        text_add_char(&header, '{');
        add_key(&header, SAFETENSORS_OWN);
        json_add_string(&header, own, strlen(own));
        text_add(&header, count > 0 ? "}," : "}");
    }
    for (size_t i = 0; i < count; i++) {
        text_add(&header, i > 0 ? "," : "");
        at = add_entry(&header, &entries[i], at);
    }
    text_add_char(&header, '}');
    text_add_fill(&header, ' ', (ALIGN - header.length % ALIGN) % ALIGN);
    for (size_t i = 0; i < LENGTH; i++)
        text_add_char(out, (char)((uint64_t)header.length >> (8 * i) & 0xff));
    text_add_bytes(out, text_get(&header), header.length);
    text_done(&header);
}
