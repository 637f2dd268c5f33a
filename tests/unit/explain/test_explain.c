/* Sentences: each is compared whole with what a patient should read; numbers are those of the settlement. */
#include "test.h"

#include "formula.h"
#include "settlements.h"

#define RESULT(benefit, tier, more)                                                                                    \
  "{\"benefit\":\"" benefit "\",\"pack\":\"cn.test\",\"tier\":\"" tier "\",\"payer\":\"resident_basic_fund\"," more "}"

struct formula_case {
  const char *result, *zh, *en;
};
static const struct formula_case formulas[] = {
    {RESULT("basic", "basic",
            "\"entered\":\"12000\",\"deductible_full\":\"700\",\"deductible_due\":\"700\",\"deductible\":\"700\","
            "\"covered\":\"11300\",\"segments\":[{\"from\":\"700\",\"to\":\"12000\",\"amount\":\"11300\",\"rate\":"
            "\"60%\"}],\"computed\":\"6780\",\"paid\":\"6780\""),
     "(12,000.00 - 起付线 700.00) × 60% = 6,780.00", "(12,000.00 - deductible 700.00) × 60% = 6,780.00"},
    {RESULT(
         "away", "basic",
         "\"entered\":\"1000\",\"covered\":\"1000\",\"segments\":[{\"from\":\"0\",\"to\":\"1000\",\"amount\":\"1000\","
         "\"rate\":\"50%\"}],\"computed\":\"500\",\"paid\":\"500\",\"lost\":\"100\",\"tilt\":1"),
     "异地就医未备案：比例降低 10 个百分点；1,000.00 × 50% = 500.00；因未按规定备案或转诊，少付 100.00",
     "care elsewhere without filing: rates 10 percentage points lower; 1,000.00 × 50% = 500.00; 100.00 is lost for "
     "want of a filing or a referral"},
    {RESULT("basic", "basic",
            "\"entered\":\"500\",\"deductible_full\":\"700\",\"deductible_due\":\"700\",\"deductible\":\"500\","
            "\"covered\":\"0\",\"computed\":\"0\",\"paid\":\"0\""),
     "500.00 没有超过起付线 700.00，本次不支付", "500.00 is not above the deductible of 700.00: nothing is paid"},
    /* (10,000 - 700) x 60% = 5,580; 198,000 of 200,000 used: 2,000 paid */
    {RESULT(
         "basic", "basic",
         "\"entered\":\"10000\",\"deductible_full\":\"700\",\"deductible_due\":\"700\",\"deductible\":\"700\","
         "\"covered\":\"9300\",\"segments\":[{\"from\":\"700\",\"to\":\"10000\",\"amount\":\"9300\",\"rate\":\"60%\"}"
         "],\"computed\":\"5580\",\"caps\":[{\"counter\":\"basic_year.p\",\"limit\":\"200000\",\"before\":\"198000\","
         "\"left\":\"0\",\"binding\":true}],\"paid\":\"2000\""),
     "(10,000.00 - 起付线 700.00) × 60% = 5,580.00；全年限额 200,000.00 此前已用 198,000.00，只付 2,000.00",
     "(10,000.00 - deductible 700.00) × 60% = 5,580.00; the year's limit of 200,000.00: 198,000.00 used before, so "
     "2,000.00 is paid"},
    /* 50,000 above the deductible, 10,000 of them within the 120,000 that the pool covers */
    {RESULT("pool", "basic",
            "\"entered\":\"50700\",\"deductible_full\":\"700\",\"deductible_due\":\"700\",\"deductible\":\"700\","
            "\"covered\":\"10000\",\"segments\":[{\"from\":\"700\",\"to\":\"10700\",\"amount\":\"10000\",\"rate\":"
            "\"80%\"}],\"computed\":\"8000\",\"caps\":[{\"counter\":\"pool.c\",\"limit\":\"120000\",\"before\":"
            "\"110000\",\"left\":\"0\",\"binding\":true}],\"paid\":\"8000\""),
     "全年限额内可纳入 120,000.00，此前已纳入 110,000.00，本次纳入 10,000.00；10,000.00 × 80% = 8,000.00",
     "the year's limit lets 120,000.00 in, 110,000.00 before and 10,000.00 now; 10,000.00 × 80% = 8,000.00"},
    /* once a year, paid before */
    {RESULT("basic", "basic",
            "\"entered\":\"20000\",\"covered\":\"20000\",\"segments\":[{\"from\":\"0\",\"to\":\"20000\",\"amount\":"
            "\"20000\",\"rate\":\"60%\"}],\"computed\":\"12000\",\"caps\":[{\"counter\":\"basic.t\",\"limit\":\"0\","
            "\"before\":\"0\",\"left\":\"0\",\"binding\":true,\"times\":1,\"times_before\":1}],\"paid\":\"0\""),
     "20,000.00 × 60% = 12,000.00；一年内最多支付 1 次，此前已支付 1 次，本次不再支付",
     "20,000.00 × 60% = 12,000.00; in a year 1 payment(s) at most, 1 before this bill: nothing now"},
    {RESULT("care", "care",
            "\"entered\":\"0\",\"covered\":\"0\",\"computed\":\"255\",\"paid\":\"0\",\"outside_bill\":\"255\""),
     "按日定额，17 天共 255.00；另发给本人 255.00，不在账单内",
     "a fixed amount a day, for 17 days 255.00; 255.00 is paid to the person beside the bill"},
    {RESULT("basic", "basic",
            "\"entered\":\"1000\",\"deductible_full\":\"700\",\"deductible_due\":\"0\",\"covered\":\"1000\","
            "\"segments\":[{\"from\":\"0\",\"to\":\"1000\",\"amount\":\"1000\",\"rate\":\"60%\"}],\"computed\":\"600\","
            "\"paid\":\"600\""),
     "免除起付线 700.00；1,000.00 × 60% = 600.00", "the deductible of 700.00 is waived; 1,000.00 × 60% = 600.00"},
    {RESULT("critical", "critical_illness",
            "\"entered\":\"5010\",\"deductible_full\":\"18000\",\"deductible_due\":\"12780\",\"deductible\":\"5010\","
            "\"deductible_before\":\"5220\",\"deductible_left\":\"7770\",\"year_before\":\"5220\",\"covered\":\"0\","
            "\"computed\":\"0\",\"paid\":\"0\""),
     "本年累计进入 10,230.00（此前 5,220.00 + 本次 5,010.00）；5,010.00 全部计入本年起付线 18,000.00（此前已扣 "
     "5,220.00），还差 7,770.00 才开始支付",
     "10,230.00 has entered this year (5,220.00 before + 5,010.00 now); all of the 5,010.00 goes into the year's "
     "deductible of 18,000.00 (5,220.00 taken before); payment begins after another 7,770.00"},
    /* the year's total is rounded: 0.03 x 60% alone would be 0.02 */
    {RESULT(
         "critical", "critical_illness",
         "\"entered\":\"0.03\",\"deductible_full\":\"18000\",\"deductible_due\":\"0\",\"deductible_before\":\"18000\","
         "\"year_before\":\"20000\",\"covered\":\"0.03\",\"segments\":[{\"from\":\"20000\",\"to\":\"20000.03\","
         "\"amount\":\"0.03\",\"rate\":\"60%\"}],\"computed\":\"0.01\",\"paid\":\"0.01\""),
     "本年累计进入 20,000.03（此前 20,000.00 + 本次 0.03）；本年起付线此前已扣满，本次不再扣；0.03 × 60% = "
     "0.01（分以下按全年累计取整）",
     "20,000.03 has entered this year (20,000.00 before + 0.03 now); the year's deductible was taken in full before; "
     "0.03 × 60% = 0.01 (rounded on the year's total)"},
    /* a rate share may leave more than four places in the rate */
    {RESULT(
         "unknown", "basic",
         "\"entered\":\"1000000\",\"covered\":\"1000000\",\"segments\":[{\"from\":\"0\",\"to\":\"1000000\",\"amount\":"
         "\"1000000\",\"rate\":\"33.33%\"}],\"computed\":\"333330.50\",\"paid\":\"333330.50\""),
     "1,000,000.00 × 33.33% ≈ 333,330.50", "1,000,000.00 × 33.33% ≈ 333,330.50"},
    {RESULT("unknown", "basic",
            "\"entered\":\"20000\",\"deductible_due\":\"8000\",\"deductible\":\"8000\",\"deductible_full\":\"18000\","
            "\"deductible_before\":\"10000\",\"covered\":\"12000\",\"segments\":[{\"from\":\"18000\",\"to\":\"30000\","
            "\"amount\":\"12000\",\"rate\":\"60%\"}],\"computed\":\"7200\",\"caps\":[{\"counter\":\"c.p\",\"limit\":"
            "\"5000\",\"before\":\"0\",\"left\":\"0\",\"binding\":true}],\"paid\":\"5000\""),
     "起付线 18,000.00 此前已扣 10,000.00，本次扣 8,000.00；(20,000.00 - 起付线 8,000.00) × 60% = 7,200.00；限额 "
     "5,000.00，只付 5,000.00",
     "deductible of 18,000.00: 10,000.00 taken before, 8,000.00 now; (20,000.00 - deductible 8,000.00) × 60% = "
     "7,200.00; the limit is 5,000.00, so 5,000.00 is paid"},
};

