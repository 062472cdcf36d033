#include "unit.h"

#include "raw-timers.h"
#include "shapes.h"

#define GROUPS 3

#define FLINKS "1.20.3-small-rocksdb-heap-timers/tree/04befbf75e4c0244e66026e99669a3c9"

/* Handles of key groups 4 to 6. */
struct made {
	struct sp_buffer bytes;
	int64_t offsets[GROUPS];
	struct sp_raw_timers *timers;
	struct sp_raw_timer timer;
	struct sp_error err;
};

static int open_timers(struct made *made)
{
	struct sp_source source = { .metadata_path = (char *)(uintptr_t) "metadata" };
	const struct sp_keyed_handle handle = { .code = SP_KEYED_KEY_GROUPS_V2,
		.start = 4,
		.count = GROUPS,
		.offsets = made->offsets,
		.data = { .code = SP_HANDLE_BYTES, .data = sp_buffer_slice(&made->bytes) } };

	return sp_raw_timers_open(&source, &handle, &made->timers, &made->err);
}

static int next(struct made *made)
{
	return sp_raw_timers_next(made->timers, &made->timer, &made->err);
}

static void free_made(struct made *made)
{
	sp_raw_timers_free(made->timers);
	sp_buffer_free(&made->bytes);
}

static void begin_group(struct made *made, int i, uint32_t version, uint32_t services)
{
	made->offsets[i] = (int64_t)made->bytes.n;
	sp_buffer_u32(&made->bytes, 0xf1cd859f);
	sp_buffer_u32(&made->bytes, version);
	sp_buffer_u32(&made->bytes, services);
}

static void put_timer(struct made *made, uint64_t key, uint64_t window, uint64_t timestamp)
{
	sp_buffer_u64(&made->bytes, key);
	sp_buffer_u64(&made->bytes, window);
	sp_buffer_u64(&made->bytes, window + 1);
	sp_buffer_u64(&made->bytes, timestamp);
}

/* Keys are Long, namespaces TimeWindow. */
static void put_service(struct made *made, const char *name)
{
	const char *key = "L", *ns = "W";

	sp_buffer_utf(&made->bytes, sp_slice_of(name));
	shapes_put_snapshot(&made->bytes, &key);
	shapes_put_snapshot(&made->bytes, &ns);
}

/* Two key groups with timers, one that was not written. */
static void make(struct made *made)
{
	*made = (struct made){ .offsets = { 0, -1, 0 } };
	begin_group(made, 0, 2, 2);
	put_service(made, "windows");
	sp_buffer_u32(&made->bytes, 2);
	put_timer(made, 1, 10, 11);
	put_timer(made, 2, 20, 21);
	sp_buffer_u32(&made->bytes, 1);
	put_timer(made, 3, 30, (uint64_t)-31);
	put_service(made, "nothing");
	sp_buffer_u32(&made->bytes, 0);
	sp_buffer_u32(&made->bytes, 0);
	begin_group(made, 2, 2, 1);
	put_service(made, "windows");
	sp_buffer_u32(&made->bytes, 0);
	sp_buffer_u32(&made->bytes, 1);
	put_timer(made, 4, 40, 41);
}

static void is_timer(struct made *made, uint32_t group, bool event, uint64_t key, int64_t timestamp)
{
	ck_assert_int_eq(next(made), 1);
	ck_assert_uint_eq(made->timer.key_group, group);
	ck_assert(sp_slice_is(made->timer.service, "windows"));
	ck_assert_int_eq(made->timer.event, event);
	ck_assert_uint_eq(made->timer.key.n, 8);
	ck_assert_uint_eq(sp_get_be64(made->timer.key.p), key);
	ck_assert_uint_eq(made->timer.ns.n, 16);
	ck_assert_uint_eq(sp_get_be64(made->timer.ns.p), key * 10);
	ck_assert_int_eq(made->timer.timestamp, timestamp);
	ck_assert_int_eq(made->timer.key_type->kind, SP_LONG);
	ck_assert_int_eq(made->timer.ns_type->kind, SP_TIME_WINDOW);
}

