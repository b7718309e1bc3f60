#include "bilens/lang/parser.h"

#include <string.h>

#include "bilens/base/err.h"
#include "bilens/base/mem.h"
#include "bilens/base/near.h"
#include "bilens/base/path.h"
#include "bilens/base/text.h"
#include "bilens/lang/expression.h"
#include "bilens/lang/lexer.h"
#include "bilens/lang/workspace.h"

static void argument_free(struct argument *a)
{
    node_free(a->node);
    mem_free(a->raw);
}

void statement_free(struct statement *s)
{
    for (size_t i = 0; i < s->arguments; i++)
        argument_free(&s->argument[i]);
    for (size_t i = 0; i < s->options; i++)
        argument_free(&s->option[i].value);
    if (s->inner != NULL)
        statement_free(s->inner);
    mem_free(s->inner);
    mem_free(s->argument);
    mem_free(s->name);
    mem_free(s->target);
    *s = (struct statement){0};
}

static bool is_sign(const struct lexer *l, char sign)
{
    return l->token.kind == TOKEN_SIGN && l->token.sign == sign;
}

static bool is_redirect(const struct lexer *l)
{
    return is_sign(l, '>') || is_sign(l, '|') || l->token.kind == TOKEN_APPEND;
}

static bool is_end(const struct lexer *l)
{
    return l->token.kind == TOKEN_END || l->token.kind == TOKEN_STOP || is_redirect(l);
}

/* The token looked at, quoted, as the error's place and in its message. */
static bool unexpected(const struct lexer *l, const char *what, struct err *e)
{
    struct token t = l->token;
    err_place(e, t.start, t.end > t.start ? t.end : t.start + 1);
    if (t.kind == TOKEN_END || t.kind == TOKEN_STOP)
        return err_set(e, ERR_SYNTAX, "the statement ends too early: %s", what);
    return err_set(e, ERR_SYNTAX, "unexpected '%.*s': %s", (int)(t.end - t.start),
                   l->text + t.start, what);
}

static bool parse_one(struct lexer *l, enum argument_kind kind, struct argument *out, struct err *e)
{
    if (kind != ARGUMENT_RAW) {
        out->node = expression_node(l, e);
        if (out->node == NULL)
            return false;
        out->start = out->node->start;
        out->end = out->node->end;
        return true;
    }
    struct text word = TEXT_EMPTY;
    if (!lexer_raw(l, &word, &out->start, &out->end, e)) {
        text_done(&word);
        return false;
    }
    out->raw = text_take(&word);
    return true;
}

/* "~/x" is what a shell would make of it. */
static void expand_path(char **path)
{
    char *expanded = path_expand(*path, false);
    mem_free(*path);
    *path = expanded;
}

/* The same for an option's value, which may be an expression between raw words. */
static bool parse_value(struct lexer *l, enum argument_kind kind, struct argument *out,
                        struct err *e)
{
    if (kind == ARGUMENT_RAW || !l->raw)
        return parse_one(l, kind, out, e);
    l->raw = false;
    l->at = l->token.start;
    if (!lexer_next(l, e) || !parse_one(l, kind, out, e))
        return false;
    l->raw = true;
    if (!is_end(l) && l->token.kind != TOKEN_OPTION)
        l->token.kind = TOKEN_RAW;
    return true;
}

static bool unknown_option(const struct statement *s, const char *name, struct err *e)
{
    struct near near = {0};
    for (size_t i = 0; i < s->signature.options; i++)
        near_offer(&near, name, s->signature.option[i].name);
    if (s->signature.options == 0)
        return err_set(e, ERR_UNKNOWN_OPTION, "%s takes no options", s->command->name);
    err_set(e, ERR_UNKNOWN_OPTION, "%s has no option --%s", s->command->name, name);
    if (near.count > 0) {
        err_append(e, "; did you mean --%s?", near.names[0]);
        return false;
    }
    for (size_t i = 0; i < s->signature.options; i++)
        err_append(e, "%s--%s", i == 0 ? "; it has " : ", ", s->signature.option[i].name);
    return false;
}

/* Is the word one of "a|b|c"? */
static bool is_choice(const char *choices, const char *word)
{
    size_t length = strlen(word);
    for (const char *c = choices; *c != '\0'; c += strcspn(c, "|"), c += *c == '|')
        if (strcspn(c, "|") == length && strncmp(c, word, length) == 0)
            return true;
    return false;
}

