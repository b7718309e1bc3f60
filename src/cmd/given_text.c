#include "given_text.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "bilens/base/err.h"
#include "bilens/base/mem.h"
#include "bilens/tokenizer/tokenizer.h"
#include "provenance.h"

/* --- What the words are --- */

static bool is_quoted(const struct call *c, size_t i)
{
    return c->evaluator.text[c->statement->argument[i].start] == '"';
}

/* A whole number written bare. */
static bool is_number(const struct call *c, size_t i, size_t *out)
{
    const char *word = call_raw(c, i);
    char *end;
    if (is_quoted(c, i) || !isdigit((unsigned char)word[0]))
        return false;
    errno = 0;
    unsigned long long value = strtoull(word, &end, 10);
    *out = errno == 0 && value < SIZE_MAX ? (size_t)value : SIZE_MAX;
    return *end == '\0';
}

static bool all_numbers(const struct call *c)
{
    size_t ignored;
    for (size_t i = 0; i < call_count(c); i++)
        if (!is_number(c, i, &ignored))
            return false;
    return true;
}

/* --- Ids --- */

static bool read_ids(struct call *c, struct given_text *t, struct err *e)
{
    size_t vocab = t->model->architecture.vocab;
    t->numbers = true;
    t->count = call_count(c);
    t->ids = mem_new(t->count, sizeof *t->ids);
    for (size_t i = 0; i < t->count; i++) {
        is_number(c, i, &t->ids[i]);
        text_printf(&t->name, "%s%s", i > 0 ? " " : "", call_raw(c, i));
        if (t->ids[i] < vocab)
            continue;
        err_set(e, ERR_UNKNOWN_TOKEN,
                "there is no token %s: this model has tokens 0 to %zu; a text that is a number "
                "stands in quotes",
                call_raw(c, i), vocab - 1);
        return call_fail(c, i, e);
    }
    return true;
}

/* How many special tokens stand before and after a text, which a text that surely has tokens
 * tells. */
static bool read_frame(const struct tokenizer *tokenizer, struct given_text *t, struct err *e)
{
    size_t *bare = NULL, *framed = NULL, n = 0, m = 0, at = 0;
    bool good = tokenizer_encode(tokenizer, "a", false, &bare, &n, e) &&
                tokenizer_encode(tokenizer, "a", true, &framed, &m, e);
    while (good && n > 0 && at + n <= m && memcmp(framed + at, bare, n * sizeof *bare) != 0)
        at++;
    if (good && n > 0 && at + n <= m) {
        t->before = at;
        t->after_count = m - at - n;
        t->after = mem_new(t->after_count, sizeof *t->after);
        for (size_t i = 0; i < t->after_count; i++)
            t->after[i] = framed[at + n + i];
    }
    mem_free(bare);
    mem_free(framed);
    return good;
}

static bool encode(struct given_text *t, const char *string, struct err *e)
{
    const struct tokenizer *tokenizer = t->model->tokenizer;
    if (tokenizer == NULL) {
        refuse_without_tokenizer(t->model, e);
        err_append(e, "; give the ids of the tokens: 5 17 200");
        return false;
    }
    if (!read_frame(tokenizer, t, e) ||
        !tokenizer_encode(tokenizer, string, true, &t->ids, &t->count, e))
        return false;
    t->count -= t->after_count < t->count ? t->after_count : t->count;
    if (t->count == 0)
        return err_set(
            e, ERR_ARGUMENT,
            "the text is empty, and this tokenizer puts no token before a text: there is "
            "nothing to read; the id of a token can be given instead");
    return true;
}

static bool read_words(struct call *c, size_t words, struct given_text *t, struct err *e)
{
    struct text joined = TEXT_EMPTY;
    for (size_t i = 0; i < words; i++)
        text_printf(&joined, "%s%s", i > 0 ? " " : "", call_raw(c, i));
    text_printf(&t->name, "\"%s\"", text_get(&joined));
    bool good = encode(t, text_get(&joined), e);
    text_done(&joined);
    return good;
}

