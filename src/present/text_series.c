/* Series: a line for each member of a stack in one plot, or bars where a spectrum has
 * signs; below it what the eye cannot read off. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "bilens/base/mem.h"
#include "bilens/base/text.h"
#include "bilens/lang/value.h"
#include "bilens/num/measures.h"
#include "page.h"

enum { FACET_CELLS = 36, FACET_GAP = 3, FEW = 12 };

/* What there is to say about a series. */
struct facts {
    size_t positive, negative, odd; /* odd: not finite */
    size_t at_most, at_least;
    double most, least; /* NaN: no finite value */
};

static struct facts facts_of(const struct series *s)
{
    struct facts f = {.most = NAN, .least = NAN};
    for (size_t i = 0; i < s->count; i++) {
        double value = s->values[i];
        f.odd += !isfinite(value);
        if (!isfinite(value))
            continue;
        f.positive += value > 0;
        f.negative += value < 0;
        if (isnan(f.most) || value > f.most) {
            f.most = value;
            f.at_most = i;
        }
        if (isnan(f.least) || value < f.least) {
            f.least = value;
            f.at_least = i;
        }
    }
    return f;
}

/* May both be lines of one plot? Bars of other names may not: they have no legend. */
static bool share_plot(const struct block *a, const struct block *b)
{
    const struct series *s = &a->series, *t = &b->series;
    return b->kind == BLOCK_SERIES && t->style == s->style && t->x0 == s->x0 &&
           t->step == s->step && t->log_x == s->log_x && t->log_y == s->log_y &&
           (s->style == SERIES_LINE || (s->drawn && t->drawn)) && strcmp(t->axis, s->axis) == 0;
}

size_t run_plots(const struct block *first, size_t count)
{
    size_t n = run_series(first, count);
    while (n < count && share_plot(first, &first[n]))
        n++;
    return n;
}

static bool one_name(const struct block *run, size_t count)
{
    for (size_t i = 1; i < count; i++)
        if (strcmp(run->series.name, run[i].series.name) != 0)
            return false;
    return true;
}

/* "0.1" in a stack, "u0", or both. Appends. */
static void series_name(const struct block *b, bool one, struct text *out)
{
    if (!one || b->member.count == 0)
        text_add(out, b->series.name);
    if (!one && b->member.count > 0)
        text_add_char(out, ' ');
    member_name(b->member, out);
}

/* The title of a plot; NULL where the report's title says it already. */
static const char *plot_title(const struct page *p, const struct block *run, size_t count)
{
    const char *name = run->series.name;
    if (!one_name(run, count))
        return NULL;
    return p->title != NULL && strncmp(p->title, name, strlen(name)) == 0 ? NULL : name;
}

/* The lines of one plot; the names, as many, are the caller's to free. */
static void name_lines(const struct block *run, size_t count, struct line *lines, char **names)
{
    bool one = one_name(run, count);
    for (size_t i = 0; i < count; i++) {
        struct text name = TEXT_EMPTY;
        series_name(&run[i], one, &name);
        names[i] = text_take(&name);
        lines[i] =
            (struct line){count > 1 ? names[i] : NULL, run[i].series.values, run[i].series.count};
    }
}

/* What the plot's axes are: where x begins, its name, and which of them are logarithmic. */
static void plot_axes(const struct block *run, size_t count, bool bars, struct plot *plot,
                      struct text *x_name)
{
    const struct series *s = &run->series;
    bool log = !bars;
    for (size_t i = 0; log && i < count; i++)
        log = run[i].series.style == SERIES_SPECTRUM &&
              measures_dwarfed(run[i].series.values, run[i].series.count);
    plot->log_x = s->log_x;
    plot->log_y = s->log_y || log;
    plot->y_name = plot->log_y ? "log scale" : NULL;
    plot->bars = bars && !s->log_y;      /* from zero, which a log axis has not */
    plot->x0 = s->step == 1 ? s->x0 : 0; /* else: places */
    text_add(x_name, s->axis);
    if (s->log_x && plot->x0 == 0) { /* or the first value would have no place */
        plot->x0 = 1;
        text_add(x_name, " + 1");
    }
    text_add(x_name, s->log_x ? ", log scale" : "");
    plot->x_name = text_get(x_name);
}

static bool plot_lines(struct page *p, const struct block *run, size_t count, bool bars)
{
    struct line *lines = mem_new(count, sizeof *lines);
    char **names = mem_new(count, sizeof *names);
    struct text x_name = TEXT_EMPTY;
    struct plot plot = {.title = plot_title(p, run, count),
                        .lines = lines,
                        .count = count,
                        .width = p->width,
                        .screen = p->height};
    plot_axes(run, count, bars, &plot, &x_name);
    name_lines(run, count, lines, names);
    bool ok = page_put(p, draw_plot(&plot, p->theme, p->e));
    for (size_t i = 0; i < count; i++)
        mem_free(names[i]);
    text_done(&x_name);
    mem_free(names);
    mem_free(lines);
    return ok;
}

/* The bars of one member, below its name. */
static struct canvas *bars_canvas(const struct page *p, const struct block *b, bool one,
                                  size_t width)
{
    struct text title = TEXT_EMPTY;
    struct line line = {NULL, b->series.values, b->series.count};
    if (!one)
        series_name(b, false, &title);
    else
        member_title(&b->member, &title);
    struct plot plot = {.title = text_get(&title),
                        .x_name = b->series.axis,
                        .lines = &line,
                        .count = 1,
                        .x0 = b->series.step == 1 ? b->series.x0 : 0,
                        .bars = true,
                        .width = width,
                        .screen = p->height};
    struct canvas *c = draw_plot(&plot, p->theme, p->e);
    text_done(&title);
    return c;
}

