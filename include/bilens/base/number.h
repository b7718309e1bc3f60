/* Numbers as people read them: with the digits they have. */
#ifndef BILENS_BASE_NUMBER_H
#define BILENS_BASE_NUMBER_H

#include <stdbool.h>

enum { DIGITS_DEFAULT = 5, DIGITS_LEAST = 2, DIGITS_MOST = 15, NUMBER_ROOM = 40 };

/* How many significant digits people are shown of a number that single precision gave. One for
 * the process, as a locale is: titles, tables and views agree. Any thread may ask. */
int digits_shown(void);
void digits_show(int digits);
/* Of a number that is double from the start: twice as many, as far as a double has them. */
int digits_double(void);

/* Is it a whole number that a double holds exactly? */
bool number_is_whole(double value);
/* So many significant digits; what is not finite as "NaN", "Infinity", "-Infinity". */
void number_write(double value, int digits, char out[NUMBER_ROOM]);
/* The same, but a whole number has all of its digits: it counts something. */
void number_write_whole(double value, int digits, char out[NUMBER_ROOM]);

/* How the numbers of a column are written, decimal points under each other: so many digits of the
 * largest, where that leaves the smallest two, else so many of each. Set the digits, see every
 * number, settle, write. */
struct number_format {
    int digits;
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
