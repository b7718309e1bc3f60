#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bilens/base/err.h"
#include "bilens/base/near.h"
#include "bilens/base/number.h"
#include "bilens/base/text.h"
#include "session.h"

enum { WIDTH_LEAST = 20, WIDTH_MOST = 1000 };

/* A word out of a list: its place, or -1. */
static int choice(const char *const *words, const char *word)
{
    for (int i = 0; words[i] != NULL; i++)
        if (strcmp(words[i], word) == 0)
            return i;
    return -1;
}

static bool pick(const char *const *words, const char *name, const char *value, int *out,
                 struct err *e)
{
    int i = choice(words, value);
    if (i >= 0) {
        *out = i;
        return true;
    }
    err_set(e, ERR_ARGUMENT, "%s is one of ", name);
    for (size_t k = 0; words[k] != NULL; k++)
        err_append(e, "%s%s", k == 0 ? "" : ", ", words[k]);
    err_append(e, ", not '%s'", value);
    return false;
}

static const char *const format_names[] = {"text", "json", "csv", "tsv", "markdown", NULL};
static const char *const when_names[] = {"auto", "always", "never", NULL};
static const char *const charset_names[] = {"auto", "utf8", "ascii", NULL};
static const char *const switch_names[] = {"off", "on", NULL};

static bool set_width(struct settings *s, const char *value, struct err *e)
{
    char *end;
    unsigned long n = strtoul(value, &end, 10);
    if (strcmp(value, "auto") == 0) {
        s->width = 0;
        return true;
    }
    if (value[0] < '0' || value[0] > '9' || *end != '\0' || n < WIDTH_LEAST || n > WIDTH_MOST)
        return err_set(e, ERR_ARGUMENT,
                       "width is a number of cells from %d to %d, or auto, not "
                       "'%s'",
                       WIDTH_LEAST, WIDTH_MOST, value);
    s->width = n;
    return true;
}

static bool set_memory(struct settings *s, const char *value, struct err *e)
{
    static const char units[] = "KMGT";
    char *end;
    double n = strtod(value, &end), scale = 1;
    const char *unit = *end != '\0' ? strchr(units, *end) : NULL;
    if (unit != NULL) {
        for (const char *u = units; u <= unit; u++)
            scale *= 1024;
        end++;
    }
    if (end == value || *end != '\0' || !(n * scale >= 1) || n * scale > 1e18)
        return err_set(e, ERR_ARGUMENT, "memory is a size such as 512M or 2G, not '%s'", value);
    s->memory = (size_t)(n * scale);
    return true;
}

static bool set_digits(struct settings *s, const char *value, struct err *e)
{
    char *end;
    unsigned long n = strtoul(value, &end, 10);
    if (value[0] < '0' || value[0] > '9' || *end != '\0' || n < DIGITS_LEAST || n > DIGITS_MOST)
        return err_set(e, ERR_ARGUMENT, "digits is a number from %d to %d, not '%s'", DIGITS_LEAST,
                       DIGITS_MOST, value);
    s->digits = (int)n;
    return true;
}

static bool set_switch(const char *name, const char *value, bool *out, struct err *e)
{
    int i = !*out;
    /* The commands of these names without a word turn them over. */
    if (strcmp(value, "toggle") != 0 && !pick(switch_names, name, value, &i, e))
        return false;
    *out = i == 1;
    return true;
}

/* The settings by name; settings_set and settings_report go through it. */
static const char *const names[] = {"format", "color",  "charset", "width",  "memory", "timing",
                                    "echo",   "ledger", "pager",   "digits", NULL};

const char *settings_name(size_t i)
{
    return i < sizeof names / sizeof *names ? names[i] : NULL;
}

const char *const *settings_choices(const char *name)
{
    static const char *const *const choices[] = {
        format_names, when_names,   charset_names, NULL,         NULL,
        switch_names, switch_names, switch_names,  switch_names, NULL};
    int i = choice(names, name);
    return i >= 0 ? choices[i] : NULL;
}

static bool unknown(const char *name, struct err *e)
{
    struct near near = {0};
    for (size_t i = 0; names[i] != NULL; i++)
        near_offer(&near, name, names[i]);
    err_set(e, ERR_UNKNOWN_NAME, "there is no setting '%s'", name);
    near_append(&near, e);
    if (near.count == 0)
        for (size_t i = 0; names[i] != NULL; i++)
            err_append(e, "%s%s", i == 0 ? "; there are " : ", ", names[i]);
    return false;
}

bool settings_set(struct settings *s, const char *name, const char *value, struct err *e)
{
    int i = 0;
    switch (choice(names, name)) {
    case 0:
        if (!pick(format_names, name, value, &i, e))
            return false;
        s->format = (enum output_format)i;
        return true;
    case 1:
        if (!pick(when_names, name, value, &i, e))
            return false;
        s->color = (enum when)i;
        return true;
    case 2:
        if (!pick(charset_names, name, value, &i, e))
            return false;
        s->charset = (enum charset_choice)i;
        return true;
    case 3:
        return set_width(s, value, e);
    case 4:
        return set_memory(s, value, e);
    case 5:
        return set_switch(name, value, &s->timing, e);
    case 6:
        return set_switch(name, value, &s->echo, e);
    case 7:
        return set_switch(name, value, &s->ledger, e);
    case 8:
        return set_switch(name, value, &s->pager, e);
    case 9:
        return set_digits(s, value, e);
    default:
        return unknown(name, e);
    }
}

static void value_text(const struct settings *s, int which, struct text *out)
{
    switch (which) {
    case 0:
        text_add(out, format_names[s->format]);
        break;
    case 1:
        text_add(out, when_names[s->color]);
        break;
    case 2:
        text_add(out, charset_names[s->charset]);
        break;
    case 3:
        if (s->width == 0)
            text_add(out, "auto");
        else
            text_printf(out, "%zu", s->width);
        break;
    case 4:
        text_printf(out, "%.4gG", (double)s->memory / (1024.0 * 1024 * 1024));
        break;
    case 5:
        text_add(out, switch_names[s->timing]);
        break;
    case 6:
        text_add(out, switch_names[s->echo]);
        break;
    case 7:
        text_add(out, switch_names[s->ledger]);
        break;
    case 8:
        text_add(out, switch_names[s->pager]);
        break;
    default:
        text_printf(out, "%d", s->digits);
    }
}

static bool add_row(const struct settings *s, int which, struct report_table *t, size_t row,
                    struct err *e)
{
    struct text value = TEXT_EMPTY;
    value_text(s, which, &value);
    bool ok = !value.failed && table_text(t, row, 0, names[which]) &&
              table_text(t, row, 1, text_get(&value));
    text_done(&value);
    return ok || err_memory(e);
}

bool settings_report(const struct settings *s, const char *name, struct report *r, struct err *e)
{
    int only = name ? choice(names, name) : -1;
    if (name != NULL && only < 0)
        return unknown(name, e);
    int count = sizeof names / sizeof *names - 1;
    struct block *b = report_add(r, BLOCK_TABLE);
    bool ok = b != NULL && block_table(b, NULL, 2, name ? 1 : (size_t)count) &&
              table_column(&b->table, 0, "setting", COLUMN_TEXT) &&
              table_column(&b->table, 1, "value", COLUMN_TEXT);
    for (int i = 0; ok && i < count; i++)
        if (name == NULL || i == only)
            ok = add_row(s, i, &b->table, name ? 0 : (size_t)i, e);
    return ok;
}
