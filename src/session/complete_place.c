#include "complete_place.h"

#include <string.h>

/* Where the last statement before `end` starts: behind a ';' or a line's end outside quotes. */
static size_t statement_start(const char *line, size_t end)
{
    size_t start = 0;
    bool quoted = false;
    for (size_t i = 0; i < end; i++) {
        if (quoted && line[i] == '\\')
            i++;
        else if (line[i] == '"')
            quoted = !quoted;
        else if (!quoted && (line[i] == ';' || line[i] == '\n'))
            start = i + 1;
    }
    return start;
}

/* A word: from start to a blank outside quotes, or to the end, where it is the one being typed. */
struct word {
    size_t start, stop;
    bool quoted;
};

static struct word next_word(const char *line, size_t at, size_t end)
{
    struct word w = {0};
    while (at < end && (line[at] == ' ' || line[at] == '\t'))
        at++;
    w.start = at;
    for (; at < end && (w.quoted || (line[at] != ' ' && line[at] != '\t')); at++) {
        if (w.quoted && line[at] == '\\' && at + 1 < end)
            at++;
        else if (line[at] == '"')
            w.quoted = !w.quoted;
    }
    w.stop = at;
    return w;
}

static bool starts_with(const char *line, struct word w, const char *what)
{
    size_t length = strlen(what);
    return w.stop - w.start >= length && strncmp(line + w.start, what, length) == 0;
}

/* The word as a string, cut where it is too long to be a command's, an option's or a setting's. */
static void copy_word(const char *line, struct word w, char out[WORD_MOST])
{
    size_t length = w.stop - w.start < WORD_MOST - 1 ? w.stop - w.start : WORD_MOST - 1;
    memcpy(out, line + w.start, length);
    out[length] = '\0';
}

static const struct option_spec *option_named(const struct signature *s, const char *name)
{
    for (size_t i = 0; i < s->options; i++)
        if (strcmp(s->option[i].name, name) == 0)
            return &s->option[i];
    return NULL;
}

/* Which argument the word stands before, as `to` does before a file; ARGUMENTS_MOST: none. */
static size_t argument_after(const struct place *p, const char *word)
{
    for (size_t i = p->argument; i < p->signature.arguments; i++)
        if (p->signature.argument[i].keyword[0] != '\0' &&
            strcmp(p->signature.argument[i].keyword, word) == 0)
            return i;
    return ARGUMENTS_MOST;
}

/* A whole word behind the command moves the place on. */
static void pass_word(struct place *p, const char *line, struct word w)
{
    copy_word(line, w, p->previous);
    if (p->kind == PLACE_FILE)
        return;
    if (p->previous[0] == '>' || p->previous[0] == '|') {
        p->kind = PLACE_FILE;
    } else if (p->kind == PLACE_VALUE) {
        p->kind = PLACE_ARGUMENT;
    } else if (p->kind == PLACE_ARGUMENT && starts_with(line, w, "--")) {
        p->option = option_named(&p->signature, p->previous + 2);
        if (p->option != NULL && p->option->has_value)
            p->kind = PLACE_VALUE;
    } else if (argument_after(p, p->previous) < ARGUMENTS_MOST) {
        p->argument = argument_after(p, p->previous);
    } else if (p->argument < p->signature.arguments &&
               !p->signature.argument[p->argument].repeated) {
        p->argument++;
    }
}

/* The first word: a command opens its arguments. */
static void pass_first(struct place *p, const char *line, struct word w,
                       const struct command_table *table)
{
    char name[WORD_MOST];
    copy_word(line, w, name);
    p->kind = PLACE_EXPRESSION;
    p->command = command_find(table, name, NULL);
    if (p->command != NULL && signature_parse(p->command->signature, &p->signature))
        p->kind = PLACE_ARGUMENT;
}

void place_read(struct place *p, const char *line, size_t end, const struct command_table *table)
{
    *p = (struct place){.kind = PLACE_STATEMENT};
    struct word w = next_word(line, statement_start(line, end), end);
    for (bool first = true; w.stop < end; first = false) {
        if (first)
            pass_first(p, line, w, table);
        else
            pass_word(p, line, w);
        w = next_word(line, w.stop, end);
    }
    p->quoted = w.quoted;
    if (p->kind != PLACE_STATEMENT && (starts_with(line, w, ">") || starts_with(line, w, "|")))
        p->kind = PLACE_FILE;
}

const struct argument_spec *place_argument(const struct place *p)
{
    bool more = p->kind == PLACE_ARGUMENT && p->argument < p->signature.arguments;
    return more ? &p->signature.argument[p->argument] : NULL;
}

bool place_is_raw(const struct place *p)
{
    const struct argument_spec *a = place_argument(p);
    if (p->kind == PLACE_VALUE)
        return p->option->kind == ARGUMENT_RAW;
    return p->kind == PLACE_FILE || (a != NULL && a->kind == ARGUMENT_RAW);
}
