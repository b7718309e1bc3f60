#include "bilens/lang/expression.h"

#include <string.h>

#include "bilens/base/err.h"
#include "bilens/base/mem.h"
#include "bilens/base/text.h"
#include "bilens/lang/lexer.h"
#include "bilens/lang/parser.h"

enum { DEPTH_MOST = 200, WRAPS_MOST = 4000 };

/* The lexer, how deep the recursion is, and how many nodes were wrapped in others: a
 * megabyte of "(" must be an error, and so must one of "+1", whose tree is as deep. */
struct reader {
    struct lexer *lexer;
    size_t depth, wraps;
    struct err *e;
};

static struct node *parse_sum(struct reader *r);

void node_free(struct node *n)
{
    if (n == NULL)
        return;
    for (size_t i = 0; i < n->count; i++)
        node_free(n->parts[i]);
    mem_free(n->parts);
    mem_free(n->text);
    mem_free(n);
}

static bool at_sign(const struct reader *r, char sign)
{
    return r->lexer->token.kind == TOKEN_SIGN && r->lexer->token.sign == sign;
}

static struct node *node_new(enum node_kind kind, size_t start, size_t end)
{
    struct node *n = mem_new(1, sizeof *n);
    n->kind = kind;
    n->start = start;
    n->end = end;
    return n;
}

/* Takes part, which may be NULL for a missing one. */
static void node_add(struct node *n, struct node *part)
{
    n->parts = mem_resize(n->parts, n->count + 1, sizeof(struct node *));
    n->parts[n->count++] = part;
}

static struct node *fail(struct reader *r, const char *message)
{
    struct token t = r->lexer->token;
    bool end = t.kind == TOKEN_END || t.kind == TOKEN_STOP;
    if (t.kind == TOKEN_END && r->lexer->depth > 0) {
        err_place(r->e, r->lexer->open, r->lexer->open + 1);
        err_set(r->e, ERR_SYNTAX, "this bracket is never closed");
        return NULL;
    }
    err_place(r->e, t.start, t.end > t.start && !end ? t.end : t.start + 1);
    if (end)
        err_set(r->e, ERR_SYNTAX, "%s here, but the statement ends", message);
    else
        err_set(r->e, ERR_SYNTAX, "%s here, not '%.*s'", message, (int)(t.end - t.start),
                r->lexer->text + t.start);
    return NULL;
}

static struct node *too_deep(struct reader *r)
{
    struct token t = r->lexer->token;
    err_place(r->e, t.start, t.end > t.start ? t.end : t.start + 1);
    err_set(r->e, ERR_SYNTAX, "the expression is too long or too deeply nested");
    return NULL;
}

/* Moves on if ok, and returns n; else frees it. */
static struct node *step(struct reader *r, struct node *n, bool ok)
{
    if (n != NULL && ok && lexer_next(r->lexer, r->e))
        return n;
    node_free(n);
    return NULL;
}

static struct node *parse_leaf(struct reader *r, enum node_kind kind)
{
    struct token t = r->lexer->token;
    struct node *n = node_new(kind, t.start, t.end);
    n->number = t.number;
    n->whole = t.whole;
    bool ok = true;
    if (kind == NODE_STRING) {
        struct text out = TEXT_EMPTY;
        ok = lexer_string(r->lexer->text, t, &out, r->e);
        n->text = text_take(&out);
    } else if (kind == NODE_NAME) {
        n->text = mem_strndup(r->lexer->text + t.start, t.end - t.start);
    }
    return step(r, n, ok);
}

/* Expressions separated by commas up to the closing sign, as parts of n. */
static bool parse_list(struct reader *r, struct node *n, char closing,
                       struct node *(*element)(struct reader *))
{
    while (!at_sign(r, closing)) {
        struct node *part = element(r);
        if (part == NULL)
            return false;
        node_add(n, part);
        if (at_sign(r, ',')) {
            if (!lexer_next(r->lexer, r->e))
                return false;
        } else if (!at_sign(r, closing))
            return fail(r, closing == ')' ? "expected ',' or ')'" : "expected ',' or ']'") != NULL;
    }
    n->end = r->lexer->token.end;
    return lexer_next(r->lexer, r->e);
}

/* name(expression, ...): n is the name. */
static struct node *parse_call(struct reader *r, struct node *n)
{
    n->kind = NODE_CALL;
    if (lexer_next(r->lexer, r->e) && parse_list(r, n, ')', parse_sum))
        return n;
    node_free(n);
    return NULL;
}

static struct node *parse_primary(struct reader *r)
{
    struct token t = r->lexer->token;
    if (t.kind == TOKEN_NUMBER)
        return parse_leaf(r, NODE_NUMBER);
    if (t.kind == TOKEN_STRING)
        return parse_leaf(r, NODE_STRING);
    if (t.kind == TOKEN_NAME) {
        struct node *n = parse_leaf(r, NODE_NAME);
        bool call = n != NULL && at_sign(r, '(') && r->lexer->token.start == n->end;
        return call ? parse_call(r, n) : n;
    }
    if (!at_sign(r, '('))
        return fail(r, "expected a name, a number, a \"token\" or '('");
    if (!lexer_next(r->lexer, r->e))
        return NULL;
    struct node *n = parse_sum(r);
    if (n != NULL && !at_sign(r, ')')) {
        node_free(n);
        return fail(r, "expected ')'");
    }
    if (n != NULL) {
        n->start = t.start;
        n->end = r->lexer->token.end;
    }
    return step(r, n, true);
}