static bool parse_option(struct lexer *l, struct statement *s, struct err *e)
{
    char name[WORD_MOST];
    struct token t = l->token;
    size_t length = t.end - t.start - 2;
    if (length >= sizeof name)
        length = sizeof name - 1;
    memcpy(name, l->text + t.start + 2, length);
    name[length] = '\0';
    const struct option_spec *spec = NULL;
    for (size_t i = 0; i < s->signature.options; i++)
        if (strcmp(s->signature.option[i].name, name) == 0)
            spec = &s->signature.option[i];
    err_place(e, t.start, t.end);
    if (spec == NULL)
        return unknown_option(s, name, e);
    for (size_t i = 0; i < s->options; i++)
        if (strcmp(s->option[i].name, spec->name) == 0)
            return err_set(e, ERR_ARGUMENT, "--%s is given twice", name);
    struct given_option *o = &s->option[s->options++];
    *o = (struct given_option){.start = t.start, .end = t.end};
    memcpy(o->name, spec->name, sizeof o->name);
    o->has_value = spec->has_value;
    err_clear(e);
    if (!lexer_next(l, e))
        return false;
    if (!spec->has_value)
        return true;
    if (is_end(l) || l->token.kind == TOKEN_OPTION) {
        err_place(e, t.start, t.end);
        return err_set(e, ERR_ARGUMENT, "--%s needs a value%s%s", name,
                       spec->choices[0] ? ": " : "", spec->choices);
    }
    if (!parse_value(l, spec->kind, &o->value, e))
        return false;
    if (spec->choices[0] == '\0' || is_choice(spec->choices, o->value.raw))
        return true;
    err_place(e, o->value.start, o->value.end);
    return err_set(e, ERR_ARGUMENT, "--%s takes %s, not '%s'", name, spec->choices, o->value.raw);
}

/* Does the keyword come next, as a word of its own? */
static bool is_keyword(const struct lexer *l, const char *keyword)
{
    size_t length = strlen(keyword);
    const char *word = l->text + l->token.start;
    return length > 0 && strncmp(word, keyword, length) == 0 &&
           (word[length] == '\0' || strchr(" \t\r\n;", word[length]) != NULL);
}

/* Moves behind the keyword that must stand before the argument. */
static bool parse_keyword(struct lexer *l, const struct statement *s,
                          const struct argument_spec *spec, struct err *e)
{
    l->raw = spec->kind == ARGUMENT_RAW;
    if (spec->keyword[0] == '\0')
        return true;
    struct token t = l->token;
    size_t end = t.start + strlen(spec->keyword);
    if (!is_keyword(l, spec->keyword)) {
        size_t word = strcspn(l->text + t.start, " \t\r\n;"); /* a raw one has no end yet */
        err_place(e, t.start, t.end > t.start ? t.end : t.start + (word > 0 ? word : 1));
        return err_set(e, ERR_ARGUMENT, "%s %s is expected here: %s %s", spec->keyword, spec->name,
                       s->command->name, s->command->signature);
    }
    l->at = end;
    if (!lexer_next(l, e))
        return false;
    if (!is_end(l) && l->token.kind != TOKEN_OPTION)
        return true;
    err_place(e, t.start, end);
    return err_set(e, ERR_ARGUMENT, "%s is missing after %s: %s %s", spec->name, spec->keyword,
                   s->command->name, s->command->signature);
}

/* The place of the next argument, unless its turn ends because the keyword of the one behind it
 * comes. */
static void pass_optional(const struct lexer *l, const struct statement *s, size_t *spec)
{
    const struct signature *g = &s->signature;
    if (*spec + 1 < g->arguments && is_keyword(l, g->argument[*spec + 1].keyword) &&
        (g->argument[*spec].optional || (g->argument[*spec].repeated && s->arguments > *spec)))
        ++*spec;
}

static bool parse_argument(struct lexer *l, struct statement *s, size_t *spec, struct err *e)
{
    pass_optional(l, s, spec);
    if (*spec >= s->signature.arguments) {
        bool none = s->signature.arguments == 0;
        unexpected(l, "", e);
        err_set(e, ERR_ARGUMENT, "%s takes %s: %s%s%s", s->command->name,
                none ? "no arguments" : "no more arguments", s->command->name,
                s->command->signature[0] ? " " : "", s->command->signature);
        return false;
    }
    s->argument = mem_resize(s->argument, s->arguments + 1, sizeof *s->argument);
    struct argument *last = &s->argument[s->arguments];
    *last = (struct argument){0};
    if (!parse_keyword(l, s, &s->signature.argument[*spec], e))
        return false;
    if (!parse_one(l, s->signature.argument[*spec].kind, last, e))
        return false;
    s->arguments++; /* what it holds is freed with the statement */
    if (s->signature.argument[*spec].path)
        expand_path(&last->raw);
    if (!s->signature.argument[*spec].repeated)
        ++*spec;
    return true;
}

