#include <ctype.h>
#include <string.h>

#include "bilens/base/mem.h"
#include "views.h"

void origin_done(struct origin *o)
{
    mem_free(o->title);
    mem_free(o->before);
    mem_free(o->source);
    mem_free(o->of);
    *o = (struct origin){0};
}

void origin_make(struct origin *out, const char *title, const char *before, const char *source)
{
    *out = (struct origin){.title = mem_strdup(title),
                           .before = before != NULL ? mem_strdup(before) : NULL,
                           .source = source != NULL ? mem_strdup(source) : NULL};
}

/* Does an index bind to all of it? Names, fields, and what is indexed already: but an index
 * behind an index would mean another thing. */
static bool is_plain(const char *source)
{
    for (; *source != '\0'; source++)
        if (!isalnum((unsigned char)*source) && *source != '_' && *source != '.')
            return false;
    return true;
}

void source_index(const char *source, const char *index, struct text *out)
{
    bool plain = is_plain(source);
    if (index[0] == '\0')
        text_add(out, source);
    else
        text_printf(out, "%s%s%s[%s]", plain ? "" : "(", source, plain ? "" : ")", index);
}

void source_member(const struct value *v, size_t n, struct text *out)
{
    size_t place[STACK_MOST];
    for (size_t i = v->stack; i-- > 0;) {
        place[i] = n % v->axes[i].size;
        n /= v->axes[i].size;
    }
    for (size_t i = 0; i < v->stack; i++)
        text_printf(out, "%s%zu", i > 0 ? "," : "", place[i]);
}

const char *view_axis_name(enum axis_kind kind)
{
    return kind == AXIS_HEAD ? "d_head" : axis_kind_name(kind);
}

void origin_before(const struct origin *o, struct text *out)
{
    if (o->before != NULL)
        text_printf(out, "%s; ", o->before);
}

void view_keep_word(char **kept, const char *word)
{
    mem_free(*kept);
    *kept = mem_strdup(word);
}
