#include "grid.h"

#include "columns.h"
#include "must.h"

#include <stdlib.h>

void grid_row(struct grid *grid, size_t n, const char *const *cells) {
  must(n <= GRID_COLUMNS_MAX);
  if (grid->n == grid->room) {
    grid->room = grid->room ? 2 * grid->room : 32;
    grid->rows = realloc(grid->rows, grid->room * sizeof *grid->rows);
    must(grid->rows);
  }
  for (size_t i = 0; i < GRID_COLUMNS_MAX; i++) grid->rows[grid->n][i] = i < n && cells[i] ? cells[i] : "";
  grid->n++;
}

static void widths_of(const struct grid *grid, size_t widths[GRID_COLUMNS_MAX]) {
  for (size_t c = 0; c < GRID_COLUMNS_MAX; c++) widths[c] = 0;
  for (size_t r = 0; r < grid->n; r++)
    for (size_t c = 0; c < GRID_COLUMNS_MAX; c++) {
      const size_t columns = text_columns(grid->rows[r][c]);
      if (columns > widths[c]) widths[c] = columns < GRID_WIDTH_MAX ? columns : GRID_WIDTH_MAX;
    }
}

static size_t last_filled(const char *const row[GRID_COLUMNS_MAX]) {
  size_t last = GRID_COLUMNS_MAX;
  while (last > 0 && row[last - 1][0] == '\0') last--;
  return last;
}

void grid_print(struct grid *grid, const char *indent, struct text *out) {
  size_t widths[GRID_COLUMNS_MAX];
  widths_of(grid, widths);
  for (size_t r = 0; r < grid->n; r++) {
    const size_t last = last_filled(grid->rows[r]);
    text_add(out, indent);
    for (size_t c = 0; c < last; c++) {
      if (widths[c] == 0) continue;
      text_add_left(out, grid->rows[r][c], c + 1 < last ? widths[c] + 2 : 0);
      if (c + 1 < last && text_columns(grid->rows[r][c]) > widths[c]) text_add(out, "  ");
    }
    text_add(out, "\n");
  }
  free(grid->rows);
  *grid = (struct grid){0};
}