/* Are all given that must be? spec: the place of the next one. */
static bool arguments_suffice(const struct statement *s, size_t spec, const struct lexer *l,
                              struct err *e)
{
    const struct signature *g = &s->signature;
    if (spec < g->arguments && g->argument[spec].repeated && s->arguments > spec)
        spec++;
    while (spec < g->arguments && g->argument[spec].optional)
        spec++;
    if (spec == g->arguments)
        return true;
    const char *keyword = g->argument[spec].keyword;
    err_place(e, s->start, l->token.start > s->start ? l->token.start : s->start + 1);
    return err_set(e, ERR_ARGUMENT, "%s needs %s%s%s: %s %s", s->command->name, keyword,
                   keyword[0] != '\0' ? " " : "", g->argument[spec].name, s->command->name,
                   s->command->signature);
}

static bool parse_arguments(struct lexer *l, struct statement *s, struct err *e)
{
    size_t spec = 0;
    l->options = true;
    l->raw = s->signature.arguments > 0 && s->signature.argument[0].kind == ARGUMENT_RAW;
    if (!lexer_next(l, e))
        return false;
    while (!is_end(l))
        if (!(l->token.kind == TOKEN_OPTION ? parse_option(l, s, e)
                                            : parse_argument(l, s, &spec, e)))
            return false;
    return arguments_suffice(s, spec, l, e);
}

static bool parse_redirect(struct lexer *l, struct statement *s, struct err *e)
{
    if (!is_redirect(l))
        return true;
    s->redirect = is_sign(l, '>')   ? REDIRECT_WRITE
                  : is_sign(l, '|') ? REDIRECT_PIPE
                                    : REDIRECT_APPEND;
    const char *from = l->text + l->token.end;
    if (s->redirect == REDIRECT_PIPE) { /* the rest of the line is the shell's */
        size_t n = strcspn(from, "\n");
        if (strspn(from, " \t\r") >= n) {
            err_place(e, l->token.start, l->token.end);
            return err_set(e, ERR_SYNTAX, "'|' needs a shell command");
        }
        size_t blank = strspn(from, " \t\r");
        s->target = mem_strndup(from + blank, n - blank);
        l->at = l->token.end + n;
        return lexer_next(l, e);
    }
    size_t start, end;
    struct text word = TEXT_EMPTY;
    l->raw = false;
    l->token.start = l->token.end + strspn(from, " \t");
    if (!lexer_raw(l, &word, &start, &end, e)) {
        text_done(&word);
        return false;
    }
    s->target = text_take(&word);
    if (strchr(">|", s->target[0]) != NULL) { /* the end, too */
        err_place(e, start - 1, start);
        return err_set(e, ERR_SYNTAX, "'>' needs a file name");
    }
    expand_path(&s->target);
    return true;
}

/* After NAME: is this "name = expression"? */
static bool looks_assigned(const struct lexer *l)
{
    const char *s = l->text + l->token.end;
    s += strspn(s, " \t");
    return *s == '=';
}

static bool parse_assignment(struct lexer *l, const struct command_table *table,
                             struct statement *s, char *name, struct err *e)
{
    s->kind = STATEMENT_ASSIGN;
    s->name = name;
    s->name_end = l->token.end;
    if (command_exact(table, name) != NULL || expression_is_function(name)) {
        err_place(e, l->token.start, l->token.end);
        return err_set(e, ERR_ARGUMENT, "'%s' is a command or function; choose another name", name);
    }
    if (!lexer_next(l, e) || !lexer_next(l, e))
        return false;
    s->argument = mem_new(1, sizeof *s->argument);
    s->arguments = 1;
    return parse_one(l, ARGUMENT_EXPRESSION, &s->argument[0], e);
}

static bool parse_expression(struct lexer *l, struct statement *s, struct err *e)
{
    s->kind = STATEMENT_EXPRESSION;
    s->argument = mem_new(1, sizeof *s->argument);
    s->arguments = 1;
    return parse_one(l, ARGUMENT_EXPRESSION, &s->argument[0], e);
}

/* Is it what svd or eig would bind? */
static bool is_field(const char *name)
{
    return name[0] != '\0' && name[1] == '\0' && strchr("usve", name[0]) != NULL;
}

/* Which command a first word means, if it is one. A word right before "(" is a function, a
 * bound name is a name unless it is a whole command's; what follows tells an unknown name in
 * an expression from a misspelt command. */
