#include "view.h"

#include <stdio.h>
#include <string.h>

#include "bilens/base/err.h"
#include "bilens/base/mem.h"
#include "bilens/base/text.h"
#include "bilens/base/utf8.h"
#include "bilens/session/output.h"
#include "bilens/view/spectra.h"
#include "bilens/view/view.h"

bool host_view(struct host *h, struct err *e)
{
    struct session *s = h->session;
    if (!view_possible(e))
        return false;
    s->wants_view = true;
    return true;
}

void latest_done(struct latest *l)
{
    subject_done(&l->subject);
    report_free(l->report);
    mem_free(l->statement);
    *l = (struct latest){0};
}

bool view_keep(struct session *s, const char *text, const struct statement *statement,
               struct report **report, struct err *e)
{
    const struct statement *asked = statement->inner != NULL ? statement->inner : statement;
    struct subject *subject = &s->state.subject;
    if (subject->about != NULL && subject->value != NULL)
        spectra_note(s->spectra, subject->about, subject->value);
    if (subject->value == NULL && !report_computed(*report) && statement->inner == NULL)
        return true; /* it told something of the session, or of the program */
    char *words = mem_strndup(text + asked->start, asked->end - asked->start);
    if (words == NULL)
        return err_memory(e);
    latest_done(&s->latest);
    s->latest = (struct latest){.statement = words, .report = *report, .subject = *subject};
    *report = NULL;
    *subject = (struct subject){0};
    return true;
}

/* The report as the prompt draws it. */
static struct canvas *draw_page(void *context, const struct report *r, const struct theme *theme,
                                size_t width, struct err *e)
{
    const struct session *s = context;
    struct answer answer = {.statement = "", .report = r, .bound = ""};
    struct look look = {.theme = *theme, .width = width, .ledger = s->settings.ledger};
    return present_canvas(&answer, &look, e);
}

/* The statement that the user took along: for the next prompt, or, where there is none, for
 * whoever reads the output. */
static void keep_typed(struct session *s, struct text *typed)
{
    if (s->interactive) {
        mem_free(s->typed);
        s->typed = text_take(typed);
        return;
    }
    struct text safe = TEXT_EMPTY;
    utf8_escape(&safe, text_get(typed), typed->length, false);
    text_add_char(&safe, '\n');
    output_write(s, text_get(&safe), safe.length);
    text_done(&safe);
}

bool view_pending(struct session *s, struct err *e)
{
    if (!s->wants_view)
        return true;
    s->wants_view = false;
    struct view_host host = {.state = &s->state,
                             .theme = session_look(s).theme,
                             .memory = s->settings.memory,
                             .spectra = s->spectra,
                             .context = s,
                             .page = draw_page};
    struct view_request request = {&s->latest.subject, s->latest.report, s->latest.statement};
    struct text typed = TEXT_EMPTY;
    fflush(stdout);
    bool ok = view_run(&host, &request, &typed, e);
    if (ok && typed.length > 0)
        keep_typed(s, &typed);
    text_done(&typed);
    return ok;
}
