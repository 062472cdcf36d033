#include "raw-keyed.h"

#define SEED 20250601
#define FLINKS "1.20.3-small-rocksdb-heap-timers/tree/04befbf75e4c0244e66026e99669a3c9"

/* A key group of timers in the making. */
struct timers {
	struct raw *raw;
	struct sp_keyed_handle *handle;
	struct sp_buffer bytes;
};

static struct timers begin_timers(struct raw *raw, int32_t subtask)
{
	return (struct timers){ raw, raw_handle(raw, subtask, SP_KEYED_KEY_GROUPS_V2), { 0 } };
}

static void end_timers(struct timers *t)
{
	raw_set_bytes(t->raw, t->handle, sp_buffer_slice(&t->bytes));
	sp_buffer_free(&t->bytes);
}

static void begin_group(struct timers *t, int32_t group, uint32_t version, uint32_t services)
{
	t->handle->offsets[group - t->handle->start] = (int64_t)t->bytes.n;
	sp_buffer_u32(&t->bytes, 0xf1cd859f);
	sp_buffer_u32(&t->bytes, version);
	sp_buffer_u32(&t->bytes, services);
}

/* Keys are Long; the namespace is that type. */
static void put_service(struct timers *t, const char *name, const char *ns)
{
	const char *key = "L";

	sp_buffer_utf(&t->bytes, sp_slice_of(name));
	shapes_put_snapshot(&t->bytes, &key);
	shapes_put_snapshot(&t->bytes, &ns);
}

/* A key that belongs there. */
static uint64_t key_in(int32_t group, int32_t max, uint64_t *random)
{
	uint64_t key;

	do {
		key = test_random(random);
	} while (sp_key_group_of_hash((int32_t)(key ^ key >> 32), max) != group);
	return key;
}

/* A number of timers and these, with namespaces of `ns` bytes. */
static void put_timers(struct timers *t, int32_t group, size_t ns, uint64_t *random)
{
	uint32_t n = test_random(random) % 3 == 0 ? (uint32_t)(test_random(random) % 6) : 0;

	sp_buffer_u32(&t->bytes, n);
	for (uint32_t i = 0; i < n; i++) {
		sp_buffer_u64(&t->bytes, key_in(group, t->raw->op.max_parallelism, random));
		for (size_t k = 0; k < ns; k++) /* VoidNamespace is 0 */
			sp_buffer_u8(&t->bytes, ns == 1 ? 0 : (uint8_t)test_random(random));
		sp_buffer_u64(&t->bytes, test_random(random));
	}
}

/* Windows in all subtasks; in the first a service that the others have not, and in front. */
static void make_timers(struct raw *raw, int32_t parallelism, int32_t max)
{
	uint64_t random = SEED;

	raw_begin(raw, parallelism, max);
	for (int32_t i = 0; i < parallelism; i++) {
		struct timers t = begin_timers(raw, i);

		for (int32_t k = 0; k < t.handle->count; k++) {
			begin_group(&t, t.handle->start + k, 2, i == 0 ? 2 : 1);
			if (i == 0) {
				put_service(&t, "first", "V");
				put_timers(&t, t.handle->start + k, 1, &random);
				put_timers(&t, t.handle->start + k, 1, &random);
			}
			put_service(&t, "windows", "W");
			put_timers(&t, t.handle->start + k, 16, &random);
			put_timers(&t, t.handle->start + k, 16, &random);
		}
		end_timers(&t);
	}
}

/* Every key group is written, with both services. */
static void check_groups(const struct raw *raw, size_t services)
{
	size_t groups = 0;

	for (size_t i = 0; i < raw->op.n_subtasks; i++) {
		const struct sp_keyed_handle *handle = &raw->op.subtasks[i].raw_keyed;

		ck_assert_int_eq(handle->code, SP_KEYED_KEY_GROUPS);
		for (int32_t k = 0; k < handle->count; k++)
			ck_assert_int_ge(handle->offsets[k], 0);
		groups += (size_t)handle->count;
	}
	ck_assert_uint_eq(groups, raw->op.max_parallelism);
	ck_assert_uint_eq(services % groups, 0);
}

