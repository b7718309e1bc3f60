#include "bilens/formats/safetensors.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "bilens/base/err.h"
#include "bilens/base/mem.h"
#include "bilens/base/utf8.h"
#include "bilens/formats/json.h"
#include "bilens/formats/mapping.h"
#include "safetensors_parts.h"

_Static_assert(SIZE_MAX == UINT64_MAX, "offsets of 64 bits are kept in size_t");

struct safetensors {
    atomic_size_t refs;
    struct mapping *mapping;
    char *header;         /* the JSON; the tensors' names live in it */
    size_t header_length; /* so the data starts at 8 + header_length */
    struct tensor_table table;
    struct json_string own; /* the metadata that bilens wrote; its bytes NULL: none */
};

/* What is being read, for messages. */
struct reader {
    struct safetensors *file;
    struct json json;
    const char *tensor; /* the one being read, or NULL */
    struct err *e;
};

/* --- Messages --- */

__attribute__((format(printf, 3, 4))) static bool refuse(struct reader *r, const char *tensor,
                                                         const char *format, ...)
{
    char rule[640];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(rule, sizeof rule, format, arguments);
    va_end(arguments);
    if (tensor == NULL)
        return err_set(r->e, ERR_FORMAT, "%s: %s", mapping_path(r->file->mapping), rule);
    return err_set(r->e, ERR_FORMAT, "%s: tensor \"%.200s\": %s", mapping_path(r->file->mapping),
                   tensor, rule);
}

static bool refuse_json(struct reader *r)
{
    return refuse(r, r->tensor, "invalid JSON in the header at byte %zu: %s", r->json.fault_at,
                  r->json.fault);
}

/* The value that comes next is not what it should be. */
static bool refuse_type(struct reader *r, const char *what, const char *wanted)
{
    enum json_type found = json_peek(&r->json);

    if (found == JSON_NONE) {
        json_skip(&r->json);
        return refuse_json(r);
    }
    return refuse(r, r->tensor, "%s is %s, not %s", what, json_type_name(found), wanted);
}

/* --- One tensor's entry --- */

enum field { FIELD_DTYPE = 1, FIELD_SHAPE = 2, FIELD_OFFSETS = 4, FIELD_ALL = 7 };

static bool read_dtype(struct reader *r, struct tensor *t)
{
    struct json_string name;

    if (json_peek(&r->json) != JSON_STRING)
        return refuse_type(r, "its `dtype`", "a string");
    if (!json_read_string(&r->json, &name))
        return refuse_json(r);
    if (!dtype_parse(name.bytes, &t->dtype))
        return refuse(r, t->name,
                      "unknown dtype \"%.40s\" (safetensors spells them F64, F32, F16, BF16, I64, "
                      "U8, ...)",
                      name.bytes);
    return true;
}

static bool read_shape(struct reader *r, struct tensor *t)
{
    if (json_peek(&r->json) != JSON_ARRAY)
        return refuse_type(r, "its `shape`", "an array");
    json_enter_array(&r->json);
    t->rank = 0;
    while (json_next_item(&r->json)) {
        struct json_number size;
        if (json_peek(&r->json) != JSON_NUMBER)
            return refuse_type(r, "a dimension of its `shape`", "an integer");
        if (!json_read_number(&r->json, &size))
            return refuse_json(r);
        if (!size.whole)
            return refuse(r, t->name,
                          "dimension %zu of its `shape` is %.*s, not an integer from 0 to 2^64 - 1",
                          t->rank, (int)(size.length < 40 ? size.length : 40), size.text);
        if (++t->rank > SAFETENSORS_MOST_RANK)
            return refuse(r, t->name, "its `shape` has more than %d dimensions",
                          SAFETENSORS_MOST_RANK);
        tensor_table_add_dimension(&r->file->table, size.value);
    }
    return r->json.fault == NULL || refuse_json(r);
}

