#include "pattern.h"

#include <oniguruma.h>
#include <pthread.h>
#include <string.h>

#include "bilens/base/err.h"
#include "bilens/base/mem.h"
#include "bilens/base/task.h"
#include "bilens/base/text.h"
#include "bilens/base/utf8.h"
#include "code_points.h"

/* A published split pattern has some 150 bytes, and retries a search some ten times for each
 * code point of a word. Retries of one search are bounded, for a pattern with nested repeats
 * takes exponentially many; the stack grows with the longest word. */
enum { SOURCE_MOST = 1 << 14, RETRIES_MOST = 4 << 20, STACK_MOST = 8 << 20 };

enum pattern_type { PATTERN_REGEX, PATTERN_STRING, PATTERN_KIND };

struct pattern {
    enum pattern_type type;
    struct piece string;
    pattern_kind *kind;
    bool runs;
    regex_t *regex;
    OnigMatchParam *limits;
    OnigRegion *region;
};

static struct pattern *new_pattern(enum pattern_type type)
{
    struct pattern *p = mem_new(1, sizeof *p);

    p->type = type;
    return p;
}

/* Gives Oniguruma the reference's table for a property, for the life of the program. */
static bool define_property(const char *name, OnigCodePoint **table)
{
    size_t count = code_ranges(name, NULL);

    *table = mem_new(2 * count + 1, sizeof **table);
    (*table)[0] = (OnigCodePoint)count;
    code_ranges(name, *table + 1);
    if (onig_unicode_define_user_property(name, *table) == ONIG_NORMAL)
        return true;
    mem_free(*table);
    *table = NULL;
    return false;
}

/* By the names of properties that differ between versions of Unicode Oniguruma no longer finds its
 * own. It takes 20 of a user's: of those in use that is all but Pd, which has one sign more. */
static bool prepare(void)
{
    static const char *const names[] = {"L",  "N",  "P",  "S",  "M",   "C",   "Lu",
                                        "Ll", "Lm", "Lo", "Mn", "Mc",  "Nd",  "No",
                                        "Po", "Sm", "So", "Cf", "Han", "Word"};
    enum { COUNT = sizeof names / sizeof names[0] };
    static OnigCodePoint *tables[COUNT];
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    OnigEncoding encoding = ONIG_ENCODING_UTF8;
    bool good = true;

    pthread_mutex_lock(&lock);
    onig_initialize(&encoding, 1);
    for (size_t i = 0; good && i < COUNT; i++)
        good = tables[i] != NULL || define_property(names[i], &tables[i]);
    pthread_mutex_unlock(&lock);
    return good;
}

/* The source with \w and \d as properties, whose tables are the reference's, too. In Oniguruma the
 * superscripts and fractions of Latin-1 are \w outside of brackets only. */
static void write_classes(struct text *out, struct piece source)
{
    static const char letters[] = "wWdD";
    static const char *const inside[] = {"\\p{Word}", "\\P{Word}", "\\p{Nd}", "\\P{Nd}"};
    static const char *const outside[] = {"[\\p{Word}\u00b2\u00b3\u00b9\u00bc-\u00be]",
                                          "[^\\p{Word}\u00b2\u00b3\u00b9\u00bc-\u00be]", "\\p{Nd}",
                                          "\\P{Nd}"};
    size_t depth = 0; /* of brackets */

    for (size_t i = 0; i < source.length; i++) {
        bool escape = source.bytes[i] == '\\' && i + 1 < source.length;
        char letter = escape ? source.bytes[++i] : source.bytes[i];
        const char *found = escape && letter != '\0' ? strchr(letters, letter) : NULL;
        if (found != NULL)
            text_add(out, (depth > 0 ? inside : outside)[found - letters]);
        else
            text_add_bytes(out, source.bytes + i - escape, 1 + (size_t)escape);
        if (!escape && letter == '[')
            depth++;
        else if (!escape && letter == ']' && depth > 0)
            depth--;
    }
}

/* The source is for the message; the text is what write_classes made of it. */
static bool compile(struct pattern *p, struct piece source, const struct text *text, struct err *e)
{
    OnigErrorInfo info = {.enc = NULL};
    OnigUChar message[ONIG_MAX_ERROR_MESSAGE_LEN];
    const OnigUChar *bytes = (const OnigUChar *)text_get(text);

    if (source.length > SOURCE_MOST)
        return err_set(e, ERR_FORMAT, "a regular expression of %zu bytes; the limit is %d",
                       source.length, SOURCE_MOST);
    if (!prepare())
        return err_memory(e);
    int status = onig_new(&p->regex, bytes, bytes + text->length, ONIG_OPTION_NONE,
                          ONIG_ENCODING_UTF8, ONIG_SYNTAX_DEFAULT, &info);
    if (status == ONIGERR_MEMORY)
        return err_memory(e);
    if (status != ONIG_NORMAL) {
        onig_error_code_to_str(message, status, &info);
        p->regex = NULL;
        return err_set(e, ERR_FORMAT, "regular expression \"%.300s\": %s", source.bytes,
                       (const char *)message);
    }
    p->limits = onig_new_match_param();
    p->region = onig_region_new();
    if (p->limits == NULL || p->region == NULL)
        return err_memory(e);
    onig_initialize_match_param(p->limits);
    onig_set_match_stack_limit_size_of_match_param(p->limits, STACK_MOST);
    onig_set_retry_limit_in_match_of_match_param(p->limits, RETRIES_MOST);
    onig_set_retry_limit_in_search_of_match_param(p->limits, RETRIES_MOST);
    return true;
}