struct step {
	int32_t parallelism, max;
};

/* The same timers after every step, each in its key group. */
START_TEST(moves_timers_there_and_back)
{
	static const struct step steps[] = { { 2, 100 }, { 7, 128 }, { 1, 32 }, { 3, 128 },
		{ 100, 300 }, { 128, 128 }, { 1, 1 }, { 9, 720 }, { 5, 32768 }, { 3, 128 } };
	struct raw_lines first, lines;
	struct raw raw, next;
	struct sp_error err;

	make_timers(&raw, 3, 128);
	raw_read_lines(raw_source(&raw), &raw.op, &first);
	ck_assert_uint_gt(first.n, 200);
	for (size_t i = 0; i < sp_countof(steps); i++) {
		int r = raw_scale_to(&raw, steps[i].parallelism, steps[i].max, &next, &err);

		ck_ok(r, err);
		raw_end(&raw);
		raw = next;
		raw_read_lines(raw_source(&raw), &raw.op, &lines);
		raw_same_lines(&first, &lines);
		check_groups(&raw, lines.services);
		raw_free_lines(&lines);
	}
	raw_free_lines(&first);
	raw_end(&raw);
}
END_TEST

/* Services differ within a handle, where key groups of several subtasks were put together. */
START_TEST(unites_services_of_one_subtask)
{
	struct raw_lines first, lines;
	struct raw raw, one, next;
	struct sp_error err;

	make_timers(&raw, 3, 128);
	raw_read_lines(raw_source(&raw), &raw.op, &first);
	ck_ok(raw_scale_to(&raw, 1, 128, &one, &err), err);
	ck_ok(raw_scale_to(&one, 2, 129, &next, &err), err);
	raw_read_lines(raw_source(&next), &next.op, &lines);
	raw_same_lines(&first, &lines);
	ck_assert_uint_eq(lines.services, 2 * 129);
	raw_free_lines(&lines);
	raw_free_lines(&first);
	raw_end(&next);
	raw_end(&one);
	raw_end(&raw);
}
END_TEST

/* Whoever is read and written first, and however little memory there is. */
START_TEST(writes_the_same_in_any_order)
{
	struct raw raw, forward, backward;
	struct raw_scaling s = { .parallelism = 5, .max_parallelism = 300, .memory = 1 << 20 };
	struct sp_error err;

	make_timers(&raw, 3, 128);
	s.source = raw_source(&raw);
	s.op = &raw.op;
	ck_ok(raw_scale(&s, &forward, &err), err);
	s.backwards = true;
	s.memory = 1;
	ck_ok(raw_scale(&s, &backward, &err), err);
	for (int i = 0; i < 5; i++)
		ck_assert(sp_slice_equal(forward.op.subtasks[i].raw_keyed.data.data,
			backward.op.subtasks[i].raw_keyed.data.data));
	raw_end(&backward);
	raw_end(&forward);
	raw_end(&raw);
}
END_TEST

/* Timers of one key, in VoidNamespace. */
static void put_times(struct timers *t, uint64_t key, const int64_t *times, uint32_t n)
{
	sp_buffer_u32(&t->bytes, n);
	for (uint32_t i = 0; i < n; i++) {
		sp_buffer_u64(&t->bytes, key);
		sp_buffer_u8(&t->bytes, 0);
		sp_buffer_u64(&t->bytes, (uint64_t)times[i]);
	}
}

static void assert_bytes(const struct raw *raw, const struct timers *expected)
{
	ck_assert(sp_slice_equal(
		raw->op.subtasks[0].raw_keyed.data.data, sp_buffer_slice(&expected->bytes)));
}

