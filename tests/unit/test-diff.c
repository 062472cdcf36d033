#include "diff.h"
#include "key-group.h"
#include "made.h"

#define LONG_SNAPSHOT                                                                              \
	"org.apache.flink.api.common.typeutils.base.LongSerializer$LongSerializerSnapshot"

/* A side: rows of one state of strings, in any order, over some subtasks. */
struct shape {
	int32_t parallelism, max_parallelism;
	bool backwards;
	const char *const *states;
	size_t n_states;
	bool long_keys;
};

struct row {
	int key, value;
};

struct rows {
	struct row *rows;
	size_t n;
};

static struct sp_counters counters;

static void put_string(struct sp_buffer *out, const char *prefix, int number)
{
	char text[32];
	int n = snprintf(text, sizeof(text), "%s%d", prefix, number);

	sp_buffer_u8(out, (uint8_t)(n + 1));
	sp_buffer_bytes(out, sp_slice(text, (size_t)n));
}

static const struct sp_keyed_header *make_header(struct made *made, const struct shape *shape)
{
	sp_auto_buffer bytes = { 0 };
	const struct sp_keyed_header *header;
	struct sp_error err;

	keyed_put_header(&bytes, false, shape->states, shape->n_states);
	if (shape->long_keys) { /* another key serializer, in the place of that of strings */
		sp_auto_buffer other = { 0 };
		const size_t head = 5, string = 4 + 2 + strlen(STRING_SNAPSHOT) + 4;

		sp_buffer_bytes(&other, sp_slice(bytes.p, head));
		keyed_put_snapshot(&other, LONG_SNAPSHOT);
		sp_buffer_bytes(&other, sp_slice(bytes.p + head + string, bytes.n - head - string));
		bytes.n = 0;
		sp_buffer_bytes(&bytes, sp_buffer_slice(&other));
	}
	ck_ok(sp_keyed_header_read(sp_buffer_slice(&bytes), 0, made->arena, &header, &err), err);
	return header;
}

static void put_row(struct sp_writer *writer, const struct shape *shape,
	const struct sp_keyed_header *header, uint32_t group, const struct row *from)
{
	sp_auto_buffer key = { 0 };
	sp_auto_buffer value = { 0 };
	struct sp_row row = { .state = &header->states[0], .key_group = group };
	struct sp_error err;

	if (shape->max_parallelism > 128)
		sp_buffer_u8(&key, (uint8_t)(group >> 8));
	sp_buffer_u8(&key, (uint8_t)group);
	if (shape->long_keys)
		sp_buffer_u64(&key, (uint64_t)from->key);
	else
		put_string(&key, "key-", from->key);
	sp_buffer_u8(&key, 0); /* VoidNamespace */
	put_string(&value, "value-", from->value);
	row.key = sp_buffer_slice(&key);
	row.value = sp_buffer_slice(&value);
	ck_ok(sp_put(writer, &row, &err), err);
}

/* The rows of one subtask; which key group a key is in plays no part here. */
static void put_subtask(
	struct made *made, const struct shape *shape, const struct rows *rows, int32_t index)
{
	const struct sp_key_groups groups =
		sp_key_groups_of_subtask(index, shape->parallelism, shape->max_parallelism);
	struct sp_writer_plan plan = { .name = "made",
		.header = make_header(made, shape),
		.start = groups.start,
		.count = groups.count,
		.max_parallelism = shape->max_parallelism,
		.inline_threshold = SIZE_MAX };
	sp_auto(sp_writer) *writer = NULL;
	struct sp_error err;

	ck_ok(sp_canonical.create(&plan, &writer, &err), err);
	for (int32_t group = groups.start; group < groups.start + groups.count; group++)
		for (size_t i = 0; i < rows->n; i++) {
			const struct row *row = &rows->rows[shape->backwards ? rows->n - 1 - i : i];

			if (row->key % shape->max_parallelism == group)
				put_row(writer, shape, plan.header, (uint32_t)group, row);
		}
	ck_ok(writer->ops->finish(writer, made->arena, &made->subtasks[index].managed_keyed, &err),
		err);
}

static struct sp_source *make_source(
	struct made *made, const struct shape *shape, const struct rows *rows)
{
	struct sp_source *source;
	struct sp_error err;

	made_begin(made, 3);
	made->op->parallelism = shape->parallelism;
	made->op->max_parallelism = shape->max_parallelism;
	made->op->n_subtasks = (size_t)shape->parallelism;
	made->op->subtasks =
		sp_arena_new_array(made->arena, struct sp_subtask, made->op->n_subtasks);
	made->subtasks = made->op->subtasks;
	for (int32_t i = 0; i < shape->parallelism; i++) {
		made->subtasks[i].index = i;
		put_subtask(made, shape, rows, i);
	}
	made_write(made, made->source);
	ck_ok(sp_source_open(made->source, &source, &err), err);
	return source;
}

