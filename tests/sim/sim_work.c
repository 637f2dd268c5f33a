#include "sim_work.h"

#include "bill.h"
#include "date.h"
#include "guard.h"
#include "id.h"
#include "must.h"
#include "seam_store.h"
#include "sim_house.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WITHIN_MS = 4000 };

struct work work;
static int n_gateways;

static void *give(size_t n) {
  return arena_alloc(&world.memory, n);
}

/* ---- the people ---- */

static void put_text(struct model *model, const char *verb, const char *key, const void *bytes, size_t n) {
  const char *argv[] = {verb, key, bytes};
  const size_t argvlen[] = {strlen(verb), strlen(key), n};
  model_call(model, 3, argv, argvlen, &world.memory);
}

static void put_record(struct model *model, const char *kind, const char *id, const ProtobufCMessage *message) {
  size_t n;
  const uint8_t *packed = message_pack(message, &world.memory, &n);
  char *bytes = give(n + 2);
  memcpy(bytes, "1 ", 2);
  memcpy(bytes + 2, packed, n);
  put_text(model, "MSET", arena_format(&world.memory, "{b%04x}:%s:%s", id_bucket(id), kind, id), bytes, n + 2);
}

static void put_people(struct model *model, const Yz__Book *book) {
  for (size_t i = 0; i < book->n_persons; i++)
    put_record(model, "person", book->persons[i]->id, &book->persons[i]->base);
  for (size_t i = 0; i < book->n_institutions; i++)
    put_record(model, "inst", book->institutions[i]->id, &book->institutions[i]->base);
  for (size_t i = 0; i < book->n_contracts; i++) {
    const Yz__Contract *contract = book->contracts[i];
    put_record(model, "contract", contract->id, &contract->base);
    for (size_t k = 0; k < contract->n_members; k++) {
      const char *person = contract->members[k]->person;
      put_text(model, "SADD", arena_format(&world.memory, "{b%04x}:pcontracts:%s", id_bucket(person), person),
               contract->id, strlen(contract->id));
    }
  }
}

/* ---- wishes ---- */

static Yz__Sums *draw_sums(void) {
  Yz__Sums *sums = give(sizeof *sums);
  yz__sums__init(sums);
  sums->in_policy = (int64_t)chance(chance(3) ? 3000000 : 60000000);
  sums->first_pay = (int64_t)chance(500000);
  sums->own_expense = (int64_t)chance(800000);
  sums->over_limit = (int64_t)chance(100000);
  sums->total = sums->in_policy + sums->first_pay + sums->own_expense + sums->over_limit;
  return sums;
}

static Yz__Bill *draw_bill(const Yz__Book *book, int number) {
  Yz__Bill *bill = give(sizeof *bill);
  yz__bill__init(bill);
  bill->request_id = arena_format(&world.memory, "r%d", number);
  bill->person = book->persons[chance(book->n_persons)]->id;
  bill->institution = book->institutions[chance(book->n_institutions)]->id;
  bill->setting = YZ__SETTING__INPATIENT;
  bill->from = date_of(2024, 1, 10) + (int32_t)chance(330);
  bill->has_to = true;
  bill->to = bill->from + (int32_t)chance(9);
  bill->sums = draw_sums();
  bill->has_use_account = chance(3) == 0;
  if (bill->has_use_account) bill->use_account = (int64_t)chance(200000);
  return bill;
}

static void on_wish(void *ctx, uint64_t a, uint64_t b);

static struct wish *add_wish(enum wish_kind kind, int number, Yz__Bill *bill) {
  struct wish *wish = give(sizeof *wish);
  *wish = (struct wish){.next = work.wishes, .kind = kind, .number = number, .bill = bill};
  bill_settlement_id(bill, wish->id);
  wish->path = kind == WISH_ESTIMATE ? "/v1/estimates" : "/v1/settlements";
  if (kind == WISH_CANCEL) {
    wish->path = arena_format(&world.memory, "/v1/settlements/%s/cancel", wish->id);
    wish->cancel = give(sizeof *wish->cancel);
    yz__cancel_request__init(wish->cancel);
    wish->cancel->id = wish->id;
    wish->cancel->request_id = arena_format(&world.memory, "c%d", number);
  }
  work.wishes = wish;
  happens(NULL, chance(WITHIN_MS), on_wish, wish, 0, 0);
  return wish;
}

