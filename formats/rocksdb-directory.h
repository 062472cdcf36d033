/*
 * The directory of a RocksDB database as an incremental handle describes it, laid out in scratch
 * space: links to the files where they lie, under the names that the database knows them by.
 */
#ifndef SP_ROCKSDB_DIRECTORY_H
#define SP_ROCKSDB_DIRECTORY_H

#include "format.h"

struct sp_rocksdb_directory {
	char *path;                         /* owned; removed by sp_rocksdb_directory_remove() */
	const struct sp_keyed_place *place; /* borrowed */
};

/*
 * Makes the directory below budget->tmpdir. Files in local storage are linked, never copied;
 * those that are inline in _metadata are written out. SP_EDAMAGED for a missing file, one of the
 * wrong length, or a name that is no plain file name; SP_EUNSUPPORTED for a table format that the
 * library cannot open.
 */
int sp_rocksdb_directory_make(const struct sp_keyed_place *place, const struct sp_budget *budget,
	struct sp_rocksdb_directory *ret, struct sp_error *err);

/* Removes it; harmless if it was never made. */
void sp_rocksdb_directory_remove(struct sp_rocksdb_directory *directory);

/*
 * Fails with SP_EDAMAGED for a message of librocksdb, with the scratch path in it replaced by
 * the place of the file that it stands for, and of the block in it if the message tells.
 */
int sp_rocksdb_fail(
	struct sp_error *err, const struct sp_rocksdb_directory *directory, const char *message);

#endif
