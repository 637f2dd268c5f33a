#include "service_look.h"

#include "ledger.h"

/* At once: a large settlement is 600 KB, and what is outstanding may arrive in one turn of the loop. */
enum { AHEAD = 16 };

struct look {
  struct bus_call *call;
  size_t n, asked, left;
  const char *const *ids;
  service_look_each *each;
  service_look_done *done;
  void *context;
  Yz__Problem *problem;
};

struct place {
  struct look *look;
  size_t i;
};

static void ask_next(struct look *look);

static void on_settlement(void *context, const struct ledger_reply *ledger) {
  const struct place *place = context;
  struct look *look = place->look;
  if (ledger->result != STORE_OK)
    look->problem = store_problem(bus_call_arena(look->call), ledger->result, ledger->text);
  else if (!look->problem)
    look->each(look->context, place->i, ledger->recorded);
  if (--look->left == 0)
    look->done(look->context, look->problem);
  else if (look->asked < look->n)
    ask_next(look);
}

static void ask_next(struct look *look) {
  struct place *place = arena_alloc(bus_call_arena(look->call), sizeof *place);
  *place = (struct place){.look = look, .i = look->asked++};
  ledger_look(service_of(look->call)->store, look->ids[place->i], service_deadline(look->call), on_settlement, place);
}

void service_look(struct bus_call *call, size_t n, const char *const *ids, service_look_each *each,
                  service_look_done *done, void *context) {
  if (n == 0) {
    done(context, NULL);
    return;
  }
  struct look *look = arena_alloc(bus_call_arena(call), sizeof *look);
  *look = (struct look){.call = call, .n = n, .left = n, .ids = ids, .each = each, .done = done, .context = context};
  while (look->asked < n && look->asked < AHEAD) ask_next(look);
}
