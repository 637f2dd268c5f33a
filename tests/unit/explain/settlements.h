/* settlements.h - hand-made settlements and the pack that they were made under. Every amount is computed by hand in the
 * comment beside it. */
#ifndef YZ_TEST_SETTLEMENTS_H
#define YZ_TEST_SETTLEMENTS_H

#include "bounds.h"
#include "explain.h"
#include "json.h"
#include "must.h"
#include "yaml_text.h"

#include <stdio.h>
#include <string.h>

static const char pack_yaml[] =
    "pack: cn.test\nversion: 2023.1\nname_zh: 示例市 2023 年度\nname_en: Sample City 2023\n"
    "from: 2023-01-01\nto: 2023-12-31\n"
    "sources:\n"
    "  - {id: press, title: '新闻发布会（2023-10-17）；注 | Press conference of 2023-10-17; remark', grade: seed}\n"
    "  - {id: guess, title: '假定：大病起付标准取自邻市 | Assumed from a neighbouring city', grade: assumed}\n"
    "benefits:\n"
    "  - id: basic\n    name_zh: 居民住院\n    name_en: Resident inpatient care\n    tier: basic\n"
    "    payer: resident_basic_fund\n    deductible: {per: stay, amount: 700}\n"
    "    rate: {flat: 60%, source: 'press: 六成'}\n"
    "    caps: {per: year, amount: 200000, shared_as: basic_year}\n"
    "    clause_zh: 三级医院起付线700元，以上报销60%，全年最高20万元。\n"
    "    clause_en: Above a deductible of 700 yuan 60% is paid at level-3 hospitals, at most 200,000 yuan a year.\n"
    "  - id: critical\n    name_zh: 居民大病保险\n    name_en: Resident critical-illness insurance\n"
    "    tier: critical_illness\n    payer: resident_critical_fund\n    deductible: {per: year, amount: 18000}\n"
    "    rate: {on: year, measured: including_deductible, steps: [{to: 100000, rate: 60%}, {rate: 65%}]}\n"
    "    caps: {per: year, amount: 400000}\n"
    "    tilts:\n"
    "      - {when: {category: [extreme_hardship, minimum_living]}, deductible_share: 50%, points: 5%, no_cap: true}\n"
    "  - id: pool\n    name_zh: 职工住院\n    name_en: Employee inpatient care\n    tier: basic\n"
    "    payer: employee_basic_fund\n    deductible: {per: stay, amount: 700}\n    rate: {flat: 80%}\n"
    "    caps: {per: year, on: covered, amount: 120000}\n"
    "  - id: active\n    name_zh: 在职职工住院\n    name_en: Inpatient care of active employees\n    tier: basic\n"
    "    payer: employee_basic_fund\n    deductible: {per: stay, amount: 700}\n"
    "    rate: {on: year, measured: above_deductible, steps: [{to: 10000, rate: 74%}, {rate: 80%}]}\n"
    "  - id: clinic\n    name_zh: 职工门诊\n    name_en: Employee outpatient care\n    tier: basic\n"
    "    payer: employee_basic_fund\n    deductible: {per: institution_year, amount: 100}\n"
    "    rate: {on: year, measured: above_deductible, steps: [{to: 3000, rate: 50%}, {rate: 60%}]}\n"
    "  - id: illness\n    name_zh: 职工大病\n    name_en: Employee critical illness\n    tier: critical_illness\n"
    "    payer: employee_critical_fund\n    deductible: {per: year, amount: 20000}\n"
    "    rate: {on: year, measured: above_deductible, steps: [{to: 50000, rate: 50%}, {rate: 60%}]}\n"
    "  - id: care\n    name_zh: 居家护理补助\n    name_en: Allowance for care at home\n    tier: care\n"
    "    payer: long_term_care_fund\n    grant: {per: day, amount: 15, beyond_cost: true}\n"
    "  - id: away\n    name_zh: 异地住院\n    name_en: Inpatient care elsewhere\n    tier: basic\n"
    "    payer: resident_basic_fund\n    rate: {flat: 60%}\n"
    "    tilts:\n      - {when: {remote: unfiled}, points: -10%, lost: true}\n";

#define WHO(remote, categories)                                                                                        \
  "\"entitlement\":{\"person\":\"P1\",\"name\":\"张三\",\"scheme\":\"resident\",\"standing\":\"adult\",\"age\":45,"  \
  "\"categories\":[" categories "],\"remote\":\"" remote "\",\"reach\":\"same_city\",\"level\":\"tertiary\","          \
  "\"institution\":\"H1\",\"institution_name\":\"示例市中心医院\",\"insured_city\":\"370300\",\"care_city\":"   \
  "\"370300\",\"pack\":{\"pack\":\"cn.test\",\"version\":\"2023.1\",\"sha256\":\"00\"},\"year\":2023}"
#define BILL_OF(setting)                                                                                               \
  "\"bill\":{\"request_id\":\"R1\",\"person\":\"P1\",\"institution\":\"H1\",\"setting\":\"" setting "\",\"from\":"     \
  "\"2023-10-01\",\"to\":\"2023-10-17\",\"days\":17}"

/* A first stay: 20,000.00 = 500 own + 300 over + 1,200 first-pay + 18,000 in policy. Basic (18,000 - 700) x 60% =
 * 10,380. Borne 7,620, all of it into the critical-illness deductible: 10,380 short of 18,000. */
