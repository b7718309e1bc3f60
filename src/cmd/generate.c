/* generate: the model goes on with a text. */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>

#include "bilens/base/err.h"
#include "bilens/base/mem.h"
#include "bilens/base/task.h"
#include "bilens/num/distribution.h"
#include "bilens/run/forward.h"
#include "bilens/tokenizer/tokenizer.h"
#include "given_text.h"
#include "handlers.h"

/* A text on its way. */
struct growth {
    const struct given_text *given;
    size_t *ids, count, most; /* with the given ones first */
    struct sampling how;
    size_t seed;
    struct text stopped; /* where, and why */
};

/* --- Options --- */

static bool read_temperature(struct call *c, double *out, struct err *e)
{
    const char *word = call_choice(c, "temperature", NULL);
    char *end;
    if (word == NULL)
        return true;
    *out = strtod(word, &end);
    if (end != word && *end == '\0' && isfinite(*out) && *out >= 0)
        return true;
    err_set(e, ERR_ARGUMENT,
            "--temperature is a number from 0 (always the most likely token) on, "
            "not '%s'",
            word);
    return call_option_fail(c, "temperature", e);
}

/* Whoever names a seed, or how many tokens to choose among, wants draws. */
static bool read_options(struct call *c, struct growth *g, size_t *tokens, struct err *e)
{
    g->how.temperature = call_has(c, "top") || call_has(c, "seed") ? 1 : 0;
    return call_option_number(c, "tokens", 1, SIZE_MAX, tokens, e) &&
           call_option_number(c, "top", 1, SIZE_MAX, &g->how.top, e) &&
           call_option_number(c, "seed", 0, SIZE_MAX, &g->seed, e) &&
           read_temperature(c, &g->how.temperature, e);
}

/* --- Token by token --- */

/* Is it one that the tokenizer puts after a text, or that config.json says ends one? */
static bool ends_text(const struct given_text *t, size_t id)
{
    bool found = false;
    for (size_t i = 0; i < t->after_count; i++)
        found = found || t->after[i] == id;
    for (size_t i = 0; i < t->model->end_count; i++)
        found = found || t->model->ends[i] == id;
    return found;
}

static bool grow(struct growth *g, struct forward *f, float *logits, struct err *e)
{
    size_t vocab = g->given->model->architecture.vocab, read = 0, start = g->count;
    struct random random = random_seeded(g->seed);
    /* The text is read many tokens at a time, the rest one by one. */
    struct task_part whole = task_here();
    double reading = (double)start / (double)(start + 8 * (g->most - start) + 1);
    task_part(&whole, 0, reading);
    while (g->count < g->most) {
        size_t next;
        if (read > 0 && g->count == start + 1)
            task_part(&whole, reading, 1);
        if (read > 0)
            task_step("generating", g->count - start, g->most - start);
        if (!task_go_on(e) || !forward_append(f, g->ids + read, g->count - read, e) ||
            !forward_logits(f, g->count - 1, 1, logits, e) ||
            !sample_draw(logits, vocab, g->how, &random, &next, e))
            return false;
        read = g->count;
        if (ends_text(g->given, next)) {
            text_clear(&g->stopped);
            text_add(&g->stopped, "at ");
            token_label(g->given->model, next, &g->stopped);
            text_printf(&g->stopped, ", %zu new", g->count - start);
            return true;
        }
        g->ids[g->count++] = next;
    }
    return true;
}

static bool run_model(struct growth *g, struct err *e)
{
    const struct architecture *a = &g->given->model->architecture;
    struct forward *f = forward_new(a, g->most, e);
    float *logits = mem_new(a->vocab, sizeof *logits);
    bool ok = f != NULL && grow(g, f, logits, e);
    forward_free(f);
    mem_free(logits);
    return ok;
}

/* Room for the given tokens and those to come, at most the context. */
static bool start(struct growth *g, size_t tokens, bool asked, struct err *e)
{
    const struct given_text *t = g->given;
    size_t context = t->model->architecture.context, room = context - t->count;
    if (room == 0)
        return err_set(
            e, ERR_ARGUMENT,
            "the text fills the model's context of %zu tokens: there is no room to go on", context);
    g->count = t->count;
    g->most = t->count + (tokens < room ? tokens : room);
    size_t most = g->most - t->count;
    text_printf(&g->stopped,
                tokens > room ? "at the context's end, %zu new"
                : asked       ? "after the tokens asked for, %zu new"
                              : "at %zu new tokens, the default (--tokens)",
                most);
    g->ids = mem_new(g->most, sizeof *g->ids);
    for (size_t i = 0; i < t->count; i++)
        g->ids[i] = t->ids[i];
    return true;
}

/* --- The answer --- */

/* The words, or the ids where there is no tokenizer to read them by. */
static bool write_text(const struct growth *g, struct report *r, struct err *e)
{
    const struct tokenizer *tokenizer = g->given->model->tokenizer;
    struct text words = TEXT_EMPTY;
    bool ok = tokenizer == NULL || tokenizer_decode(tokenizer, g->ids, g->count, false, &words, e);
    for (size_t i = 0; tokenizer == NULL && i < g->count; i++)
        text_printf(&words, "%s%zu", i > 0 ? " " : "", g->ids[i]);
    for (size_t i = 0; i < words.length; i++) /* a byte that would end the string for others */
        words.data[i] = words.data[i] != '\0' ? words.data[i] : ' ';
    if (words.length == 0)
        text_add_char(&words, ' ');
    report_add(r, BLOCK_TEXT)->text = text_take(&words);
    return ok;
}

static void write_ledger(struct call *c, const struct growth *g, struct report *r)
{
    struct text how = TEXT_EMPTY;
    if (g->how.temperature > 0) {
        text_printf(&how, "temperature %g", g->how.temperature);
        if (g->how.top > 0)
            text_printf(&how, ", top %zu", g->how.top);
        text_printf(&how, ", seed %zu", g->seed);
    } else {
        text_add(&how, "greedy");
    }
    given_text_ledger(c, g->given, r);
    report_ledger(r, "sampling", "%s", text_get(&how));
    report_ledger(r, "stopped", "%s", text_get(&g->stopped));
    text_done(&how);
}

bool run_generate(struct call *c, struct report *r, struct err *e)
{
    struct given_text t;
    struct growth g = {.given = &t};
    size_t tokens = 50;
    if (!given_text_read(c, false, &t, e))
        return false;
    bool ok = read_options(c, &g, &tokens, e) && start(&g, tokens, call_has(c, "tokens"), e) &&
              run_model(&g, e) && write_text(&g, r, e);
    if (ok)
        write_ledger(c, &g, r);
    mem_free(g.ids);
    text_done(&g.stopped);
    given_text_done(&t);
    return ok;
}
