/* batch.h - many bills in one request: POST /v1/settlements:batch, NDJSON in, NDJSON out.
 *
 *   body --http_lines--> line --settling.h--> answer --in the order of the lines--> chunk
 *
 * ORDER. Answers come in the order of the lines: a client reads both files side by side. A line that takes long holds
 * the answers behind it back, but not the work: lines go on being begun until BATCH_AHEAD windows lie between the first
 * unanswered line and the last taken. Lines of one person are settled one after the other, in their order (turns.h).
 *
 * FLOW. At most `window` lines of one batch, and `share` percent of the gateway's capacity for all batches together,
 * are under way, so that single requests find their place beside them. While that is so, or while the client does not
 * read, the body is not read either. A line that meets a temporary refusal (overloaded, a service or the store away, a
 * conflict) keeps its turn, pauses and runs again until its deadline, which counts from its turn; it is under way all
 * that time. For its turn a line waits as long as those before it take, unless the client leaves within the body.
 *
 * SAFETY. A line whose outcome stayed unknown must not be overtaken by a later line of the same person: those are
 * refused, unbegun, until the client sends them again. Is it more than BATCH_LOST_MAX persons, the batch ends.
 *
 *   TAKING --body whole--> FINISHING --last line answered--> ended: a line for each line
 *      \--drain, too many lost, body cut--> FINISHING ------> ended: the last line says where to go on (`rest`)
 *
 * A batch has one of BATCHES_MAX places: whose client sends no line for long while nothing is in work is cut too.
 *
 * Whatever was answered, or not answered any more, stands: sent again, a line gets the same answer. */
#ifndef YZ_GATEWAY_BATCH_H
#define YZ_GATEWAY_BATCH_H

#include "settling.h"

#include <uv.h>

enum {
  BATCHES_MAX = 64,                     /* at once: a batch may hold some megabytes */
  BATCH_AHEAD = 4,                      /* windows between the first unanswered line and the last taken */
  BATCH_BYTES_MAX = 8 * 1024 * 1024,    /* memory of lines taken and answers kept back: beyond, nothing is taken */
  BATCHES_BYTES_MAX = 64 * 1024 * 1024, /* the same of all */
  BATCH_READ_AHEAD = 64 * 1024,         /* bytes of lines not yet taken, at which the body is held */
  BATCH_CHUNK = 64 * 1024,              /* answers gathered at most before they leave */
  BATCH_LOST_MAX = 32,                  /* persons with a line of unknown outcome */
  BATCH_PAUSE_MS = 40,                  /* before a line runs again, doubled each time */
  BATCH_PAUSE_MAX_MS = 1000,
  BATCH_TICK_MS = 20,
  BATCH_IDLE_MS = 60 * 1000, /* without a line and with nothing in work, whatever bytes come: then it is cut */
};

struct batch;
struct batch_line;

/* All batches of a gateway. */
struct batches {
  struct gateway *gateway;
  uint32_t window, share_percent, idle_ms;
  uv_idle_t soon;  /* something happened: they run in the loop's next turn, once for all that gathered */
  uv_timer_t tick; /* while there is a batch: pauses end */
  struct batch *first, *last;
  uint32_t n, under_way;
  size_t bytes;  /* memory of lines taken and not answered, and of answers kept back */
  bool draining; /* no more lines are taken */
  bool halted;   /* nothing is tried again */
  struct batch_line *paused, *spare;
  uint32_t n_spare;
  uint64_t lines_total, pauses_total;
};

void batches_open(struct batches *batches, struct gateway *gateway, uv_loop_t *loop, uint32_t window,
                  uint32_t share_percent);
/* Finishes the lines under way and ends the batches: SIGTERM. */
void batches_drain(struct batches *batches);
/* From now on whatever fails is answered at once: before the bus is closed. */
void batches_halt(struct batches *batches);
/* Ends all batches, after batches_halt() and the bus; the handles close on the loop's later turns. */
void batches_close(struct batches *batches);

#endif
