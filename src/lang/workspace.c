#include "bilens/lang/workspace.h"

#include <stdlib.h>
#include <string.h>

#define uthash_malloc(size) mem_alloc(size)
#define uthash_free(block, size) mem_free(block)
#include "bilens/base/mem.h"
#include <uthash.h>

#include "bilens/base/err.h"
#include "bilens/base/near.h"
#include "bilens/base/text.h"

/* A model's weight stays where it was when the user binds its name: own is what `load` brought,
 * which is also the value until then. */
struct binding {
    char *name;
    struct value *value;
    struct value *own; /* NULL: the name is no model's */
    UT_hash_handle hh;
};

struct workspace {
    struct binding *bindings;
};

struct workspace *workspace_new(void)
{
    return mem_new(1, sizeof(struct workspace));
}

static void binding_free(struct workspace *w, struct binding *b)
{
    HASH_DEL(w->bindings, b);
    value_unref(b->value);
    value_unref(b->own);
    mem_free(b->name);
    mem_free(b);
}

void workspace_free(struct workspace *w)
{
    struct binding *b, *next;
    if (w == NULL)
        return;
    HASH_ITER(hh, w->bindings, b, next)
    binding_free(w, b);
    mem_free(w);
}

static struct binding *find(const struct workspace *w, const char *name)
{
    struct binding *b;
    HASH_FIND_STR(w->bindings, name, b);
    return b;
}

struct value *workspace_get(const struct workspace *w, const char *name)
{
    struct binding *b = find(w, name);
    return b ? b->value : NULL;
}

struct value *workspace_of_model(const struct workspace *w, const char *name)
{
    struct binding *b = find(w, name);
    return b ? b->own : NULL;
}

static bool is_rebound(const struct binding *b)
{
    return b->own != NULL && b->own != b->value;
}

bool workspace_is_rebound(const struct workspace *w, const char *name)
{
    struct binding *b = find(w, name);
    return b != NULL && is_rebound(b);
}

/* A new name without a value. */
static struct binding *add(struct workspace *w, const char *name)
{
    struct binding *b = mem_new(1, sizeof *b);
    b->name = mem_strdup(name);
    HASH_ADD_KEYPTR(hh, w->bindings, b->name, strlen(b->name), b);
    return b;
}

/* Takes its references on both; own may be NULL. */
static void bind(struct workspace *w, const char *name, struct value *value, struct value *own)
{
    struct binding *b = find(w, name);
    if (b == NULL)
        b = add(w, name);
    struct value *old = b->value, *old_own = b->own;
    b->value = value_ref(value);
    b->own = own != NULL ? value_ref(own) : NULL;
    value_unref(old);
    value_unref(old_own);
}

void workspace_set(struct workspace *w, const char *name, struct value *value, bool from_model)
{
    struct value *own = from_model ? value : workspace_of_model(w, name);
    struct value *bound =
        own == NULL || own == value ? value_ref(value) : value_marked(value, TRAIT_EDITED);
    bind(w, name, bound, own);
    value_unref(bound);
}

struct workspace *workspace_copy(const struct workspace *w)
{
    struct workspace *copy = workspace_new();
    struct binding *b, *next;
    HASH_ITER(hh, w->bindings, b, next)
    bind(copy, b->name, b->value, b->own);
    return copy;
}

void workspace_swap(struct workspace *a, struct workspace *b)
{
    struct workspace held = *a;
    *a = *b;
    *b = held;
}

void workspace_remove(struct workspace *w, const char *name)
{
    struct binding *b = find(w, name);
    if (b != NULL)
        binding_free(w, b);
}

/* Is it "alias.something", or, without an alias, a name without a dot? */
static bool belongs(const char *name, const char *alias)
{
    const char *dot = strchr(name, '.');
    if (alias == NULL)
        return dot == NULL;
    size_t length = strlen(alias);
    return dot == name + length && strncmp(name, alias, length) == 0;
}

void workspace_remove_model(struct workspace *w, const char *alias)
{
    struct binding *b, *next;
    HASH_ITER(hh, w->bindings, b, next)
    {
        bool own = b->own != NULL && belongs(b->name, alias);
        if ((own && !is_rebound(b)) || (alias == NULL && (b->value->traits & TRAIT_LATEST) != 0)) {
            binding_free(w, b);
        } else if (own) { /* the user's own stays */
            value_unref(b->own);
            b->own = NULL;
        }
    }
}

struct value *workspace_column(const struct workspace *w, const char *name, size_t *column)
{
    char stem[64];
    size_t length = strlen(name), digits = 0;
    while (digits < length && name[length - 1 - digits] >= '0' && name[length - 1 - digits] <= '9')
        digits++;
    if (digits == 0 || digits > 9 || digits == length || length - digits >= sizeof stem)
        return NULL;
    memcpy(stem, name, length - digits);
    stem[length - digits] = '\0';
    *column = strtoul(name + length - digits, NULL, 10);
    struct value *v = workspace_get(w, stem);
    bool has_columns = v != NULL && v->kind != VALUE_NUMBER && v->kind != VALUE_DECOMP;
    return has_columns ? v : NULL;
}

bool workspace_knows(const struct workspace *w, const char *name)
{
    size_t column;
    return workspace_get(w, name) != NULL || workspace_column(w, name, &column) != NULL;
}

void workspace_near(const struct workspace *w, const char *name, struct err *e)
{
    struct near near = {0};
    struct binding *b, *next;
    HASH_ITER(hh, w->bindings, b, next)
    near_offer(&near, name, b->name);
    near_append(&near, e);
}

bool workspace_each(const struct workspace *w, workspace_visit *visit, void *context)
{
    struct binding *b, *next;
    HASH_ITER(hh, w->bindings, b, next)
    if (!visit(b->name, b->value, b->own == b->value, context))
        return false;
    return true;
}

void workspace_note_rebound(const struct workspace *w, const char *name, struct text *names)
{
    if (!workspace_is_rebound(w, name))
        return;
    struct text list = TEXT_EMPTY, one = TEXT_EMPTY; /* ", w_v," in ", w_o, w_v," */
    text_printf(&list, ", %s,", text_get(names));
    text_printf(&one, ", %s,", name);
    if (strstr(text_get(&list), text_get(&one)) == NULL)
        text_printf(names, "%s%s", names->length > 0 ? ", " : "", name);
    names->failed = names->failed || list.failed || one.failed;
    text_done(&list);
    text_done(&one);
}

struct value *workspace_model_first(const struct workspace *w, const char *name,
                                    struct text *unused)
{
    struct value *own = workspace_of_model(w, name);
    if (own != NULL && unused != NULL)
        workspace_note_rebound(w, name, unused);
    return own != NULL ? own : workspace_get(w, name);
}

struct value *workspace_directions(const struct workspace *w)
{
    struct value *v = workspace_model_first(w, "w_u", NULL);
    bool fits = v != NULL && v->kind == VALUE_MATRIX && v->stack == 0;
    return fits ? v : NULL;
}
