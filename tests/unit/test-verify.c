#include "unit.h"

#include <ctype.h>

#include "data.h"
#include "verify.h"

/* A snapshot of one operator with two subtasks, on which each test breaks something. */
static struct {
	struct sp_source source;
	struct sp_snapshot snapshot;
	struct sp_operator op[2];
	struct sp_subtask subtasks[2];
	struct sp_operator_handle handles[2];
	struct sp_operator_state states[2];
	struct sp_local_file files[2];
	int64_t offsets[4];
	int64_t groups[64];
} m;

static void set_up(void)
{
	static char directory[] = "/sp";

	memset(&m, 0, sizeof(m));
	m.source.directory = m.source.tree = directory;
	m.source.snapshot = &m.snapshot;
	m.snapshot.version = 4;
	m.snapshot.operators = m.op;
	m.snapshot.n_operators = 1;
	m.op[0].parallelism = m.op[1].parallelism = 2;
	m.op[0].max_parallelism = m.op[1].max_parallelism = 128;
	m.op[0].subtasks = m.subtasks;
	m.op[0].n_subtasks = 2;
	m.subtasks[1].index = 1;
}

/* Subtask i gets operator state in a file of 100 bytes. */
static void give_operator_state(int i, const char *path)
{
	m.states[i] = (struct sp_operator_state){
		.name = sp_slice_of("s"), .offsets = &m.offsets[2 * i], .n_offsets = 2
	};
	m.offsets[2 * i] = 10;
	m.offsets[2 * i + 1] = 20;
	m.handles[i] = (struct sp_operator_handle){
		.code = SP_OPERATOR_STREAM,
		.states = &m.states[i],
		.n_states = 1,
		.data = { .code = SP_HANDLE_RELATIVE, .name = sp_slice_of(path), .size = 100 },
	};
	m.subtasks[i].managed_operator = &m.handles[i];
	m.subtasks[i].n_managed_operator = 1;
}

/* Subtask 0 gets its 64 key groups, all absent, in a file of 100 bytes. */
static struct sp_keyed_handle *give_key_groups(void)
{
	m.subtasks[0].managed_keyed = (struct sp_keyed_handle){
		.code = SP_KEYED_SAVEPOINT,
		.count = 64,
		.offsets = m.groups,
		.data = { .code = SP_HANDLE_RELATIVE, .name = sp_slice_of("k"), .size = 100 },
	};
	return &m.subtasks[0].managed_keyed;
}

static struct sp_keyed_handle *give_database(void)
{
	for (size_t i = 0; i < 2; i++)
		m.files[i].handle = (struct sp_handle){
			.code = SP_HANDLE_FILE, .name = sp_slice_of("/shared/f"), .size = 100
		};
	m.files[0].local_path = sp_slice_of("000001.sst");
	m.files[1].local_path = sp_slice_of("000002.sst");
	m.subtasks[0].managed_keyed = (struct sp_keyed_handle){
		.code = SP_KEYED_INCREMENTAL_V2,
		.count = 64,
		.shared = m.files,
		.n_shared = 2,
		.data = { .code = SP_HANDLE_BYTES, .name = sp_slice_of("meta") },
	};
	return &m.subtasks[0].managed_keyed;
}

/* Verifying finds exactly one thing, this one; 0: nothing. */
static void assert_finds(int code)
{
	struct sp_findings findings;

	sp_findings_init(&findings);
	sp_verify_metadata(&m.source, &findings);
	sp_findings_sort(&findings);
	for (size_t i = 0; i < findings.n; i++)
		ck_assert_msg((int)findings.list[i].kind->code == code, "SP%d: %s",
			(int)findings.list[i].kind->code, findings.list[i].text);
	ck_assert_uint_eq(findings.n, code == 0 ? 0 : 1);
	sp_findings_free(&findings);
}

