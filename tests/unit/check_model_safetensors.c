/* Every way in which a safetensors file must be refused, by the numbers of the list in
 * the format's description, and the odd files that must be read. */
#include "check_model.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "bilens/base/mem.h"
#include "bilens/formats/safetensors.h"

#define TWO(A, B) "{" A "," B "}"
#define ONE(A) "{" A "}"
#define A4 ENTRY("a", "U8", "[4]", 0, 4)

struct bad {
    int rule;
    const char *header;
    size_t data; /* bytes of it */
    const char *message;
};

static const struct bad bads[] = {
    {4, "", 0, "the header is empty (its length is 0)"},
    {5, "{\"\xC3(\":{}}", 0, "the header is not UTF-8"},
    {6, "{\"a\":{\"dtype\":\"U8\",\"shape\":[4]", 4,
     "tensor \"a\": invalid JSON in the header at byte 30: it ends inside an object"},
    {6, "{\"a\":", 4,
     "tensor \"a\": invalid JSON in the header at byte 5: it ends where a value "
     "should be"},
    {6, "{\"a", 4, "invalid JSON in the header at byte 3: it ends inside a string"},
    {6, "{\"a\":{\"dtype\":\"U8\",\"shape\":[4,", 4,
     "tensor \"a\": invalid JSON in the header at byte 30: it ends where a value should be"},
    {6, "{\"a\":{\"dtype\":\"U8\",\"shape\":[4],}}", 4,
     "tensor \"a\": invalid JSON in the header at byte 31: no string as the key of a member"},
    {7, ONE(A4) " x", 4,
     "invalid JSON in the header at byte 54: something follows the closing brace"},
    {7, ONE(A4) "{}", 4,
     "invalid JSON in the header at byte 53: something follows the closing brace"},
    {8, "\xEF\xBB\xBF{}", 0, "the header starts with a byte order mark, not with `{`"},
    {8, "x{}", 0, "the header does not start with `{`"},
    {8, "  ", 0, "the header holds nothing but white space"},
    {9, "[]", 0, "the top level of the header is an array, not an object"},
    {9, "\"{}\"", 0, "the top level of the header is a string, not an object"},
    {11, "{\"a\tb\":{}}", 0,
     "invalid JSON in the header at byte 3: a raw control character in a string"},
    {11, "{\"\\ud800\":{}}", 0,
     "invalid JSON in the header at byte 2: a lone surrogate escape in a string"},
    {11, "{\"\\udc00\\ud800\":{}}", 0,
     "invalid JSON in the header at byte 2: a lone surrogate escape in a string"},
    {11, "{\"__metadata__\":{\"k\":\"\\ud83dx\"}}", 0,
     "invalid JSON in the header at byte 22: a lone surrogate escape in a string"},
    {12, TWO(A4, ENTRY("a", "U8", "[4]", 4, 8)), 8, "tensor \"a\": is named twice"},
    {12, TWO(A4, ENTRY("\\u0061", "U8", "[4]", 0, 4)), 4, "tensor \"a\": is named twice"},
    {12, "{\"__metadata__\":{},\"__metadata__\":{}}", 0, "`__metadata__` is given twice"},
    {13, "{\"a\":{\"dtype\":\"U8\",\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[0,4]}}", 4,
     "tensor \"a\": duplicate field `dtype`"},
    {13, "{\"a\":{\"dtype\":\"U8\",\"shape\":[4],\"shape\":[4],\"data_offsets\":[0,4]}}", 4,
     "tensor \"a\": duplicate field `shape`"},
    {13, "{\"a\":{\"data_offsets\":[0,4],\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[0,4]}}",
     4, "tensor \"a\": duplicate field `data_offsets`"},
    {14, "{\"__metadata__\":[]}", 0, "`__metadata__` is an array, not an object of strings"},
    {14, "{\"__metadata__\":3}", 0, "`__metadata__` is a number, not an object of strings"},
    {14, "{\"__metadata__\":{\"k\":1}}", 0,
     "`__metadata__` is not an object of strings: \"k\" is a number"},
    {15, "{\"a\":[\"U8\",[4],[0,4]]}", 4, "tensor \"a\": its entry is an array, not an object"},
    {15, "{\"a\":null}", 0, "tensor \"a\": its entry is null, not an object"},
    {16, "{\"a\":{}}", 0, "tensor \"a\": missing field `dtype`"},
    {16, "{\"a\":{\"dtype\":\"U8\",\"data_offsets\":[0,4]}}", 4,
     "tensor \"a\": missing field `shape`"},
    {16, "{\"a\":{\"dtype\":\"U8\",\"shape\":[4]}}", 4,
     "tensor \"a\": missing field `data_offsets`"},
    {17, ONE(ENTRY("a", "f32", "[1]", 0, 4)), 4,
     "tensor \"a\": unknown dtype \"f32\" (safetensors spells them F64, F32, F16, BF16, I64, U8, "
     "...)"},
    {17, "{\"a\":{\"dtype\":32,\"shape\":[1],\"data_offsets\":[0,4]}}", 4,
     "tensor \"a\": its `dtype` is a number, not a string"},
    {18, ONE(ENTRY("a", "U8", "4", 0, 4)), 4,
     "tensor \"a\": its `shape` is a number, not an array"},
    {19, ONE(ENTRY("a", "U8", "[-4]", 0, 4)), 4,
     "tensor \"a\": dimension 0 of its `shape` is -4, not an integer from 0 to 2^64 - 1"},
    {19, ONE(ENTRY("a", "U8", "[2,2.0]", 0, 4)), 4,
     "tensor \"a\": dimension 1 of its `shape` is 2.0, not an integer from 0 to 2^64 - 1"},
    {19, ONE(ENTRY("a", "U8", "[4e0]", 0, 4)), 4,
     "tensor \"a\": dimension 0 of its `shape` is 4e0, not an integer from 0 to 2^64 - 1"},
    {19, ONE(ENTRY("a", "U8", "[-0]", 0, 0)), 0,
     "tensor \"a\": dimension 0 of its `shape` is -0, not an integer from 0 to 2^64 - 1"},
    {19, ONE(ENTRY("a", "U8", "[\"4\"]", 0, 4)), 4,
     "tensor \"a\": a dimension of its `shape` is a string, not an integer"},
    {19, ONE(ENTRY("a", "U8", "[18446744073709551616]", 0, 4)), 4,
     "tensor \"a\": dimension 0 of its `shape` is 18446744073709551616, not an integer from 0 to "
     "2^64 - 1"},
    {19, ONE(ENTRY("a", "U8", "[04]", 0, 4)), 4,
     "tensor \"a\": invalid JSON in the header at byte 28: a malformed number"},
    {20, "{\"a\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[0]}}", 4,
     "tensor \"a\": its `data_offsets` are fewer than two integers"},
    {20, "{\"a\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[0,4,4]}}", 4,
     "tensor \"a\": its `data_offsets` are more than two integers"},
    {20, "{\"a\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[0,4.0]}}", 4,
     "tensor \"a\": one of its `data_offsets` is 4.0, not an integer from 0 to 2^64 - 1"},
    {20, "{\"a\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[0,\"4\"]}}", 4,
     "tensor \"a\": one of its `data_offsets` is a string, not an integer"},
    {20, "{\"a\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":{}}}", 4,
     "tensor \"a\": its `data_offsets` is an object, not an array of two integers"},
    {21, ONE(ENTRY("a", "U8", "[4]", 4, 0)), 4,
     "tensor \"a\": its `data_offsets` begin at 4 and end before, at 0"},
    {22, ONE(ENTRY("a", "U8", "[4]", 4, 8)), 8,
     "tensor \"a\": the first tensor begins at byte 4 of the data, not at 0"},
    {23, TWO(A4, ENTRY("b", "U8", "[4]", 6, 10)), 10,
     "tensor \"b\": a hole of 2 bytes lies between it and \"a\""},
    {24, TWO(A4, ENTRY("b", "U8", "[4]", 2, 6)), 6,
     "tensor \"b\": begins at byte 2, which overlaps \"a\" (it ends at 4)"},
    {24, TWO(A4, ENTRY("b", "U8", "[4]", 0, 4)), 4,
     "tensor \"b\": begins at byte 0, which overlaps \"a\" (it ends at 4)"},
    {25, TWO(A4, ENTRY("b", "U8", "[0]", 2, 2)), 4,
     "tensor \"b\": is empty, but at byte 2 where the data continues at 4"},
    {25, TWO(A4, ENTRY("b", "U8", "[0]", 5, 5)), 4,
     "tensor \"b\": is empty, but at byte 5 where the data continues at 4"},
    {26, ONE(ENTRY("a", "F32", "[4]", 0, 4)), 4,
     "tensor \"a\": \"invalid shape, data type, or offset\": 4 elements of F32 take 16 bytes, its "
     "`data_offsets` span 4"},
    {27, ONE(ENTRY("a", "U8", "[4294967296,4294967296]", 0, 4)), 4,
     "tensor \"a\": the product of its `shape` overflows 64 bits"},
    {27, ONE(ENTRY("a", "U8", "[4294967296,4294967296,0]", 0, 0)), 0,
     "tensor \"a\": the product of its `shape` overflows 64 bits"},
    {28, ONE(ENTRY("a", "F64", "[2305843009213693952]", 0, 4)), 4,
     "tensor \"a\": the size of 2305843009213693952 elements of F64 overflows 64 bits"},
    {29, ONE(ENTRY("a", "F4", "[3]", 0, 2)), 2,
     "tensor \"a\": 3 elements of F4 are not a whole number of bytes"},
    {29, ONE(ENTRY("a", "F6_E2M3", "[2]", 0, 2)), 2,
     "tensor \"a\": 2 elements of F6_E2M3 are not a whole number of bytes"},
    {30, ONE(A4), 6,
     "\"incomplete metadata, file not fully covered\": 2 bytes follow the last tensor"},
    {30, "{}", 1,
     "\"incomplete metadata, file not fully covered\": 1 bytes follow the last tensor"},
    {31, ONE(A4), 3,
     "tensor \"a\": \"incomplete metadata, file not fully covered\": it ends at byte 4 of the "
     "data, "
     "but the file was cut short at 3"},
};

