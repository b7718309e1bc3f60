#include "decoder.h"

#include <string.h>

#include "bilens/base/err.h"
#include "bilens/base/mem.h"
#include "bilens/base/utf8.h"
#include "byte_alphabet.h"
#include "pattern.h"

/* --- Strings --- */

void strings_done(struct strings *s)
{
    text_done(&s->text);
    mem_free(s->ends);
    *s = STRINGS_EMPTY;
}

void strings_end(struct strings *s)
{
    if (s->count == s->capacity) {
        size_t capacity = s->capacity == 0 ? 16 : 2 * s->capacity;
        s->ends = mem_resize(s->ends, capacity, sizeof *s->ends);
        s->capacity = capacity;
    }
    s->ends[s->count++] = s->text.length;
}

static struct piece string_at(const struct strings *s, size_t i)
{
    size_t start = i == 0 ? 0 : s->ends[i - 1];
    return (struct piece){text_get(&s->text) + start, s->ends[i] - start};
}

static bool starts_with(struct piece s, struct piece start)
{
    return start.length <= s.length && memcmp(s.bytes, start.bytes, start.length) == 0;
}

static struct piece piece_of(const char *string)
{
    return (struct piece){string, strlen(string)};
}

static void replace_all(struct piece in, struct piece source, struct piece content,
                        struct text *out)
{
    for (size_t i = 0; i < in.length && out->length <= PIECE_TEXT_MOST;) {
        struct piece rest = {in.bytes + i, in.length - i};
        if (source.length > 0 && starts_with(rest, source)) {
            text_add_bytes(out, content.bytes, content.length);
            i += source.length;
        } else {
            text_add_char(out, in.bytes[i++]);
        }
    }
}

/* --- Token by token --- */

/* The rules of BERT's reference code, in their order. */
static void clean_up(struct text *text)
{
    static const char *const rules[][2] = {
        {" .", "."},   {" ?", "?"},     {" !", "!"},     {" ,", ","},
        {" ' ", "'"},  {" n't", "n't"}, {" 'm", "'m"},   {" do not", " don't"},
        {" 's", "'s"}, {" 've", "'ve"}, {" 're", "'re"},
    };

    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
        struct text next = TEXT_EMPTY;
        replace_all((struct piece){text_get(text), text->length}, piece_of(rules[i][0]),
                    piece_of(rules[i][1]), &next);
        text_done(text);
        *text = next;
    }
}

static void decode_wordpiece(const struct decode_step *step, struct piece in, bool first,
                             struct text *out)
{
    struct text own = TEXT_EMPTY;
    size_t skipped = !first && starts_with(in, step->content) ? step->content.length : 0;

    if (!first && skipped == 0)
        text_add_char(&own, ' ');
    text_add_bytes(&own, in.bytes + skipped, in.length - skipped);
    if (step->cleanup)
        clean_up(&own);
    text_add_bytes(out, text_get(&own), own.length);
    text_done(&own);
}

static void decode_strip(const struct decode_step *step, struct piece in, struct text *out)
{
    struct piece unit = step->content;

    for (size_t n = 0; n < step->start && unit.length > 0 && starts_with(in, unit); n++)
        in = (struct piece){in.bytes + unit.length, in.length - unit.length};
    for (size_t n = 0; n < step->stop && unit.length > 0 && unit.length <= in.length; n++) {
        if (memcmp(in.bytes + in.length - unit.length, unit.bytes, unit.length) != 0)
            break;
        in.length -= unit.length;
    }
    text_add_bytes(out, in.bytes, in.length);
}

static bool decode_replace(const struct decode_step *step, const struct pattern *pattern,
                           struct piece in, struct text *out, struct err *e)
{
    struct pattern_walk walk = pattern_walk(pattern, in.bytes, in.length);
    size_t done = 0, start, end;
    bool found;

    do {
        if (!pattern_next(&walk, &found, &start, &end, e))
            return false;
        text_add_bytes(out, in.bytes + done, (found ? start : in.length) - done);
        if (found)
            text_add_bytes(out, step->content.bytes, step->content.length);
        done = found ? end : done;
    } while (found && out->length <= PIECE_TEXT_MOST);
    return true;
}

