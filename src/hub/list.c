/* What is in the cache. */
#include <string.h>
#include <sys/stat.h>

#include "bilens/base/mem.h"
#include "bilens/base/text.h"
#include "bilens/formats/file.h"
#include "bilens/hub/hub.h"
#include "cache.h"
#include "repo.h"
#include "settings.h"

enum { DEPTH_MOST = 8 /* of folders in refs or in a snapshot */ };

/* Calls visit for every file below the folder, with its path within it. */
static void visit_files(const char *folder, const char *within, int depth,
                        void (*visit)(const char *path, const char *within, void *context),
                        void *context)
{
    struct file_names names = file_names(folder);
    for (size_t i = 0; i < names.count; i++) {
        char *path = file_join(folder, names.names[i]);
        char *inner =
            within[0] != '\0' ? file_join(within, names.names[i]) : mem_strdup(names.names[i]);
        if (!file_is_directory(path))
            visit(path, inner, context);
        else if (depth < DEPTH_MOST)
            visit_files(path, inner, depth + 1, visit, context);
        mem_free(path);
        mem_free(inner);
    }
    file_names_done(&names);
}

static void add_size(const char *path, const char *within, void *context)
{
    struct stat info;
    (void)within;
    if (stat(path, &info) == 0 && S_ISREG(info.st_mode))
        *(uint64_t *)context += (uint64_t)info.st_size;
}

/* The branches and tags that stand for a commit. */
struct references {
    const char *commit;
    struct text names;
};

static void add_reference(const char *path, const char *within, void *context)
{
    struct references *r = context;
    size_t length = 0;
    char *text = file_read(path, 256, &length, NULL);
    if (text != NULL && strncmp(text, r->commit, REPO_COMMIT_LENGTH) == 0)
        text_printf(&r->names, "%s%s", r->names.length > 0 ? ", " : "", within);
    mem_free(text);
}

struct visitor {
    void (*visit)(const struct hub_entry *entry, void *context);
    void *context;
    const char *cache;
    const struct hub_repo *repo;
};

static void show_commit(const struct visitor *v, const char *commit)
{
    struct references references = {.commit = commit};
    struct cached_model model;
    uint64_t bytes = 0;
    char *refs = cache_path(v->cache, v->repo, "refs", NULL, NULL);
    char *path = cache_path(v->cache, v->repo, "snapshots", commit, NULL);
    visit_files(refs, "", 0, add_reference, &references);
    visit_files(path, "", 0, add_size, &bytes);
    cache_model(v->cache, v->repo, commit, &model);
    struct hub_entry entry = {.name = v->repo->id,
                              .revision = text_get(&references.names),
                              .commit = commit,
                              .path = path,
                              .bytes = bytes,
                              .missing = model.config && model.weights ? NULL : model.missing};
    v->visit(&entry, v->context);
    text_done(&references.names);
    mem_free(refs);
    mem_free(path);
}

static void show_repo(const struct visitor *v)
{
    char *snapshots = cache_path(v->cache, v->repo, "snapshots", NULL, NULL);
    struct file_names commits = file_names(snapshots);
    for (size_t i = 0; i < commits.count; i++)
        if (repo_is_commit(commits.names[i]))
            show_commit(v, commits.names[i]);
    file_names_done(&commits);
    mem_free(snapshots);
}

void hub_each(void (*visit)(const struct hub_entry *entry, void *context), void *context)
{
    struct hub_settings settings;
    hub_settings_read(&settings);
    struct file_names folders = file_names(settings.cache);
    for (size_t i = 0; i < folders.count; i++) {
        struct hub_repo repo;
        struct visitor v = {visit, context, settings.cache, &repo};
        if (repo_of_folder(folders.names[i], &repo))
            show_repo(&v);
    }
    file_names_done(&folders);
    hub_settings_done(&settings);
}
