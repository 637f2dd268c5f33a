#include "routes.h"

#include "http.h"
#include "must.h"
#include "openapi.h"
#include "policy.pb-c.h"
#include "services.pb-c.h"

#include <stdbool.h>
#include <string.h>

static const struct route table[] = {
    {.method = "POST",
     .path = "/v1/estimates",
     .operation = "estimate",
     .summary =
         "What a bill would settle to; nothing is written. With Accept: text/plain the slip, lang=zh, en or both",
     .query = "lang",
     .slip = true,
     .body = &yz__bill__descriptor,
     .output = &yz__settlement__descriptor,
     .kind = ROUTE_ESTIMATE},
    {.method = "POST",
     .path = "/v1/settlements",
     .operation = "settle",
     .summary = "Settle a bill. 201 when it was settled now, 200 with the same bytes when it was settled before",
     .body = &yz__bill__descriptor,
     .creates = true,
     .output = &yz__settlement__descriptor,
     .kind = ROUTE_SETTLE},
    {.method = "POST",
     .path = "/v1/settlements:batch",
     .operation = "settleBatch",
     .summary =
         "Settle bills, one a line; answered line by line while the request still comes, in the order of the lines",
     .body = &yz__bill__descriptor,
     .output = &yz__batch_line__descriptor,
     .kind = ROUTE_BATCH},
    {.method = "GET",
     .path = "/v1/settlements/{id}",
     .operation = "getSettlement",
     .summary = "A settlement as it was answered, or as it was cancelled",
     .output = &yz__settlement__descriptor,
     .call = CALL_READ,
     .key = "id"},
    {.method = "GET",
     .path = "/v1/settlements/{id}/explanation",
     .operation = "explainSettlement",
     .summary = "The settlement in sentences; with Accept: text/plain the printed slip, lang=zh, en or both",
     .query = "lang",
     .slip = true,
     .output = &yz__explanation__descriptor,
     .kind = ROUTE_EXPLANATION,
     .call = CALL_EXPLAIN,
     .key = "id"},
    {.method = "POST",
     .path = "/v1/settlements/{id}/cancel",
     .operation = "cancelSettlement",
     .summary = "Take a settlement back; every counter is restored. The body's id may be left out",
     .body = &yz__cancel_request__descriptor,
     .output = &yz__settlement__descriptor,
     .call = CALL_CANCEL,
     .key = "id"},
    {.method = "PUT",
     .path = "/v1/persons/{id}",
     .operation = "putPerson",
     .summary = "Create or replace a person's record. The body's id may be left out",
     .body = &yz__person__descriptor,
     .output = &yz__person__descriptor,
     .kind = ROUTE_PUT,
     .call = CALL_PUT_PERSON,
     .key = "id"},
    {.method = "GET",
     .path = "/v1/persons/{id}",
     .operation = "getPerson",
     .summary = "A person's record",
     .output = &yz__person__descriptor,
     .call = CALL_GET_PERSON,
     .key = "person"},
    {.method = "GET",
     .path = "/v1/persons/{id}/overview",
     .operation = "getOverview",
     .summary = "Everything about a person, from all services at once; names those that did not answer",
     .query = "on",
     .output = &yz__overview__descriptor,
     .kind = ROUTE_OVERVIEW,
     .key = "person"},
    {.method = "GET",
     .path = "/v1/persons/{id}/account",
     .operation = "getAccount",
     .summary = "The counters of the year of that day",
     .query = "on",
     .output = &yz__account_view__descriptor,
     .call = CALL_ACCOUNT,
     .key = "person"},
    {.method = "GET",
     .path = "/v1/persons/{id}/messages",
     .operation = "getMessages",
     .summary = "Messages written to a person, the newest first",
     .output = &yz__message_list__descriptor,
     .call = CALL_OUTBOX,
     .key = "person"},
    {.method = "PUT",
     .path = "/v1/institutions/{id}",
     .operation = "putInstitution",
     .summary = "Create or replace an institution's record. The body's id may be left out",
     .body = &yz__institution__descriptor,
     .output = &yz__institution__descriptor,
     .kind = ROUTE_PUT,
     .call = CALL_PUT_INSTITUTION,
     .key = "id"},
    {.method = "GET",
     .path = "/v1/institutions/{id}",
     .operation = "getInstitution",
     .summary = "An institution's record",
     .output = &yz__institution__descriptor,
     .call = CALL_GET_INSTITUTION,
     .key = "id"},
    {.method = "PUT",
     .path = "/v1/contracts/{id}",
     .operation = "putContract",
     .summary = "Create or replace a supplementary contract. The body's id may be left out",
     .body = &yz__contract__descriptor,
     .output = &yz__contract__descriptor,
     .kind = ROUTE_PUT,
     .call = CALL_PUT_CONTRACT,
     .key = "id"},
    {.method = "GET",
     .path = "/v1/contracts/{id}",
     .operation = "getContract",
     .summary = "A supplementary contract",
     .output = &yz__contract__descriptor,
     .call = CALL_GET_CONTRACT,
     .key = "id"},
    {.method = "POST",
     .path = "/v1/encounters",
     .operation = "openEncounter",
     .summary = "Open a stay whose fee lines are collected before it is settled",
     .body = &yz__encounter__descriptor,
     .output = &yz__encounter__descriptor,
     .call = CALL_OPEN_ENCOUNTER},
    {.method = "POST",
     .path = "/v1/encounters/{id}/lines",
     .operation = "addLines",
     .summary = "Add numbered fee lines; a number sent again with the same content is ignored",
     .body = &yz__encounter_lines__descriptor,
     .output = &yz__encounter__descriptor,
     .call = CALL_ADD_LINES,
     .key = "id"},
    {.method = "GET",
     .path = "/v1/encounters/{id}",
     .operation = "getEncounter",
     .summary = "An encounter with its fee lines",
     .output = &yz__encounter__descriptor,
     .call = CALL_GET_ENCOUNTER,
     .key = "id"},
    {.method = "GET",
     .path = "/v1/policies",
     .operation = "listPolicies",
     .summary = "The policy packs that are loaded",
     .output = &yz__policy_list__descriptor,
     .kind = ROUTE_POLICIES},
    {.method = "GET",
     .path = "/v1/policies/{id}",
     .operation = "getPolicy",
     .summary = "A policy pack as it is in force on a day, default today; what it inherits is in its parent",
     .query = "on",
     .output = &yz__policy_pack__descriptor,
     .kind = ROUTE_POLICY},
    {.method = "GET",
     .path = "/v1/clearing/balances",
     .operation = "getBalances",
     .summary = "What insured cities owe care cities for a month, yyyymm",
     .query = "month",
     .output = &yz__clearing_balances__descriptor,
     .call = CALL_BALANCES},
};

