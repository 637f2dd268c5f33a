#include "problem.h"

#include "must.h"

#include <stdio.h>

static const struct problem_kind kinds[] = {
    [YZ__CODE__MALFORMED] = {"malformed request",
                             "correct the member that the pointer names; /openapi.json has the schema", 400},
    [YZ__CODE__INVALID] = {"invalid value",
                           "correct the value that the pointer names and send again; nothing was recorded", 422},
    [YZ__CODE__UNKNOWN_PERSON] = {"unknown person", "check the person id, or enrol the person first", 404},
    [YZ__CODE__UNKNOWN_INSTITUTION] = {"unknown institution",
                                       "check the institution id, or register the institution first", 404},
    [YZ__CODE__UNKNOWN_SETTLEMENT] =
        {"unknown settlement", "use the id that POST /v1/settlements answered; the same bill sent again answers it too",
         404},
    [YZ__CODE__UNKNOWN_ENCOUNTER] = {"unknown encounter", "open the encounter first, or check its id", 404},
    [YZ__CODE__UNKNOWN_POLICY] = {"no policy for that city and day",
                                  "check the day and the pack's id; GET /v1/policies lists the packs and their days",
                                  422},
    [YZ__CODE__UNKNOWN_ITEM] = {"unreadable item code",
                                "use the catalogue's item codes: letters, digits, '-', '_' and '.'", 422},
    [YZ__CODE__NOT_FOUND] = {"no such resource",
                             "check path and id; /openapi.json lists the routes, /v1/policies the packs", 404},
    [YZ__CODE__METHOD_NOT_ALLOWED] = {"method not allowed", "use a method that the Allow header names", 405},
    [YZ__CODE__INSTITUTION_SUSPENDED] =
        {"institution's agreement not in force",
         "ask the agency about the agreement; meanwhile the patient pays and may claim by hand", 422},
    [YZ__CODE__NOT_COVERED] = {"not covered on that day",
                               "check the dates of the bill and the coverages in GET /v1/persons/{id}", 422},
    [YZ__CODE__WAITING_PERIOD] =
        {"within the waiting period",
         "cost within the waiting period is the person's own; a bill that ends behind it can be settled", 422},
    [YZ__CODE__NOT_REGISTERED] = {"not registered for this care",
                                  "add the registration to the person's record with PUT, or choose another setting",
                                  422},
    [YZ__CODE__REQUEST_ID_REUSED] = {"request id used before with other content",
                                     "use a new request_id for new content; read the recorded settlement for the old",
                                     409},
    [YZ__CODE__ALREADY_CANCELLED] = {"already cancelled", "read the settlement; nothing more is to be done", 409},
    [YZ__CODE__LATER_SETTLEMENT] = {"a later settlement stands on this one",
                                    "cancel the later settlements of the year first", 409},
    [YZ__CODE__TOO_LARGE] =
        {"too large",
         "send less at once, lines can be collected in an encounter; info.x-limits of /openapi.json has the limits",
         413},
    [YZ__CODE__OVERLOADED] = {"too busy", "send the same request again after Retry-After seconds", 503},
    [YZ__CODE__SERVICE_AWAY] = {"a service did not answer",
                                "send the same request again with the same request_id: it is paid once", 503},
    [YZ__CODE__STORE_AWAY] = {"the store did not answer",
                              "send the same request again with the same request_id: it is paid once", 503},
    [YZ__CODE__DEFECT] = {"refused: the result would not add up",
                          "nothing was paid; report the trace id to the operator", 500},
    [YZ__CODE__CONFLICT] = {"the person's account moved meanwhile",
                            "send the same request again with the same request_id", 409},
    [YZ__CODE__STALE] = {"the record was changed by someone else",
                         "read it again and apply your change to the newer version", 409},
    [YZ__CODE__NO_BENEFIT] = {"no benefit for this scheme and setting",
                              "check setting and disease of the bill; GET /v1/policies/{id} lists what is paid", 422},
};

const struct problem_kind *problem_kind(Yz__Code code) {
  must(code >= 1 && (size_t)code < sizeof kinds / sizeof kinds[0]);
  return &kinds[code];
}

/* Cuts a UTF-8 character that truncation left incomplete: a problem must stay printable as JSON. */
static void whole_characters(char *text, size_t n) {
  size_t back = n;
  while (back > 0 && ((unsigned char)text[back - 1] & 0xc0) == 0x80) back--;
  if (back > 0 && (unsigned char)text[back - 1] >= 0xc0) {
    const unsigned char lead = (unsigned char)text[back - 1];
    const size_t length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
    if (n - (back - 1) < length) text[back - 1] = '\0';
  }
}

Yz__Problem *problem_new(struct arena *arena, Yz__Code code, const char *pointer, const char *format, ...) {
  char detail[512];
  va_list args;
  va_start(args, format);
  const int n = vsnprintf(detail, sizeof detail, format, args);
  va_end(args);
  if (n >= (int)sizeof detail) whole_characters(detail, sizeof detail - 1);
  /* An exhausted arena is itself a reason to refuse: there is always room to say why. */
  const size_t ceiling = arena->ceiling;
  arena->ceiling = SIZE_MAX / 2;
  Yz__Problem *problem = arena_alloc(arena, sizeof *problem);
  yz__problem__init(problem);
  problem->code = code;
  problem->pointer = pointer ? arena_copy(arena, pointer) : NULL;
  problem->detail = arena_copy(arena, detail);
  problem->remedy = arena_copy(arena, problem_kind(code)->remedy);
  arena->ceiling = arena->used > ceiling ? arena->used : ceiling;
  return problem;
}
