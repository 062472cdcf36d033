/* What is found in one file of a RocksDB database. */
#ifndef SP_ROCKSDB_REPORT_H
#define SP_ROCKSDB_REPORT_H

#include "format.h"
#include "verify.h"

#define SP_ROCKSDB_REPORT_MAX 8 /* findings of one file; a damaged one may have thousands */

struct sp_rocksdb_report {
	const struct sp_keyed_place *place;
	struct sp_findings *findings;
	const struct sp_local_file *local; /* NULL: the handle as a whole */
	const struct sp_file *file;        /* its bytes; NULL where it is not open */
	unsigned found;                    /* in this file */
};

/* Adds a finding at an offset of the file, unless there were enough. */
void sp_rocksdb_found(struct sp_rocksdb_report *report, enum sp_finding_code code, uint64_t offset,
	const char *fmt, ...) sp_printf(4, 5);

#endif
