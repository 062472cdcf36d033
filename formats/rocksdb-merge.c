#include "rocksdb-merge.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "error.h"

#define DELIMITER ','

static char *join(const char *first, size_t first_length, bool has_first,
	const char *const *operands, const size_t *lengths, int n, size_t *length)
{
	size_t total = has_first ? first_length : 0;
	char *joined, *p;

	for (int i = 0; i < n; i++)
		total += lengths[i] + 1;
	joined = malloc(total + 1);
	if (joined == NULL)
		sp_abort("out of memory");
	p = joined;
	if (has_first && first_length > 0)
		memcpy(p, first, first_length);
	p += has_first ? first_length : 0;
	for (int i = 0; i < n; i++) {
		if (has_first || i > 0)
			*p++ = DELIMITER;
		if (lengths[i] > 0)
			memcpy(p, operands[i], lengths[i]);
		p += lengths[i];
	}
	*length = (size_t)(p - joined);
	return joined;
}

static char *full_merge(void *state, const char *key, size_t key_length, const char *existing,
	size_t existing_length, const char *const *operands, const size_t *lengths, int n,
	unsigned char *success, size_t *length)
{
	(void)state;
	(void)key;
	(void)key_length;
	*success = 1;
	return join(existing, existing_length, existing != NULL, operands, lengths, n, length);
}

static char *partial_merge(void *state, const char *key, size_t key_length,
	const char *const *operands, const size_t *lengths, int n, unsigned char *success,
	size_t *length)
{
	(void)state;
	(void)key;
	(void)key_length;
	*success = 1;
	return join(NULL, 0, false, operands, lengths, n, length);
}

static void delete_value(void *state, const char *value, size_t length)
{
	(void)state;
	(void)length;
	free((void *)(uintptr_t)value);
}

static void destroy(void *state)
{
	(void)state;
}

static const char *name(void *state)
{
	(void)state;
	return "StringAppendTESTOperator";
}

rocksdb_mergeoperator_t *sp_rocksdb_merge_operator(void)
{
	return rocksdb_mergeoperator_create(
		NULL, destroy, full_merge, partial_merge, delete_value, name);
}
