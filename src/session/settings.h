/* What the options and `set` say: settings.def lists it. */
#ifndef BILENS_SESSION_SETTINGS_H
#define BILENS_SESSION_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>

#include "bilens/present/present.h"

enum when { WHEN_AUTO, WHEN_ALWAYS, WHEN_NEVER };
enum charset_choice { CHARSET_CHOICE_AUTO, CHARSET_CHOICE_UTF8, CHARSET_CHOICE_ASCII };

struct settings {
    enum output_format format;
    enum when color;
    enum charset_choice charset;
    size_t width; /* 0: auto */
    size_t memory;
    size_t digits;
    bool timing, echo, ledger, pager;
};

/* One setting, by name and text. */
bool settings_set(struct settings *s, const char *name, const char *value, struct err *e);
/* Appends a table of them, or of the one of that name. */
bool settings_report(const struct settings *s, const char *name, struct report *r, struct err *e);
/* Setting i, or NULL; and the words that a setting takes ("on|off"), or NULL where it takes numbers
 * or is none: for completion. */
const char *settings_name(size_t i);
const char *settings_choices(const char *name);

/* For help and the manual: a line for each, with what it takes. */
extern const char settings_help[];

#endif
