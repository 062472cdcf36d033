#include "rocksdb-sst-footer.h"

#include <inttypes.h>

#include "rocksdb-coding.h"
#include "sst.h"

#define EXTENTS_BYTES ((size_t)40) /* 2 * BlockHandle::kMaxEncodedLength */
#define FOOTER_BYTES (1 + EXTENTS_BYTES + SP_SST_FOOTER_BYTES)
#define LEGACY_BYTES (EXTENTS_BYTES + 8)

/* Behind the two handles there is nothing but zeros. */
static bool take_extents(
	const uint8_t *bytes, struct sp_rocksdb_footer *ret, struct sp_rocksdb_report *report)
{
	struct sp_slice in = sp_slice(bytes, EXTENTS_BYTES);

	if (!sp_rocksdb_take_extent(&in, &ret->metaindex) ||
		!sp_rocksdb_take_extent(&in, &ret->index)) {
		sp_rocksdb_found(report, SP_FIND_SST_FOOTER, ret->at,
			"places of metaindex and index cannot be read");
		return false;
	}
	for (size_t i = 0; i < in.n; i++)
		if (in.p[i] != 0) {
			sp_rocksdb_found(report, SP_FIND_SST_FOOTER,
				ret->at + (ret->version > 0) + EXTENTS_BYTES - in.n + i,
				"byte 0x%02x where the footer has zeros", in.p[i]);
			break;
		}
	return true;
}

int sp_rocksdb_footer_read(struct sp_file *file, struct sp_rocksdb_report *report,
	struct sp_rocksdb_footer *ret, struct sp_error *err)
{
	uint8_t bytes[FOOTER_BYTES];
	struct sp_sst_footer end;
	size_t n;

	if (file->size < SP_SST_FOOTER_BYTES)
		return 0; /* the files level has told */
	if (sp_sst_footer_read(file, &end, err) < 0)
		return err->code;
	if (!end.table || end.version > SP_SST_VERSION_MAX)
		return 0; /* likewise */
	n = end.magic == SP_SST_MAGIC ? FOOTER_BYTES : LEGACY_BYTES;
	if (file->size < n || (end.version == 0 && end.magic == SP_SST_MAGIC)) {
		sp_rocksdb_found(report, SP_FIND_SST_FOOTER, file->size - SP_SST_FOOTER_BYTES,
			"version %" PRIu32 " in a file of %" PRIu64 " bytes", end.version,
			file->size);
		return 0;
	}
	*ret = (struct sp_rocksdb_footer){ file->size - n, end.version, SP_ROCKSDB_CRC32C, { 0, 0 },
		{ 0, 0 } };
	if (sp_file_read(file, ret->at, bytes, n, err) < 0)
		return err->code;
	if (n == LEGACY_BYTES)
		return take_extents(bytes, ret, report);
	if (bytes[0] > SP_ROCKSDB_CHECKSUM_MAX) {
		sp_rocksdb_found(report, SP_FIND_SST_FOOTER, ret->at, "checksum type %u", bytes[0]);
		return 0;
	}
	ret->checksum = (enum sp_rocksdb_checksum)bytes[0];
	return take_extents(bytes + 1, ret, report);
}
