/* Widening, counting what is not finite, and files that change under a mapping. */
#include "check_model.h"

#include <math.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bilens/base/mem.h"
#include "bilens/formats/hash.h"
#include "bilens/formats/mapping.h"
#include "bilens/formats/safetensors.h"
#include "bilens/model/weights.h"
#include "bilens/num/dense.h"

enum { MANY = 1300 }; /* more than two blocks, and a rest */

static uint32_t bits_of(float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

/* The textbook's way, with ldexp. */
static float half_by_definition(uint16_t half)
{
    int exponent = half >> 10 & 31, mantissa = half & 1023;
    double value = exponent == 0 ? ldexp(mantissa, -24) : ldexp(1024 + mantissa, exponent - 25);

    if (exponent == 31)
        value = mantissa == 0 ? INFINITY : NAN;
    return (float)((half & 0x8000) != 0 ? -value : value);
}

/* All 65,536 of them, from an odd address. */
START_TEST(test_f16)
{
    static unsigned char bytes[2 * 65536 + 1];
    static float wide[65536];

    for (unsigned i = 0; i < 65536; i++) {
        bytes[1 + 2 * i] = (unsigned char)i;
        bytes[2 + 2 * i] = (unsigned char)(i >> 8);
    }
    dtype_widen(DTYPE_F16, bytes + 1, 65536, wide);
    for (unsigned i = 0; i < 65536; i++) {
        float expected = half_by_definition((uint16_t)i);
        if (isnan(expected))
            ck_assert(isnan(wide[i]));
        else
            ck_assert_uint_eq(bits_of(wide[i]), bits_of(expected));
    }
}
END_TEST

START_TEST(test_bf16)
{
    static const uint16_t halves[] = {0x3F80, 0xC000, 0x0001, 0x7F80, 0xFF80, 0x8000};
    static const uint32_t expected[] = {0x3F800000, 0xC0000000, 0x00010000,
                                        0x7F800000, 0xFF800000, 0x80000000};
    unsigned char bytes[2 * MANY + 1];
    float wide[MANY];

    for (size_t i = 0; i < MANY; i++)
        memcpy(bytes + 1 + 2 * i, &halves[i % 6], 2);
    dtype_widen(DTYPE_BF16, bytes + 1, MANY, wide);
    for (size_t i = 0; i < MANY; i++)
        ck_assert_uint_eq(bits_of(wide[i]), expected[i % 6]);
}
END_TEST

START_TEST(test_f32_f64)
{
    static const double values[] = {1.5, -0.1, 1e-40, 3e38, 0};
    unsigned char bytes[8 * MANY + 3];
    float wide[MANY];

    for (size_t i = 0; i < MANY; i++)
        memcpy(bytes + 3 + 8 * i, &values[i % 5], 8);
    dtype_widen(DTYPE_F64, bytes + 3, MANY, wide);
    for (size_t i = 0; i < MANY; i++)
        ck_assert_uint_eq(bits_of(wide[i]), bits_of((float)values[i % 5]));
    for (size_t i = 0; i < MANY; i++) {
        float value = (float)values[i % 5];
        memcpy(bytes + 3 + 4 * i, &value, 4);
    }
    dtype_widen(DTYPE_F32, bytes + 3, MANY, wide);
    for (size_t i = 0; i < MANY; i++)
        ck_assert_uint_eq(bits_of(wide[i]), bits_of((float)values[i % 5]));
}
END_TEST

START_TEST(test_count_nonfinite)
{
    static const struct {
        enum dtype type;
        size_t size;
        uint64_t finite, nan, inf;
    } cases[] = {
        {DTYPE_BF16, 2, 0x7F7F, 0x7F81, 0xFF80},
        {DTYPE_F16, 2, 0x7BFF, 0xFE00, 0x7C00},
        {DTYPE_F32, 4, 0x7F7FFFFF, 0xFF800001, 0x7F800000},
        {DTYPE_F64, 8, 0x3FF0000000000000, 0x7FF8000000000000, 0xFFF0000000000000},
        /* beyond float32: infinite once it is widened */
        {DTYPE_F64, 8, 0, 0x7FF0000000000001, 0x7E37E43C8800759C},
    };
    unsigned char bytes[8 * MANY + 1];

    for (size_t c = 0; c < sizeof cases / sizeof cases[0]; c++) {
        size_t nan = 100, inf = 1000;
        for (size_t i = 0; i < MANY; i++)
            memcpy(bytes + 1 + cases[c].size * i,
                   i == 5 || i == MANY - 1 ? &cases[c].nan
                   : i == 600              ? &cases[c].inf
                                           : &cases[c].finite,
                   cases[c].size);
        dtype_count_nonfinite(cases[c].type, bytes + 1, MANY, &nan, &inf);
        ck_assert_uint_eq(nan, 102);
        ck_assert_uint_eq(inf, 1001);
    }
}
END_TEST

START_TEST(test_count_beyond)
{
    /* The largest float32, what rounds to it, what rounds to infinity, and more. */
    static const double values[] = {3.4028234663852886e38,
                                    3.4028235677973362e38,
                                    3.4028235677973366e38,
                                    -1e39,
                                    1e300,
                                    0,
                                    INFINITY,
                                    NAN};
    unsigned char bytes[8 * 8 + 1];

    memcpy(bytes + 1, values, sizeof values);
    ck_assert_uint_eq(dtype_count_beyond(DTYPE_F64, bytes + 1, 8), 3);
    ck_assert_uint_eq(dtype_count_beyond(DTYPE_F32, bytes + 1, 16), 0);
}
END_TEST

START_TEST(test_names)
{
    static const struct {
        const char *name;
        unsigned bits;
    } all[DTYPE_COUNT] = {
        {"F4", 4},   {"F6_E2M3", 6}, {"F6_E3M2", 6}, {"BOOL", 8},    {"U8", 8},
        {"I8", 8},   {"F8_E5M2", 8}, {"F8_E4M3", 8}, {"F8_E8M0", 8}, {"I16", 16},
        {"U16", 16}, {"F16", 16},    {"BF16", 16},   {"I32", 32},    {"U32", 32},
        {"F32", 32}, {"I64", 64},    {"U64", 64},    {"F64", 64},    {"C64", 64},
    };
    enum dtype type;

    for (int i = 0; i < DTYPE_COUNT; i++) {
        ck_assert(dtype_parse(all[i].name, &type));
        ck_assert_str_eq(dtype_name(type), all[i].name);
        ck_assert_uint_eq(dtype_bits(type), all[i].bits);
        ck_assert_int_eq(dtype_widens(type), type == DTYPE_F64 || type == DTYPE_F32 ||
                                                 type == DTYPE_F16 || type == DTYPE_BF16);
    }
    ck_assert(!dtype_parse("F128", &type));
    ck_assert(!dtype_parse("", &type));
}
END_TEST

/* --- Through a file --- */

static struct safetensors *open_file(const char *path)
{
    struct err e;
    struct safetensors *file;

    err_clear(&e);
    file = safetensors_open(path, &e);
    ck_assert_msg(file != NULL, "%s", e.message);
    return file;
}

START_TEST(test_storage)
{
    static const char header[] =
        "{" ENTRY("pad", "U8", "[1]", 0, 1) "," ENTRY("a", "BF16", "[2,2]", 1, 9) "}";
    static const uint16_t data[] = {0x3F80, 0x4000, 0x7FC0, 0xC080};
    const char *path = scratch("storage.safetensors");
    unsigned char bytes[9] = {0};
    struct safetensors *file;
    struct storage *storage, *odd;
    const float *values;
    struct err e;
    size_t nan = 0, inf = 0;

    memcpy(bytes + 1, data, 8);
    write_safetensors(path, header, strlen(header), bytes, 9);
    file = open_file(path);
    ck_assert(weights_count_nonfinite(file, safetensors_find(file, "a"), 0, 4, &nan, &inf, &e));
    ck_assert_uint_eq(nan, 1);
    ck_assert(weights_count_nonfinite(file, safetensors_find(file, "a"), 0, 2, &nan, &inf, &e));
    ck_assert_uint_eq(nan, 1);
    ck_assert_uint_eq(inf, 0);
    storage = weights_storage(file, safetensors_find(file, "a"), 0);
    odd = weights_storage(file, safetensors_find(file, "pad"), 0);
    safetensors_unref(file); /* the storages keep it */
    values = storage_data(storage, &e);
    ck_assert_ptr_nonnull(values);
    ck_assert_float_eq(values[0], 1);
    ck_assert_float_eq(values[1], 2);
    ck_assert_float_nan(values[2]);
    ck_assert_float_eq(values[3], -4);
    err_clear(&e);
    ck_assert_ptr_null(storage_data(odd, &e));
    ck_assert_int_eq(e.code, ERR_UNSUPPORTED);
    ck_assert_ptr_nonnull(strstr(e.message, ": tensor \"pad\" is stored as U8; bilens reads F64, "
                                            "F32, F16 and BF16"));
    storage_unref(storage);
    storage_unref(odd);
}
END_TEST

/* Rule 33: what shrank after it was mapped is an error when it is used. */
START_TEST(test_file_shrank)
{
    static const char header[] = "{" ENTRY("a", "F32", "[100000]", 0, 400000) "}";
    const char *path = scratch("shrank.safetensors");
    struct safetensors *file;
    struct storage *storage;
    char expected[700];
    struct err e;

    write_safetensors(path, header, strlen(header), NULL, 400000);
    file = open_file(path);
    storage = weights_storage(file, safetensors_find(file, "a"), 0);
    ck_assert_int_eq(truncate(path, 4096), 0);
    err_clear(&e);
    ck_assert_ptr_null(storage_data(storage, &e));
    snprintf(expected, sizeof expected,
             "%s: the file became shorter than the %zu bytes it had when it was opened; load it "
             "again",
             path, 8 + strlen(header) + 400000);
    ck_assert_str_eq(e.message, expected);
    ck_assert_int_eq(e.code, ERR_FILE);
    storage_unref(storage);
    safetensors_unref(file);
}
END_TEST

struct shrinking {
    const char *path;
    unsigned sum;
};

/* The file goes while it is being read: nothing but the guard can help. */
static void shrink_and_read(const unsigned char *bytes, size_t length, void *context)
{
    struct shrinking *s = context;

    if (truncate(s->path, 0) == 0)
        for (size_t i = 0; i < length; i += 512)
            s->sum += bytes[i];
}

START_TEST(test_guard)
{
    const char *path = scratch("guard");
    struct shrinking s = {.path = path};
    static char zeros[65536];
    struct mapping *m;
    struct err e;

    for (int round = 0; round < 3; round++) { /* the guard is there again afterwards */
        write_bytes(path, zeros, sizeof zeros);
        m = mapping_open(path, &e);
        ck_assert_ptr_nonnull(m);
        err_clear(&e);
        ck_assert(!mapping_visit(m, 0, sizeof zeros, shrink_and_read, &s, &e));
        ck_assert_int_eq(e.code, ERR_FILE);
        mapping_unref(m);
    }
}
END_TEST

static volatile sig_atomic_t passed_on;

static void on_sigbus(int signal_number)
{
    passed_on = signal_number;
}

/* A fault that is none of ours goes to whoever cared for it before. */
START_TEST(test_unguarded_signal)
{
    struct sigaction action = {.sa_handler = on_sigbus}, before;
    struct mapping *m;
    struct err e;

    sigemptyset(&action.sa_mask);
    sigaction(SIGBUS, &action, &before);
    write_string(scratch("one"), "x");
    m = mapping_open(scratch("one"), &e);
    ck_assert_ptr_nonnull(m);
    raise(SIGBUS);
    ck_assert_int_eq(passed_on, SIGBUS);
    mapping_unref(m);
    sigaction(SIGBUS, &before, NULL); /* for runs without a process for each test */
}
END_TEST

START_TEST(test_hash)
{
    char hex[17];
    struct mapping *m;
    struct err e;

    write_string(scratch("hash"), "");
    m = mapping_open(scratch("hash"), &e);
    ck_assert(hash_file(m, hex, &e));
    ck_assert_str_eq(hex, "2d06800538d394c2"); /* XXH3-64 of nothing, from its specification */
    mapping_unref(m);
}
END_TEST

/* A large file: sparse, so that it costs nothing. A change in its head, or in a
 * sampled block, or of its size, shows. */
START_TEST(test_hash_large)
{
    const char *path = scratch("large");
    char before[17], after[17];
    struct mapping *m;
    struct err e;
    FILE *file;

    write_string(path, "head");
    ck_assert_int_eq(truncate(path, 100 << 20), 0);
    m = mapping_open(path, &e);
    ck_assert(hash_samples(m, 8, 64, before, &e));
    ck_assert(hash_samples(m, 8, 64, after, &e));
    ck_assert_str_eq(before, after);
    file = fopen(path, "r+b");
    fseek(file, -1, SEEK_END);
    fputc('x', file);
    fclose(file);
    ck_assert(hash_samples(m, 8, 64, after, &e));
    ck_assert_str_ne(before, after);
    mapping_unref(m);
    remove(path);
}
END_TEST

TCase *dtype_case(void)
{
    TCase *tcase = tcase_create("dtype");

    tcase_add_test(tcase, test_f16);
    tcase_add_test(tcase, test_bf16);
    tcase_add_test(tcase, test_f32_f64);
    tcase_add_test(tcase, test_count_nonfinite);
    tcase_add_test(tcase, test_count_beyond);
    tcase_add_test(tcase, test_names);
    return tcase;
}

TCase *mapping_case(void)
{
    TCase *tcase = tcase_create("mapping");

    tcase_add_test(tcase, test_storage);
    tcase_add_test(tcase, test_file_shrank);
    tcase_add_test(tcase, test_guard);
    tcase_add_test(tcase, test_unguarded_signal);
    tcase_add_test(tcase, test_hash);
    tcase_add_test(tcase, test_hash_large);
    return tcase;
}