START_TEST(gives_timers)
{
	struct made made;

	make(&made);
	ck_assert_int_eq(open_timers(&made), 1);
	is_timer(&made, 4, true, 1, 11);
	is_timer(&made, 4, true, 2, 21);
	is_timer(&made, 4, false, 3, -31);
	is_timer(&made, 6, false, 4, 41);
	ck_assert_int_eq(next(&made), 0);
	ck_assert_int_eq(next(&made), 0);
	free_made(&made);
}
END_TEST

/* Also those without timers, and from the midst of one. */
START_TEST(gives_services)
{
	static const struct {
		const char *name;
		uint32_t group;
	} expected[] = { { "windows", 4 }, { "nothing", 4 }, { "windows", 6 } };
	struct made made;

	for (size_t started = 0; started <= 1; started++) {
		make(&made);
		ck_assert_int_eq(open_timers(&made), 1);
		if (started)
			is_timer(&made, 4, true, 1, 11);
		for (size_t i = started; i < sp_countof(expected); i++) {
			ck_assert_int_eq(
				sp_raw_timers_next_service(made.timers, &made.timer, &made.err), 1);
			ck_assert(sp_slice_is(made.timer.service, expected[i].name));
			ck_assert_uint_eq(made.timer.key_group, expected[i].group);
			ck_assert_int_eq(made.timer.key_type->kind, SP_LONG);
			ck_assert_int_eq(made.timer.ns_type->kind, SP_TIME_WINDOW);
		}
		is_timer(&made, 6, false, 4, 41);
		ck_assert_int_eq(
			sp_raw_timers_next_service(made.timers, &made.timer, &made.err), 0);
		free_made(&made);
	}
}
END_TEST

/* More of them than are kept in mind, in each of two key groups. */
START_TEST(gives_many_services)
{
	struct made made = { .offsets = { 0, -1, 0 } };
	char name[16];

	for (int group = 0; group < GROUPS; group += 2) {
		begin_group(&made, group, 2, 50);
		for (int i = 0; i < 50; i++) {
			snprintf(name, sizeof(name), "service %d", i);
			put_service(&made, name);
			sp_buffer_u32(&made.bytes, 1);
			put_timer(&made, 1, 10, 11);
			sp_buffer_u32(&made.bytes, 0);
		}
	}
	ck_assert_int_eq(open_timers(&made), 1);
	for (int i = 0; i < 100; i++) {
		snprintf(name, sizeof(name), "service %d", i % 50);
		ck_assert_int_eq(
			sp_raw_timers_next_service(made.timers, &made.timer, &made.err), 1);
		ck_assert(sp_slice_is(made.timer.service, name));
		ck_assert_int_eq(made.timer.key_type->kind, SP_LONG);
		ck_assert_int_eq(next(&made), 1);
		ck_assert(sp_slice_is(made.timer.service, name));
		ck_assert_int_eq(made.timer.timestamp, 11);
	}
	ck_assert_int_eq(next(&made), 0);
	free_made(&made);
}
END_TEST

/* What a service begins with, and what of it may differ. */
START_TEST(compares_heads)
{
	struct sp_slice windows, nothing;
	struct made made, other = { .offsets = { 0, -1, -1 } };

	make(&made);
	ck_assert_int_eq(open_timers(&made), 1);
	ck_assert_int_eq(sp_raw_timers_next_service(made.timers, &made.timer, &made.err), 1);
	put_service(&other, "windows");
	windows = sp_buffer_slice(&other.bytes);
	ck_assert_int_eq(made.timer.version, 2);
	ck_assert(sp_slice_equal(made.timer.head, windows));
	ck_assert(sp_raw_timers_same_head(2, made.timer.head, windows));
	ck_assert_int_eq(sp_raw_timers_next_service(made.timers, &made.timer, &made.err), 1);
	nothing = made.timer.head;
	ck_assert(!sp_raw_timers_same_head(2, windows, nothing));
	ck_assert(!sp_raw_timers_same_head(2, windows, sp_slice(windows.p, windows.n - 1)));
	free_made(&other);
	free_made(&made);
}
END_TEST

