#include <string.h>

#include "bilens/base/err.h"
#include "bilens/base/mem.h"
#include "bilens/base/near.h"
#include "bilens/base/text.h"
#include "bilens/formats/file.h"
#include "bilens/formats/other_formats.h"
#include "bilens/hub/hub.h"
#include "bilens/model/lookup.h"
#include "cache.h"
#include "fetch.h"
#include "folder.h"
#include "repo.h"
#include "settings.h"

/* A name on its way to a model. */
struct search {
    const struct hub_options *options;
    struct hub_settings settings;
    struct hub_repo repo;
    bool known; /* the cache knows the commit */
    char commit[REPO_COMMIT_LENGTH + 1];
    struct cached_model cached;
};

void hub_found_done(struct hub_found *f)
{
    mem_free(f->path);
    mem_free(f->name);
    mem_free(f->note);
    *f = (struct hub_found){0};
}

/* --- The cache --- */

static bool look_in_cache(struct search *s)
{
    s->known = cache_commit(s->settings.cache, &s->repo, s->commit);
    return !s->known || cache_model(s->settings.cache, &s->repo, s->commit, &s->cached);
}

static bool take_snapshot(const struct search *s, struct hub_found *out)
{
    struct text name = TEXT_EMPTY;
    text_add(&name, s->repo.id);
    if (s->repo.revised)
        text_printf(&name, "@%s", s->repo.revision);
    out->name = text_take(&name);
    out->path = cache_path(s->settings.cache, &s->repo, "snapshots", s->commit, NULL);
    return (out->name != NULL && out->path != NULL) || out_of_memory();
}

/* --- What cannot be found --- */

static void offer_cached(const struct hub_entry *entry, void *context)
{
    text_printf(context, "%s\n", entry->name);
}

/* Appends near names of models in the cache. */
static void suggest_cached(const struct search *s, struct err *e)
{
    struct near near = {0};
    struct text names = TEXT_EMPTY;
    if (!hub_each(offer_cached, &names, NULL) || names.failed || names.data == NULL) {
        text_done(&names);
        return;
    }
    for (char *name = names.data, *end; (end = strchr(name, '\n')) != NULL; name = end + 1) {
        *end = '\0';
        if (strcmp(name, s->repo.id) != 0)
            near_offer(&near, s->repo.id, name);
    }
    near_append(&near, e);
    text_done(&names);
}

static bool refuse_offline(const struct search *s, const char *why, struct err *e)
{
    if (s->known)
        err_set(e, ERR_FILE, "%s is not whole in the cache %s: %s is missing; ", s->repo.id,
                s->settings.cache, s->cached.missing);
    else
        err_set(e, ERR_FILE, "%s%s%s is not in the cache %s, nor a file or folder; ", s->repo.id,
                s->repo.revised ? "@" : "", s->repo.revised ? s->repo.revision : "",
                s->settings.cache);
    err_append(e, "%s forbids to download it", why);
    suggest_cached(s, e);
    return false;
}

/* --- Both together --- */

static bool find_on_hub(struct search *s, struct err *e)
{
    char commit[REPO_COMMIT_LENGTH + 1];
    if (!fetch_model(&s->settings, &s->repo, s->known ? s->commit : s->repo.revision, commit, e))
        return false;
    memcpy(s->commit, commit, sizeof commit);
    s->known = true;
    return cache_model(s->settings.cache, &s->repo, s->commit, &s->cached);
}

/* The model is here, only its tokenizer was not asked for yet: what cannot be had is told. */
static bool note_tokenizer(const struct err *why, struct hub_found *out)
{
    struct text note = TEXT_EMPTY;
    text_printf(&note, "tokenizer.json is not in the cache: %s", why->message);
    out->note = text_take(&note);
    return out->note != NULL || out_of_memory();
}

static bool find_repo(struct search *s, struct hub_found *out, struct err *e)
{
    const char *why = s->options->offline != NULL ? s->options->offline : s->settings.offline;
    if (!look_in_cache(s))
        return false;
    bool whole = s->known && s->cached.config && s->cached.weights;
    if (whole && s->cached.tokenizer != CACHED_NOT)
        return take_snapshot(s, out);
    struct err failure = {0};
    bool fetched = why == NULL ? find_on_hub(s, &failure) : refuse_offline(s, why, &failure);
    if (fetched)
        return take_snapshot(s, out);
    if (whole && failure.code != ERR_INTERRUPTED && failure.code != ERR_MEMORY) {
        if (why != NULL)
            err_set(&failure, ERR_FILE, "%s forbids to download it", why);
        return note_tokenizer(&failure, out) && take_snapshot(s, out);
    }
    err_set(e, failure.code, "%s", failure.message);
    return false;
}

/* A name without an owner: known from the cache, or unknown. */
static bool find_bare(struct search *s, struct hub_found *out, const struct err *unknown,
                      struct err *e)
{
    if (!look_in_cache(s))
        return false;
    if (s->known)
        return find_repo(s, out, e);
    /* The message comes last: it may end in a question. */
    return err_set(e, unknown->code,
                   "the cache %s has no %s (a model of the hub is called owner/name); %s",
                   s->settings.cache, s->repo.id, unknown->message);
}

/* Could that be meant as a path only? */
static bool is_path(const char *where, struct hub_repo *repo, struct err *e)
{
    static const char *const endings[] = {".safetensors", ".index.json"};
    size_t length = strlen(where);
    if (file_exists(where) || foreign_name(where))
        return true;
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        size_t part = strlen(endings[i]);
        if (length >= part && strcmp(where + length - part, endings[i]) == 0)
            return true;
    }
    return !repo_parse(where, repo, e) && strchr(where, '@') == NULL;
}

bool hub_find(const char *where, const struct hub_options *options, struct hub_found *out,
              struct err *e)
{
    struct search s = {.options = options};
    struct err unknown = {0};
    bool ok = false;
    *out = (struct hub_found){0};
    if (is_path(where, &s.repo, &unknown)) {
        if (!folder_find(where, out, e))
            return false;
        if (out->path == NULL)
            out->path = lookup_find(where, e);
        return out->path != NULL;
    }
    if (unknown.code != ERR_NONE) /* a revision that is none: it was not meant as a path */
        return err_set(e, unknown.code, "%s", unknown.message);
    if (!s.repo.owned && !s.repo.revised) {
        out->path = lookup_find(where, &unknown);
        if (out->path != NULL)
            return true;
    }
    if (hub_settings_read(&s.settings))
        ok = s.repo.owned || s.repo.revised ? find_repo(&s, out, e)
                                            : find_bare(&s, out, &unknown, e);
    hub_settings_done(&s.settings);
    if (!ok)
        hub_found_done(out);
    return ok;
}
