/* Writes the layout of the RocksDB backend; see rocksdb-write.c. */
#ifndef SP_ROCKSDB_WRITE_H
#define SP_ROCKSDB_WRITE_H

#include "format.h"

/*
 * SP_EUNSUPPORTED for states that cannot be column families: named 'default', as another one, or
 * with U+0000 in the name.
 */
int sp_rocksdb_check_states(const struct sp_keyed_header *header, struct sp_error *err);

int sp_rocksdb_create(
	const struct sp_writer_plan *plan, struct sp_writer **ret, struct sp_error *err);

#endif
