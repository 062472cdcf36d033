#include "migrated.h"

START_TEST(carries_files_over)
{
	struct made made;
	struct run run = { .jobs = 1 };
	sp_auto(sp_source) *result = NULL;
	const struct sp_handle *handle;
	char *path;

	made_begin(&made, 3);
	made_operator_state(&made, &made.subtasks[0],
		made_relative(&made, "operator", sp_slice_of("operator state")));
	path = made_path(&made, made.source, "raw");
	made_put(path, sp_slice_of("raw state"));
	made.subtasks[0].raw_keyed = raw_keyed(&made, made_absolute(path, 9));
	made_operator_state(&made, &made.subtasks[1],
		made_relative(&made, "unused", sp_slice_of("raw operator")));
	made.subtasks[1].raw_operator = made.subtasks[1].managed_operator;
	made.subtasks[1].n_raw_operator = 1;
	made.subtasks[1].n_managed_operator = 0;
	result = migrated(&made, &run);

	handle = &subtask_of(result, 0)->managed_operator[0].data;
	ck_assert_int_eq(handle->code, SP_HANDLE_RELATIVE);
	ck_assert(sp_slice_is(handle->name, "00000000000000000000000000000001-0-operator"));
	assert_file(result, handle, "operator state");
	handle = &subtask_of(result, 0)->raw_keyed.data;
	ck_assert(sp_slice_is(handle->name, "00000000000000000000000000000001-0-raw-keyed"));
	assert_file(result, handle, "raw state");
	handle = &subtask_of(result, 1)->raw_operator[0].data;
	ck_assert(sp_slice_is(handle->name, "00000000000000000000000000000001-1-raw-operator"));
	assert_file(result, handle, "raw operator");
	ck_assert_int_eq(scratch_count(made.target), 4);
	made_end(&made);
}
END_TEST

START_TEST(copies_a_file_once_however_many_refer_to_it)
{
	struct made made;
	struct run run = { .jobs = 2 };
	sp_auto(sp_source) *result = NULL;
	const struct sp_handle *one, *two;

	made_begin(&made, 3);
	made_operator_state(
		&made, &made.subtasks[0], made_relative(&made, "shared", sp_slice_of("the same")));
	made_operator_state(&made, &made.subtasks[1],
		made_absolute(made_path(&made, made.source, "./x/../shared"), 8));
	result = migrated(&made, &run);
	one = &subtask_of(result, 0)->managed_operator[0].data;
	two = &subtask_of(result, 1)->managed_operator[0].data;
	ck_assert_int_eq(two->code, SP_HANDLE_RELATIVE);
	ck_assert(sp_slice_equal(one->name, two->name));
	ck_assert_int_eq(one->size, two->size);
	assert_file(result, two, "the same");
	ck_assert_int_eq(scratch_count(made.target), 2);
	made_end(&made);
}
END_TEST

START_TEST(keeps_what_is_inline_and_what_has_no_files)
{
	struct made made;
	struct run run = { .jobs = 1 };
	sp_auto(sp_source) *result = NULL;
	struct sp_operator *ops;
	struct sp_master_state master = {
		.version = 3, .name = sp_slice_of("m"), .payload = sp_slice_of("payload")
	};

	made_begin(&made, 3);
	ops = made_operators(&made, 2);
	made.snapshot.master_states = &master;
	made.snapshot.n_master_states = 1;
	made_operator_state(&made, &made.subtasks[0], made_inline("bytes"));
	made.op->coordinator = made_inline("coordinator");
	made.subtasks[1].finished = true;
	ops[1].fully_finished = true;
	result = migrated(&made, &run);
	ck_assert(sp_slice_is(subtask_of(result, 0)->managed_operator[0].data.data, "bytes"));
	ck_assert(sp_slice_is(subtask_of(result, 0)->managed_operator[0].data.name, "inline"));
	ck_assert(sp_slice_is(result->snapshot->operators[0].coordinator.data, "coordinator"));
	ck_assert(subtask_of(result, 1)->finished);
	ck_assert(result->snapshot->operators[1].fully_finished);
	ck_assert(sp_slice_is(result->snapshot->master_states[0].payload, "payload"));
	ck_assert_int_eq(result->snapshot->checkpoint_id, 7);
	ck_assert_int_eq(scratch_count(made.target), 1);
	made_end(&made);
}
END_TEST

