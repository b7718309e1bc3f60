/* What is in the cache. */
#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "bilens/base/err.h"
#include "bilens/base/mem.h"
#include "bilens/base/text.h"
#include "bilens/formats/file.h"
#include "bilens/hub/hub.h"
#include "cache.h"
#include "folder.h"
#include "repo.h"
#include "settings.h"

enum { DEPTH_MOST = 8 /* of folders in refs or in a snapshot */ };

/* Calls visit for every file below the folder, with its path within it. */
static bool visit_files(const char *folder, const char *within, int depth,
                        bool (*visit)(const char *path, const char *within, void *context),
                        void *context)
{
    struct folder_names names;
    if (!folder_read(folder, &names))
        return false;
    bool ok = true;
    for (size_t i = 0; ok && i < names.count; i++) {
        char *path = file_join(folder, names.names[i]);
        char *inner =
            within[0] != '\0' ? file_join(within, names.names[i]) : mem_strdup(names.names[i]);
        ok = (path != NULL && inner != NULL) || out_of_memory();
        if (ok && !file_is_directory(path))
            ok = visit(path, inner, context);
        else if (ok && depth < DEPTH_MOST)
            ok = visit_files(path, inner, depth + 1, visit, context);
        mem_free(path);
        mem_free(inner);
    }
    folder_done(&names);
    return ok;
}

static bool add_size(const char *path, const char *within, void *context)
{
    struct stat info;
    (void)within;
    if (stat(path, &info) == 0 && S_ISREG(info.st_mode))
        *(uint64_t *)context += (uint64_t)info.st_size;
    return true;
}

/* The branches and tags that stand for a commit. */
struct references {
    const char *commit;
    struct text names;
};

static bool add_reference(const char *path, const char *within, void *context)
{
    struct references *r = context;
    size_t length = 0;
    char *text = file_read(path, 256, &length, NULL);
    if (text != NULL && strncmp(text, r->commit, REPO_COMMIT_LENGTH) == 0)
        text_printf(&r->names, "%s%s", r->names.length > 0 ? ", " : "", within);
    mem_free(text);
    return true;
}

struct visitor {
    void (*visit)(const struct hub_entry *entry, void *context);
    void *context;
    const char *cache;
    const struct hub_repo *repo;
    struct err *e;
};

static bool show_commit(const struct visitor *v, const char *commit)
{
    struct references references = {.commit = commit};
    struct cached_model model;
    uint64_t bytes = 0;
    char *refs = cache_path(v->cache, v->repo, "refs", NULL, NULL);
    char *path = cache_path(v->cache, v->repo, "snapshots", commit, NULL);
    bool ok = (refs != NULL && path != NULL) || err_memory(v->e);
    ok = ok && visit_files(refs, "", 0, add_reference, &references) &&
         visit_files(path, "", 0, add_size, &bytes) &&
         cache_model(v->cache, v->repo, commit, &model) &&
         (!references.names.failed || err_memory(v->e));
    if (ok) {
        struct hub_entry entry = {.name = v->repo->id,
                                  .revision = text_get(&references.names),
                                  .commit = commit,
                                  .path = path,
                                  .bytes = bytes,
                                  .missing = model.config && model.weights ? NULL : model.missing};
        v->visit(&entry, v->context);
    }
    text_done(&references.names);
    mem_free(refs);
    mem_free(path);
    return ok;
}

static bool show_repo(const struct visitor *v)
{
    struct folder_names commits;
    char *snapshots = cache_path(v->cache, v->repo, "snapshots", NULL, NULL);
    bool ok = snapshots != NULL ? folder_read(snapshots, &commits) : err_memory(v->e);
    mem_free(snapshots);
    if (!ok)
        return false;
    for (size_t i = 0; ok && i < commits.count; i++)
        if (repo_is_commit(commits.names[i]))
            ok = show_commit(v, commits.names[i]);
    folder_done(&commits);
    return ok;
}

bool hub_each(void (*visit)(const struct hub_entry *entry, void *context), void *context,
              struct err *e)
{
    struct hub_settings settings;
    struct folder_names folders = {0};
    bool ok = hub_settings_read(&settings) && folder_read(settings.cache, &folders);
    for (size_t i = 0; ok && i < folders.count; i++) {
        struct hub_repo repo;
        struct visitor v = {visit, context, settings.cache, &repo, e};
        if (repo_of_folder(folders.names[i], &repo))
            ok = show_repo(&v);
    }
    folder_done(&folders);
    hub_settings_done(&settings);
    return ok;
}
