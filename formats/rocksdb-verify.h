/* The files of a RocksDB database looked at without opening it. */
#ifndef SP_ROCKSDB_VERIFY_H
#define SP_ROCKSDB_VERIFY_H

#include "format.h"

/* struct sp_format.verify of the RocksDB layout. */
int sp_rocksdb_verify(const struct sp_keyed_place *place, const struct sp_budget *budget,
	struct sp_findings *findings, struct sp_error *err);

#endif
