/*
 * The MANIFEST of a RocksDB database: a log of edits that make up its one version.
 *
 *	block *           32 KiB each, the last one shorter (db/log_format.h)
 *	  fragment *      u32 masked CRC-32C of what follows the length, u16 length, both little
 *	                  endian; u8 type: 1 a whole record, or its 2 first, 3 middle, 4 last part;
 *	                  bytes
 *	  zeros           where no head of a fragment has room
 *
 *	record            an edit: fields, each a varint tag and values (db/version_edit.cc)
 *
 * The first edit has the database's counters, then one adds each family, then one each table to
 * the last level. The tags are those that RocksDB 5.17 to 8.10 and ForSt know.
 */
#include "rocksdb-manifest.h"

#include "crc32c.h"
#include "rocksdb-coding.h"

#define LOG_BLOCK_BYTES ((size_t)32768) /* log::kBlockSize */
#define LOG_HEAD_BYTES ((size_t)7)      /* log::kHeaderSize */

enum log_type { /* log::RecordType */
	LOG_FULL = 1,
	LOG_FIRST = 2,
	LOG_MIDDLE = 3,
	LOG_LAST = 4,
};

enum tag { /* rocksdb::Tag */
	TAG_COMPARATOR = 1,
	TAG_LOG_NUMBER = 2,
	TAG_NEXT_FILE_NUMBER = 3,
	TAG_LAST_SEQUENCE = 4,
	TAG_PREV_LOG_NUMBER = 9,
	TAG_NEW_FILE_2 = 100,
	TAG_COLUMN_FAMILY = 200,
	TAG_COLUMN_FAMILY_ADD = 201,
	TAG_MAX_COLUMN_FAMILY = 203,
};

#define LEVEL_LAST 6 /* ColumnFamilyOptions.num_levels - 1 */

static void put_fragment(struct sp_buffer *out, enum log_type type, struct sp_slice bytes)
{
	uint8_t tag = (uint8_t)type;
	uint32_t crc = sp_crc32c(sp_crc32c(0, sp_slice(&tag, 1)), bytes);

	sp_buffer_le32(out, sp_crc32c_mask(crc));
	sp_buffer_u8(out, (uint8_t)bytes.n);
	sp_buffer_u8(out, (uint8_t)(bytes.n >> 8));
	sp_buffer_u8(out, tag);
	sp_buffer_bytes(out, bytes);
}

/* Appends a record; `out` holds nothing but the log. */
static void put_record(struct sp_buffer *out, struct sp_slice record)
{
	bool first = true;

	do {
		size_t room = LOG_BLOCK_BYTES - out->n % LOG_BLOCK_BYTES;
		size_t n;
		bool last;

		for (; room < LOG_HEAD_BYTES; room = room == 1 ? LOG_BLOCK_BYTES : room - 1)
			sp_buffer_u8(out, 0);
		n = room - LOG_HEAD_BYTES < record.n ? room - LOG_HEAD_BYTES : record.n;
		last = n == record.n;
		put_fragment(out,
			first  ? last ? LOG_FULL : LOG_FIRST
			: last ? LOG_LAST
			       : LOG_MIDDLE,
			sp_slice(record.p, n));
		record = sp_slice(record.p + n, record.n - n);
		first = false;
	} while (record.n > 0);
}

static void put_field(struct sp_buffer *edit, enum tag tag, uint64_t v)
{
	sp_buffer_varint(edit, tag);
	sp_buffer_varint(edit, v);
}

static void put_text(struct sp_buffer *edit, enum tag tag, struct sp_slice text)
{
	sp_buffer_varint(edit, tag);
	sp_buffer_varbytes(edit, text);
}

static void put_counters(
	struct sp_buffer *out, const struct sp_rocksdb_manifest *manifest, struct sp_buffer *edit)
{
	put_text(edit, TAG_COMPARATOR, sp_slice_of("leveldb.BytewiseComparator"));
	put_field(edit, TAG_LOG_NUMBER, 0);
	put_field(edit, TAG_PREV_LOG_NUMBER, 0);
	put_field(edit, TAG_NEXT_FILE_NUMBER, manifest->next_number);
	put_field(edit, TAG_LAST_SEQUENCE, 0);
	put_field(edit, TAG_MAX_COLUMN_FAMILY, manifest->n_families - 1);
	put_record(out, sp_buffer_slice(edit));
}

static void put_family(
	struct sp_buffer *out, size_t id, struct sp_slice name, struct sp_buffer *edit)
{
	put_text(edit, TAG_COMPARATOR, sp_slice_of("leveldb.BytewiseComparator"));
	put_field(edit, TAG_LOG_NUMBER, 0);
	put_field(edit, TAG_COLUMN_FAMILY, id);
	put_text(edit, TAG_COLUMN_FAMILY_ADD, name);
	put_record(out, sp_buffer_slice(edit));
}

static void put_key(struct sp_buffer *edit, struct sp_slice key)
{
	sp_buffer_varint(edit, key.n + SP_ROCKSDB_TRAILER_BYTES);
	sp_buffer_bytes(edit, key);
	sp_buffer_bytes(edit, sp_slice(sp_rocksdb_trailer, SP_ROCKSDB_TRAILER_BYTES));
}

static void put_file(
	struct sp_buffer *out, const struct sp_rocksdb_file *file, struct sp_buffer *edit)
{
	put_field(edit, TAG_NEW_FILE_2, LEVEL_LAST);
	sp_buffer_varint(edit, file->number);
	sp_buffer_varint(edit, (uint64_t)file->handle.size);
	put_key(edit, file->smallest);
	put_key(edit, file->largest);
	sp_buffer_varint(edit, 0); /* smallest and */
	sp_buffer_varint(edit, 0); /* largest sequence number */
	put_field(edit, TAG_COLUMN_FAMILY, file->family);
	put_record(out, sp_buffer_slice(edit));
}

void sp_rocksdb_manifest_write(const struct sp_rocksdb_manifest *manifest, struct sp_buffer *out)
{
	sp_auto_buffer edit = { 0 };

	put_counters(out, manifest, &edit);
	for (size_t i = 1; i < manifest->n_families; i++) {
		edit.n = 0;
		put_family(out, i, manifest->families[i], &edit);
	}
	for (size_t i = 0; i < manifest->n_files; i++) {
		edit.n = 0;
		put_file(out, &manifest->files[i], &edit);
	}
}