static void expect_refused(const char *path, enum err_code code, const char *message)
{
    struct err e;
    char expected[1024];
    struct safetensors *file;

    err_clear(&e);
    file = safetensors_open(path, &e);
    ck_assert_ptr_null(file);
    snprintf(expected, sizeof expected, "%s: %s", path, message);
    ck_assert_str_eq(e.message, expected);
    ck_assert_int_eq(e.code, code);
}

START_TEST(test_refused)
{
    const struct bad *b = &bads[_i];
    const char *path = scratch("bad.safetensors");

    write_safetensors(path, b->header, strlen(b->header), NULL, b->data);
    expect_refused(path, ERR_FORMAT, b->message);
}
END_TEST

/* A NUL does not end a header. */
START_TEST(test_refused_nul)
{
    const char *path = scratch("nul.safetensors");

    write_safetensors(path, "{}\0", 3, NULL, 0);
    expect_refused(path, ERR_FORMAT,
                   "invalid JSON in the header at byte 2: something follows the closing brace");
    write_safetensors(path, "{\"\0\":{}}", 8, NULL, 0);
    expect_refused(path, ERR_FORMAT,
                   "invalid JSON in the header at byte 2: a raw control character in a string");
}
END_TEST

START_TEST(test_rule_1_too_small)
{
    const char *path = scratch("small.safetensors");

    write_bytes(path, "", 0);
    expect_refused(path, ERR_FORMAT,
                   "\"header too small\": no safetensors file has 0 bytes: its header's length "
                   "alone takes 8");
    write_bytes(path, "\1\0\0\0\0\0\0", 7);
    expect_refused(path, ERR_FORMAT,
                   "\"header too small\": no safetensors file has 7 bytes: its header's length "
                   "alone takes 8");
}
END_TEST

