/* A session: workspace, settings, and the loops that feed it statements. */
#ifndef BILENS_SESSION_SESSION_H
#define BILENS_SESSION_SESSION_H

#include <stdbool.h>
#include <stddef.h>

#include "bilens/lang/call.h"
#include "bilens/present/present.h"
#include "job.h"
#include "settings.h"

enum { SOURCE_DEPTH_MOST = 32 };

/* The latest answer that was computed and shown, for view and export; all owned. */
struct latest {
    struct script *script; /* NULL: there was none yet */
    size_t start, end;     /* of its statement there */
    struct report *report; /* NULL: the session kept it for export */
    struct subject subject;
};

struct session {
    struct session_state state;
    struct host host;
    struct command_table commands; /* all of them; the list is owned */
    struct settings settings;
    struct jobs jobs;
    int interrupts; /* Ctrl-C in a row since the last statement that was typed */
    bool keep_going;
    bool interactive;
    bool safe;            /* --safe: nothing is written but answers, and no shell is run */
    bool quiet;           /* answers are not wanted, only errors */
    bool answered;        /* something was written to standard output */
    bool failed;          /* some statement did */
    bool ended;           /* quit was said, or nothing can be written any more */
    char *pending_source; /* what `source` asked for, to run after its statement */
    const char *folder;   /* of the file being run; NULL: the working folder */
    size_t depth;         /* of files running files */
    bool wants_view;      /* the statement asked for one, to be opened after it */
    struct latest latest;
    struct spectra *spectra;        /* those known; owned */
    char *typed;                    /* what the next prompt begins with; owned, or NULL */
    struct output_log *log;         /* of `output FILE`; NULL: answers go to standard output */
    struct output_log *pending_log; /* what `output` asked for, in force after its statement */
    bool pending_output;            /* did it ask? */
};

bool session_open(struct session *s, struct err *e);
void session_close(struct session *s);

/* Where the text being run comes from, for messages: "tour.bl", "-c", "<stdin>"; NULL at
 * the prompt. line: the number of the text's first line. */
struct origin {
    const char *name;
    size_t line;
};

/* Runs every statement of text. Stops at an error unless the session keeps going (at the
 * prompt: drops the rest of the text). False if it stopped. */
bool session_run(struct session *s, const char *text, struct origin origin);
/* Reads statements line by line, so that a program at the other end of a pipe gets each answer
 * before it writes the next line. False if it stopped at an error. */
bool session_run_file(struct session *s, const char *path, struct err *e);
bool session_run_stdin(struct session *s);
/* The prompt: readline, history, completion. */
void session_prompt(struct session *s);

/* How output looks now: the settings, the environment and the terminal together. */
struct look session_look(const struct session *s);
/* The same for standard error, or for a file (then plain). */
struct look session_look_at(const struct session *s, int fd);

/* Writes "file:line:column: message", the source line and a caret to standard error. */
void session_print_error(const struct session *s, const char *text, struct origin origin,
                         const struct err *e);
/* Line of the text (from 1) and column (from 1, in characters) of byte at. */
void text_position(const char *text, size_t at, size_t *line, size_t *column);

/* Completion for readline: arms it for this session. */
void completion_start(struct session *s);

/* Statement history in $XDG_STATE_HOME/bilens/history. */
void history_start(void);
/* The file keeps it, too, unless the session may write none. */
void history_keep(const char *statement, bool file);
void history_report(size_t most, struct report *r);

/* The manual page, in roff, to standard output. */
void manual_print(const struct command_table *commands);

#endif
