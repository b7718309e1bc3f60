/* compare EXPECTED GOT: are the texts of two files alike (see alike.h)? For the runners in Python:
 * status 0, or 1. */
#include <stdio.h>
#include <stdlib.h>

#include "alike.h"

static char *contents(const char *path)
{
    FILE *file = fopen(path, "rb");
    char *text = NULL;
    size_t length = 0, room = 0, got = 1;
    while (file != NULL && got > 0) {
        if (length + 1 >= room)
            text = realloc(text, room = 2 * room + 4096);
        if (text == NULL)
            break;
        got = fread(text + length, 1, room - length - 1, file);
        length += got;
        text[length] = '\0';
    }
    if (text == NULL)
        fprintf(stderr, "compare: %s cannot be read\n", path);
    if (file != NULL)
        fclose(file);
    return text;
}

int main(int argc, char **argv)
{
    char *expected = argc == 3 ? contents(argv[1]) : NULL;
    char *got = argc == 3 ? contents(argv[2]) : NULL;
    int status = expected == NULL || got == NULL ? 2 : !alike(expected, got);
    free(expected);
    free(got);
    return status;
}
