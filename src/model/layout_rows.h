/* The parts of the table of layouts. */
#ifndef BILENS_MODEL_LAYOUT_ROWS_H
#define BILENS_MODEL_LAYOUT_ROWS_H

#include "layout.h"

extern const struct layout layout_bilinear[];
extern const size_t layout_bilinear_count;

#endif
