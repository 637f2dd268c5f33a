/* grid.h - rows of cells, printed with aligned columns. */
#ifndef YZ_POLICY_GRID_H
#define YZ_POLICY_GRID_H

#include "text.h"

#include <stddef.h>

enum { GRID_COLUMNS_MAX = 8, GRID_WIDTH_MAX = 40 }; /* a wider cell runs over and pushes the rest of its line */

/* Cells are borrowed until the grid is printed. Start with a zeroed one. */
struct grid {
  const char *(*rows)[GRID_COLUMNS_MAX];
  size_t n, room;
};

/* Adds a row of `n` cells; NULL is an empty cell. */
void grid_row(struct grid *grid, size_t n, const char *const *cells);
/* Prints the rows behind `indent`, two blanks between columns, and empties the grid. */
void grid_print(struct grid *grid, const char *indent, struct text *out);

#endif