/* One side of a slice, or NULL where it is missing; false on an error. */
static bool parse_bound(struct reader *r, struct node **out)
{
    *out = NULL;
    if (at_sign(r, ':') || at_sign(r, ',') || at_sign(r, ']'))
        return true;
    *out = parse_sum(r);
    return *out != NULL;
}

static struct node *parse_index_item(struct reader *r)
{
    struct token t = r->lexer->token;
    if (t.kind == TOKEN_ELLIPSIS)
        return step(r, node_new(NODE_ELLIPSIS, t.start, t.end), true);
    struct node *first;
    if (!parse_bound(r, &first))
        return NULL;
    if (!at_sign(r, ':')) {
        if (first == NULL)
            return fail(r, "expected an index");
        return first;
    }
    struct node *n = node_new(NODE_SLICE, t.start, r->lexer->token.end);
    bool ok = true;
    node_add(n, first);
    for (size_t i = 1; ok && i < 3 && at_sign(r, ':'); i++) {
        struct node *bound = NULL;
        n->end = r->lexer->token.end;
        ok = lexer_next(r->lexer, r->e) && parse_bound(r, &bound);
        node_add(n, bound);
        if (bound != NULL)
            n->end = bound->end;
    }
    while (n->count < 3)
        node_add(n, NULL);
    if (ok)
        return n;
    node_free(n);
    return NULL;
}

/* A node with `first` as its first part, from first's start. */
static struct node *wrap(struct reader *r, enum node_kind kind, struct node *first)
{
    if (++r->wraps > WRAPS_MOST) {
        node_free(first);
        return too_deep(r);
    }
    struct node *n = node_new(kind, first->start, r->lexer->token.end);
    node_add(n, first);
    return n;
}

static struct node *parse_field(struct reader *r, struct node *base)
{
    struct node *n = wrap(r, NODE_FIELD, base);
    if (n == NULL || !lexer_next(r->lexer, r->e)) {
        node_free(n);
        return NULL;
    }
    struct token t = r->lexer->token;
    if (t.kind != TOKEN_NAME) {
        node_free(n);
        return fail(r, "expected a field's name");
    }
    n->end = t.end;
    n->text = mem_strndup(r->lexer->text + t.start, t.end - t.start);
    return step(r, n, true);
}

static struct node *parse_postfix(struct reader *r)
{
    struct node *n = parse_primary(r);
    while (n != NULL) {
        if (at_sign(r, '\''))
            n = step(r, wrap(r, NODE_TRANSPOSE, n), true);
        else if (at_sign(r, '.'))
            n = parse_field(r, n);
        else if (at_sign(r, '[')) {
            n = wrap(r, NODE_INDEX, n);
            if (n == NULL ||
                (lexer_next(r->lexer, r->e) && parse_list(r, n, ']', parse_index_item)))
                continue;
            node_free(n);
            return NULL;
        } else
            return n;
    }
    return NULL;
}

static struct node *parse_factor(struct reader *r)
{
    size_t start = r->lexer->token.start;
    if (!at_sign(r, '-'))
        return parse_postfix(r);
    if (!lexer_next(r->lexer, r->e))
        return NULL;
    if (++r->depth > DEPTH_MOST)
        return too_deep(r);
    struct node *inner = parse_factor(r);
    r->depth--;
    struct node *n = inner ? wrap(r, NODE_NEGATE, inner) : NULL;
    if (n != NULL) {
        n->start = start;
        n->end = inner->end;
    }
    return n;
}

/* left and right under one operator. */
static struct node *join(struct reader *r, enum node_kind kind, struct node *left,
                         struct node *right)
{
    if (right == NULL) {
        node_free(left);
        return NULL;
    }
    struct node *n = wrap(r, kind, left);
    if (n == NULL) {
        node_free(right);
        return NULL;
    }
    node_add(n, right);
    n->end = right->end;
    return n;
}

static struct node *parse_term(struct reader *r)
{
    struct node *n = parse_factor(r);
    while (n != NULL && (at_sign(r, '@') || at_sign(r, '*') || at_sign(r, '/'))) {
        char sign = r->lexer->token.sign;
        enum node_kind kind = sign == '@' ? NODE_PRODUCT : sign == '*' ? NODE_TIMES : NODE_DIVIDE;
        n = join(r, kind, n, lexer_next(r->lexer, r->e) ? parse_factor(r) : NULL);
    }
    return n;
}

static struct node *parse_sum(struct reader *r)
{
    if (++r->depth > DEPTH_MOST)
        return too_deep(r);
    struct node *n = parse_term(r);
    while (n != NULL && (at_sign(r, '+') || at_sign(r, '-'))) {
        enum node_kind kind = at_sign(r, '+') ? NODE_ADD : NODE_SUBTRACT;
        n = join(r, kind, n, lexer_next(r->lexer, r->e) ? parse_term(r) : NULL);
    }
    r->depth--;
    return n;
}

struct node *expression_node(struct lexer *l, struct err *e)
{
    struct reader r = {.lexer = l, .e = e};
    return parse_sum(&r);
}

struct node *expression_parse(const char *text, struct err *e)
{
    struct lexer l;
    lexer_init(&l, text, 0);
    struct node *n = lexer_next(&l, e) ? expression_node(&l, e) : NULL;
    if (n != NULL && l.token.kind != TOKEN_END) {
        node_free(n);
        err_place(e, l.token.start, l.token.end);
        err_set(e, ERR_SYNTAX, "unexpected text behind the expression");
        return NULL;
    }
    return n;
}
