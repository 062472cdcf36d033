/*
 * A table (SST file) walked block by block: is every byte of it what was written, as far as its
 * checksums tell?
 */
#ifndef SP_ROCKSDB_SST_H
#define SP_ROCKSDB_SST_H

#include "rocksdb-report.h"

/* What a table says of itself, to be compared with its MANIFEST. */
struct sp_rocksdb_sst {
	struct sp_buffer family; /* name of the column family; empty: unknown */
	bool ingested; /* sequence numbers of keys are not those that the database gave them */
	bool bounded;  /* first and last key are known to bound it */
	struct sp_buffer smallest, largest; /* keys with their trailers */
};

/*
 * Reads every block, and adds a finding for each byte range that cannot be what was written.
 * Fails only where input/output fails. Free `ret` with sp_rocksdb_sst_free().
 */
int sp_rocksdb_sst_verify(struct sp_file *file, struct sp_rocksdb_report *report,
	struct sp_rocksdb_sst *ret, struct sp_error *err);
void sp_rocksdb_sst_free(struct sp_rocksdb_sst *sst);

#endif