static bool read_two_offsets(struct reader *r, struct tensor *t, uint64_t values[2])
{
    size_t count = 0;

    if (json_peek(&r->json) != JSON_ARRAY)
        return refuse_type(r, "its `data_offsets`", "an array of two integers");
    json_enter_array(&r->json);
    while (json_next_item(&r->json)) {
        struct json_number offset;
        if (json_peek(&r->json) != JSON_NUMBER)
            return refuse_type(r, "one of its `data_offsets`", "an integer");
        if (!json_read_number(&r->json, &offset))
            return refuse_json(r);
        if (!offset.whole)
            return refuse(r, t->name,
                          "one of its `data_offsets` is %.*s, not an integer from 0 to 2^64 - 1",
                          (int)(offset.length < 40 ? offset.length : 40), offset.text);
        if (count == 2)
            return refuse(r, t->name, "its `data_offsets` are more than two integers");
        values[count++] = offset.value;
    }
    if (r->json.fault != NULL)
        return refuse_json(r);
    if (count != 2)
        return refuse(r, t->name, "its `data_offsets` are fewer than two integers");
    return true;
}

static bool read_offsets(struct reader *r, struct tensor *t)
{
    uint64_t values[2];

    if (!read_two_offsets(r, t, values))
        return false;
    if (values[0] > values[1])
        return refuse(r, t->name, "its `data_offsets` begin at %llu and end before, at %llu",
                      (unsigned long long)values[0], (unsigned long long)values[1]);
    t->begin = values[0];
    t->end = values[1];
    return true;
}

static bool read_field(struct reader *r, struct tensor *t, struct json_string key, unsigned *seen)
{
    static const struct {
        const char *name;
        unsigned bit;
        bool (*read)(struct reader *, struct tensor *);
    } fields[] = {{SAFETENSORS_DTYPE, FIELD_DTYPE, read_dtype},
                  {SAFETENSORS_SHAPE, FIELD_SHAPE, read_shape},
                  {SAFETENSORS_OFFSETS, FIELD_OFFSETS, read_offsets}};

    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        if (!json_string_is(key, fields[i].name))
            continue;
        if ((*seen & fields[i].bit) != 0)
            return refuse(r, t->name, "duplicate field `%s`", fields[i].name);
        *seen |= fields[i].bit;
        return fields[i].read(r, t);
    }
    return json_skip(&r->json) || refuse_json(r); /* others are allowed, and mean nothing */
}

/* Elements and bytes from shape and type, against the offsets. */
static bool check_size(struct reader *r, struct tensor *t, const uint64_t *shape)
{
    uint64_t count = 1, bits;

    for (size_t i = 0; i < t->rank; i++) {
        if (shape[i] != 0 && count > UINT64_MAX / shape[i])
            return refuse(r, t->name, "the product of its `shape` overflows 64 bits");
        count *= shape[i];
    }
    if (count > UINT64_MAX / dtype_bits(t->dtype))
        return refuse(r, t->name, "the size of %llu elements of %s overflows 64 bits",
                      (unsigned long long)count, dtype_name(t->dtype));
    bits = count * dtype_bits(t->dtype);
    if (bits % 8 != 0)
        return refuse(r, t->name, "%llu elements of %s are not a whole number of bytes",
                      (unsigned long long)count, dtype_name(t->dtype));
    if (bits / 8 != t->end - t->begin)
        return refuse(r, t->name,
                      "\"invalid shape, data type, or offset\": %llu elements of %s take %llu "
                      "bytes, its `data_offsets` span %llu",
                      (unsigned long long)count, dtype_name(t->dtype),
                      (unsigned long long)(bits / 8), (unsigned long long)(t->end - t->begin));
    t->count = count;
    return true;
}

static bool add_tensor(struct reader *r, const struct tensor *t)
{
    if (r->file->table.count == SAFETENSORS_MOST_TENSORS)
        return refuse(r, NULL, "the header names more than %d tensors", SAFETENSORS_MOST_TENSORS);
    tensor_table_add(&r->file->table, t);
    return true;
}

static bool read_tensor(struct reader *r, struct json_string name)
{
    static const char *const names[] = {SAFETENSORS_DTYPE, SAFETENSORS_SHAPE, SAFETENSORS_OFFSETS};
    struct tensor t = {.name = name.bytes, .name_length = name.length};
    size_t first_dimension = r->file->table.dimension_count;
    struct json_string key;
    unsigned seen = 0;

    if (json_peek(&r->json) != JSON_OBJECT)
        return refuse_type(r, "its entry", "an object");
    json_enter_object(&r->json);
    while (json_next_member(&r->json, &key)) {
        if (!read_field(r, &t, key, &seen))
            return false;
    }
    if (r->json.fault != NULL)
        return refuse_json(r);
    for (unsigned i = 0; i < 3; i++) {
        if ((seen & 1u << i) == 0)
            return refuse(r, t.name, "missing field `%s`", names[i]);
    }
    const uint64_t *shape = r->file->table.dimensions; /* NULL while all are scalars */
    return check_size(r, &t, t.rank > 0 ? shape + first_dimension : NULL) && add_tensor(r, &t);
}