static Yz__BenefitResult *result_make(const char *json, struct arena *arena) {
  Yz__Problem *problem = NULL;
  Yz__BenefitResult *result = json_read(&yz__benefit_result__descriptor, json, strlen(json), arena, &problem);
  if (!result) fail_msg("%s: %s", problem->pointer, problem->detail);
  return result;
}

static const Yz__Benefit *benefit_of(const struct explain_packs *packs, const char *id) {
  const Yz__PolicyPack *pack = packs->self;
  for (size_t i = 0; i < pack->n_benefits; i++)
    if (strcmp(pack->benefits[i]->id, id) == 0) return pack->benefits[i];
  return NULL;
}

static void writes_formulas(void **state) {
  (void)state;
  struct arena arena;
  arena_init(&arena, LIMIT_ARENA);
  const struct explain_packs packs = packs_make(&arena);
  Yz__Settlement *settlement = settlement_make(first_stay, &arena);
  settlement->entitlement->remote = YZ__REMOTE__UNFILED;
  for (size_t i = 0; i < COUNT(formulas); i++) {
    const Yz__BenefitResult *result = result_make(formulas[i].result, &arena);
    struct saying s = formula_of(settlement, result, benefit_of(&packs, result->benefit));
    assert_string_equal(text_string(&s.zh), formulas[i].zh);
    assert_string_equal(text_string(&s.en), formulas[i].en);
    saying_drop(&s);
  }
  arena_free(&arena);
}

