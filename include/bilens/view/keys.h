/* The keys of the full-screen views, once: keys.def binds each, the `?` overlay and the manual
 * show it from there. */
#ifndef BILENS_VIEW_KEYS_H
#define BILENS_VIEW_KEYS_H

#include <stddef.h>
#include <stdint.h>

/* Keys that are no character, as numbers that no code point has. */
enum {
    KEYCODE_LEFT = 0x110000,
    KEYCODE_RIGHT,
    KEYCODE_UP,
    KEYCODE_DOWN,
    KEYCODE_PAGE_UP,
    KEYCODE_PAGE_DOWN,
    KEYCODE_HOME,
    KEYCODE_END,
    KEYCODE_BACKSPACE,
    KEYCODE_ENTER,
    KEYCODE_TAB,
    KEYCODE_BACKTAB,
    KEYCODE_ESCAPE,
    KEYCODE_END_OF_LIST
};

enum key_action {
    ACTION_NONE,
    ACTION_LEFT,
    ACTION_RIGHT,
    ACTION_UP,
    ACTION_DOWN,
    ACTION_PAGE_UP,
    ACTION_PAGE_DOWN,
    ACTION_FIRST,
    ACTION_LAST,
    ACTION_SEARCH,
    ACTION_SEARCH_COLUMNS,
    ACTION_NEXT,
    ACTION_PREVIOUS,
    ACTION_OPEN,
    ACTION_BACK,
    ACTION_PANE,
    ACTION_PANE_BACK,
    ACTION_MEMBER_BACK,
    ACTION_MEMBER,
    ACTION_ZOOM_IN,
    ACTION_ZOOM_OUT,
    ACTION_ZOOM_FIT,
    ACTION_STYLE,
    ACTION_RANGE_NARROW,
    ACTION_RANGE_WIDE,
    ACTION_RANGE_OWN,
    ACTION_EXTREME,
    ACTION_EXTREME_BACK,
    ACTION_EXCHANGE,
    ACTION_STATEMENT,
    ACTION_REDRAW,
    ACTION_HELP,
    ACTION_QUIT,
    ACTION_COUNT
};

/* The views, as bits: a key may do something in some of them only. */
enum {
    VIEW_SPECTRUM = 1,
    VIEW_MATRIX = 2,
    VIEW_HEADS = 4,
    VIEW_WORKSPACE = 8,
    VIEW_PAGE = 16,
    VIEW_ALL = 31,
    VIEW_COUNT = 5
};

enum { KEYS_MOST = 4 };

struct key_binding {
    enum key_action action;
    unsigned views;
    uint32_t keys[KEYS_MOST]; /* code points, or from the list above; 0: no more */
    const char *hint;         /* a word for the line of hints; "" where it stands in none */
    const char *help;
};
extern const struct key_binding key_bindings[];
extern const size_t key_binding_count;

/* How many bindings from the i-th on say the same of the same views: they share a line. */
size_t key_group(size_t i);
/* What the key does in that view (one bit). */
enum key_action key_action_of(uint32_t key, unsigned view);

struct text;
/* Appends "h", "Left", "Ctrl-L", "PgUp". */
void key_label(uint32_t key, struct text *out);
/* Appends all keys of so many bindings from the i-th on: "h Left  j Down". */
void key_labels(size_t i, size_t count, struct text *out);
/* "spectrum", for one bit. */
const char *view_name(unsigned view);
/* Appends the views that a binding works in: "matrix, heads", or "all". */
void view_names(unsigned views, struct text *out);

#endif
