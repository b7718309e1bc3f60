#include "bilens/model/data.h"

#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include "bilens/base/mem.h"
#include "bilens/base/text.h"
#include "bilens/formats/file.h"

#ifndef BILENS_PKGDATADIR
#define BILENS_PKGDATADIR "/usr/local/share/bilens"
#endif

enum { LINK_MOST = 4096 };

/* The folder that the program lies in, without its last part: "/usr" of "/usr/bin/bilens". */
static bool program_prefix(char *out)
{
    ssize_t length = readlink("/proc/self/exe", out, LINK_MOST - 1);

    if (length <= 0 || length >= LINK_MOST - 1)
        return false;
    out[length] = '\0';
    for (int parts = 0; parts < 2; parts++) {
        char *slash = strrchr(out, '/');
        if (slash == NULL)
            return false;
        *slash = '\0';
    }
    return true;
}

static bool visit_place(const char *prefix, const char *between, const char *kind,
                        bool (*visit)(const char *place, void *context), void *context)
{
    struct text place = TEXT_EMPTY;
    bool more = true;

    text_printf(&place, "%s%s%s", prefix, between, kind);
    if (file_is_directory(text_get(&place)))
        more = visit(text_get(&place), context);
    text_done(&place);
    return more;
}

bool data_visit(const char *kind, bool (*visit)(const char *place, void *context), void *context)
{
    char prefix[LINK_MOST];
    bool models = strcmp(kind, "models") == 0;

    if (program_prefix(prefix) &&
        (!visit_place(prefix, "/share/bilens/", kind, visit, context) ||
         !visit_place(prefix, models ? "/examples/" : "/", kind, visit, context)))
        return false;
    struct text place = TEXT_EMPTY;
    text_printf(&place, "%s/%s", BILENS_PKGDATADIR, kind);
    bool more = visit(text_get(&place), context);
    text_done(&place);
    return more;
}

struct search {
    const char *name;
    char *found;
};

static bool look(const char *place, void *context)
{
    struct search *s = context;
    char *path = file_join(place, s->name);

    if (file_exists(path)) {
        s->found = path;
        return false;
    }
    mem_free(path);
    return true;
}

char *data_find(const char *kind, const char *name)
{
    struct search s = {.name = name};

    data_visit(kind, look, &s);
    return s.found;
}