static void explains_a_first_stay(void **state) {
  (void)state;
  struct arena arena;
  arena_init(&arena, LIMIT_ARENA);
  const struct explain_packs packs = packs_make(&arena);
  const Yz__Explanation *e = explain(settlement_make(first_stay, &arena), &packs, &arena);
  assert_string_equal(e->settlement, "S1");
  assert_string_equal(e->summary->zh,
                      "张三，2023-10-01 至 2023-10-17，在示例市中心医院住院，总费用 20,000.00 "
                      "元。居民基本医保统筹基金支付 10,380.00 元；您个人负担 9,620.00 元（个人账户 1,000.00 "
                      "元，个人现金 8,620.00 元）。");
  assert_string_equal(e->summary->en,
                      "张三, 2023-10-01 to 2023-10-17, at 示例市中心医院, inpatient: billed 20,000.00 yuan. The funds "
                      "pay 10,380.00 yuan (resident basic insurance fund 10,380.00); you pay 9,620.00 yuan (personal "
                      "account 1,000.00, cash 8,620.00).");
  assert_int_equal(e->n_steps, 4);
  assert_string_equal(e->steps[0]->formula->zh, "总费用 20,000.00 = 全自费 500.00 + 超限价自付 300.00 + 乙类先行自付 "
                                                "1,200.00 + 政策范围内 18,000.00");
  assert_int_equal(e->steps[0]->left, 2000000);
  assert_string_equal(e->steps[1]->title->zh, "居民住院：居民基本医保统筹基金支付 10,380.00 元");
  assert_string_equal(e->steps[1]->title->en,
                      "Resident inpatient care: resident basic insurance fund pays 10,380.00 yuan");
  assert_string_equal(e->steps[1]->formula->zh, "(18,000.00 - 起付线 700.00) × 60% = 10,380.00");
  assert_string_equal(e->steps[1]->clause->zh, "三级医院起付线700元，以上报销60%，全年最高20万元。");
  assert_string_equal(e->steps[1]->source[0], "press: 六成");
  assert_int_equal(e->steps[1]->amount, 1038000);
  assert_int_equal(e->steps[1]->left, 962000);
  assert_string_equal(e->steps[2]->title->zh, "居民大病保险：本次不支付");
  assert_string_equal(e->steps[2]->formula->zh,
                      "进入 7,620.00（起付线部分 700.00 + 按比例自负部分 6,920.00）；7,620.00 全部计入本年起付线 "
                      "18,000.00，还差 10,380.00 才开始支付");
  assert_null(e->steps[2]->clause);
  assert_string_equal(e->steps[3]->title->zh, "个人账户支付 1,000.00 元");
  assert_int_equal(e->steps[3]->left, 862000);
  assert_int_equal(e->n_remaining, 2);
  assert_string_equal(e->remaining[0]->zh, "居民住院：全年限额（与其他待遇合计） 200,000.00 元，还剩 189,620.00 元。");
  assert_string_equal(e->remaining[1]->zh, "居民大病保险：本年起付线 18,000.00 元，还差 10,380.00 "
                                           "元；达到后，超过的部分开始按比例支付。");
  assert_int_equal(e->n_cautions, 1);
  assert_string_equal(e->cautions[0]->zh,
                      "居民大病保险：有一项数字是假定的，须以当地规定为准。假定：大病起付标准取自邻市");
  assert_string_equal(e->cautions[0]->en, "Resident critical-illness insurance: a value is assumed; the local rule "
                                          "decides. Assumed from a neighbouring city");
  arena_free(&arena);
}

