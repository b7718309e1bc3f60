#include "fetch.h"

#include <string.h>

#include "bilens/base/err.h"
#include "bilens/base/mem.h"
#include "bilens/base/task.h"
#include "cache.h"
#include "client.h"
#include "download.h"
#include "store.h"

struct planned {
    char *file;
    struct hub_file known;
};

struct fetch {
    struct client client;
    const struct hub_repo *repo;
    const char *revision;                /* what to ask for until the commit is known */
    char commit[REPO_COMMIT_LENGTH + 1]; /* all files are of this one; empty: not known yet */
    struct planned *plan;
    size_t count;
    struct download_progress progress;
};

/* A branch may move between two questions: once one was answered, the others name the commit. */
static bool pin_commit(struct fetch *f, const char *commit, struct err *e)
{
    const char *asked = f->commit[0] != '\0' ? f->commit : f->revision;
    if (repo_is_commit(asked) && strcmp(asked, commit) != 0)
        return err_set(e, ERR_NETWORK, "%s answers for commit %s of %s, not for %s",
                       f->client.home.text, commit, f->repo->id, asked);
    strcpy(f->commit, commit);
    return true;
}

static void add_planned(struct fetch *f, const char *file, const struct hub_file *known)
{
    f->plan = mem_resize(f->plan, f->count + 1, sizeof *f->plan);
    f->plan[f->count++] = (struct planned){.file = mem_strdup(file), .known = *known};
}

/* Finds out about a file, and plans to bring it unless it is here. */
static enum hub_state plan_file(struct fetch *f, const char *file, struct err *e)
{
    const char *cache = f->client.settings->cache;
    const char *revision = f->commit[0] != '\0' ? f->commit : f->revision;
    struct hub_file known;
    if (repo_is_commit(revision)) {
        enum cached cached = cache_file(cache, f->repo, revision, file);
        if (cached != CACHED_NOT) {
            memmove(f->commit, revision, sizeof f->commit);
            return cached == CACHED_HERE ? HUB_FOUND : HUB_ABSENT;
        }
    }
    task_step("asking the hub", 0, 0);
    enum hub_state state = client_describe(&f->client, f->repo, revision, file, &known, e);
    if (state != HUB_FOUND && state != HUB_ABSENT)
        return state;
    if (known.commit[0] != '\0' && !pin_commit(f, known.commit, e))
        return HUB_FAILED;
    if (state == HUB_ABSENT && f->commit[0] != '\0')
        store_absence(cache, f->repo, f->commit, file);
    if (state == HUB_FOUND && cache_file(cache, f->repo, f->commit, file) != CACHED_HERE)
        add_planned(f, file, &known);
    return state;
}

/* How much is to come, and whether the disk has room for it. */
static bool measure_plan(struct fetch *f, struct err *e)
{
    const char *cache = f->client.settings->cache;
    uint64_t lacking = 0;
    f->progress = (struct download_progress){0};
    for (size_t i = 0; i < f->count; i++) {
        uint64_t bytes = download_lacking(cache, f->repo, &f->plan[i].known);
        lacking += bytes;
        f->progress.total += bytes > 0 ? f->plan[i].known.size : 0;
    }
    if (lacking == 0)
        return true;
    char *blobs = cache_path(cache, f->repo, "blobs", NULL, NULL);
    bool ok = store_make_parents(blobs, e);
    mem_free(blobs);
    return ok && store_check_room(cache, lacking, e);
}

/* Brings everything that is planned. */
static bool run_plan(struct fetch *f, struct err *e)
{
    if (!measure_plan(f, e))
        return false;
    for (size_t i = 0; i < f->count; i++) {
        const struct planned *p = &f->plan[i];
        if (!download_file(&f->client, f->repo, p->file, &p->known, &f->progress, e))
            return false;
    }
    for (size_t i = 0; i < f->count; i++)
        mem_free(f->plan[i].file);
    f->count = 0;
    return true;
}

