/* As numpy.lib.format documents it (NEP 1). */
#include "bilens/formats/npy.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "bilens/base/err.h"
#include "bilens/base/mem.h"
#include "bilens/base/text.h"

/* That of an array of plain numbers has about a hundred bytes. */
enum { HEADER_MOST = 65536, DESCR_MOST = 32 };

struct header {
    const char *file;
    const char *at, *end;
    struct array *array;
    struct err *e;
};

static bool refuse(const struct header *h, const char *why)
{
    return err_set(h->e, ERR_FORMAT, "%s: not a .npy array: %s", h->file, why);
}

/* ---- the literal ---- */

static void skip_space(struct header *h)
{
    while (h->at < h->end && strchr(" \t\n\r", *h->at) != NULL && *h->at != '\0')
        h->at++;
}

/* Moves behind the character, if it comes next. */
static bool take(struct header *h, char c)
{
    skip_space(h);
    if (h->at == h->end || *h->at != c)
        return false;
    h->at++;
    return true;
}

static bool take_word(struct header *h, const char *word)
{
    size_t length = strlen(word);
    skip_space(h);
    if ((size_t)(h->end - h->at) < length || memcmp(h->at, word, length) != 0)
        return false;
    h->at += length;
    return true;
}

/* A string without escapes, in either kind of quotes; out has room for `room` bytes. */
static bool take_string(struct header *h, char *out, size_t room)
{
    char quote = take(h, '\'') ? '\'' : take(h, '"') ? '"' : '\0';
    size_t n = 0;
    if (quote == '\0')
        return refuse(h, "a string is missing in its header");
    for (; h->at < h->end && *h->at != quote; h->at++) {
        if ((unsigned char)*h->at < 0x20 || *h->at == '\\' || n + 1 == room)
            return refuse(h, "a string of its header is malformed");
        out[n++] = *h->at;
    }
    out[n] = '\0';
    return take(h, quote) || refuse(h, "a string of its header does not end");
}

static bool take_size(struct header *h, size_t *out)
{
    size_t value = 0, digits = 0;
    skip_space(h);
    for (; h->at < h->end && *h->at >= '0' && *h->at <= '9'; h->at++, digits++) {
        size_t digit = (size_t)(*h->at - '0');
        if (value > (SIZE_MAX - digit) / 10)
            return refuse(h, "a dimension of its shape overflows 64 bits");
        value = 10 * value + digit;
    }
    *out = value;
    return digits > 0 || refuse(h, "its shape is not a tuple of whole numbers");
}

static bool read_shape(struct header *h)
{
    struct array *a = h->array;
    bool comma = true;
    if (!take(h, '('))
        return refuse(h, "its shape is not a tuple of whole numbers");
    for (a->rank = 0; !take(h, ')'); a->rank++) {
        if (!comma)
            return refuse(h, "its shape is not a tuple of whole numbers");
        if (a->rank == ARRAY_MOST_RANK)
            return refuse(h, "it has more than 32 dimensions");
        if (!take_size(h, &a->shape[a->rank]))
            return false;
        comma = take(h, ',');
    }
    /* (3) is a number in brackets, (3,) a tuple */
    return a->rank != 1 || comma || refuse(h, "its shape is not a tuple of whole numbers");
}

static bool read_order(struct header *h)
{
    h->array->fortran = take_word(h, "True");
    return h->array->fortran || take_word(h, "False") ||
           refuse(h, "its fortran_order is neither True nor False");
}

/* ---- the type ---- */

/* What the letter of a type that holds no plain numbers stands for, and what would work. */
static bool refuse_type(struct header *h, const char *descr)
{
    static const struct {
        char letter;
        const char *what;
    } kinds[] = {
        {'O', "pickled Python objects, which are never loaded: loading runs code of the file's; "
              "save it as numbers: np.save(f, np.asarray(x, dtype=np.float32))"},
        {'c', "complex numbers; save x.real and x.imag"},
        {'U', "text, not numbers"},
        {'S', "byte strings, not numbers"},
        {'V', "raw bytes, not numbers (a bfloat16 array looks like this; save "
              "x.astype(np.float32))"},
        {'M', "dates, not numbers"},
        {'m', "time differences, not numbers"}};
    char letter = descr[0] != '\0' && strchr("<>|=", descr[0]) != NULL ? descr[1] : descr[0];
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (kinds[i].letter == letter)
            return err_set(h->e, ERR_UNSUPPORTED, "%s: holds %s", h->file, kinds[i].what);
    return err_set(h->e, ERR_UNSUPPORTED,
                   "%s: elements of type '%s' are not read; bilens reads f2, f4, f8, i1 to i8, u1 "
                   "to u8 and b1",
                   h->file, descr);
}