/* What a reader begins with. */
START_TEST(puts_key_groups)
{
	struct made made = { .offsets = { 0, -1, -1 } }, put = { .offsets = { 0, -1, -1 } };

	begin_group(&made, 0, 2, 7);
	sp_raw_timers_put_group(&put.bytes, 2, 7);
	ck_assert(sp_slice_equal(sp_buffer_slice(&made.bytes), sp_buffer_slice(&put.bytes)));
	put.bytes.n = 0;
	sp_raw_timers_put_group(&put.bytes, 0, 7);
	ck_assert(sp_slice_equal(sp_buffer_slice(&put.bytes), sp_slice("\0\0\0\7", 4)));
	free_made(&put);
	free_made(&made);
}
END_TEST

START_TEST(tells_what_are_no_timers)
{
	struct made made = { .offsets = { 0, -1, 4 } };

	sp_buffer_bytes(&made.bytes, sp_slice_of("bytes of an operator's own"));
	ck_assert_int_eq(open_timers(&made), 0);
	made.bytes.n = 5;
	ck_assert_int_eq(open_timers(&made), 0);
	for (int i = 0; i < GROUPS; i++)
		made.offsets[i] = -1;
	ck_assert_int_eq(open_timers(&made), 0);
	free_made(&made);
}
END_TEST

/* What java.io.ObjectOutputStream writes for an object of a class without fields. */
static void put_serializer(struct sp_buffer *out, const char *class)
{
	sp_buffer_u32(out, 0xaced0005);
	sp_buffer_u8(out, 0x73);
	sp_buffer_u8(out, 0x72);
	sp_buffer_utf(out, sp_slice_of(class));
	sp_buffer_u64(out, 1);
	sp_buffer_u8(out, 2);
	sp_buffer_u16(out, 0);
	sp_buffer_u8(out, 0x78);
	sp_buffer_u8(out, 0x70);
}

/* Of 1.4.0 and before, whose serializers are Java objects. */
static void make_unversioned(struct made *made, uint32_t timers)
{
	*made = (struct made){ .offsets = { 0, -1, -1 } };
	sp_buffer_u32(&made->bytes, 1);
	sp_buffer_utf(&made->bytes, sp_slice_of("windows"));
	put_serializer(&made->bytes, "com.example.KeySerializer");
	put_serializer(&made->bytes, "com.example.NamespaceSerializer");
	sp_buffer_u32(&made->bytes, timers);
	for (uint32_t i = 0; i < timers; i++)
		put_timer(made, i, i, i);
	sp_buffer_u32(&made->bytes, 0);
}

START_TEST(knows_timers_without_a_version)
{
	struct made made;

	make_unversioned(&made, 0);
	ck_assert_int_eq(open_timers(&made), 1);
	ck_assert_int_eq(next(&made), 0);
	free_made(&made);
	make_unversioned(&made, 1);
	ck_assert_int_eq(open_timers(&made), 1);
	ck_assert_int_eq(next(&made), SP_EUNSUPPORTED);
	free_made(&made);
}
END_TEST

