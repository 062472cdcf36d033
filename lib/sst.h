/*
 * The end of a RocksDB table file (rocksdb/table/format.h): …, u32 format version, u64 magic,
 * little-endian. Tables of format version 0 end with the legacy magic, without a version before it.
 */
#ifndef SP_SST_H
#define SP_SST_H

#include "store.h"

#define SP_SST_FOOTER_BYTES 12
#define SP_SST_MAGIC UINT64_C(0x88e241b785f4cff7) /* kBlockBasedTableMagicNumber */
#define SP_SST_VERSION_MAX 5 /* that librocksdb 7.8 and the RocksDB of Flink 1.14 to 2.2 open */

enum sp_sst_checksum { /* rocksdb::ChecksumType */
	SP_SST_NO_CHECKSUM,
	SP_SST_CRC32C,
	SP_SST_XXHASH,
	SP_SST_XXHASH64,
	SP_SST_XXH3,
};

struct sp_sst_footer {
	bool table; /* the magic is a table's */
	uint64_t magic;
	uint32_t version; /* 0 where the magic is the legacy one, or none of a table */
	int checksum;     /* enum sp_sst_checksum; CRC-32C where the footer does not tell */
};

/* Reads the footer of a file of at least SP_SST_FOOTER_BYTES. */
int sp_sst_footer_read(struct sp_file *file, struct sp_sst_footer *ret, struct sp_error *err);

#endif
