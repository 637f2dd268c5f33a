/* city.c - a year of a city: residents, families with a supplementary contract, institutions and every bill of a year,
 * as tables for `yz settle` and `yz send`. Seeded and deterministic: the same seed and number of residents give the
 * same bytes on every machine (integers only), and fewer residents give the first families of more.
 *
 * city generate FOLDER RESIDENTS SEED   writes persons.csv, contracts.csv, institutions.csv and bills.csv, and prints
 *                                       "name value" lines of what it made
 * city inputs                           prints the table below: every number that the city is made from, with its
 * origin
 *
 * Families stand one behind the other in every table, ids ascending, and so do bills, those of a person (of a family
 * that shares a contract) in the order of their service dates: as `yz settle --sorted` takes them. NOTHING HERE KNOWS A
 * BENEFIT: what the tiers pay is an outcome. */
#include "date.h"
#include "money.h"
#include "must.h"
#include "splitmix.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- what the city is made from */

enum input_id {
  STAYS,
  CHRONIC_VISITS,
  CLINIC_VISITS,
  TWO_DISEASE_SHARE,
  EMERGENCIES,
  STAY_COST,
  CHRONIC_COST,
  CLINIC_COST,
  EMERGENCY_COST,
  IN_POLICY,
  FIRST_PAY,
  OVER_LIMIT,
  OUTPATIENT_IN_POLICY,
  AWAY,
  HELPED_STAYS,
  HELPED_CHRONIC,
  MINIMUM_LIVING,
  EXTREME_HARDSHIP,
  EDGE_FAMILY,
  MONITORED,
  CHRONIC_REGISTERED,
  TWO_DISEASE_REGISTERED,
  CONTRACTED,
  CHILDREN,
  SERIOUSLY_ILL,
  SERIOUS_STAYS,
  SERIOUS_COST,
  INPUTS
};

