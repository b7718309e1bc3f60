/* Completion: commands, options, names, functions, model names, files, tokens. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include <stdio.h>
#include <readline/readline.h>

#include "bilens/base/mem.h"
#include "bilens/base/text.h"
#include "bilens/base/utf8.h"
#include "bilens/hub/hub.h"
#include "bilens/lang/expression.h"
#include "bilens/lang/lexer.h"
#include "bilens/model/model.h"
#include "bilens/tokenizer/tokenizer.h"
#include "complete_place.h"
#include "session.h"

/* Readline's callbacks carry no context of their own. */
static struct session *current;

enum { TOKENS_MOST = 200 };

/* Matches gathered before readline asks for them one by one. malloc, for readline frees. */
static struct {
    char **words;
    size_t count, next;
} found;

static void offer(const char *word, const char *prefix)
{
    if (strncmp(word, prefix, strlen(prefix)) != 0)
        return;
    found.words = mem_resize(found.words, found.count + 1, sizeof(char *));
    found.words[found.count++] = mem_strdup(word);
}

/* u0, u1, ...: columns of a decomposition's side, once its name is typed. */
static void offer_columns(const char *name, const struct value *v, const char *prefix)
{
    enum { DIGITS = 6 };
    size_t length = strlen(name), typed = strlen(prefix);
    if ((v->kind != VALUE_U && v->kind != VALUE_V) || strncmp(prefix, name, length) != 0)
        return;
    size_t digits = strspn(prefix + length, "0123456789");
    if (length + digits != typed || digits > DIGITS || length > WORD_MOST - DIGITS - 2)
        return;
    size_t count = decomp_count(v->items[0].decomp);
    if (digits > 0 && strtoul(prefix + length, NULL, 10) < count)
        offer(prefix, prefix);
    for (char digit = '0'; digit <= '9' && prefix[length] != '0'; digit++) {
        char word[WORD_MOST + 2] = "";
        strncat(word, prefix, WORD_MOST);
        strncat(word, &digit, 1);
        if (strtoul(word + length, NULL, 10) < count)
            offer(word, prefix);
    }
}

static bool offer_name(const char *name, const struct value *v, bool from_model, void *context)
{
    (void)from_model;
    offer(name, context);
    offer_columns(name, v, context);
    return true;
}

/* The names that models were opened with. */
static void offer_aliases(const char *prefix)
{
    for (size_t i = 0; i < current->state.models; i++)
        if (current->state.open[i].alias != NULL)
            offer(current->state.open[i].alias, prefix);
}

static void offer_names(const char *prefix)
{
    workspace_each(current->state.names, offer_name, (void *)prefix);
    for (size_t i = 0; function_about(i) != NULL; i++)
        offer(function_about(i)->name, prefix);
}

static void offer_commands(const char *prefix)
{
    for (size_t i = 0; i < current->state.commands->count; i++)
        offer(current->state.commands->commands[i].name, prefix);
}

static void offer_options(const struct signature *s, const char *prefix)
{
    for (size_t i = 0; i < s->options; i++) {
        char word[WORD_MOST + 2] = "--";
        strncat(word, s->option[i].name, WORD_MOST - 1);
        offer(word, prefix);
    }
}

/* "a|b|c" where an option's value is expected. */
static void offer_choices(const char *choices, const char *prefix)
{
    char word[WORD_MOST];
    for (const char *c = choices; *c != '\0'; c += strcspn(c, "|"), c += *c == '|') {
        size_t n = strcspn(c, "|");
        memcpy(word, c, n);
        word[n] = '\0';
        offer(word, prefix);
    }
}

/* After `set`: what can be set, then what it can be set to. */
static void offer_settings(const char *setting, const char *prefix)
{
    const char *choices = setting != NULL ? settings_choices(setting) : NULL;
    for (size_t i = 0; setting == NULL && settings_name(i) != NULL; i++)
        offer(settings_name(i), prefix);
    if (choices != NULL)
        offer_choices(choices, prefix);
}

static void offer_model(const char *name, const char *path, void *context)
{
    (void)path;
    offer(name, context);
}

static void offer_cached(const struct hub_entry *entry, void *context)
{
    if (entry->missing == NULL)
        offer(entry->name, context);
}

/* Tokens that can be typed bare: plain words only, inside quotes any. */
static void offer_tokens(const char *prefix, bool quoted)
{
    const struct model *m = current->state.current;
    struct text word = TEXT_EMPTY;
    size_t from = 0, count = 0;
    if (m == NULL || m->tokenizer == NULL || (prefix[0] == '\0' && !quoted))
        return;
    while (count < TOKENS_MOST && tokenizer_next_prefixed(m->tokenizer, prefix, &from, &word)) {
        const char *piece = text_get(&word);
        bool plain = isalpha((unsigned char)piece[0]) != 0;
        for (const char *c = piece; *c != '\0'; c++)
            plain = plain && (isalnum((unsigned char)*c) || *c == '_');
        bool safe = strpbrk(piece, "\"\\") == NULL && utf8_valid(piece, strlen(piece));
        struct text shown = TEXT_EMPTY;
        utf8_escape(&shown, piece, strlen(piece), false);
        if (safe && (plain || quoted) && strcmp(text_get(&shown), piece) == 0) {
            offer(piece, prefix);
            count++;
        }
        text_done(&shown);
    }
    text_done(&word);
}

