/* The terminal, full-screen: a canvas goes out, keys come in. The one user of curses' screens. */
#ifndef BILENS_VIEW_SCREEN_H
#define BILENS_VIEW_SCREEN_H

#include "explorer.h"

struct screen;

/* Takes the terminal. *theme is what is wanted, and becomes what this terminal can show. NULL
 * with the error where curses refuses. */
struct screen *screen_open(struct theme *theme, struct err *e);
/* Gives it back as it was. NULL is fine. */
void screen_close(struct screen *s);

/* The size now, by the terminal; what was drawn is forgotten. */
void screen_resize(struct screen *s, size_t *rows, size_t *cols);
/* Has the terminal another size than at the last call of screen_resize? */
bool screen_resized(const struct screen *s);
/* Writes a line of plain ASCII over the last one, at once. */
void screen_say(struct screen *s, const char *line);
/* Shows a canvas of that size: only what changed is sent. */
void screen_show(struct screen *s, const struct theme *theme, const struct canvas *c,
                 struct caret caret);
/* Everything is sent with the next canvas. */
void screen_forget(struct screen *s);
/* Leaves the full screen for a while; the next screen_show comes back to it. */
void screen_pause(struct screen *s);

enum screen_event_kind { EVENT_NONE, EVENT_KEY, EVENT_POINTER };
struct screen_event {
    enum screen_event_kind kind;
    uint32_t key;
    enum pointer pointer;
    size_t row, col;
};
/* What has come in; EVENT_NONE where nothing waits. */
struct screen_event screen_event(struct screen *s);

/* The bytes that would leave the full screen, for one who cannot call screen_close any more;
 * returns how many, at most size. */
size_t screen_leaving(struct screen *s, char *bytes, size_t size);

#endif
