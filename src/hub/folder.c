#include "folder.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include "bilens/base/err.h"
#include "bilens/base/mem.h"
#include "bilens/base/text.h"
#include "bilens/formats/file.h"
#include "cache.h"
#include "repo.h"

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

void folder_done(struct folder_names *n)
{
    for (size_t i = 0; i < n->count; i++)
        mem_free(n->names[i]);
    mem_free(n->names);
    *n = (struct folder_names){0};
}

bool folder_read(const char *folder, struct folder_names *out)
{
    DIR *directory = opendir(folder);
    bool ok = true;
    *out = (struct folder_names){0};
    for (struct dirent *entry; ok && directory != NULL && (entry = readdir(directory)) != NULL;) {
        if (entry->d_name[0] == '.')
            continue;
        char **grown = mem_resize(out->names, out->count + 1, sizeof *grown);
        ok = grown != NULL;
        if (ok) {
            out->names = grown;
            grown[out->count] = mem_strdup(entry->d_name);
            ok = grown[out->count] != NULL;
            out->count += ok;
        }
    }
    if (directory != NULL)
        closedir(directory);
    if (ok && out->count > 0)
        qsort(out->names, out->count, sizeof *out->names, compare_names);
    if (!ok)
        folder_done(out);
    return ok || out_of_memory();
}

/* A path within a folder; NULL, too, where it is no folder. */
static char *folder_within(const char *path, const char *name)
{
    char *inner = file_join(path, name);
    if (inner != NULL && file_is_directory(inner))
        return inner;
    mem_free(inner);
    return NULL;
}

/* --- One model --- */

static bool refuse_snapshots(const char *path, const struct folder_names *snapshots, struct err *e)
{
    err_set(e, ERR_FILE, "%s: %s; load one of the folders in %s/snapshots%s", path,
            snapshots->count == 0 ? "the cache holds no snapshot of this model"
                                  : "the cache does not say which of its snapshots is main",
            path, snapshots->count == 0 ? ", once it is downloaded" : "");
    for (size_t i = 0; i < snapshots->count && i < 8; i++)
        err_append(e, "%s%.100s", i == 0 ? ": " : ", ", snapshots->names[i]);
    return false;
}

static bool find_snapshot(const char *path, const struct hub_repo *repo, const char *snapshots,
                          struct hub_found *out, struct err *e)
{
    char commit[REPO_COMMIT_LENGTH + 1], *cache = file_join(path, "..");
    struct folder_names names = {0};
    bool ok = cache != NULL && folder_read(snapshots, &names);
    const char *chosen = NULL;
    if (ok && cache_commit(cache, repo, commit))
        chosen = commit;
    else if (ok && names.count == 1)
        chosen = names.names[0];
    out->path = chosen != NULL ? folder_within(snapshots, chosen) : NULL;
    out->name = out->path != NULL ? mem_strdup(repo->id) : NULL;
    if (ok && out->path == NULL)
        ok = refuse_snapshots(path, &names, e);
    else if (ok && out->name == NULL)
        ok = err_memory(e);
    folder_done(&names);
    mem_free(cache);
    return ok;
}

/* --- A whole cache --- */

/* How many models the folder holds; the first few are appended, if e is not NULL. */
static size_t list_models(const char *path, struct err *e)
{
    struct folder_names names = {0};
    struct hub_repo repo;
    size_t count = 0;
    if (!folder_read(path, &names))
        return 0;
    for (size_t i = 0; i < names.count; i++) {
        if (!repo_of_folder(names.names[i], &repo))
            continue;
        if (e != NULL && count < 8)
            err_append(e, "%sload %s", count == 0 ? ": " : ", ", repo.id);
        count++;
    }
    folder_done(&names);
    return count;
}

static bool refuse_cache(const char *path, struct err *e)
{
    size_t count = list_models(path, NULL);
    if (count == 0)
        return true;
    err_set(e, ERR_FILE, "%s: is a cache of the hub, not a model; it holds %zu", path, count);
    list_models(path, e);
    err_append(e, "%s (HF_HUB_CACHE says where the cache is)", count > 8 ? ", ..." : "");
    return false;
}

bool folder_find(const char *path, struct hub_found *out, struct err *e)
{
    struct hub_repo repo;
    char *last = file_last_part(path), *snapshots = folder_within(path, "snapshots");
    char *hub = folder_within(path, "hub");
    bool ok = last != NULL;
    if (ok && snapshots != NULL && repo_of_folder(last, &repo))
        ok = find_snapshot(path, &repo, snapshots, out, e);
    else if (ok)
        ok = refuse_cache(path, e) && (hub == NULL || refuse_cache(hub, e));
    mem_free(hub);
    mem_free(snapshots);
    mem_free(last);
    return ok;
}
