/* A string of a file: bytes that may hold NULs, and stay where they are. */
#ifndef BILENS_MODEL_PIECE_H
#define BILENS_MODEL_PIECE_H

#include <stddef.h>

struct piece {
    const char *bytes; /* NUL-terminated, borrowed; NULL where there is none */
    size_t length;
};

#endif