/* --- The header --- */

/* A map from string to string, of which only what bilens wrote is kept. */
static bool read_metadata(struct reader *r)
{
    struct json_string key;

    if (json_peek(&r->json) == JSON_NULL)
        return json_skip(&r->json) || refuse_json(r); /* as the reference library reads it */
    if (json_peek(&r->json) != JSON_OBJECT)
        return refuse_type(r, "`__metadata__`", "an object of strings");
    json_enter_object(&r->json);
    while (json_next_member(&r->json, &key)) {
        if (json_peek(&r->json) != JSON_STRING)
            return refuse(r, NULL, "`__metadata__` is not an object of strings: \"%.200s\" is %s",
                          key.bytes, json_type_name(json_peek(&r->json)));
        if (json_string_is(key, SAFETENSORS_OWN))
            json_read_string(&r->json, &r->file->own);
        else
            json_skip(&r->json);
    }
    return r->json.fault == NULL || refuse_json(r);
}

static bool check_start(struct reader *r)
{
    const char *header = r->file->header;
    size_t length = r->file->header_length;

    if (!utf8_valid(header, length))
        return refuse(r, NULL, "the header is not UTF-8");
    if (length >= 3 && memcmp(header, "\xEF\xBB\xBF", 3) == 0)
        return refuse(r, NULL, "the header starts with a byte order mark, not with `{`");
    switch (json_peek(&r->json)) {
    case JSON_OBJECT:
        return true;
    case JSON_NONE:
        if (r->json.at == r->json.end)
            return refuse(r, NULL, "the header holds nothing but white space");
        return refuse(r, NULL, "the header does not start with `{`");
    default:
        return refuse(r, NULL, "the top level of the header is %s, not an object",
                      json_type_name(json_peek(&r->json)));
    }
}

static bool read_entries(struct reader *r)
{
    struct json_string name;
    bool metadata = false;

    if (!check_start(r))
        return false;
    json_enter_object(&r->json);
    while (json_next_member(&r->json, &name)) {
        if (json_string_is(name, SAFETENSORS_METADATA)) {
            if (metadata)
                return refuse(r, NULL, "`__metadata__` is given twice");
            metadata = true;
            if (!read_metadata(r))
                return false;
            continue;
        }
        r->tensor = name.bytes;
        if (!read_tensor(r, name))
            return false;
        r->tensor = NULL;
    }
    return json_finish(&r->json) || refuse_json(r);
}

/* --- What holds of all tensors together --- */

static bool check_names(struct reader *r)
{
    const struct tensor_table *table = &r->file->table;

    for (size_t i = 1; i < table->count; i++) {
        if (tensor_compare_names(&table->tensors[i - 1], &table->tensors[i]) == 0)
            return refuse(r, table->tensors[i].name, "is named twice");
    }
    return true;
}

static bool check_place(struct reader *r, const struct tensor *t, const struct tensor *before,
                        size_t cursor)
{
    if (t->begin == cursor)
        return true;
    if (t->begin == t->end)
        return refuse(r, t->name, "is empty, but at byte %zu where the data continues at %zu",
                      t->begin, cursor);
    if (before == NULL)
        return refuse(r, t->name, "the first tensor begins at byte %zu of the data, not at 0",
                      t->begin);
    if (t->begin > cursor)
        return refuse(r, t->name, "a hole of %zu bytes lies between it and \"%.200s\"",
                      t->begin - cursor, before->name);
    return refuse(r, t->name, "begins at byte %zu, which overlaps \"%.200s\" (it ends at %zu)",
                  t->begin, before->name, cursor);
}

/* The tensors, in the order of their places, must fill the data exactly. */
static bool check_tiling(struct reader *r)
{
    struct safetensors *f = r->file;
    size_t data = mapping_size(f->mapping) - 8 - f->header_length;
    size_t cursor = 0;

    for (size_t i = 0; i < f->table.count; i++) {
        const struct tensor *t = &f->table.tensors[i];
        if (!check_place(r, t, i == 0 ? NULL : t - 1, cursor))
            return false;
        if (t->end > data)
            return refuse(r, t->name,
                          "\"incomplete metadata, file not fully covered\": it ends at byte %zu "
                          "of the data, but the file was cut short at %zu",
                          t->end, data);
        cursor = t->end;
    }
    if (cursor != data)
        return refuse(r, NULL,
                      "\"incomplete metadata, file not fully covered\": %zu bytes follow the last "
                      "tensor",
                      data - cursor);
    return true;
}

