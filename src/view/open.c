/* How an answer becomes a view. */
#include <string.h>

#include "bilens/base/err.h"
#include "bilens/base/mem.h"
#include "frame.h"
#include "views.h"

static bool has_matrices(const struct value *v)
{
    return v->kind == VALUE_MATRIX || v->kind == VALUE_U || v->kind == VALUE_V;
}

static struct view *view_of_value(struct explorer *x, struct value *v, unsigned traits,
                                  struct origin o, struct err *e)
{
    if (has_matrices(v))
        return v->count > 1 ? heads_view_new(v, traits, o) : matrix_view_new(x, v, 0, traits, o, e);
    if (v->kind == VALUE_VECTOR || v->kind == VALUE_DECOMP)
        return spectrum_view_new(x, v, NULL, traits, false, o);
    origin_done(&o);
    err_set(e, ERR_TYPE, "%s has no view; a matrix, a vector or a decomposition has",
            value_kind_name(v));
    return NULL;
}

/* ---- statements, run aside ---- */

/* Statements and where they have come to. Everything is its own, or shared by references. */
struct question {
    struct view_work work;
    struct host host;
    struct script *script;
    size_t at;         /* in the script */
    struct call *call; /* the last one: its subject and its report are the answer */
};

/* Parses the next statement, to be run on what the ones before it have come to. */
static bool next_call(struct question *q, const struct session_state *state, struct err *e)
{
    struct statement s;
    struct session_state now = *state;
    now.host = &q->host;
    if (!statement_parse(q->script->text, &q->at, now.commands, now.names, &s, e))
        return false;
    struct call *c = call_new(&now, q->script, &s);
    call_free(q->call);
    q->call = c;
    return true;
}

static bool run_question(struct view_work *w, struct err *e)
{
    struct question *q = (struct question *)w;
    for (;;) {
        if (!call_run(q->call, e))
            return false;
        if (q->script->text[q->at] == '\0')
            return true;
        if (!call_commit(q->call, &q->call->snapshot, e) || !next_call(q, &q->call->snapshot, e))
            return false;
    }
}

static void destroy_question(struct view_work *w)
{
    struct question *q = (struct question *)w;
    call_free(q->call);
    script_unref(q->script);
    mem_free(q);
}

static struct question *question_new(const struct view_host *h, const char *text, struct err *e)
{
    enum { ROWS = 32, COLS = 64, LINE = 80 };
    struct question *q = mem_new(1, sizeof *q);
    q->work = (struct view_work){run_question, destroy_question};
    q->host = (struct host){.memory = h->memory,
                            .heat_rows = ROWS,
                            .heat_cols = COLS,
                            .line_width = LINE,
                            .safe = true};
    q->script = script_new(text);
    if (next_call(q, h->state, e))
        return q;
    destroy_question(&q->work);
    return NULL;
}

/* ---- requests ---- */

/* "svd w_u", "w_u @ ov": on one line, cut where it is long. */
static void title_of(const char *statement, struct text *out)
{
    enum { MOST = 60 };
    struct text line = TEXT_EMPTY;
    for (const char *s = statement; *s != '\0'; s++)
        text_add_char(&line, *s == '\n' || *s == '\r' || *s == '\t' ? ' ' : *s);
    size_t n = line.length;
    if (n > MOST)
        for (n = MOST; n > 0 && ((unsigned char)line.data[n] & 0xc0) == 0x80;)
            n--;
    text_add_bytes(out, text_get(&line), n);
    text_add(out, n < line.length ? "..." : "");
    text_done(&line);
}

/* Of an answer: what it is called, what shows it again. */
static void answer_origin(const struct subject *s, const char *before, const char *statement,
                          struct origin *o)
{
    struct text title = TEXT_EMPTY, all = TEXT_EMPTY;
    bool decomp = s != NULL && s->value->kind == VALUE_DECOMP;
    bool bound = decomp && (s->about != NULL || s->source == NULL); /* its parts have names */
    const char *source = s == NULL || bound ? NULL : s->source;
    title_of(statement, &title);
    text_printf(&all, "%s%s%s", before != NULL ? before : "", before != NULL ? "; " : "",
                statement);
    origin_make(o, text_get(&title), source == NULL ? text_get(&all) : before, source);
    if (bound && s->source != NULL && before == NULL)
        o->of = mem_strdup(s->source);
    text_done(&title);
    text_done(&all);
}

/* Opens an answer; the report is taken where it is needed, and then NULL. */
static bool open_answer(struct explorer *x, const struct view_request *r, struct report **owned,
                        const char *before, struct err *e)
{
    const struct subject *s = r->subject;
    struct origin o;
    if (s != NULL && s->names)
        return explorer_push(x, workspace_view_new(x));
    if (s != NULL && (s->value == NULL || s->value->kind == VALUE_NUMBER))
        s = NULL;
    answer_origin(s, before, r->statement, &o);
    struct view *v;
    if (s == NULL) {
        v = page_view_new(r->report, owned != NULL ? *owned : NULL, o);
        if (owned != NULL)
            *owned = NULL;
    } else if (s->value->kind == VALUE_DECOMP) {
        v = spectrum_view_new(x, s->value, s->about, s->traits, s->written, o);
    } else {
        v = view_of_value(x, s->value, s->traits, o, e);
    }
    return explorer_push(x, v);
}

bool explorer_open(struct explorer *x, const struct view_request *request, struct err *e)
{
    if (request->statement == NULL)
        return explorer_push(x, workspace_view_new(x));
    return open_answer(x, request, NULL, NULL, e);
}

static bool ask(struct explorer *x, const char *before, const char *statement, struct err *e)
{
    struct text all = TEXT_EMPTY;
    text_printf(&all, "%s%s%s", before != NULL ? before : "", before != NULL ? "; " : "",
                statement);
    struct question *q = question_new(x->host, text_get(&all), e);
    text_done(&all);
    if (q == NULL || !explorer_compute(x, &q->work, e))
        return false;
    struct view_request r = {&q->call->subject, q->call->report, statement};
    bool ok = open_answer(x, &r, &q->call->report, before, e);
    destroy_question(&q->work);
    return ok;
}

struct explorer *explorer_new(struct view_host *h)
{
    static const struct openings openings = {ask, view_of_value};
    struct explorer *x = mem_new(1, sizeof *x);
    x->host = h;
    x->openings = &openings;
    return x;
}