static struct rows make_rows(size_t n)
{
	struct rows ret = { calloc(n + 1, sizeof(struct row)), n };

	ck_assert(ret.rows != NULL);
	for (size_t i = 0; i < n; i++)
		ret.rows[i] = (struct row){ (int)i, (int)i * 7 };
	return ret;
}

/* Two snapshots, what is asked of them, and what was told last. */
static struct {
	struct rows rows[SP_DIFF_SIDES]; /* may be changed before they are written */
	struct made made[SP_DIFF_SIDES];
	struct sp_source *sources[SP_DIFF_SIDES];
	struct sp_diff_request request;
	struct sp_diff diff;
} m;

static void set_up(size_t a, size_t b)
{
	memset(&m, 0, sizeof(m));
	m.rows[SP_DIFF_A] = make_rows(a);
	m.rows[SP_DIFF_B] = make_rows(b);
}

static void write_sides(const struct shape *a, const struct shape *b)
{
	m.sources[SP_DIFF_A] = make_source(&m.made[SP_DIFF_A], a, &m.rows[SP_DIFF_A]);
	m.sources[SP_DIFF_B] = make_source(&m.made[SP_DIFF_B], b, &m.rows[SP_DIFF_B]);
	m.request = (struct sp_diff_request){ .sources = { m.sources[0], m.sources[1] },
		.rows = true,
		.limit = 10,
		.jobs = 2,
		.memory = 64 << 20,
		.tmpdir = m.made[0].scratch,
		.counters = &counters };
}

static int try_run(struct sp_error *err)
{
	sp_diff_free(&m.diff);
	return sp_diff_run(&m.request, &m.diff, err);
}

static void run(void)
{
	struct sp_error err;

	ck_ok(try_run(&err), err);
}

static void tear_down(void)
{
	sp_diff_free(&m.diff);
	for (int side = 0; side < SP_DIFF_SIDES; side++) {
		sp_source_free(m.sources[side]);
		made_end(&m.made[side]);
		free(m.rows[side].rows);
	}
}

static const char *const one[] = { "value" };
static const char *const two[] = { "value", "empty" };
static const struct shape plain = { 2, 128, false, one, 1, false };

static void assert_rows(
	const struct sp_diff_state *state, uint64_t added, uint64_t removed, uint64_t changed)
{
	ck_assert_uint_eq(state->rows[SP_DIFF_ADDED], added);
	ck_assert_uint_eq(state->rows[SP_DIFF_REMOVED], removed);
	ck_assert_uint_eq(state->rows[SP_DIFF_CHANGED], changed);
	ck_assert_int_eq(state->differs, added + removed + changed > 0);
}

START_TEST(order_parallelism_and_max_parallelism_do_not_matter)
{
	set_up(500, 500);
	write_sides(&plain, &(struct shape){ 3, 1000, true, one, 1, false });
	run();
	ck_assert_uint_eq(m.diff.n_states, 1);
	assert_rows(m.diff.states[0], 0, 0, 0);
	ck_assert_uint_eq(m.diff.states[0]->sides[SP_DIFF_A].rows, 500);
	ck_assert_uint_eq(m.diff.states[0]->sides[SP_DIFF_B].rows, 500);
	ck_assert(!m.diff.operators[0].differs);
	ck_assert(!m.diff.differs);
	tear_down();
}
END_TEST

static const struct sp_diff_sample *sample_of(
	const struct sp_diff_state *state, enum sp_diff_change change)
{
	for (size_t i = 0; i < state->n_samples; i++)
		if (state->samples[i].change == change)
			return &state->samples[i];
	return NULL;
}

static void assert_three(void)
{
	const struct sp_diff_state *state = m.diff.states[0];
	const struct sp_diff_sample *added = sample_of(state, SP_DIFF_ADDED);
	const struct sp_diff_sample *removed = sample_of(state, SP_DIFF_REMOVED);
	const struct sp_diff_sample *changed = sample_of(state, SP_DIFF_CHANGED);

	assert_rows(state, 1, 1, 1);
	ck_assert_uint_eq(state->n_samples, 3);
	ck_assert_str_eq(added->key, "{\"key\": \"key-5000\"}");
	ck_assert_ptr_null(added->values[SP_DIFF_A]);
	ck_assert_str_eq(added->values[SP_DIFF_B], "\"value-1\"");
	ck_assert_str_eq(removed->key, "{\"key\": \"key-499\"}");
	ck_assert_str_eq(removed->values[SP_DIFF_A], "\"value-3493\"");
	ck_assert_ptr_null(removed->values[SP_DIFF_B]);
	ck_assert_str_eq(changed->key, "{\"key\": \"key-100\"}");
	ck_assert_str_eq(changed->values[SP_DIFF_A], "\"value-700\"");
	ck_assert_str_eq(changed->values[SP_DIFF_B], "\"value-701\"");
}

