/*
 * Changelog snapshots of seven states with keys of String, for the tests of the changelog driver:
 * what lies below, a log, and the rows that come of it.
 */
#ifndef CHANGELOG_MADE_H
#define CHANGELOG_MADE_H

#include "changes.h"

enum { CLEAR, SET, SET_INTERNAL, ADD, MERGE_NS, ADD_ELEMENT, PUT, REMOVE };
enum { VALUE, LIST, MAP, REDUCED, TIMERS, WINDOWS, AGGREGATED };

static const struct shape shapes[] = {
	{ "value", "VALUE", "V", "S" },
	{ "list", "LIST", "V", "lS" },
	{ "map", "MAP", "V", "mSS" },
	{ "reduced", "REDUCING", "W", "L" },
	{ "timers", NULL, NULL, "tSV" },
	{ "windows", "LIST", "W", "lS" },
	{ "aggregated", "AGGREGATING", "W", "L" },
};

#define VOID sp_slice("", 1) /* VoidNamespace: a zero */

/* A snapshot: what lies below, and a log whose ids are those of `shapes`. */
struct made {
	struct changes log;
	struct sp_keyed_handle handle;
	struct sp_operator op;
	struct sp_subtask subtask;
	struct sp_source source;
	struct sp_keyed_place place;
	struct sp_buffer rows;
	struct sp_error err;
};

static inline void begin_empty(struct made *made)
{
	*made = (struct made){ .log.arena = sp_arena_new(),
		.handle = { .code = SP_KEYED_CHANGELOG_V2, .count = CHANGES_GROUPS },
		.op = { .parallelism = 1, .max_parallelism = CHANGES_GROUPS },
		.source.metadata_path = (char *)(uintptr_t) "metadata" };
	made->place = sp_place(&made->source, &made->op, &made->subtask, &made->handle);
	for (int i = 0; i < (int)sp_countof(shapes); i++)
		changes_announce(&made->log, i, &shapes[i]);
}

/* Keys are String and VoidNamespace, which is a zero: only what has no namespace to be shown. */
static inline void entry(struct changes_base *base, uint32_t group, uint32_t state, const char *key,
	const char *user_key, struct sp_slice value)
{
	sp_auto_buffer bytes = { 0 };

	changes_text(&bytes, key);
	sp_buffer_u8(&bytes, 0);
	if (user_key != NULL)
		changes_text(&bytes, user_key);
	changes_base_put(base, group, state, sp_buffer_slice(&bytes), value);
}

static inline struct sp_slice window(struct made *made, uint64_t start)
{
	uint8_t bytes[16];

	sp_set_be64(bytes, start);
	sp_set_be64(bytes + 8, start + 1);
	return sp_arena_copy(made->log.arena, sp_slice(bytes, sizeof(bytes)));
}

static inline void windowed(struct made *made, struct changes_base *base, uint32_t state,
	uint64_t start, struct sp_slice value)
{
	sp_auto_buffer bytes = { 0 };

	changes_text(&bytes, "k");
	sp_buffer_bytes(&bytes, window(made, start));
	changes_base_put(base, 7, state, sp_buffer_slice(&bytes), value);
}

static inline void add_base(struct made *made, struct sp_keyed_handle base)
{
	struct sp_keyed_handle *bases = sp_arena_new_array(
		made->log.arena, struct sp_keyed_handle, made->handle.n_materialized + 1);

	for (size_t i = 0; i < made->handle.n_materialized; i++)
		bases[i] = made->handle.materialized[i];
	bases[made->handle.n_materialized++] = base;
	made->handle.materialized = bases;
}

static inline struct changes_base base_of(struct made *made, int32_t start, int32_t count)
{
	return changes_base_begin(made->log.arena,
		shapes_header(made->log.arena, false, "S", shapes, sp_countof(shapes)), start,
		count);
}

/* On top of: value a=x, b=y; list a=x; map a{p=1, q=2}, b{p=3}; a value in windows 1 and 2. */
static inline void begin(struct made *made)
{
	struct changes_base base;

	begin_empty(made);
	base = base_of(made, 0, CHANGES_GROUPS);
	entry(&base, 5, VALUE, "a", NULL, sp_slice_of("\2x"));
	entry(&base, 5, VALUE, "b", NULL, sp_slice_of("\2y"));
	entry(&base, 5, LIST, "a", NULL, sp_slice_of("\2x"));
	entry(&base, 5, MAP, "a", "p",
		sp_slice("\0\2"
			 "1",
			3));
	entry(&base, 5, MAP, "a", "q",
		sp_slice("\0\2"
			 "2",
			3));
	entry(&base, 5, MAP, "b", "p",
		sp_slice("\0\2"
			 "3",
			3));
	windowed(made, &base, REDUCED, 1, sp_slice_of("number 1"));
	windowed(made, &base, REDUCED, 2, sp_slice_of("number 2"));
	windowed(made, &base, WINDOWS, 1, sp_slice_of("\2x"));
	windowed(made, &base, WINDOWS, 2, sp_slice_of("\2y,\2z"));
	add_base(made, changes_base_end(&base));
}

static inline void end(struct made *made)
{
	sp_buffer_free(&made->rows);
	sp_buffer_free(&made->log.bytes);
	sp_arena_free(made->log.arena);
}

static inline int read_as(struct made *made, enum changes_framing framing)
{
	made->handle.non_materialized = changes_handle(&made->log, framing);
	made->handle.n_non_materialized = 1;
	made->rows.n = 0;
	return changes_rows(&made->place, &made->rows, &made->err);
}

/* Rows of one state only, whatever way the changes lie in the snapshot. */
static inline void gives(struct made *made, const char *state, const char *expected)
{
	for (int framing = CHANGES_INLINE; framing <= CHANGES_COMPRESSED; framing++) {
		sp_auto_buffer of_state = { 0 };
		char *rest, *one;

		ck_ok(read_as(made, (enum changes_framing)framing), made->err);
		sp_buffer_u8(&made->rows, 0);
		rest = (char *)made->rows.p;
		while ((one = strsep(&rest, ";")) != NULL && *one != 0)
			if (strncmp(one, state, strlen(state)) == 0 && one[strlen(state)] == ' ')
				sp_buffer_printf(&of_state, "%s;", one + strlen(state) + 1);
		test_text_is(&of_state, expected);
	}
}

static inline void fails(struct made *made, int code, const char *words)
{
	for (int framing = CHANGES_INLINE; framing <= CHANGES_COMPRESSED; framing++) {
		ck_assert_int_eq(read_as(made, (enum changes_framing)framing), code);
		ck_assert_msg(strstr(made->err.message, words) != NULL, "'%s' lacks '%s'",
			made->err.message, words);
	}
}

static inline void set(struct made *made, int32_t group, const char *key, const char *value)
{
	changes_text(changes_keyed(&made->log, SET, VALUE, key, VOID), value);
	changes_end(&made->log, group);
}

#endif