static void tells_what_arose_before_benefits(void **state) {
  (void)state;
  struct arena arena;
  arena_init(&arena, LIMIT_ARENA);
  const struct explain_packs packs = packs_make(&arena);
  Yz__Settlement *settlement = settlement_make(first_stay, &arena);
  Yz__SplitLine early = YZ__SPLIT_LINE__INIT, since = YZ__SPLIT_LINE__INIT;
  early.has_early = early.early = true;
  early.own_expense = 40000;
  since.own_expense = 10000;
  settlement->split = (Yz__SplitLine *[]){&early, &since};
  settlement->n_split = 2;
  settlement->entitlement->has_benefits_from = true;
  settlement->entitlement->benefits_from = date_of(2023, 10, 3);
  const Yz__Sentence *formula = explain(settlement, &packs, &arena)->steps[0]->formula;
  assert_non_null(strstr(formula->zh, "；其中 400.00 发生在 2023-10-03 待遇开始之前，医保不予支付，由个人自行承担"));
  assert_non_null(
      strstr(formula->en, "; of this 400.00 arose before benefits began on 2023-10-03 and is the person's own"));
  arena_free(&arena);
}

static void tells_why_the_account_was_not_used(void **state) {
  (void)state;
  static const struct {
    uint32_t year; /* 0: none in the record */
    int64_t wish;
    const char *zh, *en; /* NULL: nothing is said */
  } rows[] = {
      {2023, 100, NULL, NULL},
      {2022, 0, NULL, NULL},
      {2022, 100, "个人账户：余额为 2022 年度划入，本次费用属 2023 年度，未使用。",
       "personal account: the balance was credited for 2022, and this care is of 2023, so nothing was taken from it."},
      {0, 100, "个人账户：余额未注明所属年度，本次未使用。",
       "personal account: the balance does not say its year, so nothing was taken from it."},
  };
  for (size_t i = 0; i < COUNT(rows); i++) {
    struct arena arena;
    arena_init(&arena, LIMIT_ARENA);
    const struct explain_packs packs = packs_make(&arena);
    Yz__Settlement *settlement = settlement_make(later_stay, &arena);
    settlement->bill->has_use_account = true;
    settlement->bill->use_account = rows[i].wish;
    settlement->entitlement->has_account_balance = true;
    settlement->entitlement->has_account_year = rows[i].year > 0;
    settlement->entitlement->account_year = rows[i].year;
    const Yz__Explanation *e = explain(settlement, &packs, &arena);
    assert_int_equal(e->n_cautions, rows[i].zh ? 1 : 0);
    if (rows[i].zh) assert_string_equal(e->cautions[0]->zh, rows[i].zh);
    if (rows[i].en) assert_string_equal(e->cautions[0]->en, rows[i].en);
    arena_free(&arena);
  }
}

