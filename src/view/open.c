/* How an answer becomes a view, and one view leads to another. */
#include <string.h>

#include "bilens/base/err.h"
#include "bilens/base/mem.h"
#include "bilens/base/utf8.h"
#include "bilens/view/spectra.h"
#include "frame.h"
#include "views.h"
#include "window.h"

static bool has_matrices(const struct value *v)
{
    return v->kind == VALUE_MATRIX || v->kind == VALUE_U || v->kind == VALUE_V;
}

struct view *view_of_value(struct explorer *x, struct value *v, unsigned traits, struct origin o,
                           struct err *e)
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

bool explorer_ask(struct explorer *x, const char *before, const char *statement, struct err *e)
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

/* ---- from one view to another ---- */

bool open_spectrum(struct explorer *x, struct value *v, size_t member, unsigned traits,
                   const struct origin *o, struct err *e)
{
    if (o->source == NULL) /* no expression: it cannot be asked for, only computed */
        return err_set(e, ERR_UNSUPPORTED,
                       "what is shown has no expression; bind it to a name, and "
                       "look at svd NAME");
    struct text index = TEXT_EMPTY, source = TEXT_EMPTY, statement = TEXT_EMPTY;
    (void)traits;
    if (member != EVERY_MEMBER && v->stack > 0)
        source_member(v, member, &index);
    source_index(o->source, text_get(&index), &source);
    text_printf(&statement, "svd %s", text_get(&source));
    bool ok = explorer_ask(x, o->before, text_get(&statement), e);
    text_done(&index);
    text_done(&source);
    text_done(&statement);
    return ok;
}

/* U diag(s) V', or V diag(e) V', factored; new reference. */
static struct matrix *compose(const struct value *value, size_t member, struct err *e)
{
    struct decomp *d = value->items[member].decomp;
    bool svd = decomp_kind_of(d) == DECOMP_SVD;
    struct vector *s = vector_new(axis_make(AXIS_COMP, decomp_count(d), NULL));
    struct matrix *left = decomp_matrix(d, svd ? SIDE_U : SIDE_V, e);
    struct matrix *v = left ? decomp_matrix(d, SIDE_V, e) : NULL;
    struct matrix *right = v ? matrix_transpose(v) : NULL;
    memcpy(s->data, decomp_values(d), decomp_count(d) * sizeof *s->data);
    struct matrix *middle = right ? matrix_diagonal(s, e) : NULL;
    struct matrix *half = middle ? matrix_product(left, middle, e) : NULL;
    struct matrix *out = half ? matrix_product(half, right, e) : NULL;
    vector_unref(s);
    matrix_unref(left);
    matrix_unref(v);
    matrix_unref(right);
    matrix_unref(middle);
    matrix_unref(half);
    return out;
}

/* "u[0,1] @ diag(s[0,1]) @ v[0,1]'". */
static void compose_source(const struct value *d, size_t member, const struct origin *o,
                           struct text *out)
{
    bool svd = decomp_kind_of(d->items[0].decomp) == DECOMP_SVD;
    const char *names[] = {svd ? "u" : "v", svd ? "s" : "e", "v"};
    static const char *const before[] = {"", " @ diag(", ") @ "};
    struct text index = TEXT_EMPTY;
    if (d->stack > 0) {
        text_add_char(&index, '[');
        source_member(d, member, &index);
        text_add_char(&index, ']');
    }
    for (size_t i = 0; i < 3; i++)
        text_printf(out, "%s%s%s%s%s", before[i], o->source != NULL ? o->source : "",
                    o->source != NULL ? "." : "", names[i], text_get(&index));
    text_add_char(out, '\'');
    text_done(&index);
}

bool open_decomposed(struct explorer *x, struct value *d, size_t member, struct value *about,
                     unsigned traits, const struct origin *o, struct err *e)
{
    struct text source = TEXT_EMPTY;
    struct origin made;
    if (about != NULL && o->of != NULL) {
        origin_make(&made, o->of, NULL, o->of);
        return explorer_push(x, matrix_view_new(x, about, member, traits, made, e));
    }
    struct value *v = value_of_matrix(member_made(x, d, member, compose, e));
    if (v == NULL)
        return false;
    compose_source(d, member, o, &source);
    origin_make(&made, "its matrix", o->before, text_get(&source));
    bool ok = explorer_push(x, matrix_view_new(x, v, 0, traits, made, e));
    value_unref(v);
    text_done(&source);
    return ok;
}

/* A token as the language names it: by its word where that means it, else by its number. */
static void token_source(struct axis axis, size_t place, struct text *out)
{
    struct text label = TEXT_EMPTY;
    size_t original = axis_original(axis, place), meant;
    struct err ignored = {0};
    struct text safe = TEXT_EMPTY;
    bool named = axis.labels->class->name(axis.labels, original, &label) && label.length > 0 &&
                 strlen(text_get(&label)) == label.length &&
                 axis.labels->class->find(axis.labels, text_get(&label), &meant, &ignored) &&
                 meant == original;
    utf8_escape(&safe, text_get(&label), label.length, false);
    named =
        named && strcmp(text_get(&safe), text_get(&label)) == 0; /* the prompt escapes nothing */
    text_done(&safe);
    if (!named) {
        text_printf(out, "w_u[%zu]", original);
    } else {
        text_add_char(out, '"');
        for (const char *s = text_get(&label); *s != '\0'; s++) {
            if (*s == '"' || *s == '\\')
                text_add_char(out, '\\');
            text_add_char(out, *s);
        }
        text_add_char(out, '"');
    }
    text_done(&label);
}

bool open_interaction(struct explorer *x, struct axis axis, size_t place, struct err *e)
{
    struct text statement = TEXT_EMPTY;
    if (axis.kind != AXIS_TOKEN)
        return err_set(e, ERR_TYPE, "the interaction is that of a token; this is %s %zu",
                       view_axis_name(axis.kind), axis_original(axis, place));
    text_add(&statement, "interaction ");
    if (axis.labels != NULL)
        token_source(axis, place, &statement);
    else
        text_printf(&statement, "w_u[%zu]", axis_original(axis, place));
    bool ok = explorer_ask(x, NULL, text_get(&statement), e);
    text_done(&statement);
    return ok;
}

void view_keep_word(char **kept, const char *word)
{
    mem_free(*kept);
    *kept = mem_strdup(word);
}
