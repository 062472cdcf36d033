/*
 * Snapshots made of structs in a scratch directory: a savepoint `source` of one operator with two
 * subtasks, to be changed before it is written; and a place `target` for what comes of it.
 */
#ifndef MADE_H
#define MADE_H

#include <sys/stat.h>

#include "formats.h"
#include "keyed.h"
#include "path.h"
#include "scratch.h"
#include "unit.h"

struct made {
	char *scratch, *source, *target;
	struct sp_arena *arena;
	struct sp_snapshot snapshot;
	struct sp_operator *op;
	struct sp_subtask *subtasks;
};

static inline struct sp_operator *made_operators(struct made *made, size_t n)
{
	struct sp_operator *ops = sp_arena_new_array(made->arena, struct sp_operator, n);

	for (size_t i = 0; i < n; i++) {
		ops[i] = (struct sp_operator){ .parallelism = 2, .max_parallelism = 128 };
		ops[i].id[15] = (uint8_t)(i + 1);
		ops[i].n_subtasks = 2;
		ops[i].subtasks = sp_arena_new_array(made->arena, struct sp_subtask, 2);
		ops[i].subtasks[1].index = 1;
	}
	made->snapshot.operators = ops;
	made->snapshot.n_operators = n;
	made->op = &ops[0];
	made->subtasks = ops[0].subtasks;
	return ops;
}

static inline void made_begin(struct made *made, int32_t version)
{
	char *scratch = scratch_make();

	*made = (struct made){ .scratch = realpath(scratch, NULL), .arena = sp_arena_new() };
	free(scratch);
	made->source = sp_path_join(made->scratch, "source");
	made->target = sp_path_join(made->scratch, "target");
	ck_assert_int_eq(mkdir(made->source, 0777), 0);
	made->snapshot.version = version;
	made->snapshot.checkpoint_id = 7;
	made_operators(made, 1);
}

static inline void made_end(struct made *made)
{
	sp_arena_free(made->arena);
	scratch_remove(made->scratch);
	free(made->source);
	free(made->target);
}

static inline char *made_path(struct made *made, const char *directory, const char *name)
{
	return sp_arena_printf(made->arena, "%s/%s", directory, name);
}

static inline void made_put(const char *path, struct sp_slice bytes)
{
	FILE *f = fopen(path, "wb");

	ck_assert_msg(f != NULL, "cannot write %s", path);
	ck_assert_uint_eq(fwrite(bytes.p, 1, bytes.n, f), bytes.n);
	fclose(f);
}

/* Writes _metadata of the structs into `directory`. */
static inline void made_write(struct made *made, const char *directory)
{
	sp_auto_buffer bytes = { 0 };
	struct sp_error err;

	ck_ok(sp_metadata_write(&made->snapshot, &bytes, &err), err);
	made_put(made_path(made, directory, "_metadata"), sp_buffer_slice(&bytes));
}

static inline struct sp_handle made_inline(const char *text)
{
	return (struct sp_handle){
		.code = SP_HANDLE_BYTES, .name = sp_slice_of("inline"), .data = sp_slice_of(text)
	};
}

/* A relative handle to a new file of the source. */
static inline struct sp_handle made_relative(
	struct made *made, const char *name, struct sp_slice bytes)
{
	made_put(made_path(made, made->source, name), bytes);
	return (struct sp_handle){
		.code = SP_HANDLE_RELATIVE, .name = sp_slice_of(name), .size = (int64_t)bytes.n
	};
}

/* An absolute handle to a file that may be there or not. */
static inline struct sp_handle made_absolute(const char *path, int64_t size)
{
	return (struct sp_handle){
		.code = SP_HANDLE_FILE, .name = sp_slice_of(path), .size = size
	};
}

/* Operator state of one list. */
static inline void made_operator_state(
	struct made *made, struct sp_subtask *subtask, struct sp_handle data)
{
	struct sp_operator_handle *handle =
		sp_arena_new_array(made->arena, struct sp_operator_handle, 1);

	handle->code = SP_OPERATOR_STREAM;
	handle->states = sp_arena_new_array(made->arena, struct sp_operator_state, 1);
	handle->states[0].name = sp_slice_of("list");
	handle->n_states = 1;
	handle->data = data;
	subtask->managed_operator = handle;
	subtask->n_managed_operator = 1;
}

/* Canonical rows: `rows` of them in each of the key groups, with the data inline. */
static inline struct sp_keyed_handle made_keyed(
	struct made *made, int32_t start, int32_t count, int rows, bool compressed)
{
	static const char *const states[] = { "value" };
	struct sp_writer_plan plan = { .name = "made",
		.start = start,
		.count = count,
		.max_parallelism = 128,
		.inline_threshold = SIZE_MAX };
	sp_auto_buffer header = { 0 };
	sp_auto(sp_writer) *writer = NULL;
	struct sp_keyed_handle ret;
	struct sp_error err;

	keyed_put_header(&header, compressed, states, 1);
	ck_ok(sp_keyed_header_read(sp_buffer_slice(&header), 0, made->arena, &plan.header, &err),
		err);
	ck_ok(sp_canonical.create(&plan, &writer, &err), err);
	for (int32_t group = start; group < start + count; group++)
		for (int i = 0; i < rows; i++) {
			uint8_t key[] = { (uint8_t)group, (uint8_t)(i >> 8), (uint8_t)i };
			struct sp_row row = { .state = &plan.header->states[0],
				.key_group = (uint32_t)group,
				.key = sp_slice(key, sizeof(key)),
				.value = sp_slice_of("a value of the row") };

			ck_ok(sp_put(writer, &row, &err), err);
		}
	ck_ok(writer->ops->finish(writer, made->arena, &ret, &err), err);
	return ret;
}

/* Both subtasks with keyed state, each in a file of its own. */
static inline void made_keyed_files(struct made *made, int rows, bool compressed)
{
	static const char *const names[] = { "keyed-0", "keyed-1" };

	for (int i = 0; i < 2; i++) {
		struct sp_keyed_handle *handle = &made->subtasks[i].managed_keyed;

		*handle = made_keyed(made, i * 64, 64, rows, compressed);
		handle->data = made_relative(made, names[i], handle->data.data);
	}
}

#endif
