/* money.h - fen, ratios and four-place decimals as text, and exact products of them. No floating point anywhere. */
#ifndef YZ_BASE_MONEY_H
#define YZ_BASE_MONEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Largest amount that may enter: 10^13 fen, a hundred billion yuan; far above any bill, far below what int64 sums bear.
 */
#define FEN_MAX INT64_C(10000000000000)

enum { MONEY_TEXT_MAX = 32 }; /* room for any printed value of this header */

/* Reads "1234", "1234.5", "-1234.50" (yuan) into fen. False for anything else: signs alone, spaces, exponents, third
 * decimals, leading zeros ("007"), amounts beyond FEN_MAX. */
bool fen_read(const char *text, size_t n, int64_t *fen);
/* Prints value / 10^places with exactly that many decimals, at most four; returns the end, where the NUL is. */
char *fixed_print(int64_t value, int places, char text[MONEY_TEXT_MAX]);
/* Prints a whole number; returns the end, where the NUL is. */
char *unsigned_print(uint64_t value, char text[MONEY_TEXT_MAX]);
/* Prints a whole number; returns `text`. */
char *integer_print(int64_t value, char text[MONEY_TEXT_MAX]);
/* Prints yuan with exactly two decimals; returns `text`. */
char *fen_print(int64_t fen, char text[MONEY_TEXT_MAX]);
/* As fen_print with thousands separators, for people: "1,234.50". */
char *fen_print_grouped(int64_t fen, char text[MONEY_TEXT_MAX]);

/* Reads "85%", "0.25%", "-5%" into 1/10 000; at most two decimals, magnitude at most 1000 %. */
bool ratio_read(const char *text, size_t n, int32_t *ratio);
char *ratio_print(int32_t ratio, char text[MONEY_TEXT_MAX]);

/* Reads "1.5" into 1/10 000; not negative, at most four decimals, at most 10^9. */
bool decimal_read(const char *text, size_t n, uint64_t *decimal);
char *decimal_print(uint64_t decimal, char text[MONEY_TEXT_MAX]);

/* numerator / denominator, half up (away from zero for halves of negatives). denominator > 0. */
int64_t divide_half_up(__int128 numerator, int64_t denominator);
/* amount * ratio, half up to the fen. */
int64_t fen_share(int64_t fen, int32_t ratio);
/* quantity * unit price (both in 1/10 000) in fen, half up; false when beyond FEN_MAX. */
bool fen_of_line(uint64_t quantity, uint64_t unit_price, int64_t *fen);

#endif