static const struct input {
  const char *name;
  int64_t value;
  const char *unit;   /* ppm: 1/1 000 000; permille: 1/1000; fen */
  const char *origin; /* "seed NNN", "found" (looked up), "derived" from those, or "assumed" */
  const char *reason;
} inputs[INPUTS] = {
    [STAYS] = {"stays", 178783, "ppm a resident and year", "derived, seed 003",
               "Baise Jan-Oct 2021: 535 500 inpatient person-times of 3 594 300 residents, x 12/10; no Zibo figure"},
    [CHRONIC_VISITS] = {"chronic_visits", 154277, "ppm a resident and year", "derived, seed 003",
                        "Baise Jan-Oct 2021: 462 100 chronic person-times of 3 594 300 residents, x 12/10"},
    [CLINIC_VISITS] = {"clinic_visits", 1765427, "ppm a resident and year", "derived, found",
                       "nation: 1.7 bn outpatient person-times of residents (2022) by 962.94 m residents (2023)"},
    [TWO_DISEASE_SHARE] = {"two_disease_share", 150000, "ppm of clinic visits", "assumed",
                           "the bulletin does not divide outpatient visits"},
    [EMERGENCIES] = {"emergencies", 10000, "ppm a resident and year", "assumed", "one in a hundred; no figure found"},
    [STAY_COST] = {"stay_cost", 473100, "fen a stay", "seed 002",
                   "Zaozhuang Shizhong Jan-Sep 2023: 4 731 yuan a stay; no Zibo figure"},
    [CHRONIC_COST] =
        {"chronic_cost", 62700, "fen a visit", "derived, seed 003",
         "Baise: basic paid 251 yuan a visit; by 60 % of Zibo, 418 in policy, 117 for the share of the 300 "
         "deductible at 2.57 visits, by outpatient_in_policy"},
    [CLINIC_COST] = {"clinic_cost", 8000, "fen a visit", "assumed", "80 yuan, a visit at a village or township clinic"},
    [EMERGENCY_COST] = {"emergency_cost", 70000, "fen a visit", "assumed", "700 yuan; no figure found"},
    [IN_POLICY] = {"in_policy", 853000, "ppm of a stay's cost", "derived, seeds 000 001",
                   "fund pays 59.7 % of actual cost (nation 2019) and about 70 % of in-policy cost (Zibo 2023)"},
    [FIRST_PAY] = {"first_pay", 70000, "ppm of a stay's cost", "assumed", "about half of what is not in policy"},
    [OVER_LIMIT] = {"over_limit", 10000, "ppm of a stay's cost", "assumed", "the rest of it is own expense"},
    [OUTPATIENT_IN_POLICY] = {"outpatient_in_policy", 853000, "ppm of a visit's cost", "assumed", "as a stay's"},
    [AWAY] = {"away", 40000, "ppm of stays", "assumed", "in Jinan, same province: 10 % remote first-pay of the pack"},
    [HELPED_STAYS] = {"helped_stays", 1093, "permille of the usual rate", "derived, seed 003",
                      "Baise: 167 600 stays of 1 029 548 people out of poverty against 535 500 of 3 594 300"},
    [HELPED_CHRONIC] = {"helped_chronic", 1240, "permille of the usual rate", "derived, seed 003",
                        "Baise: 164 100 chronic visits of 1 029 548 people against 462 100 of 3 594 300"},
    [MINIMUM_LIVING] = {"minimum_living", 45000, "ppm of families", "assumed",
                        "the four together 7.59 %: premium aid reached 73.082 m people (found, 25 provinces, 2023) of "
                        "962.94 m residents; how they divide was not found"},
    [EXTREME_HARDSHIP] = {"extreme_hardship", 7000, "ppm of families", "assumed", "as minimum_living"},
    [EDGE_FAMILY] = {"edge_family", 14900, "ppm of families", "assumed", "as minimum_living"},
    [MONITORED] = {"monitored", 9000, "ppm of families", "assumed", "as minimum_living"},
    [CHRONIC_REGISTERED] = {"chronic_registered", 60000, "ppm of residents", "assumed",
                            "2.57 visits a year for each; no figure found"},
    [TWO_DISEASE_REGISTERED] = {"two_disease_registered", 100000, "ppm of residents", "assumed", "no figure found"},
    [CONTRACTED] = {"contracted", 251908, "ppm of families", "derived, seeds 000 001",
                    "660 000 enrolled in 45 days of 2020, all taken as residents of 2 620 000 (employees are among "
                    "them: an upper bound); all healthy risks, which raises it further"},
    [SERIOUSLY_ILL] = {"seriously_ill", 8800, "ppm of residents", "CALIBRATED, seed 001",
                       "so that critical illness has about the 149 000 person-times of Zibo 2022; they come on top of "
                       "the stays above, which are poorer places'"},
    [SERIOUS_STAYS] = {"serious_stays", 13000000, "ppm a seriously ill and year", "assumed",
                       "a treatment every four weeks, the usual rhythm of chemotherapy; at tertiary hospitals"},
    [SERIOUS_COST] = {"serious_cost", 740000, "fen a stay", "CALIBRATED, seed 001",
                      "so that critical illness pays about 1 603 yuan a person-time, as in Zibo 2022"},
    [CHILDREN] = {"children", 220000, "ppm of residents", "assumed", "students and children; no figure found"},
};

/* Tables of the same kind: what no source divides further. Factors keep the mean at 1. */
struct weighted {
  uint32_t share;  /* ppm */
  uint32_t factor; /* permille */
};
/* assumed: how unlike residents are in health; the third class has several stays a year, which is what the yearly
 * deductibles of the later tiers are about */
static const struct weighted frailty[] = {{700000, 200}, {250000, 1400}, {50000, 10200}};
/* assumed: where stays are (community, primary, secondary, tertiary) and what they cost against the average */
static const struct weighted levels[] = {{250000, 350}, {50000, 600}, {400000, 900}, {300000, 1600}};
/* assumed: families of 1 to 5 (share; factor unused) */
static const struct weighted family_sizes[] = {{150000, 0}, {300000, 0}, {280000, 0}, {170000, 0}, {100000, 0}};
/* assumed: cost against the mean, at these shares of all cases (ppm); between them linear. The quantiles of a
 * log-normal distribution with sigma 1, the usual shape of hospital costs, cut at 60 times the mean; the mean is then
 * made exact */
static const struct {
  uint32_t at, permille;
} spread[] = {{0, 30},         {10000, 59},     {50000, 117},    {100000, 168},  {250000, 309},
              {500000, 607},   {750000, 1190},  {900000, 2185},  {950000, 3142}, {990000, 6210},
              {999000, 13330}, {999900, 24980}, {1000000, 60000}};

