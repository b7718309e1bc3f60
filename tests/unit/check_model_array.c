/* .npy and .npz: headers good and bad, element types, orders; what is written is read. */
#include "check_model.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bilens/base/mem.h"
#include "bilens/base/text.h"
#include "bilens/formats/npy.h"
#include "bilens/formats/npz.h"
#include "bilens/formats/safetensors.h"

/* ---- a source of bytes in memory ---- */

struct memory {
    const unsigned char *bytes;
    size_t left;
};

static bool read_memory(void *context, void *out, size_t length, struct err *e)
{
    struct memory *m = context;
    if (length > m->left)
        return err_set(e, ERR_FORMAT, "it ends early");
    memcpy(out, m->bytes, length);
    m->bytes += length;
    m->left -= length;
    return true;
}

static struct byte_source from_memory(struct memory *m)
{
    return (struct byte_source){.read = read_memory, .context = m};
}

/* Reads a header of that version around the dictionary. */
static bool read_header(int version, const char *dictionary, struct array *out, struct err *e)
{
    unsigned char bytes[2048];
    size_t n = 8, length = strlen(dictionary), used;
    memcpy(bytes, "\x93NUMPY", 6);
    bytes[6] = (unsigned char)version;
    bytes[7] = 0;
    for (size_t i = 0; i < (version == 1 ? 2 : 4); i++)
        bytes[n++] = (unsigned char)(length >> (8 * i));
    memcpy(bytes + n, dictionary, length);
    struct memory m = {bytes, n + length};
    bool ok = npy_read_header(from_memory(&m), "x.npy", out, &used, e);
    if (ok)
        ck_assert_uint_eq(used, n + length);
    return ok;
}

START_TEST(headers_are_read)
{
    static const struct {
        const char *dictionary;
        enum dtype type;
        bool swapped, fortran;
        size_t rank, shape[3], count;
    } cases[] = {
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }  \n",
         DTYPE_F32,
         false,
         false,
         2,
         {2, 3},
         6},
        {"{'shape':(7,),'fortran_order':True,'descr':\">i8\"}", DTYPE_I64, true, true, 1, {7}, 7},
        {"{'descr': '|b1', 'fortran_order': False, 'shape': ()}",
         DTYPE_BOOL,
         false,
         false,
         0,
         {0},
         1},
        {"{'descr': '>u1', 'fortran_order': False, 'shape': (2,0,5)}",
         DTYPE_U8,
         false,
         false,
         3,
         {2, 0, 5},
         0},
        {"{'descr': '=f2', 'fortran_order': False, 'shape': (1,2,3,)}",
         DTYPE_F16,
         false,
         false,
         3,
         {1, 2, 3},
         6},
    };
    for (int version = 1; version <= 3; version++)
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
            struct array a;
            struct err e = {0};
            ck_assert_msg(read_header(version, cases[i].dictionary, &a, &e), "%s", e.message);
            ck_assert_int_eq(a.type, cases[i].type);
            ck_assert_int_eq(a.swapped, cases[i].swapped);
            ck_assert_int_eq(a.fortran, cases[i].fortran);
            ck_assert_uint_eq(a.rank, cases[i].rank);
            for (size_t k = 0; k < a.rank; k++)
                ck_assert_uint_eq(a.shape[k], cases[i].shape[k]);
            ck_assert_uint_eq(a.count, cases[i].count);
        }
}
END_TEST