START_TEST(passes_what_is_right)
{
	set_up();
	assert_finds(0);
	give_operator_state(0, "a");
	give_operator_state(1, "b");
	m.states[0].mode = SP_MODE_UNION;
	m.groups[5] = 50;
	m.groups[7] = 60;
	give_key_groups();
	assert_finds(0);
	give_database();
	assert_finds(0);
}
END_TEST

START_TEST(finds_duplicates)
{
	set_up();
	m.snapshot.n_operators = 2;
	assert_finds(SP_FIND_DUPLICATE_OPERATOR);
	set_up();
	m.subtasks[1].index = 0;
	assert_finds(SP_FIND_DUPLICATE_SUBTASK);
}
END_TEST

START_TEST(finds_impossible_parallelism)
{
	set_up();
	m.op[0].n_subtasks = 0;
	m.op[0].parallelism = 0;
	assert_finds(SP_FIND_PARALLELISM);
	m.op[0].parallelism = 129;
	assert_finds(SP_FIND_PARALLELISM);
	m.op[0].max_parallelism = SP_MAX_PARALLELISM + 1;
	assert_finds(SP_FIND_MAX_PARALLELISM);
	set_up();
	m.subtasks[1].index = 2;
	assert_finds(SP_FIND_SUBTASK_INDEX);
}
END_TEST

START_TEST(finds_facts_of_the_whole)
{
	set_up();
	m.snapshot.trailing_bytes = 1;
	assert_finds(SP_FIND_TRAILING_BYTES);
	set_up();
	m.snapshot.dialect = SP_DIALECT_CHANNELS_1_11;
	assert_finds(SP_FIND_DIALECT_1_11);
	m.snapshot.dialect = SP_DIALECT_CHANGELOG_1_14;
	assert_finds(SP_FIND_DIALECT_1_14);
	set_up();
	m.snapshot.version = 1;
	assert_finds(SP_FIND_VERSION_1);
	set_up();
	m.subtasks[1].finished = true;
	assert_finds(SP_FIND_PARTLY_FINISHED);
	set_up();
	m.op[0].uid = sp_slice_of("not this one");
	assert_finds(SP_FIND_UID);
}
END_TEST

START_TEST(finds_wrong_key_groups)
{
	struct sp_keyed_handle *handle;

	set_up();
	handle = give_key_groups();
	handle->count = 63;
	assert_finds(SP_FIND_KEY_GROUP_RANGE);
	handle->count = 64;
	handle->start = 1;
	assert_finds(SP_FIND_KEY_GROUP_RANGE);
	handle->start = 0;
	m.groups[3] = 100;
	assert_finds(SP_FIND_KEY_GROUP_OFFSET);
	m.groups[3] = -1;
	assert_finds(SP_FIND_KEY_GROUP_OFFSET);
	m.groups[3] = 60;
	m.groups[4] = 50;
	assert_finds(SP_FIND_KEY_GROUP_ORDER);
	handle->data.code = SP_HANDLE_NONE;
	assert_finds(SP_FIND_NO_DATA);
}
END_TEST

START_TEST(lets_raw_key_groups_be_absent)
{
	set_up();
	give_key_groups();
	m.subtasks[0].raw_keyed = m.subtasks[0].managed_keyed;
	m.subtasks[0].managed_keyed.code = SP_KEYED_NONE;
	m.groups[0] = -1;
	m.groups[1] = 100;
	assert_finds(0);
	m.groups[0] = -2;
	assert_finds(SP_FIND_KEY_GROUP_OFFSET);
}
END_TEST

START_TEST(lets_databases_hold_more)
{
	struct sp_keyed_handle *handle;

	set_up();
	handle = give_database();
	handle->count = 128;
	assert_finds(0);
	handle->start = 1;
	assert_finds(SP_FIND_KEY_GROUP_RANGE);
}
END_TEST

