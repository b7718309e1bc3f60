#include "bilens/lang/eval.h"

#include <stdlib.h>
#include <string.h>

#include "bilens/base/err.h"
#include "bilens/base/text.h"

static bool digits_only(const char *s)
{
    return *s != '\0' && s[strspn(s, "0123456789")] == '\0' && strlen(s) < 10;
}

/* The values of every member's decomposition, as vectors over components. */
static struct value *spectra(const struct value *base)
{
    struct value *out = value_new(VALUE_VECTOR, base->stack, base->axes);
    for (size_t n = 0; n < out->count; n++) {
        const struct decomp *d = base->items[n].decomp;
        struct vector *v = vector_new(axis_make(AXIS_COMP, decomp_count(d), NULL));
        memcpy(v->data, decomp_values(d), decomp_count(d) * sizeof *v->data);
        out->items[n].vector = v;
    }
    return out;
}

static struct value *side_of(const struct value *base, enum value_kind side)
{
    struct value *out = value_new(side, base->stack, base->axes);
    for (size_t n = 0; n < out->count; n++)
        out->items[n].decomp = decomp_ref(base->items[n].decomp);
    return out;
}

struct value *value_field(const struct value *base, const char *field, struct err *e)
{
    if (base->kind != VALUE_DECOMP) {
        err_set(e, ERR_TYPE, "%s has no fields; svd(...) and eig(...) have", value_kind_name(base));
        return NULL;
    }
    bool svd = decomp_kind_of(base->items[0].decomp) == DECOMP_SVD;
    bool whole = field[1] == '\0';
    if (whole && field[0] == (svd ? 's' : 'e'))
        return spectra(base);
    bool side = field[0] == 'v' || (svd && field[0] == 'u');
    if (!side || !(whole || digits_only(field + 1))) {
        err_set(e, ERR_UNKNOWN_NAME, "no field '%s'; %s has %s", field, svd ? "an svd" : "an eig",
                svd ? ".u .s .v, and columns such as .u0" : ".e .v, and columns such as .v0");
        return NULL;
    }
    struct value *all = side_of(base, field[0] == 'u' ? VALUE_U : VALUE_V);
    if (whole)
        return all;
    struct value *column = value_column(all, strtoul(field + 1, NULL, 10), e);
    value_unref(all);
    return column;
}

static void gather_traits(struct evaluator *ev, const struct value *v)
{
    if (ev->traits != NULL)
        *ev->traits |= v->traits;
}

/* The matrix that holds a vector for each token: rows of w_u, or columns of w_e. NULL
 * with the error where a word cannot stand for one. */
static struct value *token_vectors(struct evaluator *ev, const char *word, struct err *e)
{
    const char *name = ev->contents ? "w_e" : "w_u";
    struct value *v = workspace_model_first(ev->names, name, ev->unused);
    bool fits = v != NULL && v->kind == VALUE_MATRIX && v->stack == 0;
    const struct matrix *m = fits ? v->items[0].matrix : NULL;
    struct axis axis = fits ? (ev->contents ? m->col : m->row) : axis_make(AXIS_INDEX, 0, NULL);
    if (v == NULL)
        err_set(e, ERR_UNKNOWN_NAME, "\"%s\" cannot be a token: no model is loaded; load one",
                word);
    else if (axis.kind != AXIS_TOKEN)
        err_set(e, ERR_UNKNOWN_NAME,
                "\"%s\" cannot be a token: %s was bound to something else; load "
                "the model again",
                word, name);
    else if (axis.labels == NULL)
        err_set(e, ERR_UNKNOWN_TOKEN,
                "\"%s\" cannot be looked up: this model came without a "
                "tokenizer; w_u[i] is the direction of token i",
                word);
    else
        return v;
    return NULL;
}

enum { MEANINGS = 4 };

/* Says which token a word was taken for, and which others it may mean. */
static void note_token(struct text *note, const struct labels *labels, const char *word,
                       size_t index)
{
    size_t others[MEANINGS];
    size_t count = labels->class->meanings != NULL
                       ? labels->class->meanings(labels, word, others, MEANINGS)
                       : 0;
    text_add(note, note->length > 0 ? ", token \"" : "token \"");
    labels->class->name(labels, index, note);
    text_printf(note, "\" (%zu", index);
    for (size_t i = 0, said = 0; i < count; i++) {
        if (others[i] == index)
            continue;
        text_add(note, said++ > 0 ? ", \"" : "; also \"");
        labels->class->name(labels, others[i], note);
        text_printf(note, "\" %zu", others[i]);
    }
    text_add(note, ")");
}

