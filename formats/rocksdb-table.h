/* A RocksDB table file (SST) that is written as its rows come; drawn in rocksdb-table.c. */
#ifndef SP_ROCKSDB_TABLE_H
#define SP_ROCKSDB_TABLE_H

#include "outlet.h"

struct sp_rocksdb_table;

struct sp_rocksdb_table_plan {
	struct sp_tree *tree;
	const char *name; /* in the tree; as the tree, lives longer than the table */
	size_t inline_threshold;
	uint32_t family_id;
	struct sp_slice family; /* its name, borrowed */
	size_t write_bytes;     /* passed on at a time */
};

/* A table that is complete. */
struct sp_rocksdb_file {
	struct sp_handle handle;
	uint64_t number; /* set by who gives numbers */
	uint32_t family;
	struct sp_slice smallest, largest; /* keys */
};

struct sp_rocksdb_table *sp_rocksdb_table_new(const struct sp_rocksdb_table_plan *plan);

/* Keys come strictly ascending, else SP_EDAMAGED. */
int sp_rocksdb_table_put(struct sp_rocksdb_table *table, struct sp_slice key, struct sp_slice value,
	struct sp_error *err);

/* Bytes of rows written, as they lie in the file; without the block that is being made. */
uint64_t sp_rocksdb_table_size(const struct sp_rocksdb_table *table);

/* Bytes of the index, which stays in memory until the end. */
size_t sp_rocksdb_table_index_size(const struct sp_rocksdb_table *table);

/* Completes a table of at least one row; what is referred to lives in `arena`. */
int sp_rocksdb_table_finish(struct sp_rocksdb_table *table, struct sp_arena *arena,
	struct sp_rocksdb_file *ret, struct sp_error *err);

/* Takes NULL; an unfinished file goes away. */
void sp_rocksdb_table_free(struct sp_rocksdb_table *table);
SP_DEFINE_CLEANUP(sp_rocksdb_table, sp_rocksdb_table_free)

#endif