static bool refuse_absent(const struct fetch *f, const char *file, const char *why, struct err *e)
{
    return err_set(e, ERR_UNSUPPORTED, "%s at %s has no %s%s", f->repo->id, f->revision, file, why);
}

/* Weights in several files: the index tells which; it is brought first. */
static bool plan_shards(struct fetch *f, struct err *e)
{
    const char *cache = f->client.settings->cache;
    struct shard_index shards = {0};
    if (!run_plan(f, e))
        return false;
    char *path = cache_path(cache, f->repo, "snapshots", f->commit, index_file);
    bool read = shards_read(path, &shards, e), ok = read;
    mem_free(path);
    for (size_t i = 0; ok && i < shards.file_count; i++) {
        enum hub_state state = plan_file(f, shards.files[i], e);
        ok = state == HUB_FOUND;
        if (state == HUB_ABSENT)
            refuse_absent(f, shards.files[i], ", which its index names", e);
    }
    if (read)
        shard_index_done(&shards);
    return ok;
}

static enum hub_state plan_weights(struct fetch *f, struct err *e)
{
    enum hub_state state = plan_file(f, weights_file, e);
    if (state != HUB_ABSENT)
        return state;
    state = plan_file(f, index_file, e);
    if (state == HUB_FOUND)
        return plan_shards(f, e) ? HUB_FOUND : HUB_FAILED;
    if (state == HUB_ABSENT) {
        refuse_absent(f, weights_file,
                      " and no model.safetensors.index.json: only weights in safetensors are read "
                      "(others can be converted: Python's transformers loads a model and saves it "
                      "so)",
                      e);
        return HUB_FAILED;
    }
    return state;
}

/* False with HUB_NO_REVISION in *state where the revision is gone from the hub. */
static bool bring_model(struct fetch *f, enum hub_state *state, struct err *e)
{
    *state = plan_file(f, config_file, e);
    if (*state == HUB_ABSENT)
        return refuse_absent(f, config_file, ": bilens needs it to know the model's sizes", e);
    if (*state == HUB_FOUND)
        *state = plan_weights(f, e);
    if (*state == HUB_FOUND) {
        *state = plan_file(f, tokenizer_file, e);
        if (*state == HUB_ABSENT) /* a model without token names is still a model */
            *state = HUB_FOUND;
    }
    if (*state != HUB_FOUND)
        return false;
    return run_plan(f, e) && (repo_is_commit(f->repo->revision) ||
                              store_ref(f->client.settings->cache, f->repo, f->commit, e));
}

/* A server may say anything, what it was told included. */
static void hide_token(const struct hub_settings *s, struct err *e)
{
    char *found;
    size_t length = s->token != NULL ? strlen(s->token) : 0;
    while (length > 0 && e != NULL && (found = strstr(e->message, s->token)) != NULL)
        memset(found, '*', length);
}

static void fetch_done(struct fetch *f)
{
    for (size_t i = 0; i < f->count; i++)
        mem_free(f->plan[i].file);
    mem_free(f->plan);
    client_close(&f->client);
}

bool fetch_model(struct hub_settings *s, const struct hub_repo *r, const char *revision,
                 char commit[REPO_COMMIT_LENGTH + 1], struct err *e)
{
    struct fetch f = {.repo = r, .revision = revision};
    enum hub_state state = HUB_FAILED;
    bool ok = hub_settings_connect(s, e) && client_open(&f.client, s, e);
    if (ok) {
        ok = bring_model(&f, &state, e);
        if (!ok && state == HUB_NO_REVISION && strcmp(revision, r->revision) != 0) {
            err_clear(e); /* the hub has forgotten the commit that the cache knows */
            f.revision = r->revision;
            f.commit[0] = '\0';
            ok = bring_model(&f, &state, e);
        }
    }
    if (ok)
        strcpy(commit, f.commit);
    else
        hide_token(s, e);
    fetch_done(&f);
    return ok;
}
