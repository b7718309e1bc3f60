#include "bilens/model/lookup.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "bilens/base/err.h"
#include "bilens/base/mem.h"
#include "bilens/base/near.h"
#include "bilens/base/text.h"
#include "bilens/formats/file.h"
#include "bilens/formats/other_formats.h"
#include "bilens/model/data.h"
#include "bilens/model/model.h"

/* Calls visit for every directory models are looked up in, until it returns false. */
static bool visit_places(bool (*visit)(const char *place, void *context), void *context)
{
    const char *path = getenv("BILENS_MODEL_PATH");

    while (path != NULL && *path != '\0') {
        size_t length = strcspn(path, ":");
        char *place = mem_strndup(path, length);
        bool more = length == 0 || visit(place, context);
        mem_free(place);
        if (!more)
            return false;
        path += length + (path[length] == ':');
    }
    return data_visit("models", visit, context);
}

/* --- Listing --- */

struct found {
    char *name, *path;
};

struct listing {
    struct found *found;
    size_t count;
};

static bool is_model(const char *path)
{
    char *config = file_join(path, "config.json");
    bool is = file_exists(config);

    mem_free(config);
    return is;
}

static bool listing_has(const struct listing *l, const char *name)
{
    for (size_t i = 0; i < l->count; i++) {
        if (strcmp(l->found[i].name, name) == 0)
            return true;
    }
    return false;
}

static void listing_add(struct listing *l, const char *place, const char *name)
{
    char *path = file_join(place, name);

    if (listing_has(l, name) || !is_model(path)) {
        mem_free(path);
        return;
    }
    l->found = mem_resize(l->found, l->count + 1, sizeof *l->found);
    l->found[l->count++] = (struct found){mem_strdup(name), path};
}

static int compare_found(const void *a, const void *b)
{
    return strcmp(((const struct found *)a)->name, ((const struct found *)b)->name);
}

static bool list_place(const char *place, void *context)
{
    struct file_names n = file_names(place);

    for (size_t i = 0; i < n.count; i++)
        listing_add(context, place, n.names[i]);
    file_names_done(&n);
    return true;
}

static struct listing listing_make(void)
{
    struct listing l = {0};

    visit_places(list_place, &l);
    if (l.count > 0)
        qsort(l.found, l.count, sizeof l.found[0], compare_found);
    return l;
}

static void listing_done(struct listing *l)
{
    for (size_t i = 0; i < l->count; i++) {
        mem_free(l->found[i].name);
        mem_free(l->found[i].path);
    }
    mem_free(l->found);
}

void model_list(void (*visit)(const char *name, const char *path, void *context), void *context)
{
    struct listing l = listing_make();

    for (size_t i = 0; i < l.count; i++)
        visit(l.found[i].name, l.found[i].path, context);
    listing_done(&l);
}

/* --- Finding --- */

struct search {
    const char *name;
    char *path; /* found */
    struct text looked;
};

static bool search_place(const char *place, void *context)
{
    struct search *search = context;
    char *path = file_join(place, search->name);

    if (file_is_directory(path)) {
        search->path = path;
        return false;
    }
    mem_free(path);
    text_printf(&search->looked, "%s%s", search->looked.length > 0 ? ", " : "", place);
    return true;
}

static void refuse_name(const char *name, const struct search *search, struct err *e)
{
    struct listing l = listing_make();
    struct near near = {.count = 0};

    err_set(e, ERR_FILE, "no model \"%s\"", name);
    for (size_t i = 0; i < l.count; i++)
        near_offer(&near, name, l.found[i].name);
    near_append(&near, e);
    if (near.count == 0 && l.count > 0) {
        err_append(e, "; there are ");
        for (size_t i = 0; i < l.count && i < 8; i++)
            err_append(e, "%s%s", i == 0 ? "" : ", ", l.found[i].name);
    }
    err_append(e, " (looked in %s; BILENS_MODEL_PATH adds places)", text_get(&search->looked));
    listing_done(&l);
}

static bool is_path(const char *where)
{
    static const char *const endings[] = {".safetensors", ".index.json"};
    size_t length = strlen(where);

    for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++) {
        size_t part = strlen(endings[i]);
        if (length >= part && strcmp(where + length - part, endings[i]) == 0)
            return true;
    }
    return strchr(where, '/') != NULL || foreign_name(where) || file_is_directory(where);
}

char *lookup_find(const char *where, struct err *e)
{
    struct search search = {.name = where};

    if (*where == '\0') {
        err_set(e, ERR_ARGUMENT, "the name of a model is empty");
        return NULL;
    }
    if (is_path(where))
        return mem_strdup(where);
    visit_places(search_place, &search);
    if (search.path == NULL)
        refuse_name(where, &search, e);
    text_done(&search.looked);
    return search.path;
}