struct pattern *pattern_new_regex(struct piece source, struct err *e)
{
    struct pattern *p = new_pattern(PATTERN_REGEX);
    struct text text = TEXT_EMPTY;

    write_classes(&text, source);
    if (!compile(p, source, &text, e)) {
        pattern_free(p);
        p = NULL;
    }
    text_done(&text);
    return p;
}

struct pattern *pattern_new_string(struct piece string, struct err *e)
{
    struct pattern *p;

    if (string.length == 0) /* matches between any two code points, as the empty regex does */
        return pattern_new_regex((struct piece){"", 0}, e);
    p = new_pattern(PATTERN_STRING);
    p->string = string;
    return p;
}

struct pattern *pattern_new_kind(pattern_kind *kind, bool runs)
{
    struct pattern *p = new_pattern(PATTERN_KIND);

    p->kind = kind;
    p->runs = runs;
    return p;
}

void pattern_free(struct pattern *p)
{
    if (p == NULL)
        return;
    if (p->regex != NULL)
        onig_free(p->regex);
    if (p->limits != NULL)
        onig_free_match_param(p->limits);
    if (p->region != NULL)
        onig_region_free(p->region, 1);
    mem_free(p);
}

struct pattern_walk pattern_walk(const struct pattern *p, const char *bytes, size_t length)
{
    return (struct pattern_walk){.pattern = p, .bytes = bytes, .length = length};
}

static bool next_string(struct pattern_walk *w, size_t *start, size_t *end)
{
    struct piece string = w->pattern->string;

    while (w->length - w->at >= string.length) {
        const char *from = w->bytes + w->at;
        const char *hit = memchr(from, string.bytes[0], w->length - w->at - string.length + 1);
        if (hit == NULL)
            break;
        w->at = (size_t)(hit - w->bytes);
        if (memcmp(hit, string.bytes, string.length) == 0) {
            *start = w->at;
            *end = w->at += string.length;
            return true;
        }
        w->at++;
    }
    return false;
}

static bool next_kind(struct pattern_walk *w, size_t *start, size_t *end)
{
    const struct pattern *p = w->pattern;
    unsigned run = 0;

    while (w->at < w->length) {
        uint32_t code;
        size_t took = utf8_decode(w->bytes + w->at, w->length - w->at, &code);
        unsigned kind = p->kind(code);
        if (run != 0 && (kind != run || !p->runs))
            break;
        if (run == 0)
            *start = w->at;
        w->at += took;
        run = kind;
    }
    *end = w->at;
    return run != 0;
}

static bool regex_fails(int status, struct err *e)
{
    if (status == ONIGERR_MEMORY)
        return err_memory(e);
    OnigUChar message[ONIG_MAX_ERROR_MESSAGE_LEN];
    onig_error_code_to_str(message, status);
    return err_set(e, ERR_UNSUPPORTED, "a regular expression gave up on this text: %s",
                   (const char *)message);
}

static bool next_regex(struct pattern_walk *w, bool *found, size_t *start, size_t *end,
                       struct err *e)
{
    const struct pattern *p = w->pattern;
    const OnigUChar *bytes = (const OnigUChar *)w->bytes, *stop = bytes + w->length;
    uint32_t code;

    while (w->at <= w->length) {
        if (!task_go_on(e))
            return false;
        int at = onig_search_with_param(p->regex, bytes, stop, bytes + w->at, stop, p->region,
                                        ONIG_OPTION_NONE, p->limits);
        if (at == ONIG_MISMATCH)
            break;
        if (at < 0)
            return regex_fails(at, e);
        *start = (size_t)p->region->beg[0];
        *end = (size_t)p->region->end[0];
        if (*start < *end || !w->matched || w->last_end != *end) {
            w->at = *end;
            *found = true;
            return true;
        }
        if (w->at == w->length) /* an empty match after another one: one code point on */
            break;
        w->at += utf8_decode(w->bytes + w->at, w->length - w->at, &code);
    }
    w->at = w->length;
    return true;
}

bool pattern_next(struct pattern_walk *w, bool *found, size_t *start, size_t *end, struct err *e)
{
    *found = false;
    if (w->pattern->type == PATTERN_REGEX && !next_regex(w, found, start, end, e))
        return false;
    if (w->pattern->type == PATTERN_STRING)
        *found = next_string(w, start, end);
    if (w->pattern->type == PATTERN_KIND)
        *found = next_kind(w, start, end);
    w->matched |= *found;
    w->last_end = *found ? *end : w->last_end;
    return true;
}
