/* sim_work.h - what the clients of a simulated world want, what they were told, and what the store did.
 *
 * A client asks until it has an answer that says something for good: the settlement, its cancellation, or a refusal
 * that asking again cannot change. It asks with the same id each time, and sometimes at two gateways at once. */
#ifndef YZ_SIM_WORK_H
#define YZ_SIM_WORK_H

#include "golden.pb-c.h"
#include "model_store.h"
#include "services.pb-c.h"
#include "sim_world.h"

enum { PATIENCE_MS_OF_CLIENTS = 3400 };

enum wish_kind { WISH_SETTLE, WISH_ESTIMATE, WISH_CANCEL };

/* One answer that a client got. */
struct told {
  struct told *next;
  const uint8_t *bytes; /* a packed Yz__Settlement; NULL: a refusal */
  size_t n;
  Yz__Code code;
  uint64_t asked_at;
};

struct wish {
  struct wish *next;
  enum wish_kind kind;
  int number;
  Yz__Bill *bill; /* of a cancel: of what is cancelled */
  char id[40];    /* settlement */
  Yz__CancelRequest *cancel;
  const char *path;
  bool done;
  uint64_t done_at;
  int asked;   /* times */
  int refused; /* the last of these times that was answered so that it has to be asked again */
  struct told *told;
};

enum deed_kind { DEED_SETTLED, DEED_CANCELLED };

/* What the store did, in order. */
struct deed {
  struct deed *next;
  enum deed_kind kind;
  char id[40];
  const uint8_t *bytes; /* settlement as recorded then */
  size_t n;
};

struct work {
  struct wish *wishes;
  struct deed *deeds, *last_deed;
};
extern struct work work;

/* Puts the people into the model and draws the wishes. */
void work_begin(struct model *model, const Yz__Book *book, int gateways);
/* The store's watch. */
void work_watch(int argc, const char *const *argv, const size_t *argvlen, const redisReply *reply);
bool work_done(void);
/* Nobody wishes anything any more. */
void work_end(void);

#endif