/* All bytes of it; timers are in the order of time. */
START_TEST(writes_what_flink_writes)
{
	static const int64_t mixed[] = { 5, -7, INT64_MIN, 0 }, sorted[] = { INT64_MIN, -7, 0, 5 };
	uint64_t random = SEED, key = key_in(1, 2, &random);
	struct timers t, expected;
	struct raw raw, next;
	struct sp_error err;

	raw_begin(&raw, 1, 2);
	t = begin_timers(&raw, 0);
	begin_group(&t, 0, 2, 0);
	begin_group(&t, 1, 2, 1);
	put_service(&t, "windows", "V");
	put_times(&t, key, mixed, 1);
	put_times(&t, key, mixed, 4);
	end_timers(&t);
	ck_ok(raw_scale_to(&raw, 1, 1, &next, &err), err);
	expected = begin_timers(&raw, 0);
	begin_group(&expected, 0, 2, 1);
	put_service(&expected, "windows", "V");
	put_times(&expected, key, mixed, 1);
	put_times(&expected, key, sorted, 4);
	assert_bytes(&next, &expected);
	end_timers(&expected);
	raw_end(&next);
	raw_end(&raw);
}
END_TEST

/* An operator that has registered none writes its key groups all the same. */
START_TEST(moves_key_groups_without_services)
{
	struct timers t, expected;
	struct raw raw, next;
	struct sp_error err;

	raw_begin(&raw, 1, 1);
	t = begin_timers(&raw, 0);
	begin_group(&t, 0, 2, 0);
	end_timers(&t);
	ck_ok(raw_scale_to(&raw, 1, 2, &next, &err), err);
	raw_end(&raw);
	raw_begin(&raw, 1, 2);
	expected = begin_timers(&raw, 0);
	begin_group(&expected, 0, 2, 0);
	begin_group(&expected, 1, 2, 0);
	assert_bytes(&next, &expected);
	end_timers(&expected);
	raw_end(&next);
	raw_end(&raw);
}
END_TEST

START_TEST(refuses_a_custom_operators_bytes)
{
	struct sp_keyed_handle *handle;
	struct raw raw;

	raw_begin(&raw, 2, 128);
	handle = raw_handle(&raw, 1, SP_KEYED_KEY_GROUPS);
	raw_set_bytes(&raw, handle, sp_slice_of("an operator's own"));
	handle->offsets[3] = 0;
	raw_fails(&raw, 64, SP_EUNSUPPORTED, "subtask 1", "custom operator");
	raw_end(&raw);
}
END_TEST

/* One subtask with this service, whose namespace is of that type, and no timers. */
static void make_service(struct raw *raw, int32_t subtask, uint32_t version, const char *ns)
{
	struct timers t = begin_timers(raw, subtask);

	begin_group(&t, t.handle->start, version, 1);
	put_service(&t, "windows", ns);
	sp_buffer_u32(&t.bytes, 0);
	sp_buffer_u32(&t.bytes, 0);
	end_timers(&t);
}

START_TEST(refuses_services_of_other_types)
{
	struct raw raw;

	raw_begin(&raw, 2, 128);
	make_service(&raw, 0, 2, "W");
	make_service(&raw, 1, 2, "V");
	raw_fails(&raw, 64, SP_EUNSUPPORTED, "subtask 1",
		"key group 64: timers 'windows': serializers differ");
	raw_end(&raw);
}
END_TEST

/* Snapshots of one serializer may differ, by their version, for one: the first is taken. */
START_TEST(unites_services_of_the_same_types)
{
	const char *key = "L";
	struct raw raw, next;
	struct sp_error err;
	struct timers t;

	raw_begin(&raw, 2, 128);
	make_service(&raw, 0, 2, "N");
	t = begin_timers(&raw, 1);
	begin_group(&t, 64, 2, 1);
	sp_buffer_utf(&t.bytes, sp_slice_of("windows"));
	shapes_put_snapshot(&t.bytes, &key);
	sp_buffer_utf(&t.bytes,
		sp_slice_of(SHAPES_BASE "NullValueSerializer$NullValueSerializerSnapshot"));
	sp_buffer_u32(&t.bytes, 2); /* names the class, too */
	sp_buffer_utf(&t.bytes, sp_slice_of(SHAPES_BASE "NullValueSerializer"));
	sp_buffer_u64(&t.bytes, 0);
	end_timers(&t);
	ck_ok(raw_scale_to(&raw, 1, 1, &next, &err), err);
	ck_assert(sp_slice_equal(
		next.op.subtasks[0].raw_keyed.data.data, raw.op.subtasks[0].raw_keyed.data.data));
	raw_end(&next);
	raw_end(&raw);
}
END_TEST

