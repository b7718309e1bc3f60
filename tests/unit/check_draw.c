#include "check_draw.h"

#include <stdlib.h>

#include "bilens/base/mem.h"
#include "bilens/base/text.h"

const struct theme ascii_plain = {CHARSET_ASCII, DEPTH_MONO, false};
const struct theme utf8_plain = {CHARSET_UTF8, DEPTH_MONO, false};
const struct theme utf8_mono = {CHARSET_UTF8, DEPTH_MONO, true};
const struct theme utf8_true = {CHARSET_UTF8, DEPTH_TRUE, true};
const struct theme utf8_256 = {CHARSET_UTF8, DEPTH_256, true};
const struct theme utf8_8 = {CHARSET_UTF8, DEPTH_8, true};

char *written(struct canvas *c, const struct theme *theme)
{
    struct text out = TEXT_EMPTY;
    ck_assert_ptr_nonnull(c);
    text_add(&out, "");
    canvas_write(c, theme, &out);
    canvas_free(c);
    char *string = text_take(&out);
    ck_assert_ptr_nonnull(string);
    return string;
}

void expect_written(struct canvas *c, const struct theme *theme, const char *expected)
{
    char *string = written(c, theme);
    ck_assert_str_eq(string, expected);
    mem_free(string);
}

int main(void)
{
    Suite *suite = suite_create("draw");
    suite_add_tcase(suite, canvas_case());
    suite_add_tcase(suite, theme_case());
    suite_add_tcase(suite, scale_case());
    suite_add_tcase(suite, chart_case());
    suite_add_tcase(suite, bounds_case());
    suite_add_tcase(suite, svg_case());
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