/* Handles of key groups may stand where a stream is wanted: around a file, around bytes. */
START_TEST(carries_streams_in_key_group_handles)
{
	struct made made;
	struct run run = { .jobs = 1 };
	sp_auto(sp_source) *result = NULL;
	struct sp_keyed_handle outer[2];

	made_begin(&made, 3);
	outer[0] = raw_keyed(&made, made_relative(&made, "file", sp_slice_of("in a file")));
	outer[1] = raw_keyed(&made, made_inline("inline"));
	for (size_t i = 0; i < 2; i++)
		made_operator_state(&made, &made.subtasks[i],
			(struct sp_handle){
				.code = SP_HANDLE_KEY_GROUPS, .key_groups = &outer[i] });
	result = migrated(&made, &run);
	assert_file(result, &subtask_of(result, 0)->managed_operator[0].data, "in a file");
	assert_file(result, &subtask_of(result, 1)->managed_operator[0].data, "inline");
	ck_assert_int_eq(scratch_count(made.target), 2);
	made_end(&made);
}
END_TEST

START_TEST(refuses_duplicates)
{
	struct made made;

	made_begin(&made, 3);
	made.subtasks[1].index = 0;
	assert_refused(&made, SP_EDAMAGED, "subtask 0 stands there twice");
	made.subtasks[1].index = 1;
	made_operators(&made, 2)[1].id[15] = 1;
	assert_refused(&made, SP_EDAMAGED, "01 stands there twice");
	made_end(&made);
}
END_TEST

/* One channel, as input of the second subtask and as result of the first. */
static void make_in_flight(struct made *made, struct sp_handle input, struct sp_handle result)
{
	struct sp_channel_handle *handles =
		sp_arena_new_array(made->arena, struct sp_channel_handle, 2);
	struct sp_channel *channels = sp_arena_new_array(made->arena, struct sp_channel, 2);

	for (int i = 0; i < 2; i++) {
		channels[i] = (struct sp_channel){ .a = i, .b = 3, .size = 1 };
		handles[i].channels = &channels[i];
		handles[i].n_channels = 1;
	}
	handles[0].data = input;
	handles[1].data = result;
	made->subtasks[1].input_channels = &handles[0];
	made->subtasks[1].n_input_channels = 1;
	made->subtasks[0].result_subpartitions = &handles[1];
	made->subtasks[0].n_result_subpartitions = 1;
}

START_TEST(carries_records_in_flight)
{
	struct run run = { .jobs = 2, .threshold = 0 };
	sp_auto(sp_source) *result = NULL;
	const struct sp_channel_handle *input;
	struct made made;

	made_begin(&made, 4);
	make_in_flight(&made, made_relative(&made, "buffers", sp_slice_of("in flight")),
		made_inline("inline"));
	result = migrated(&made, &run);
	ck_assert_uint_eq(subtask_of(result, 1)->n_input_channels, 1);
	input = subtask_of(result, 1)->input_channels;
	ck_assert_int_eq(input->channels[0].b, 3);
	assert_file(result, &input->data, "in flight");
	ck_assert_uint_eq(subtask_of(result, 0)->n_result_subpartitions, 1);
	assert_file(result, &subtask_of(result, 0)->result_subpartitions->data, "inline");
	made_end(&made);
}
END_TEST

START_TEST(refuses_state_of_old_jobs_but_not_its_empty_slots)
{
	struct made made;
	struct sp_handle legacy = made_inline("x");
	struct run run = { .jobs = 1 };
	sp_auto(sp_source) *result = NULL;

	begin_refusal(&made, 2);
	made.subtasks[1].legacy = &legacy;
	made.subtasks[1].n_legacy = 1;
	assert_refused(&made, SP_EUNSUPPORTED, "state of a Flink 1.1 job");
	legacy.code = SP_HANDLE_NONE;
	result = migrated(&made, &run);
	ck_assert_int_eq(result->snapshot->version, 3);
	made_end(&made);
}
END_TEST

START_TEST(refuses_raw_keyed_state_that_is_no_stream)
{
	struct made made;

	begin_refusal(&made, 3);
	made.subtasks[1].raw_keyed = (struct sp_keyed_handle){
		.code = SP_KEYED_INCREMENTAL, .count = 1, .data = made_inline("meta")
	};
	assert_refused(&made, SP_EUNSUPPORTED, "raw keyed state: offset 0x");
	made_end(&made);
}
END_TEST