/* A service of version 1: a list of two pairs, of no serializer and its snapshot. */
static void make_version_1(struct raw *raw, int32_t subtask)
{
	struct timers t = begin_timers(raw, subtask);
	sp_auto_buffer snapshots = { 0 };
	uint32_t second;

	shapes_put_proxy(&snapshots, "L");
	second = (uint32_t)snapshots.n;
	shapes_put_proxy(&snapshots, "V");
	begin_group(&t, t.handle->start, 1, 1);
	sp_buffer_utf(&t.bytes, sp_slice_of("windows"));
	sp_buffer_u32(&t.bytes, 2);
	sp_buffer_u32(&t.bytes, 0);
	sp_buffer_u32(&t.bytes, 0);
	sp_buffer_u32(&t.bytes, second);
	sp_buffer_u32(&t.bytes, second);
	sp_buffer_blob(&t.bytes, sp_buffer_slice(&snapshots));
	put_times(&t, 1, (int64_t[]){ 3 }, 1);
	sp_buffer_u32(&t.bytes, 0);
	end_timers(&t);
}

START_TEST(keeps_the_version)
{
	struct raw raw, next;
	struct sp_error err;

	raw_begin(&raw, 1, 2);
	make_version_1(&raw, 0);
	ck_ok(raw_scale_to(&raw, 1, 1, &next, &err), err);
	ck_assert(sp_slice_equal(
		next.op.subtasks[0].raw_keyed.data.data, raw.op.subtasks[0].raw_keyed.data.data));
	raw_end(&next);
	raw_end(&raw);
}
END_TEST

START_TEST(refuses_several_versions)
{
	struct raw raw;

	raw_begin(&raw, 2, 128);
	make_version_1(&raw, 0);
	make_service(&raw, 1, 2, "V");
	raw_fails(&raw, 64, SP_EUNSUPPORTED, "subtask 1", "version 2 beside timers of version 1");
	raw_end(&raw);
}
END_TEST

START_TEST(names_a_key_in_a_wrong_key_group)
{
	uint64_t random = SEED, key = key_in(7, 128, &random);
	struct timers t;
	struct raw raw;

	raw_begin(&raw, 1, 128);
	t = begin_timers(&raw, 0);
	begin_group(&t, 9, 2, 1);
	put_service(&t, "windows", "V");
	put_times(&t, key, (int64_t[]){ 3 }, 1);
	sp_buffer_u32(&t.bytes, 0);
	end_timers(&t);
	raw_fails(&raw, 100, SP_EDAMAGED, "key group 9", "belongs in key group 7");
	raw_end(&raw);
}
END_TEST

/* Of all beginnings of a subtask's bytes none is taken for the whole. */
START_TEST(names_timers_cut_short)
{
	struct sp_handle *data;
	struct raw raw;
	size_t whole, last;

	make_timers(&raw, 3, 16); /* the last has key groups 11 to 15 */
	data = &raw.op.subtasks[2].raw_keyed.data;
	last = (size_t)raw.op.subtasks[2].raw_keyed.offsets[4];
	whole = data->data.n;
	for (data->data.n = last + 1; data->data.n < whole; data->data.n++)
		raw_fails(&raw, 15, SP_EDAMAGED, "subtask 2", "key group 15");
	raw_end(&raw);
}
END_TEST

