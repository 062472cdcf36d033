#include "unit.h"

#include "changelog-made.h"
#include "key-group.h"
#include "parts.h"

/* --- operations ------------------------------------------------------------------------------ */

START_TEST(gives_what_is_materialized)
{
	struct made made;

	begin(&made);
	gives(&made, "value", "5 <2>a<0>=<2>x;5 <2>b<0>=<2>y;");
	gives(&made, "map", "5 <2>a<0><2>p=<0><2>1;5 <2>a<0><2>q=<0><2>2;5 <2>b<0><2>p=<0><2>3;");
	end(&made);
}
END_TEST

START_TEST(sets_and_clears_values)
{
	struct made made;

	begin(&made);
	set(&made, 5, "a", "new");
	set(&made, 5, "c", "one");
	set(&made, 5, "c", "two");
	set(&made, 9, "d", "far");
	changes_keyed(&made.log, CLEAR, VALUE, "b", VOID);
	changes_end(&made.log, 5);
	gives(&made, "value", "5 <2>a<0>=<4>new;5 <2>c<0>=<4>two;9 <2>d<0>=<4>far;");
	changes_keyed(&made.log, CLEAR, VALUE, "a", VOID);
	changes_end(&made.log, 5);
	gives(&made, "value", "5 <2>c<0>=<4>two;9 <2>d<0>=<4>far;");
	gives(&made, "list", "5 <2>a<0>=<2>x;");
	end(&made);
}
END_TEST

static struct sp_buffer *list(struct made *made, int op, const char *key, uint32_t n)
{
	struct sp_buffer *out = changes_keyed(&made->log, op, LIST, key, VOID);

	sp_buffer_u32(out, n);
	return out;
}

START_TEST(appends_to_lists)
{
	struct sp_buffer *out;
	struct made made;

	begin(&made);
	changes_text(changes_keyed(&made.log, ADD_ELEMENT, LIST, "a", VOID), "1");
	changes_end(&made.log, 5);
	out = list(&made, ADD, "a", 2);
	changes_text(out, "2");
	changes_text(out, "3");
	changes_end(&made.log, 5);
	changes_text(changes_keyed(&made.log, ADD_ELEMENT, LIST, "b", VOID), "4");
	changes_end(&made.log, 5);
	list(&made, ADD, "c", 0);
	changes_end(&made.log, 5);
	gives(&made, "list", "5 <2>a<0>=<2>x,<2>1,<2>2,<2>3;5 <2>b<0>=<2>4;");
	end(&made);
}
END_TEST

START_TEST(replaces_lists)
{
	struct sp_buffer *out;
	struct made made;

	begin(&made);
	out = list(&made, SET, "a", 2);
	changes_text(out, "1");
	changes_text(out, "2");
	changes_end(&made.log, 5);
	changes_text(list(&made, SET_INTERNAL, "b", 1), "3");
	changes_end(&made.log, 5);
	gives(&made, "list", "5 <2>a<0>=<2>1,<2>2;5 <2>b<0>=<2>3;");
	list(&made, SET, "a", 0);
	changes_end(&made.log, 5);
	changes_keyed(&made.log, CLEAR, LIST, "b", VOID);
	changes_end(&made.log, 5);
	gives(&made, "list", "");
	end(&made);
}
END_TEST

START_TEST(changes_entries_of_maps)
{
	struct sp_buffer *out;
	struct made made;

	begin(&made);
	out = changes_keyed(&made.log, PUT, MAP, "a", VOID);
	changes_text(out, "p");
	changes_text(out, "new");
	changes_end(&made.log, 5);
	out = changes_keyed(&made.log, PUT, MAP, "a", VOID);
	changes_text(out, "n");
	sp_buffer_u8(out, 0); /* null, as StringSerializer has it */
	changes_end(&made.log, 5);
	changes_text(changes_keyed(&made.log, REMOVE, MAP, "a", VOID), "q");
	changes_end(&made.log, 5);
	changes_text(changes_keyed(&made.log, REMOVE, MAP, "b", VOID), "not there");
	changes_end(&made.log, 5);
	gives(&made, "map", "5 <2>a<0><2>n=<1>;5 <2>a<0><2>p=<0><4>new;5 <2>b<0><2>p=<0><2>3;");
	end(&made);
}
END_TEST