static bool is_decomposition_name(const char *name)
{
    return name[0] != '\0' && strchr("usve", name[0]) != NULL &&
           (name[1] == '\0' || digits_only(name + 1));
}

/* The vector that a word stands for, with a note of what was taken. */
static struct value *token_direction(struct evaluator *ev, const char *word, struct err *e)
{
    struct value *vectors = token_vectors(ev, word, e);
    if (vectors == NULL)
        return NULL;
    const struct matrix *m = vectors->items[0].matrix;
    struct axis axis = ev->contents ? m->col : m->row;
    size_t index, place;
    gather_traits(ev, vectors);
    if (!axis.labels->class->find(axis.labels, word, &index, e)) {
        if (is_decomposition_name(word))
            err_append(e, "; as a name it is unknown: svd binds u, s, v and eig binds e, v");
        return NULL;
    }
    if (!axis_place(axis, index, &place)) { /* the name may have been bound to a part of itself */
        err_set(e, ERR_INDEX, "token %zu (\"%s\") is beyond the %zu %s of %s", index, word,
                axis.size, ev->contents ? "columns" : "rows", ev->contents ? "w_e" : "w_u");
        return NULL;
    }
    if (ev->note != NULL)
        note_token(ev->note, axis.labels, word, index);
    return value_of_vector(ev->contents ? matrix_col(m, place, e) : matrix_row(m, place, e));
}

/* The fields of a decomposition that was saved come back as values of their own, d.u and so
 * on: appends those that there are. */
static bool append_parts(struct evaluator *ev, const char *name, struct err *e)
{
    size_t found = 0;
    for (const char *field = "usve"; *field != '\0'; field++) {
        struct text part = TEXT_EMPTY;
        text_printf(&part, "%s.%c", name, *field);
        if (workspace_get(ev->names, text_get(&part)) != NULL)
            err_append(e, "%s%s", found++ == 0 ? "; it was read as its parts " : ", ",
                       text_get(&part));
        text_done(&part);
    }
    return found > 0;
}

static struct value *unknown_name(struct evaluator *ev, const char *name, struct err *e)
{
    err_set(e, ERR_UNKNOWN_NAME, "unknown name '%s'", name);
    if (append_parts(ev, name, e))
        return NULL;
    if (is_decomposition_name(name)) {
        err_append(e, "; svd binds u, s, v and eig binds e, v");
        return NULL;
    }
    const char *absence = ev->absence != NULL ? ev->absence(ev->model, name) : NULL;
    if (absence != NULL) {
        err_append(e, "; %s", absence);
        return NULL;
    }
    size_t before = strlen(e->message), index;
    workspace_near(ev->names, name, e);
    struct value *directions = workspace_directions(ev->names);
    const struct labels *labels = directions ? directions->items[0].matrix->row.labels : NULL;
    struct err ignored = {0};
    if (strlen(e->message) == before && labels &&
        labels->class->find(labels, name, &index, &ignored))
        err_append(e, "; the token's direction is w_u[\"%s\"]", name);
    else if (directions == NULL && strlen(e->message) == before)
        err_append(e, "; no model is loaded");
    return NULL;
}

static struct value *evaluate_name(struct evaluator *ev, const struct node *node, struct err *e)
{
    struct value *v = workspace_get(ev->names, node->text);
    size_t column;
    if (v == NULL && (v = workspace_column(ev->names, node->text, &column)) != NULL) {
        gather_traits(ev, v);
        v = value_column(v, column, e);
    } else if (v != NULL) {
        gather_traits(ev, v);
        value_ref(v);
    } else if (ev->words)
        return token_direction(ev, node->text, e);
    else
        return unknown_name(ev, node->text, e);
    if (v != NULL && ev->words && ev->note != NULL)
        text_printf(ev->note, "%sname %s", ev->note->length > 0 ? ", " : "", node->text);
    return v;
}

static struct value *evaluate_string(struct evaluator *ev, const struct node *node, struct err *e)
{
    if (ev->words)
        return token_direction(ev, node->text, e);
    err_set(e, ERR_TYPE, "a token stands for a number only where it indexes: w_u[\"%s\"]",
            node->text);
    return NULL;
}

