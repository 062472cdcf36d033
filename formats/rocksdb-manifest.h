/* The MANIFEST of a RocksDB database: which families and tables it has; see rocksdb-manifest.c. */
#ifndef SP_ROCKSDB_MANIFEST_H
#define SP_ROCKSDB_MANIFEST_H

#include "rocksdb-table.h"

struct sp_rocksdb_manifest {
	const struct sp_slice *families; /* names; number 0 is 'default' and the first */
	size_t n_families;
	const struct sp_rocksdb_file *files; /* those of a family do not overlap */
	size_t n_files;
	uint64_t next_number; /* above all that are in use */
};

/* Appends the whole file. */
void sp_rocksdb_manifest_write(const struct sp_rocksdb_manifest *manifest, struct sp_buffer *out);

#endif
