#include "id.h"
#include "service_record.h"
#include "services.pb-c.h"
#include "supplementary.h"

#include <string.h>

static Yz__Problem *members_check(const Yz__Contract *contract, uint32_t most, struct arena *arena) {
  if (contract->n_members == 0 || contract->n_members > most)
    return problem_new(arena, YZ__CODE__INVALID, "/members", "this product takes 1 to %u persons in one contract",
                       most);
  for (size_t i = 0; i < contract->n_members; i++) {
    if (!id_valid(contract->members[i]->person))
      return problem_new(arena, YZ__CODE__INVALID, arena_format(arena, "/members/%zu/person", i), "a person id");
    for (size_t k = 0; k < i; k++)
      if (strcmp(contract->members[i]->person, contract->members[k]->person) == 0)
        return problem_new(arena, YZ__CODE__INVALID, arena_format(arena, "/members/%zu/person", i),
                           "the same as member %zu", k);
  }
  return NULL;
}

static Yz__Problem *contract_check(const Yz__Contract *contract, const struct shelf *shelf, struct arena *arena) {
  if (!id_valid(contract->id))
    return problem_new(arena, YZ__CODE__INVALID, "/id", "an id is letters, digits, '-', '_', '.'");
  const struct pack *pack = shelf_find(shelf, contract->product, contract->from);
  const Yz__Product *product = pack ? pack->text->product : NULL;
  if (!product)
    return problem_new(arena, YZ__CODE__UNKNOWN_POLICY, "/product", "no product pack %s is in force on the first day",
                       contract->product);
  if (contract->to < contract->from || contract->from < product->covers_from || contract->to > product->covers_to)
    return problem_new(arena, YZ__CODE__INVALID, "/to", "the contract must lie within the product's cover period");
  return members_check(contract, product->has_family_max ? product->family_max : 1, arena);
}

void supplementary_put_contract(struct bus_call *call, const ProtobufCMessage *request) {
  struct arena *arena = bus_call_arena(call);
  service_keep_record(call, RECORD_CONTRACT, request,
                      contract_check((const Yz__Contract *)request, service_of(call)->shelf, arena));
}

void supplementary_get_contract(struct bus_call *call, const ProtobufCMessage *request) {
  service_answer_record(call, RECORD_CONTRACT, ((const Yz__Id *)request)->id, YZ__CODE__NOT_FOUND);
}
