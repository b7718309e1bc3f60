/* How many rows an answer takes on a terminal. */
#include "check_session.h"

#include <string.h>

#include "src/session/pager.h"

static size_t rows(const char *string, size_t cols)
{
    return pager_rows(string, strlen(string), cols);
}

START_TEST(test_rows_of_text)
{
    ck_assert_uint_eq(rows("", 10), 0);
    ck_assert_uint_eq(rows("\n", 10), 1);
    ck_assert_uint_eq(rows("one", 10), 1);
    ck_assert_uint_eq(rows("one\n", 10), 1);
    ck_assert_uint_eq(rows("one\n\ntwo\n", 10), 3);
}
END_TEST

START_TEST(test_long_lines_are_folded)
{
    ck_assert_uint_eq(rows("0123456789\n", 10), 1); /* it fits exactly */
    ck_assert_uint_eq(rows("0123456789a\n", 10), 2);
    ck_assert_uint_eq(rows("0123456789012345678901\nx", 10), 4);
    /* A wide character does not stand half in one row. */
    ck_assert_uint_eq(rows("012345678\xe6\xbc\xa2", 10), 2);
    ck_assert_uint_eq(rows("01234567\xe6\xbc\xa2", 10), 1);
    ck_assert_uint_eq(rows("0123456789\xcc\x81\n", 10), 1); /* a combining mark takes no cell */
}
END_TEST

START_TEST(test_colours_take_no_room)
{
    ck_assert_uint_eq(rows("\033[1;38;5;100m0123456789\033[0m\n", 10), 1);
    ck_assert_uint_eq(rows("\033[1m", 10), 0);
    ck_assert_uint_eq(rows("\033[1", 10), 0); /* cut off */
    ck_assert_uint_eq(rows("\033[0m\n\033[0m", 10), 1);
}
END_TEST

TCase *pager_case(void)
{
    TCase *tests = tcase_create("pager");
    tcase_add_test(tests, test_rows_of_text);
    tcase_add_test(tests, test_long_lines_are_folded);
    tcase_add_test(tests, test_colours_take_no_room);
    return tests;
}
