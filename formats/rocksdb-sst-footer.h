/*
 * The footer of a table (rocksdb::Footer, table/format.cc):
 *
 *	versions 1 to 5, 53 bytes   u8 checksum type; metaindex, index: varint offset and size
 *	                            each; zeros up to byte 41; u32 format version; u64 magic
 *	version 0, 48 bytes         the same without checksum type, which is CRC-32C, and version;
 *	                            the legacy magic
 *
 * Numbers are little endian.
 */
#ifndef SP_ROCKSDB_SST_FOOTER_H
#define SP_ROCKSDB_SST_FOOTER_H

#include "rocksdb-block-read.h"
#include "rocksdb-report.h"

struct sp_rocksdb_footer {
	uint64_t at; /* where it begins */
	uint32_t version;
	enum sp_rocksdb_checksum checksum;
	struct sp_rocksdb_extent metaindex, index;
};

/* 1: *ret; 0: there is none that can be followed, which was found; < 0: input/output failed. */
int sp_rocksdb_footer_read(struct sp_file *file, struct sp_rocksdb_report *report,
	struct sp_rocksdb_footer *ret, struct sp_error *err);

#endif