static void explains_a_tilt_in_the_year(void **state) {
  (void)state;
  struct arena arena;
  arena_init(&arena, LIMIT_ARENA);
  const struct explain_packs packs = packs_make(&arena);
  const Yz__Explanation *e = explain(settlement_make(later_stay, &arena), &packs, &arena);
  assert_string_equal(e->steps[1]->title->zh, "居民大病保险：支付 64,484.00 元");
  assert_string_equal(
      e->steps[1]->formula->zh,
      "特困人员：起付线减半，比例提高 5 个百分点，不设年度封顶线；起付线由 18,000.00 减为 9,000.00；本年累计进入 "
      "107,620.00（此前 7,620.00 + 本次 100,000.00）；本年起付线 9,000.00 此前已扣 7,620.00，本次扣 "
      "1,380.00；(100,000.00 - 起付线 1,380.00) 按本年累计分段：91,000.00 × 65%（9,000.00～100,000.00） + 7,620.00 × "
      "70%（100,000.00～107,620.00） = 64,484.00");
  assert_int_equal(e->n_remaining, 0); /* no cap, deductible reached, no further bracket */
  assert_int_equal(e->n_cautions, 0);
  arena_free(&arena);
}

static const Yz__PolicyPack *find_nothing(const void *self, const char *pack, const char *version) {
  (void)self, (void)pack, (void)version;
  return NULL;
}

static void does_without_packs(void **state) {
  (void)state;
  struct arena arena;
  arena_init(&arena, LIMIT_ARENA);
  const struct explain_packs packs = {.find = find_nothing};
  const Yz__Explanation *e = explain(settlement_make(first_stay, &arena), &packs, &arena);
  assert_string_equal(e->steps[1]->title->zh, "基本医保：居民基本医保统筹基金支付 10,380.00 元");
  assert_string_equal(e->steps[1]->formula->zh, "(18,000.00 - 起付线 700.00) × 60% = 10,380.00");
  assert_null(e->steps[1]->clause);
  assert_string_equal(e->remaining[0]->zh, "基本医保：限额 200,000.00 元，还剩 189,620.00 元。");
  assert_string_equal(e->cautions[0]->zh, "大病保险：用到了假定的或来源不足的数字，须以当地规定为准。");
  arena_free(&arena);
}

static void writes_messages(void **state) {
  (void)state;
  struct arena arena;
  arena_init(&arena, LIMIT_ARENA);
  const struct explain_packs packs = packs_make(&arena);
  Yz__Settlement *settlement = settlement_make(first_stay, &arena);
  settlement->settled = 7;
  const Yz__PersonMessage *m = message_for_person(settlement, &packs, YZ__FACT__KIND__SETTLED, &arena);
  assert_string_equal(m->settlement, "S1");
  assert_int_equal(m->kind, YZ__FACT__KIND__SETTLED);
  assert_int_equal(m->written, 7);
  assert_string_equal(
      m->zh, "【医保结算】张三，2023-10-01 至 2023-10-17，在示例市中心医院住院，总费用 20,000.00 "
             "元。居民基本医保统筹基金支付 10,380.00 元；您个人负担 9,620.00 元（个人账户 1,000.00 元，个人现金 "
             "8,620.00 元）。今年还剩：居民住院：全年限额（与其他待遇合计） 200,000.00 元，还剩 189,620.00 "
             "元。居民大病保险：本年起付线 18,000.00 元，还差 10,380.00 元；达到后，超过的部分开始按比例支付。");
  settlement->status = YZ__SETTLEMENT__STATUS__CANCELLED;
  Yz__Cancellation cancellation = YZ__CANCELLATION__INIT;
  cancellation.reason = (char[]){"重复录入"};
  cancellation.cancelled = 8;
  settlement->cancellation = &cancellation;
  m = message_for_person(settlement, &packs, YZ__FACT__KIND__CANCELLED, &arena);
  assert_int_equal(m->written, 8);
  assert_string_equal(m->zh,
                      "【医保撤销】张三，2023-10-01 至 2023-10-17，在示例市中心医院住院，总费用 20,000.00 "
                      "元。这次结算已撤销（原因：重复录入）：各项保障已付的 10,380.00 "
                      "元收回，本年累计和剩余额度恢复到结算之前。您已付的 9,620.00 元请向医院退回，费用须重新结算。");
  const Yz__Explanation *e = explain(settlement, &packs, &arena);
  assert_memory_equal(e->summary->zh, "（已撤销）", strlen("（已撤销）"));
  arena_free(&arena);
}

