/* The lists of labels of a description. */
#include <string.h>

#include "bilens/base/err.h"
#include "bilens/base/mem.h"
#include "bilens/model/model.h"
#include "bilens/num/labels.h"
#include "bilens/tokenizer/tokenizer.h"
#include "description_reader.h"

enum { LISTS_MOST = 1024 };

struct labels *labels_adopt(const struct call *c, struct labels *list)
{
    for (size_t i = 0; i < c->state->models; i++) {
        const struct model *m = c->state->open[i].model;
        struct labels *own = m->tokenizer ? tokenizer_labels(m->tokenizer) : NULL;
        if (own != NULL && labels_same(own, list))
            return labels_ref(own);
    }
    return labels_ref(list);
}

/* Names, and their lengths: some hold NUL. */
struct names {
    char **name;
    size_t *length, count;
};

static void names_free(struct names *n)
{
    for (size_t i = 0; i < n->count; i++)
        mem_free(n->name[i]);
    mem_free(n->name);
    mem_free(n->length);
}

/* Appends a name; the list grows by doubling. */
static bool add_name(struct reader *r, struct names *n)
{
    struct json_string name = {0};
    if ((n->count & (n->count - 1)) == 0) { /* full: 0, 1, 2, 4, ... */
        size_t room = n->count > 0 ? 2 * n->count : 1;
        n->name = mem_resize(n->name, room, sizeof *n->name);
        n->length = mem_resize(n->length, room, sizeof *n->length);
    }
    bool none = json_peek(&r->json) == JSON_NULL;
    if (none ? !json_skip(&r->json) : !reader_string(r, &name))
        return reader_refuse(r, "a label is missing");
    n->length[n->count] = name.length;
    n->name[n->count++] = none ? NULL : mem_strndup(name.bytes, name.length);
    return true;
}

bool reader_labels(struct reader *r)
{
    struct description *d = r->out;
    struct names names = {0};
    void *list = d->labels;
    bool ok = d->label_lists < LISTS_MOST ? reader_enter(r)
                                          : reader_refuse(r, "too many lists of labels");
    while (ok && json_next_item(&r->json))
        ok = add_name(r, &names);
    ok = ok && reader_left(r) && reader_grow(&list, d->label_lists, sizeof *d->labels);
    if (!ok) {
        names_free(&names);
        return false;
    }
    d->labels = list;
    struct labels *own = labels_list_sized(names.name, names.length, names.count);
    d->labels[d->label_lists++] = labels_adopt(r->call, own);
    labels_unref(own);
    return true;
}