enum { WEEKS = 52, FAMILY_MAX = 5, BILLS_MAX = FAMILY_MAX * WEEKS * 5, PPM = 1000000, YEAR = 2023 };

/* ---- chance: one stream for each family */

static uint64_t chance_state;

static uint64_t chance(void) {
  return splitmix_next(&chance_state);
}

static uint32_t below(uint32_t n) {
  return (uint32_t)(((chance() >> 32) * n) >> 32);
}

static bool happens(int64_t ppm) {
  return (int64_t)below(PPM) < ppm;
}

static size_t pick(const struct weighted *table, size_t n) {
  const uint32_t at = below(PPM);
  uint32_t seen = 0;
  for (size_t i = 0; i + 1 < n; i++)
    if (at < (seen += table[i].share)) return i;
  return n - 1;
}
#define PICK(table) pick(table, sizeof(table) / sizeof *(table))

/* The mean of the spread, in 1/1000 x ppm x 2: trapezoids. */
static int64_t spread_mean(void) {
  int64_t sum = 0;
  for (size_t i = 0; i + 1 < sizeof spread / sizeof *spread; i++)
    sum += (int64_t)(spread[i + 1].at - spread[i].at) * (spread[i].permille + spread[i + 1].permille);
  return sum;
}

/* A cost around `mean` fen, at least one fen. */
static int64_t cost_draw(int64_t mean) {
  static int64_t whole;
  if (whole == 0) whole = spread_mean();
  const uint32_t at = below(PPM);
  size_t i = 0;
  while (spread[i + 1].at <= at) i++;
  const int64_t width = spread[i + 1].at - spread[i].at, into = at - spread[i].at;
  const int64_t x = spread[i].permille * width + (int64_t)(spread[i + 1].permille - spread[i].permille) * into;
  const int64_t cost = (int64_t)((__int128)mean * x * 2 * PPM / ((__int128)width * whole));
  return cost > 0 ? cost : 1;
}

/* ---- people and bills of one family */

/* Kinds of bills; SERIOUS are stays of the seriously ill. */
enum setting { INPATIENT, CHRONIC, CLINIC, TWO_DISEASE, EMERGENCY, SERIOUS, SETTINGS };
static const char *const kind_names[] = {"inpatient", "chronic", "outpatient", "two_disease", "emergency", "serious"};
static const char *const setting_names[] = {"inpatient",   "chronic",   "outpatient",
                                            "two_disease", "emergency", "inpatient"};
enum help { NO_HELP = 4, HELPS = 5 };
static const char *const help_names[] = {"minimum_living", "extreme_hardship", "edge_family", "monitored", "none"};
static const enum input_id help_inputs[] = {MINIMUM_LIVING, EXTREME_HARDSHIP, EDGE_FAMILY, MONITORED};
/* assumed mix of registered diseases; the chronic ones stand in every city's list */
static const char *const chronic_diseases[] = {"M00500", "M01102", "M02300"};
static const char *const two_diseases[] = {"M03900", "M01600"};

struct resident {
  uint32_t number;
  uint32_t frailty; /* permille */
  bool child, serious;
  int32_t born;
  const char *chronic, *two; /* registered disease, or NULL */
};

struct bill {
  uint32_t resident, turn, order;
  enum setting setting;
  int32_t from, to;
  int64_t own, over, first, in_policy;
  char institution[24];
  const char *disease;
};

static struct {
  FILE *persons, *contracts, *institutions, *bills;
  uint32_t residents, made, contracts_made;
  uint64_t seed, bills_made, people_in_contracts;
  uint64_t by_setting[SETTINGS], by_help[HELPS];
  int64_t cost[SETTINGS], in_policy[SETTINGS];
  struct bill year[BILLS_MAX]; /* of the family in hand */
  size_t n_year;
} city;

/* Permille by which everybody's rate is divided so that the helped, who come more often, leave the average as it is. */
static int64_t helped_mean(int64_t permille) {
  int64_t share = 0;
  for (size_t i = 0; i < NO_HELP; i++) share += inputs[help_inputs[i]].value;
  return 1000 + share * (permille - 1000) / PPM;
}