START_TEST(finds_bad_databases)
{
	set_up();
	give_database();
	m.files[1].local_path = sp_slice_of("../000002.sst");
	assert_finds(SP_FIND_LOCAL_PATH);
	m.files[1].local_path = m.files[0].local_path;
	assert_finds(0); /* the same file */
	m.files[1].handle.size++;
	assert_finds(SP_FIND_DUPLICATE_LOCAL_PATH);
	set_up();
	give_database();
	m.files[0].handle.code = m.files[1].handle.code = SP_HANDLE_RELATIVE;
	assert_finds(SP_FIND_RELATIVE_SHARED);
}
END_TEST

START_TEST(finds_bad_operator_state)
{
	set_up();
	give_operator_state(0, "a");
	m.offsets[1] = 101;
	assert_finds(SP_FIND_ELEMENT_OFFSET);
	m.offsets[1] = 100;
	assert_finds(0);
	m.offsets[1] = 9;
	assert_finds(SP_FIND_ELEMENT_ORDER);
	m.offsets[1] = 20;
	m.states[0].mode = SP_MODE_BROADCAST;
	assert_finds(SP_FIND_BROADCAST_OFFSETS);
	m.states[0].n_offsets = 0;
	assert_finds(SP_FIND_BROADCAST_OFFSETS);
	m.states[0].n_offsets = 1;
	assert_finds(0);
	m.handles[0].data.code = SP_HANDLE_NONE;
	assert_finds(SP_FIND_NO_DATA);
}
END_TEST

START_TEST(finds_shared_streams)
{
	set_up();
	give_operator_state(0, "a");
	give_operator_state(1, "a");
	assert_finds(SP_FIND_SHARED_STREAM);
	m.handles[1].data.code = SP_HANDLE_SEGMENT;
	assert_finds(0);
	m.handles[0].data.code = SP_HANDLE_SEGMENT;
	assert_finds(SP_FIND_SHARED_STREAM);
	m.handles[1].data.start = 100;
	assert_finds(0);
}
END_TEST

START_TEST(finds_inline_names)
{
	set_up();
	give_operator_state(0, "a");
	m.handles[0].data = (struct sp_handle){ .code = SP_HANDLE_BYTES,
		.name = sp_slice_of("x"),
		.data = sp_slice_of("0123456789012345678901234567890") };
	m.op[0].coordinator = m.handles[0].data;
	assert_finds(0);
	m.op[0].coordinator.data = sp_slice_of("other");
	assert_finds(SP_FIND_INLINE_NAME);
}
END_TEST

START_TEST(finds_offsets_outside_of_streams)
{
	static int64_t offset;
	struct sp_channel channel = { .offsets = &offset, .n_offsets = 1 };
	struct sp_channel_handle input = { .channels = &channel,
		.n_channels = 1,
		.data = { .code = SP_HANDLE_RELATIVE, .name = sp_slice_of("c"), .size = 100 } };
	struct sp_change_stream stream = { .handle = input.data };
	struct sp_keyed_handle file = {
		.code = SP_KEYED_CHANGELOG_FILE_V2, .count = 64, .streams = &stream, .n_streams = 1
	};

	set_up();
	m.subtasks[0].input_channels = &input;
	m.subtasks[0].n_input_channels = 1;
	offset = 100;
	assert_finds(SP_FIND_IN_FLIGHT);
	m.subtasks[0].n_input_channels = 0;
	m.subtasks[0].managed_keyed = (struct sp_keyed_handle){ .code = SP_KEYED_CHANGELOG_V2,
		.count = 64,
		.non_materialized = &file,
		.n_non_materialized = 1 };
	stream.offset = 100;
	assert_finds(0);
	stream.offset = 101;
	assert_finds(SP_FIND_CHANGELOG_OFFSET);
	stream.offset = -1;
	assert_finds(SP_FIND_CHANGELOG_OFFSET);
}
END_TEST

