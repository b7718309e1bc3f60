/* The files that an index of shards names, as names for a URL and for the cache. */
#include <string.h>

#include "bilens/base/err.h"
#include "cache.h"

/* shard_index_read refuses what leads out of the folder. A server and the cache know a file by
 * one name only, so that nothing is asked for twice, or hides, and no control character is in it.
 */
static bool is_plain(const char *name)
{
    if (strlen(name) > 200)
        return false;
    for (const char *c = name; *c != '\0'; c++)
        if ((unsigned char)*c < ' ' || *c == '\x7f' ||
            ((c == name || c[-1] == '/') && (*c == '/' || *c == '.')))
            return false;
    return true;
}

bool shards_read(const char *path, struct shard_index *out, struct err *e)
{
    bool ok = shard_index_read(path, out, e);
    for (size_t i = 0; ok && i < out->file_count; i++)
        if (!is_plain(out->files[i]))
            ok = err_set(e, ERR_FORMAT, "%s: the file name \"%.200s\" is refused", path,
                         out->files[i]);
    if (!ok)
        shard_index_done(out);
    return ok;
}
