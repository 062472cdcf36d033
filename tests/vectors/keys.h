/* The vectors of one type as keys: their hash codes through lib/key-hash.h. */
#ifndef KEYS_H
#define KEYS_H

#include <cjson/cJSON.h>

#include "type.h"

/*
 * Are the hash codes those of the vectors, or is there no rule where these have none? Functions of
 * user classes are inferred from the key groups of the highest max parallelism, which prove them.
 */
bool keys_check(const struct sp_type *type, const char *name, const cJSON *root);

#endif
