/* house.h - the shelf of tests/unit/settlement/house, and messages written as YAML. */
#ifndef YZ_TEST_HOUSE_H
#define YZ_TEST_HOUSE_H

#include "arena.h"
#include "bill.h"
#include "date.h"
#include "draft.h"
#include "entitle.h"
#include "shelf.h"
#include "split.h"
#include "test.h"
#include "yaml_text.h"

static struct arena arena; /* of the test that runs */
static struct shelf *shelf;

static inline void house_shelf(void) {
  struct findings findings;
  findings_init(&findings);
  shelf = shelf_open("tests/unit/settlement/house", &findings);
  if (!shelf) fail_msg("line %d: %s", findings.all[0].line, findings.all[0].reason);
  findings_free(&findings);
}

static inline int house_open(void **state) {
  (void)state;
  arena_init(&arena, 64 * 1024 * 1024);
  house_shelf();
  return 0;
}

static inline int house_close(void **state) {
  (void)state;
  shelf_free(&shelf);
  arena_free(&arena);
  return 0;
}

static inline void *message(const ProtobufCMessageDescriptor *type, const char *yaml) {
  Yz__Problem *problem = NULL;
  void *made = yaml_read(type, "test", yaml, strlen(yaml), &arena, NULL, &problem);
  if (!made) fail_msg("%s in %s", problem->detail, yaml);
  return made;
}

static inline Yz__Bill *bill_of(const char *yaml) {
  return message(&yz__bill__descriptor, yaml);
}
static inline Yz__Person *person_of(const char *yaml) {
  return message(&yz__person__descriptor, yaml);
}
static inline Yz__Institution *institution_of(const char *yaml) {
  return message(&yz__institution__descriptor, yaml);
}

#define BILL "request_id: r1\nperson: p1\ninstitution: h1\n"
#define SUMS(total, own, over, first, in)                                                                              \
  "sums: {total: " #total ", own_expense: " #own ", over_limit: " #over ", first_pay: " #first ", in_policy: " #in "}" \
  "\n"
#define PERSON "id: p1\nname: 王某\nborn: 1980-05-20\n"
#define COVERED "coverages: {scheme: resident, standing: adult, pack: test.city, from: 2023-01-01}\n"
#define HOSPITAL "id: h1\nname: 测试医院\nlevel: tertiary\ncity: \"370302\"\n"

#endif