START_TEST(finds_replicated_and_merged_state)
{
	set_up();
	give_operator_state(0, "a");
	give_operator_state(1, "b");
	for (int i = 0; i < 2; i++) {
		m.states[i].mode = SP_MODE_UNION;
		m.handles[i].data = (struct sp_handle){ .code = SP_HANDLE_BYTES,
			.name = sp_slice_of(i == 0 ? "a" : "b"),
			.data = sp_slice_of("0123456789012345678901234567890") };
	}
	assert_finds(SP_FIND_UNION_REPLICATED);
	set_up();
	give_operator_state(0, "a");
	m.handles[0].code = SP_OPERATOR_MERGED;
	assert_finds(SP_FIND_MERGED_DIRECTORIES);
}
END_TEST

/* --- edits of real files, written and read again -------------------------------------------- */

static struct sp_snapshot *load(const char *name)
{
	sp_auto_buffer bytes = { 0 };
	struct sp_snapshot *s;
	struct sp_error err;

	data_read("metadata", name, &bytes);
	ck_ok(sp_metadata_read(sp_buffer_slice(&bytes), &s, &err), err);
	return s;
}

/* Writes the snapshot with `more` bytes behind it, reads that, and verifies: is `code` in it? 0: no
 * error. */
static void expect_in(struct sp_snapshot *s, size_t more, int code)
{
	static char directory[] = "/sp";
	struct sp_source source = { .directory = directory, .tree = directory };
	sp_auto(sp_snapshot) *again = NULL;
	struct sp_findings findings;
	sp_auto_buffer bytes = { 0 };
	struct sp_error err;
	size_t found = 0;

	ck_ok(sp_metadata_write(s, &bytes, &err), err);
	while (more-- > 0)
		sp_buffer_u8(&bytes, 0);
	ck_ok(sp_metadata_read(sp_buffer_slice(&bytes), &again, &err), err);
	source.snapshot = again;
	sp_findings_init(&findings);
	sp_verify_metadata(&source, &findings);
	for (size_t i = 0; i < findings.n; i++) {
		found += (int)findings.list[i].kind->code == code;
		if ((int)findings.list[i].kind->code == code)
			ck_assert(findings.list[i].text[0] != '\0' &&
				  findings.list[i].kind->consequence[0] != '\0');
	}
	if (code == 0)
		ck_assert_uint_eq(sp_findings_count(&findings, SP_SEVERITY_ERROR), 0);
	else
		ck_assert_msg(found > 0, "SP%d not found", code);
	sp_findings_free(&findings);
	sp_snapshot_free(s);
}

static struct sp_subtask *with_operator_state(struct sp_snapshot *s, int mode)
{
	for (size_t i = 0; i < s->n_operators; i++)
		for (size_t j = 0; j < s->operators[i].n_subtasks; j++) {
			struct sp_subtask *subtask = &s->operators[i].subtasks[j];

			for (size_t k = 0; subtask->n_managed_operator > 0 &&
					   k < subtask->managed_operator->n_states;
				k++)
				if ((int)subtask->managed_operator->states[k].mode == mode &&
					subtask->managed_operator->states[k].n_offsets > 0)
					return subtask;
		}
	ck_abort_msg("no such operator state");
}

static struct sp_subtask *with_keyed_state(struct sp_snapshot *s, enum sp_keyed_code code)
{
	for (size_t i = 0; i < s->n_operators; i++)
		for (size_t j = 0; j < s->operators[i].n_subtasks; j++)
			if (s->operators[i].subtasks[j].managed_keyed.code == code)
				return &s->operators[i].subtasks[j];
	ck_abort_msg("no such keyed state");
}