static const char first_stay[] = "{\"id\":\"S1\",\"status\":\"settled\"," BILL_OF("inpatient") "," WHO(
    "local",
    "") ","
        "\"sums\":{\"total\":\"20000\",\"own_expense\":\"500\",\"over_limit\":\"300\",\"first_pay\":\"1200\",\"in_"
        "policy\":"
        "\"18000\"},\"results\":["
        "{\"benefit\":\"basic\",\"pack\":\"cn.test\",\"tier\":\"basic\",\"payer\":\"resident_basic_fund\",\"entered\":"
        "\"18000\",\"parts\":[{\"kind\":\"in_policy\",\"amount\":\"18000\"}],\"deductible_full\":\"700\",\"deductible_"
        "due\":"
        "\"700\",\"deductible\":\"700\",\"covered\":\"17300\",\"segments\":[{\"from\":\"700\",\"to\":\"18000\","
        "\"amount\":"
        "\"17300\",\"rate\":\"60%\"}],\"computed\":\"10380\",\"caps\":[{\"counter\":\"basic_year.p\",\"limit\":"
        "\"200000\","
        "\"before\":\"0\",\"left\":\"189620\"}],\"paid\":\"10380\",\"stay\":1,\"source\":[\"press#46d4192f\",\"press\"]"
        "},"
        "{\"benefit\":\"critical\",\"pack\":\"cn.test\",\"tier\":\"critical_illness\",\"payer\":\"resident_critical_"
        "fund\","
        "\"entered\":\"7620\",\"parts\":[{\"kind\":\"deductible_part\",\"amount\":\"700\"},{\"kind\":\"ratio_part\","
        "\"amount\":\"6920\"}],\"deductible_full\":\"18000\",\"deductible_due\":\"18000\",\"deductible\":\"7620\","
        "\"covered\":\"0\",\"caps\":[{\"counter\":\"critical.p\",\"limit\":\"400000\",\"before\":\"0\",\"left\":"
        "\"400000\"}"
        "],\"paid\":\"0\",\"deductible_left\":\"10380\",\"assumed\":true,\"source\":[\"press\",\"guess\"]}],"
        "\"shares\":[{\"payer\":\"resident_basic_fund\",\"amount\":\"10380\"},{\"payer\":\"personal_account\","
        "\"amount\":"
        "\"1000\"},{\"payer\":\"cash\",\"amount\":\"8620\"}],\"funds\":\"10380\",\"personal\":\"9620\","
        "\"in_policy_burden\":\"7620\",\"settled\":\"2023-10-17T02:03:04.000Z\"}";

/* Later in the year, extreme hardship: the deductible of 18,000 halved to 9,000, of which 7,620 were taken; 100,000
 * enter, 1,380 more are taken; 98,620 covered from position 9,000: 91,000 at 65%, 7,620 at 70% = 59,150 + 5,334 =
 * 64,484. */
static const char later_stay[] = "{\"id\":\"S2\",\"status\":\"settled\"," BILL_OF("inpatient") "," WHO(
    "local",
    "\"extreme_hardship\"") ","
                            "\"sums\":{\"total\":\"100000\",\"own_expense\":\"0\",\"over_limit\":\"0\",\"first_pay\":"
                            "\"0\",\"in_policy\":"
                            "\"100000\"},\"results\":["
                            "{\"benefit\":\"critical\",\"pack\":\"cn.test\",\"tier\":\"critical_illness\",\"payer\":"
                            "\"resident_critical_fund\","
                            "\"entered\":\"100000\",\"deductible_full\":\"18000\",\"deductible_due\":\"1380\","
                            "\"deductible\":\"1380\","
                            "\"deductible_before\":\"7620\",\"year_before\":\"7620\",\"covered\":\"98620\","
                            "\"segments\":[{\"from\":\"9000\","
                            "\"to\":\"100000\",\"amount\":\"91000\",\"rate\":\"65%\"},{\"from\":\"100000\",\"to\":"
                            "\"107620\",\"amount\":"
                            "\"7620\",\"rate\":\"70%\"}],\"computed\":\"64484\",\"caps\":[{\"counter\":\"critical.p\","
                            "\"limit\":\"400000\","
                            "\"before\":\"0\",\"left\":\"335516\",\"waived\":true}],\"paid\":\"64484\",\"tilt\":1}],"
                            "\"shares\":[{\"payer\":\"resident_critical_fund\",\"amount\":\"64484\"},{\"payer\":"
                            "\"cash\",\"amount\":\"35516\"}],"
                            "\"funds\":\"64484\",\"personal\":\"35516\",\"in_policy_burden\":\"35516\"}";

static inline const Yz__PolicyPack *find_pack(const void *self, const char *pack, const char *version) {
  const Yz__PolicyPack *only = self;
  return strcmp(only->pack, pack) == 0 && (!version || strcmp(only->version, version) == 0) ? only : NULL;
}

static inline struct explain_packs packs_make(struct arena *arena) {
  Yz__Problem *problem = NULL;
  const Yz__PolicyPack *pack =
      yaml_read(&yz__policy_pack__descriptor, "test", pack_yaml, strlen(pack_yaml), arena, NULL, &problem);
  if (!pack) puts(problem->detail);
  must(pack != NULL);
  return (struct explain_packs){.find = find_pack, .self = pack};
}

static inline Yz__Settlement *settlement_make(const char *json, struct arena *arena) {
  Yz__Problem *problem = NULL;
  Yz__Settlement *settlement = json_read(&yz__settlement__descriptor, json, strlen(json), arena, &problem);
  if (!settlement) printf("%s: %s\n", problem->pointer, problem->detail);
  must(settlement != NULL);
  return settlement;
}

#endif