/* The yearly rate, ppm, of a kind of care for one resident. */
static int64_t rate_of(const struct resident *r, enum help help, enum setting setting) {
  const int64_t two = inputs[CLINIC_VISITS].value * inputs[TWO_DISEASE_SHARE].value / PPM;
  int64_t rate = 0, helped = 1000;
  switch (setting) {
  case INPATIENT:
    rate = inputs[STAYS].value;
    helped = inputs[HELPED_STAYS].value;
    break;
  case CHRONIC:
    rate = r->chronic ? inputs[CHRONIC_VISITS].value * PPM / inputs[CHRONIC_REGISTERED].value : 0;
    helped = inputs[HELPED_CHRONIC].value;
    break;
  case CLINIC: rate = inputs[CLINIC_VISITS].value - two; break;
  case SERIOUS: return r->serious ? inputs[SERIOUS_STAYS].value : 0;
  case TWO_DISEASE: rate = r->two ? two * PPM / inputs[TWO_DISEASE_REGISTERED].value : 0; break;
  default: rate = inputs[EMERGENCIES].value; break;
  }
  if (setting != CHRONIC && setting != TWO_DISEASE) rate = rate * r->frailty / 1000;
  return rate * (help == NO_HELP ? 1000 : helped) / helped_mean(helped);
}

static void split(struct bill *b, int64_t cost) {
  const bool stay = b->setting == INPATIENT || b->setting == SERIOUS;
  const int64_t in_policy = stay ? inputs[IN_POLICY].value : inputs[OUTPATIENT_IN_POLICY].value;
  b->first = cost * inputs[FIRST_PAY].value / PPM;
  b->over = stay ? cost * inputs[OVER_LIMIT].value / PPM : 0;
  b->own = cost * (PPM - in_policy - inputs[FIRST_PAY].value - (stay ? inputs[OVER_LIMIT].value : 0)) / PPM;
  b->in_policy = cost - b->first - b->over - b->own;
}

static void bill_add(uint32_t resident, const struct resident *r, enum setting setting, int32_t week) {
  static const char *const kinds[] = {"community", "primary", "secondary", "tertiary"};
  static const uint32_t counts[] = {60, 12, 10, 4};
  must(city.n_year < BILLS_MAX);
  struct bill *b = &city.year[city.n_year];
  *b = (struct bill){.resident = resident, .order = (uint32_t)city.n_year++, .setting = setting};
  const int32_t first = date_of(YEAR, 1, 1), last = date_of(YEAR, 12, 31);
  b->from = b->to = first + week * 7 + (int32_t)below(7);
  size_t level = 0;
  int64_t mean = 0;
  if (setting == INPATIENT) {
    level = PICK(levels);
    int64_t all = 0;
    for (size_t i = 0; i < 4; i++) all += (int64_t)levels[i].share * levels[i].factor;
    mean = inputs[STAY_COST].value * levels[level].factor * PPM / all;
    b->to += 2 + (int32_t)below(14); /* about nine days, as the nation's stays */
  } else if (setting == SERIOUS) {
    level = 3;
    mean = inputs[SERIOUS_COST].value;
    b->to += 2 + (int32_t)below(4);
  } else {
    static const enum input_id costs[] = {
        [CHRONIC] = CHRONIC_COST, [CLINIC] = CLINIC_COST, [TWO_DISEASE] = CLINIC_COST, [EMERGENCY] = EMERGENCY_COST};
    mean = inputs[costs[setting]].value;
    if (setting == CHRONIC || setting == EMERGENCY) level = 2;
  }
  if (b->to > last) b->to = last;
  b->disease = setting == CHRONIC ? r->chronic : setting == TWO_DISEASE ? r->two : NULL;
  if (setting == INPATIENT && level == 3 && happens(inputs[AWAY].value * PPM / levels[3].share))
    snprintf(b->institution, sizeof b->institution, "jinan-1");
  else
    snprintf(b->institution, sizeof b->institution, "%s-%u", kinds[level], 1 + below(counts[level]));
  split(b, cost_draw(mean));
}

static void year_make(uint32_t resident, const struct resident *r, enum help help) {
  for (int setting = 0; setting < SETTINGS; setting++) {
    const int64_t weekly = rate_of(r, help, (enum setting)setting) / WEEKS;
    for (int32_t week = 0; weekly > 0 && week < WEEKS; week++)
      if (happens(weekly)) bill_add(resident, r, (enum setting)setting, week);
  }
}

