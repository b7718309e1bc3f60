/* help and apropos, from the table of commands. */
#include <ctype.h>
#include <string.h>

#include "bilens/base/err.h"
#include "bilens/base/mem.h"
#include "bilens/base/text.h"
#include "bilens/cmd/common.h"
#include "bilens/cmd/keys.h"
#include "handlers.h"

/* Does a contain b, whatever the case? */
static bool mentions(const char *a, const char *b)
{
    for (; *a != '\0'; a++) {
        size_t i = 0;
        while (b[i] != '\0' && tolower((unsigned char)a[i]) == tolower((unsigned char)b[i]))
            i++;
        if (b[i] == '\0')
            return true;
    }
    return false;
}

/* A table of the commands that mention word (all of them if it is NULL): in their line, or
 * also in the paragraphs below it. */
static bool command_list(const struct command_table *table, const char *word, bool deep,
                         struct report *r, struct err *e)
{
    size_t count = 0;
    bool *wanted = mem_new(table->count, sizeof *wanted);
    for (size_t i = 0; i < table->count; i++) {
        const struct command *c = &table->commands[i];
        wanted[i] = word == NULL || mentions(c->name, word) || mentions(c->summary, word) ||
                    (deep && mentions(c->details, word));
        count += wanted[i];
    }
    static const struct column_spec columns[] = {
        {"command", COLUMN_TEXT}, {"what it does", COLUMN_TEXT}, {0}};
    struct report_table *t =
        count > 0 ? add_table(r, (struct member){0}, NULL, count, columns) : NULL;
    for (size_t i = 0, row = 0; i < table->count; i++)
        if (wanted[i]) {
            table_text(t, row, 0, table->commands[i].name);
            table_text(t, row++, 1, table->commands[i].summary);
        }
    mem_free(wanted);
    return count > 0 || err_set(e, ERR_ARGUMENT, "no command mentions '%s'", word);
}

static const char language_help[] =
    "A line is a command, NAME = EXPRESSION, or an expression; ';' separates, '#' comments.\n"
    "A statement may end in > FILE, >> FILE or | COMMAND: then the rest of the line is the "
    "shell's.\n"
    "Expressions: a @ b (product)  a * b  a + b  a'  a[0,1]  a[:8, \"game\"]  a[..., :4, :4]\n"
    "Functions: svd eig cat diag trace norm rank mean abs. After svd: u0, v0 are columns.\n"
    "A command may be shortened to any beginning that only it has. help COMMAND tells more,\n"
    "help functions what those do, help keys the keys of the views.";

/* A word that is no command, nor near one: the commands that mention it in their line, else in
 * their help. False, with the error that is there already, if it means too much or nothing. */
static bool help_word(const struct call *c, struct report *r, struct err *e)
{
    struct err none = {0};
    if (e->code != ERR_UNKNOWN_COMMAND || strchr(e->message, '?') != NULL ||
        !(command_list(c->commands, call_raw(c, 0), false, r, &none) ||
          command_list(c->commands, call_raw(c, 0), true, r, &none))) {
        if (e->code == ERR_UNKNOWN_COMMAND && none.code != ERR_NONE)
            err_append(e, ", and no command's help mentions it; help lists the commands");
        return false;
    }
    err_clear(e);
    return true;
}

/* The keys of the views, from their one table. */
static void key_list(struct report *r)
{
    static const struct column_spec columns[] = {
        {"key", COLUMN_TEXT}, {"in", COLUMN_TEXT}, {"what it does", COLUMN_TEXT}, {0}};
    size_t rows = 0, row = 0;
    for (size_t i = 0; i < key_binding_count; i += key_group(i))
        rows++;
    struct report_table *t = add_table(r, (struct member){0}, "keys of the views", rows, columns);
    for (size_t i = 0; i < key_binding_count; i += key_group(i), row++) {
        struct text keys = TEXT_EMPTY, views = TEXT_EMPTY;
        key_labels(i, key_group(i), &keys);
        view_names(key_bindings[i].views, &views);
        cell_text(t, row, 0, &keys);
        cell_text(t, row, 1, &views);
        table_text(t, row, 2, key_bindings[i].help);
    }
}

static void function_list(struct report *r)
{
    static const struct column_spec columns[] = {
        {"function", COLUMN_TEXT}, {"what it is", COLUMN_TEXT}, {0}};
    size_t count = 0;
    while (function_about(count) != NULL)
        count++;
    struct report_table *t =
        add_table(r, (struct member){0}, "functions of expressions", count, columns);
    for (size_t i = 0; i < count; i++) {
        table_text(t, i, 0, function_about(i)->usage);
        table_text(t, i, 1, function_about(i)->summary);
    }
}

static const struct function_about *function_named(const char *name)
{
    size_t i = 0;
    while (function_about(i) != NULL && strcmp(function_about(i)->name, name) != 0)
        i++;
    return function_about(i);
}

static void describe_function(const struct function_about *f, struct text *t)
{
    text_printf(t, "%s\n    %s\n\nfor example: %s", f->usage, f->summary, f->example);
}

/* All that is known of a command, and of the function of its name (NULL: there is none). */
static void describe_command(const struct command *k, const struct function_about *f,
                             struct text *t)
{
    text_printf(t, "%s%s%s\n    %s", k->name, k->signature[0] ? " " : "", k->signature, k->summary);
    if (k->details[0] != '\0')
        text_printf(t, "\n\n%s", k->details);
    text_printf(t, "\n\nfor example: %s", k->example);
    if (f != NULL) {
        text_add(t, "\n\nIn expressions: ");
        describe_function(f, t);
    }
}

bool run_help(struct call *c, struct report *r, struct err *e)
{
    const char *word = call_count(c) > 0 ? call_raw(c, 0) : NULL;
    bool keys = word != NULL && strcmp(word, "keys") == 0;
    struct text t = TEXT_EMPTY;
    if (word == NULL) {
        command_list(c->commands, NULL, false, r, e);
        text_add(&t, language_help);
    } else if (strcmp(word, "functions") == 0) {
        function_list(r);
    } else if (!keys) {
        const struct function_about *f = function_named(word);
        const struct command *k = command_exact(c->commands, word);
        if (k == NULL && f == NULL)
            k = command_find(c->commands, word, e);
        if (k == NULL && f == NULL)
            return help_word(c, r, e) || call_fail(c, 0, e);
        if (k != NULL)
            describe_command(k, f, &t);
        else
            describe_function(f, &t);
        keys = k != NULL && k->run == run_view;
    }
    if (t.length > 0)
        report_text(r, (struct member){0}, "%s", text_get(&t));
    if (keys)
        key_list(r);
    text_done(&t);
    return true;
}

bool run_apropos(struct call *c, struct report *r, struct err *e)
{
    return command_list(c->commands, call_raw(c, 0), true, r, e) || call_fail(c, 0, e);
}