/* One plot of bars for each member: bars of several in one would hide each other. */
static bool plot_facets(struct page *p, const struct block *run, size_t count)
{
    size_t across = (p->width + FACET_GAP) / (FACET_CELLS + FACET_GAP);
    across = across < 1 ? 1 : across > count ? count : across;
    size_t width = (p->width - (across - 1) * FACET_GAP) / across;
    const char *title = plot_title(p, run, count);
    if (title != NULL && !page_write(p, ROLE_TITLE, title))
        return false;
    struct canvas **parts = mem_new(count, sizeof *parts);
    for (size_t i = 0; i < count; i++)
        parts[i] = bars_canvas(p, &run[i], one_name(run, count), width);
    return page_put_facets(p, parts, count, FACET_GAP);
}

/* ", largest 13.966"; and where it stands, unless order says it. Appends. */
static void fact(struct text *line, const struct series *s, const char *what, double value,
                 size_t at)
{
    text_add(line, what);
    text_number(line, value);
    if (s->count > 1 && s->style != SERIES_SPECTRUM)
        text_printf(line, " at %.10g", s->x0 + (double)at * s->step);
}

/* "256 values, largest 13.966, smallest 0.021401". */
static bool write_facts(struct page *p, const struct series *s)
{
    struct text line = TEXT_EMPTY;
    struct facts f = facts_of(s);
    text_printf(&line, "%zu value%s", s->count, s->count == 1 ? "" : "s");
    if (s->style == SERIES_SPECTRUM && f.negative > 0)
        text_printf(&line, ", %zu positive, %zu negative", f.positive, f.negative);
    if (f.odd == s->count)
        text_add(&line, s->count > 0 ? ", none of them finite" : "");
    else {
        fact(&line, s, s->count == 1 ? ", " : ", largest ", f.most, f.at_most);
        if (s->count > 1)
            fact(&line, s, ", smallest ", f.least, f.at_least);
    }
    if (f.odd > 0 && f.odd < s->count)
        text_printf(&line, ", %zu not finite", f.odd);
    bool ok = page_write(p, ROLE_DIM, text_get(&line));
    text_done(&line);
    return ok;
}

static void facts_row(struct frame *t, size_t row, const struct block *b, bool one,
                      const struct number_format format[2])
{
    struct facts f = facts_of(&b->series);
    struct text name = TEXT_EMPTY;
    char count[NUMBER_ROOM], most[NUMBER_ROOM], least[NUMBER_ROOM];
    series_name(b, one, &name);
    snprintf(count, sizeof count, "%zu", b->series.count);
    format_write(&format[0], f.most, most);
    format_write(&format[1], f.least, least);
    frame_text(t, 0, row, text_get(&name));
    frame_text(t, 1, row, count);
    frame_text(t, 2, row, most);
    frame_text(t, 3, row, least);
    text_done(&name);
}

static bool write_fact_table(struct page *p, const struct block *run, size_t count)
{
    const struct member *m = &run->member;
    bool one = one_name(run, count);
    struct number_format full = {.digits = digits_shown(), .full = true}, format[] = {full, full};
    struct frame t;
    frame_new(&t, 4, count);
    bool stack = one && m->count > 0;
    frame_head(&t, 0, stack ? member_axis_name(m->axis[m->count - 1]) : "", ALIGN_LEFT, ROLE_DIM);
    frame_head(&t, 1, "values", ALIGN_RIGHT, ROLE_DIM);
    frame_head(&t, 2, "largest", ALIGN_RIGHT, ROLE_DIM);
    frame_head(&t, 3, "smallest", ALIGN_RIGHT, ROLE_DIM);
    for (size_t i = 0; i < count; i++) {
        struct facts f = facts_of(&run[i].series);
        format_see(&format[0], f.most);
        format_see(&format[1], f.least);
    }
    format_settle(&format[0]);
    format_settle(&format[1]);
    for (size_t i = 0; i < count; i++)
        facts_row(&t, i, &run[i], one, format);
    bool ok = page_put(p, frame_draw(&t, NULL, p, p->width));
    frame_free(&t);
    return ok;
}

/* A few numbers are better read than drawn. */
static bool write_few(struct page *p, const struct series *s)
{
    struct text line = TEXT_EMPTY;
    for (size_t i = 0; i < s->count; i++) {
        text_add(&line, i > 0 ? "  " : "");
        text_number(&line, s->values[i]);
    }
    bool ok = page_write(p, ROLE_NUMBER, text_get(&line));
    text_done(&line);
    return ok;
}

bool page_series(struct page *p, const struct block *run, size_t count)
{
    bool few = run->series.style == SERIES_LINE && run->series.count <= FEW;
    if (count == 1 && few && !run->series.drawn)
        return write_few(p, &run->series);
    size_t longest = 0;
    bool negative = false, spectrum = true, ok = true;
    for (size_t i = 0; i < count; i++) {
        longest = run[i].series.count > longest ? run[i].series.count : longest;
        negative = negative || facts_of(&run[i].series).negative > 0;
        spectrum = spectrum && run[i].series.style == SERIES_SPECTRUM;
    }
    if (longest > 1 && count > 1 && negative && spectrum && !run->series.log_y &&
        !run->series.log_x)
        ok = plot_facets(p, run, count);
    else if (longest > 1)
        ok = plot_lines(p, run, count, negative && spectrum && count == 1);
    else if (count == 1 && plot_title(p, run, count) != NULL)
        ok = page_write(p, ROLE_TITLE, run->series.name);
    if (!ok)
        return false;
    return count == 1 ? write_facts(p, &run->series) : write_fact_table(p, run, count);
}