const struct route *routes(size_t *n) {
  *n = sizeof table / sizeof table[0];
  return table;
}

/* Whether the path has the template's form; *id is then the segment that stands for "{id}", *n_id its length. */
static bool fits(const char *template, const char *path, const char **id, size_t *n_id) {
  *id = NULL;
  while (*template && *path) {
    if (*template != '{') {
      if (*template ++ != *path++) return false;
      continue;
    }
    *id = path;
    *n_id = strcspn(path, "/");
    path += *n_id;
    template = strchr(template, '}') + 1;
    if (*n_id == 0) return false;
  }
  return !*template && !*path;
}

struct route_match route_match(const char *method, const char *path, struct arena *arena) {
  struct route_match match = {0};
  if (strcmp(method, "HEAD") == 0) method = "GET";
  for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
    const char *id;
    size_t n_id = 0;
    if (!fits(table[i].path, path, &id, &n_id)) continue;
    const char *decoded = id ? http_decode(arena, id, n_id, false) : NULL;
    if (id && !decoded) continue;
    if (strcmp(table[i].method, method) == 0) return (struct route_match){.route = &table[i], .id = decoded};
    const char *own = strcmp(table[i].method, "GET") == 0 ? "GET, HEAD" : table[i].method;
    match.allow = match.allow ? arena_format(arena, "%s, %s", match.allow, own) : own;
  }
  return match;
}

bool route_streams(const char *method, const char *target) {
  const size_t n = strcspn(target, "?");
  for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
    if (table[i].kind == ROUTE_BATCH && strcmp(table[i].method, method) == 0 && strlen(table[i].path) == n &&
        memcmp(table[i].path, target, n) == 0)
      return true;
  return false;
}

void routes_openapi(struct text *out) {
  struct api_route rows[sizeof table / sizeof table[0]];
  for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
    rows[i] = (struct api_route){.method = table[i].method,
                                 .path = table[i].path,
                                 .operation = table[i].operation,
                                 .summary = table[i].summary,
                                 .query = table[i].query,
                                 .text_too = table[i].slip,
                                 .lines = table[i].kind == ROUTE_BATCH,
                                 .creates = table[i].creates,
                                 .input = table[i].body,
                                 .output = table[i].output};
  openapi_write(out, "yizhan", YZ_VERSION, rows, sizeof rows / sizeof rows[0]);
}
