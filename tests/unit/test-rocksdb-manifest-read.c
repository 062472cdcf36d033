/* MANIFESTs of our own writer, and made by hand; flipped and cut ones are found. */
#include "unit.h"

#include "crc32c.h"
#include "rocksdb-coding.h"
#include "rocksdb-manifest-read.h"
#include "rocksdb-manifest.h"

static int read_bytes(
	struct sp_slice bytes, struct sp_findings *findings, struct sp_rocksdb_version *ret)
{
	struct sp_source source = { .metadata_path = (char *)(uintptr_t) "test" };
	const struct sp_keyed_place place = { .source = &source };
	const struct sp_local_file local = { .local_path = sp_slice_of("MANIFEST-000004"),
		.handle = { .code = SP_HANDLE_FILE } };
	sp_auto(sp_file) *file = sp_file_of_bytes(bytes, "manifest");
	struct sp_rocksdb_report report = { &place, findings, &local, file, 0 };
	struct sp_error err;
	int r = sp_rocksdb_manifest_read(file, &report, ret, &err);

	ck_ok(r, err);
	return r;
}

/* The code of the only finding; 0: none. */
static int code_of(struct sp_slice bytes)
{
	struct sp_findings findings;
	struct sp_rocksdb_version version;
	int code;

	sp_findings_init(&findings);
	if (read_bytes(bytes, &findings, &version) > 0)
		sp_rocksdb_version_free(&version);
	code = findings.n == 0 ? 0 : (int)findings.list[0].kind->code;
	sp_findings_free(&findings);
	return code;
}

static void write_own(size_t n_files, struct sp_buffer *out)
{
	static const struct sp_slice families[] = { { (const uint8_t *)"default", 7 },
		{ (const uint8_t *)"counts", 6 } };
	struct sp_rocksdb_file *files = calloc(n_files, sizeof(*files));
	struct sp_rocksdb_manifest manifest = { .families = families,
		.n_families = 2,
		.files = files,
		.n_files = n_files,
		.next_number = 1000 };

	for (size_t i = 0; i < n_files; i++)
		files[i] = (struct sp_rocksdb_file){ .number = 9 + i,
			.family = 1,
			.smallest = sp_slice_of("a"),
			.largest = sp_slice_of("b"),
			.handle = { .size = 100 + (int64_t)i } };
	sp_rocksdb_manifest_write(&manifest, out);
	free(files);
}

START_TEST(reads_what_was_written)
{
	struct sp_rocksdb_version version;
	struct sp_findings findings;
	sp_auto_buffer bytes = { 0 };

	sp_findings_init(&findings);
	write_own(2000, &bytes); /* several blocks of the log */
	ck_assert_uint_gt(bytes.n, 65536);
	ck_assert_int_eq(read_bytes(sp_buffer_slice(&bytes), &findings, &version), 1);
	ck_assert_uint_eq(version.n_files, 2000);
	for (size_t i = 0; i < version.n_files; i++) {
		ck_assert_uint_eq(version.files[i].number, 9 + i);
		ck_assert_uint_eq(version.files[i].size, 100 + i);
		ck_assert_uint_eq(version.files[i].family, 1);
		ck_assert_uint_eq(version.files[i].smallest.n, 1 + SP_ROCKSDB_TRAILER_BYTES);
	}
	ck_assert(sp_slice_is(sp_rocksdb_version_family(&version, 1), "counts"));
	ck_assert(sp_slice_is(sp_rocksdb_version_family(&version, 0), "default"));
	ck_assert_uint_eq(sp_rocksdb_version_family(&version, 2).n, 0);
	sp_rocksdb_version_free(&version);
	sp_findings_free(&findings);
}
END_TEST

START_TEST(finds_each_flipped_byte)
{
	sp_auto_buffer bytes = { 0 };

	write_own(3, &bytes);
	ck_assert_int_eq(code_of(sp_buffer_slice(&bytes)), 0);
	for (size_t at = 0; at < bytes.n; at++)
		for (int bit = 0; bit < 8; bit++) {
			bytes.p[at] ^= (uint8_t)(1U << bit);
			ck_assert_msg(code_of(sp_buffer_slice(&bytes)) == SP_FIND_MANIFEST,
				"bit %d at %zu", bit, at);
			bytes.p[at] ^= (uint8_t)(1U << bit);
		}
}
END_TEST

/* A cut between two records is no damage of the log; that tables are missing tells then. */
START_TEST(finds_records_cut_short)
{
	sp_auto_buffer bytes = { 0 };
	size_t between = 0;

	write_own(3, &bytes);
	for (size_t n = 0; n < bytes.n; n++)
		between += code_of(sp_slice(bytes.p, n)) == 0;
	ck_assert_uint_eq(between, 4); /* of five records */
}
END_TEST