static bool find_command(struct lexer *l, const char *name, const struct command_table *table,
                         const struct workspace *names, struct statement *s, struct err *e)
{
    const char *after = l->text + l->token.end;
    s->command = command_exact(table, name);
    if (*after == '(' && expression_is_function(name))
        s->command = NULL;
    if (s->command != NULL || (*after == '(' && expression_is_function(name)))
        return true;
    if (names != NULL && workspace_knows(names, name))
        return true;
    const char *next = after + strspn(after, " \t");
    if (*next != '\0' && strchr("@*+-/'[.(:", *next) != NULL && strncmp(next, "--", 2) != 0)
        return true;
    err_place(e, l->token.start, l->token.end);
    bool alone = *next == '\0' || strchr(";#\n\r", *next) != NULL;
    if (expression_is_function(name))
        return err_set(e, ERR_SYNTAX, "%s is a function, not a command: %s(...)", name, name);
    s->command = command_find(table, name, e);
    if (alone && e->code == ERR_AMBIGUOUS && is_field(name))
        err_clear(e); /* most likely the u, s, v or e of a decomposition that was not made */
    if (s->command == NULL && e->code == ERR_UNKNOWN_COMMAND && strchr(e->message, '?') == NULL) {
        if (names != NULL && !alone)
            workspace_near(names, name, e);
        else
            err_clear(e); /* a word alone: the evaluator knows more of names and tokens */
    }
    if (e->code != ERR_NONE)
        return false;
    e->start = e->end = 0;
    return true;
}

static bool parse_body(struct lexer *l, const struct command_table *table,
                       const struct workspace *names, bool nested, struct statement *s,
                       struct err *e);

static bool takes_statement(const struct signature *s)
{
    return s->arguments > 0 && s->argument[0].kind == ARGUMENT_STATEMENT;
}

/* The statement that a command is about, if one follows: an expression or another command. */
static bool parse_inner(struct lexer *l, const struct command_table *table,
                        const struct workspace *names, struct statement *s, struct err *e)
{
    if (!lexer_next(l, e) || is_end(l))
        return e->code == ERR_NONE;
    struct statement *inner = s->inner = mem_new(1, sizeof *inner);
    inner->start = l->token.start;
    if (!parse_body(l, table, names, true, inner, e))
        return false;
    if (inner->kind == STATEMENT_ASSIGN) {
        err_place(e, inner->start, inner->name_end);
        return err_set(e, ERR_ARGUMENT,
                       "%s takes a command or an expression; assign first: %s = ...",
                       s->command->name, inner->name);
    }
    inner->end = l->token.start;
    while (inner->end > inner->start && strchr(" \t\r\n", l->text[inner->end - 1]) != NULL)
        inner->end--;
    return true;
}

static bool parse_named(struct lexer *l, const struct command_table *table,
                        const struct workspace *names, bool nested, struct statement *s,
                        struct err *e)
{
    char *name = mem_strndup(l->text + l->token.start, l->token.end - l->token.start);
    if (looks_assigned(l))
        return parse_assignment(l, table, s, name, e);
    bool ok = find_command(l, name, table, names, s, e);
    mem_free(name);
    if (!ok)
        return false;
    if (s->command == NULL)
        return parse_expression(l, s, e);
    s->kind = STATEMENT_COMMAND;
    if (!signature_parse(s->command->signature, &s->signature))
        return err_set(e, ERR_UNSUPPORTED, "the signature of %s is malformed", s->command->name);
    if (!takes_statement(&s->signature))
        return parse_arguments(l, s, e);
    if (!nested)
        return parse_inner(l, table, names, s, e);
    err_place(e, s->start, s->start + strlen(s->command->name)); /* else it would be any depth */
    return err_set(e, ERR_ARGUMENT, "%s takes another command, or an expression", s->command->name);
}

/* From the first word on, which was looked at, up to a redirect or the end. */
static bool parse_body(struct lexer *l, const struct command_table *table,
                       const struct workspace *names, bool nested, struct statement *s,
                       struct err *e)
{
    return l->token.kind == TOKEN_NAME ? parse_named(l, table, names, nested, s, e)
                                       : parse_expression(l, s, e);
}

static bool parse_statement(struct lexer *l, const struct command_table *table,
                            const struct workspace *names, struct statement *s, struct err *e)
{
    if (!lexer_next(l, e))
        return false;
    s->start = l->token.start;
    if (l->token.kind == TOKEN_END || l->token.kind == TOKEN_STOP) {
        s->kind = STATEMENT_EMPTY;
        s->end = s->start;
        return true;
    }
    if (!parse_body(l, table, names, false, s, e) || !parse_redirect(l, s, e))
        return false;
    if (l->token.kind != TOKEN_STOP && l->token.kind != TOKEN_END)
        return unexpected(l, "the expression is complete before it", e);
    s->end = l->token.start;
    while (s->end > s->start && strchr(" \t\r\n", l->text[s->end - 1]) != NULL)
        s->end--;
    return true;
}

bool statement_parse(const char *text, size_t *at, const struct command_table *table,
                     const struct workspace *names, struct statement *out, struct err *e)
{
    struct lexer l;
    lexer_init(&l, text, *at);
    *out = (struct statement){0};
    if (parse_statement(&l, table, names, out, e)) {
        *at = l.at;
        return true;
    }
    err_place(e, out->start, out->start + 1);
    statement_free(out);
    *at = strlen(text);
    return false;
}
