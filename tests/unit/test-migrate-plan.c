#include "unit.h"

#include <string.h>

#include "formats.h"
#include "keyed.h"
#include "migrate-plan.h"
#include "shapes.h"

static const char *const states[] = { "one", "two" };

/* A header whose second state has this kind and type. */
static void put_header(struct sp_buffer *out, enum sp_state_kind kind, const char *type)
{
	static const char option[] = "KEYED_STATE_TYPE";
	sp_auto_buffer rest = { 0 };
	uint8_t *p;

	keyed_put_header(out, false, states, 2);
	p = memmem(out->p, out->n, option, strlen(option));
	p = memmem(p + 1, (size_t)(out->p + out->n - p - 1), option, strlen(option));
	sp_set_be32(p - 2 - 4 - 4, kind);
	p += strlen(option); /* where the value stands */
	sp_buffer_bytes(&rest, sp_slice(p + 2 + 5, (size_t)(out->p + out->n - p) - 2 - 5));
	out->n = (size_t)(p - out->p);
	sp_buffer_utf(out, sp_slice_of(type));
	sp_buffer_bytes(out, sp_buffer_slice(&rest));
}

/* Plans to make a canonical savepoint of the subtask for a release, or that of the source. */
static int plan_subtask(struct sp_subtask *subtask, sp_release release, struct sp_error *err)
{
	struct sp_operator op = { .uid = sp_slice_of("orders"),
		.parallelism = 1,
		.max_parallelism = 128,
		.subtasks = subtask,
		.n_subtasks = 1 };
	struct sp_snapshot snapshot = { .version = 4, .operators = &op, .n_operators = 1 };
	static char directory[] = "/sp", metadata[] = "/sp/_metadata";
	struct sp_source source = { .snapshot = &snapshot,
		.directory = directory,
		.tree = directory,
		.metadata_path = metadata };
	struct sp_counters counters = { 0 };
	const struct sp_migration migration = { .source = &source,
		.target = &sp_canonical,
		.release = release,
		.counters = &counters };
	struct sp_migration_result result = { .arena = sp_arena_new() };
	sp_auto(sp_plan) *made = NULL;
	int r = sp_plan_make(&migration, &result, &made, err);

	sp_migration_result_free(&result);
	return r;
}

/* A subtask with an empty RocksDB database. */
static int plan(struct sp_slice header, struct sp_error *err)
{
	struct sp_subtask subtask = { .managed_keyed = { .code = SP_KEYED_INCREMENTAL_V2,
					      .count = 128,
					      .data = { .code = SP_HANDLE_BYTES,
						      .name = sp_slice_of("meta"),
						      .data = header } } };

	return plan_subtask(&subtask, 0, err);
}

START_TEST(plans_states_of_the_synchronous_api)
{
	sp_auto_buffer header = { 0 };
	struct sp_error err;

	put_header(&header, SP_KIND_KEY_VALUE, "VALUE");
	ck_ok(plan(sp_buffer_slice(&header), &err), err);
}
END_TEST

START_TEST(plans_states_of_the_asynchronous_api)
{
	static const char *const types[] = { "VALUE", "LIST", "REDUCING", "AGGREGATING" };

	for (size_t i = 0; i < sp_countof(types); i++) {
		sp_auto_buffer header = { 0 };
		struct sp_error err;

		put_header(&header, SP_KIND_KEY_VALUE_V2, types[i]);
		ck_ok(plan(sp_buffer_slice(&header), &err), err);
	}
}
END_TEST

START_TEST(refuses_maps_that_do_not_tell_their_keys)
{
	sp_auto_buffer header = { 0 };
	struct sp_error err;

	put_header(&header, SP_KIND_KEY_VALUE_V2, "MAP");
	ck_assert_int_eq(plan(sp_buffer_slice(&header), &err), SP_EUNSUPPORTED);
	ck_assert_msg(strstr(err.message, "'orders'") != NULL, "%s", err.message);
	ck_assert_msg(strstr(err.message, "state 'two' is of ForSt's asynchronous state API of "
					  "Flink 2.0") != NULL,
		"%s", err.message);
}
END_TEST

