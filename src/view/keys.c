#include "bilens/view/keys.h"

#include <string.h>

#include "bilens/base/text.h"

#define K(...)                                                                                     \
    {                                                                                              \
        __VA_ARGS__                                                                                \
    }
const struct key_binding key_bindings[] = {
#define KEY(action, views, keys, hint, help) {ACTION_##action, views, keys, hint, help},
#include "keys.def"
#undef KEY
};
#undef K
const size_t key_binding_count = sizeof key_bindings / sizeof *key_bindings;

size_t key_group(size_t i)
{
    size_t n = 1;
    while (i + n < key_binding_count && key_bindings[i + n].views == key_bindings[i].views &&
           strcmp(key_bindings[i + n].help, key_bindings[i].help) == 0)
        n++;
    return n;
}

enum key_action key_action_of(uint32_t key, unsigned view)
{
    for (size_t i = 0; i < key_binding_count; i++)
        for (size_t k = 0; k < KEYS_MOST && key_bindings[i].keys[k] != 0; k++)
            if (key_bindings[i].keys[k] == key && (key_bindings[i].views & view) != 0)
                return key_bindings[i].action;
    return ACTION_NONE;
}

void key_label(uint32_t key, struct text *out)
{
    static const char *const names[] = {"Left", "Right",     "Up",  "Down",      "PgUp",
                                        "PgDn", "Home",      "End", "Backspace", "Enter",
                                        "Tab",  "Shift-Tab", "Esc"};
    if (key >= KEYCODE_LEFT && key < KEYCODE_END_OF_LIST)
        text_add(out, names[key - KEYCODE_LEFT]);
    else if (key == ' ')
        text_add(out, "Space");
    else if (key < ' ')
        text_printf(out, "Ctrl-%c", (char)(key + 64));
    else
        text_add_code(out, key);
}

void key_labels(size_t i, size_t count, struct text *out)
{
    for (size_t n = 0; n < count; n++) {
        const struct key_binding *b = &key_bindings[i + n];
        for (size_t k = 0; k < KEYS_MOST && b->keys[k] != 0; k++) {
            text_add(out, k > 0 ? " " : n > 0 ? "  " : "");
            key_label(b->keys[k], out);
        }
    }
}

const char *view_name(unsigned view)
{
    static const char *const names[VIEW_COUNT] = {"spectrum", "matrix", "heads", "workspace",
                                                  "page"};
    for (size_t i = 0; i < VIEW_COUNT; i++)
        if (view == 1U << i)
            return names[i];
    return "";
}

void view_names(unsigned views, struct text *out)
{
    bool first = true;
    if (views == VIEW_ALL)
        text_add(out, "all");
    for (size_t i = 0; views != VIEW_ALL && i < VIEW_COUNT; i++)
        if ((views & 1U << i) != 0) {
            text_printf(out, "%s%s", first ? "" : ", ", view_name(1U << i));
            first = false;
        }
}
