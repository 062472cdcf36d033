#include "store.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "interrupt.h"
#include "path.h"

#define COPY_BLOCK ((size_t)1024 * 1024)

struct sp_store *(*sp_store_wrap)(struct sp_store *store);

/* Length of the scheme of "scheme:/…" or "scheme:"; 0 for a plain path. */
static size_t scheme_length(const char *location)
{
	size_t n = 0;

	while (isalnum((unsigned char)location[n]) ||
		(n > 0 && location[n] != '\0' && strchr("+-.", location[n]) != NULL))
		n++;
	return n > 1 && strncmp(location + n, ":/", 2) == 0 ? n : 0;
}

static char *absolute(const char *path, struct sp_error *err)
{
	char *cwd, *joined;

	if (path[0] == '/')
		return sp_path_normalise(path);
	cwd = getcwd(NULL, 0);
	if (cwd == NULL) {
		sp_fail(err, SP_EIO, "the working directory is gone");
		return NULL;
	}
	joined = sp_path_join(cwd, path);
	free(cwd);
	return joined;
}

int sp_store_open(const char *location, struct sp_store **ret, char **path, struct sp_error *err)
{
	size_t scheme = scheme_length(location);
	const char *rest = location;
	struct sp_store *store;

	if (location[0] == '\0')
		return sp_fail(err, SP_EUSAGE, "the location is empty");
	if (scheme == 4 && strncmp(location, "file", 4) == 0) {
		rest = location + sp_path_root(location);
		if (sp_path_root(location) > strlen("file://"))
			return sp_fail(
				err, SP_EUSAGE, "'%s' names a host; write file:/path", location);
		if (*rest == '\0')
			rest = "/";
	} else if (scheme != 0) {
		sp_fail(err, SP_EUNSUPPORTED,
			"%s: storage '%.*s' cannot be reached by this release", location,
			(int)scheme, location);
		return sp_hint(err,
			"copy the snapshot's directory to a local or mounted file system first");
	}
	*path = absolute(rest, err);
	if (*path == NULL)
		return err->code;
	store = sp_store_file_new();
	*ret = sp_store_wrap == NULL ? store : sp_store_wrap(store);
	return 0;
}

void sp_store_free(struct sp_store *store)
{
	if (store != NULL)
		store->ops->free(store);
}

static int unsupported(struct sp_store *store, const char *what, struct sp_error *err)
{
	return sp_fail(err, SP_EUNSUPPORTED, "storage '%s' cannot %s", store->ops->name, what);
}

int sp_stat(struct sp_store *store, const char *path, struct sp_stat *ret, struct sp_error *err)
{
	if (store->ops->stat == NULL)
		return unsupported(store, "look up files", err);
	return store->ops->stat(store, path, ret, err);
}

int sp_list(struct sp_store *store, const char *directory, sp_list_fn *visit, void *arg,
	struct sp_error *err)
{
	if (store->ops->list == NULL)
		return unsupported(store, "list directories", err);
	return store->ops->list(store, directory, visit, arg, err);
}

int sp_file_open(
	struct sp_store *store, const char *path, struct sp_file **ret, struct sp_error *err)
{
	if (store->ops->open == NULL)
		return unsupported(store, "read files", err);
	return store->ops->open(store, path, ret, err);
}

void sp_file_free(struct sp_file *file)
{
	if (file != NULL)
		file->ops->free(file);
}

int sp_file_read(struct sp_file *file, uint64_t offset, void *to, size_t n, struct sp_error *err)
{
	size_t got = 0;

	if (file->ops->read(file, offset, to, n, &got, err) < 0)
		return err->code;
	if (got < n)
		return sp_fail(err, SP_EDAMAGED,
			"%s: offset 0x%" PRIx64 ": cut short: %zu bytes wanted, %zu left",
			file->place, offset, n, got);
	return 0;
}

int sp_file_append(struct sp_file *file, uint64_t offset, size_t n, struct sp_buffer *out,
	struct sp_error *err)
{
	if (sp_file_read(file, offset, sp_buffer_reserve(out, n), n, err) < 0)
		return err->code;
	out->n += n;
	return 0;
}

