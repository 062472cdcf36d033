#include "unit.h"

#include "changelog-made.h"
#include "changelog.h"
#include "formats.h"
#include "migrate-plan.h"

static void row(struct changes_base *base, uint32_t group, uint32_t state, const char *key,
	const char *value)
{
	changes_base_put(base, group, state, sp_slice_of(key), sp_slice_of(value));
}

/* --- states and parts ------------------------------------------------------------------------ */

START_TEST(finds_states_only_in_the_log)
{
	static const struct shape more = { "more", "VALUE", "V", "L" };
	struct made made;

	begin(&made);
	changes_announce_with(&made.log, 9, &more,
		sp_slice("\1\xac\xed\0\5\x70\1"
			 "12345678",
			15));
	sp_buffer_u64(changes_keyed(&made.log, SET, 9, "a", VOID), 0x6162636465666768);
	changes_end(&made.log, 5);
	gives(&made, "more", "5 <2>a<0>=abcdefgh;");
	gives(&made, "list", "5 <2>a<0>=<2>x;");
	end(&made);
}
END_TEST

START_TEST(carries_states_of_unknown_classes)
{
	static const struct shape opaque = { "opaque", "VALUE", "V", "U" };
	struct made made;

	begin(&made);
	changes_announce(&made.log, 9, &opaque);
	sp_buffer_bytes(changes_keyed(&made.log, SET, 9, "a", VOID), sp_slice_of("anything"));
	changes_end(&made.log, 5);
	changes_announce(&made.log, 10, &opaque);
	sp_buffer_bytes(changes_keyed(&made.log, SET, 10, "b", VOID), sp_slice_of("else"));
	changes_end(&made.log, 5);
	gives(&made, "opaque", "5 <2>a<0>=anything;5 <2>b<0>=else;");
	end(&made);
}
END_TEST

START_TEST(refuses_states_that_change_their_type)
{
	static const struct shape other = { "value", "VALUE", "V", "L" };
	struct made made;

	begin(&made);
	changes_announce(&made.log, 9, &other);
	fails(&made, SP_EUNSUPPORTED, "state 'value'");
	end(&made);
}
END_TEST

START_TEST(knows_the_keys_of_timers)
{
	struct made made;

	begin_empty(&made);
	set(&made, 5, "a", "x");
	gives(&made, "value", "5 <2>a<0>=<2>x;");
	made.log.n = 1; /* only 'value' is announced */
	set(&made, 5, "a", "x");
	fails(&made, SP_EUNSUPPORTED, "do not tell the type of the keys");
	ck_assert_str_ne(made.err.hint, "");
	end(&made);
}
END_TEST

START_TEST(knows_the_keys_of_other_subtasks)
{
	struct sp_subtask subtasks[2] = { { 0 } };
	struct changes_base base;
	struct made made;

	begin_empty(&made);
	made.log.n = 1;
	set(&made, 5, "a", "x");
	base = base_of(&made, 0, 0);
	subtasks[1].managed_keyed = changes_base_end(&base);
	made.op.subtasks = subtasks;
	made.op.n_subtasks = 2;
	subtasks[0].managed_keyed = made.handle;
	gives(&made, "value", "5 <2>a<0>=<2>x;");
	end(&made);
}
END_TEST

/* Plans to write the snapshot for RocksDB. */
static int plan(struct made *made, struct sp_error *err)
{
	struct sp_snapshot snapshot = { .version = 4, .operators = &made->op, .n_operators = 1 };
	struct sp_counters counters = { 0 };
	const struct sp_migration migration = {
		.source = &made->source, .target = &sp_rocksdb, .counters = &counters
	};
	struct sp_migration_result result = { .arena = sp_arena_new() };
	sp_auto(sp_plan) *planned = NULL;
	int r;

	made->source.snapshot = &snapshot;
	made->subtask.managed_keyed = made->handle;
	made->op.subtasks = &made->subtask;
	made->op.n_subtasks = 1;
	r = sp_plan_make(&migration, &result, &planned, err);
	made->source.snapshot = NULL;
	sp_migration_result_free(&result);
	return r;
}

