/* One command at work: what its handler may ask for, and what it leaves behind. */
#ifndef BILENS_LANG_CALL_H
#define BILENS_LANG_CALL_H

#include <stdatomic.h>

#include "bilens/lang/command.h"
#include "bilens/lang/eval.h"
#include "bilens/base/text.h"
#include "bilens/lang/report.h"
#include "bilens/lang/subject.h"

struct outfile;

/* What handlers ask of the session around them. */
struct host {
    void *session;       /* for the session's own commands; NULL: none (in tests, in views) */
    const char *refusal; /* why there is none; NULL: nothing more is known */
    size_t memory;       /* bytes that a dense result may take */
    size_t heat_rows, heat_cols; /* how many values a drawing can show */
    size_t line_width;           /* characters in a line of text */
    const char *offline;         /* why nothing may be downloaded: "--offline"; NULL: it may */
    bool whole;                  /* are matrices wanted with all entries, for a machine? */
    bool safe;                   /* --safe: no file is written, no shell run; see host_may_write */
};

/* Asked by whatever writes a file or runs a shell command, before it does. False, with the
 * error set, in a session that may not; instead says what would work. */
bool host_may_write(const struct host *h, const char *instead, struct err *e);

/* A name to be bound when the statement has succeeded; value NULL: to be removed. */
struct change {
    char *name;
    struct value *value;
    bool from_model;
};

/* A model that values came from though it is not open: one they were saved with, or one that
 * another took the place of. */
struct provenance {
    unsigned trait;
    char name[64], hash[64];
    bool folded, centered, rotary;
};

/* A model that is open: a thing of the commands', which the language only keeps. */
struct open_model {
    char *alias; /* "a" of "load X as a"; NULL: the one without an alias */
    void *model;
    struct model_hold *hold; /* owns the model; shared */
    unsigned trait;          /* its bit in the traits of values */
};

struct session_state {
    struct workspace *names;
    const struct command_table *commands;
    struct host *host;
    size_t models;
    struct open_model *open;
    void *current;   /* one of the open models, or NULL */
    unsigned opened; /* models so far, for the next one's trait */
    size_t provenances;
    struct provenance *provenance;
    /* Called when a statement has its answer and nothing is changed yet: if it cannot take the
     * answer (a file that cannot be written), the statement fails. NULL: nobody asks. */
    bool (*accept)(void *context, const char *bound, struct err *e);
    void *accept_context;
};

/* The text that statements were read from, shared by those at work. */
struct script {
    atomic_size_t refs;
    char text[];
};

struct script *script_new(const char *text);
struct script *script_ref(struct script *s);
void script_unref(struct script *s);

struct call {
    const struct statement *statement;
    const struct command_table *commands;
    struct evaluator evaluator;
    struct host *host;
    const struct session_state *state; /* as it was when the statement began */
    struct report *report;             /* what the handler answers */
    struct text bound;                 /* names bound by call_commit, separated by blanks */
    /* What the above points to: the call's own, for it may outlive the session's. */
    struct script *script;
    struct statement parsed;
    struct host host_now;
    struct session_state snapshot;
    struct open_model opened; /* see call_model */
    bool opens, uses;
    unsigned traits;    /* of the values evaluated so far */
    struct text note;   /* what the words of a direction were taken for */
    struct text unused; /* names that the user bound, the model's own weights being read instead */
    size_t changes;
    struct change *change;
    size_t provenances; /* see call_provenance */
    struct provenance *provenance;
    size_t files; /* see call_output */
    struct outfile **file;
    struct subject subject; /* what the answer is about */
};

/* Arguments are counted over all given ones, repeated ones included. */
size_t call_count(const struct call *c);
struct value *call_value(struct call *c, size_t i, struct err *e);     /* new reference */
struct value *call_direction(struct call *c, size_t i, struct err *e); /* new reference */
/* As call_direction, but a word stands for its token's embedding. */
struct value *call_content(struct call *c, size_t i, struct err *e);
/* Are the models that values of those traits came from what they were when they were opened? Asked
 * when values are first used: call_value and the like have done so. False with the error. */
bool call_models_unchanged(const struct call *c, unsigned traits, struct err *e);
/* What `load` brought under a name of the current model's, whatever the name is bound to by now:
 * borrowed, its traits taken; NULL: there is none. The ledger says which names of the user's were
 * passed over. */
const struct value *call_model_value(struct call *c, const char *name);
const char *call_raw(const struct call *c, size_t i); /* NULL beyond the count */
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
bool call_bind(struct call *c, const char *name, struct value *value, bool from_model);
bool call_unbind(struct call *c, const char *name);
/* The file was written, and finished: it gets its name if the statement succeeds, and is dropped
 * otherwise. Taken, also on failure; NULL is a failure that has been told. */
bool call_output(struct call *c, struct outfile *file);
/* *trait: of values that come from that model, which is not open. Its own trait is not read. */
bool call_provenance(struct call *c, const struct provenance *p, unsigned *trait);
/* The model is open from now on (taken; its names are bound by call_bind). Without an
 * alias it takes the place of the one without; it becomes the current one if current is
 * said. The current model's names stand without a prefix; those of the one before go. */
bool call_model(struct call *c, void *model, void (*release)(void *model), const char *alias,
                bool current);
/* The trait that the model which call_model opens will have, for its values. */
unsigned call_next_trait(const struct call *c);
/* An open model becomes the current one. */
void call_use(struct call *c, void *model);
/* The open model of that alias, or NULL. */
void *call_find_model(const struct call *c, const char *alias);

/* Says what the answer is about: a value, and what that was made of (may be NULL); both are
 * referenced. The last word counts. */
void call_subject(struct call *c, struct value *value, struct value *about);
/* The same where about, or without that value, is what argument i gives. */
bool call_subject_of(struct call *c, size_t i, struct value *value, struct value *about);

/* A statement about to run, on a snapshot of the session (names and models are shared): no
 * thread but the one that runs it touches what it owns, so it can be left to run out when
 * nobody waits for it any more. Takes the statement, also on failure; references the script. */
struct call *call_new(const struct session_state *state, struct script *script,
                      struct statement *statement);
/* Runs the handler (an expression is shown by the command "show"), in any thread, once. */
bool call_run(struct call *c, struct err *e);
/* Then, in the session's thread: asks `accept`, and makes the changes to the session's names
 * and models. On failure nothing was changed. */
bool call_commit(struct call *c, struct session_state *state, struct err *e);
void call_free(struct call *c);
/* Closes every model; for the end of a session. */
void session_state_done(struct session_state *state);

#endif