/* What the argument being typed may be; false where file names may stand. */
static bool gather_argument(const struct place *p, const char *prefix)
{
    const struct argument_spec *a = place_argument(p);
    if (a == NULL)
        return true; /* the command takes no more */
    if (a->keyword[0] != '\0' && strcmp(p->previous, a->keyword) != 0) {
        offer(a->keyword, prefix);
        return true;
    }
    if (a->repeated && p->argument + 1 < p->signature.arguments && a[1].keyword[0] != '\0')
        offer(a[1].keyword, prefix);
    if (strcmp(p->command->name, "set") == 0) {
        offer_settings(p->argument > 0 ? p->previous : NULL, prefix);
    } else if (strcmp(a->name, "MODEL") == 0) {
        model_list(offer_model, (void *)prefix);
        hub_each(offer_cached, (void *)prefix);
        return found.count > 0;
    } else if (strcmp(a->name, "FILE") == 0) {
        return false;
    } else if (strcmp(a->name, "COMMAND") == 0) {
        offer_commands(prefix);
    } else if (strcmp(a->name, "NAME") == 0) {
        offer_aliases(prefix);
    } else if (strchr(a->name, '|') != NULL) {
        offer_choices(a->name, prefix);
    } else if (strcmp(a->name, "WORD") == 0 || strcmp(a->name, "TEXT") == 0) {
        offer_tokens(prefix, p->quoted);
    } else {
        offer_names(prefix);
    }
    if (a->kind == ARGUMENT_DIRECTION)
        offer_tokens(prefix, false);
    return true;
}

/* Gathers what may stand there; false where file names may. */
static bool gather(const struct place *p, const char *prefix)
{
    if (p->kind == PLACE_FILE)
        return false;
    if (p->quoted && !place_is_raw(p)) {
        offer_tokens(prefix, true);
        return true;
    }
    switch (p->kind) {
    case PLACE_STATEMENT:
        offer_commands(prefix);
        offer_names(prefix);
        return true;
    case PLACE_VALUE:
        offer_choices(p->option->choices, prefix);
        return true;
    case PLACE_ARGUMENT:
        if (strncmp(prefix, "--", 2) != 0)
            return gather_argument(p, prefix);
        offer_options(&p->signature, prefix);
        return true;
    default:
        offer_names(prefix);
        return true;
    }
}

static char *next_match(const char *prefix, int state)
{
    (void)prefix;
    (void)state;
    if (found.next >= found.count)
        return NULL;
    return found.words[found.next++]; /* readline frees it */
}

static char **complete(const char *prefix, int start, int end)
{
    struct place p;
    (void)start;
    found.count = found.next = 0;
    place_read(&p, rl_line_buffer, (size_t)end, current->state.commands);
    rl_attempted_completion_over = 1;
    if (!gather(&p, prefix)) {
        rl_attempted_completion_over = 0; /* Readline knows files */
        return NULL;
    }
    /* Behind a token in quotes a ']' may follow; Readline closes the quotes. */
    rl_completion_append_character = p.quoted && !place_is_raw(&p) ? '\0' : ' ';
    return found.count > 0 ? rl_completion_matches(prefix, next_match) : NULL;
}

/* What ends the word being completed: blanks where it is raw, signs in an expression. */
static char *word_breaks(void)
{
    static char raw[] = " \t\n;>|\"", expression[] = " \t\n;@*+/'()[],:=\"";
    struct place p;
    place_read(&p, rl_line_buffer, (size_t)rl_point, current->state.commands);
    return place_is_raw(&p) ? raw : expression;
}

/* A file name as the language reads it back: in quotation marks (Readline adds the closing
 * one), with a backslash before what would end or escape it. malloc, for Readline frees. */
static char *quote_path(char *path, int match, char *quote)
{
    struct text t = TEXT_EMPTY;
    (void)match;
    text_add_char(&t, '"');
    for (; *path != '\0'; path++) {
        if (*path == '"' || *path == '\\')
            text_add_char(&t, '\\');
        text_add_char(&t, *path);
    }
    if (quote != NULL)
        *quote = '"';
    return text_take(&t);
}

/* The other way round, for what was typed of it. */
static char *unquote_path(char *typed, int quote)
{
    struct text t = TEXT_EMPTY;
    text_add(&t, "");
    for (; *typed != '\0'; typed++) {
        if (quote != '\0' && typed[0] == '\\' && typed[1] != '\0')
            typed++;
        text_add_char(&t, *typed);
    }
    return text_take(&t);
}

void completion_start(struct session *s)
{
    current = s;
    rl_attempted_completion_function = complete;
    rl_completion_word_break_hook = word_breaks;
    rl_basic_quote_characters = "";
    rl_completer_quote_characters = "\"";
    rl_filename_quote_characters = " \t\n;#>|\"\\";
    rl_filename_quoting_function = quote_path;
    rl_filename_dequoting_function = unquote_path;
}
