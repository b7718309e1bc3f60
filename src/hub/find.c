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
#include "cache_folder.h"
#include "fetch.h"
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

static void look_in_cache(struct search *s)
{
    s->known = cache_commit(s->settings.cache, &s->repo, s->commit);
    if (s->known)
        cache_model(s->settings.cache, &s->repo, s->commit, &s->cached);
}

static void take_snapshot(const struct search *s, struct hub_found *out)
{
    struct text name = TEXT_EMPTY;
    text_add(&name, s->repo.id);
    if (s->repo.revised)
        text_printf(&name, "@%s", s->repo.revision);
    out->name = text_take(&name);
    out->path = cache_path(s->settings.cache, &s->repo, "snapshots", s->commit, NULL);
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
    hub_each(offer_cached, &names);
    for (char *name = names.data, *end; name != NULL && (end = strchr(name, '\n')) != NULL;
         name = end + 1) {
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
    cache_model(s->settings.cache, &s->repo, s->commit, &s->cached);
    return true;
}

/* The model is here, only its tokenizer was not asked for yet: what cannot be had is told. */
static void note_tokenizer(const struct err *why, struct hub_found *out)
{
    struct text note = TEXT_EMPTY;
    text_printf(&note, "tokenizer.json is not in the cache: %s", why->message);
    out->note = text_take(&note);
}

static bool find_repo(struct search *s, struct hub_found *out, struct err *e)
{
    const char *why = s->options->offline != NULL ? s->options->offline : s->settings.offline;
    look_in_cache(s);
    bool whole = s->known && s->cached.config && s->cached.weights;
    if (whole && s->cached.tokenizer != CACHED_NOT) {
        take_snapshot(s, out);
        return true;
    }
    struct err failure = {0};
    bool fetched = why == NULL ? find_on_hub(s, &failure) : refuse_offline(s, why, &failure);
    if (!fetched && (!whole || failure.code == ERR_INTERRUPTED || failure.code == ERR_MEMORY))
        return err_set(e, failure.code, "%s", failure.message);
    if (!fetched && why != NULL)
        err_set(&failure, ERR_FILE, "%s forbids to download it", why);
    if (!fetched)
        note_tokenizer(&failure, out);
    take_snapshot(s, out);
    return true;
}

/* A name without an owner: known from the cache, or unknown. */
static bool find_bare(struct search *s, struct hub_found *out, const struct err *unknown,
                      struct err *e)
{
    look_in_cache(s);
    if (s->known)
        return find_repo(s, out, e);
    return err_set(e, unknown->code,
                   "%s; nor is it in the Hugging Face cache (a model there is called owner/name)",
                   unknown->message);
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
    *out = (struct hub_found){0};
    if (is_path(where, &s.repo, &unknown)) {
        if (!cache_folder_find(where, out, e))
            return false;
        if (out->path == NULL)
            out->path = lookup_find(where, e);
        return out->path != NULL;
    }
    if (unknown.code != ERR_NONE) /* not a revision: it was not meant as a path */
        return err_set(e, unknown.code, "%s", unknown.message);
    if (!s.repo.owned && !s.repo.revised) {
        out->path = lookup_find(where, &unknown);
        if (out->path != NULL)
            return true;
    }
    hub_settings_read(&s.settings);
    bool ok =
        s.repo.owned || s.repo.revised ? find_repo(&s, out, e) : find_bare(&s, out, &unknown, e);
    hub_settings_done(&s.settings);
    if (!ok)
        hub_found_done(out);
    return ok;
}