START_TEST(refuses_files_that_are_missing_or_of_another_size)
{
	struct made made;
	struct run dry = { .jobs = 1, .dry_run = true };
	struct sp_migration_result result;
	struct sp_error err;

	begin_refusal(&made, 3);
	made_keyed_files(&made, 1, false);
	made.subtasks[1].managed_keyed.data.name = sp_slice_of("nowhere");
	assert_refused(&made, SP_EDAMAGED, "nowhere: referenced file is missing");
	ck_assert_int_eq(migrate_to(&made, &dry, made.target, &result, &err), SP_EDAMAGED);
	sp_migration_result_free(&result);
	made.subtasks[1].managed_keyed.data.name = sp_slice_of("keyed-1");
	made.subtasks[1].managed_keyed.data.size++;
	assert_refused(&made, SP_EDAMAGED, "but the metadata says");
	made_end(&made);
}
END_TEST

START_TEST(refuses_key_groups_that_the_operator_has_not)
{
	struct made made;

	begin_refusal(&made, 3);
	made.subtasks[1].managed_keyed = made_keyed(&made, 64, 64, 1, false);
	made.op->max_parallelism = 127;
	assert_refused(&made, SP_EDAMAGED, "key groups 64 to 127 of an operator with max");
	made_end(&made);
}
END_TEST

START_TEST(refuses_layouts_without_a_writer)
{
	struct made made;
	struct run run = { .jobs = 1, .target = &sp_changelog };
	struct sp_migration_result result;
	struct sp_error err;

	made_begin(&made, 3);
	ck_assert_int_eq(migrate_to(&made, &run, made.target, &result, &err), SP_EUNSUPPORTED);
	sp_migration_result_free(&result);
	ck_assert_int_eq(scratch_count(made.scratch), 2);
	made_end(&made);
}
END_TEST

/* From version 4 on, properties say what a snapshot is: the result is a canonical savepoint. */
START_TEST(raises_old_versions_and_keeps_others)
{
	for (int32_t version = 2; version <= 6; version++) {
		struct made made;
		struct run run = { .jobs = 1 };
		sp_auto(sp_source) *result = NULL;

		made_begin(&made, version);
		made_keyed_files(&made, 2, false);
		result = migrated(&made, &run);
		ck_assert_int_eq(result->snapshot->version, version < 3 ? 3 : version);
		ck_assert_int_eq(result->snapshot->properties.type,
			version < 4 ? SP_TYPE_UNKNOWN : SP_TYPE_SAVEPOINT);
		ck_assert(!result->snapshot->properties.native);
		ck_assert_int_eq(subtask_of(result, 1)->managed_keyed.code, SP_KEYED_SAVEPOINT);
		made_end(&made);
	}
}
END_TEST

static int compare_file(const char *path, const struct sp_stat *st, void *arg)
{
	char *other = sp_path_join(arg, sp_path_base(path));
	sp_auto(sp_store) *store = sp_store_file_new();
	sp_auto(sp_file) *a = NULL;
	sp_auto(sp_file) *b = NULL;
	sp_auto_buffer x = { 0 };
	sp_auto_buffer y = { 0 };
	struct sp_error err;

	(void)st;
	ck_ok(sp_file_open(store, path, &a, &err), err);
	ck_ok(sp_file_open(store, other, &b, &err), err);
	ck_ok(sp_file_read_all(a, 1 << 24, &x, &err), err);
	ck_ok(sp_file_read_all(b, 1 << 24, &y, &err), err);
	ck_assert_msg(sp_slice_equal(sp_buffer_slice(&x), sp_buffer_slice(&y)), "%s", path);
	free(other);
	return 0;
}

