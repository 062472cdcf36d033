/* The files of a RocksDB database looked at without opening it. */
#ifndef SP_ROCKSDB_VERIFY_H
#define SP_ROCKSDB_VERIFY_H

#include "format.h"

#define SP_ROCKSDB_CURRENT_MAX 64 /* bytes of a CURRENT that is believed */

/* The handle's files, shared ones first. */
const struct sp_local_file *sp_rocksdb_file_at(const struct sp_keyed_handle *handle, size_t i);
/* By the name that the database has for it; NULL: there is none. */
const struct sp_local_file *sp_rocksdb_file_named(
	const struct sp_keyed_handle *handle, struct sp_slice name);

/* struct sp_format.verify_files of the RocksDB layout. */
int sp_rocksdb_verify_files(
	const struct sp_keyed_place *place, struct sp_findings *findings, struct sp_error *err);

/* struct sp_format.verify of the RocksDB layout. */
int sp_rocksdb_verify(const struct sp_keyed_place *place, const struct sp_budget *budget,
	struct sp_findings *findings, struct sp_error *err);

#endif
