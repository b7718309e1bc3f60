/* In the place of fetch.c where bilens is built without libcurl: the cache is only read. */
#include "fetch.h"

#include "bilens/base/err.h"

bool fetch_model(struct hub_settings *s, const struct hub_repo *r, const char *revision,
                 char commit[REPO_COMMIT_LENGTH + 1], struct err *e)
{
    (void)commit;
    return err_set(e, ERR_UNSUPPORTED,
                   "%s is not whole in the cache %s, nor a file or folder; this bilens was built "
                   "without libcurl and cannot download it, but Python's huggingface_hub can: "
                   "hf download %s --revision %s",
                   r->id, s->cache, r->id, revision);
}
