/* Findings of verify as programs read them. */
#ifndef SP_FINDINGS_H
#define SP_FINDINGS_H

#include "output.h"
#include "verify.h"

/* Adds "errors", "warnings" and "notes", their numbers, and "findings": at most `most` of them. */
void sp_findings_json(const struct sp_findings *findings, size_t most, cJSON *document);

#endif
