/* Numbers as people read them: with the digits they have. */
#ifndef BILENS_BASE_NUMBER_H
#define BILENS_BASE_NUMBER_H

#include <stdbool.h>

struct text;

enum { DIGITS_DEFAULT = 5, DIGITS_LEAST = 2, DIGITS_MOST = 15, NUMBER_ROOM = 40 };

/* How many significant digits people are shown of a number that single precision gave. One for
 * the process, as a locale is: titles, tables and views agree. Any thread may ask. */
int digits_shown(void);
void digits_show(int digits);
/* Of a number that is double from the start: twice as many, as far as a double has them. */
int digits_double(void);
/* In a title, a caption and the entries of a matrix, where room is short: one less, but two at
 * least. */
int digits_brief(void);

/* Is it a whole number that a double holds exactly? */
bool number_is_whole(double value);
/* For programs: so many significant digits, no zeros behind the last other one; what is not finite
 * as "NaN", "Infinity", "-Infinity". */
void number_write(double value, int digits, char out[NUMBER_ROOM]);
/* For people: so many significant digits, zeros among them (39.000 for 38.99996), but no more than
 * the number itself has (39, 0.5); a whole number has all of its digits. From 0.0001 to 99999, and
 * further where there are more digits, without an exponent, however few digits were asked for. What
 * is not finite is "NaN", "inf", "-inf". Returns out. */
const char *number_shown(double value, int digits, char out[NUMBER_ROOM]);
/* Appends it with the digits that are shown of single precision. */
void text_number(struct text *t, double value);
/* The same with the digits of titles. */
void text_number_brief(struct text *t, double value);

/* How the numbers of a column are written, decimal points under each other. Two ways:
 * - fixed, where all lie within two powers of ten: as many places for each, so that the largest has
 *   the digits asked for, and the smallest three of them;
 * - else each has the digits asked for, and blanks where its places are fewer than another's.
 * The digits asked for decide how many places there are, never which of the two ways it is: with
 * more of them no number is shown with fewer. Set the digits, see every number, settle, write. */
struct number_format {
    int digits;
    bool full;          /* even the smallest has all of the digits asked for */
    double least, most; /* magnitudes of the finite numbers other than zero */
    bool any, broken;   /* broken: some number is not whole */
    bool fixed;
    int decimals;
    int tail; /* the most cells that a number takes from its decimal point on */
};
void format_see(struct number_format *f, double value);
void format_settle(struct number_format *f);
/* Blanks stand for the places that a shorter number lacks behind its point. Zero is "0", and
 * nothing else is: what its column's places cannot show has one digit and an exponent. */
void format_write(const struct number_format *f, double value, char out[NUMBER_ROOM]);

#endif
