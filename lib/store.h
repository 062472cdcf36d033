/*
 * Stores: where snapshots lie. A store opens files for reading by offset, lists directories, and
 * makes a tree of new files that appears whole or not at all.
 *
 * Paths inside a store are UTF-8, absolute, without a scheme, normalised ("/a/b"). A driver may
 * leave callbacks NULL; the functions below then fail with SP_EUNSUPPORTED.
 */
#ifndef SP_STORE_H
#define SP_STORE_H

#include "buffer.h"
#include "bytes.h"

struct sp_store;
struct sp_file;
struct sp_tree;
struct sp_sink;

struct sp_stat {
	uint64_t size;
	bool directory;
};

struct sp_file_ops {
	/* Reads up to n bytes at `offset`; *got < n only at the end of the file. */
	int (*read)(struct sp_file *file, uint64_t offset, void *to, size_t n, size_t *got,
		struct sp_error *err);
	void (*free)(struct sp_file *file);
};

/* A file open for reading; may be read by several threads at once. */
struct sp_file {
	const struct sp_file_ops *ops;
	uint64_t size;
	const char *place;      /* for messages; lives as long as the file */
	const char *local_path; /* the same bytes as a whole local file, or NULL */
};

struct sp_sink_ops {
	int (*write)(struct sp_sink *sink, struct sp_slice bytes, struct sp_error *err);
	/*
	 * Has the storage copy bytes of the file by itself. *copied: how many of the n it has
	 * copied, which may be none; the others are then read and written. NULL: it cannot.
	 */
	int (*copy)(struct sp_sink *sink, struct sp_file *file, uint64_t offset, uint64_t n,
		uint64_t *copied, struct sp_error *err);
	int (*finish)(struct sp_sink *sink, struct sp_error *err);
	void (*free)(struct sp_sink *sink);
};

/* A file being written. Written front to back by one thread. */
struct sp_sink {
	const struct sp_sink_ops *ops;
};

struct sp_tree_ops {
	int (*create)(
		struct sp_tree *tree, const char *name, struct sp_sink **ret, struct sp_error *err);
	int (*publish)(struct sp_tree *tree, struct sp_error *err);
	void (*free)(struct sp_tree *tree);
};

/* A directory being written. */
struct sp_tree {
	const struct sp_tree_ops *ops;
};

typedef int sp_list_fn(const char *path, const struct sp_stat *stat, void *arg);

struct sp_store_ops {
	const char *name; /* "file", "s3", … */
	/* 1 and *ret if `path` is there, 0 if it is not. */
	int (*stat)(struct sp_store *store, const char *path, struct sp_stat *ret,
		struct sp_error *err);
	/* Calls `visit` for each entry right below `directory`, in order of name; its result other
	 * than 0 ends the walk and is given. */
	int (*list)(struct sp_store *store, const char *directory, sp_list_fn *visit, void *arg,
		struct sp_error *err);
	int (*open)(struct sp_store *store, const char *path, struct sp_file **ret,
		struct sp_error *err);
	/* Refuses what `begin` would refuse because of what is in `directory`. Writes nothing. */
	int (*check)(
		struct sp_store *store, const char *directory, bool replace, struct sp_error *err);
	int (*begin)(struct sp_store *store, const char *directory, bool replace,
		struct sp_tree **ret, struct sp_error *err);
	void (*free)(struct sp_store *store);
};

struct sp_store {
	const struct sp_store_ops *ops;
};

/*
 * The store of a location, and the path in it (owned by the caller, freed with free()).
 * "path", "file:/path", "file:///path" is the local file system; a relative path is taken from
 * the working directory. SP_EUNSUPPORTED names schemes that this build cannot reach.
 */
int sp_store_open(const char *location, struct sp_store **ret, char **path, struct sp_error *err);
void sp_store_free(struct sp_store *store);
SP_DEFINE_CLEANUP(sp_store, sp_store_free)

int sp_stat(struct sp_store *store, const char *path, struct sp_stat *ret, struct sp_error *err);
int sp_list(struct sp_store *store, const char *directory, sp_list_fn *visit, void *arg,
	struct sp_error *err);

/* A file to read. A missing one is SP_EIO. */
int sp_file_open(
	struct sp_store *store, const char *path, struct sp_file **ret, struct sp_error *err);
void sp_file_free(struct sp_file *file);
SP_DEFINE_CLEANUP(sp_file, sp_file_free)

/* Exactly n bytes at `offset`; fewer there is SP_EDAMAGED ("cut short"). */
int sp_file_read(struct sp_file *file, uint64_t offset, void *to, size_t n, struct sp_error *err);

/* Exactly n bytes at `offset`, appended to `out`; after an error it is as it was. */
int sp_file_append(struct sp_file *file, uint64_t offset, size_t n, struct sp_buffer *out,
	struct sp_error *err);

/* The whole file, appended to `out`; more than `limit` bytes is SP_EDAMAGED. */
int sp_file_read_all(
	struct sp_file *file, uint64_t limit, struct sp_buffer *out, struct sp_error *err);

/* The next block of the file from *at, which moves behind it. 1: `block` is that; 0: the end. */
int sp_file_next(struct sp_file *file, uint64_t *at, struct sp_buffer *block, struct sp_error *err);

/* A file whose content is `bytes` (borrowed). */
struct sp_file *sp_file_of_bytes(struct sp_slice bytes, const char *place);

/* Would a tree be refused because of what is in `directory` now? Writes nothing. */
int sp_tree_check(
	struct sp_store *store, const char *directory, bool replace, struct sp_error *err);

/*
 * Begins a tree of files that becomes `directory` in one step at sp_tree_publish() and leaves
 * nothing behind if it is freed before. A snapshot that is there already is SP_EIO, unless
 * `replace`.
 */
int sp_tree_begin(struct sp_store *store, const char *directory, bool replace, struct sp_tree **ret,
	struct sp_error *err);
/* A new file of the tree; `name` has no directory part. May be called by several threads. */
int sp_tree_create(
	struct sp_tree *tree, const char *name, struct sp_sink **ret, struct sp_error *err);
/* Makes the tree visible; every sink was finished before. */
int sp_tree_publish(struct sp_tree *tree, struct sp_error *err);
void sp_tree_free(struct sp_tree *tree);
SP_DEFINE_CLEANUP(sp_tree, sp_tree_free)

int sp_sink_write(struct sp_sink *sink, struct sp_slice bytes, struct sp_error *err);
/* Exactly n bytes of the file at `offset`; fewer there is SP_EDAMAGED. */
int sp_sink_copy(struct sp_sink *sink, struct sp_file *file, uint64_t offset, uint64_t n,
	struct sp_error *err);
/* The file is complete; needed before the tree is published. */
int sp_sink_finish(struct sp_sink *sink, struct sp_error *err);
/* Takes NULL; an unfinished file goes away. */
void sp_sink_free(struct sp_sink *sink);
SP_DEFINE_CLEANUP(sp_sink, sp_sink_free)

/* The drivers. */
struct sp_store *sp_store_file_new(void);

/*
 * A hook that every store passes through when it is opened, NULL by default: tests wrap stores
 * with it to make the n-th call fail (store/faulty.c).
 */
extern struct sp_store *(*sp_store_wrap)(struct sp_store *store);

#endif