static struct resident resident_make(uint32_t number) {
  struct resident r = {.number = number, .frailty = frailty[PICK(frailty)].factor};
  r.child = happens(inputs[CHILDREN].value);
  const int years = r.child ? 1 + (int)below(17) : 18 + (int)below(70);
  r.born = date_of(YEAR - years, 1, 1) - (int32_t)below(365);
  if (happens(inputs[CHRONIC_REGISTERED].value)) r.chronic = chronic_diseases[below(3)];
  r.serious = happens(inputs[SERIOUSLY_ILL].value);
  if (happens(inputs[TWO_DISEASE_REGISTERED].value)) r.two = two_diseases[below(2)];
  return r;
}

/* ---- tables */

static void put_person(const struct resident *r, enum help help) {
  char born[DATE_TEXT_MAX];
  fprintf(city.persons, "r%08" PRIu32 ",居民,%s,resident,%s,cn.shandong.zibo,%d-01-01,", r->number,
          date_print(r->born, born), r->child ? "student_child" : "adult", YEAR);
  if (help == NO_HELP)
    fputs(",,", city.persons);
  else
    fprintf(city.persons, "%s,%d-01-01,", help_names[help], YEAR);
  const char *const diseases[] = {r->chronic, r->two};
  for (int i = 0; i < 2; i++) {
    if (diseases[i]) fprintf(city.persons, "%s,%d-01-01", diseases[i], YEAR);
    fputs(diseases[i] ? "" : ",", city.persons);
    fputc(i == 0 ? ',' : '\n', city.persons);
  }
}

static void put_contract(uint32_t first, uint32_t size) {
  fprintf(city.contracts, "q%08" PRIu32 ",cn.shandong.zibo.qihuibao-2022,%d-01-01,%d-12-31", first, YEAR, YEAR);
  for (uint32_t i = 0; i < FAMILY_MAX; i++) {
    if (i < size)
      fprintf(city.contracts, ",r%08" PRIu32, first + i);
    else
      fputc(',', city.contracts);
  }
  fputc('\n', city.contracts);
}

static void put_bill(const struct bill *b, uint32_t first) {
  char day[2][DATE_TEXT_MAX], sum[5][MONEY_TEXT_MAX];
  const int64_t total = b->own + b->over + b->first + b->in_policy;
  fprintf(city.bills, "b%09" PRIu64 ",r%08" PRIu32 ",%s,%s,%s,%s,%s,%s,%s,%s,%s,%s\n", ++city.bills_made,
          first + b->resident, b->institution, setting_names[b->setting], date_print(b->from, day[0]),
          date_print(b->to, day[1]), b->disease ? b->disease : "", fen_print(total, sum[0]), fen_print(b->own, sum[1]),
          fen_print(b->over, sum[2]), fen_print(b->first, sum[3]), fen_print(b->in_policy, sum[4]));
  city.by_setting[b->setting]++;
  city.cost[b->setting] += total;
  city.in_policy[b->setting] += b->in_policy;
}

/* In the order of settling: of a family with a contract by day, since it shares counters, of others one after the
 * other. */
static int by_turn(const void *a, const void *b) {
  const struct bill *x = a, *y = b;
  if (x->turn != y->turn) return x->turn < y->turn ? -1 : 1;
  if (x->to != y->to) return x->to < y->to ? -1 : 1;
  return x->order < y->order ? -1 : x->order > y->order;
}

static void family_make(void) {
  const uint32_t first = city.made + 1;
  chance_state = city.seed ^ (first * UINT64_C(0xd1342543de82ef95));
  const uint32_t wish = (uint32_t)PICK(family_sizes) + 1, left = city.residents - city.made;
  const uint32_t size = wish < left ? wish : left;
  enum help help = NO_HELP;
  uint32_t at = below(PPM);
  for (size_t i = 0; i < NO_HELP; at -= (uint32_t)inputs[help_inputs[i++]].value) {
    if (at >= inputs[help_inputs[i]].value) continue;
    help = (enum help)i;
    break;
  }
  const bool contracted = happens(inputs[CONTRACTED].value);
  city.n_year = 0;
  for (uint32_t i = 0; i < size; i++) {
    const struct resident r = resident_make(first + i);
    put_person(&r, help);
    year_make(i, &r, help);
    city.by_help[help]++;
  }
  if (contracted) {
    put_contract(first, size);
    city.contracts_made++;
    city.people_in_contracts += size;
  }
  for (size_t i = 0; i < city.n_year; i++) city.year[i].turn = contracted ? 0 : city.year[i].resident;
  qsort(city.year, city.n_year, sizeof *city.year, by_turn);
  for (size_t i = 0; i < city.n_year; i++) put_bill(&city.year[i], first);
  city.made += size;
}