START_TEST(puts_all_and_clears_maps)
{
	struct sp_buffer *out;
	struct made made;

	begin(&made);
	changes_keyed(&made.log, CLEAR, MAP, "a", VOID);
	changes_end(&made.log, 5);
	gives(&made, "map", "5 <2>b<0><2>p=<0><2>3;");
	out = changes_keyed(&made.log, ADD, MAP, "b", VOID);
	sp_buffer_u32(out, 2);
	changes_text(out, "n");
	sp_buffer_u8(out, 1);
	changes_text(out, "o");
	sp_buffer_u8(out, 0);
	changes_text(out, "4");
	changes_end(&made.log, 5);
	gives(&made, "map", "5 <2>b<0><2>n=<1>;5 <2>b<0><2>o=<0><2>4;5 <2>b<0><2>p=<0><2>3;");
	end(&made);
}
END_TEST

/* Window `target` of key k takes those from 1 to 3 but itself. */
static void merge(struct made *made, int state, uint64_t target)
{
	struct sp_buffer *out =
		changes_keyed(&made->log, MERGE_NS, state, "k", window(made, target));

	sp_buffer_bytes(out, window(made, target));
	sp_buffer_u32(out, 2);
	for (uint64_t i = 1; i <= 3; i++)
		if (i != target)
			sp_buffer_bytes(out, window(made, i));
	changes_end(&made->log, 7);
}

START_TEST(merges_lists_of_namespaces)
{
	struct made made;

	begin(&made);
	merge(&made, WINDOWS, 3);
	gives(&made, "windows",
		"7 <2>k<0><0><0><0><0><0><0><3><0><0><0><0><0><0><0><4>=<2>x,<2>y,<2>z;");
	end(&made);
}
END_TEST

START_TEST(moves_the_only_value_of_merged_namespaces)
{
	struct made made;

	begin(&made);
	changes_keyed(&made.log, CLEAR, REDUCED, "k", window(&made, 1));
	changes_end(&made.log, 7);
	merge(&made, REDUCED, 3);
	gives(&made, "reduced",
		"7 <2>k<0><0><0><0><0><0><0><3><0><0><0><0><0><0><0><4>=number<20>2;");
	merge(&made, REDUCED, 3);
	gives(&made, "reduced",
		"7 <2>k<0><0><0><0><0><0><0><3><0><0><0><0><0><0><0><4>=number<20>2;");
	end(&made);
}
END_TEST

/* Window `target` of key k takes window `source`. */
static void merge_one(struct made *made, int state, uint64_t target, uint64_t source)
{
	struct sp_buffer *out =
		changes_keyed(&made->log, MERGE_NS, state, "k", window(made, target));

	sp_buffer_bytes(out, window(made, target));
	sp_buffer_u32(out, 1);
	sp_buffer_bytes(out, window(made, source));
	changes_end(&made->log, 7);
}

/* What key k has in the window is logged whole; a Long of eight letters. */
static void put_window(struct made *made, int op, uint64_t of, const char *value)
{
	struct sp_buffer *out = changes_keyed(&made->log, op, REDUCED, "k", window(made, of));

	sp_buffer_bytes(out, sp_slice_of(value));
	changes_end(&made->log, 7);
}

#define UNKNOWN_REDUCED                                                                            \
	"state 'reduced': key group 7: values of merged namespaces have to be reduced, which "     \
	"only "