static void put_record(struct sp_buffer *out, struct sp_slice edit)
{
	sp_auto_buffer tail = { 0 };

	sp_buffer_u8(&tail, 1);
	sp_buffer_bytes(&tail, edit);
	sp_buffer_le32(out, sp_crc32c_mask(sp_crc32c(0, sp_buffer_slice(&tail))));
	sp_buffer_u8(out, (uint8_t)edit.n);
	sp_buffer_u8(out, (uint8_t)(edit.n >> 8));
	sp_buffer_bytes(out, sp_buffer_slice(&tail));
}

static void put_new_file(struct sp_buffer *edit, uint64_t level, uint64_t number)
{
	sp_buffer_varint(edit, 103);
	sp_buffer_varint(edit, level);
	sp_buffer_varint(edit, number);
	sp_buffer_varint(edit, 77);
	sp_buffer_varbytes(edit, sp_slice_of("a12345678"));
	sp_buffer_varbytes(edit, sp_slice_of("b12345678"));
	sp_buffer_varint(edit, 1);
	sp_buffer_varint(edit, 2);
	sp_buffer_varint(edit, 6); /* creation time */
	sp_buffer_varbytes(edit, sp_slice_of("x"));
	sp_buffer_varint(edit, 1);
}

static void put_field(struct sp_buffer *edit, uint64_t tag, uint64_t v)
{
	sp_buffer_varint(edit, tag);
	sp_buffer_varint(edit, v);
}

static void put_deleted(struct sp_buffer *edit, uint64_t level, uint64_t number)
{
	put_field(edit, 6, level);
	sp_buffer_varint(edit, number);
}

static void put_family(struct sp_buffer *out, uint64_t id, const char *name)
{
	sp_auto_buffer edit = { 0 };

	put_field(&edit, 200, id);
	sp_buffer_varint(&edit, name == NULL ? 202 : 201);
	if (name != NULL)
		sp_buffer_varbytes(&edit, sp_slice_of(name));
	put_record(out, sp_buffer_slice(&edit));
}

/* Files moved between levels stay, deleted ones and those of dropped families go. */
START_TEST(adds_edits_up)
{
	struct sp_rocksdb_version version;
	struct sp_findings findings;
	sp_auto_buffer bytes = { 0 }, edit = { 0 };

	sp_findings_init(&findings);
	put_family(&bytes, 1, "one");
	put_family(&bytes, 2, "two");
	for (uint64_t number = 10; number < 14; number++) {
		edit.n = 0;
		put_new_file(&edit, 0, number);
		put_field(&edit, 200, number == 13 ? 2 : 1);
		sp_buffer_varint(&edit, 8193); /* the database's id, which may be passed over */
		sp_buffer_varbytes(&edit, sp_slice_of("id"));
		put_record(&bytes, sp_buffer_slice(&edit));
	}
	edit.n = 0;
	put_deleted(&edit, 0, 10);
	put_deleted(&edit, 0, 11);
	put_new_file(&edit, 1, 11);
	put_field(&edit, 200, 1);
	put_record(&bytes, sp_buffer_slice(&edit));
	put_family(&bytes, 2, NULL);
	ck_assert_int_eq(read_bytes(sp_buffer_slice(&bytes), &findings, &version), 1);
	ck_assert_uint_eq(version.n_files, 2);
	ck_assert_uint_eq(version.files[0].number, 11);
	ck_assert_uint_eq(version.files[1].number, 12);
	ck_assert_uint_eq(version.files[1].size, 77);
	sp_rocksdb_version_free(&version);
	sp_findings_free(&findings);
}
END_TEST

START_TEST(tells_what_it_does_not_understand)
{
	sp_auto_buffer bytes = { 0 }, edit = { 0 };

	put_field(&edit, 400, 1);
	put_record(&bytes, sp_buffer_slice(&edit));
	ck_assert_int_eq(code_of(sp_buffer_slice(&bytes)), SP_FIND_MANIFEST_UNKNOWN);
	bytes.n = edit.n = 0;
	put_field(&edit, 6, 1); /* the number is missing */
	put_record(&bytes, sp_buffer_slice(&edit));
	ck_assert_int_eq(code_of(sp_buffer_slice(&bytes)), SP_FIND_MANIFEST);
	ck_assert_int_eq(code_of(sp_slice(NULL, 0)), SP_FIND_MANIFEST);
}
END_TEST

UNIT_MAIN("rocksdb-manifest-read", reads_what_was_written, finds_each_flipped_byte,
	finds_records_cut_short, adds_edits_up, tells_what_it_does_not_understand)
