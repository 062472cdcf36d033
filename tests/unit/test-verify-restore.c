#include "unit.h"

#include <string.h>

#include "real.h"
#include "verify-restore.h"

#define ALL (1U << SP_BACKEND_HASHMAP | 1U << SP_BACKEND_ROCKSDB | 1U << SP_BACKEND_FORST)

/* A snapshot without state, which tests break. */
static struct {
	struct sp_source source;
	struct sp_snapshot snapshot;
	struct sp_operator op;
	struct sp_subtask subtask;
	struct sp_channel_handle channel;
} m;

static void set_up(int version)
{
	static char directory[] = "/sp";

	memset(&m, 0, sizeof(m));
	m.source.directory = m.source.tree = directory;
	m.source.snapshot = &m.snapshot;
	m.snapshot.version = version;
	m.snapshot.operators = &m.op;
	m.snapshot.n_operators = 1;
	m.op.parallelism = 1;
	m.op.max_parallelism = 128;
	m.op.subtasks = &m.subtask;
	m.op.n_subtasks = 1;
}

/* What is found are findings of this code; 0: nothing is. */
static void assert_predicts(struct sp_source *source, struct sp_restore restore, int code)
{
	struct sp_findings findings;
	struct sp_error err;

	sp_findings_init(&findings);
	ck_ok(sp_verify_restore(source, &restore, &findings, &err), err);
	for (size_t i = 0; i < findings.n; i++)
		ck_assert_msg((int)findings.list[i].kind->code == code, "SP%d: %s",
			(int)findings.list[i].kind->code, findings.list[i].text);
	ck_assert_msg((findings.n > 0) == (code != 0), "SP%d was not found", code);
	sp_findings_free(&findings);
	sp_restore_free(&restore);
}

static void assert_made_predicts(sp_release release, int32_t parallelism, int code)
{
	assert_predicts(&m.source,
		(struct sp_restore){
			release, parallelism, 1U << SP_BACKEND_HASHMAP, { { 0 } }, NULL },
		code);
}

START_TEST(knows_versions_of_metadata)
{
	static const struct {
		int version;
		sp_release last_without, first_with;
	} versions[] = {
		{ 4, SP_RELEASE(1, 15), SP_RELEASE(1, 16) },
		{ 5, SP_RELEASE(1, 20), SP_RELEASE(2, 0) },
		{ 6, SP_RELEASE(2, 0), SP_RELEASE(2, 1) },
	};

	for (size_t i = 0; i < sp_countof(versions); i++) {
		set_up(versions[i].version);
		assert_made_predicts(versions[i].last_without, 0, SP_FIND_RESTORE_VERSION);
		assert_made_predicts(versions[i].first_with, 0, 0);
	}
	set_up(1);
	assert_made_predicts(SP_RELEASE(1, 11), 0, SP_FIND_RESTORE_VERSION);
}
END_TEST

START_TEST(knows_handles)
{
	set_up(3);
	m.subtask.managed_keyed.code = SP_KEYED_CHANGELOG_V2;
	assert_made_predicts(SP_RELEASE(1, 14), 0, 0 + SP_FIND_RESTORE_HANDLE);
}
END_TEST

START_TEST(knows_finished_subtasks)
{
	set_up(3);
	m.subtask.finished = true;
	assert_made_predicts(SP_RELEASE(1, 13), 0, SP_FIND_RESTORE_FINISHED);
	assert_made_predicts(SP_RELEASE(1, 14), 0, 0);
}
END_TEST

START_TEST(knows_coordinators)
{
	static const char state[] = "\0\0\0\1\0\0\0\0";

	set_up(3);
	m.op.coordinator = (struct sp_handle){ .code = SP_HANDLE_BYTES,
		.name = sp_slice_of("c"),
		.data = { (const uint8_t *)state, 8 } };
	assert_made_predicts(SP_RELEASE(1, 11), 0, SP_FIND_RESTORE_COORDINATOR);
	assert_made_predicts(SP_RELEASE(1, 12), 0, 0);
}
END_TEST

START_TEST(bounds_parallelism)
{
	set_up(3);
	assert_made_predicts(SP_RELEASE(1, 20), 128, 0);
	assert_made_predicts(SP_RELEASE(1, 20), 129, SP_FIND_RESTORE_PARALLELISM);
	m.op.max_parallelism = 1; /* never gets the job's */
	assert_made_predicts(SP_RELEASE(1, 20), 129, 0);
}
END_TEST

START_TEST(knows_records_in_flight)
{
	set_up(4);
	m.subtask.input_channels = &m.channel;
	m.subtask.n_input_channels = 1;
	assert_made_predicts(SP_RELEASE(1, 20), 0, 0);
	assert_made_predicts(SP_RELEASE(1, 20), 2, 0);
	assert_made_predicts(SP_RELEASE(2, 2), 0, SP_FIND_RESTORE_CHANNELS);
	set_up(3);
	m.subtask.input_channels = &m.channel;
	m.subtask.n_input_channels = 1;
	assert_made_predicts(SP_RELEASE(1, 12), 2, SP_FIND_RESTORE_RESCALED_CHANNELS);
	m.snapshot.dialect = SP_DIALECT_CHANNELS_1_11;
	assert_made_predicts(SP_RELEASE(1, 13), 0, SP_FIND_RESTORE_DIALECT);
}
END_TEST