static bool check_all(struct reader *r)
{
    struct tensor_table *table = &r->file->table;

    tensor_table_place_shapes(table);
    tensor_table_sort(table, tensor_compare_names);
    if (!check_names(r))
        return false;
    tensor_table_sort(table, tensor_compare_places);
    if (!check_tiling(r))
        return false;
    tensor_table_sort(table, tensor_compare_names);
    return true;
}

/* --- The file --- */

static bool refuse_too_large(struct reader *r, uint64_t length, const unsigned char start[8])
{
    if (memcmp(start, "version ", 8) == 0)
        return refuse(r, NULL,
                      "\"header too large\": this is a Git-LFS pointer, not the file it stands "
                      "for; fetch that with `git lfs pull`");
    return refuse(
        r, NULL,
        "is not a safetensors file: by its first 8 bytes its header would have %llu bytes, and the "
        "limit is %d (\"header too large\")",
        (unsigned long long)length, SAFETENSORS_MOST_HEADER);
}

static bool read_length(struct reader *r)
{
    unsigned char start[8];
    uint64_t length = 0;
    size_t size = mapping_size(r->file->mapping);

    if (size < 8)
        return refuse(r, NULL,
                      "\"header too small\": no safetensors file has %zu bytes: its header's "
                      "length alone takes 8",
                      size);
    if (!mapping_copy(r->file->mapping, 0, start, 8, r->e))
        return false;
    for (int i = 7; i >= 0; i--)
        length = length << 8 | start[i];
    if (length > SAFETENSORS_MOST_HEADER)
        return refuse_too_large(r, length, start);
    if (length > size - 8)
        return refuse(r, NULL,
                      "\"invalid header length\": a header of %llu bytes does not fit into a file "
                      "of %zu",
                      (unsigned long long)length, size);
    if (length == 0)
        return refuse(r, NULL, "the header is empty (its length is 0)");
    r->file->header_length = (size_t)length;
    return true;
}

static bool read_header(struct safetensors *f, struct err *e)
{
    struct reader r = {.file = f, .e = e};

    if (!read_length(&r))
        return false;
    f->header = mem_try_alloc(f->header_length);
    if (f->header == NULL)
        return err_memory(e);
    if (!mapping_copy(f->mapping, 8, f->header, f->header_length, e))
        return false;
    r.json = json_begin(f->header, f->header_length);
    r.json.spell_nul = true;
    return read_entries(&r) && check_all(&r);
}

struct safetensors *safetensors_open(const char *path, struct err *e)
{
    struct safetensors *f = mem_new(1, sizeof *f);

    atomic_init(&f->refs, 1);
    f->mapping = mapping_open(path, e);
    if (f->mapping == NULL || !read_header(f, e)) {
        safetensors_unref(f);
        return NULL;
    }
    return f;
}

struct safetensors *safetensors_ref(struct safetensors *s)
{
    atomic_fetch_add(&s->refs, 1);
    return s;
}

void safetensors_unref(struct safetensors *s)
{
    if (s == NULL || atomic_fetch_sub(&s->refs, 1) != 1)
        return;
    mapping_unref(s->mapping);
    mem_free(s->header);
    tensor_table_done(&s->table);
    mem_free(s);
}

struct mapping *safetensors_mapping(const struct safetensors *s)
{
    return s->mapping;
}

size_t safetensors_data_start(const struct safetensors *s)
{
    return 8 + s->header_length;
}

const char *safetensors_path(const struct safetensors *s)
{
    return mapping_path(s->mapping);
}

size_t safetensors_count(const struct safetensors *s)
{
    return s->table.count;
}

const struct tensor *safetensors_get(const struct safetensors *s, size_t index)
{
    return &s->table.tensors[index];
}

const struct tensor *safetensors_find(const struct safetensors *s, const char *name)
{
    return tensor_table_find(&s->table, name);
}

const char *safetensors_own(const struct safetensors *s, size_t *length)
{
    *length = s->own.length;
    return s->own.bytes;
}
