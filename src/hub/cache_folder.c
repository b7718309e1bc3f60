#include "cache_folder.h"

#include <string.h>

#include "bilens/base/err.h"
#include "bilens/base/mem.h"
#include "bilens/base/text.h"
#include "bilens/formats/file.h"
#include "cache.h"
#include "repo.h"

enum { LISTED_MOST = 8 };

/* A path within a folder; NULL where it is no folder. */
static char *folder_within(const char *path, const char *name)
{
    char *inner = file_join(path, name);
    if (file_is_directory(inner))
        return inner;
    mem_free(inner);
    return NULL;
}

/* --- One model --- */

static bool refuse_snapshots(const char *path, const struct file_names *snapshots, struct err *e)
{
    err_set(e, ERR_FILE, "%s: %s; load one of the folders in %s/snapshots%s", path,
            snapshots->count == 0 ? "the cache holds no snapshot of this model"
                                  : "the cache does not say which of its snapshots is main",
            path, snapshots->count == 0 ? ", once it is downloaded" : "");
    for (size_t i = 0; i < snapshots->count && i < LISTED_MOST; i++)
        err_append(e, "%s%.100s", i == 0 ? ": " : ", ", snapshots->names[i]);
    return false;
}

static bool find_snapshot(const char *path, const struct hub_repo *repo, const char *snapshots,
                          struct hub_found *out, struct err *e)
{
    char commit[REPO_COMMIT_LENGTH + 1], *cache = file_join(path, "..");
    struct file_names names = file_names(snapshots);
    const char *chosen = cache_commit(cache, repo, commit) ? commit
                         : names.count == 1                ? names.names[0]
                                                           : NULL;
    out->path = chosen != NULL ? folder_within(snapshots, chosen) : NULL;
    out->name = out->path != NULL ? mem_strdup(repo->id) : NULL;
    bool ok = out->path != NULL || refuse_snapshots(path, &names, e);
    file_names_done(&names);
    mem_free(cache);
    return ok;
}

/* --- A whole cache --- */

/* How many models the folder holds; the first few are appended as what to load. */
static size_t list_models(const char *path, struct text *out)
{
    struct file_names names = file_names(path);
    struct hub_repo repo;
    size_t count = 0;
    for (size_t i = 0; i < names.count; i++) {
        if (!repo_of_folder(names.names[i], &repo))
            continue;
        if (count < LISTED_MOST)
            text_printf(out, "%sload %s", count == 0 ? "" : ", ", repo.id);
        count++;
    }
    file_names_done(&names);
    return count;
}

static bool refuse_cache(const char *path, struct err *e)
{
    struct text loads = TEXT_EMPTY;
    size_t count = list_models(path, &loads);
    if (count > 0)
        err_set(e, ERR_FILE,
                "%s: is a Hugging Face cache of %zu model%s, not a model: %s%s (HF_HUB_CACHE says "
                "where the cache is)",
                path, count, count == 1 ? "" : "s", text_get(&loads),
                count > LISTED_MOST ? ", ..." : "");
    text_done(&loads);
    return count == 0;
}

bool cache_folder_find(const char *path, struct hub_found *out, struct err *e)
{
    struct hub_repo repo;
    char *last = file_last_part(path), *snapshots = folder_within(path, "snapshots");
    char *hub = folder_within(path, "hub");
    bool ok = snapshots != NULL && repo_of_folder(last, &repo)
                  ? find_snapshot(path, &repo, snapshots, out, e)
                  : refuse_cache(path, e) && (hub == NULL || refuse_cache(hub, e));
    mem_free(hub);
    mem_free(snapshots);
    mem_free(last);
    return ok;
}
