#include "bilens/lang/subject.h"

#include "bilens/base/mem.h"

void subject_done(struct subject *s)
{
    value_unref(s->value);
    value_unref(s->about);
    mem_free(s->source);
    *s = (struct subject){0};
}

struct subject subject_ref(const struct subject *s)
{
    struct subject out = *s;
    if (out.value != NULL)
        value_ref(out.value);
    if (out.about != NULL)
        value_ref(out.about);
    if (out.source != NULL)
        out.source = mem_strdup(out.source);
    return out;
}
