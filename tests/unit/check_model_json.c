/* The JSON scanner, and config.json read with it. */
#include "check_model.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bilens/base/mem.h"
#include "bilens/formats/json.h"
#include "src/model/config.h"

static char buffer[4096];

static struct json begin(const char *text)
{
    size_t length = strlen(text);

    memcpy(buffer, text, length);
    return json_begin(buffer, length);
}

START_TEST(test_strings)
{
    static const struct {
        const char *written, *meant;
    } cases[] = {
        {"\"\"", ""},
        {"\"plain\"", "plain"},
        {"\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\/\b\f\n\r\t"},
        {"\"a\\u0041z\"", "aAz"},
        {"\"\\u00e9\\u20AC\\ud83d\\ude00\"", "\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80"},
        {"\"\xE2\x82\xAC\x7F\"", "\xE2\x82\xAC\x7F"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct json s = begin(cases[i].written);
        struct json_string string;
        ck_assert(json_read_string(&s, &string));
        ck_assert_str_eq(string.bytes, cases[i].meant);
        ck_assert_uint_eq(string.length, strlen(cases[i].meant));
        ck_assert(json_finish(&s));
    }
}
END_TEST

START_TEST(test_nul_in_string)
{
    struct json s = begin("\"a\\u0000b\"");
    struct json_string string;

    ck_assert(json_read_string(&s, &string));
    ck_assert_uint_eq(string.length, 3);
    ck_assert_mem_eq(string.bytes, "a\0b", 4);
    ck_assert(!json_string_is(string, "a"));
}
END_TEST

START_TEST(test_numbers)
{
    static const struct {
        const char *written;
        bool good, whole;
        uint64_t value;
    } cases[] = {
        {"0", true, true, 0},         {"18446744073709551615", true, true, UINT64_MAX},
        {"-1", true, false, 0},       {"18446744073709551616", true, false, 0},
        {"1.0", true, false, 0},      {"1e2", true, false, 0},
        {"-0.5E-10", true, false, 0}, {"01", false, false, 0},
        {"-", false, false, 0},       {"1.", false, false, 0},
        {"1e", false, false, 0},      {"1e+", false, false, 0},
        {".5", false, false, 0},      {"+1", false, false, 0},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct json s = begin(cases[i].written);
        struct json_number number;
        ck_assert_int_eq(json_read_number(&s, &number) && json_finish(&s), cases[i].good);
        if (!cases[i].good)
            continue;
        ck_assert_int_eq(number.whole, cases[i].whole);
        if (number.whole)
            ck_assert_uint_eq(number.value, cases[i].value);
    }
}
END_TEST

/* The values are those of the reference library (tokenizers 0.23.3, which prints what it read);
 * where strtod gives another one, a comment says so. */
START_TEST(test_reals)
{
    static const struct {
        const char *written;
        double value;
    } cases[] = {
        {"0", 0},
        {"-0", -0.0},
        {"-5.129043102264404", -0x1.48423ep+2},
        {"-12.130167007446289", -0x1.842a53fffffffp+3},       /* not ...54 */
        {"-3.4028234663852886e+38", -0x1.fffffe0000001p+127}, /* not ...00 */
        {"0.30000000000000001665", 0x1.3333333333333p-2},
        {"18446744073709551619.3", 0x1p+64},
        {"1844674407370955161.9e30", 0x1.431e0fae6d722p+160}, /* not ...21 */
        {"184467440737095516199e-30", 0x1.95a5efea6b348p-33}, /* not ...47 */
        {"1844674407370955161599999999", 0x1.7d784p+90},
        {"-9223372036854775809", -0x1p+63},
        {"123456789012345678901234567890e-330", 0x1.52a64e34ba0d3p-1000},
        {"1.7976931348623157E308", 0x1.fffffffffffffp+1023},
        {"5e-324", 0x0.0000000000001p-1022},
        {"7e-400", 0},
        {"0e99999999999", 0},
    };
    static const char *const beyond[] = {"1e309", "-1e309", "1.8e308", "1e99999999999"};
    struct json_number number;
    double value;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct json s = begin(cases[i].written);
        ck_assert(json_read_number(&s, &number) && json_double(number, &value));
        ck_assert_mem_eq(&value, &cases[i].value, sizeof value);
    }
    for (size_t i = 0; i < sizeof beyond / sizeof beyond[0]; i++) {
        struct json s = begin(beyond[i]);
        ck_assert(json_read_number(&s, &number) && !json_double(number, &value));
    }
}
END_TEST

START_TEST(test_faults)
{
    static const struct {
        const char *written, *fault;
        size_t at;
    } cases[] = {
        {"[1,]", "no value where one should be", 3},
        {"[1 2]", "no comma between items of an array", 3},
        {"[,1]", "no value where one should be", 1},
        {"{\"a\" 1}", "no colon after the key of a member", 5},
        {"{\"a\":1,}", "no string as the key of a member", 7},
        {"{1:2}", "no string as the key of a member", 1},
        {"{\"a\":1 \"b\":2}", "no comma between members of an object", 7},
        {"[1}", "no comma between items of an array", 2},
        {"[tru]", "a misspelt true, false or null", 1},
        {"[NaN]", "no value where one should be", 1},
        {"[\"\\x\"]", "an unknown escape in a string", 2},
        {"[\"\\u12g4\"]", "a \\u escape without four hexadecimal digits", 4},
        {"[1] 2", "something follows the closing brace", 4},
        {"[1", "it ends inside an array", 2},
        {"", "it ends where a value should be", 0},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct json s = begin(cases[i].written);
        json_skip(&s);
        ck_assert(!json_finish(&s));
        ck_assert_str_eq(s.fault, cases[i].fault);
        ck_assert_uint_eq(s.fault_at, cases[i].at);
    }
}
END_TEST

