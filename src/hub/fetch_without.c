/* In the place of fetch.c where bilens is built without libcurl: the cache is only read. */
#include "fetch.h"

#include "bilens/base/err.h"

bool fetch_model(struct hub_settings *s, const struct hub_repo *r, const char *revision,
                 char commit[REPO_COMMIT_LENGTH + 1], struct err *e)
{
    (void)s;
    (void)commit;
    return err_set(e, ERR_UNSUPPORTED,
                   "this bilens was built without libcurl and downloads nothing; what Python's "
                   "huggingface_hub brings (hf download %s --revision %s) it can load",
                   r->id, revision);
}