/* Damaged bytes and offsets are refused or moved, and end well, both ways. */
START_TEST(survives_damage)
{
	uint64_t random = SEED;

	for (int i = 0; i < 1000; i++) {
		struct sp_keyed_handle *handle;
		struct sp_error err;
		struct raw raw, next;
		int r;

		make_timers(&raw, 2, 8);
		handle = &raw.op.subtasks[test_random(&random) % 2].raw_keyed;
		if (i % 3 == 0)
			handle->offsets[test_random(&random) % 4] =
				(int64_t)(test_random(&random) % (handle->data.data.n + 9)) - 2;
		else
			test_damage((uint8_t *)(uintptr_t)handle->data.data.p, handle->data.data.n,
				&random);
		r = raw_scale_to(&raw, 3, i % 2 == 0 ? 8 : 4, &next, &err);
		ck_assert_msg(r == 1 || r == SP_EDAMAGED || r == SP_EUNSUPPORTED, "%d", r);
		raw_end(&next);
		raw_end(&raw);
	}
}
END_TEST

/* --- what Flink wrote ------------------------------------------------------------------------ */

/* Streams of the same lengths: the timers of a key group may be in another order. */
static void same_streams(
	struct sp_source *source, const struct sp_operator *op, const struct raw *back)
{
	for (size_t i = 0; i < op->n_subtasks; i++) {
		sp_auto(sp_file) *file = NULL;
		struct sp_error err;

		ck_ok(sp_source_open_handle(source, &op->subtasks[i].raw_keyed.data, &file, &err),
			err);
		ck_assert_uint_eq(file->size, back->op.subtasks[i].raw_keyed.data.data.n);
	}
}

/* There and back; gives the number of timers. */
static size_t move_flinks(struct sp_source *source, const struct sp_operator *op)
{
	struct raw_scaling s = { .source = source,
		.op = op,
		.parallelism = 3,
		.max_parallelism = 300,
		.memory = 1 << 16 };
	struct raw_lines lines, moved;
	struct raw there, back;
	struct sp_error err;
	int r = raw_scale(&s, &there, &err);
	size_t n = 0;

	ck_ok(r, err);
	if (r > 0) {
		ck_ok(raw_scale_to(&there, op->parallelism, op->max_parallelism, &back, &err), err);
		raw_read_lines(source, op, &lines);
		raw_read_lines(raw_source(&there), &there.op, &moved);
		raw_same_lines(&lines, &moved);
		raw_free_lines(&moved);
		raw_read_lines(raw_source(&back), &back.op, &moved);
		raw_same_lines(&lines, &moved);
		ck_assert_uint_eq(lines.services, moved.services);
		same_streams(source, op, &back);
		raw_free_lines(&moved);
		n = lines.n;
		raw_free_lines(&lines);
		raw_end(&back);
	}
	raw_end(&there);
	return n;
}

/* Heap timers beside RocksDB, written by 1.20.3: as many as the state that Flink restores. */
START_TEST(moves_what_flink_wrote)
{
	sp_auto(sp_source) *source = NULL;
	char path[4096];
	struct sp_error err;
	size_t timers = 0;

	snprintf(path, sizeof(path), "%s/snapshots/" FLINKS "/chk-3", getenv("TEST_DATA"));
	ck_ok(sp_source_open(path, &source, &err), err);
	for (size_t i = 0; i < source->snapshot->n_operators; i++)
		timers += move_flinks(source, &source->snapshot->operators[i]);
	ck_assert_uint_eq(timers, 140);
}
END_TEST

UNIT_MAIN("raw-keyed-scale-timers", moves_timers_there_and_back, unites_services_of_one_subtask,
	writes_the_same_in_any_order, writes_what_flink_writes, moves_key_groups_without_services,
	refuses_a_custom_operators_bytes, refuses_services_of_other_types,
	unites_services_of_the_same_types, keeps_the_version, refuses_several_versions,
	names_a_key_in_a_wrong_key_group, names_timers_cut_short, survives_damage,
	moves_what_flink_wrote)
