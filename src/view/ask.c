/* The statements by which one view leads to another. */
#include <string.h>

#include "bilens/base/err.h"
#include "bilens/base/utf8.h"
#include "views.h"

bool open_spectrum(struct explorer *x, struct value *v, size_t member, unsigned traits,
                   const struct origin *o, struct err *e)
{
    if (o->source == NULL) /* no expression: it cannot be asked for, only computed */
        return err_set(e, ERR_UNSUPPORTED,
                       "what is shown has no expression; bind it to a name, and "
                       "look at svd NAME");
    struct text index = TEXT_EMPTY, source = TEXT_EMPTY, statement = TEXT_EMPTY;
    (void)traits;
    if (member != EVERY_MEMBER && v->stack > 0)
        source_member(v, member, &index);
    source_index(o->source, text_get(&index), &source);
    text_printf(&statement, "svd %s", text_get(&source));
    bool ok = explorer_ask(x, o->before, text_get(&statement), e);
    text_done(&index);
    text_done(&source);
    text_done(&statement);
    return ok;
}

/* A token as the language names it: by its word where that means it, else by its number. */
static void token_source(struct axis axis, size_t place, struct text *out)
{
    struct text label = TEXT_EMPTY;
    size_t original = axis_original(axis, place), meant;
    struct err ignored = {0};
    struct text safe = TEXT_EMPTY;
    bool named = axis.labels->class->name(axis.labels, original, &label) && label.length > 0 &&
                 strlen(text_get(&label)) == label.length &&
                 axis.labels->class->find(axis.labels, text_get(&label), &meant, &ignored) &&
                 meant == original;
    utf8_escape(&safe, text_get(&label), label.length, false);
    named =
        named && strcmp(text_get(&safe), text_get(&label)) == 0; /* the prompt escapes nothing */
    text_done(&safe);
    if (!named) {
        text_printf(out, "w_u[%zu]", original);
    } else {
        text_add_char(out, '"');
        for (const char *s = text_get(&label); *s != '\0'; s++) {
            if (*s == '"' || *s == '\\')
                text_add_char(out, '\\');
            text_add_char(out, *s);
        }
        text_add_char(out, '"');
    }
    text_done(&label);
}

bool open_interaction(struct explorer *x, struct axis axis, size_t place, struct err *e)
{
    struct text statement = TEXT_EMPTY;
    if (axis.kind != AXIS_TOKEN)
        return err_set(e, ERR_TYPE, "the interaction is that of a token; this is %s %zu",
                       view_axis_name(axis.kind), axis_original(axis, place));
    text_add(&statement, "interaction ");
    if (axis.labels != NULL)
        token_source(axis, place, &statement);
    else
        text_printf(&statement, "w_u[%zu]", axis_original(axis, place));
    bool ok = explorer_ask(x, NULL, text_get(&statement), e);
    text_done(&statement);
    return ok;
}
