/* An answer as a figure: the drawings of the text format, as lines, areas and text. */
#include "bilens/base/mem.h"
#include "bilens/draw/svg.h"
#include "bilens/present/present.h"
#include "page.h"

bool present_svg(const struct answer *answer, const struct look *look, struct text *out,
                 struct err *e)
{
    struct svg svg = svg_begin(false);
    struct page p = {.theme = &figure_theme,
                     .width = look->width > 0 ? look->width : 1,
                     .ledger = look->ledger,
                     .svg = &svg,
                     .e = e};
    char *title = mem_strndup(answer->statement, answer->length);
    bool ok = page_answer(&p, answer);
    if (ok)
        svg_end(&svg, title, out);
    else
        svg_done(&svg);
    mem_free(title);
    return ok;
}