START_TEST(writes_the_same_bytes_with_any_number_of_workers)
{
	struct made made;
	struct run run = { .jobs = 1 };
	sp_auto(sp_store) *store = sp_store_file_new();
	sp_auto(sp_source) *one = NULL;
	struct sp_migration_result result;
	struct sp_operator *ops;
	struct sp_error err;
	char *target;

	made_begin(&made, 6);
	ops = made_operators(&made, 20);
	for (int i = 0; i < 20; i++) {
		ops[i].subtasks[0].managed_keyed =
			made_keyed(&made, 0, 64, 1 + (i * 7) % 40, i % 2);
		ops[i].subtasks[1].managed_keyed = made_keyed(&made, 64, 64, (i * 3) % 5, false);
	}
	made_operator_state(&made, &made.subtasks[1],
		made_relative(&made, "operator", sp_slice_of("operator state")));
	one = migrated(&made, &run);
	target = made_path(&made, made.scratch, "eight");
	run.jobs = 8;
	ck_ok(migrate_to(&made, &run, target, &result, &err), err);
	ck_assert_uint_eq(result.files, 42); /* of 40 subtasks, the carried one, _metadata */
	ck_assert_uint_eq(result.bytes_carried, 14);
	sp_migration_result_free(&result);
	ck_assert_int_eq(scratch_count(made.target), 42);
	ck_assert_int_eq(scratch_count(target), 42);
	ck_ok(sp_list(store, made.target, compare_file, target, &err), err);
	made_end(&made);
}
END_TEST

START_TEST(puts_small_state_into_the_metadata)
{
	struct made made;
	struct run run = { .jobs = 1 };
	sp_auto(sp_source) *result = NULL;
	struct sp_handle *small, *big;

	made_begin(&made, 3);
	small = &made.subtasks[0].managed_keyed.data;
	big = &made.subtasks[1].managed_keyed.data;
	made.subtasks[0].managed_keyed = made_keyed(&made, 0, 64, 1, false);
	made.subtasks[1].managed_keyed = made_keyed(&made, 64, 64, 2, false);
	run.threshold = small->data.n;
	result = migrated(&made, &run);
	ck_assert_int_eq(subtask_of(result, 0)->managed_keyed.data.code, SP_HANDLE_BYTES);
	ck_assert(sp_slice_equal(subtask_of(result, 0)->managed_keyed.data.data, small->data));
	ck_assert_int_eq(subtask_of(result, 1)->managed_keyed.data.code, SP_HANDLE_RELATIVE);
	ck_assert_int_eq(subtask_of(result, 1)->managed_keyed.data.size, (int64_t)big->data.n);
	ck_assert_int_eq(scratch_count(made.target), 2);
	made_end(&made);
}
END_TEST

START_TEST(keeps_compressed_state_compressed)
{
	struct made made;
	struct run run = { .jobs = 1, .threshold = SIZE_MAX };
	sp_auto(sp_source) *result = NULL;
	const struct sp_keyed_handle *handle;
	const struct sp_keyed_header *header;
	struct sp_error err;

	made_begin(&made, 3);
	made_keyed_files(&made, 20, true);
	result = migrated(&made, &run);
	handle = &subtask_of(result, 1)->managed_keyed;
	ck_ok(sp_source_read_keyed_header(result, handle, made.arena, &header, &err), err);
	ck_assert(header->compressed);
	ck_assert_int_eq((int64_t)handle->data.data.n, made.subtasks[1].managed_keyed.data.size);
	made_end(&made);
}
END_TEST

START_TEST(a_dry_run_writes_nothing)
{
	struct made made;
	struct run run = { .jobs = 1, .dry_run = true };
	struct sp_migration_result result;
	struct sp_error err;

	begin_refusal(&made, 4);
	made_keyed_files(&made, 2, false);
	ck_ok(migrate_to(&made, &run, made.target, &result, &err), err);
	ck_assert_uint_eq(result.files, 4);
	ck_assert_uint_eq(result.rows, 0);
	ck_assert_uint_eq(result.bytes_carried, 14);
	ck_assert_int_eq(result.version, 4);
	sp_migration_result_free(&result);
	ck_assert_int_eq(scratch_count(made.scratch), 5); /* the source and its files */
	made_end(&made);
}
END_TEST

UNIT_MAIN("migrate", carries_files_over, copies_a_file_once_however_many_refer_to_it,
	keeps_what_is_inline_and_what_has_no_files, carries_streams_in_key_group_handles,
	refuses_duplicates,

	carries_records_in_flight, refuses_state_of_old_jobs_but_not_its_empty_slots,
	refuses_raw_keyed_state_that_is_no_stream,
	refuses_files_that_are_missing_or_of_another_size,
	refuses_key_groups_that_the_operator_has_not, refuses_layouts_without_a_writer,
	raises_old_versions_and_keeps_others, writes_the_same_bytes_with_any_number_of_workers,
	puts_small_state_into_the_metadata, keeps_compressed_state_compressed,
	a_dry_run_writes_nothing)
