#include "explain.h"
#include "remaining.h"
#include "summary.h"

static void say_settled(struct saying *s, const Yz__Settlement *settlement, const struct explain_packs *packs,
                        struct arena *arena) {
  say(s, "【医保结算】", "[Medical insurance] ");
  struct saying summary = summary_of(settlement);
  saying_append(s, &summary);
  struct clauses clauses;
  Yz__Explanation left = YZ__EXPLANATION__INIT;
  clauses_find(&clauses, settlement, packs);
  remaining_say(settlement, &clauses, &left, arena);
  for (size_t i = 0; i < left.n_remaining; i++) {
    if (i == 0) say(s, "今年还剩：", " Left this year:");
    text_add(&s->zh, left.remaining[i]->zh);
    text_addf(&s->en, " %s", left.remaining[i]->en);
  }
}

static void say_cancelled(struct saying *s, const Yz__Settlement *settlement) {
  say(s, "【医保撤销】", "[Medical insurance, cancelled] ");
  say_visit(s, settlement);
  say(s, "。这次结算已撤销", ". This settlement is cancelled");
  const Yz__Cancellation *cancellation = settlement->cancellation;
  if (cancellation && cancellation->reason) say(s, "（原因：%s）", " (reason: %s)", cancellation->reason);
  say(s, "：各项保障已付的 %s 元收回", ": the %s yuan paid by the funds are taken back", yuan(settlement->funds).text);
  if (settlement->outside_bill > 0)
    say(s, "，发给您本人的 %s 元一并收回", ", and so are the %s yuan paid to yourself",
        yuan(settlement->outside_bill).text);
  say(s, "，本年累计和剩余额度恢复到结算之前。您已付的 %s 元请向医院退回，费用须重新结算。",
      ", and what is left of the year is as it was before. Ask the hospital to return the %s yuan that you paid; the "
      "cost has to be settled anew.",
      yuan(settlement->personal).text);
}

Yz__PersonMessage *message_for_person(const Yz__Settlement *settlement, const struct explain_packs *packs,
                                      Yz__Fact__Kind kind, struct arena *arena) {
  struct saying s = {0};
  const bool cancelled = kind == YZ__FACT__KIND__CANCELLED;
  if (!cancelled)
    say_settled(&s, settlement, packs, arena);
  else
    say_cancelled(&s, settlement);
  Yz__PersonMessage *message = arena_alloc(arena, sizeof *message);
  yz__person_message__init(message);
  const Yz__Sentence *sentence = saying_sentence(&s, arena);
  message->settlement = arena_copy(arena, settlement->id);
  message->kind = kind;
  message->zh = sentence->zh;
  message->en = sentence->en;
  message->written = cancelled && settlement->cancellation ? settlement->cancellation->cancelled : settlement->settled;
  return message;
}