static void shares_one_limit_once(void **state) {
  (void)state;
  struct arena arena;
  arena_init(&arena, LIMIT_ARENA);
  const struct explain_packs packs = packs_make(&arena);
  Yz__Settlement *settlement = settlement_make(first_stay, &arena);
  Yz__CapUse second = *settlement->results[0]->caps[0];
  second.before = second.left;
  second.left = 100;
  settlement->results[1]->caps[0] = &second;
  second.counter = settlement->results[0]->caps[0]->counter;
  const Yz__Explanation *e = explain(settlement, &packs, &arena);
  assert_int_equal(e->n_remaining, 2);
  assert_string_equal(e->remaining[1]->zh, "居民大病保险：全年限额 200,000.00 元，还剩 1.00 元。");
  second.left = 0;
  e = explain(settlement, &packs, &arena);
  assert_string_equal(e->remaining[1]->zh, "居民大病保险：全年限额 200,000.00 元已用完。");
  arena_free(&arena);
}

/* A second stay has its own deductible: 2,000 above it, not 2,000 of the bill, reach the next bracket. */
static void tells_what_is_left_this_year(void **state) {
  (void)state;
  static const struct {
    const char *result, *zh, *en;
  } rows[] = {
      {RESULT("active", "basic",
              "\"entered\":\"8700\",\"deductible_full\":\"700\",\"deductible_due\":\"700\",\"deductible\":\"700\","
              "\"covered\":\"8000\",\"computed\":\"5920\",\"paid\":\"5920\",\"to_next_step\":\"2000\",\"stay\":1"),
       "在职职工住院：本年再有 2,000.00 元（每次起付线以上的部分）进入后，超过的部分按下一档比例支付。",
       "Inpatient care of active employees: after another 2,000.00 yuan above the deductible of a stay have entered "
       "this year, what is above is paid at the next rate."},
      {RESULT("clinic", "basic",
              "\"entered\":\"1100\",\"deductible_full\":\"100\",\"deductible_due\":\"100\",\"deductible\":\"100\","
              "\"covered\":\"1000\",\"computed\":\"500\",\"paid\":\"500\",\"to_next_step\":\"2000\""),
       "职工门诊：本年再有 2,000.00 元（起付线以上的部分）进入后，超过的部分按下一档比例支付。",
       "Employee outpatient care: after another 2,000.00 yuan above the deductible have entered this year, what is "
       "above is paid at the next rate."},
      /* the year's deductible is taken, and where it lies inside the brackets it counts */
      {RESULT("illness", "critical_illness",
              "\"entered\":\"30000\",\"deductible_full\":\"20000\",\"deductible_due\":\"20000\",\"deductible\":"
              "\"20000\",\"covered\":\"10000\",\"computed\":\"5000\",\"paid\":\"5000\",\"to_next_step\":\"40000\""),
       "职工大病：本年再有 40,000.00 元进入后，超过的部分按下一档比例支付。",
       "Employee critical illness: after another 40,000.00 yuan have entered this year, what is above is paid at the "
       "next rate."},
      {RESULT("critical", "critical_illness",
              "\"entered\":\"30000\",\"deductible_full\":\"18000\",\"deductible_due\":\"18000\",\"deductible\":"
              "\"18000\",\"covered\":\"12000\",\"computed\":\"7200\",\"paid\":\"7200\",\"to_next_step\":\"70000\""),
       "居民大病保险：本年再有 70,000.00 元进入后，超过的部分按下一档比例支付。",
       "Resident critical-illness insurance: after another 70,000.00 yuan have entered this year, what is above is "
       "paid at the next rate."},
      /* paid once a year: what is left of the year's money is paid to nobody */
      {RESULT("basic", "basic",
              "\"entered\":\"20000\",\"covered\":\"20000\",\"computed\":\"12000\",\"caps\":[{\"counter\":\"basic.t\","
              "\"limit\":\"0\",\"before\":\"0\",\"left\":\"0\",\"binding\":false,\"times\":1,\"times_before\":0},"
              "{\"counter\":\"basic.p\",\"limit\":\"100000\",\"before\":\"0\",\"left\":\"88000\",\"binding\":false}],"
              "\"paid\":\"12000\""),
       "居民住院：一年内最多支付 1 次，次数已用完。",
       "Resident inpatient care: in a year 1 payment(s) at most: none is left."},
      {RESULT("basic", "basic",
              "\"entered\":\"20000\",\"covered\":\"20000\",\"computed\":\"12000\",\"caps\":[{\"counter\":\"basic.t\","
              "\"limit\":\"0\",\"before\":\"0\",\"left\":\"0\",\"binding\":false,\"times\":2,\"times_before\":0},"
              "{\"counter\":\"basic.p\",\"limit\":\"100000\",\"before\":\"0\",\"left\":\"88000\",\"binding\":false}],"
              "\"paid\":\"12000\""),
       "居民住院：限额 100,000.00 元，还剩 88,000.00 元。",
       "Resident inpatient care: the limit is 100,000.00 yuan, of which 88,000.00 are left."},
  };
  struct arena arena;
  arena_init(&arena, LIMIT_ARENA);
  const struct explain_packs packs = packs_make(&arena);
  for (size_t i = 0; i < COUNT(rows); i++) {
    Yz__Settlement *settlement = settlement_make(first_stay, &arena);
    settlement->n_results = 1;
    settlement->results[0] = result_make(rows[i].result, &arena);
    const Yz__Explanation *e = explain(settlement, &packs, &arena);
    assert_int_equal(e->n_remaining, 1);
    assert_string_equal(e->remaining[0]->zh, rows[i].zh);
    assert_string_equal(e->remaining[0]->en, rows[i].en);
  }
  arena_free(&arena);
}

