#include "arena.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define CHUNK_BYTES ((size_t)64 * 1024)

struct chunk {
	struct chunk *next;
	size_t used;
	size_t size;
	max_align_t bytes[];
};

struct sp_arena {
	struct chunk *chunks;
};

struct sp_arena *sp_arena_new(void)
{
	struct sp_arena *arena = calloc(1, sizeof(*arena));

	if (arena == NULL)
		sp_abort("out of memory");
	return arena;
}

void sp_arena_free(struct sp_arena *arena)
{
	struct chunk *next;

	if (arena == NULL)
		return;
	for (struct chunk *c = arena->chunks; c != NULL; c = next) {
		next = c->next;
		free(c);
	}
	free(arena);
}

static struct chunk *chunk_new(size_t bytes)
{
	struct chunk *c = calloc(1, sizeof(*c) + bytes);

	if (c == NULL)
		sp_abort("out of memory");
	c->size = bytes;
	return c;
}

void *sp_arena_alloc(struct sp_arena *arena, size_t count, size_t size)
{
	struct chunk *c = arena->chunks;
	size_t bytes;
	void *p;

	if (__builtin_mul_overflow(count, size, &bytes) || bytes > SIZE_MAX / 2)
		sp_abort("allocation too large");
	bytes = (bytes + sizeof(max_align_t) - 1) & ~(sizeof(max_align_t) - 1);
	if (bytes > CHUNK_BYTES / 4 && c != NULL) {
		struct chunk *own =
			chunk_new(bytes); /* behind the current one, which stays in use */

		own->used = bytes;
		own->next = c->next;
		c->next = own;
		return own->bytes;
	}
	if (c == NULL || c->size - c->used < bytes) {
		c = chunk_new(bytes > CHUNK_BYTES ? bytes : CHUNK_BYTES);
		c->next = arena->chunks;
		arena->chunks = c;
	}
	p = (char *)c->bytes + c->used;
	c->used += bytes;
	return p;
}

struct sp_slice sp_arena_copy(struct sp_arena *arena, struct sp_slice bytes)
{
	uint8_t *p = sp_arena_alloc(arena, bytes.n, 1);

	if (bytes.n != 0)
		memcpy(p, bytes.p, bytes.n);
	return sp_slice(p, bytes.n);
}

char *sp_arena_string(struct sp_arena *arena, struct sp_slice text)
{
	char *p = sp_arena_alloc(arena, text.n + 1, 1);

	if (text.n != 0)
		memcpy(p, text.p, text.n);
	return p;
}

char *sp_arena_printf(struct sp_arena *arena, const char *fmt, ...)
{
	va_list args;
	char *p;
	int n;

	va_start(args, fmt);
	n = vsnprintf(NULL, 0, fmt, args);
	va_end(args);
	if (n < 0)
		sp_abort("cannot format");
	p = sp_arena_alloc(arena, (size_t)n + 1, 1);
	va_start(args, fmt);
	vsnprintf(p, (size_t)n + 1, fmt, args);
	va_end(args);
	return p;
}
