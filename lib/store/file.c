/*
 * The local file system, and whatever is mounted into it.
 *
 * A tree is written into a hidden directory beside its target and renamed at the end, so that
 * the target is there whole or not at all; a snapshot that is replaced is exchanged with the new
 * one in one step (renameat2) and removed afterwards.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "interrupt.h"
#include "path.h"
#include "snapshot.h"
#include "store.h"

/* --- reading ------------------------------------------------------------------------------ */

struct file {
	struct sp_file file;
	int fd;
	char *path;
};

static int file_read(struct sp_file *file, uint64_t offset, void *to, size_t n, size_t *got,
	struct sp_error *err)
{
	struct file *self = (struct file *)file;

	*got = 0;
	while (*got < n) {
		ssize_t r = pread(self->fd, (char *)to + *got, n - *got, (off_t)(offset + *got));

		if (r < 0 && errno == EINTR)
			continue;
		if (r < 0)
			return sp_fail_errno(err, errno, "%s", self->path);
		if (r == 0)
			break;
		*got += (size_t)r;
	}
	return 0;
}

static void file_free(struct sp_file *file)
{
	struct file *self = (struct file *)file;

	close(self->fd);
	free(self->path);
	free(self);
}

static const struct sp_file_ops file_ops = { .read = file_read, .free = file_free };

static int store_open(
	struct sp_store *store, const char *path, struct sp_file **ret, struct sp_error *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct file *self;
	struct stat st;

	(void)store;
	if (fd < 0)
		return sp_fail_errno(err, errno, "%s", path);
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode)) {
		close(fd);
		return sp_fail(err, SP_EIO, "%s: not a regular file", path);
	}
	self = calloc(1, sizeof(*self));
	if (self == NULL || (self->path = strdup(path)) == NULL)
		sp_abort("out of memory");
	self->fd = fd;
	self->file = (struct sp_file){ .ops = &file_ops,
		.size = (uint64_t)st.st_size,
		.place = self->path,
		.local_path = self->path };
	*ret = &self->file;
	return 0;
}

static int store_stat(
	struct sp_store *store, const char *path, struct sp_stat *ret, struct sp_error *err)
{
	struct stat st;

	(void)store;
	if (stat(path, &st) < 0) {
		if (errno == ENOENT || errno == ENOTDIR)
			return 0;
		return sp_fail_errno(err, errno, "%s", path);
	}
	*ret = (struct sp_stat){ .size = (uint64_t)st.st_size, .directory = S_ISDIR(st.st_mode) };
	return 1;
}

