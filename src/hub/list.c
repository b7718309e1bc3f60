/* What is in the cache. */
#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "bilens/base/err.h"
#include "bilens/base/mem.h"
#include "bilens/base/text.h"
#include "bilens/hub/hub.h"
#include "bilens/hub/repo.h"
#include "bilens/hub/settings.h"
#include "bilens/model/file.h"
#include "cache.h"

enum { DEPTH_MOST = 8 /* of folders in refs or in a snapshot */ };

/* Names in a folder, sorted. */
struct names {
    char **names;
    size_t count;
};

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void names_done(struct names *n)
{
    for (size_t i = 0; i < n->count; i++)
        mem_free(n->names[i]);
    mem_free(n->names);
    *n = (struct names){0};
}

/* A folder that cannot be read is an empty one. False where memory is short. */
static bool names_read(const char *folder, struct names *out, struct err *e)
{
    DIR *directory = opendir(folder);
    bool ok = true;
    *out = (struct names){0};
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
        names_done(out);
    return ok || err_memory(e);
}

/* Calls visit for every file below the folder, with its path within it. */
static bool visit_files(const char *folder, const char *within, int depth,
                        bool (*visit)(const char *path, const char *within, void *context),
                        void *context, struct err *e)
{
    struct names names;
    if (!names_read(folder, &names, e))
        return false;
    bool ok = true;
    for (size_t i = 0; ok && i < names.count; i++) {
        char *path = file_join(folder, names.names[i], e);
        char *inner =
            within[0] != '\0' ? file_join(within, names.names[i], e) : mem_strdup(names.names[i]);
        ok = (path != NULL && inner != NULL) || err_memory(e);
        if (ok && !file_is_directory(path))
            ok = visit(path, inner, context);
        else if (ok && depth < DEPTH_MOST)
            ok = visit_files(path, inner, depth + 1, visit, context, e);
        mem_free(path);
        mem_free(inner);
    }
    names_done(&names);
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
    ok = ok && visit_files(refs, "", 0, add_reference, &references, v->e) &&
         visit_files(path, "", 0, add_size, &bytes, v->e) &&
         cache_model(v->cache, v->repo, commit, &model, v->e) &&
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
    struct names commits;
    char *snapshots = cache_path(v->cache, v->repo, "snapshots", NULL, NULL);
    bool ok = snapshots != NULL ? names_read(snapshots, &commits, v->e) : err_memory(v->e);
    mem_free(snapshots);
    if (!ok)
        return false;
    for (size_t i = 0; ok && i < commits.count; i++)
        if (repo_is_commit(commits.names[i]))
            ok = show_commit(v, commits.names[i]);
    names_done(&commits);
    return ok;
}

bool hub_each(void (*visit)(const struct hub_entry *entry, void *context), void *context,
              struct err *e)
{
    struct hub_settings settings;
    struct names folders = {0};
    bool ok = hub_settings_read(&settings, e) && names_read(settings.cache, &folders, e);
    for (size_t i = 0; ok && i < folders.count; i++) {
        struct hub_repo repo;
        struct visitor v = {visit, context, settings.cache, &repo, e};
        if (repo_of_folder(folders.names[i], &repo))
            ok = show_repo(&v);
    }
    names_done(&folders);
    hub_settings_done(&settings);
    return ok;
}
