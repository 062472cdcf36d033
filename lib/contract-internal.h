/* The parts of contracts. */
#ifndef SP_CONTRACT_INTERNAL_H
#define SP_CONTRACT_INTERNAL_H

#include <cjson/cJSON.h>

#include "contract.h"
#include "type.h"

/* Modified UTF-8 as a JSON string; what is no Unicode text becomes U+FFFD. */
cJSON *sp_contract_text(struct sp_slice mutf8);

/* A type as JSON; null for NULL. */
cJSON *sp_contract_type(const struct sp_type *type);
/* Is this such a type, down to its leaves? Else *what says what is wrong with it. */
bool sp_contract_is_type(const cJSON *json, const char **what);

/* What Flink says to a new serializer in place of an old one; the worst of all parts counts. */
enum sp_compatibility {
	SP_COMPATIBLE,  /* the same */
	SP_CHANGED,     /* as it is, or after the serializer was reconfigured */
	SP_MIGRATED,    /* after migration */
	SP_UNKNOWN,     /* only the serializer itself can tell */
	SP_TTL_CHANGED, /* TTL switched on or off, nothing worse */
	SP_INCOMPATIBLE,
};

/* Appends what has changed to `why`. Both are types. */
enum sp_compatibility sp_contract_compare(
	const cJSON *before, const cJSON *after, struct sp_buffer *why);

/* A member's text; NULL if it is null or missing. */
const char *sp_contract_member(const cJSON *object, const char *key);

#endif
