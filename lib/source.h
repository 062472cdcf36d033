/*
 * A snapshot opened where it lies: its metadata, and how its references are found.
 *
 * Flink resolves relative handles against the directory of the metadata and takes absolute ones
 * as they are (org.apache.flink.core.fs.Path normalises both). Beyond that, a checkpoint whose
 * whole directory was moved is found: absolute references below its old home are looked up at the
 * same place below its new one.
 */
#ifndef SP_SOURCE_H
#define SP_SOURCE_H

#include "snapshot.h"
#include "store.h"
#include "type.h"

struct sp_source {
	struct sp_store *store;       /* owned */
	struct sp_snapshot *snapshot; /* owned */
	char *location;               /* as the user gave it */
	char *metadata_path;          /* of the _metadata file, in the store */
	char *directory;              /* that contains it: base of relative references */
	char *tree;       /* the root that references may not leave: `directory`, or for a
			     checkpoint <root>/<job id>/chk-<n> its <root> */
	char *moved_from; /* where `tree` was when the metadata was written, if it moved; or NULL */
	const char *const *allowed; /* further prefixes that references may lie below */
	size_t n_allowed;
};

/*
 * Opens the snapshot at `location`: a directory with _metadata in it, or the metadata file itself.
 * SP_EIO if there is none.
 */
int sp_source_open(const char *location, struct sp_source **ret, struct sp_error *err);
void sp_source_free(struct sp_source *source);
SP_DEFINE_CLEANUP(sp_source, sp_source_free)

enum sp_presence {
	SP_PRESENT_INLINE, /* in _metadata itself */
	SP_PRESENT,        /* where the reference says */
	SP_PRESENT_MOVED,  /* not there, but where the moved tree has it */
	SP_MISSING,
};

struct sp_located {
	enum sp_presence presence;
	bool outside;       /* not below `tree` nor any allowed prefix */
	char *path;         /* where the bytes are, or where they were expected; NULL if inline */
	uint64_t file_size; /* of the whole file, if present */
};

/*
 * Finds where a handle's bytes are, without opening them. ret->path is freed by the caller with
 * sp_located_free(). Paths in another storage system than the source's are SP_EUNSUPPORTED.
 */
int sp_source_locate(struct sp_source *source, const struct sp_handle *handle,
	struct sp_located *ret, struct sp_error *err);
void sp_located_free(struct sp_located *located);

/*
 * Opens a handle's bytes: inline data, a file, or the segment of a file (as a file of its own
 * size). SP_EDAMAGED for a missing file or one whose length contradicts the handle,
 * SP_EUNSUPPORTED for one outside of the tree.
 */
int sp_source_open_handle(struct sp_source *source, const struct sp_handle *handle,
	struct sp_file **ret, struct sp_error *err);

/* Bytes behind a handle as the metadata tells; 0 where it does not. */
uint64_t sp_handle_size(const struct sp_handle *handle);

/* The same of all that a keyed handle refers to. */
uint64_t sp_keyed_handle_size(const struct sp_keyed_handle *handle);

/*
 * The keyed header of a keyed handle (canonical, heap native, RocksDB; of a changelog handle its
 * first materialized part). 1 and *ret (in `arena`); 0 where the handle has no header at all.
 */
int sp_source_read_keyed_header(struct sp_source *source, const struct sp_keyed_handle *handle,
	struct sp_arena *arena, const struct sp_keyed_header **ret, struct sp_error *err);

#endif