static void draw_wishes(const Yz__Book *book) {
  const int n = 2 + (int)chance(5);
  for (int i = 0; i < n; i++) {
    Yz__Bill *bill = draw_bill(book, i);
    add_wish(WISH_SETTLE, i, bill);
    if (chance(6) == 0) add_wish(WISH_ESTIMATE, i, bill);
    if (chance(3) == 0) add_wish(WISH_CANCEL, i, bill);
    if (chance(8) == 0) add_wish(WISH_SETTLE, i, bill); /* another client with the same bill */
    if (chance(10) > 0) continue;
    Yz__Bill *other = give(sizeof *other); /* the same id under another bill */
    *other = *bill;
    other->sums = draw_sums();
    add_wish(WISH_SETTLE, i, other);
  }
}

/* ---- asking ---- */

struct sending {
  struct wish *wish;
  int gateway, asked; /* wish->asked as it was */
  uint64_t asked_at;
  struct told told;
};

static void ask_again(struct wish *wish) {
  happens(NULL, world.now + 50 + chance(400), on_wish, wish, 0, 0);
}

/* Refusals that mean: ask again. */
static bool passes(Yz__Code code) {
  return code == YZ__CODE__SERVICE_AWAY || code == YZ__CODE__STORE_AWAY || code == YZ__CODE__OVERLOADED ||
         code == YZ__CODE__CONFLICT;
}

static bool means_something(const struct wish *wish, const struct told *told) {
  if (told->bytes) return true;
  if (wish->kind == WISH_SETTLE) return told->code == YZ__CODE__REQUEST_ID_REUSED;
  return wish->kind == WISH_CANCEL &&
         (told->code == YZ__CODE__LATER_SETTLEMENT || told->code == YZ__CODE__ALREADY_CANCELLED ||
          told->code == YZ__CODE__UNKNOWN_SETTLEMENT);
}

static void on_told(void *ctx, uint64_t a, uint64_t b) {
  struct sending *sending = ctx;
  struct wish *wish = sending->wish;
  struct told *told = &sending->told;
  (void)a;
  (void)b;
  tell("client: %s %d is told %s%d", wish->path, wish->number, told->bytes ? "ok, bytes " : "code ",
       told->bytes ? (int)told->n : (int)told->code);
  told->next = wish->told;
  wish->told = told;
  if (!means_something(wish, told) && !passes(told->code))
    broken("%s %d is refused with code %d", wish->path, wish->number, told->code);
  if (wish->done) return;
  wish->done = means_something(wish, told);
  if (wish->done) {
    wish->done_at = world.now;
  } else if (sending->asked == wish->asked && wish->refused < wish->asked) { /* once, however often this was sent */
    wish->refused = wish->asked;
    ask_again(wish);
  }
}

static void on_answer(void *ctx, const struct answer *answer) {
  struct sending *sending = ctx;
  if (answer->message)
    sending->told.bytes = message_pack(answer->message, &world.memory, &sending->told.n);
  else
    sending->told.code = answer->problem->code;
  if (answer->problem && answer->problem->detail) tell("gateway says: %s", answer->problem->detail);
  if (is_cut(NODE_CLIENTS, sending->gateway) || goes_wrong((uint64_t)world.drop_per_10000, 10000)) return;
  happens(NULL, world.now + delay(), on_told, sending, 0, 0);
}

static void on_request(void *ctx, uint64_t a, uint64_t b) {
  struct sending *sending = ctx;
  struct wish *wish = sending->wish;
  (void)a;
  (void)b;
  if (goes_wrong((uint64_t)world.drop_per_10000, 10000)) return;
  const ProtobufCMessage *body = wish->cancel ? &wish->cancel->base : &wish->bill->base;
  house_serve(sending->gateway, wish->path, body, on_answer, sending);
}