static void put_institutions(void) {
  static const struct {
    const char *kind, *level, *name;
    int n;
  } kinds[] = {{"community", "community", "镇卫生院", 60},
               {"primary", "primary", "一级医院", 12},
               {"secondary", "secondary", "人民医院", 10},
               {"tertiary", "tertiary", "中心医院", 4}};
  fputs("id,name,level,city\n", city.institutions);
  for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++)
    for (int i = 1; i <= kinds[k].n; i++)
      fprintf(city.institutions, "%s-%d,%s%d,%s,370300\n", kinds[k].kind, i, kinds[k].name, i, kinds[k].level);
  fputs("jinan-1,济南省级医院,tertiary,370100\n", city.institutions);
}

static FILE *table_open(const char *folder, const char *name) {
  char path[4096];
  must((size_t)snprintf(path, sizeof path, "%s/%s", folder, name) < sizeof path);
  FILE *file = fopen(path, "wb");
  if (!file) {
    fprintf(stderr, "city: %s: %s\n", path, strerror(errno));
    exit(1);
  }
  setvbuf(file, NULL, _IOFBF, 1 << 20);
  return file;
}

static void table_close(FILE *file) {
  if (fflush(file) != 0 || fclose(file) != 0) {
    fprintf(stderr, "city: %s\n", strerror(errno));
    exit(1);
  }
}

static int generate(const char *folder, uint32_t residents, uint64_t seed) {
  city.residents = residents;
  city.seed = seed * UINT64_C(0x9e3779b97f4a7c15);
  city.persons = table_open(folder, "persons.csv");
  city.contracts = table_open(folder, "contracts.csv");
  city.institutions = table_open(folder, "institutions.csv");
  city.bills = table_open(folder, "bills.csv");
  fputs(
      "id,name,born,coverages/0/scheme,coverages/0/standing,coverages/0/pack,coverages/0/from,recognitions/0/category,"
      "recognitions/0/from,registrations/0/disease,registrations/0/from,registrations/1/disease,registrations/1/from\n",
      city.persons);
  fputs("id,product,from,to,members/0/person,members/1/person,members/2/person,members/3/person,members/4/person\n",
        city.contracts);
  fputs("request_id,person,institution,setting,from,to,disease,sums/total,sums/own_expense,sums/over_limit,"
        "sums/first_pay,sums/in_policy\n",
        city.bills);
  put_institutions();
  while (city.made < city.residents) family_make();
  table_close(city.persons);
  table_close(city.contracts);
  table_close(city.institutions);
  table_close(city.bills);
  printf("residents %" PRIu32 "\nbills %" PRIu64 "\ncontracts %" PRIu32 "\npeople_in_contracts %" PRIu64 "\n",
         city.made, city.bills_made, city.contracts_made, city.people_in_contracts);
  for (int i = 0; i < SETTINGS; i++)
    printf("%s_bills %" PRIu64 "\n%s_cost_fen %" PRId64 "\n%s_in_policy_fen %" PRId64 "\n", kind_names[i],
           city.by_setting[i], kind_names[i], city.cost[i], kind_names[i], city.in_policy[i]);
  for (int i = 0; i < HELPS; i++) printf("people_%s %" PRIu64 "\n", help_names[i], city.by_help[i]);
  return 0;
}

int main(int argc, char **argv) {
  if (argc == 2 && strcmp(argv[1], "inputs") == 0) {
    for (int i = 0; i < INPUTS; i++)
      printf("%s\t%" PRId64 "\t%s\t%s\t%s\n", inputs[i].name, inputs[i].value, inputs[i].unit, inputs[i].origin,
             inputs[i].reason);
    return 0;
  }
  const long residents = argc == 5 ? atol(argv[3]) : 0;
  if (argc != 5 || strcmp(argv[1], "generate") != 0 || residents < 1 || residents > 99999999) {
    fprintf(stderr, "usage: city generate FOLDER RESIDENTS SEED | city inputs\n");
    return 2;
  }
  return generate(argv[2], (uint32_t)residents, strtoull(argv[4], NULL, 10));
}
