#include "summary.h"

static bool is_personal(Yz__Payer payer) {
  return payer == YZ__PAYER__PERSONAL_ACCOUNT || payer == YZ__PAYER__FAMILY_ACCOUNT || payer == YZ__PAYER__CASH;
}

void say_visit(struct saying *s, const Yz__Settlement *settlement) {
  const Yz__Bill *bill = settlement->bill;
  const Yz__Entitlement *who = settlement->entitlement;
  const char *place = who->institution_name ? who->institution_name : who->institution;
  const struct name setting = name_of(&yz__setting__descriptor, (int)bill->setting);
  if (who->name) say(s, "%s，", "%s, ", who->name);
  say(s, "%s", "%s", day(bill->from).text);
  if (bill->has_to && bill->to != bill->from) say(s, " 至 %s", " to %s", day(bill->to).text);
  say(s, "，在%s", ", at %s, ", place);
  say_name(s, setting);
  say(s, "，总费用 %s 元", ": billed %s yuan", yuan(settlement->sums->total).text);
}

void say_payers(struct saying *s, const Yz__Settlement *settlement) {
  if (settlement->funds == 0 && settlement->outside_bill == 0) {
    say(s, "各项保障本次不支付", "No fund pays anything this time");
    return;
  }
  if (settlement->funds == 0) {
    say(s, "各项保障发给您本人 %s 元，不在账单内", "The funds pay %s yuan to yourself, beside the bill",
        yuan(settlement->outside_bill).text);
    return;
  }
  size_t payers = 0;
  text_addf(&s->en, "The funds pay %s yuan (", yuan(settlement->funds).text);
  for (size_t i = 0; i < settlement->n_shares; i++) {
    const Yz__Share *share = settlement->shares[i];
    if (is_personal(share->payer) || share->amount == 0) continue;
    if (payers++ > 0) say(s, "，", ", ");
    say_name(s, name_of(&yz__payer__descriptor, (int)share->payer));
    say(s, "支付 %s 元", " %s", yuan(share->amount).text);
  }
  if (payers > 1) text_addf(&s->zh, "，合计 %s 元", yuan(settlement->funds).text);
  text_add(&s->en, ")");
}

void say_personal(struct saying *s, const Yz__Settlement *settlement) {
  say(s, "您个人负担 %s 元", "you pay %s yuan", yuan(settlement->personal).text);
  size_t parts = 0;
  for (size_t i = 0; i < settlement->n_shares; i++) {
    const Yz__Share *share = settlement->shares[i];
    if (!is_personal(share->payer) || share->amount == 0 || share->amount == settlement->personal) continue;
    say(s, parts > 0 ? "，" : "（", parts > 0 ? ", " : " (");
    say_name(s, name_of(&yz__payer__descriptor, (int)share->payer));
    say(s, " %s 元", " %s", yuan(share->amount).text);
    parts++;
  }
  if (parts > 0) say(s, "）", ")");
}

struct saying summary_of(const Yz__Settlement *settlement) {
  struct saying s = {0};
  if (settlement->status == YZ__SETTLEMENT__STATUS__ESTIMATED) say(&s, "（预结算）", "(Estimate) ");
  if (settlement->status == YZ__SETTLEMENT__STATUS__CANCELLED) say(&s, "（已撤销）", "(Cancelled) ");
  say_visit(&s, settlement);
  say(&s, "。", ". ");
  say_payers(&s, settlement);
  say(&s, "；", "; ");
  say_personal(&s, settlement);
  say(&s, "。", ".");
  if (settlement->outside_bill > 0 && settlement->funds > 0)
    say(&s, "另有 %s 元发给您本人，不在账单内。", " Beside the bill %s yuan are paid to you.",
        yuan(settlement->outside_bill).text);
  return s;
}
