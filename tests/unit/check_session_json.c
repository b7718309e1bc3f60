/* JSON Lines, read back with jansson and compared as values, and once as bytes. */
#include <jansson.h>
#include <math.h>
#include <string.h>

#include "bilens/base/err.h"
#include "bilens/base/mem.h"
#include "bilens/base/text.h"
#include "check_session.h"

static char *json_of(const struct answer *answer)
{
    struct text out = TEXT_EMPTY;
    struct err e = {0};
    struct look look = {.format = FORMAT_JSON};
    ck_assert_msg(present(answer, &look, &out, &e), "%s", e.message);
    size_t length = out.length;
    char *line = text_take(&out);
    ck_assert_uint_eq(strlen(line), length);
    /* One object, one line. */
    ck_assert_ptr_eq(strchr(line, '\n'), line + length - 1);
    return line;
}

/* The block of a report that has one, as JSON. Frees the report. */
static json_t *block_json(struct report *r)
{
    char *line = presented(r, FORMAT_JSON);
    json_t *object = json_loads(line, 0, NULL);
    ck_assert_msg(object != NULL, "not JSON: %s", line);
    json_t *block = json_incref(json_array_get(json_object_get(object, "blocks"), 0));
    ck_assert_ptr_nonnull(block);
    json_decref(object);
    mem_free(line);
    report_free(r);
    return block;
}

/* Equal, and equally typed; frees the value. */
static void expect_json(json_t *got, const char *expected)
{
    json_t *want = json_loads(expected, 0, NULL);
    ck_assert_ptr_nonnull(want);
    char *text = json_dumps(got, JSON_COMPACT | JSON_REAL_PRECISION(9));
    ck_assert_msg(json_equal(got, want), "got %s, not %s", text, expected);
    json_free_t release;
    json_get_alloc_funcs(NULL, &release);
    release(text);
    json_decref(want);
    json_decref(got);
}

START_TEST(test_answer)
{
    struct report *r = new_report();
    ck_assert(report_title(r, "w_u: 4096 x 256"));
    ck_assert(report_ledger(r, "weights", "raw"));
    ck_assert(report_ledger(r, "scale", "none"));
    ck_assert(block_scalar(add_block(r, BLOCK_SCALARS), "trace", -4.6303012345678));
    struct answer answer = {
        .statement = "trace qk; ls", .length = 8, .line = 3, .report = r, .bound = "u s v"};
    char *line = json_of(&answer);
    ck_assert_str_eq(line, "{\"statement\":\"trace qk\",\"line\":3,\"ok\":true,"
                           "\"title\":\"w_u: 4096 x 256\","
                           "\"ledger\":{\"weights\":\"raw\",\"scale\":\"none\"},"
                           "\"blocks\":[{\"kind\":\"scalars\",\"values\":{\"trace\":-4.63030123}}],"
                           "\"bound\":[\"u\",\"s\",\"v\"]}\n");
    mem_free(line);
    report_free(r);
}
END_TEST

START_TEST(test_no_report)
{
    struct answer answer = {.statement = "a = 1", .length = 5, .line = 1, .bound = "a"};
    char *line = json_of(&answer);
    ck_assert_str_eq(line, "{\"statement\":\"a = 1\",\"line\":1,\"ok\":true,\"ledger\":{},"
                           "\"blocks\":[],\"bound\":[\"a\"]}\n");
    mem_free(line);
}
END_TEST

START_TEST(test_error)
{
    struct err error = {0};
    err_set(&error, ERR_UNKNOWN_NAME, "nothing is called \"no\xff\"");
    struct answer answer = {.statement = "svd no\xff",
                            .length = 7,
                            .line = 2,
                            .bound = "",
                            .error = &error,
                            .column = 5};
    char *line = json_of(&answer);
    ck_assert_str_eq(line, "{\"statement\":\"svd no\\\\xff\",\"line\":2,\"ok\":false,"
                           "\"error\":{\"code\":\"unknown-name\","
                           "\"message\":\"nothing is called \\\"no\\\\xff\\\"\",\"column\":5}}\n");
    mem_free(line);
}
END_TEST

START_TEST(test_series)
{
    const double values[] = {12.5, NAN, INFINITY, -INFINITY, 0.1234567891234, -3};
    struct report *r = new_report();
    add_series(r, "eigenvalues", values, 6, SERIES_SPECTRUM)->member = head_member(1, 2);
    expect_json(block_json(r),
                "{\"kind\":\"series\",\"member\":[1,2],\"name\":\"eigenvalues\","
                "\"axis\":\"component\",\"x0\":0,"
                "\"values\":[12.5,\"NaN\",\"Infinity\",\"-Infinity\",0.123456789,-3.0]}");
}
END_TEST