/* What a fund gives beside the bill is not nothing, and a cancel asks it back. */
static void tells_a_grant(void **state) {
  (void)state;
  struct arena arena;
  arena_init(&arena, LIMIT_ARENA);
  const struct explain_packs packs = packs_make(&arena);
  Yz__Settlement *settlement = settlement_make(first_stay, &arena);
  settlement->outside_bill = 60000;
  const Yz__Explanation *e = explain(settlement, &packs, &arena);
  const char *both = "元，个人现金 8,620.00 元）。另有 600.00 元发给您本人，不在账单内。";
  assert_string_equal(strstr(e->summary->zh, "元，个人现金"), both);

  settlement->n_shares = 0;
  settlement->funds = settlement->personal = settlement->sums->total = 0;
  e = explain(settlement, &packs, &arena);
  assert_string_equal(e->summary->zh, "张三，2023-10-01 至 2023-10-17，在示例市中心医院住院，总费用 0.00 "
                                      "元。各项保障发给您本人 600.00 元，不在账单内；您个人负担 0.00 元。");
  assert_string_equal(e->summary->en,
                      "张三, 2023-10-01 to 2023-10-17, at 示例市中心医院, inpatient: billed 0.00 yuan. The funds pay "
                      "600.00 yuan to yourself, beside the bill; you pay 0.00 yuan.");
  const Yz__PersonMessage *m = message_for_person(settlement, &packs, YZ__FACT__KIND__CANCELLED, &arena);
  assert_non_null(strstr(m->zh, "：各项保障已付的 0.00 元收回，发给您本人的 600.00 元一并收回，本年累计"));
  assert_non_null(strstr(m->en, ": the 0.00 yuan paid by the funds are taken back, and so are the 600.00 yuan paid to "
                                "yourself, and what is left of the year"));

  settlement->outside_bill = 0;
  e = explain(settlement, &packs, &arena);
  assert_non_null(strstr(e->summary->zh, "各项保障本次不支付；您个人负担 0.00 元。"));
  assert_non_null(strstr(e->summary->en, "No fund pays anything this time; you pay 0.00 yuan."));
  arena_free(&arena);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(writes_formulas),
      cmocka_unit_test(explains_a_first_stay),
      cmocka_unit_test(tells_what_arose_before_benefits),
      cmocka_unit_test(tells_why_the_account_was_not_used),
      cmocka_unit_test(explains_a_tilt_in_the_year),
      cmocka_unit_test(does_without_packs),
      cmocka_unit_test(writes_messages),
      cmocka_unit_test(shares_one_limit_once),
      cmocka_unit_test(tells_what_is_left_this_year),
      cmocka_unit_test(tells_a_grant),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
