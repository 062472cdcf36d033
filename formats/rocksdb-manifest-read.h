/*
 * A MANIFEST read (rocksdb-manifest.c draws it): the version of the database that its edits add
 * up to.
 */
#ifndef SP_ROCKSDB_MANIFEST_READ_H
#define SP_ROCKSDB_MANIFEST_READ_H

#include "rocksdb-report.h"

/* A table of the version. */
struct sp_rocksdb_live {
	uint64_t number, size;
	uint64_t family;
	struct sp_slice smallest, largest; /* keys with their trailers */
};

struct sp_rocksdb_family {
	uint64_t id;
	struct sp_slice name; /* UTF-8 */
	bool dropped;
};

struct sp_rocksdb_version {
	struct sp_arena *arena;        /* holds the keys and names */
	struct sp_rocksdb_live *files; /* owned; by number */
	size_t n_files;
	struct sp_rocksdb_family *families; /* owned; by id */
	size_t n_families;
};

/*
 * 1: *ret, to be freed with sp_rocksdb_version_free(); 0: it is damaged or not understood, which
 * was found; < 0: input/output failed.
 */
int sp_rocksdb_manifest_read(struct sp_file *file, struct sp_rocksdb_report *report,
	struct sp_rocksdb_version *ret, struct sp_error *err);
void sp_rocksdb_version_free(struct sp_rocksdb_version *version);

/* The name of a family; n = 0: unknown. */
struct sp_slice sp_rocksdb_version_family(const struct sp_rocksdb_version *version, uint64_t id);

#endif
