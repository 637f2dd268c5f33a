/* settle_jobs.c - sorted_settle: its processes, and the order of their output.
 *
 * A process writes one frame to its pipe for each chunk of its own, with what it printed and what it refused, and a
 * last one with its totals. The parent takes the frames in turns, which is the order of the chunks; a process whose
 * pipe is full waits. */
#include "must.h"
#include "settle_sorted.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

struct frame {
  uint64_t n_out, n_err; /* bytes that follow: of output, of messages */
  bool last;             /* the totals follow instead */
  bool failed, sound;    /* of the last: something was refused; every table could be read */
};

struct process {
  pid_t pid;
  FILE *pipe;
};

/* ---- a process */

struct share {
  struct settling *s;
  FILE *pipe;
  char *out, *err;
  size_t n_out, n_err;
};

static void write_all(FILE *pipe, const void *bytes, size_t n) {
  must(n == 0 || fwrite(bytes, 1, n, pipe) == n);
}

static void capture(struct share *share) {
  share->s->out = open_memstream(&share->out, &share->n_out);
  share->s->err = open_memstream(&share->err, &share->n_err);
  must(share->s->out && share->s->err);
}

static void captured_free(struct share *share) {
  must(fclose(share->s->out) == 0 && fclose(share->s->err) == 0);
  free(share->out);
  free(share->err);
}

static void chunk_send(void *context) {
  struct share *share = context;
  must(fflush(share->s->out) == 0 && fflush(share->s->err) == 0);
  const struct frame frame = {.n_out = share->n_out, .n_err = share->n_err};
  write_all(share->pipe, &frame, sizeof frame);
  write_all(share->pipe, share->out, share->n_out);
  write_all(share->pipe, share->err, share->n_err);
  captured_free(share);
  capture(share);
}

static void share_run(struct settling *s, const struct sorted_tables *tables, unsigned job, unsigned jobs, int fd) {
  struct share share = {.s = s, .pipe = fdopen(fd, "wb")};
  must(share.pipe != NULL);
  memset(&s->totals, 0, sizeof s->totals);
  s->failed = false;
  capture(&share);
  const bool sound = sorted_settle_share(s, tables, job, jobs, chunk_send, &share);
  captured_free(&share);
  const struct frame frame = {.last = true, .failed = s->failed, .sound = sound};
  write_all(share.pipe, &frame, sizeof frame);
  write_all(share.pipe, &s->totals, sizeof s->totals);
  must(fclose(share.pipe) == 0);
}

/* ---- the parent */

/* Everything written so far goes out first, so that no process writes it again. */
static bool process_start(struct settling *s, const struct sorted_tables *tables, unsigned job, unsigned jobs,
                          struct process *all) {
  int ends[2];
  fflush(NULL);
  if (pipe(ends) != 0 || (all[job].pid = fork()) < 0) {
    fprintf(stderr, "yz settle: %s\n", strerror(errno));
    return false;
  }
  if (all[job].pid == 0) {
    /* a pipe's reader is the parent alone, so that whoever writes learns that it has gone */
    close(ends[0]);
    for (unsigned i = 0; i < job; i++) fclose(all[i].pipe);
    share_run(s, tables, job, jobs, ends[1]);
    _exit(0);
  }
  close(ends[1]);
  all[job].pipe = fdopen(ends[0], "rb");
  must(all[job].pipe != NULL);
  return true;
}

static bool copy(FILE *from, FILE *to, uint64_t n) {
  char bytes[64 * 1024];
  while (n > 0) {
    const size_t want = n < sizeof bytes ? (size_t)n : sizeof bytes;
    if (fread(bytes, 1, want, from) != want) return false;
    fwrite(bytes, 1, want, to);
    n -= want;
  }
  return true;
}

/* Takes a process's next frame. False when it broke off. */
static bool frame_take(struct settling *s, struct process *process, struct frame *frame) {
  if (fread(frame, sizeof *frame, 1, process->pipe) != 1) return false;
  if (!frame->last) return copy(process->pipe, s->out, frame->n_out) && copy(process->pipe, s->err, frame->n_err);
  static struct totals totals;
  if (fread(&totals, sizeof totals, 1, process->pipe) != 1) return false;
  totals_join(&s->totals, &totals);
  s->failed = s->failed || frame->failed;
  return frame->sound;
}

/* All frames in turns: the first last one is followed by those of all others. */
static bool frames_take(struct settling *s, struct process *all, unsigned jobs) {
  struct frame frame = {0};
  unsigned ended = 0;
  for (unsigned turn = 0; ended < jobs; turn = (turn + 1) % jobs) {
    if (!frame_take(s, &all[turn], &frame)) return false;
    must(ended == 0 || frame.last);
    ended += frame.last;
  }
  return true;
}

static bool processes_end(struct process *all, unsigned jobs) {
  bool sound = true;
  for (unsigned i = 0; i < jobs; i++) {
    if (all[i].pipe) fclose(all[i].pipe);
    int status = 0;
    if (all[i].pid <= 0) continue;
    waitpid(all[i].pid, &status, 0);
    if (status != 0) fprintf(stderr, "yz settle: a process ended with status %d\n", status);
    sound = sound && status == 0;
  }
  return sound;
}

bool sorted_settle(struct settling *s, const struct sorted_tables *tables, unsigned jobs) {
  if (jobs <= 1) return sorted_settle_share(s, tables, 0, 1, NULL, NULL);
  must(jobs <= SORTED_JOBS_MAX);
  struct process all[SORTED_JOBS_MAX] = {0};
  bool sound = true;
  for (unsigned i = 0; i < jobs && sound; i++) sound = process_start(s, tables, i, jobs, all);
  sound = sound && frames_take(s, all, jobs);
  return processes_end(all, jobs) && sound;
}