/* However a document is cut short, that is found out, in place and bounds. */
START_TEST(test_truncated)
{
    static const char whole[] =
        "{\"a\": [1, -2.5e3, \"x\\n\\ud83d\\ude00\", {\"b\": null}], \"c\": true, \"d\": false}";

    for (size_t length = 0; length < sizeof whole - 1; length++) {
        char *exact = malloc(length + 1); /* so that a step too far is seen */
        struct json s;
        ck_assert_ptr_nonnull(exact);
        exact = realloc(exact, length > 0 ? length : 1);
        memcpy(exact, whole, length);
        s = json_begin(exact, length);
        ck_assert(!json_skip(&s));
        free(exact);
    }
}
END_TEST

START_TEST(test_skip_changes_nothing)
{
    static const char text[] = "[\"\\u0041\\n\", {\"k\\t\": \"\"}]";
    struct json s = begin(text);

    ck_assert(json_skip(&s) && json_finish(&s));
    ck_assert_mem_eq(buffer, text, sizeof text - 1);
}
END_TEST

/* --- config.json --- */

static struct config *read_good(const char *text)
{
    struct err e;
    struct config *c;

    err_clear(&e);
    write_string(scratch("config.json"), text);
    c = config_read(scratch("config.json"), &e);
    ck_assert_msg(c != NULL, "%s", e.message);
    return c;
}

static void expect_message(const struct err *e, const char *message)
{
    char expected[900];

    snprintf(expected, sizeof expected, "%s: %s", scratch("config.json"), message);
    ck_assert_str_eq(e->message, expected);
    ck_assert_int_eq(e->code, ERR_FORMAT);
}

START_TEST(test_config_values)
{
    struct config *c = read_good("{\"n\": 4, \"t\": true, \"f\": false, \"s\": \"x\", \"z\": null,"
                                 "\"o\": {\"n\": 5}}");
    const char *string;
    bool flag = false;
    size_t size;
    struct err e;

    ck_assert(config_get_size(c, "n", &size, &e));
    ck_assert_uint_eq(size, 4);
    ck_assert(config_get_bool(c, "t", &flag, &e) && flag);
    ck_assert(config_get_bool(c, "f", &flag, &e) && !flag);
    flag = true;
    ck_assert(config_get_bool(c, "missing", &flag, &e) && flag);
    ck_assert(config_get_string(c, "s", &string, &e));
    ck_assert_str_eq(string, "x");
    ck_assert(config_get_string(c, "z", &string, &e));
    ck_assert_ptr_null(string);
    ck_assert(config_has(c, "o"));
    ck_assert(!config_has(c, "p"));
    config_free(c);
}
END_TEST

START_TEST(test_config_wrong_types)
{
    static const struct {
        const char *value, *message;
    } cases[] = {
        {"\"4\"", "key \"n\" must be a positive integer, found the string \"4\""},
        {"0", "key \"n\" must be a positive integer, found 0"},
        {"-4", "key \"n\" must be a positive integer, found -4"},
        {"4.0", "key \"n\" must be a positive integer, found 4.0"},
        {"4294967296", "key \"n\" must be a positive integer, found 4294967296"},
        {"null", "key \"n\" must be a positive integer, found null"},
        {"[4]", "key \"n\" must be a positive integer, found an array"},
    };
    const char *string;
    struct config *c;
    struct err e;
    size_t size;
    bool flag;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[100];
        snprintf(text, sizeof text, "{\"n\": %s}", cases[i].value);
        c = read_good(text);
        err_clear(&e);
        ck_assert(!config_get_size(c, "n", &size, &e));
        expect_message(&e, cases[i].message);
        config_free(c);
    }
    c = read_good("{\"n\": 1}");
    ck_assert(!config_get_bool(c, "n", &flag, &e));
    expect_message(&e, "key \"n\" must be true or false, found 1");
    ck_assert(!config_get_string(c, "n", &string, &e));
    expect_message(&e, "key \"n\" must be a string or null, found 1");
    ck_assert(!config_get_size(c, "m", &size, &e));
    expect_message(&e, "key \"m\" is missing");
    config_free(c);
}
END_TEST

START_TEST(test_config_refused)
{
    static const struct {
        const char *text, *message;
    } cases[] = {
        {"", "invalid JSON at byte 0: it ends where a value should be"},
        {"[]", "invalid JSON at byte 0: no object where one should be"},
        {"{\"a\":1", "invalid JSON at byte 6: it ends inside an object"},
        {"{\"a\":1}}", "invalid JSON at byte 7: something follows the closing brace"},
        {"{\"b\":1,\"a\":1,\"b\":2}", "key \"b\" is given twice"},
        {"{\"\xFF\":1}", "is not UTF-8"},
    };
    struct err e;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        write_string(scratch("config.json"), cases[i].text);
        err_clear(&e);
        ck_assert_ptr_null(config_read(scratch("config.json"), &e));
        expect_message(&e, cases[i].message);
    }
    config_free(NULL);
}
END_TEST

TCase *json_case(void)
{
    TCase *tcase = tcase_create("json");

    tcase_add_test(tcase, test_strings);
    tcase_add_test(tcase, test_nul_in_string);
    tcase_add_test(tcase, test_numbers);
    tcase_add_test(tcase, test_reals);
    tcase_add_test(tcase, test_faults);
    tcase_add_test(tcase, test_truncated);
    tcase_add_test(tcase, test_skip_changes_nothing);
    return tcase;
}

TCase *config_case(void)
{
    TCase *tcase = tcase_create("config");

    tcase_add_test(tcase, test_config_values);
    tcase_add_test(tcase, test_config_wrong_types);
    tcase_add_test(tcase, test_config_refused);
    return tcase;
}
