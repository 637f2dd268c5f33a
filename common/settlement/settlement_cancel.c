#include "draft.h"

Yz__Problem *settlement_cancel(const Yz__Settlement *settlement, const char *request_id, const char *reason,
                               int64_t now, struct arena *arena, Yz__Settlement **cancelled, Yz__Move ***moves,
                               size_t *n_moves) {
  if (settlement->status == YZ__SETTLEMENT__STATUS__CANCELLED)
    return problem_new(arena, YZ__CODE__ALREADY_CANCELLED, NULL, "%s is cancelled", settlement->id);
  Yz__Settlement *s = arena_alloc(arena, sizeof *s);
  *s = *settlement;
  s->status = YZ__SETTLEMENT__STATUS__CANCELLED;
  s->cancellation = arena_alloc(arena, sizeof *s->cancellation);
  yz__cancellation__init(s->cancellation);
  s->cancellation->request_id = arena_copy(arena, request_id);
  s->cancellation->reason = reason ? arena_copy(arena, reason) : NULL;
  s->cancellation->has_cancelled = true;
  s->cancellation->cancelled = now;
  *moves = arena_alloc(arena, (settlement->n_moves + 1) * sizeof **moves);
  *n_moves = settlement->n_moves;
  for (size_t i = 0; i < settlement->n_moves; i++) {
    Yz__Move *move = arena_alloc(arena, sizeof *move);
    *move = *settlement->moves[settlement->n_moves - 1 - i];
    move->delta = -move->delta;
    (*moves)[i] = move;
  }
  *cancelled = s;
  return NULL;
}