START_TEST(are_checked_before_anything_is_written)
{
	static const struct shape own = { "default", "VALUE", "V", "L" };
	struct made made;

	begin(&made);
	set(&made, 5, "a", "x");
	ck_ok(read_as(&made, CHANGES_INLINE), made.err);
	ck_ok(plan(&made, &made.err), made.err);
	changes_announce(&made.log, 9, &own);
	ck_ok(read_as(&made, CHANGES_INLINE), made.err);
	ck_assert_int_eq(plan(&made, &made.err), SP_EUNSUPPORTED);
	ck_assert_ptr_nonnull(strstr(made.err.message, "state 'default' cannot be"));
	end(&made);
}
END_TEST

START_TEST(drops_key_groups_of_others)
{
	struct changes_base base;
	struct made made;

	begin_empty(&made);
	base = base_of(&made, 0, CHANGES_GROUPS);
	row(&base, 4, VALUE, "4", "x");
	row(&base, 5, VALUE, "5", "x");
	row(&base, 9, VALUE, "9", "x");
	add_base(&made, changes_base_end(&base));
	made.handle.start = 5;
	made.handle.count = 4;
	set(&made, 4, "a", "x");
	set(&made, 8, "b", "x");
	set(&made, 9, "c", "x");
	set(&made, -1, "d", "x");
	gives(&made, "value", "5 5=x;8 <2>b<0>=<2>x;");
	end(&made);
}
END_TEST

START_TEST(joins_materialized_parts)
{
	static const struct shape some[] = { { "timers", NULL, NULL, "tSV" },
		{ "value", "VALUE", "V", "S" } };
	struct changes_base base;
	struct made made;

	begin_empty(&made);
	base = changes_base_begin(
		made.log.arena, shapes_header(made.log.arena, false, "S", some, 2), 64, 64);
	row(&base, 70, 1, "high", "x");
	add_base(&made, changes_base_end(&base));
	base = base_of(&made, 0, 64);
	row(&base, 5, VALUE, "low", "x");
	add_base(&made, changes_base_end(&base));
	set(&made, 64, "a", "x");
	gives(&made, "value", "5 low=x;64 <2>a<0>=<2>x;70 high=x;");
	base = base_of(&made, 60, 10);
	add_base(&made, changes_base_end(&base));
	fails(&made, SP_EUNSUPPORTED, "two materialized parts");
	end(&made);
}
END_TEST

/* --- damage ---------------------------------------------------------------------------------- */

START_TEST(names_damage)
{
	struct made made;

	begin(&made);
	changes_begin(&made.log, 99);
	sp_buffer_u16(&made.log.bytes, VALUE);
	changes_text(&made.log.bytes, "a");
	sp_buffer_u8(&made.log.bytes, 0);
	changes_end(&made.log, 5);
	fails(&made, SP_EDAMAGED, "operation 99");
	made.log.n--;
	changes_text(changes_keyed(&made.log, SET, 77, "a", VOID), "x");
	changes_end(&made.log, 5);
	fails(&made, SP_EDAMAGED, "log id 77");
	made.log.n--;
	changes_text(changes_keyed(&made.log, ADD_ELEMENT, VALUE, "a", VOID), "x");
	changes_end(&made.log, 5);
	fails(&made, SP_EDAMAGED, "operation 5 on VALUE");
	made.log.n--;
	sp_buffer_u8(changes_keyed(&made.log, CLEAR, VALUE, "a", VOID), 1);
	changes_end(&made.log, 5);
	fails(&made, SP_EDAMAGED, "1 bytes behind the change");
	end(&made);
}
END_TEST

