/* Files under tests/data, and bytes that a test damages in a way that can be repeated. */
#ifndef TEST_DATA_H
#define TEST_DATA_H

#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include "buffer.h"

/* Appends the file `name` of tests/data. */
static inline void test_data_read(const char *name, struct sp_buffer *out)
{
	const char *dir = getenv("TEST_DATA");
	char path[4096];
	FILE *file;
	size_t n;

	snprintf(path, sizeof(path), "%s/%s", dir == NULL ? "tests/data" : dir, name);
	file = fopen(path, "rb");
	ck_assert_msg(file != NULL, "cannot open %s", path);
	do {
		n = fread(sp_buffer_reserve(out, 65536), 1, 65536, file);
		out->n += n;
	} while (n > 0);
	fclose(file);
}

/* xorshift64: the same sequence in every run. */
static inline uint64_t test_random(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

/* Changes one to four bytes. */
static inline void test_damage(uint8_t *bytes, size_t n, uint64_t *state)
{
	for (uint64_t i = test_random(state) % 4 + 1; i > 0; i--)
		bytes[test_random(state) % n] = (uint8_t)test_random(state);
}

/* Does what was printed equal the text? Without the terminating zero. */
static inline void test_text_is(const struct sp_buffer *text, const char *expected)
{
	ck_assert_msg(sp_slice_is(sp_buffer_slice(text), expected), "'%.*s' instead of '%s'",
		(int)text->n, (const char *)text->p, expected);
}

#endif
