#include "split.h"

#include <string.h>

#include "bilens/base/err.h"
#include "bilens/base/mem.h"
#include "byte_alphabet.h"
#include "code_points.h"

unsigned split_kind_space(uint32_t code)
{
    return code_is_space(code);
}

unsigned split_kind_punctuation(uint32_t code)
{
    return code_is_punctuation(code);
}

unsigned split_kind_number(uint32_t code)
{
    return code_is_number(code);
}

unsigned split_kind_word(uint32_t code)
{
    return code_is_word(code) ? 1 : code_is_space(code) ? 0 : 2;
}

bool split_prepare(struct split *s, struct err *e)
{
    for (size_t i = 0; i < s->count; i++) {
        struct split_step *step = &s->steps[i];
        if (step->type != SPLIT_AT)
            continue;
        if (step->kind != NULL)
            step->pattern = pattern_new_kind(step->kind, step->runs);
        else if (step->is_regex)
            step->pattern = pattern_new_regex(step->source, e);
        else
            step->pattern = pattern_new_string(step->source, e);
        if (step->pattern == NULL)
            return false;
    }
    return true;
}

void split_done(struct split *s)
{
    for (size_t i = 0; i < s->count; i++) {
        pattern_free(s->steps[i].pattern);
        s->steps[i].pattern = NULL;
    }
}

void words_done(struct words *w)
{
    text_done(&w->text);
    mem_free(w->items);
    *w = WORDS_EMPTY;
}

/* An empty word is no word. */
static void add_word(struct words *w, struct word word)
{
    if (word.start == word.end)
        return;
    if (w->count == w->capacity) {
        size_t capacity = w->capacity == 0 ? 16 : 2 * w->capacity;
        w->items = mem_resize(w->items, capacity, sizeof *w->items);
        w->capacity = capacity;
    }
    w->items[w->count++] = word;
}

/* --- Splitting at matches --- */

/* The parts of one word, matches and what lies between them, in order. A part is held back
 * until the next one has said whether it joins it. */
struct parting {
    const struct split_step *step;
    struct words *out;
    struct word word; /* whose parts they are */
    struct word held;
    bool holds, held_match;
};

static void let_go(struct parting *p)
{
    if (p->holds)
        add_word(p->out, p->held);
    p->holds = false;
}

/* Does a part join the one before it? Only a match joins a neighbour, and only one that was not
 * joined or a match itself; runs of CONTIGUOUS are of one kind. */
static bool joins(const struct parting *p, bool match)
{
    switch (p->step->behavior) {
    case SPLIT_CONTIGUOUS:
        return match == p->held_match;
    case SPLIT_WITH_PREVIOUS:
        return match && !p->held_match;
    case SPLIT_WITH_NEXT:
        return !match && p->held_match;
    default:
        return false;
    }
}

static void add_part(struct parting *p, size_t start, size_t end, bool match)
{
    match = match != p->step->invert;
    if (p->step->behavior == SPLIT_REMOVED && match)
        return;
    if (p->holds && joins(p, match)) {
        p->held.end = end;
        p->held_match = match;
        return;
    }
    let_go(p);
    p->held = (struct word){start, end, p->word.first && start == p->word.start};
    p->held_match = match;
    p->holds = true;
}

static bool split_word(const struct split_step *step, const char *text, struct word word,
                       struct words *out, struct err *e)
{
    struct parting p = {.step = step, .out = out, .word = word};
    size_t length = word.end - word.start, done = 0, start, end;
    struct pattern_walk walk = pattern_walk(step->pattern, text + word.start, length);
    bool found;

    do {
        if (!pattern_next(&walk, &found, &start, &end, e))
            return false;
        size_t stop = found ? start : length;
        if (stop > done)
            add_part(&p, word.start + done, word.start + stop, false);
        if (found)
            add_part(&p, word.start + start, word.start + end, true);
        done = found ? end : done;
    } while (found);
    let_go(&p);
    return true;
}

/* --- Rewriting --- */

static bool starts_with(const char *bytes, size_t length, struct piece piece)
{
    return length >= piece.length && memcmp(bytes, piece.bytes, piece.length) == 0;
}

static void rewrite(const struct split_step *step, const char *bytes, size_t length, bool first,
                    struct text *out)
{
    switch (step->type) {
    case SPLIT_PREPEND:
        if ((first || !step->only_first) && !starts_with(bytes, length, step->content))
            text_add_bytes(out, step->content.bytes, step->content.length);
        text_add_bytes(out, bytes, length);
        break;
    case SPLIT_SPACES:
        for (size_t i = 0; i < length && out->length <= PIECE_TEXT_MOST; i++) {
            if (bytes[i] == ' ')
                text_add_bytes(out, step->content.bytes, step->content.length);
            else
                text_add_char(out, bytes[i]);
        }
        break;
    default:
        byte_alphabet_write(out, bytes, length);
        break;
    }
}

static bool apply_step(const struct split_step *step, const struct words *in, struct words *out,
                       struct err *e)
{
    const char *text = text_get(&in->text);

    text_clear(&out->text);
    out->count = 0;
    if (step->type == SPLIT_AT)
        text_add_bytes(&out->text, text, in->text.length);
    for (size_t i = 0; i < in->count; i++) {
        struct word w = in->items[i];
        if (step->type == SPLIT_AT) {
            if (!split_word(step, text, w, out, e))
                return false;
            continue;
        }
        size_t start = out->text.length;
        rewrite(step, text + w.start, w.end - w.start, w.first, &out->text);
        if (!piece_text_fits(&out->text, e))
            return false;
        add_word(out, (struct word){start, out->text.length, w.first});
    }
    return true;
}

bool split_apply(const struct split *s, const char *bytes, size_t length, bool first,
                 struct words *out, struct err *e)
{
    struct words next = WORDS_EMPTY;
    bool good = true;

    text_clear(&out->text);
    text_add_bytes(&out->text, bytes, length);
    out->count = 0;
    add_word(out, (struct word){0, length, first});
    for (size_t i = 0; good && i < s->count; i++) {
        struct words swap = *out;
        good = apply_step(&s->steps[i], out, &next, e);
        *out = next;
        next = swap;
    }
    words_done(&next);
    return good;
}