static bool read_given(struct call *c, bool takes_top, struct given_text *t, struct err *e)
{
    size_t words = call_count(c), context = t->model->architecture.context;
    if (takes_top && words == 2 && is_quoted(c, 0) && is_number(c, 1, &t->top)) {
        if (t->top == 0 || t->top > 1000000) {
            err_set(e, ERR_ARGUMENT, "N must be a whole number from 1 to 1000000");
            return call_fail(c, 1, e);
        }
        words = 1;
    }
    if (words == call_count(c) && all_numbers(c) ? !read_ids(c, t, e) : !read_words(c, words, t, e))
        return false;
    return t->count <= context ||
           err_set(e, ERR_ARGUMENT, "the text has %zu tokens, but this model reads at most %zu",
                   t->count, context);
}

bool given_text_read(struct call *c, bool takes_top, struct given_text *out, struct err *e)
{
    *out = (struct given_text){.model = need_model(c, e)};
    if (out->model == NULL)
        return false;
    model_whole(c);
    if (read_given(c, takes_top, out, e))
        return true;
    given_text_done(out);
    err_place(e, c->statement->argument[0].start, c->statement->argument[call_count(c) - 1].end);
    return false;
}

void given_text_done(struct given_text *t)
{
    mem_free(t->ids);
    mem_free(t->after);
    text_done(&t->name);
    *t = (struct given_text){0};
}

/* --- What is said of it --- */

/* The special tokens before the text, and those after it that were left out. */
static void ledger_frame(const struct given_text *t, struct report *r)
{
    struct text names = TEXT_EMPTY, end = TEXT_EMPTY;
    for (size_t i = 0; i < t->before && i < t->count; i++) {
        text_add(&names, i > 0 ? " " : "after ");
        token_label(t->model, t->ids[i], &names);
    }
    for (size_t i = 0; i < t->after_count; i++) {
        text_add(&end, i > 0 ? " " : ", without ");
        token_label(t->model, t->after[i], &end);
    }
    if (names.length == 0)
        text_add(&names, "as given, with no special token before it");
    if (t->numbers)
        report_ledger(r, "text", "ids as given");
    else
        report_ledger(r, "text", "%s%s", text_get(&names), text_get(&end));
    text_done(&names);
    text_done(&end);
}

static void ledger_norms(const struct architecture *a, struct report *r)
{
    static const char *const kinds[] = {
        [NORM_NONE] = "none", [NORM_LAYER] = "LayerNorm", [NORM_RMS] = "RMSNorm"};
    const struct norm *inner = &a->layers[0].attention_in;
    const struct norm *norm = a->final.kind != NORM_NONE ? &a->final : inner;
    if (norm->kind == NORM_NONE)
        report_ledger(r, "norms", "none");
    else
        report_ledger(r, "norms", "%s, eps %g%s", kinds[norm->kind], norm->eps,
                      a->final.kind == NORM_NONE ? ", none before the unembedding"
                      : inner->kind == NORM_NONE ? ", before the unembedding only"
                                                 : "");
}

void given_text_ledger(struct call *c, const struct given_text *t, struct report *r)
{
    const struct architecture *a = &t->model->architecture;
    c->traits |= current_trait(c);
    ledger_start(c, r);
    report_ledger(r, "lag", "none");
    report_ledger(r, "weights", "raw, stored as %s", t->model->dtype);
    report_ledger(r, "centring", "none");
    ledger_frame(t, r);
    if (a->attention_out_scale != 1) /* whatever a head or attention adds is scaled so */
        report_ledger(r, "scale", "attention output x %g", a->attention_out_scale);
    ledger_norms(a, r);
    report_ledger(r, "precision", "float32, sums in float64");
}

bool check_logits(double sum, struct err *e)
{
    return isfinite(sum) ||
           err_set(e, ERR_NONFINITE, "the model's logits are not finite: see info for its weights");
}

void token_label(const struct model *m, size_t id, struct text *out)
{
    struct labels *labels = m->tokenizer != NULL ? tokenizer_labels(m->tokenizer) : NULL;
    axis_label(axis_make(AXIS_TOKEN, m->architecture.vocab, labels), id, out);
}

void token_cells(const struct model *m, struct report_table *t, size_t row, size_t column,
                 size_t id)
{
    struct text label = TEXT_EMPTY;
    token_label(m, id, &label);
    table_number(t, row, column, (double)id);
    table_text(t, row, column + 1, text_get(&label));
    text_done(&label);
}