static int not_dots(const struct dirent *entry)
{
	return strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static int visit_entry(const char *directory, const char *name, sp_list_fn *visit, void *arg)
{
	char *path = sp_path_join(directory, name);
	struct sp_stat entry;
	struct stat st;
	int r = 0;

	if (stat(path, &st) == 0) { /* else gone since it was listed, or a broken link */
		entry = (struct sp_stat){ .size = (uint64_t)st.st_size,
			.directory = S_ISDIR(st.st_mode) };
		r = visit(path, &entry, arg);
	}
	free(path);
	return r;
}

static int store_list(struct sp_store *store, const char *directory, sp_list_fn *visit, void *arg,
	struct sp_error *err)
{
	struct dirent **entries = NULL;
	int n = scandir(directory, &entries, not_dots, by_name);
	int r = 0;

	(void)store;
	if (n < 0)
		return sp_fail_errno(err, errno, "%s", directory);
	for (int i = 0; i < n; i++) {
		if (r == 0)
			r = visit_entry(directory, entries[i]->d_name, visit, arg);
		free(entries[i]);
	}
	free(entries);
	return r;
}

#define AHEAD_BYTES ((size_t)8 * 1024 * 1024)
#define STAGING_NAME_MAX 200 /* of the target's name: file systems have room for 255 bytes */

/* --- writing ------------------------------------------------------------------------------ */

struct tree {
	struct sp_tree tree;
	char *target;
	char *staging;
	bool replace;
	bool published;
	char **made; /* parent directories that were made, outermost first */
	size_t n_made;
};

struct sink {
	struct sp_sink sink;
	int fd;
	char *path;
	uint64_t size;
	uint64_t begun; /* of it, the system was told to write to the disk */
	bool finished;
};

/* The disk works while more is made; else it would have all to do when the file is synced. */
static void count(struct sink *self, size_t n)
{
	self->size += n;
	if (self->size - self->begun < AHEAD_BYTES)
		return;
	sync_file_range(self->fd, (off_t)self->begun, (off_t)(self->size - self->begun),
		SYNC_FILE_RANGE_WRITE); /* what fails shows when it is synced */
	self->begun = self->size;
}

static int sink_write(struct sp_sink *sink, struct sp_slice bytes, struct sp_error *err)
{
	struct sink *self = (struct sink *)sink;

	while (bytes.n > 0) {
		ssize_t r = write(self->fd, bytes.p, bytes.n);

		if (r < 0 && errno == EINTR)
			continue;
		if (r < 0)
			return sp_fail_errno(err, errno, "%s", self->path);
		bytes = sp_slice(bytes.p + r, bytes.n - (size_t)r);
		count(self, (size_t)r);
	}
	return 0;
}

/* Within the kernel, or by sharing blocks. What stops it stops the usual way, too, or does not. */
static int sink_copy(struct sp_sink *sink, struct sp_file *file, uint64_t offset, uint64_t n,
	uint64_t *copied, struct sp_error *err)
{
	struct sink *self = (struct sink *)sink;
	off_t at = (off_t)offset;

	*copied = 0;
	while (file->ops == &file_ops && *copied < n) {
		size_t part = n - *copied < AHEAD_BYTES ? (size_t)(n - *copied) : AHEAD_BYTES;
		ssize_t r =
			copy_file_range(((struct file *)file)->fd, &at, self->fd, NULL, part, 0);

		if (sp_interrupt_check(err) < 0)
			return err->code;
		if (r < 0 && errno == EINTR)
			continue;
		if (r <= 0)
			break;
		*copied += (uint64_t)r;
		count(self, (size_t)r);
	}
	return 0;
}

static int sink_finish(struct sp_sink *sink, struct sp_error *err)
{
	struct sink *self = (struct sink *)sink;
	int fd = self->fd;

	if (fdatasync(fd) < 0 && errno != EINVAL && errno != ENOSYS)
		return sp_fail_errno(err, errno, "%s", self->path);
	self->fd = -1;
	if (close(fd) < 0)
		return sp_fail_errno(err, errno, "%s", self->path);
	self->finished = true;
	return 0;
}

static void sink_free(struct sp_sink *sink)
{
	struct sink *self = (struct sink *)sink;

	if (self->fd >= 0)
		close(self->fd);
	if (!self->finished)
		unlink(self->path);
	free(self->path);
	free(self);
}

static const struct sp_sink_ops sink_ops = {
	.write = sink_write,
	.copy = sink_copy,
	.finish = sink_finish,
	.free = sink_free,
};

static int tree_create(
	struct sp_tree *tree, const char *name, struct sp_sink **ret, struct sp_error *err)
{
	struct tree *self = (struct tree *)tree;
	char *path = sp_path_join(self->staging, name);
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	struct sink *sink;

	if (fd < 0) {
		sp_fail_errno(err, errno, "%s", path);
		free(path);
		return err->code;
	}
	sink = calloc(1, sizeof(*sink));
	if (sink == NULL)
		sp_abort("out of memory");
	*sink = (struct sink){ .sink = { .ops = &sink_ops }, .fd = fd, .path = path };
	*ret = &sink->sink;
	return 0;
}

static void sync_directory(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return;
	fsync(fd); /* some file systems cannot; the rename is then as durable as they make it */
	close(fd);
}

/* Removes a directory of plain files. */
static void remove_directory(const char *path)
{
	DIR *dir = opendir(path);
	struct dirent *entry;

	if (dir == NULL)
		return;
	while ((entry = readdir(dir)) != NULL)
		if (not_dots(entry))
			unlinkat(dirfd(dir), entry->d_name, 0);
	closedir(dir);
	rmdir(path);
}

static int exchange(struct tree *self, struct sp_error *err)
{
	if (renameat2(AT_FDCWD, self->staging, AT_FDCWD, self->target, RENAME_EXCHANGE) < 0) {
		sp_fail_errno(err, errno, "%s: cannot be replaced in one step", self->target);
		return sp_hint(err, "write to a new directory instead");
	}
	remove_directory(self->staging); /* now the old snapshot */
	return 0;
}

static int tree_publish(struct sp_tree *tree, struct sp_error *err)
{
	struct tree *self = (struct tree *)tree;
	char *parent = sp_path_parent(self->target);
	struct stat st;
	int r = 0;

	sync_directory(self->staging);
	if (rename(self->staging, self->target) < 0) {
		if ((errno == EEXIST || errno == ENOTEMPTY) && self->replace &&
			stat(self->target, &st) == 0)
			r = exchange(self, err);
		else if (errno == EEXIST || errno == ENOTEMPTY)
			r = sp_fail(err, SP_EIO, "%s: was written by someone else meanwhile",
				self->target);
		else
			r = sp_fail_errno(err, errno, "%s", self->target);
	}
	if (r == 0) {
		sync_directory(parent);
		self->published = true;
	}
	free(parent);
	return r;
}

static void tree_free(struct sp_tree *tree)
{
	struct tree *self = (struct tree *)tree;

	if (self->staging != NULL && !self->published)
		remove_directory(self->staging);
	for (size_t i = self->n_made; i-- > 0;) {
		if (!self->published)
			rmdir(self->made[i]);
		free(self->made[i]);
	}
	free(self->made);
	free(self->staging);
	free(self->target);
	free(self);
}

static const struct sp_tree_ops tree_ops = {
	.create = tree_create,
	.publish = tree_publish,
	.free = tree_free,
};

struct contents {
	size_t entries;
	bool metadata;
	bool directories;
};

static int look(const char *path, const struct sp_stat *st, void *arg)
{
	struct contents *contents = arg;

	contents->entries++;
	contents->directories |= st->directory;
	contents->metadata |= strcmp(sp_path_base(path), "_metadata") == 0;
	return 0;
}

/* Refuses a target that holds anything that may not be replaced. */
static int store_check(
	struct sp_store *store, const char *target, bool replace, struct sp_error *err)
{
	struct contents contents = { 0 };
	struct sp_stat st;
	int r = store_stat(store, target, &st, err);

	if (r <= 0)
		return r;
	if (!st.directory)
		return sp_fail(err, SP_EIO, "%s: is there already and is not a directory", target);
	if (store_list(store, target, look, &contents, err) < 0)
		return err->code;
	if (contents.entries == 0)
		return 0;
	if (!contents.metadata)
		return sp_fail(err, SP_EIO, "%s: is not empty and holds no snapshot", target);
	if (!replace) {
		sp_fail(err, SP_EIO, "%s: a snapshot is there already", target);
		return sp_hint(err, "--force replaces it");
	}
	if (contents.directories)
		return sp_fail(err, SP_EIO,
			"%s: holds directories beside the snapshot's files and is not replaced",
			target);
	return 0;
}

static int make_parents(struct tree *self, const char *path, struct sp_error *err)
{
	char *parent = sp_path_parent(path);
	struct stat st;
	int r = 0;

	if (stat(parent, &st) < 0 && errno == ENOENT) {
		r = make_parents(self, parent, err);
		if (r == 0 && mkdir(parent, 0777) == 0) {
			self->made = reallocarray(self->made, self->n_made + 1, sizeof(char *));
			if (self->made == NULL)
				sp_abort("out of memory");
			self->made[self->n_made++] = parent;
			return 0;
		}
		if (r == 0 && errno != EEXIST)
			r = sp_fail_errno(err, errno, "%s", parent);
	}
	free(parent);
	return r;
}

static int make_staging(struct tree *self, struct sp_error *err)
{
	char *parent = sp_path_parent(self->target);
	mode_t mask = umask(0);
	int r = 0;

	umask(mask);
	if (asprintf(&self->staging, "%s/.%.*s.XXXXXX", strcmp(parent, "/") == 0 ? "" : parent,
		    STAGING_NAME_MAX, sp_path_base(self->target)) < 0)
		sp_abort("out of memory");
	if (mkdtemp(self->staging) == NULL) {
		r = sp_fail_errno(err, errno, "%s: cannot make a directory in it", parent);
		free(self->staging);
		self->staging = NULL;
	} else if (chmod(self->staging, 0777 & ~mask) < 0) {
		r = sp_fail_errno(err, errno, "%s", self->staging);
	}
	free(parent);
	return r;
}

static int store_begin(struct sp_store *store, const char *directory, bool replace,
	struct sp_tree **ret, struct sp_error *err)
{
	sp_auto(sp_tree) *tree = NULL;
	struct tree *self;

	if (store_check(store, directory, replace, err) < 0)
		return err->code;
	self = calloc(1, sizeof(*self));
	if (self == NULL || (self->target = strdup(directory)) == NULL)
		sp_abort("out of memory");
	self->tree.ops = &tree_ops;
	self->replace = replace;
	tree = &self->tree;
	if (make_parents(self, directory, err) < 0 || make_staging(self, err) < 0)
		return err->code;
	*ret = sp_steal(tree);
	return 0;
}

static void store_free(struct sp_store *store)
{
	free(store);
}

static const struct sp_store_ops store_ops = {
	.name = "file",
	.stat = store_stat,
	.list = store_list,
	.open = store_open,
	.check = store_check,
	.begin = store_begin,
	.free = store_free,
};

struct sp_store *sp_store_file_new(void)
{
	struct sp_store *store = calloc(1, sizeof(*store));

	if (store == NULL)
		sp_abort("out of memory");
	store->ops = &store_ops;
	return store;
}