static void send_to(struct wish *wish, int gateway) {
  if (is_cut(NODE_CLIENTS, gateway) || !house_running(gateway)) return;
  struct sending *sending = give(sizeof *sending);
  *sending = (struct sending){.wish = wish, .gateway = gateway, .asked = wish->asked};
  sending->told.asked_at = world.now;
  happens(NULL, world.now + delay(), on_request, sending, 0, 0);
}

static void on_patience(void *ctx, uint64_t asked, uint64_t unused) {
  struct wish *wish = ctx;
  (void)unused;
  if (!wish->done && (uint64_t)wish->asked == asked) on_wish(wish, 0, 0);
}

static void on_wish(void *ctx, uint64_t a, uint64_t b) {
  struct wish *wish = ctx;
  (void)a;
  (void)b;
  if (wish->done) return;
  wish->asked++;
  const int gateway = (int)chance((uint64_t)n_gateways);
  tell("client: %s %d asks gateway %d, %d. time", wish->path, wish->number, gateway, wish->asked);
  send_to(wish, gateway);
  if (goes_wrong(1, 6)) send_to(wish, (int)chance((uint64_t)n_gateways));
  const uint64_t patience = house_running(gateway) ? PATIENCE_MS_OF_CLIENTS : 200;
  happens(NULL, world.now + patience + chance(200), on_patience, wish, (uint64_t)wish->asked, 0);
}

bool work_done(void) {
  for (const struct wish *wish = work.wishes; wish; wish = wish->next)
    if (!wish->done) return false;
  return true;
}

void work_end(void) {
  for (struct wish *wish = work.wishes; wish; wish = wish->next) wish->done = true;
}

void work_begin(struct model *model, const Yz__Book *book, int gateways) {
  work = (struct work){0};
  n_gateways = gateways;
  put_people(model, book);
  draw_wishes(book);
}

/* ---- what the store did ---- */

static struct deed *deed_new(enum deed_kind kind, const char *id) {
  struct deed *deed = give(sizeof *deed);
  deed->kind = kind;
  snprintf(deed->id, sizeof deed->id, "%s", id);
  if (work.last_deed)
    work.last_deed->next = deed;
  else
    work.deeds = deed;
  return work.last_deed = deed;
}

static void note_record(enum deed_kind kind, const char *id, const char *bytes, size_t n) {
  struct deed *deed = deed_new(kind, id);
  deed->bytes = (const uint8_t *)arena_copy_n(&world.memory, bytes, n);
  deed->n = n;
}

void work_watch(int argc, const char *const *argv, const size_t *argvlen, const redisReply *reply) {
  if (strcmp(argv[0], "FCALL") != 0 || reply->type != REDIS_REPLY_ARRAY || reply->elements == 0) return;
  (void)argc;
  const char *name = strrchr(argv[1], '_') + 1, *said = reply->element[0]->str;
  if (!said) return;
  if (strcmp(said, "done") && strcmp(said, "applied")) {
    if (strcmp(said, "refused") == 0) broken("the store refuses %s: %s", name, reply->element[1]->str);
    return;
  }
  if (strcmp(name, "apply") == 0) {
    tell("store: %s settled", argv[7]);
    note_record(DEED_SETTLED, argv[7], argv[9], argvlen[9]);
  } else if (strcmp(name, "cancel") == 0) {
    tell("store: %s cancelled", argv[7]);
    note_record(DEED_CANCELLED, argv[7], argv[10], argvlen[10]);
  } else if (strcmp(name, "try") == 0) {
    tell("store: %s tried on %s", argv[6], argv[7]);
  } else if (strcmp(name, "reopen") == 0) {
    tell("store: %s reopened on %s", argv[6], argv[7]);
  } else if (strcmp(name, "back") == 0) {
    tell("store: %s taken back on %s", argv[6], argv[7]);
  }
}
