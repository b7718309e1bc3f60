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
    if (wanted == NULL)
        return err_memory(e);
    for (size_t i = 0; i < table->count; i++) {
        const struct command *c = &table->commands[i];
        wanted[i] = word == NULL || mentions(c->name, word) || mentions(c->summary, word) ||
                    (deep && mentions(c->details, word));
        count += wanted[i];
    }
    struct block *b = count > 0 ? report_add(r, BLOCK_TABLE) : NULL;
    bool ok = b != NULL && block_table(b, NULL, 2, count) &&
              table_column(&b->table, 0, "command", COLUMN_TEXT) &&
              table_column(&b->table, 1, "what it does", COLUMN_TEXT);
    for (size_t i = 0, row = 0; ok && i < table->count; i++)
        if (wanted[i]) {
            ok = table_text(&b->table, row, 0, table->commands[i].name) &&
                 table_text(&b->table, row, 1, table->commands[i].summary);
            row++;
        }
    mem_free(wanted);
    return ok || (count == 0 && err_set(e, ERR_ARGUMENT, "no command mentions '%s'", word));
}

static bool add_text(struct report *r, struct text *t)
{
    struct block *b = report_add(r, BLOCK_TEXT);
    char *string = text_take(t);
    if (b == NULL || string == NULL) {
        mem_free(string);
        return out_of_memory();
    }
    b->text = string;
    return true;
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
static bool key_list(struct report *r)
{
    static const char *const heads[] = {"key", "in", "what it does"};
    struct block *b = report_add(r, BLOCK_TABLE);
    size_t rows = 0, row = 0;
    for (size_t i = 0; i < key_binding_count; i += key_group(i))
        rows++;
    bool ok = b != NULL && block_table(b, "keys of the views", 3, rows);
    for (size_t i = 0; ok && i < 3; i++)
        ok = table_column(&b->table, i, heads[i], COLUMN_TEXT);
    for (size_t i = 0; ok && i < key_binding_count; i += key_group(i), row++) {
        struct text keys = TEXT_EMPTY, views = TEXT_EMPTY;
        key_labels(i, key_group(i), &keys);
        view_names(key_bindings[i].views, &views);
        ok = ((!keys.failed && !views.failed) || out_of_memory()) &&
             table_text(&b->table, row, 0, text_get(&keys)) &&
             table_text(&b->table, row, 1, text_get(&views)) &&
             table_text(&b->table, row, 2, key_bindings[i].help);
        text_done(&keys);
        text_done(&views);
    }
    return ok;
}

static bool function_list(struct report *r)
{
    static const char *const heads[] = {"function", "what it is"};
    struct block *b = report_add(r, BLOCK_TABLE);
    size_t count = 0;
    while (function_about(count) != NULL)
        count++;
    bool ok = b != NULL && block_table(b, "functions of expressions", 2, count);
    for (size_t i = 0; ok && i < 2; i++)
        ok = table_column(&b->table, i, heads[i], COLUMN_TEXT);
    for (size_t i = 0; ok && i < count; i++)
        ok = table_text(&b->table, i, 0, function_about(i)->usage) &&
             table_text(&b->table, i, 1, function_about(i)->summary);
    return ok;
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

bool run_help(struct call *c, struct report *r, struct err *e)
{
    struct text t = TEXT_EMPTY;
    if (call_count(c) > 0 && strcmp(call_raw(c, 0), "keys") == 0)
        return key_list(r);
    if (call_count(c) == 0) {
        text_add(&t, language_help);
        return command_list(c->commands, NULL, false, r, e) && add_text(r, &t);
    }
    if (strcmp(call_raw(c, 0), "functions") == 0)
        return function_list(r);
    const struct function_about *f = function_named(call_raw(c, 0));
    if (f != NULL && command_exact(c->commands, f->name) == NULL) {
        describe_function(f, &t);
        return add_text(r, &t);
    }
    const struct command *k = command_find(c->commands, call_raw(c, 0), e);
    if (k == NULL)
        return help_word(c, r, e) || call_fail(c, 0, e);
    text_printf(&t, "%s%s%s\n    %s", k->name, k->signature[0] ? " " : "", k->signature,
                k->summary);
    if (k->details[0] != '\0')
        text_printf(&t, "\n\n%s", k->details);
    text_printf(&t, "\n\nfor example: %s", k->example);
    if (f != NULL) {
        text_add(&t, "\n\nIn expressions: ");
        describe_function(f, &t);
    }
    return add_text(r, &t) && (k->run != run_view || key_list(r));
}

bool run_apropos(struct call *c, struct report *r, struct err *e)
{
    return command_list(c->commands, call_raw(c, 0), true, r, e) || call_fail(c, 0, e);
}
