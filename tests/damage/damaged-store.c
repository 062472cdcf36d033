#include "damaged-store.h"

#include "path.h"

#define FILE_MAX ((uint64_t)1 << 30)

const struct damage *damaged_now;
const char *damaged_root;

static void *new_object(size_t size)
{
	void *p = calloc(1, size);

	if (p == NULL)
		sp_abort("out of memory");
	return p;
}

static bool is_damaged(const char *path, enum damage_kind kind)
{
	return damaged_now != NULL && damaged_now->kind == kind &&
	       strcmp(path, damaged_now->path) == 0;
}

/* The file whose bytes are found under this path. */
static const char *path_of(const char *path)
{
	if (damaged_now == NULL || damaged_now->kind != DAMAGE_SWAP)
		return path;
	return strcmp(path, damaged_now->path) == 0    ? damaged_now->other
	       : strcmp(path, damaged_now->other) == 0 ? damaged_now->path
						       : path;
}

/* --- files ------------------------------------------------------------------------------------ */

struct damaged_file {
	struct sp_file file;
	struct sp_buffer bytes;
	struct sp_file *inner; /* for its place */
};

static int file_read(struct sp_file *file, uint64_t offset, void *to, size_t n, size_t *got,
	struct sp_error *err)
{
	const struct sp_buffer *bytes = &((struct damaged_file *)file)->bytes;
	size_t left = offset < bytes->n ? bytes->n - (size_t)offset : 0;

	(void)err;
	*got = n < left ? n : left;
	if (*got > 0)
		memcpy(to, bytes->p + offset, *got);
	return 0;
}

static void file_free(struct sp_file *file)
{
	struct damaged_file *self = (struct damaged_file *)file;

	sp_buffer_free(&self->bytes);
	sp_file_free(self->inner);
	free(self);
}

static const struct sp_file_ops file_ops = { .read = file_read, .free = file_free };

static int damage_file(struct sp_file *inner, struct sp_file **ret, struct sp_error *err)
{
	struct damaged_file *self = new_object(sizeof(*self));

	self->inner = inner;
	self->file = (struct sp_file){ .ops = &file_ops, .place = inner->place };
	if (sp_file_read_all(inner, FILE_MAX, &self->bytes, err) < 0) {
		file_free(&self->file);
		return err->code;
	}
	if (damaged_now->kind == DAMAGE_CUT)
		self->bytes.n = (size_t)damaged_now->at;
	else
		self->bytes.p[damaged_now->at] ^= damaged_now->bits;
	self->file.size = self->bytes.n;
	*ret = &self->file;
	return 0;
}

/* --- the store -------------------------------------------------------------------------------- */

struct damaged_store {
	struct sp_store store;
	struct sp_store *inner;
};

static struct sp_store *inner_of(struct sp_store *store)
{
	return ((struct damaged_store *)store)->inner;
}

static int store_stat(
	struct sp_store *store, const char *path, struct sp_stat *ret, struct sp_error *err)
{
	int r;

	if (is_damaged(path, DAMAGE_MISSING) || !sp_path_below(path, damaged_root))
		return 0;
	r = sp_stat(inner_of(store), path_of(path), ret, err);
	if (r > 0 && is_damaged(path, DAMAGE_CUT))
		ret->size = damaged_now->at;
	return r;
}

static int store_list(struct sp_store *store, const char *directory, sp_list_fn *visit, void *arg,
	struct sp_error *err)
{
	return sp_list(inner_of(store), directory, visit, arg, err);
}

static int store_open(
	struct sp_store *store, const char *path, struct sp_file **ret, struct sp_error *err)
{
	struct sp_file *inner;

	if (is_damaged(path, DAMAGE_MISSING))
		return sp_fail(err, SP_EIO, "%s: is missing", path);
	if (sp_file_open(inner_of(store), path_of(path), &inner, err) < 0)
		return err->code;
	if (is_damaged(path, DAMAGE_FLIP) || is_damaged(path, DAMAGE_CUT))
		return damage_file(inner, ret, err);
	*ret = inner;
	return 0;
}

static void store_free(struct sp_store *store)
{
	sp_store_free(inner_of(store));
	free(store);
}

static const struct sp_store_ops store_ops = {
	.name = "damaged",
	.stat = store_stat,
	.list = store_list,
	.open = store_open,
	.free = store_free,
};

struct sp_store *damaged_store_new(struct sp_store *store)
{
	struct damaged_store *self = new_object(sizeof(*self));

	*self = (struct damaged_store){ .store = { .ops = &store_ops }, .inner = store };
	return &self->store;
}
