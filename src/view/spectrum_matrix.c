/* The matrix that a spectrum is of. */
#include <string.h>

#include "bilens/base/err.h"
#include "spectrum.h"
#include "window.h"

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