static bool decode_each(const struct decode_step *step, const struct pattern *pattern,
                        const struct strings *in, struct strings *out, struct err *e)
{
    static const struct piece space = {" ", 1}, nothing = {"", 0};

    for (size_t i = 0; i < in->count; i++) {
        struct piece s = string_at(in, i);
        bool good = true;
        if (step->type == DECODE_WORDPIECE)
            decode_wordpiece(step, s, i == 0, &out->text);
        else if (step->type == DECODE_BPE)
            replace_all(s, step->content, i + 1 == in->count ? nothing : space, &out->text);
        else if (step->type == DECODE_METASPACE)
            replace_all(s, step->content, i == 0 && !step->keep_first ? nothing : space,
                        &out->text);
        else if (step->type == DECODE_STRIP)
            decode_strip(step, s, &out->text);
        else
            good = decode_replace(step, pattern, s, &out->text, e);
        if (!good || !piece_text_fits(&out->text, e))
            return false;
        strings_end(out);
    }
    return true;
}

/* --- Across tokens --- */

/* Tokens that are not in the alphabet, added ones, stand for themselves. */
static void decode_bytes(const struct strings *in, struct strings *out)
{
    struct text bytes = TEXT_EMPTY;

    for (size_t i = 0; i < in->count; i++) {
        struct piece s = string_at(in, i);
        if (!byte_alphabet_read(&bytes, s.bytes, s.length))
            text_add_bytes(&bytes, s.bytes, s.length);
    }
    utf8_replace(&out->text, text_get(&bytes), bytes.length);
    text_done(&bytes);
    strings_end(out);
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

bool decoder_byte(struct piece s, unsigned char *byte)
{
    if (s.length != 6 || memcmp(s.bytes, "<0x", 3) != 0 || s.bytes[5] != '>' ||
        hex_value(s.bytes[3]) < 0 || hex_value(s.bytes[4]) < 0)
        return false;
    *byte = (unsigned char)(hex_value(s.bytes[3]) << 4 | hex_value(s.bytes[4]));
    return true;
}

/* A run of byte tokens is a text if its bytes are one, else a U+FFFD for each of them. */
static void end_run(struct text *run, struct strings *out)
{
    bool valid = utf8_valid(text_get(run), run->length);

    if (valid && run->length > 0) {
        text_add_bytes(&out->text, text_get(run), run->length);
        strings_end(out);
    }
    for (size_t i = 0; !valid && i < run->length; i++) {
        text_add_code(&out->text, 0xFFFD);
        strings_end(out);
    }
    text_clear(run);
}

static void decode_fallback(const struct strings *in, struct strings *out)
{
    struct text run = TEXT_EMPTY;

    for (size_t i = 0; i < in->count; i++) {
        struct piece s = string_at(in, i);
        unsigned char byte;
        if (decoder_byte(s, &byte)) {
            text_add_bytes(&run, &byte, 1);
            continue;
        }
        end_run(&run, out);
        text_add_bytes(&out->text, s.bytes, s.length);
        strings_end(out);
    }
    end_run(&run, out);
    text_done(&run);
}

static bool apply_step(const struct decode_step *step, const struct strings *in,
                       struct strings *out, struct err *e)
{
    struct pattern *pattern = NULL;
    bool good;

    out->count = 0;
    text_clear(&out->text);
    switch (step->type) {
    case DECODE_BYTES:
        decode_bytes(in, out);
        return true;
    case DECODE_BYTE_FALLBACK:
        decode_fallback(in, out);
        return true;
    case DECODE_FUSE:
        text_add_bytes(&out->text, text_get(&in->text), in->text.length);
        strings_end(out);
        return true;
    case DECODE_REPLACE:
        pattern = step->is_regex ? pattern_new_regex(step->source, e)
                                 : pattern_new_string(step->source, e);
        good = pattern != NULL && decode_each(step, pattern, in, out, e);
        pattern_free(pattern);
        return good;
    default:
        return decode_each(step, NULL, in, out, e);
    }
}

bool decoder_apply(const struct decoder *d, struct strings *strings, struct err *e)
{
    struct strings next = STRINGS_EMPTY;
    bool good = true;

    for (size_t i = 0; good && i < d->count; i++) {
        struct strings swap = *strings;
        good = apply_step(&d->steps[i], strings, &next, e);
        *strings = next;
        next = swap;
    }
    strings_done(&next);
    return good;
}