/* With few buckets all that differs, and much that does not, is in one. */
START_TEST(finds_what_was_added_removed_and_changed)
{
	static const size_t buckets[] = { 0, 1, 2, 64 };
	static const size_t memory[] = { 64 << 20, 1 << 20, 20000 };

	set_up(500, 500);
	m.rows[SP_DIFF_B].rows[100].value++;
	m.rows[SP_DIFF_B].rows[499] = (struct row){ 5000, 1 };
	write_sides(&plain, &(struct shape){ 3, 128, true, one, 1, false });
	for (size_t i = 0; i < sp_countof(buckets); i++)
		for (size_t j = 0; j < sp_countof(memory); j++) {
			m.request.buckets = buckets[i];
			m.request.memory = memory[j];
			m.request.jobs = 1 + (int)(j % 2);
			run();
			ck_assert(m.diff.differs);
			ck_assert(!m.diff.operators[0].differs);
			assert_three();
			ck_assert_int_eq(scratch_count(m.made[0].scratch), 2); /* the source */
		}
	tear_down();
}
END_TEST

START_TEST(counts_all_where_all_differs)
{
	set_up(3000, 3000);
	for (size_t i = 0; i < 3000; i++)
		m.rows[SP_DIFF_B].rows[i].value = -1;
	write_sides(&plain, &plain);
	m.request.memory = 100000; /* not all of it fits */
	m.request.limit = 7;
	run();
	assert_rows(m.diff.states[0], 0, 0, 3000);
	ck_assert_uint_eq(m.diff.states[0]->n_samples, 7);
	m.request.limit = 0;
	run();
	assert_rows(m.diff.states[0], 0, 0, 3000);
	ck_assert_uint_eq(m.diff.states[0]->n_samples, 0);
	tear_down();
}
END_TEST

START_TEST(a_state_without_rows_is_none)
{
	set_up(10, 10);
	write_sides(&plain, &(struct shape){ 2, 128, false, two, 2, false });
	run();
	ck_assert_uint_eq(m.diff.n_states, 2);
	ck_assert(!m.diff.differs);
	m.request.rows = false; /* then nobody knows that it has no rows */
	run();
	ck_assert(m.diff.differs);
	ck_assert(m.diff.states[1]->differs);
	ck_assert(!m.diff.states[0]->differs);
	m.request.state = "value";
	run();
	ck_assert_uint_eq(m.diff.n_states, 1);
	ck_assert(!m.diff.differs);
	tear_down();
}
END_TEST

START_TEST(rows_on_one_side_are_counted)
{
	set_up(2000, 0);
	write_sides(&plain, &plain);
	run();
	assert_rows(m.diff.states[0], 0, 2000, 0);
	ck_assert_uint_eq(m.diff.states[0]->n_samples, 10);
	ck_assert_ptr_nonnull(sample_of(m.diff.states[0], SP_DIFF_REMOVED));
	tear_down();
}
END_TEST

START_TEST(keys_of_other_types_are_not_compared)
{
	set_up(50, 50);
	write_sides(&plain, &(struct shape){ 2, 128, false, one, 1, true });
	run();
	ck_assert(m.diff.differs);
	ck_assert(m.diff.states[0]->apart);
	ck_assert(m.diff.states[0]->types_differ);
	ck_assert_uint_eq(m.diff.states[0]->n_samples, 0);
	ck_assert_uint_eq(m.diff.states[0]->sides[SP_DIFF_B].rows, 50);
	tear_down();
}
END_TEST

START_TEST(damage_names_the_snapshot)
{
	struct sp_keyed_handle *handle;
	struct sp_error err;

	set_up(50, 50);
	write_sides(&plain, &plain);
	handle = &m.sources[SP_DIFF_B]->snapshot->operators[0].subtasks[1].managed_keyed;
	handle->data.data.n -= 5;
	handle->data.size -= 5;
	ck_assert_int_eq(try_run(&err), SP_EDAMAGED);
	ck_assert_msg(
		strstr(err.message, m.made[SP_DIFF_B].source) == err.message, "%s", err.message);
	ck_assert_ptr_nonnull(strstr(err.message, "subtask 1"));
	tear_down();
}
END_TEST

UNIT_MAIN("diff", order_parallelism_and_max_parallelism_do_not_matter,
	finds_what_was_added_removed_and_changed, counts_all_where_all_differs,
	a_state_without_rows_is_none, rows_on_one_side_are_counted,
	keys_of_other_types_are_not_compared, damage_names_the_snapshot)