START_TEST(bounds_elements_of_no_bytes)
{
	static const struct shape nothing = { "nothing", "LIST", "V", "lN" };
	struct made made;

	begin(&made);
	changes_announce(&made.log, 9, &nothing);
	sp_buffer_u32(changes_keyed(&made.log, SET, 9, "a", VOID), 3);
	changes_end(&made.log, 5);
	gives(&made, "nothing", "5 <2>a<0>=,,;");
	sp_buffer_u32(changes_keyed(&made.log, SET, 9, "b", VOID), 60000);
	changes_end(&made.log, 5);
	ck_ok(read_as(&made, CHANGES_INLINE), made.err);
	sp_buffer_u32(changes_keyed(&made.log, SET, 9, "c", VOID), 60000);
	changes_end(&made.log, 5);
	fails(&made, SP_EDAMAGED, "60000 elements in 0 bytes");
	end(&made);
}
END_TEST

START_TEST(is_read_twice_alike)
{
	struct sp_budget budget = { .memory = 1 << 20, .tmpdir = scratch_make() };
	struct sp_changelog_states states;
	struct sp_scratch *scratch;
	struct made made;

	begin(&made);
	ck_ok(read_as(&made, CHANGES_INLINE), made.err);
	ck_ok(sp_changelog_states_read(&made.place, &states, &made.err), made.err);
	ck_ok(sp_scratch_open(&budget, &scratch, &made.err), made.err);
	ck_ok(sp_changelog_touch(&made.place, &states, scratch, &made.err), made.err);
	states.n_announced--; /* as if the file had grown since */
	ck_assert_int_eq(sp_changelog_touch(&made.place, &states, scratch, &made.err), SP_EDAMAGED);
	sp_scratch_free(scratch);
	sp_changelog_states_free(&states);
	scratch_remove((char *)(uintptr_t)budget.tmpdir);
	end(&made);
}
END_TEST

START_TEST(names_changes_cut_short)
{
	struct made made;
	size_t whole;

	begin(&made);
	set(&made, 5, "a", "new value");
	whole = made.log.list[made.log.n - 1].bytes.n;
	for (size_t n = 0; n < whole; n++) {
		made.log.list[made.log.n - 1].bytes.n = n;
		fails(&made, SP_EDAMAGED, "offset 0x");
	}
	for (size_t i = 0; i < sp_countof(shapes); i++) {
		whole = made.log.list[i].bytes.n;
		for (size_t n = 0; n < whole; n += 7) {
			made.log.list[i].bytes.n = n;
			ck_assert_int_lt(read_as(&made, CHANGES_INLINE), 0);
		}
		made.log.list[i].bytes.n = whole;
	}
	end(&made);
}
END_TEST

START_TEST(names_damaged_streams)
{
	struct sp_change_stream *stream;
	struct made made;

	begin(&made);
	set(&made, 5, "a", "new");
	for (int framing = CHANGES_PLAIN; framing <= CHANGES_COMPRESSED; framing++) {
		ck_ok(read_as(&made, (enum changes_framing)framing), made.err);
		stream = made.handle.non_materialized->streams;
		for (size_t n = stream->handle.data.n; n > 0; n = n * 9 / 10) {
			stream->handle.data.n = n - 1;
			ck_assert_int_eq(
				changes_rows(&made.place, &made.rows, &made.err), SP_EDAMAGED);
		}
		ck_ok(read_as(&made, (enum changes_framing)framing), made.err);
		stream = made.handle.non_materialized->streams;
		stream->offset = 1 << 20;
		ck_assert_int_eq(changes_rows(&made.place, &made.rows, &made.err), SP_EDAMAGED);
	}
	end(&made);
}
END_TEST

UNIT_MAIN("changelog-states", finds_states_only_in_the_log, carries_states_of_unknown_classes,
	refuses_states_that_change_their_type, knows_the_keys_of_timers,
	knows_the_keys_of_other_subtasks, are_checked_before_anything_is_written,
	drops_key_groups_of_others, joins_materialized_parts, names_damage,
	bounds_elements_of_no_bytes, is_read_twice_alike, names_changes_cut_short,
	names_damaged_streams)
