/* pack_texts.h - small packs for the tests of this folder. */
#ifndef YZ_TEST_PACK_TEXTS_H
#define YZ_TEST_PACK_TEXTS_H

#include "shelf.h"
#include "text.h"

/* Twelve lines; a test's own text begins on line 13, within `benefits`. */
#define PACK_HEAD                                                                                                      \
  "pack: test.city\n"                                                                                                  \
  "version: \"1\"\n"                                                                                                   \
  "name_zh: 测试市\n"                                                                                               \
  "name_en: Test City\n"                                                                                               \
  "from: 2023-01-01\n"                                                                                                 \
  "to: 2023-12-31\n"                                                                                                   \
  "ladder: [basic, critical_illness]\n"                                                                                \
  "sources:\n"                                                                                                         \
  "  - {id: law, title: The law, grade: official}\n"                                                                   \
  "  - {id: guess, title: A guess, grade: assumed}\n"                                                                  \
  "diseases: [{code: M1, name_zh: 甲病, name_en: First, source: law}, {code: M2, name_zh: 乙病, name_en: Second, " \
  "source: law}]\n"                                                                                                    \
  "benefits:\n"

/* The first lines of a benefit: five. */
#define BENEFIT_HEAD(id)                                                                                               \
  "  - id: " id "\n"                                                                                                   \
  "    name_zh: 住院\n"                                                                                              \
  "    name_en: Inpatient\n"                                                                                           \
  "    tier: basic\n"                                                                                                  \
  "    payer: resident_basic_fund\n"

#define BENEFIT_SOUND(id)                                                                                              \
  BENEFIT_HEAD(id)                                                                                                     \
  "    applies: {scheme: resident, setting: inpatient}\n"                                                              \
  "    rate: {flat: 60%, source: law}\n"

/* "LINE: reason\n" for each finding about the pack, in order; the shelf is given when wanted. */
static inline const char *findings_of(const char *pack, struct text *out) {
  struct findings findings;
  findings_init(&findings);
  struct shelf *shelf = shelf_new(NULL);
  shelf_add(shelf, "p.yaml", pack, strlen(pack), &findings);
  findings_sort(&findings);
  text_clear(out);
  for (size_t i = 0; i < findings.n; i++) text_addf(out, "%d: %s\n", findings.all[i].line, findings.all[i].reason);
  shelf_free(&shelf);
  findings_free(&findings);
  return text_string(out);
}

/* A shelf of sound packs. */
static inline struct shelf *shelf_of(size_t n, const char *const *packs) {
  struct findings findings;
  findings_init(&findings);
  struct shelf *shelf = shelf_new(NULL);
  for (size_t i = 0; i < n; i++)
    if (!shelf_add(shelf, "p.yaml", packs[i], strlen(packs[i]), &findings))
      fail_msg("pack %zu, line %d: %s", i, findings.all[0].line, findings.all[0].reason);
  findings_free(&findings);
  return shelf;
}

#endif