START_TEST(finds_edits_of_operators)
{
	static const char canonical[] = "1.20.3-small-hashmap-canonical-files.metadata";
	struct sp_snapshot *s = load(canonical);

	expect_in(s, 0, 0);
	expect_in(load("1.13-stateful-canonical.metadata"), 3, SP_FIND_TRAILING_BYTES);
	s = load(canonical);
	memcpy(s->operators[1].id, s->operators[0].id, SP_OPERATOR_ID_BYTES);
	expect_in(s, 0, SP_FIND_DUPLICATE_OPERATOR);
	s = load(canonical);
	with_keyed_state(s, SP_KEYED_SAVEPOINT)[1].index = 0;
	expect_in(s, 0, SP_FIND_DUPLICATE_SUBTASK);
	s = load(canonical);
	s->operators[0].max_parallelism = SP_MAX_PARALLELISM + 1;
	expect_in(s, 0, SP_FIND_MAX_PARALLELISM);
	s = load(canonical);
	s->operators[0].n_subtasks = 0;
	s->operators[0].parallelism = 0;
	expect_in(s, 0, SP_FIND_PARALLELISM);
}
END_TEST

START_TEST(finds_edits_of_keyed_state)
{
	static const char canonical[] = "1.20.3-small-hashmap-canonical-files.metadata";
	static const char incremental[] = "1.20.3-small-rocksdb-incremental.metadata";
	struct sp_snapshot *s = load(canonical);
	struct sp_keyed_handle *keyed = &with_keyed_state(s, SP_KEYED_SAVEPOINT)->managed_keyed;

	keyed->start++;
	expect_in(s, 0, SP_FIND_KEY_GROUP_RANGE);
	s = load(canonical);
	keyed = &with_keyed_state(s, SP_KEYED_SAVEPOINT)->managed_keyed;
	keyed->offsets[0] = INT64_MAX;
	expect_in(s, 0, SP_FIND_KEY_GROUP_OFFSET);
	s = load(incremental);
	keyed = &with_keyed_state(s, SP_KEYED_INCREMENTAL_V2)->managed_keyed;
	ck_assert_uint_ge(keyed->n_shared, 2);
	keyed->shared[0].handle.code = SP_HANDLE_RELATIVE;
	keyed->shared[0].handle.name = sp_slice_of("f");
	expect_in(s, 0, SP_FIND_RELATIVE_SHARED);
	s = load(incremental);
	keyed = &with_keyed_state(s, SP_KEYED_INCREMENTAL_V2)->managed_keyed;
	keyed->shared[0].handle.code = SP_HANDLE_RELATIVE;
	keyed->shared[0].handle.name = sp_slice_of("../sp/f");
	keyed->shared[1].handle.name = sp_slice_of("file:/sp/f");
	expect_in(s, 0, SP_FIND_MIXED_SHARED);
	s = load(incremental);
	keyed = &with_keyed_state(s, SP_KEYED_INCREMENTAL_V2)->managed_keyed;
	keyed->private[0].local_path = keyed->shared[0].local_path;
	expect_in(s, 0, SP_FIND_DUPLICATE_LOCAL_PATH);
	s = load(incremental);
	keyed = &with_keyed_state(s, SP_KEYED_INCREMENTAL_V2)->managed_keyed;
	keyed->shared[1] = keyed->shared[0]; /* the same file twice does no harm */
	expect_in(s, 0, 0);
}
END_TEST