/* --- real snapshots ----------------------------------------------------------------------- */

static char *real_name(const char *name)
{
	char *path;

	ck_assert_int_gt(asprintf(&path, "%s/snapshots/%s", getenv("TEST_DATA"), name), 0);
	ck_assert_msg(nftw(path, real_look, 16, FTW_PHYS) == 1, "nothing in %s", path);
	free(path);
	return real_found;
}

/* The verdicts as a text: "hashmap" where only that one restores it. */
static void assert_restores(const char *name, sp_release release, const char *wanted)
{
	struct sp_restore restore = { .release = release, .backends = ALL };
	struct sp_source *source;
	struct sp_findings findings;
	struct sp_error err;
	char got[64] = "";

	ck_ok(sp_source_open(real_name(name), &source, &err), err);
	sp_findings_init(&findings);
	ck_ok(sp_verify_restore(source, &restore, &findings, &err), err);
	for (int i = 0; i < SP_N_BACKENDS; i++) {
		if (!restore.verdicts[i].restores)
			continue;
		strcat(got, got[0] == '\0' ? "" : " ");
		strcat(got, sp_backend_text((enum sp_backend)i));
	}
	ck_assert_msg(
		strcmp(got, wanted) == 0, "%s in %d: '%s', not '%s'", name, release, got, wanted);
	sp_findings_free(&findings);
	sp_restore_free(&restore);
	sp_source_free(source);
}

START_TEST(tells_backends_apart)
{
	assert_restores("1.20.3-small-hashmap-canonical-inline/savepoint", SP_RELEASE(1, 20),
		"hashmap rocksdb");
	assert_restores("1.20.3-small-rocksdb-native/savepoint", SP_RELEASE(2, 0), "rocksdb forst");
	assert_restores(
		"2.2.0-small-hashmap-native-compressed/savepoint", SP_RELEASE(2, 1), "hashmap");
	assert_restores("1.10-udf-rocksdb-savepoint", SP_RELEASE(1, 13), "rocksdb");
	assert_restores("1.11-udf-memory-savepoint", SP_RELEASE(1, 12), "hashmap");
	assert_restores("1.20.3-changelog-hashmap", SP_RELEASE(1, 20), "hashmap rocksdb forst");
}
END_TEST

START_TEST(knows_headers_types_and_tables)
{
	/* operator state of version 6 in metadata that 1.16 reads */
	assert_restores("1.20.3-small-hashmap-canonical-inline/savepoint", SP_RELEASE(1, 17), "");
	assert_restores("1.20.3-small-rocksdb-canonical-compressed", SP_RELEASE(1, 18), "");
	assert_restores(
		"1.20.3-small-rocksdb-canonical-compressed", SP_RELEASE(1, 19), "hashmap rocksdb");
	assert_restores("1.8-scala-broadcast-memory-savepoint", SP_RELEASE(1, 20), "hashmap");
	assert_restores("1.8-scala-broadcast-memory-savepoint", SP_RELEASE(2, 0), "");
	assert_restores("2.2.0-kryo-rocksdb-native", SP_RELEASE(2, 2), "rocksdb forst");
}
END_TEST

/* What one backend does not restore counts only where the other does not either. */
START_TEST(counts_what_no_backend_restores)
{
	struct sp_restore restore = { .release = SP_RELEASE(1, 20),
		.backends = 1U << SP_BACKEND_HASHMAP };
	struct sp_source *source;
	struct sp_error err;

	ck_ok(sp_source_open(real_name("1.20.3-small-rocksdb-native/savepoint"), &source, &err),
		err);
	assert_predicts(source, restore, SP_FIND_RESTORE_LAYOUT);
	restore.backends |= 1U << SP_BACKEND_ROCKSDB;
	assert_predicts(source, restore, 0);
	sp_source_free(source);
}
END_TEST

START_TEST(says_it_in_words)
{
	struct sp_restore restore = { .release = SP_RELEASE(1, 20), .backends = ALL };
	sp_auto_buffer text = { 0 };
	struct sp_findings findings;
	struct sp_error err;

	set_up(3);
	sp_findings_init(&findings);
	ck_ok(sp_verify_restore(&m.source, &restore, &findings, &err), err);
	sp_restore_text(&restore, &text);
	sp_buffer_u8(&text, 0);
	ck_assert_str_eq((char *)text.p, "Flink 1.20: restores on hashmap and rocksdb and forst");
	sp_restore_free(&restore);
	sp_find(&findings, SP_FIND_MISSING, NULL, NULL, "x");
	text.n = 0;
	ck_ok(sp_verify_restore(&m.source, &restore, &findings, &err), err);
	sp_restore_text(&restore, &text);
	sp_buffer_u8(&text, 0);
	ck_assert_str_eq((char *)text.p, "Flink 1.20: does not restore on hashmap and rocksdb and "
					 "forst: SP401 missing file");
	sp_restore_free(&restore);
	sp_findings_free(&findings);
}
END_TEST

UNIT_MAIN("verify-restore", knows_versions_of_metadata, knows_handles, knows_finished_subtasks,
	knows_coordinators, bounds_parallelism, knows_records_in_flight, tells_backends_apart,
	knows_headers_types_and_tables, counts_what_no_backend_restores, says_it_in_words)
