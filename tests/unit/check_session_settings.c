/* Settings: one table, which help, the report and what can be set come from. */
#include <check.h>
#include <stdio.h>
#include <string.h>

#include "bilens/base/err.h"
#include "check_session.h"
#include "src/session/settings.h"

static void expect_told(const struct settings *s, const char *name, const char *value)
{
    struct err e = {0};
    struct report *r = new_report();
    ck_assert(settings_report(s, name, r, &e));
    const struct report_table *t = &r->blocks[0].table;
    ck_assert_uint_eq(t->rows, 1);
    ck_assert_str_eq(t->cells[0].text, name);
    ck_assert_str_eq(t->cells[1].text, value);
    report_free(r);
}

static void expect_set(struct settings *s, const char *name, const char *value, const char *told)
{
    struct err e = {0};
    ck_assert_msg(settings_set(s, name, value, &e), "%s %s: %s", name, value, e.message);
    expect_told(s, name, told);
}

/* Every word that a setting offers it takes, and tells again; help names both. */
START_TEST(settings_take_what_they_offer)
{
    struct settings s = {0};
    size_t switches = 0;
    for (size_t i = 0; settings_name(i) != NULL; i++) {
        const char *name = settings_name(i), *choices = settings_choices(name);
        char words[64], named[64];
        snprintf(named, sizeof named, "\n%s (", name);
        ck_assert_ptr_nonnull(strstr(settings_help, named));
        snprintf(words, sizeof words, "%s", choices != NULL ? choices : "");
        for (char *rest = words, *word; (word = strtok_r(rest, "|", &rest)) != NULL;)
            expect_set(&s, name, word, word);
        switches += choices != NULL && strcmp(choices, "off|on") == 0;
    }
    ck_assert_uint_eq(switches, 4);
    ck_assert(s.timing && s.echo && s.ledger && s.pager); /* the last word of each */
    ck_assert_uint_eq(s.width + s.memory + s.digits, 0);  /* and nothing beside */
}
END_TEST

/* The words stand in the order of the values they mean. */
START_TEST(settings_mean_what_they_say)
{
    struct settings s = {0};
    expect_set(&s, "format", "json", "json");
    ck_assert_int_eq(s.format, FORMAT_JSON);
    expect_set(&s, "format", "markdown", "markdown");
    ck_assert_int_eq(s.format, FORMAT_MARKDOWN);
    expect_set(&s, "color", "always", "always");
    ck_assert_int_eq(s.color, WHEN_ALWAYS);
    expect_set(&s, "charset", "utf8", "utf8");
    ck_assert_int_eq(s.charset, CHARSET_CHOICE_UTF8);
    expect_set(&s, "timing", "on", "on");
    ck_assert(s.timing && !s.echo && !s.ledger && !s.pager);
}
END_TEST

START_TEST(settings_of_numbers)
{
    struct settings s = {0};
    expect_set(&s, "width", "100", "100");
    expect_set(&s, "width", "auto", "auto");
    expect_set(&s, "memory", "512M", "0.5G");
    ck_assert_uint_eq(s.memory, (size_t)512 << 20);
    expect_set(&s, "digits", "15", "15");
    expect_set(&s, "echo", "toggle", "on");
    expect_set(&s, "echo", "toggle", "off");
}
END_TEST

static void expect_no(const char *name, const char *value, const char *message)
{
    struct settings s = {.width = 30, .digits = 4};
    struct err e = {0};
    ck_assert(!settings_set(&s, name, value, &e));
    ck_assert_str_eq(e.message, message);
    ck_assert(s.width == 30 && s.digits == 4 && s.memory == 0);
}

START_TEST(settings_say_what_they_take)
{
    expect_no("format", "yaml", "format is one of text, json, csv, tsv, markdown, not 'yaml'");
    expect_no("format", "js", "format is one of text, json, csv, tsv, markdown, not 'js'");
    expect_no("echo", "yes", "echo is one of off, on, not 'yes'");
    expect_no("width", "19", "width is a number of cells from 20 to 1000, or auto, not '19'");
    expect_no("digits", "16", "digits is a number from 2 to 15, not '16'");
    expect_no("digits", "auto", "digits is a number from 2 to 15, not 'auto'");
    expect_no("memory", "2X", "memory is a size such as 512M or 2G, not '2X'");
    expect_no("colour", "auto", "there is no setting 'colour'; did you mean color?");
}
END_TEST

TCase *settings_case(void)
{
    TCase *c = tcase_create("settings");
    tcase_add_test(c, settings_take_what_they_offer);
    tcase_add_test(c, settings_mean_what_they_say);
    tcase_add_test(c, settings_of_numbers);
    tcase_add_test(c, settings_say_what_they_take);
    return c;
}