/* --- raw timers ------------------------------------------------------------------------------ */

static void put_service(
	struct sp_buffer *out, const char *name, const char *key, const char *ns, uint32_t timers)
{
	sp_buffer_utf(out, sp_slice_of(name));
	shapes_put_snapshot(out, &key);
	shapes_put_snapshot(out, &ns);
	sp_buffer_u32(out, timers);
	for (uint32_t i = 0; i < timers; i++) {
		sp_buffer_u64(out, i); /* a Long */
		sp_buffer_u8(out, 0);
		sp_buffer_u64(out, i);
	}
	sp_buffer_u32(out, 0);
}

/* Plans timers of two services, of which the second's types are these; without end, if cut. It has
 * a timer only where nobody knows what its key is. */
static int plan_timers(
	const char *const types[2], sp_release release, bool cut, struct sp_error *err)
{
	sp_auto_buffer bytes = { 0 };
	int64_t offsets[2] = { -1, 0 };
	struct sp_subtask subtask = { 0 };

	sp_buffer_u32(&bytes, 0xf1cd859f);
	sp_buffer_u32(&bytes, 2);
	sp_buffer_u32(&bytes, 2);
	put_service(&bytes, "first", "L", "V", 3);
	put_service(&bytes, "second", types[0], types[1], *types[0] == 'U');
	subtask.raw_keyed = (struct sp_keyed_handle){ .code = SP_KEYED_KEY_GROUPS_V2,
		.count = 2,
		.offsets = offsets,
		.data = { .code = SP_HANDLE_BYTES, .data = sp_slice(bytes.p, bytes.n - cut) } };
	return plan_subtask(&subtask, release, err);
}

START_TEST(refuses_timers_that_the_release_cannot_read)
{
	static const char *const key[] = { "E", "V" }, *const ns[] = { "L", "E" },
				 *const known[] = { "L", "W" };
	struct sp_error err;

	ck_assert_int_eq(plan_timers(key, SP_RELEASE(2, 0), false, &err), SP_EUNSUPPORTED);
	ck_assert_msg(strstr(err.message, "raw keyed state: timers 'second': key: ") != NULL &&
			      strstr(err.message, "Flink 2.0 cannot read") != NULL,
		"%s", err.message);
	ck_assert_int_eq(plan_timers(ns, SP_RELEASE(2, 2), false, &err), SP_EUNSUPPORTED);
	ck_assert_msg(
		strstr(err.message, "timers 'second': namespace: ") != NULL, "%s", err.message);
	ck_ok(plan_timers(ns, SP_RELEASE(1, 20), false, &err), err);
	ck_ok(plan_timers(ns, 0, false, &err), err);
	ck_ok(plan_timers(known, SP_RELEASE(2, 2), false, &err), err);
}
END_TEST

/* What cannot be crossed is carried as it is; what is cut short is damage. */
START_TEST(passes_timers_whose_keys_have_no_length)
{
	static const char *const unknown[] = { "U", "V" }, *const known[] = { "L", "W" };
	struct sp_error err;

	ck_ok(plan_timers(unknown, SP_RELEASE(2, 0), false, &err), err);
	ck_assert_int_eq(plan_timers(known, SP_RELEASE(2, 0), true, &err), SP_EDAMAGED);
	ck_assert_msg(strstr(err.message, "key group 1") != NULL, "%s", err.message);
}
END_TEST

UNIT_MAIN("migrate-plan", plans_states_of_the_synchronous_api, plans_states_of_the_asynchronous_api,
	refuses_maps_that_do_not_tell_their_keys, refuses_timers_that_the_release_cannot_read,
	passes_timers_whose_keys_have_no_length)