START_TEST(test_rule_2_too_large)
{
    const char *path = scratch("large.safetensors");

    write_bytes(path, "\x01\xE1\xF5\x05\0\0\0\0{}", 10);
    expect_refused(path, ERR_FORMAT,
                   "is not a safetensors file: by its first 8 bytes its header would have "
                   "100000001 bytes, and the "
                   "limit is 100000000 (\"header too large\")");
    write_string(path, "# bilens\n\nA look into weights.\n");
    expect_refused(path, ERR_FORMAT,
                   "is not a safetensors file: by its first 8 bytes its header would have "
                   "8317697078098796579 bytes, and the "
                   "limit is 100000000 (\"header too large\")");
    write_string(path, "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n");
    expect_refused(path, ERR_FORMAT,
                   "\"header too large\": this is a Git-LFS pointer, not the file it stands for; "
                   "fetch that with `git lfs pull`");
}
END_TEST

START_TEST(test_rule_3_beyond_file)
{
    const char *path = scratch("beyond.safetensors");

    write_bytes(path, "\x03\0\0\0\0\0\0\0{}", 10);
    expect_refused(path, ERR_FORMAT,
                   "\"invalid header length\": a header of 3 bytes does not fit into a file of 10");
    write_bytes(path, "\x00\xE1\xF5\x05\0\0\0\0{}", 10); /* exactly the limit */
    expect_refused(path, ERR_FORMAT,
                   "\"invalid header length\": a header of 100000000 bytes does not fit into a "
                   "file of 10");
}
END_TEST