START_TEST(refuses_to_reduce)
{
	struct made made;

	begin(&made);
	merge(&made, REDUCED, 3);
	fails(&made, SP_EUNSUPPORTED, UNKNOWN_REDUCED);
	end(&made);
	begin(&made);
	merge(&made, REDUCED, 2);
	fails(&made, SP_EUNSUPPORTED, UNKNOWN_REDUCED);
	end(&made);
	begin(&made);
	changes_keyed(&made.log, SET_INTERNAL, AGGREGATED, "k", window(&made, 1));
	sp_buffer_bytes(&made.log.bytes, sp_slice_of("number 1"));
	changes_end(&made.log, 7);
	changes_keyed(&made.log, SET_INTERNAL, AGGREGATED, "k", window(&made, 2));
	sp_buffer_bytes(&made.log.bytes, sp_slice_of("number 2"));
	changes_end(&made.log, 7);
	merge(&made, AGGREGATED, 3);
	fails(&made, SP_EUNSUPPORTED, "state 'aggregated': key group 7: ");
	fails(&made, SP_EUNSUPPORTED, "have to be aggregated");
	end(&made);
}
END_TEST

/* As a window operator does: the element that merged the windows is added to the merged one. */
START_TEST(takes_what_is_logged_after_a_merge)
{
	static const int ops[] = { SET, SET_INTERNAL };
	struct made made;

	for (size_t i = 0; i < sp_countof(ops); i++) {
		begin(&made);
		merge(&made, REDUCED, 2);
		put_window(&made, ops[i], 2, "number 3");
		gives(&made, "reduced",
			"7 <2>k<0><0><0><0><0><0><0><2><0><0><0><0><0><0><0><3>=number<20>3;");
		merge(&made, REDUCED, 1); /* now it is the only one */
		gives(&made, "reduced",
			"7 <2>k<0><0><0><0><0><0><0><1><0><0><0><0><0><0><0><2>=number<20>3;");
		end(&made);
	}
	begin(&made);
	merge(&made, REDUCED, 1);
	changes_keyed(&made.log, CLEAR, REDUCED, "k", window(&made, 1));
	changes_end(&made.log, 7);
	gives(&made, "reduced", "");
	end(&made);
}
END_TEST

/* A value that is not known stays so wherever it goes. */
START_TEST(passes_on_that_a_value_is_not_known)
{
	struct made made;

	begin(&made);
	merge(&made, REDUCED, 2);
	merge_one(&made, REDUCED, 9, 2);
	fails(&made, SP_EUNSUPPORTED, UNKNOWN_REDUCED);
	put_window(&made, SET_INTERNAL, 2, "number 4"); /* where it was */
	fails(&made, SP_EUNSUPPORTED, UNKNOWN_REDUCED);
	merge_one(&made, REDUCED, 9, 2); /* with one that is known */
	fails(&made, SP_EUNSUPPORTED, UNKNOWN_REDUCED);
	merge_one(&made, REDUCED, 9, 5); /* with none */
	fails(&made, SP_EUNSUPPORTED, UNKNOWN_REDUCED);
	put_window(&made, SET_INTERNAL, 5, "number 5");
	merge_one(&made, REDUCED, 5, 9); /* into one that was known */
	fails(&made, SP_EUNSUPPORTED, UNKNOWN_REDUCED);
	put_window(&made, SET_INTERNAL, 5, "number 6");
	gives(&made, "reduced",
		"7 <2>k<0><0><0><0><0><0><0><5><0><0><0><0><0><0><0><6>=number<20>6;");
	end(&made);
}
END_TEST

/* One window's mark is nobody else's. */
START_TEST(knows_which_values_are_not_known)
{
	struct made made;

	begin(&made);
	merge(&made, REDUCED, 2);
	put_window(&made, SET_INTERNAL, 3, "number 3");
	changes_text(changes_keyed(&made.log, SET, VALUE, "c", VOID), "new");
	changes_end(&made.log, 5);
	fails(&made, SP_EUNSUPPORTED, UNKNOWN_REDUCED);
	put_window(&made, SET_INTERNAL, 2, "number 2");
	gives(&made, "reduced",
		"7 <2>k<0><0><0><0><0><0><0><2><0><0><0><0><0><0><0><3>=number<20>2;"
		"7 <2>k<0><0><0><0><0><0><0><3><0><0><0><0><0><0><0><4>=number<20>3;");
	gives(&made, "value", "5 <2>a<0>=<2>x;5 <2>b<0>=<2>y;5 <2>c<0>=<4>new;");
	end(&made);
}
END_TEST

