/* Whether a directory holds a model that could be loaded. */
#include "bilens/base/err.h"
#include "bilens/base/mem.h"
#include "bilens/model/config.h"
#include "bilens/model/file.h"
#include "bilens/model/layout.h"
#include "bilens/model/safetensors.h"

const char *model_recognise(const char *directory, struct err *e)
{
    char *weights = file_join(directory, "model.safetensors", e);
    char *settings = file_join(directory, "config.json", e), *reason = NULL;
    struct safetensors *file = NULL;
    struct config *config = NULL;
    const struct layout *layout = NULL;
    if (weights != NULL && settings != NULL) {
        file = safetensors_open(weights, e);
        config = file != NULL ? config_read(settings, e) : NULL;
        layout = config != NULL ? layout_recognise(file, config, &reason, e) : NULL;
    }
    mem_free(reason);
    config_free(config);
    safetensors_unref(file);
    mem_free(settings);
    mem_free(weights);
    return layout != NULL ? layout->name : NULL;
}
