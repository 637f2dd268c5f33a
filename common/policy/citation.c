#include "citation.h"

#include "field.h"
#include "id.h"
#include "must.h"

#include <stdio.h>
#include <string.h>

size_t citation_id(const char *citation) {
  return strcspn(citation, ":#");
}

void citation_mark(const char *citation, char mark[PLAN_MARK_MAX]) {
  const size_t n = citation_id(citation);
  must(n < PLAN_NAME_MAX);
  memcpy(mark, citation, n);
  mark[n] = '\0';
  if (!citation[n]) return;
  snprintf(mark + n, (size_t)PLAN_MARK_MAX - n, "#%08x", text_hash(citation));
}

const Yz__Source *citation_source(const Yz__PolicyPack *pack, const char *citation) {
  const size_t n = citation_id(citation);
  for (size_t i = 0; i < pack->n_sources; i++) {
    const Yz__Source *source = pack->sources[i];
    if (strlen(source->id) == n && memcmp(source->id, citation, n) == 0) return source;
  }
  return NULL;
}

static const char *find(const ProtobufCMessage *message, const char *mark);

/* In one member: citations are the texts called `source`. */
static const char *find_in(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field, const char *mark) {
  const char *found = NULL;
  const bool cites = field->type == PROTOBUF_C_TYPE_STRING && strcmp(field->name, "source") == 0;
  if (!cites && field->type != PROTOBUF_C_TYPE_MESSAGE) return NULL;
  for (size_t i = 0; i < field_count(message, field) && !found; i++) {
    const void *value = field_value(message, field, i);
    if (!cites) {
      found = find(*(const ProtobufCMessage *const *)value, mark);
      continue;
    }
    char own[PLAN_MARK_MAX];
    const char *citation = *(const char *const *)value;
    citation_mark(citation, own);
    if (strcmp(own, mark) == 0) found = citation;
  }
  return found;
}

static const char *find(const ProtobufCMessage *message, const char *mark) {
  const char *found = NULL;
  for (unsigned i = 0; i < message->descriptor->n_fields && !found; i++)
    found = find_in(message, &message->descriptor->fields[i], mark);
  return found;
}

const char *citation_find(const Yz__PolicyPack *pack, const char *mark) {
  return find(&pack->base, mark);
}
