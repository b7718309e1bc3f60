#include "layout.h"

#include <ctype.h>
#include <string.h>

#include "bilens/base/err.h"
#include "bilens/base/mem.h"
#include "bilens/base/text.h"
#include "bilens/formats/checkpoint.h"
#include "config.h"

/* --- Names --- */

/* Adds the name of a pattern's tensor. */
static void add_name(struct text *out, const char *prefix, const char *pattern, size_t layer)
{
    for (const char *p = pattern; *p != '\0'; p++) {
        if (*p == '~')
            text_add(out, prefix);
        else if (*p == '*')
            text_printf(out, "%zu", layer);
        else
            text_add_char(out, *p);
    }
}

char *layout_tensor_name(const struct layout_found *found, const char *pattern, size_t layer)
{
    struct text name = TEXT_EMPTY;

    add_name(&name, found->prefix, pattern, layer);
    return text_take(&name);
}

/* `*` stands for one or more digits. */
bool layout_matches(const struct layout_found *found, const char *pattern, const char *name)
{
    if (pattern == NULL)
        return false;
    if (*pattern == '~') {
        size_t length = strlen(found->prefix);
        if (strncmp(name, found->prefix, length) != 0)
            return false;
        name += length;
        pattern++;
    }
    for (; *pattern != '\0'; pattern++) {
        if (*pattern != '*') {
            if (*name++ != *pattern)
                return false;
            continue;
        }
        if (!isdigit((unsigned char)*name))
            return false;
        while (isdigit((unsigned char)*name))
            name++;
    }
    return *name == '\0';
}

bool layout_is_buffer(const struct layout_found *found, const char *name)
{
    for (const char *const *buffer = found->layout->buffers; *buffer != NULL; buffer++) {
        if (layout_matches(found, *buffer, name))
            return true;
    }
    return false;
}

/* --- Recognition --- */

struct evidence {
    const struct checkpoint *file;
    const struct config *config;
    const char *prefix;  /* that is tried */
    struct text *reason; /* the marks that held; of use only if all did */
    struct err *e;
};

static const char *model_type(const struct config *config)
{
    const char *type = NULL;
    struct err ignored;

    return config_get_string(config, "model_type", &type, &ignored) ? type : NULL;
}

static bool five_to_one(const struct checkpoint_tensor *t)
{
    const uint64_t *shape;

    if (t == NULL || t->tensor->rank != 2)
        return false;
    shape = t->tensor->shape;
    return shape[1] != 0 && shape[0] / 5 == shape[1] && shape[0] % 5 == 0;
}

/* Does it hold? Adds it to the reason. */
static bool mark_holds(struct evidence *v, struct layout_mark mark, const char *name)
{
    const struct checkpoint_tensor *t = checkpoint_find(v->file, name);
    const char *type;

    switch (mark.kind) {
    case MARK_TENSOR:
        text_printf(v->reason, "; has %s", name);
        return t != NULL;
    case MARK_NO_TENSOR:
        text_printf(v->reason, "; has no %s", name);
        return t == NULL;
    case MARK_KEY:
        text_printf(v->reason, "; config.json has the key \"%s\"", mark.what);
        return config_has(v->config, mark.what);
    case MARK_TYPE:
        type = model_type(v->config);
        text_printf(v->reason, "; model_type is \"%s\"", mark.what);
        return type != NULL && strcmp(type, mark.what) == 0;
    case MARK_FIVE_TO_ONE:
        text_printf(v->reason, "; %s has five times as many rows as columns", name);
        return five_to_one(t);
    case MARK_END:
        break;
    }
    return false;
}

static bool marks_hold(struct evidence *v, const struct layout *layout)
{
    bool hold = true;

    text_clear(v->reason);
    for (size_t i = 0; hold && i < LAYOUT_MOST_MARKS && layout->marks[i].kind != MARK_END; i++) {
        struct text name = TEXT_EMPTY;
        add_name(&name, v->prefix, layout->marks[i].what, 0);
        hold = mark_holds(v, layout->marks[i], text_get(&name));
        text_done(&name);
    }
    return hold;
}

/* With the family's prefix, or without. */
static bool layout_fits(struct evidence *v, const struct layout *layout)
{
    v->prefix = layout->prefix == NULL ? "" : layout->prefix;
    if (marks_hold(v, layout))
        return true;
    if (layout->prefix == NULL)
        return false;
    v->prefix = "";
    return marks_hold(v, layout);
}

static void list_known(struct err *e)
{
    const char *separator = "";

    err_append(e, "; known layouts: ");
    for (size_t i = 0; layout_row(i) != NULL; i++) {
        if (layout_row(i)->refusal != NULL)
            continue;
        err_append(e, "%s%s", separator, layout_row(i)->name);
        separator = "; ";
    }
}

/* What was found, so that the reader can tell what it is that bilens does not know. */
static void refuse_unknown(const struct evidence *v)
{
    size_t count = checkpoint_count(v->file), shown = count < 6 ? count : 6;
    const char *type = model_type(v->config);

    err_set(v->e, ERR_UNSUPPORTED, "%s: not a layout that bilens knows; found ",
            checkpoint_path(v->file));
    if (type != NULL)
        err_append(v->e, "model_type \"%.100s\" and ", type);
    err_append(v->e, "%zu tensors", count);
    for (size_t i = 0; i < shown; i++) {
        size_t place = i * (count - 1) / (shown > 1 ? shown - 1 : 1);
        err_append(v->e, "%s%.100s", i == 0 ? ": " : ", ",
                   checkpoint_get(v->file, place)->tensor->name);
    }
    if (shown < count)
        err_append(v->e, ", ...");
    list_known(v->e);
}

static const struct layout *find_layout(struct evidence *v)
{
    for (size_t i = 0; layout_row(i) != NULL; i++) {
        const struct layout *layout = layout_row(i);
        if (!layout_fits(v, layout))
            continue;
        if (layout->refusal == NULL)
            return layout;
        err_set(v->e, ERR_UNSUPPORTED, "%s: this is the layout \"%s\": %s",
                checkpoint_path(v->file), layout->name, layout->refusal);
        return NULL;
    }
    refuse_unknown(v);
    return NULL;
}

bool layout_recognise(const struct checkpoint *file, const struct config *config,
                      struct layout_found *out, struct err *e)
{
    struct text reason = TEXT_EMPTY;
    struct evidence v = {.file = file, .config = config, .reason = &reason, .e = e};

    out->layout = find_layout(&v);
    out->prefix = v.prefix;
    out->reason = out->layout == NULL ? NULL : mem_strdup(text_get(&reason) + strlen("; "));
    text_done(&reason);
    return out->layout != NULL;
}
