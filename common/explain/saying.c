#include "saying.h"

#include <assert.h>

static_assert((int)MONEY_TEXT_MAX >= (int)DATE_TEXT_MAX, "struct printed holds dates too");

void say(struct saying *saying, const char *zh, const char *en, ...) {
  va_list args;
  va_start(args, en);
  text_addv(&saying->zh, zh, args);
  va_end(args);
  va_start(args, en);
  text_addv(&saying->en, en, args);
  va_end(args);
}

void say_name(struct saying *saying, struct name name) {
  text_add(&saying->zh, name.zh);
  text_add(&saying->en, name.en);
}

bool saying_empty(const struct saying *saying) {
  return saying->zh.n == 0 && saying->en.n == 0;
}

Yz__Sentence *saying_sentence(struct saying *saying, struct arena *arena) {
  Yz__Sentence *sentence = arena_alloc(arena, sizeof *sentence);
  yz__sentence__init(sentence);
  sentence->zh = text_copy(&saying->zh, arena);
  sentence->en = text_copy(&saying->en, arena);
  saying_drop(saying);
  return sentence;
}

void saying_append(struct saying *saying, struct saying *more) {
  text_add(&saying->zh, text_string(&more->zh));
  text_add(&saying->en, text_string(&more->en));
  saying_drop(more);
}

void saying_drop(struct saying *saying) {
  text_free(&saying->zh);
  text_free(&saying->en);
}

struct printed yuan(int64_t fen) {
  struct printed printed;
  fen_print_grouped(fen, printed.text);
  return printed;
}

struct printed percent(int32_t ratio) {
  struct printed printed;
  ratio_print(ratio, printed.text);
  return printed;
}

struct printed day(int32_t days) {
  struct printed printed;
  date_print(days, printed.text);
  return printed;
}
