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
#include "bilens/model/tokenizer.h"
#include "bilens/session/session.h"

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
    char **grown = mem_resize(found.words, found.count + 1, sizeof(char *));
    if (grown == NULL)
        return;
    found.words = grown;
    grown[found.count] = mem_strdup(word);
    if (grown[found.count] != NULL)
        found.count++;
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
    for (size_t i = 0; function_name(i) != NULL; i++)
        offer(function_name(i), prefix);
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
    const char *const *choices = setting != NULL ? settings_choices(setting) : NULL;
    for (size_t i = 0; setting == NULL && settings_name(i) != NULL; i++)
        offer(settings_name(i), prefix);
    for (size_t i = 0; choices != NULL && choices[i] != NULL; i++)
        offer(choices[i], prefix);
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
    size_t from = 0, id, count = 0;
    if (m == NULL || m->tokenizer == NULL || (prefix[0] == '\0' && !quoted))
        return;
    while (count < TOKENS_MOST && tokenizer_next_prefixed(m->tokenizer, prefix, &from, &id)) {
        const char *piece = tokenizer_piece(m->tokenizer, id);
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
}

/* What stands before the word being completed, back to the statement's start. */
struct context {
    const char *line;
    size_t start; /* of the statement */
    size_t word;  /* of the word */
    const struct command *command;
    struct signature signature;
    size_t words; /* between the command and the word */
    bool quoted;
    char previous[WORD_MOST]; /* the word before, after the command */
};

static void read_context(struct context *c, const char *line, size_t word)
{
    *c = (struct context){.line = line, .word = word};
    bool quoted = false;
    for (size_t i = 0; i < word; i++) {
        if (line[i] == '"')
            quoted = !quoted;
        if (line[i] == ';' && !quoted)
            c->start = i + 1;
    }
    c->quoted = quoted;
    c->start += strspn(line + c->start, " \t");
    size_t n = strcspn(line + c->start, " \t");
    char name[WORD_MOST];
    if (c->start + n >= word || n >= sizeof name)
        return;
    memcpy(name, line + c->start, n);
    name[n] = '\0';
    c->command = command_find(current->state.commands, name, NULL);
    if (c->command != NULL)
        signature_parse(c->command->signature, &c->signature);
    for (size_t i = c->start + n; i < word;) {
        i += strspn(line + i, " \t");
        size_t length = strcspn(line + i, " \t");
        if (i >= word)
            break;
        c->words++;
        size_t kept = length < sizeof c->previous ? length : sizeof c->previous - 1;
        memcpy(c->previous, line + i, kept);
        c->previous[kept] = '\0';
        i += length;
    }
}

static const struct option_spec *option_before(const struct context *c)
{
    for (size_t i = 0; strncmp(c->previous, "--", 2) == 0 && i < c->signature.options; i++)
        if (strcmp(c->signature.option[i].name, c->previous + 2) == 0 &&
            c->signature.option[i].has_value)
            return &c->signature.option[i];
    return NULL;
}

/* What the command's first argument may be; false where file names may stand. */
static bool gather_argument(const struct context *c, const char *prefix)
{
    const struct argument_spec *a = &c->signature.argument[0];
    if (strcmp(c->command->name, "set") == 0) {
        offer_settings(c->words > 0 ? c->previous : NULL, prefix);
    } else if (strcmp(a->name, "MODEL") == 0) {
        model_list(offer_model, (void *)prefix);
        hub_each(offer_cached, (void *)prefix, NULL);
        return found.count > 0;
    } else if (strcmp(a->name, "FILE") == 0) {
        return false;
    } else if (strcmp(a->name, "COMMAND") == 0) {
        offer_commands(prefix);
    } else if (strcmp(a->name, "NAME") == 0) {
        offer_aliases(prefix);
    } else if (strchr(a->name, '|') != NULL) {
        offer_choices(a->name, prefix);
    } else if (strcmp(a->name, "WORD") == 0) {
        offer_tokens(prefix, false);
    } else {
        offer_names(prefix);
    }
    if (a->kind == ARGUMENT_DIRECTION)
        offer_tokens(prefix, false);
    return true;
}

/* Gathers what may stand at the word; false where file names may. */
static bool gather(const struct context *c, const char *prefix)
{
    if (c->command == NULL && c->word <= c->start) {
        offer_commands(prefix);
        offer_names(prefix);
        return true;
    }
    if (c->quoted) {
        offer_tokens(prefix, true);
        return true;
    }
    if (c->command == NULL) {
        offer_names(prefix);
        return true;
    }
    const struct option_spec *o = option_before(c);
    if (o != NULL && o->choices[0] != '\0') {
        offer_choices(o->choices, prefix);
        return true;
    }
    if (strncmp(prefix, "--", 2) == 0) {
        offer_options(&c->signature, prefix);
        return true;
    }
    return c->signature.arguments == 0 || gather_argument(c, prefix);
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
    struct context c;
    (void)end;
    found.count = found.next = 0;
    read_context(&c, rl_line_buffer, (size_t)start);
    rl_attempted_completion_over = 1;
    if (!gather(&c, prefix)) {
        rl_attempted_completion_over = 0;
        return NULL;
    }
    rl_completion_append_character = c.quoted ? '"' : ' ';
    return found.count > 0 ? rl_completion_matches(prefix, next_match) : NULL;
}

void completion_start(struct session *s)
{
    current = s;
    rl_attempted_completion_function = complete;
    rl_basic_word_break_characters = " \t\n;@*+/'()[],:=\"";
    rl_completer_quote_characters = "";
}