int sp_file_read_all(
	struct sp_file *file, uint64_t limit, struct sp_buffer *out, struct sp_error *err)
{
	if (file->size > limit)
		return sp_fail(err, SP_EDAMAGED,
			"%s: %" PRIu64 " bytes long, at most %" PRIu64 " make sense here",
			file->place, file->size, limit);
	return sp_file_append(file, 0, (size_t)file->size, out, err);
}

int sp_file_next(struct sp_file *file, uint64_t *at, struct sp_buffer *block, struct sp_error *err)
{
	uint64_t left = file->size - *at;
	size_t n = left < COPY_BLOCK ? (size_t)left : COPY_BLOCK;

	block->n = 0;
	if (sp_interrupt_check(err) < 0 || sp_file_append(file, *at, n, block, err) < 0)
		return err->code;
	*at += n;
	return n > 0;
}

struct bytes_file {
	struct sp_file file;
	struct sp_slice bytes;
	char *place;
};

static int bytes_read(struct sp_file *file, uint64_t offset, void *to, size_t n, size_t *got,
	struct sp_error *err)
{
	struct bytes_file *self = (struct bytes_file *)file;

	(void)err;
	*got = 0;
	if (offset >= self->bytes.n || n == 0)
		return 0;
	*got = n < self->bytes.n - offset ? n : self->bytes.n - (size_t)offset;
	memcpy(to, self->bytes.p + offset, *got);
	return 0;
}

static void bytes_free(struct sp_file *file)
{
	free(((struct bytes_file *)file)->place);
	free(file);
}

static const struct sp_file_ops bytes_ops = { .read = bytes_read, .free = bytes_free };

struct sp_file *sp_file_of_bytes(struct sp_slice bytes, const char *place)
{
	struct bytes_file *self = calloc(1, sizeof(*self));

	if (self == NULL || (self->place = strdup(place)) == NULL)
		sp_abort("out of memory");
	self->bytes = bytes;
	self->file = (struct sp_file){ .ops = &bytes_ops, .size = bytes.n, .place = self->place };
	return &self->file;
}

int sp_tree_check(struct sp_store *store, const char *directory, bool replace, struct sp_error *err)
{
	if (store->ops->check == NULL)
		return unsupported(store, "be written to", err);
	return store->ops->check(store, directory, replace, err);
}

int sp_tree_begin(struct sp_store *store, const char *directory, bool replace, struct sp_tree **ret,
	struct sp_error *err)
{
	if (store->ops->begin == NULL)
		return unsupported(store, "be written to", err);
	return store->ops->begin(store, directory, replace, ret, err);
}

int sp_tree_create(
	struct sp_tree *tree, const char *name, struct sp_sink **ret, struct sp_error *err)
{
	return tree->ops->create(tree, name, ret, err);
}

int sp_tree_publish(struct sp_tree *tree, struct sp_error *err)
{
	return tree->ops->publish(tree, err);
}

void sp_tree_free(struct sp_tree *tree)
{
	if (tree != NULL)
		tree->ops->free(tree);
}

int sp_sink_write(struct sp_sink *sink, struct sp_slice bytes, struct sp_error *err)
{
	return sink->ops->write(sink, bytes, err);
}

int sp_sink_copy(struct sp_sink *sink, struct sp_file *file, uint64_t offset, uint64_t n,
	struct sp_error *err)
{
	sp_auto_buffer block = { 0 };
	uint64_t copied = 0;

	if (sink->ops->copy != NULL && sink->ops->copy(sink, file, offset, n, &copied, err) < 0)
		return err->code;
	while (copied < n) {
		size_t part = n - copied < COPY_BLOCK ? (size_t)(n - copied) : COPY_BLOCK;

		block.n = 0;
		if (sp_interrupt_check(err) < 0 ||
			sp_file_append(file, offset + copied, part, &block, err) < 0 ||
			sp_sink_write(sink, sp_buffer_slice(&block), err) < 0)
			return err->code;
		copied += part;
	}
	return 0;
}

int sp_sink_finish(struct sp_sink *sink, struct sp_error *err)
{
	return sink->ops->finish(sink, err);
}

void sp_sink_free(struct sp_sink *sink)
{
	if (sink != NULL)
		sink->ops->free(sink);
}