static char *nested(int depth)
{
    char *header = calloc(1, 200 + 2 * (size_t)depth), *p;

    ck_assert_ptr_nonnull(header);
    p = header +
        sprintf(header, "{\"a\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[0,4],\"x\":");
    memset(p, '[', (size_t)depth);
    memset(p + depth, ']', (size_t)depth);
    strcpy(p + 2 * depth, "}}");
    return header;
}

START_TEST(test_rule_10_nesting)
{
    const char *path = scratch("deep.safetensors");
    struct err e;
    char *header = nested(127); /* two levels are around it */
    struct safetensors *file;

    write_safetensors(path, header, strlen(header), NULL, 4);
    free(header);
    expect_refused(path, ERR_FORMAT,
                   "tensor \"a\": invalid JSON in the header at byte 182: nesting deeper than 128 "
                   "levels");
    header = nested(126);
    write_safetensors(path, header, strlen(header), NULL, 4);
    free(header);
    file = safetensors_open(path, &e);
    ck_assert_ptr_nonnull(file);
    safetensors_unref(file);
    header = nested(1000000);
    write_safetensors(path, header, strlen(header), NULL, 4);
    free(header);
    ck_assert_ptr_null(safetensors_open(path, &e));
}
END_TEST

/* Ten million entries fit under the limit only where nothing is kept of them. */
START_TEST(test_rule_32_millions)
{
    enum { MANY = 10000000, TENSORS = SAFETENSORS_MOST_TENSORS + 1 };
    const char *path = scratch("many.safetensors");
    char *header = malloc(95000000), *p = header;
    struct safetensors *file;
    struct err e;

    ck_assert_ptr_nonnull(header);
    p += sprintf(p, "{\"__metadata__\":{\"\":\"\"");
    for (int i = 1; i < MANY; i++) {
        memcpy(p, ",\"\":\"\"", 6);
        p += 6;
    }
    p += sprintf(p, "}}");
    write_safetensors(path, header, (size_t)(p - header), NULL, 0);
    file = safetensors_open(path, &e);
    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(safetensors_count(file), 0);
    safetensors_unref(file);

    p = header;
    for (int i = 0; i < TENSORS; i++)
        p += sprintf(p, "%c\"%d\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]}",
                     i == 0 ? '{' : ',', i);
    *p++ = '}';
    write_safetensors(path, header, (size_t)(p - header), NULL, 0);
    free(header);
    expect_refused(path, ERR_FORMAT, "the header names more than 1048576 tensors");
    remove(path);
}
END_TEST

START_TEST(test_many_dimensions)
{
    const char *path = scratch("rank.safetensors");
    static char header[16384];
    char *p =
        header + sprintf(header, "{\"a\":{\"dtype\":\"U8\",\"data_offsets\":[0,1],\"shape\":[1");

    for (int i = 1; i < 1025; i++)
        p += sprintf(p, ",1");
    sprintf(p, "]}}");
    write_safetensors(path, header, strlen(header), NULL, 1);
    expect_refused(path, ERR_FORMAT, "tensor \"a\": its `shape` has more than 1024 dimensions");
}
END_TEST

START_TEST(test_rule_33_not_regular)
{
    const char *pipe = scratch("pipe.safetensors");

    expect_refused(scratch(""), ERR_FILE, "is a directory, not a file");
    expect_refused(scratch("none.safetensors"), ERR_FILE, "No such file or directory");
    ck_assert_int_eq(mkfifo(pipe, 0600), 0);
    expect_refused(pipe, ERR_FILE, "is not a regular file"); /* and does not wait */
}
END_TEST

/* --- Files that must be read --- */

static struct safetensors *open_good(const char *header, size_t data)
{
    const char *path = scratch("good.safetensors");
    struct err e;
    struct safetensors *file;

    err_clear(&e);
    write_safetensors(path, header, strlen(header), NULL, data);
    file = safetensors_open(path, &e);
    ck_assert_msg(file != NULL, "%s", e.message);
    return file;
}

