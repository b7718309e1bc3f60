/* tokens: what the model's tokenizer makes of a word. */
#include "bilens/base/err.h"
#include "bilens/base/mem.h"
#include "bilens/base/text.h"
#include "bilens/cmd/common.h"
#include "bilens/tokenizer/tokenizer.h"
#include "handlers.h"

enum { TOKENS_SHOWN = 8 };

static void token_table(struct report *r, const struct tokenizer *t, const char *word,
                        const char *what, const size_t *ids, size_t count)
{
    static const struct column_spec columns[] = {
        {"id", COLUMN_NUMBER}, {"token", COLUMN_TOKEN}, {0}};
    struct text title = TEXT_EMPTY;
    if (count == 0)
        return;
    text_printf(&title, "\"%s\": %s", word, what);
    struct report_table *table = add_table(r, (struct member){0}, text_get(&title), count, columns);
    text_done(&title);
    for (size_t i = 0; i < count; i++) {
        struct text shown = TEXT_EMPTY;
        if (!tokenizer_show(t, ids[i], &shown))
            text_printf(&shown, "[%zu]", ids[i]);
        table_number(table, i, 0, (double)ids[i]);
        cell_text(table, i, 1, &shown);
    }
}

/* The pieces of a text, and with special those that stand around it. */
static bool split_table(struct report *r, const struct tokenizer *t, const char *word, bool special,
                        struct err *e)
{
    size_t *pieces = NULL, count = 0;
    if (!tokenizer_encode(t, word, special, &pieces, &count, e))
        return false;
    token_table(r, t, word, special ? "is read as" : "splits into", pieces, count);
    mem_free(pieces);
    return true;
}

static void near_table(struct report *r, const struct tokenizer *t, const char *word,
                       const size_t *own, size_t matches)
{
    size_t ids[TOKENS_SHOWN], near = tokenizer_near(t, word, ids, TOKENS_SHOWN), kept = 0;
    for (size_t i = 0; i < near; i++) {
        bool known = false;
        for (size_t k = 0; k < matches; k++)
            known = known || own[k] == ids[i];
        if (!known)
            ids[kept++] = ids[i];
    }
    token_table(r, t, word, "is near", ids, kept);
}

static bool look_up(struct report *r, const struct tokenizer *t, const char *word, bool special,
                    struct err *e)
{
    size_t own[TOKENS_SHOWN];
    if (word[0] == '\0')
        return err_set(e, ERR_ARGUMENT, "an empty word is no token");
    if (special)
        return split_table(r, t, word, true, e);
    size_t matches = tokenizer_matches(t, word, own, TOKENS_SHOWN);
    token_table(r, t, word, matches > 1 ? "may be" : "is", own, matches);
    if (matches == 0 && !split_table(r, t, word, false, e))
        return false;
    near_table(r, t, word, own, matches);
    return true;
}

bool run_tokens(struct call *c, struct report *r, struct err *e)
{
    const struct model *m = need_model(c, e);
    if (m == NULL)
        return false;
    if (m->tokenizer == NULL)
        return refuse_without_tokenizer(m, e);
    bool ok = true;
    for (size_t i = 0; ok && i < call_count(c); i++)
        ok = look_up(r, m->tokenizer, call_raw(c, i), call_has(c, "special"), e);
    report_ledger(r, "model", "%s %s", m->name, m->hash);
    return ok;
}
