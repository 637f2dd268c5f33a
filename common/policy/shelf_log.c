#include "log.h"
#include "shelf.h"

struct shelf *shelf_open_logged(const char *root) {
  struct findings findings;
  findings_init(&findings);
  struct shelf *shelf = shelf_open(root, &findings);
  for (size_t i = 0; !shelf && i < findings.n; i++) {
    char file[300], reason[900];
    log_line(LOG_ERROR, "policy pack refused", "\"file\":%s,\"line\":%d,\"reason\":%s",
             log_text(findings.all[i].file, file, sizeof file), findings.all[i].line,
             log_text(findings.all[i].reason, reason, sizeof reason));
  }
  findings_free(&findings);
  return shelf;
}
