#include "unit.h"

#include <string.h>

#include "formats.h"
#include "keyed.h"
#include "migrate-plan.h"

static const char *const states[] = { "one", "two" };

/* A header whose second state has this kind. */
static void put_header(struct sp_buffer *out, enum sp_state_kind kind)
{
	static const char option[] = "KEYED_STATE_TYPE";
	uint8_t *p;

	keyed_put_header(out, false, states, 2);
	p = memmem(out->p, out->n, option, strlen(option));
	p = memmem(p + 1, (size_t)(out->p + out->n - p - 1), option, strlen(option));
	sp_set_be32(p - 2 - 4 - 4, kind);
}

/* Plans to make a canonical savepoint of one subtask with an empty RocksDB database. */
static int plan(struct sp_slice header, struct sp_error *err)
{
	struct sp_subtask subtask = { .managed_keyed = { .code = SP_KEYED_INCREMENTAL_V2,
					      .count = 128,
					      .data = { .code = SP_HANDLE_BYTES,
						      .name = sp_slice_of("meta"),
						      .data = header } } };
	struct sp_operator op = { .uid = sp_slice_of("orders"),
		.parallelism = 1,
		.max_parallelism = 128,
		.subtasks = &subtask,
		.n_subtasks = 1 };
	struct sp_snapshot snapshot = { .version = 4, .operators = &op, .n_operators = 1 };
	static char directory[] = "/sp", metadata[] = "/sp/_metadata";
	struct sp_source source = { .snapshot = &snapshot,
		.directory = directory,
		.tree = directory,
		.metadata_path = metadata };
	struct sp_counters counters = { 0 };
	const struct sp_migration migration = {
		.source = &source, .target = &sp_canonical, .counters = &counters
	};
	struct sp_migration_result result = { .arena = sp_arena_new() };
	sp_auto(sp_plan) *made = NULL;
	int r = sp_plan_make(&migration, &result, &made, err);

	sp_migration_result_free(&result);
	return r;
}

START_TEST(plans_states_of_the_synchronous_api)
{
	sp_auto_buffer header = { 0 };
	struct sp_error err;

	put_header(&header, SP_KIND_KEY_VALUE);
	ck_ok(plan(sp_buffer_slice(&header), &err), err);
}
END_TEST

START_TEST(refuses_states_that_only_forst_restores)
{
	sp_auto_buffer header = { 0 };
	struct sp_error err;

	put_header(&header, SP_KIND_KEY_VALUE_V2);
	ck_assert_int_eq(plan(sp_buffer_slice(&header), &err), SP_EUNSUPPORTED);
	ck_assert_msg(strstr(err.message, "'orders'") != NULL, "%s", err.message);
	ck_assert_msg(strstr(err.message, "state 'two'") != NULL, "%s", err.message);
}
END_TEST

UNIT_MAIN("migrate-plan", plans_states_of_the_synchronous_api,
	refuses_states_that_only_forst_restores)