/* --- Flink 1.14 ------------------------------------------------------------------------------- */

START_TEST(refuses_changes_of_1_14)
{
	static struct sp_snapshot snapshot = { .dialect = SP_DIALECT_CHANGELOG_1_14 };
	struct made made;

	begin(&made);
	made.source.snapshot = &snapshot;
	set(&made, 5, "a", "new");
	fails(&made, SP_EUNSUPPORTED, "metadata: offset 0x0: changes as Flink 1.14 wrote them");
	made.handle.n_non_materialized = 0; /* what is materialized is as ever */
	made.rows.n = 0;
	ck_ok(changes_rows(&made.place, &made.rows, &made.err), made.err);
	ck_assert_uint_gt(made.rows.n, 0);
	end(&made);
}
END_TEST

/* --- timers ---------------------------------------------------------------------------------- */

static uint32_t group_of(char key)
{
	return (uint32_t)sp_key_group_of_hash(key, CHANGES_GROUPS); /* "a".hashCode() is 'a' */
}

static void put_timer(struct sp_buffer *out, char time, char key)
{
	char text[] = { key, 0 };

	sp_buffer_u64(out, 0x8000000000000000U | (uint8_t)time);
	changes_text(out, text);
	sp_buffer_u8(out, 0);
}

static struct sp_buffer *queue(struct made *made, int op)
{
	struct sp_buffer *out = changes_begin(&made->log, op);

	sp_buffer_u16(out, TIMERS);
	return out;
}

#define TIMER(time, key) "<80><0><0><0><0><0><0>" #time "<2>" #key "<0>=;"

START_TEST(adds_and_removes_timers)
{
	sp_auto_buffer expected = { 0 };
	struct changes_base base;
	struct sp_buffer *out;
	struct made made;
	sp_auto_buffer timer = { 0 };

	begin_empty(&made);
	base = base_of(&made, 0, CHANGES_GROUPS);
	put_timer(&timer, '1', 'a');
	changes_base_put(&base, group_of('a'), TIMERS, sp_buffer_slice(&timer), sp_slice(NULL, 0));
	add_base(&made, changes_base_end(&base));
	out = queue(&made, ADD_ELEMENT);
	sp_buffer_u32(out, 1);
	put_timer(out, '2', 'a');
	changes_end(&made.log, (int32_t)group_of('a'));
	sp_buffer_printf(&expected, "%u " TIMER(1, a), group_of('a'));
	sp_buffer_printf(&expected, "%u " TIMER(2, a), group_of('a'));
	sp_buffer_u8(&expected, 0);
	gives(&made, "timers", (const char *)expected.p);
	for (char time = '1'; time <= '3'; time++) {
		put_timer(queue(&made, REMOVE), time, 'a');
		changes_end(&made.log, (int32_t)group_of('a'));
	}
	gives(&made, "timers", "");
	end(&made);
}
END_TEST

/* Timers restored from an older snapshot are logged together, under the first key group. */
START_TEST(puts_timers_into_their_key_groups)
{
	char low = group_of('a') < group_of('b') ? 'a' : 'b';
	char high = low == 'a' ? 'b' : 'a';
	sp_auto_buffer expected = { 0 };
	struct sp_buffer *out;
	struct made made;

	begin_empty(&made);
	out = queue(&made, ADD_ELEMENT);
	sp_buffer_u32(out, 2);
	put_timer(out, '1', 'a');
	put_timer(out, '1', 'b');
	changes_end(&made.log, 0);
	sp_buffer_printf(&expected, "%u <80><0><0><0><0><0><0>1<2>%c<0>=;", group_of(low), low);
	sp_buffer_printf(&expected, "%u <80><0><0><0><0><0><0>1<2>%c<0>=;", group_of(high), high);
	sp_buffer_u8(&expected, 0);
	gives(&made, "timers", (const char *)expected.p);
	end(&made);
}
END_TEST

