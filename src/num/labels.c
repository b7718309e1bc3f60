#include "bilens/num/labels.h"

#include <string.h>

#include "bilens/base/err.h"
#include "bilens/base/mem.h"
#include "bilens/base/near.h"
#include "bilens/base/text.h"

struct label_list {
    struct labels labels; /* first, so that the one is the other */
    char **names;
    size_t *lengths; /* a token's bytes may be any, NUL among them */
    size_t count;
};

static bool list_name(const struct labels *labels, size_t index, struct text *out)
{
    const struct label_list *l = (const struct label_list *)labels;
    if (index >= l->count || l->names[index] == NULL)
        return false;
    text_add_bytes(out, l->names[index], l->lengths[index]);
    return true;
}

static bool list_find(const struct labels *labels, const char *word, size_t *index, struct err *e)
{
    const struct label_list *l = (const struct label_list *)labels;
    struct near near = {0};
    for (size_t i = 0; i < l->count; i++) {
        if (l->names[i] == NULL)
            continue;
        if (strlen(word) == l->lengths[i] && memcmp(l->names[i], word, l->lengths[i]) == 0) {
            *index = i;
            return true;
        }
        near_offer(&near, word, l->names[i]);
    }
    err_set(e, ERR_UNKNOWN_TOKEN, "no place is labelled \"%s\"", word);
    near_append(&near, e);
    return false;
}

static size_t list_count(const struct labels *labels)
{
    return ((const struct label_list *)labels)->count;
}

static void free_names(char **names, size_t count)
{
    for (size_t i = 0; names != NULL && i < count; i++)
        mem_free(names[i]);
    mem_free(names);
}

static void list_destroy(struct labels *labels)
{
    struct label_list *l = (struct label_list *)labels;
    free_names(l->names, l->count);
    mem_free(l->lengths);
    mem_free(l);
}

static bool list_same(const struct labels *a, const struct labels *b)
{
    const struct label_list *x = (const struct label_list *)a, *y = (const struct label_list *)b;
    bool same = x->count == y->count;
    for (size_t i = 0; same && i < x->count; i++)
        same = x->names[i] == NULL || y->names[i] == NULL
                   ? x->names[i] == y->names[i]
                   : x->lengths[i] == y->lengths[i] &&
                         memcmp(x->names[i], y->names[i], x->lengths[i]) == 0;
    return same;
}

static const struct labels_class list_class = {.name = list_name,
                                               .find = list_find,
                                               .count = list_count,
                                               .destroy = list_destroy,
                                               .same = list_same};

struct labels *labels_list_new(char **names, size_t count)
{
    size_t *lengths = mem_new(count, sizeof *lengths);
    for (size_t i = 0; i < count; i++)
        lengths[i] = names[i] != NULL ? strlen(names[i]) : 0;
    return labels_list_sized(names, lengths, count);
}

struct labels *labels_list_sized(char **names, size_t *lengths, size_t count)
{
    struct label_list *l = mem_new(1, sizeof *l);
    l->labels.class = &list_class;
    atomic_init(&l->labels.refs, 1);
    l->names = names;
    l->lengths = lengths;
    l->count = count;
    return &l->labels;
}
