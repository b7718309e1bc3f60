#include "settings.h"

#include <stdlib.h>
#include <string.h>

#include "bilens/base/err.h"
#include "bilens/base/near.h"
#include "bilens/base/number.h"
#include "bilens/base/text.h"

enum setting_kind { KIND_CHOICE, KIND_SWITCH, KIND_NUMBER, KIND_CELLS, KIND_SIZE };

struct setting {
    const char *name;
    enum setting_kind kind;
    size_t at;         /* in struct settings */
    const char *words; /* of a choice or a switch, in the order of its values; else NULL */
    size_t low, high;  /* of numbers */
};

static const struct setting table[] = {
#define CHOICE(name, words, help)                                                                  \
    {#name, KIND_CHOICE, offsetof(struct settings, name), words, 0, 0},
#define SWITCH(name, help) {#name, KIND_SWITCH, offsetof(struct settings, name), "off|on", 0, 0},
#define NUMBER(name, low, high, help)                                                              \
    {#name, KIND_NUMBER, offsetof(struct settings, name), NULL, low, high},
#define CELLS(name, low, high, help)                                                               \
    {#name, KIND_CELLS, offsetof(struct settings, name), NULL, low, high},
#define SIZE(name, help) {#name, KIND_SIZE, offsetof(struct settings, name), NULL, 0, 0},
#include "settings.def"
#undef CHOICE
#undef SWITCH
#undef NUMBER
#undef CELLS
#undef SIZE
};
enum { COUNT = sizeof table / sizeof *table };

_Static_assert(DIGITS_LEAST == 2 && DIGITS_MOST == 15, "settings.def says so");
/* A choice is written as an int. */
_Static_assert(sizeof(enum output_format) == sizeof(int) && sizeof(enum when) == sizeof(int) &&
                   sizeof(enum charset_choice) == sizeof(int),
               "enumerations are as large as int");

const char settings_help[] = "Settings:"
#define CHOICE(name, words, help) "\n" #name " (" words "): " help
#define SWITCH(name, help) "\n" #name " (on|off): " help
#define NUMBER(name, low, high, help) "\n" #name " (" #low " to " #high "): " help
#define CELLS(name, low, high, help) "\n" #name " (" #low " to " #high " cells, or auto): " help
#define SIZE(name, help) "\n" #name " (a size: 512M, 2G): " help
#include "settings.def"
#undef CHOICE
#undef SWITCH
#undef NUMBER
#undef CELLS
#undef SIZE
    ;

static const struct setting *find(const char *name)
{
    for (size_t i = 0; i < COUNT; i++)
        if (strcmp(table[i].name, name) == 0)
            return &table[i];
    return NULL;
}

const char *settings_name(size_t i)
{
    return i < COUNT ? table[i].name : NULL;
}

const char *settings_choices(const char *name)
{
    const struct setting *k = find(name);
    return k != NULL ? k->words : NULL;
}

/* ---- words ---- */

/* The i-th of "a|b|c"; NULL: there are not so many. */
static const char *word_at(const char *words, int i, size_t *length)
{
    for (; i > 0 && words != NULL; i--)
        words = (words = strchr(words, '|')) != NULL ? words + 1 : NULL;
    *length = words != NULL ? strcspn(words, "|") : 0;
    return words;
}

static bool pick(const struct setting *k, const char *value, int *out, struct err *e)
{
    const char *word;
    size_t length;
    for (int i = 0; (word = word_at(k->words, i, &length)) != NULL; i++)
        if (strlen(value) == length && strncmp(word, value, length) == 0) {
            *out = i;
            return true;
        }
    err_set(e, ERR_ARGUMENT, "%s is one of ", k->name);
    for (int i = 0; (word = word_at(k->words, i, &length)) != NULL; i++)
        err_append(e, "%s%.*s", i == 0 ? "" : ", ", (int)length, word);
    err_append(e, ", not '%s'", value);
    return false;
}

/* ---- reading a value ---- */

/* The commands of a switch's name without a word toggle it. */
static bool set_switch(const struct setting *k, const char *value, bool *out, struct err *e)
{
    int i = !*out;
    if (strcmp(value, "toggle") != 0 && !pick(k, value, &i, e))
        return false;
    *out = i == 1;
    return true;
}

static bool set_number(const struct setting *k, const char *value, size_t *out, struct err *e)
{
    char *end;
    bool cells = k->kind == KIND_CELLS;
    unsigned long n = strtoul(value, &end, 10);
    if (cells && strcmp(value, "auto") == 0)
        n = 0;
    else if (value[0] < '0' || value[0] > '9' || *end != '\0' || n < k->low || n > k->high)
        return err_set(e, ERR_ARGUMENT, "%s is a number %sfrom %zu to %zu%s, not '%s'", k->name,
                       cells ? "of cells " : "", k->low, k->high, cells ? ", or auto" : "", value);
    *out = n;
    return true;
}

static bool set_size(const struct setting *k, const char *value, size_t *out, struct err *e)
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
        return err_set(e, ERR_ARGUMENT, "%s is a size such as 512M or 2G, not '%s'", k->name,
                       value);
    *out = (size_t)(n * scale);
    return true;
}

static bool unknown(const char *name, struct err *e)
{
    struct near near = {0};
    for (size_t i = 0; i < COUNT; i++)
        near_offer(&near, name, table[i].name);
    err_set(e, ERR_UNKNOWN_NAME, "there is no setting '%s'", name);
    near_append(&near, e);
    for (size_t i = 0; near.count == 0 && i < COUNT; i++)
        err_append(e, "%s%s", i == 0 ? "; there are " : ", ", table[i].name);
    return false;
}

bool settings_set(struct settings *s, const char *name, const char *value, struct err *e)
{
    const struct setting *k = find(name);
    if (k == NULL)
        return unknown(name, e);
    void *place = (char *)s + k->at;
    switch (k->kind) {
    case KIND_CHOICE:
        return pick(k, value, place, e);
    case KIND_SWITCH:
        return set_switch(k, value, place, e);
    case KIND_SIZE:
        return set_size(k, value, place, e);
    default:
        return set_number(k, value, place, e);
    }
}

/* ---- telling a value ---- */

static void value_text(const struct settings *s, const struct setting *k, struct text *out)
{
    const void *place = (const char *)s + k->at;
    const size_t *number = place;
    const int *choice = place;
    const bool *on = place;
    size_t length;
    if (k->words != NULL) {
        const char *word = word_at(k->words, k->kind == KIND_SWITCH ? *on : *choice, &length);
        text_add_bytes(out, word, length);
    } else if (k->kind == KIND_SIZE) {
        text_printf(out, "%.4gG", (double)*number / (1024.0 * 1024 * 1024));
    } else if (k->kind == KIND_CELLS && *number == 0) {
        text_add(out, "auto");
    } else {
        text_printf(out, "%zu", *number);
    }
}

bool settings_report(const struct settings *s, const char *name, struct report *r, struct err *e)
{
    const struct setting *only = name != NULL ? find(name) : NULL;
    if (name != NULL && only == NULL)
        return unknown(name, e);
    struct block *b = report_add(r, BLOCK_TABLE);
    block_table(b, NULL, 2, only != NULL ? 1 : COUNT);
    table_column(&b->table, 0, "setting", COLUMN_TEXT);
    table_column(&b->table, 1, "value", COLUMN_TEXT);
    for (size_t i = 0, row = 0; i < COUNT; i++) {
        if (only != NULL && only != &table[i])
            continue;
        struct text value = TEXT_EMPTY;
        value_text(s, &table[i], &value);
        table_text(&b->table, row, 0, table[i].name);
        table_text(&b->table, row++, 1, text_get(&value));
        text_done(&value);
    }
    return true;
}