START_TEST(test_table)
{
    const char *const tokens[] = {"a\x1b\"\n", NULL, "\xc3\xa9\xff"};
    struct report *r = new_report();
    struct block *b = add_tokens(r, "0 high", tokens, 3);
    b->member = layer_member(4);
    b->table.reading = "in";
    b->table.pole = "high";
    b->table.has_component = true;
    b->table.component = 2;
    b->table.value = -39.75;
    expect_json(
        block_json(r),
        "{\"kind\":\"table\",\"member\":[4],\"title\":\"0 high\",\"reading\":\"in\","
        "\"pole\":\"high\",\"component\":2,\"value\":-39.75,"
        "\"columns\":[{\"name\":\"id\",\"type\":\"number\"},"
        "{\"name\":\"token\",\"type\":\"token\"},{\"name\":\"value\",\"type\":\"number\"}],"
        "\"rows\":[[10,\"a\\u001b\\\"\\n\",1.5],[11,null,2.5],[12,\"\xc3\xa9\\\\xff\",3.5]]}");
}
END_TEST

START_TEST(test_table_without_extras)
{
    const char *const tokens[] = {"a"};
    struct report *r = new_report();
    add_tokens(r, NULL, tokens, 1);
    json_t *block = block_json(r);
    ck_assert_str_eq(json_string_value(json_object_get(block, "title")), "");
    ck_assert_ptr_null(json_object_get(block, "member"));
    ck_assert_ptr_null(json_object_get(block, "reading"));
    ck_assert_ptr_null(json_object_get(block, "pole"));
    ck_assert_ptr_null(json_object_get(block, "component"));
    ck_assert_ptr_null(json_object_get(block, "value"));
    json_decref(block);
}
END_TEST

START_TEST(test_grid)
{
    const double values[] = {1, -2.5, NAN, INFINITY};
    const char *const rows[] = {"the", "cat"};
    struct report *r = new_report();
    struct block *b = add_grid(r, 2, 2, values);
    label_grid(b, rows, NULL);
    b->grid.row_range[0] = 8;
    b->grid.row_range[1] = 12;
    b->grid.block[0] = 2;
    b->grid.aggregate = "absmax";
    expect_json(block_json(r),
                "{\"kind\":\"grid\",\"rows\":2,\"cols\":2,\"row_range\":[8,12],\"col_range\":[0,2],"
                "\"row_axis\":\"token\",\"col_axis\":\"resid\",\"aggregate\":\"absmax\","
                "\"block\":[2,1],\"vmax\":2.5,\"clipped\":0,\"nan\":1,\"inf\":1,"
                "\"row_labels\":[\"the\",\"cat\"],\"values\":[[1.0,-2.5],[\"NaN\",\"Infinity\"]]}");
}
END_TEST

START_TEST(test_text)
{
    struct report *r = new_report();
    add_string(r, "two\nlines\xff");
    expect_json(block_json(r), "{\"kind\":\"text\",\"text\":\"two\\nlines\\\\xff\"}");
}
END_TEST

/* Nothing that a report can hold breaks the line or lets a control byte through. */
START_TEST(test_hostile)
{
    struct report *r = hostile_report();
    char *line = presented(r, FORMAT_JSON);
    for (const char *at = line; at[1] != '\0'; at++)
        ck_assert_msg((unsigned char)*at >= 0x20, "byte %02x", (unsigned char)*at);
    json_t *object = json_loads(line, JSON_REJECT_DUPLICATES, NULL);
    ck_assert_ptr_nonnull(object);
    ck_assert_uint_eq(json_array_size(json_object_get(object, "blocks")), r->count);
    json_decref(object);
    mem_free(line);
    report_free(r);
}
END_TEST

TCase *json_case(void)
{
    TCase *c = tcase_create("json");
    tcase_add_test(c, test_answer);
    tcase_add_test(c, test_no_report);
    tcase_add_test(c, test_error);
    tcase_add_test(c, test_series);
    tcase_add_test(c, test_table);
    tcase_add_test(c, test_table_without_extras);
    tcase_add_test(c, test_grid);
    tcase_add_test(c, test_text);
    tcase_add_test(c, test_hostile);
    return c;
}
