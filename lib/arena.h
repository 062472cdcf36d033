/*
 * An arena: many small allocations, freed together. What it gives lives as long as the arena.
 * Not for use by two threads at once. Running out of memory aborts.
 */
#ifndef SP_ARENA_H
#define SP_ARENA_H

#include "bytes.h"

struct sp_arena;

struct sp_arena *sp_arena_new(void);

/* Takes NULL. */
void sp_arena_free(struct sp_arena *arena);
SP_DEFINE_CLEANUP(sp_arena, sp_arena_free)

/* `count` elements of `size` bytes, zeroed, aligned for any type. Never NULL, also for 0 bytes. */
void *sp_arena_alloc(struct sp_arena *arena, size_t count, size_t size);

#define sp_arena_new_array(arena, type, count) ((type *)sp_arena_alloc(arena, count, sizeof(type)))

/* A copy of the bytes. */
struct sp_slice sp_arena_copy(struct sp_arena *arena, struct sp_slice bytes);

/* A copy of the bytes with a zero byte behind them. */
char *sp_arena_string(struct sp_arena *arena, struct sp_slice text);

char *sp_arena_printf(struct sp_arena *arena, const char *fmt, ...) sp_printf(2, 3);

#endif
