/* seam_store.h - the store of the simulated world, in place of Redis behind hiredis and libuv.
 *
 * Durability `single`: a command that reached Redis is executed with the batch of its loop turn and answered when that
 * is on disk; a crash before that loses it, unanswered. So what was answered is never lost. On the way a command or its
 * answer can be lost, and a command can arrive after its asker has given up. */
#ifndef YZ_SIM_SEAM_STORE_H
#define YZ_SIM_SEAM_STORE_H

#include "model_store.h"
#include "sim_world.h"
#include "store.h"

/* Told of each function call that was executed: the checkers' record of what happened. */
typedef void seam_watch(int argc, const char *const *argv, const size_t *argvlen, const redisReply *reply);

void seam_store_begin(struct model *model, seam_watch *watch);
struct store *seam_store_of(struct process *process);
/* The store dies and is back at `until`. */
void seam_store_crash(uint64_t until);
/* When the nth write from now on is executed, and before its asker, the process of that node, hears of it: so things go
 * wrong between any two steps of what takes several. */
void seam_store_at_write(uint64_t nth, void (*what)(int node));

#endif
