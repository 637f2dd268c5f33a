#include "replay.h"

#include "compare.h"

Yz__Problem *replay_check(const Yz__Bill *bill, const Yz__Settlement *prior, struct arena *arena) {
  Yz__Bill before = *prior->bill, now = *bill;
  if (bill->encounter && before.encounter) {
    before.n_lines = now.n_lines = 0;
    before.lines = now.lines = NULL;
  }
  struct text pointer;
  text_init(&pointer);
  Yz__Problem *problem = NULL;
  if (message_differs(&before.base, &now.base, &pointer))
    problem = problem_new(arena, YZ__CODE__REQUEST_ID_REUSED, text_string(&pointer),
                          "settlement %s was made of a bill that differs here", prior->id);
  text_free(&pointer);
  return problem;
}
