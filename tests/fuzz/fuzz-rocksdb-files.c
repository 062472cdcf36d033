/*
 * The walkers of tables and MANIFESTs on hostile bytes. The first byte says what the others are:
 * even, a table; 1, 3, …, a MANIFEST; 5, 13, …, the edits of one, each behind a byte of length,
 * in records with right checksums.
 */
#include "crc32c.h"
#include "fuzz.h"
#include "rocksdb-coding.h"
#include "rocksdb-manifest-read.h"
#include "rocksdb-sst.h"

#define FULL_RECORD 1

static void put_record(struct sp_buffer *out, struct sp_slice edit)
{
	sp_auto_buffer tail = { 0 };

	sp_buffer_u8(&tail, FULL_RECORD);
	sp_buffer_bytes(&tail, edit);
	sp_buffer_le32(out, sp_crc32c_mask(sp_crc32c(0, sp_buffer_slice(&tail))));
	sp_buffer_u8(out, (uint8_t)edit.n);
	sp_buffer_u8(out, 0);
	sp_buffer_bytes(out, sp_buffer_slice(&tail));
}

static void put_records(struct sp_buffer *out, struct sp_slice in)
{
	while (in.n > 0) {
		struct sp_slice length, edit;

		sp_take_front(&in, 1, &length);
		sp_take_front(&in, length.p[0] < in.n ? length.p[0] : in.n, &edit);
		put_record(out, edit);
	}
}

static void walk_table(struct sp_file *file, struct sp_rocksdb_report *report)
{
	struct sp_rocksdb_sst sst;
	struct sp_error err;

	if (sp_rocksdb_sst_verify(file, report, &sst, &err) < 0)
		sp_abort("bytes in memory cannot fail");
	sp_rocksdb_sst_free(&sst);
}

static void read_manifest(struct sp_file *file, struct sp_rocksdb_report *report)
{
	struct sp_rocksdb_version version;
	struct sp_error err;
	int r = sp_rocksdb_manifest_read(file, report, &version, &err);

	if (r < 0)
		sp_abort("bytes in memory cannot fail");
	if (r == 0 && report->found == 0)
		sp_abort("neither a version nor a finding");
	if (r > 0)
		sp_rocksdb_version_free(&version);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sp_source source = { .metadata_path = (char *)(uintptr_t) "fuzz" };
	const struct sp_keyed_place place = { .source = &source };
	const struct sp_local_file local = { .local_path = sp_slice_of("x"),
		.handle = { .code = SP_HANDLE_FILE } };
	sp_auto_buffer records = { 0 };
	struct sp_slice bytes;
	struct sp_findings findings;
	struct sp_rocksdb_report report;
	struct sp_file *file;

	if (size == 0)
		return 0;
	bytes = sp_slice(data + 1, size - 1);
	if (data[0] % 8 == 5) {
		put_records(&records, bytes);
		bytes = sp_buffer_slice(&records);
	}
	file = sp_file_of_bytes(bytes, "fuzz");
	sp_findings_init(&findings);
	report = (struct sp_rocksdb_report){ &place, &findings, &local, file, 0 };
	if (data[0] % 2 == 0)
		walk_table(file, &report);
	else
		read_manifest(file, &report);
	sp_findings_free(&findings);
	sp_file_free(file);
	return 0;
}
