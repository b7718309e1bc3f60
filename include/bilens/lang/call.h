/* One command at work: what its handler may ask for, and what it leaves behind. */
#ifndef BILENS_LANG_CALL_H
#define BILENS_LANG_CALL_H

#include "bilens/lang/command.h"
#include "bilens/lang/eval.h"
#include "bilens/base/text.h"
#include "bilens/lang/report.h"

/* What handlers ask of the session around them. Any of the functions may be NULL
 * where there is no session (in tests). */
struct host {
    void *session;
    size_t memory;                /* bytes that a dense result may take */
    size_t heat_rows, heat_cols;  /* how many values a drawing can show */
    size_t line_width;            /* characters in a line of text */
    bool (*set)(struct host *h, const char *name, const char *value, struct report *r,
                struct err *e); /* name NULL: list all; value NULL: show one */
    bool (*source)(struct host *h, const char *path, struct err *e);
    bool (*history)(struct host *h, size_t most, struct report *r, struct err *e);
    void (*quit)(struct host *h);
};

/* A name to be bound when the statement has succeeded; value NULL: to be removed. */
struct change {
    char *name;
    struct value *value;
    bool from_model, quiet;
};

struct call {
    const struct statement *statement;
    const struct command_table *commands;
    struct evaluator evaluator;
    struct host *host;
    void **model;             /* the session's current model; replaced through call_model */
    void *new_model;          /* see call_model */
    void (*free_model)(void *model);
    bool replace_model;
    struct text note;         /* what the words of a direction were taken for */
    size_t changes;
    struct change *change;
};

/* Arguments are counted over all given ones, repeated ones included. */
size_t call_count(const struct call *c);
struct value *call_value(struct call *c, size_t i, struct err *e);     /* new reference */
struct value *call_direction(struct call *c, size_t i, struct err *e); /* new reference */
const char *call_raw(const struct call *c, size_t i);                  /* NULL beyond the count */
/* The source text of argument i. Appends. */
void call_source(const struct call *c, size_t i, struct text *out);
/* Gives the error argument i's place, unless it has one; returns false. */
bool call_fail(const struct call *c, size_t i, struct err *e);
/* A whole number in low..high; out keeps its value where argument i is not given. */
bool call_number(struct call *c, size_t i, size_t low, size_t high, size_t *out, struct err *e);

bool call_has(const struct call *c, const char *option);
const char *call_choice(const struct call *c, const char *option, const char *missing);
bool call_option_number(struct call *c, const char *option, size_t low, size_t high, size_t *out,
                        struct err *e);
bool call_option_fail(const struct call *c, const char *option, struct err *e);

/* Bindings that take effect only if the statement succeeds. */
bool call_bind(struct call *c, const char *name, struct value *value, bool from_model,
               struct err *e);
bool call_unbind(struct call *c, const char *name, struct err *e);
/* The model that is current from now on (taken). Names of the old one go. */
void call_model(struct call *c, void *model, void (*release)(void *model));

/* Runs one parsed statement: an expression is shown by the command "show". On success
 * the changes have been made to names; on failure nothing was. */
struct session_state {
    struct workspace *names;
    const struct command_table *commands;
    struct host *host;
    void *model;
    void (*free_model)(void *model);
};
/* *bound: the names bound, separated by blanks, appended. */
bool statement_run(struct session_state *state, const char *text, const struct statement *s,
                   struct report *report, struct text *bound, struct err *e);

#endif