/* Of 1.4.1 to 1.7: a list of pairs of a serializer, here none, and its snapshot. */
START_TEST(reads_timers_of_version_1)
{
	sp_auto_buffer snapshots = { 0 };
	struct made made = { .offsets = { 0, -1, -1 } };
	size_t second;

	shapes_put_proxy(&snapshots, "L");
	second = snapshots.n;
	shapes_put_proxy(&snapshots, "W");
	begin_group(&made, 0, 1, 1);
	sp_buffer_utf(&made.bytes, sp_slice_of("windows"));
	sp_buffer_u32(&made.bytes, 2);
	sp_buffer_u32(&made.bytes, 0);
	sp_buffer_u32(&made.bytes, 0);
	sp_buffer_u32(&made.bytes, (uint32_t)second);
	sp_buffer_u32(&made.bytes, (uint32_t)second);
	sp_buffer_blob(&made.bytes, sp_buffer_slice(&snapshots));
	sp_buffer_u32(&made.bytes, 1);
	put_timer(&made, 1, 10, 11);
	sp_buffer_u32(&made.bytes, 0);
	ck_assert_int_eq(open_timers(&made), 1);
	is_timer(&made, 4, true, 1, 11);
	ck_assert_int_eq(next(&made), 0);
	free_made(&made);
}
END_TEST

START_TEST(refuses_later_versions)
{
	struct made made = { .offsets = { 0, -1, -1 } };

	begin_group(&made, 0, 3, 0);
	ck_assert_int_eq(open_timers(&made), 1);
	ck_assert_int_eq(next(&made), SP_EUNSUPPORTED);
	ck_assert_ptr_nonnull(strstr(made.err.message, "version 3"));
	free_made(&made);
}
END_TEST

/* Every cut is damage, but for one between two key groups and in front of the magic. */
START_TEST(names_timers_cut_short)
{
	struct made made;
	size_t whole;

	make(&made);
	whole = made.bytes.n;
	for (made.bytes.n = (size_t)made.offsets[2] + 5; made.bytes.n < whole; made.bytes.n++) {
		int r;

		ck_assert_int_eq(open_timers(&made), 1);
		while ((r = next(&made)) > 0)
			;
		ck_assert_int_eq(r, SP_EDAMAGED);
		ck_assert_ptr_nonnull(strstr(made.err.message, "metadata"));
		ck_assert_ptr_nonnull(strstr(made.err.message, "key group 6"));
		sp_raw_timers_free(made.timers);
	}
	made.timers = NULL;
	free_made(&made);
}
END_TEST

START_TEST(names_bytes_behind_the_last_timer)
{
	struct made made;

	make(&made);
	sp_buffer_u8(&made.bytes, 0);
	ck_assert_int_eq(open_timers(&made), 1);
	for (int i = 0; i < 4; i++)
		ck_assert_int_eq(next(&made), 1);
	ck_assert_int_eq(next(&made), SP_EDAMAGED);
	free_made(&made);
}
END_TEST

/* Heap timers beside RocksDB, written by 1.20.3: as many as the state that Flink restores. */
START_TEST(reads_what_flink_wrote)
{
	sp_auto(sp_source) *source = NULL;
	char path[4096];
	struct sp_error err;
	size_t timers = 0;

	snprintf(path, sizeof(path), "%s/snapshots/" FLINKS "/chk-3", getenv("TEST_DATA"));
	ck_ok(sp_source_open(path, &source, &err), err);
	for (size_t i = 0; i < source->snapshot->n_operators; i++)
		for (size_t j = 0; j < source->snapshot->operators[i].n_subtasks; j++) {
			sp_auto(sp_raw_timers) *in = NULL;
			struct sp_raw_timer timer;
			int r = sp_raw_timers_open(source,
				&source->snapshot->operators[i].subtasks[j].raw_keyed, &in, &err);

			ck_ok(r, err);
			while (r > 0 && (r = sp_raw_timers_next(in, &timer, &err)) > 0)
				timers++;
			ck_ok(r, err);
		}
	ck_assert_uint_eq(timers, 140);
}
END_TEST

UNIT_MAIN("raw-timers", gives_timers, gives_services, gives_many_services, compares_heads,
	puts_key_groups, tells_what_are_no_timers, knows_timers_without_a_version,
	reads_timers_of_version_1, refuses_later_versions, names_timers_cut_short,
	names_bytes_behind_the_last_timer, reads_what_flink_wrote)