START_TEST(bad_headers_are_refused)
{
#define F "'fortran_order': False, "
    static const struct {
        const char *dictionary, *message;
    } cases[] = {
        {"", "x.npy: not a .npy array: its header is not a dictionary"},
        {"[1]", "x.npy: not a .npy array: its header is not a dictionary"},
        {"{'descr': '<f4', " F "'shape': (2, 3), } + 1",
         "x.npy: not a .npy array: something follows the dictionary of its header"},
        {"{'descr': '<f4', " F "}",
         "x.npy: not a .npy array: its header lacks descr, fortran_order or shape"},
        {"{'descr': '<f4', 'descr': '<f4', " F "'shape': ()}",
         "x.npy: not a .npy array: a key of its header is given twice"},
        {"{'descr': '<f4', " F "'shape': (), 'more': 1}",
         "x.npy: not a .npy array: its header has a key other than descr, fortran_order and shape"},
        {"{'descr': '<f4' " F "'shape': ()}",
         "x.npy: not a .npy array: its header is not a dictionary"},
        {"{'descr': '<f4', " F "'shape': (3)}",
         "x.npy: not a .npy array: its shape is not a tuple of whole numbers"},
        {"{'descr': '<f4', " F "'shape': (-3,)}",
         "x.npy: not a .npy array: its shape is not a tuple of whole numbers"},
        {"{'descr': '<f4', " F "'shape': (__import__('os'),)}",
         "x.npy: not a .npy array: its shape is not a tuple of whole numbers"},
        {"{'descr': '<f4', " F "'shape': (1 2)}",
         "x.npy: not a .npy array: its shape is not a tuple of whole numbers"},
        {"{'descr': '<f4', " F "'shape': (18446744073709551616,)}",
         "x.npy: not a .npy array: a dimension of its shape overflows 64 bits"},
        {"{'descr': '<f4', " F "'shape': (4294967296, 4294967296)}",
         "x.npy: not a .npy array: its shape overflows the memory of any machine"},
        {"{'descr': '<f4', 'fortran_order': 1, 'shape': ()}",
         "x.npy: not a .npy array: its fortran_order is neither True nor False"},
        {"{'descr': '<f4", "x.npy: not a .npy array: a string of its header does not end"},
        {"{'descr': '<f\\x34', " F "'shape': ()}",
         "x.npy: not a .npy array: a string of its header is malformed"},
        {"{'descr': '<f3', " F "'shape': ()}",
         "x.npy: elements of type '<f3' are not read; bilens reads f2, f4, f8, i1 to i8, u1 to u8 "
         "and b1"},
        {"{'descr': '<<f4', " F "'shape': ()}",
         "x.npy: elements of type '<<f4' are not read; bilens reads f2, f4, f8, i1 to i8, u1 to u8 "
         "and b1"},
        {"{'descr': '|O', " F "'shape': ()}",
         "x.npy: holds pickled Python objects, which are never loaded: loading runs code of the "
         "file's; save it as numbers: np.save(f, np.asarray(x, dtype=np.float32))"},
        {"{'descr': [('a', '<f4')], " F "'shape': ()}",
         "x.npy: holds records (a structured array), not numbers; save one field: np.save(f, "
         "x['name'])"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct array a;
        struct err e = {0};
        ck_assert(!read_header(1, cases[i].dictionary, &a, &e));
        ck_assert_str_eq(e.message, cases[i].message);
    }
    struct array a;
    struct err e = {0};
    ck_assert(!read_header(4, "{}", &a, &e));
    ck_assert_str_eq(e.message,
                     "x.npy: version 4.0 of the .npy format is not known; 1.0, 2.0 and 3.0 are");
}
END_TEST

START_TEST(a_header_cut_short_is_an_error_at_every_byte)
{
    struct text whole = TEXT_EMPTY;
    struct array a = {.type = DTYPE_F64, .rank = 2, .shape = {3, 4}}, got;
    npy_write_header(&a, &whole);
    ck_assert_uint_eq(whole.length % 64, 0);
    size_t used;
    for (size_t length = 0; length <= whole.length; length++) {
        struct memory m = {(const unsigned char *)whole.data, length};
        struct err e = {0};
        bool ok = npy_read_header(from_memory(&m), "x", &got, &used, &e);
        ck_assert_int_eq(ok, length == whole.length);
    }
    ck_assert_int_eq(got.type, DTYPE_F64);
    ck_assert_uint_eq(got.rank, 2);
    ck_assert_uint_eq(got.count, 12);
    text_done(&whole);
}
END_TEST

START_TEST(fortran_order_is_undone)
{
    /* a[i][j][k] = 100 i + 10 j + k, first index fastest */
    struct array a = {
        .type = DTYPE_I16, .swapped = true, .fortran = true, .rank = 3, .shape = {2, 3, 4}};
    unsigned char bytes[48];
    double wide[24];
    float narrow[24];
    size_t n = 0;
    struct narrowed narrowed;
    struct err e = {0};
    for (int k = 0; k < 4; k++)
        for (int j = 0; j < 3; j++)
            for (int i = 0; i < 2; i++) {
                int value = 100 * i + 10 * j + k;
                bytes[n++] = (unsigned char)(value >> 8);
                bytes[n++] = (unsigned char)value;
            }
    ck_assert(array_count(&a));
    struct memory m = {bytes, sizeof bytes}, again = m;
    ck_assert(array_read_doubles(&a, from_memory(&m), wide, &e));
    ck_assert(array_read_floats(&a, from_memory(&again), narrow, &narrowed, &e));
    for (int i = 0; i < 2; i++)
        for (int j = 0; j < 3; j++)
            for (int k = 0; k < 4; k++) {
                ck_assert_double_eq(wide[12 * i + 4 * j + k], 100 * i + 10 * j + k);
                ck_assert_double_eq((double)narrow[12 * i + 4 * j + k], 100 * i + 10 * j + k);
            }
}
END_TEST

START_TEST(numbers_beyond_float32_are_counted)
{
    double values[] = {1e300, -1e39, INFINITY, NAN, 3e38, 1e-50, 123456789, 16777216, 0.1};
    struct array a = {.type = DTYPE_F64, .rank = 1, .shape = {9}};
    struct memory m = {(const unsigned char *)values, sizeof values};
    float out[9];
    struct narrowed narrowed;
    struct err e = {0};
    ck_assert(array_count(&a));
    ck_assert(array_read_floats(&a, from_memory(&m), out, &narrowed, &e));
    ck_assert_uint_eq(narrowed.beyond, 2);
    ck_assert_uint_eq(narrowed.vanished, 1);
    ck_assert_uint_eq(narrowed.rounded, 1);
    ck_assert(isinf(out[0]) && isinf(out[1]) && isinf(out[2]) && isnan(out[3]) && isfinite(out[4]));
}
END_TEST

/* ---- archives ---- */

struct supply {
    const char *bytes;
    size_t length, step, at;
    bool fails;
};

/* A few bytes at a time, so that no read ends where a chunk does. */
static bool supply_next(void *context, const void **bytes, size_t *length, struct err *e)
{
    struct supply *s = context;
    if (s->fails && s->at > 0)
        return err_set(e, ERR_NUMERIC, "the supply failed");
    *bytes = s->bytes + s->at;
    *length = s->length - s->at < s->step ? s->length - s->at : s->step;
    s->at += *length;
    return true;
}

static void make_array(struct text *out, const double *values, size_t count)
{
    struct array a = {.type = DTYPE_F64, .rank = 1, .shape = {count}};
    npy_write_header(&a, out);
    text_add_bytes(out, values, count * sizeof *values);
}

static void write_archive(const char *path, struct text *array, size_t count, struct err *e)
{
    struct supply supplies[2];
    struct npz_entry entries[2];
    static const char *const keys[] = {"first", "second"};
    for (size_t i = 0; i < count; i++) {
        supplies[i] = (struct supply){array->data, array->length, 7 + i, 0, false};
        entries[i] = (struct npz_entry){keys[i], {supply_next, &supplies[i]}};
    }
    ck_assert_msg(npz_write(path, path, entries, count, e), "%s", e->message);
}

START_TEST(archives_are_written_and_read)
{
    const double values[] = {1.5, -2, 1e-300};
    struct text array = TEXT_EMPTY;
    struct err e = {0};
    make_array(&array, values, 3);
    const char *path = scratch("two.npz");
    write_archive(path, &array, 2, &e);
    struct npz *z = npz_open(path, &e);
    ck_assert_msg(z != NULL, "%s", e.message);
    ck_assert_uint_eq(npz_count(z), 2);
    ck_assert_str_eq(npz_key(z, 1), "second");
    for (size_t i = 0; i < 2; i++) {
        struct byte_source from;
        struct array a;
        double out[3];
        size_t used;
        ck_assert_uint_eq(npz_size(z, i), array.length);
        ck_assert(npz_start(z, i, &from, &e) && npy_read_header(from, "x", &a, &used, &e) &&
                  array_read_doubles(&a, from, out, &e) && npz_close(z, &e));
        ck_assert_mem_eq(out, values, sizeof values);
    }
    npz_free(z);
    text_done(&array);
}
END_TEST

START_TEST(a_supply_that_fails_fails_the_archive)
{
    struct supply s = {"0123456789", 10, 4, 0, true};
    struct npz_entry entry = {"x", {supply_next, &s}};
    struct err e = {0};
    ck_assert(!npz_write(scratch("failed.npz"), "failed.npz", &entry, 1, &e));
    ck_assert_str_eq(e.message, "the supply failed");
    ck_assert_int_eq(e.code, ERR_NUMERIC);
    err_clear(&e);
    ck_assert(!npz_write(scratch("no/such.npz"), "such.npz", &entry, 1, &e));
    ck_assert_int_eq(e.code, ERR_FILE);
}
END_TEST

static void read_all(const char *path, struct err *e)
{
    struct npz *z = npz_open(path, e);
    for (size_t i = 0; z != NULL && e->code == ERR_NONE && i < npz_count(z); i++) {
        struct byte_source from;
        char byte;
        bool ok = npz_start(z, i, &from, e);
        for (size_t k = 0; ok && k < npz_size(z, i) && k < 4096; k++)
            ok = from.read(from.context, &byte, 1, e);
        if (ok)
            npz_close(z, e);
    }
    npz_free(z);
}

START_TEST(damaged_archives_are_errors_not_crashes)
{
    const double values[] = {1, 2, 3, 4, 5, 6, 7, 8};
    struct text array = TEXT_EMPTY;
    struct err e = {0};
    make_array(&array, values, 8);
    const char *path = scratch("damaged.npz");
    write_archive(path, &array, 1, &e);
    FILE *f = fopen(path, "rb");
    unsigned char bytes[2048];
    size_t length = fread(bytes, 1, sizeof bytes, f);
    fclose(f);
    size_t refused = 0;
    for (size_t i = 0; i < length; i++) { /* every byte changed, and the file cut at it */
        struct err changed = {0}, cut = {0};
        bytes[i] ^= 0xff;
        write_bytes(path, bytes, length);
        read_all(path, &changed);
        bytes[i] ^= 0xff;
        write_bytes(path, bytes, i);
        read_all(path, &cut);
        ck_assert_int_ne(cut.code, ERR_NONE);
        refused += changed.code != ERR_NONE;
    }
    ck_assert_uint_gt(refused, array.length); /* a changed number breaks the checksum */
    text_done(&array);
}
END_TEST

/* ---- safetensors ---- */

START_TEST(a_safetensors_header_is_read_back)
{
    const size_t matrix[] = {2, 3}, vector[] = {4};
    const struct safetensors_entry entries[] = {
        {"v", DTYPE_F64, 1, vector}, {"n \"\\\n", DTYPE_F64, 0, NULL}, {"m", DTYPE_F32, 2, matrix}};
    struct text file = TEXT_EMPTY;
    struct err e = {0};
    size_t length;
    safetensors_header(entries, 3, "{\"own\":\"text\"}", &file);
    ck_assert_uint_eq(file.length % 8, 0);
    text_add_fill(&file, 'x', 4 * 8 + 8 + 6 * 4);
    const char *path = scratch("written.safetensors");
    write_bytes(path, file.data, file.length);
    struct safetensors *s = safetensors_open(path, &e);
    ck_assert_msg(s != NULL, "%s", e.message);
    ck_assert_uint_eq(safetensors_count(s), 3);
    const struct tensor *m = safetensors_find(s, "m");
    ck_assert_ptr_nonnull(m);
    ck_assert_uint_eq(m->begin, 40);
    ck_assert_uint_eq(m->count, 6);
    ck_assert_ptr_nonnull(safetensors_find(s, "n \"\\\n"));
    ck_assert_str_eq(safetensors_own(s, &length), "{\"own\":\"text\"}");
    ck_assert_uint_eq(length, strlen("{\"own\":\"text\"}"));
    safetensors_unref(s);
    text_clear(&file);
    safetensors_header(NULL, 0, NULL, &file);
    write_bytes(path, file.data, file.length);
    s = safetensors_open(path, &e);
    ck_assert_msg(s != NULL, "%s", e.message);
    ck_assert_ptr_null(safetensors_own(s, &length));
    safetensors_unref(s);
    text_done(&file);
}
END_TEST

TCase *array_case(void)
{
    TCase *c = tcase_create("array");
    tcase_add_test(c, headers_are_read);
    tcase_add_test(c, bad_headers_are_refused);
    tcase_add_test(c, a_header_cut_short_is_an_error_at_every_byte);
    tcase_add_test(c, fortran_order_is_undone);
    tcase_add_test(c, numbers_beyond_float32_are_counted);
    tcase_add_test(c, archives_are_written_and_read);
    tcase_add_test(c, a_supply_that_fails_fails_the_archive);
    tcase_add_test(c, damaged_archives_are_errors_not_crashes);
    tcase_add_test(c, a_safetensors_header_is_read_back);
    return c;
}