START_TEST(test_empty)
{
    struct safetensors *file = open_good("{}", 0);

    ck_assert_uint_eq(safetensors_count(file), 0);
    ck_assert_ptr_null(safetensors_find(file, "a"));
    safetensors_unref(file);
    file = open_good(" \t\r\n{ } \n\t\r", 0);
    ck_assert_uint_eq(safetensors_count(file), 0);
    safetensors_unref(file);
    safetensors_unref(NULL);
}
END_TEST

START_TEST(test_shapes)
{
    struct safetensors *file =
        open_good(" {\"__metadata__\" : {\"k\":\"v\"}, " ENTRY("z", "U8", "[1]", 0, 1) " ,\n"
                  /* not aligned, out of order, a scalar, empty ones where they may be */
                  ENTRY("b", "F32", "[]", 5, 9) "," ENTRY("a", "F32", "[1,1]", 1, 5) "," ENTRY(
                      "e", "F16", "[3,0]", 5, 5) "," ENTRY("f", "I64", "[0]", 9,
                                                           9) "," ENTRY("\\u00e9\\uD83D\\uDE00\\n",
                                                                        "F4", "[2,3]", 9, 12) "} ",
                  12);
    const struct tensor *t;

    ck_assert_uint_eq(safetensors_count(file), 6);
    ck_assert_str_eq(safetensors_get(file, 0)->name, "a");
    ck_assert_str_eq(safetensors_get(file, 5)->name, "\xC3\xA9\xF0\x9F\x98\x80\n");
    t = safetensors_find(file, "b");
    ck_assert_ptr_nonnull(t);
    ck_assert_uint_eq(t->rank, 0);
    ck_assert_uint_eq(t->count, 1);
    ck_assert_uint_eq(t->begin, 5);
    t = safetensors_find(file, "e");
    ck_assert_uint_eq(t->count, 0);
    ck_assert_uint_eq(t->rank, 2);
    ck_assert_uint_eq(t->shape[0], 3);
    ck_assert_uint_eq(t->shape[1], 0);
    t = safetensors_get(file, 5);
    ck_assert_uint_eq(t->count, 6);
    ck_assert_int_eq(t->dtype, DTYPE_F4);
    ck_assert_ptr_null(safetensors_find(file, "bb"));
    ck_assert_ptr_null(safetensors_find(file, ""));
    safetensors_unref(file);
}
END_TEST

/* Other fields of an entry are allowed, and mean nothing. */
START_TEST(test_other_fields)
{
    struct safetensors *file = open_good(
        "{\"a\":{\"x\":[{\"y\":null}],\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1],"
        "\"x\":-1.5e+3}}",
        1);

    ck_assert_uint_eq(safetensors_count(file), 1);
    safetensors_unref(file);
}
END_TEST

/* Whichever allocation fails, it is reported, and nothing leaks or is freed twice. */
START_TEST(test_short_of_memory)
{
    const char *path = scratch("memory.safetensors");
    struct safetensors *file = NULL;
    struct err e;

    write_safetensors(path, TWO(A4, ENTRY("b", "U8", "[1]", 4, 5)),
                      strlen(TWO(A4, ENTRY("b", "U8", "[1]", 4, 5))), NULL, 5);
    for (size_t n = 1; file == NULL; n++) {
        ck_assert_uint_lt(n, 100);
        err_clear(&e);
        mem_fail_at(n);
        file = safetensors_open(path, &e);
        mem_fail_at(0);
        ck_assert_int_eq(e.code, file == NULL ? ERR_MEMORY : ERR_NONE);
    }
    safetensors_unref(file);
}
END_TEST

TCase *safetensors_case(void)
{
    TCase *tcase = tcase_create("safetensors");

    tcase_set_timeout(tcase, 60);
    tcase_add_loop_test(tcase, test_refused, 0, sizeof bads / sizeof bads[0]);
    tcase_add_test(tcase, test_refused_nul);
    tcase_add_test(tcase, test_rule_1_too_small);
    tcase_add_test(tcase, test_rule_2_too_large);
    tcase_add_test(tcase, test_rule_3_beyond_file);
    tcase_add_test(tcase, test_rule_10_nesting);
    tcase_add_test(tcase, test_rule_32_millions);
    tcase_add_test(tcase, test_many_dimensions);
    tcase_add_test(tcase, test_rule_33_not_regular);
    tcase_add_test(tcase, test_empty);
    tcase_add_test(tcase, test_shapes);
    tcase_add_test(tcase, test_other_fields);
    tcase_add_test(tcase, test_short_of_memory);
    return tcase;
}
