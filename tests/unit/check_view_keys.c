/* The one table of keys: nothing is bound twice, and what is bound is what the overlay shows. */
#include <string.h>

#include "bilens/base/mem.h"
#include "bilens/base/text.h"
#include "bilens/base/utf8.h"
#include "check_view.h"

START_TEST(test_no_key_twice_in_a_view)
{
    for (size_t i = 0; i < key_binding_count; i++)
        for (size_t j = 0; j < key_binding_count; j++)
            for (size_t k = 0; k < KEYS_MOST; k++)
                for (size_t l = 0; l < KEYS_MOST; l++) {
                    uint32_t a = key_bindings[i].keys[k], b = key_bindings[j].keys[l];
                    bool same = i == j && k == l;
                    if (same || a == 0 || a != b)
                        continue;
                    ck_assert_msg((key_bindings[i].views & key_bindings[j].views) == 0,
                                  "key %x of entries %zu and %zu", a, i, j);
                }
}
END_TEST

START_TEST(test_every_action_has_a_key)
{
    for (int action = ACTION_NONE + 1; action < ACTION_COUNT; action++) {
        size_t found = 0;
        for (size_t i = 0; i < key_binding_count; i++)
            found += key_bindings[i].action == (enum key_action)action;
        ck_assert_msg(found > 0, "action %d has no key", action);
    }
}
END_TEST

START_TEST(test_action_of_key)
{
    ck_assert_int_eq(key_action_of('x', VIEW_MATRIX), ACTION_EXCHANGE);
    ck_assert_int_eq(key_action_of('x', VIEW_PAGE), ACTION_NONE);
    ck_assert_int_eq(key_action_of(KEYCODE_DOWN, VIEW_PAGE), ACTION_DOWN);
    ck_assert_int_eq(key_action_of('=', VIEW_SPECTRUM), ACTION_ZOOM_IN);
    ck_assert_int_eq(key_action_of(0, VIEW_ALL), ACTION_NONE);
}
END_TEST

START_TEST(test_names)
{
    struct text t = TEXT_EMPTY;
    static const uint32_t keys[] = {'h', ' ', 12, KEYCODE_LEFT, KEYCODE_BACKTAB, KEYCODE_ESCAPE};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        key_label(keys[i], &t);
        text_add(&t, "|");
    }
    view_names(VIEW_MATRIX | VIEW_HEADS, &t);
    text_add(&t, "|");
    view_names(VIEW_ALL, &t);
    ck_assert_str_eq(text_get(&t), "h|Space|Ctrl-L|Left|Shift-Tab|Esc|matrix, heads|all");
    text_done(&t);
}
END_TEST

/* What stands in the overlay of each view is what is bound there: no less, no more, and whole
 * on 80 columns. */
static void check_overlay(const char *statement, unsigned view)
{
    open_view(statement);
    explorer_resize(fixture.x, 60, 80);
    press("?");
    char *all = screen();
    for (size_t i = 0; i < key_binding_count; i++) {
        const struct key_binding *b = &key_bindings[i];
        struct text keys = TEXT_EMPTY;
        key_labels(i, 1, &keys);
        bool bound = (b->views & view) != 0;
        ck_assert_msg(!bound || strstr(all, text_get(&keys)) != NULL, "%s: %s\n%s", view_name(view),
                      text_get(&keys), all);
        ck_assert_msg(!bound || strstr(all, b->help) != NULL, "%s: %s\n%s", view_name(view),
                      b->help, all);
        ck_assert_msg(bound || strstr(all, b->help) == NULL, "%s: %s\n%s", view_name(view), b->help,
                      all);
        text_done(&keys);
    }
    ck_assert_msg(strstr(all, "\xe2\x80\xa6") == NULL, "cut:\n%s", all);
    mem_free(all);
    press("x"); /* closes it */
}

START_TEST(test_overlays_show_what_is_bound)
{
    check_overlay("svd w_u", VIEW_SPECTRUM);
    check_overlay("w_u", VIEW_MATRIX);
    check_overlay("grid", VIEW_HEADS);
    check_overlay(NULL, VIEW_WORKSPACE);
    check_overlay("norm grid", VIEW_PAGE);
}
END_TEST

START_TEST(test_overlay_scrolls_where_it_must)
{
    open_view("w_u");
    explorer_resize(fixture.x, 14, 80);
    press("?");
    expect_shown("left, down, up, right");
    expect_shown("j and PgDn show more of the keys");
    press("  ");
    expect_shown("leave the views");
    expect_not_shown("left, down, up, right");
    expect_not_shown("j and PgDn");
    press("jjjj");
    expect_shown("leave the views");
    press_key(KEYCODE_PAGE_UP);
    expect_shown("left, down, up, right");
    press("x"); /* closes, and does nothing else */
    expect_not_shown("what it does");
    expect_line(0, " w_u");
}
END_TEST

TCase *keys_case(void)
{
    TCase *tc = tcase_create("keys");
    tcase_add_checked_fixture(tc, fixture_make, fixture_free);
    tcase_add_test(tc, test_no_key_twice_in_a_view);
    tcase_add_test(tc, test_every_action_has_a_key);
    tcase_add_test(tc, test_action_of_key);
    tcase_add_test(tc, test_names);
    tcase_add_test(tc, test_overlays_show_what_is_bound);
    tcase_add_test(tc, test_overlay_scrolls_where_it_must);
    return tc;
}
