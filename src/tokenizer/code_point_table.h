/* What the reference library takes each code point for: the table that tests/fixtures/make/codes.py
 * makes. */
#ifndef BILENS_TOKENIZER_CODE_POINT_TABLE_H
#define BILENS_TOKENIZER_CODE_POINT_TABLE_H

#include <stddef.h>
#include <stdint.h>

enum {
    CODE_WORD = 1 << 0,
    CODE_PUNCTUATION = 1 << 1,
    CODE_NUMBER = 1 << 2,
    CODE_CONTROL = 1 << 3,
    CODE_NONSPACING = 1 << 4,
    CODE_MARK = 1 << 5,
    CODE_JOINED = 1 << 6,
    CODE_PREPENDED = 1 << 7,
    CODE_LATER = 1 << 8,
    CODE_HAN = 1 << 9
};

/* Code points of category "LC" are capital and small letters by turns. */
struct code_kind {
    char category[3];
    uint16_t flags;
};

/* Capitals, from first to last in steps; the small letter of each is delta further on. */
struct code_lower {
    uint32_t first, last;
    uint16_t step;
    int32_t delta;
};

extern const struct code_kind code_kinds[];
extern const uint32_t code_runs[]; /* sorted: the first code point of a run << 8 | its kind */
extern const size_t code_run_count;
extern const struct code_lower code_lowers[]; /* sorted */
extern const size_t code_lower_count;

#endif