static bool read_type(struct header *h)
{
    static const struct {
        const char *name;
        enum dtype type;
    } types[] = {{"f2", DTYPE_F16}, {"f4", DTYPE_F32}, {"f8", DTYPE_F64}, {"i1", DTYPE_I8},
                 {"i2", DTYPE_I16}, {"i4", DTYPE_I32}, {"i8", DTYPE_I64}, {"u1", DTYPE_U8},
                 {"u2", DTYPE_U16}, {"u4", DTYPE_U32}, {"u8", DTYPE_U64}, {"b1", DTYPE_BOOL}};
    char descr[DESCR_MOST];
    if (take(h, '['))
        return err_set(h->e, ERR_UNSUPPORTED,
                       "%s: holds records (a structured array), not numbers; save one field: "
                       "np.save(f, x['name'])",
                       h->file);
    if (!take_string(h, descr, sizeof descr))
        return false;
    const char *name = descr + strspn(descr, "<>|=");
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        if (name > descr + 1 || strcmp(name, types[i].name) != 0)
            continue;
        h->array->type = types[i].type;
        h->array->swapped = descr[0] == '>' && dtype_bits(types[i].type) > 8;
        return true;
    }
    return refuse_type(h, descr);
}

/* ---- the header ---- */

static bool read_entry(struct header *h, unsigned *seen)
{
    static const struct {
        const char *name;
        bool (*read)(struct header *);
    } keys[] = {{"descr", read_type}, {"fortran_order", read_order}, {"shape", read_shape}};
    char name[DESCR_MOST];
    if (!take_string(h, name, sizeof name))
        return false;
    if (!take(h, ':'))
        return refuse(h, "its header is not a dictionary");
    for (unsigned i = 0; i < sizeof keys / sizeof *keys; i++) {
        if (strcmp(name, keys[i].name) != 0)
            continue;
        if ((*seen & 1u << i) != 0)
            return refuse(h, "a key of its header is given twice");
        *seen |= 1u << i;
        return keys[i].read(h);
    }
    return refuse(h, "its header has a key other than descr, fortran_order and shape");
}

static bool read_dictionary(struct header *h)
{
    unsigned seen = 0;
    bool comma = true;
    if (!take(h, '{'))
        return refuse(h, "its header is not a dictionary");
    for (; !take(h, '}'); comma = take(h, ',')) {
        if (!comma)
            return refuse(h, "its header is not a dictionary");
        if (!read_entry(h, &seen))
            return false;
    }
    skip_space(h);
    if (h->at != h->end)
        return refuse(h, "something follows the dictionary of its header");
    if (seen != 7)
        return refuse(h, "its header lacks descr, fortran_order or shape");
    return array_count(h->array) || refuse(h, "its shape overflows the memory of any machine");
}

/* Magic, version and the header's length; *start is how many bytes they are. */
static bool read_start(struct header *h, struct byte_source from, size_t *start, size_t *length)
{
    unsigned char bytes[12];
    if (!from.read(from.context, bytes, 8, h->e))
        return false;
    if (memcmp(bytes, "\x93NUMPY", 6) != 0)
        return refuse(h, "it does not start with \\x93NUMPY");
    if (bytes[6] < 1 || bytes[6] > 3 || bytes[7] != 0)
        return err_set(h->e, ERR_UNSUPPORTED,
                       "%s: version %d.%d of the .npy format is not known; 1.0, 2.0 and 3.0 are",
                       h->file, bytes[6], bytes[7]);
    size_t width = bytes[6] == 1 ? 2 : 4;
    if (!from.read(from.context, bytes + 8, width, h->e))
        return false;
    *start = 8 + width;
    *length = 0;
    for (size_t i = width; i-- > 0;)
        *length = *length << 8 | bytes[8 + i];
    return *length <= HEADER_MOST || refuse(h, "its header has more than 65536 bytes");
}

bool npy_read_header(struct byte_source from, const char *file, struct array *out, size_t *length,
                     struct err *e)
{
    struct header h = {.file = file, .array = out, .e = e};
    size_t start = 0, size = 0;
    *out = (struct array){0};
    if (!read_start(&h, from, &start, &size))
        return false;
    char *bytes = mem_try_alloc(size + 1);
    if (bytes == NULL)
        return err_memory(e);
    bool ok = from.read(from.context, bytes, size, e);
    h.at = bytes;
    h.end = bytes + size;
    ok = ok && read_dictionary(&h);
    mem_free(bytes);
    *length = start + size;
    return ok;
}

void npy_write_header(const struct array *a, struct text *out)
{
    enum { START = 10, ALIGN = 64 };
    struct text header = TEXT_EMPTY;
    text_printf(&header, "{'descr': '<%s', 'fortran_order': False, 'shape': (",
                a->type == DTYPE_F64 ? "f8" : "f4");
    for (size_t i = 0; i < a->rank; i++)
        text_printf(&header, "%s%zu", i > 0 ? ", " : "", a->shape[i]);
    text_add(&header, a->rank == 1 ? ",), }" : "), }");
    text_add_fill(&header, ' ', ALIGN - 1 - (START + header.length) % ALIGN);
    text_add_char(&header, '\n');
    text_add_bytes(out, "\x93NUMPY\x01\x00", 8);
    text_add_char(out, (char)(header.length & 0xff));
    text_add_char(out, (char)(header.length >> 8));
    text_add_bytes(out, text_get(&header), header.length);
    text_done(&header);
}
