#include "store/faulty.h"

#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>

static _Atomic unsigned long calls;
static unsigned long failing;
static enum sp_code failing_code;
static int signal_number; /* 0: the call fails */

void sp_faulty_set(unsigned long n, enum sp_code code)
{
	calls = 0;
	failing = n;
	failing_code = code;
	signal_number = 0;
}

void sp_faulty_set_signal(unsigned long n, int number)
{
	calls = 0;
	failing = n;
	signal_number = number;
}

unsigned long sp_faulty_calls(void)
{
	return calls;
}

static int count(const char *what, struct sp_error *err)
{
	if (atomic_fetch_add(&calls, 1) + 1 != failing)
		return 0;
	if (signal_number != 0) {
		raise(signal_number);
		return 0;
	}
	return sp_fail(err, failing_code, "%s: injected fault", what);
}

static void *new_object(size_t size)
{
	void *p = calloc(1, size);

	if (p == NULL)
		sp_abort("out of memory");
	return p;
}

/* --- files --------------------------------------------------------------------------------- */

struct faulty_file {
	struct sp_file file;
	struct sp_file *inner;
};

static int file_read(struct sp_file *file, uint64_t offset, void *to, size_t n, size_t *got,
	struct sp_error *err)
{
	struct sp_file *inner = ((struct faulty_file *)file)->inner;

	if (count("read", err) < 0)
		return err->code;
	return inner->ops->read(inner, offset, to, n, got, err);
}

static void file_free(struct sp_file *file)
{
	sp_file_free(((struct faulty_file *)file)->inner);
	free(file);
}

static const struct sp_file_ops file_ops = { .read = file_read, .free = file_free };

/* --- trees --------------------------------------------------------------------------------- */

struct faulty_sink {
	struct sp_sink sink;
	struct sp_sink *inner;
};

struct faulty_tree {
	struct sp_tree tree;
	struct sp_tree *inner;
};

static int sink_write(struct sp_sink *sink, struct sp_slice bytes, struct sp_error *err)
{
	if (count("write", err) < 0)
		return err->code;
	return sp_sink_write(((struct faulty_sink *)sink)->inner, bytes, err);
}

static int sink_finish(struct sp_sink *sink, struct sp_error *err)
{
	if (count("finish", err) < 0)
		return err->code;
	return sp_sink_finish(((struct faulty_sink *)sink)->inner, err);
}

static void sink_free(struct sp_sink *sink)
{
	sp_sink_free(((struct faulty_sink *)sink)->inner);
	free(sink);
}

static const struct sp_sink_ops sink_ops = {
	.write = sink_write,
	.finish = sink_finish,
	.free = sink_free,
};

static int tree_create(
	struct sp_tree *tree, const char *name, struct sp_sink **ret, struct sp_error *err)
{
	struct sp_sink *inner;
	struct faulty_sink *self;

	if (count("create", err) < 0 ||
		sp_tree_create(((struct faulty_tree *)tree)->inner, name, &inner, err) < 0)
		return err->code;
	self = new_object(sizeof(*self));
	*self = (struct faulty_sink){ .sink = { .ops = &sink_ops }, .inner = inner };
	*ret = &self->sink;
	return 0;
}

static int tree_publish(struct sp_tree *tree, struct sp_error *err)
{
	if (count("publish", err) < 0)
		return err->code;
	return sp_tree_publish(((struct faulty_tree *)tree)->inner, err);
}

static void tree_free(struct sp_tree *tree)
{
	sp_tree_free(((struct faulty_tree *)tree)->inner);
	free(tree);
}

static const struct sp_tree_ops tree_ops = {
	.create = tree_create,
	.publish = tree_publish,
	.free = tree_free,
};

/* --- the store ----------------------------------------------------------------------------- */

struct faulty_store {
	struct sp_store store;
	struct sp_store *inner;
};

static struct sp_store *inner_of(struct sp_store *store)
{
	return ((struct faulty_store *)store)->inner;
}

static int store_stat(
	struct sp_store *store, const char *path, struct sp_stat *ret, struct sp_error *err)
{
	if (count("stat", err) < 0)
		return err->code;
	return sp_stat(inner_of(store), path, ret, err);
}

static int store_list(struct sp_store *store, const char *directory, sp_list_fn *visit, void *arg,
	struct sp_error *err)
{
	if (count("list", err) < 0)
		return err->code;
	return sp_list(inner_of(store), directory, visit, arg, err);
}

static int store_open(
	struct sp_store *store, const char *path, struct sp_file **ret, struct sp_error *err)
{
	struct faulty_file *self;
	struct sp_file *inner;

	if (count("open", err) < 0 || sp_file_open(inner_of(store), path, &inner, err) < 0)
		return err->code;
	self = new_object(sizeof(*self));
	self->inner = inner;
	self->file = *inner;
	self->file.ops = &file_ops;
	*ret = &self->file;
	return 0;
}

static int store_check(
	struct sp_store *store, const char *directory, bool replace, struct sp_error *err)
{
	if (count("check", err) < 0)
		return err->code;
	return sp_tree_check(inner_of(store), directory, replace, err);
}

static int store_begin(struct sp_store *store, const char *directory, bool replace,
	struct sp_tree **ret, struct sp_error *err)
{
	struct faulty_tree *self;
	struct sp_tree *inner;

	if (count("begin", err) < 0 ||
		sp_tree_begin(inner_of(store), directory, replace, &inner, err) < 0)
		return err->code;
	self = new_object(sizeof(*self));
	*self = (struct faulty_tree){ .tree = { .ops = &tree_ops }, .inner = inner };
	*ret = &self->tree;
	return 0;
}

static void store_free(struct sp_store *store)
{
	sp_store_free(inner_of(store));
	free(store);
}

static const struct sp_store_ops store_ops = {
	.name = "faulty",
	.stat = store_stat,
	.list = store_list,
	.open = store_open,
	.check = store_check,
	.begin = store_begin,
	.free = store_free,
};

struct sp_store *sp_store_faulty_new(struct sp_store *store)
{
	struct faulty_store *self = new_object(sizeof(*self));

	*self = (struct faulty_store){ .store = { .ops = &store_ops }, .inner = store };
	return &self->store;
}