static struct value *evaluate_pair(struct evaluator *ev, const struct node *node, struct err *e)
{
    struct value *a = evaluate(ev, node->parts[0], e);
    struct value *b = a ? evaluate(ev, node->parts[1], e) : NULL;
    struct value *out = b ? value_binary(ev, node, a, b, e) : NULL;
    value_unref(a);
    value_unref(b);
    return out;
}

/* "a.w_u", the name of a matrix of the model opened as a; NULL without an error if it
 * is none. */
static struct value *evaluate_dotted(struct evaluator *ev, const struct node *node)
{
    struct text name = TEXT_EMPTY;
    const struct node *base = node->parts[0];
    if (node->kind != NODE_FIELD || base->kind != NODE_NAME)
        return NULL;
    text_printf(&name, "%s.%s", base->text, node->text);
    struct value *v = workspace_get(ev->names, text_get(&name));
    text_done(&name);
    if (v == NULL)
        return NULL;
    gather_traits(ev, v);
    return value_ref(v);
}

static struct value *typed_number(double number)
{
    struct value *v = value_of_number(number);
    v->typed = true;
    return v;
}

/* Nodes with one operand. */
static struct value *evaluate_single(struct evaluator *ev, const struct node *node, struct err *e)
{
    struct value *dotted = evaluate_dotted(ev, node);
    if (dotted != NULL)
        return dotted;
    struct evaluator plain = *ev;
    /* In w_u["game"] and in d.u0 a bare word is a name, also where directions are expected. */
    plain.words = ev->words && node->kind != NODE_INDEX && node->kind != NODE_FIELD;
    struct value *a = evaluate(&plain, node->parts[0], e), *out = NULL;
    if (a == NULL)
        return NULL;
    if (node->kind == NODE_INDEX)
        out = value_index(ev, node, a, e);
    else if (node->kind == NODE_FIELD)
        out = value_field(a, node->text, e);
    else if (node->kind == NODE_TRANSPOSE)
        out = value_transpose(a, e);
    else {
        struct node times = *node;
        struct value *minus = typed_number(-1);
        times.kind = NODE_TIMES;
        out = value_binary(ev, &times, minus, a, e);
        value_unref(minus);
    }
    value_unref(a);
    return out;
}

static struct value *evaluate_call(struct evaluator *ev, const struct node *node, struct err *e)
{
    struct evaluator plain = *ev;
    plain.words = false;
    return value_call(&plain, node, e);
}

static struct value *evaluate_node(struct evaluator *ev, const struct node *node, struct err *e)
{
    switch (node->kind) {
    case NODE_NUMBER:
        return typed_number(node->number);
    case NODE_NAME:
        return evaluate_name(ev, node, e);
    case NODE_STRING:
        return evaluate_string(ev, node, e);
    case NODE_PRODUCT:
    case NODE_TIMES:
    case NODE_DIVIDE:
    case NODE_ADD:
    case NODE_SUBTRACT:
        return evaluate_pair(ev, node, e);
    case NODE_NEGATE:
    case NODE_TRANSPOSE:
    case NODE_INDEX:
    case NODE_FIELD:
        return evaluate_single(ev, node, e);
    case NODE_CALL:
        return evaluate_call(ev, node, e);
    case NODE_SLICE:
    case NODE_ELLIPSIS:
        break;
    }
    err_set(e, ERR_SYNTAX, "a slice makes sense only inside [ ]");
    return NULL;
}

struct value *evaluate(struct evaluator *ev, const struct node *node, struct err *e)
{
    struct value *v = evaluate_node(ev, node, e);
    if (v == NULL)
        err_place(e, node->start, node->end);
    return v;
}

struct value *evaluate_direction(struct evaluator *ev, const struct node *node, struct err *e)
{
    struct evaluator inner = *ev;
    inner.words = true;
    struct value *v = evaluate(&inner, node, e);
    if (v == NULL || v->kind == VALUE_VECTOR)
        return v;
    err_set(e, ERR_TYPE, "%s where a direction (a vector) is needed", value_kind_name(v));
    if (v->kind == VALUE_NUMBER && node->kind == NODE_NUMBER)
        err_append(e, "; token %g's direction is w_u[%g]", node->number, node->number);
    err_place(e, node->start, node->end);
    value_unref(v);
    return NULL;
}
