#include "migrated.h"

static struct sp_handle segment(const char *path, int64_t start, int64_t size)
{
	return (struct sp_handle){ .code = SP_HANDLE_SEGMENT,
		.name = sp_slice_of(path),
		.logical_file_id = sp_slice_of("id"),
		.start = start,
		.size = size };
}

START_TEST(makes_files_of_segments)
{
	for (size_t threshold = 0; threshold <= 100; threshold += 100) {
		const enum sp_handle_code code =
			threshold == 0 ? SP_HANDLE_RELATIVE : SP_HANDLE_BYTES;
		struct run run = { .jobs = 1, .threshold = threshold };
		sp_auto(sp_source) *result = NULL;
		const struct sp_subtask *subtask;
		struct made made;
		char *path;

		made_begin(&made, 6);
		path = made_path(&made, made.source, "merged");
		made_put(path, sp_slice_of("operator staterawrest"));
		made_operator_state(&made, &made.subtasks[0], segment(path, 0, 14));
		made.subtasks[0].managed_operator->code = SP_OPERATOR_MERGED;
		made.subtasks[0].raw_keyed = raw_keyed(&made, segment(path, 14, 3));
		made.subtasks[1].raw_keyed = raw_keyed(&made, segment(path, 17, 4));
		result = migrated(&made, &run);
		subtask = subtask_of(result, 0);
		ck_assert_int_eq(subtask->managed_operator[0].code, SP_OPERATOR_STREAM);
		ck_assert_int_eq(subtask->managed_operator[0].data.code, code);
		assert_file(result, &subtask->managed_operator[0].data, "operator state");
		ck_assert_int_eq(subtask->raw_keyed.data.code, code);
		assert_file(result, &subtask->raw_keyed.data, "raw");
		assert_file(result, &subtask_of(result, 1)->raw_keyed.data, "rest");
		ck_assert_int_eq(scratch_count(made.target), threshold == 0 ? 4 : 1);
		made_end(&made);
	}
}
END_TEST

START_TEST(reads_keyed_state_in_segments)
{
	struct run run = { .jobs = 1 };
	struct sp_migration_result result;
	struct made made;
	struct sp_error err;
	struct sp_slice data;
	char *path;

	made_begin(&made, 6);
	made.subtasks[0].managed_keyed = made_keyed(&made, 0, 64, 3, false);
	data = made.subtasks[0].managed_keyed.data.data;
	path = made_path(&made, made.source, "merged");
	made_put(path, data);
	made.subtasks[0].managed_keyed.data = segment(path, 0, (int64_t)data.n);
	ck_ok(migrate_to(&made, &run, made.target, &result, &err), err);
	ck_assert_uint_eq(result.rows, 64 * 3);
	sp_migration_result_free(&result);
	made_end(&made);
}
END_TEST

START_TEST(drops_handles_of_nothing)
{
	struct run run = { .jobs = 1 };
	sp_auto(sp_source) *result = NULL;
	struct sp_handle nothing = { .code = SP_HANDLE_EMPTY_SEGMENT };
	struct made made;

	made_begin(&made, 6);
	made_operator_state(&made, &made.subtasks[0], nothing);
	made.subtasks[0].managed_operator->code = SP_OPERATOR_MERGED;
	made.subtasks[0].managed_operator->empty = true;
	made.subtasks[0].managed_operator->n_states = 0;
	result = migrated(&made, &run);
	ck_assert_uint_eq(subtask_of(result, 0)->n_managed_operator, 0);
	made_end(&made);
}
END_TEST

START_TEST(refuses_segments_beyond_their_file)
{
	struct made made;
	char *path;

	begin_refusal(&made, 6);
	path = made_path(&made, made.source, "merged");
	made_put(path, sp_slice_of("12345"));
	made.subtasks[1].raw_keyed = raw_keyed(&made, segment(path, 3, 3));
	assert_refused(&made, SP_EDAMAGED, "reaches beyond the file's end");
	made.subtasks[1].raw_keyed.data.code = SP_HANDLE_EMPTY_SEGMENT;
	assert_refused(&made, SP_EDAMAGED, "handle without data");
	made_end(&made);
}
END_TEST

/* A target like the memory backend's, but smaller. */
START_TEST(puts_all_state_into_the_metadata_where_it_must_be)
{
	struct sp_format target = sp_canonical;
	struct run run = { .jobs = 1, .target = &target };
	struct sp_migration_result told;
	sp_auto(sp_source) *result = NULL;
	struct made made;
	struct sp_error err;

	target.inline_limit = 14;
	made_begin(&made, 3);
	made_operator_state(&made, &made.subtasks[0],
		made_relative(&made, "operator", sp_slice_of("operator state")));
	made.subtasks[1].raw_keyed = raw_keyed(&made, made_inline("raw"));
	result = migrated(&made, &run);
	assert_file(result, &subtask_of(result, 0)->managed_operator[0].data, "operator state");
	assert_file(result, &subtask_of(result, 1)->raw_keyed.data, "raw");
	ck_assert_int_eq(scratch_count(made.target), 1);
	target.inline_limit = 13;
	ck_assert_int_eq(
		migrate_to(&made, &run, made_path(&made, made.scratch, "other"), &told, &err),
		SP_EUNSUPPORTED);
	sp_migration_result_free(&told);
	ck_assert_msg(strstr(err.message, "14 bytes of state cannot lie in the metadata, at most "
					  "13 can") != NULL,
		"%s", err.message);
	made_end(&made);
}
END_TEST

UNIT_MAIN("migrate-carry", makes_files_of_segments, reads_keyed_state_in_segments,
	drops_handles_of_nothing, refuses_segments_beyond_their_file,
	puts_all_state_into_the_metadata_where_it_must_be)