START_TEST(finds_edits_of_operator_state)
{
	static const char canonical[] = "1.20.3-small-hashmap-canonical-files.metadata";
	static const char merged[] = "1.20.3-file-merging-rocksdb.metadata";
	struct sp_snapshot *s = load("1.18-stateful-scala-with-broadcast.metadata");
	struct sp_subtask *subtask = with_operator_state(s, SP_MODE_BROADCAST);

	for (size_t i = 0; i < subtask->managed_operator->n_states; i++)
		subtask->managed_operator->states[i].n_offsets = 0;
	expect_in(s, 0, SP_FIND_BROADCAST_OFFSETS);
	s = load(canonical);
	subtask = with_operator_state(s, SP_MODE_SPLIT_DISTRIBUTE);
	subtask[1].managed_operator->data = subtask[0].managed_operator->data;
	expect_in(s, 0, SP_FIND_SHARED_STREAM);
	s = load(canonical);
	subtask = with_operator_state(s, SP_MODE_SPLIT_DISTRIBUTE);
	for (int i = 0; i < 2; i++)
		subtask[i].managed_operator->data = (struct sp_handle){ .code = SP_HANDLE_BYTES,
			.name = sp_slice_of("x"),
			.data = sp_slice_of(i == 0 ? "a" : "b") };
	expect_in(s, 0, SP_FIND_INLINE_NAME);
	s = load(merged);
	subtask = with_operator_state(s, SP_MODE_SPLIT_DISTRIBUTE);
	subtask->managed_operator->empty = true;
	expect_in(s, 0, SP_FIND_EMPTY_MERGED);
	expect_in(load(merged), 0, SP_FIND_MERGED_DIRECTORIES);
	s = load("1.20.3-unaligned-hashmap.metadata");
	for (size_t i = 0; i < s->n_operators; i++)
		for (size_t j = 0; j < s->operators[i].n_subtasks; j++)
			if (s->operators[i].subtasks[j].n_input_channels > 0)
				s->operators[i].subtasks[j].input_channels->channels->offsets[0] =
					INT64_MAX;
	expect_in(s, 0, SP_FIND_CHANNEL_OFFSET);
}
END_TEST

START_TEST(every_code_has_a_kind_in_order)
{
	for (size_t i = 1; i < sp_n_finding_kinds; i++)
		ck_assert_int_lt(sp_finding_kinds[i - 1].code, sp_finding_kinds[i].code);
}
END_TEST

/* Their row in the table of savepoint-verify(1): code, severity, "title: consequence. Remedy." */
static void put_row(const struct sp_finding_kind *kind, struct sp_buffer *out)
{
	sp_buffer_printf(out, "|  SP%d\n:  %s\n:  %s: %s", (int)kind->code,
		sp_severity_text(kind->severity), kind->title, kind->consequence);
	if (kind->remedy[0] != '\0')
		sp_buffer_printf(
			out, ". %c%s", toupper((unsigned char)kind->remedy[0]), kind->remedy + 1);
	sp_buffer_printf(out, ".\n");
}

/* scdoc has names with underscores escaped. */
static void put_plain(struct sp_slice page, struct sp_buffer *out)
{
	for (size_t i = 0; i < page.n; i++)
		if (page.p[i] != '\\')
			sp_buffer_u8(out, page.p[i]);
	sp_buffer_u8(out, '\0');
}

START_TEST(the_manual_has_every_kind)
{
	sp_auto_buffer page = { 0 };
	sp_auto_buffer plain = { 0 };

	data_read("../../man", "savepoint-verify.1.scd", &page);
	put_plain(sp_buffer_slice(&page), &plain);
	for (size_t i = 0; i < sp_n_finding_kinds; i++) {
		sp_auto_buffer row = { 0 };

		put_row(&sp_finding_kinds[i], &row);
		sp_buffer_u8(&row, '\0');
		ck_assert_msg(strstr((char *)plain.p, (char *)row.p) != NULL,
			"not in the manual:\n%s", (char *)row.p);
	}
}
END_TEST

UNIT_MAIN("verify", passes_what_is_right, finds_duplicates, finds_impossible_parallelism,
	finds_facts_of_the_whole, finds_wrong_key_groups, lets_raw_key_groups_be_absent,
	lets_databases_hold_more, finds_bad_databases, finds_bad_operator_state,
	finds_shared_streams, finds_inline_names, finds_offsets_outside_of_streams,
	finds_replicated_and_merged_state, finds_edits_of_operators, finds_edits_of_keyed_state,
	finds_edits_of_operator_state, every_code_has_a_kind_in_order, the_manual_has_every_kind)