/* --- some of the key groups ------------------------------------------------------------------ */

/* Changes of every kind: what they touch lies below, is new, or goes away. */
static void change_much(struct made *made)
{
	struct sp_buffer *out;

	set(made, 5, "a", "new");
	for (int32_t group = 0; group < CHANGES_GROUPS; group += 9)
		set(made, group, "k", "far");
	changes_keyed(&made->log, CLEAR, VALUE, "b", VOID);
	changes_end(&made->log, 5);
	changes_text(changes_keyed(&made->log, ADD_ELEMENT, LIST, "a", VOID), "y");
	changes_end(&made->log, 5);
	changes_keyed(&made->log, CLEAR, MAP, "a", VOID);
	changes_end(&made->log, 5);
	merge(made, WINDOWS, 3);
	out = queue(made, ADD_ELEMENT); /* they stand under another key group than their own */
	sp_buffer_u32(out, 3);
	put_timer(out, '1', 'a');
	put_timer(out, '1', 'b');
	put_timer(out, '2', 'c');
	changes_end(&made->log, 0);
	put_timer(queue(made, REMOVE), '2', 'c');
	changes_end(&made->log, (int32_t)group_of('c'));
}

START_TEST(gives_only_what_is_wanted)
{
	uint64_t seed = 31;
	struct made made;

	begin(&made);
	change_much(&made);
	for (int i = 0; i < 9; i++) {
		enum changes_framing framing = (enum changes_framing)(i % (CHANGES_COMPRESSED + 1));
		struct sp_key_groups left = { 0, CHANGES_GROUPS };
		sp_auto_buffer all = { 0 };

		made.place.only = (struct sp_key_groups){ 0, 0 };
		ck_ok(read_as(&made, framing), made.err);
		sp_buffer_bytes(&all, sp_buffer_slice(&made.rows));
		sp_buffer_u8(&all, 0);
		ck_assert_ptr_nonnull(strstr((char *)all.p, "timers"));
		made.rows.n = 0;
		while (parts_next(&left, &seed, &made.place.only))
			ck_ok(changes_rows(&made.place, &made.rows, &made.err), made.err);
		test_text_is(&made.rows, (const char *)all.p);
	}
	end(&made);
}
END_TEST

/* What is not known of others does not matter. */
START_TEST(looks_only_at_what_is_wanted)
{
	struct made made;

	begin(&made);
	merge(&made, REDUCED, 3);
	made.place.only = (struct sp_key_groups){ 0, 7 };
	gives(&made, "list", "5 <2>a<0>=<2>x;");
	gives(&made, "reduced", "");
	made.place.only = (struct sp_key_groups){ 7, 1 };
	fails(&made, SP_EUNSUPPORTED, UNKNOWN_REDUCED);
	end(&made);
}
END_TEST

/* The key groups of others stay theirs, whatever is wanted of the handle. */
START_TEST(gives_nothing_that_the_handle_has_not)
{
	struct made made;

	begin(&made);
	made.handle.start = 6;
	made.handle.count = 2;
	set(&made, 5, "c", "x");
	set(&made, 6, "d", "x");
	made.place.only = (struct sp_key_groups){ 5, 2 };
	gives(&made, "value", "6 <2>d<0>=<2>x;");
	end(&made);
}
END_TEST

UNIT_MAIN("changelog", gives_what_is_materialized, sets_and_clears_values, appends_to_lists,
	replaces_lists, changes_entries_of_maps, puts_all_and_clears_maps,
	merges_lists_of_namespaces, moves_the_only_value_of_merged_namespaces, refuses_to_reduce,
	takes_what_is_logged_after_a_merge, passes_on_that_a_value_is_not_known,
	knows_which_values_are_not_known, refuses_changes_of_1_14, adds_and_removes_timers,
	puts_timers_into_their_key_groups, gives_only_what_is_wanted, looks_only_at_what_is_wanted,
	gives_nothing_that_the_handle_has_not)
