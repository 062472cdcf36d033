/*
 * Writes the layout of the RocksDB backend, drawn in rocksdb.c: the tables of all families at
 * once, straight into the tree as the rows come; then MANIFEST and CURRENT. All files are private,
 * so that no later checkpoint depends on them.
 *
 * A table is in the last level, where those of one family may not overlap; they never do, since
 * the rows of a state come ascending. Where one table ends and the next begins depends on nothing
 * but the rows and the header, so that output does not depend on memory or workers.
 */
#include "rocksdb-write.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "key-group.h"
#include "rocksdb-manifest.h"

#define TABLE_BYTES ((uint64_t)64 * 1024 * 1024) /* target_file_size_base */
#define INDEXES_BYTES ((size_t)16 * 1024 * 1024) /* of all tables that are being written */
#define INDEX_MIN_BYTES ((size_t)16 * 1024)
#define WRITE_MAX_BYTES ((size_t)256 * 1024)
#define WRITE_MIN_BYTES ((size_t)8 * 1024)
#define DEFAULT_FAMILY "default"
#define MANIFEST "MANIFEST-000004"
#define FIRST_TABLE 8 /* numbers below are of the manifest, and of logs that are not there */

struct family {
	struct sp_rocksdb_table *table; /* being written, or NULL */
	uint64_t number;                /* of its file */
	uint64_t n_tables;              /* begun so far */
};

struct writer {
	struct sp_writer writer;
	struct sp_writer_plan plan;
	struct sp_arena *arena;
	struct sp_slice *names;  /* of families, by number: 'default', then states by id */
	struct family *families; /* of states, by id */
	struct sp_rocksdb_file *files;
	size_t n_files, capacity;
	size_t prefix;
	size_t index_bytes, write_bytes; /* of one table, at most */
};

/* --- families -------------------------------------------------------------------------------- */

static struct sp_slice family_name(const struct sp_state *state, struct sp_arena *arena)
{
	sp_auto_buffer name = { 0 };

	sp_mutf8_to_utf8(state->name, &name);
	return sp_arena_copy(arena, sp_buffer_slice(&name));
}

static int by_bytes(const void *a, const void *b)
{
	return sp_slice_compare(*(const struct sp_slice *)a, *(const struct sp_slice *)b);
}

static int refuse(struct sp_slice name, const char *why, struct sp_error *err)
{
	sp_fail(err, SP_EUNSUPPORTED, "state '%.*s' cannot be a column family of RocksDB: %s",
		(int)name.n, (const char *)name.p, why);
	return sp_hint(err, "canonical can hold it");
}

static int check_names(struct sp_slice *names, size_t n, struct sp_error *err)
{
	for (size_t i = 0; i < n; i++) {
		if (sp_slice_is(names[i], DEFAULT_FAMILY))
			return refuse(names[i], "it is the name of RocksDB's own", err);
		if (names[i].n > 0 && memchr(names[i].p, 0, names[i].n) != NULL)
			return refuse(names[i], "the character U+0000 is in its name", err);
	}
	qsort(names, n, sizeof(*names), by_bytes);
	for (size_t i = 1; i < n; i++)
		if (sp_slice_equal(names[i - 1], names[i]))
			return refuse(names[i], "another state has the same name", err);
	return 0;
}

int sp_rocksdb_check_states(const struct sp_keyed_header *header, struct sp_error *err)
{
	sp_auto(sp_arena) *arena = sp_arena_new();
	struct sp_slice *names = sp_arena_new_array(arena, struct sp_slice, header->n_states);

	for (size_t i = 0; i < header->n_states; i++)
		names[i] = family_name(&header->states[i], arena);
	return check_names(names, header->n_states, err);
}

static void name_families(struct writer *self)
{
	const struct sp_keyed_header *header = self->plan.header;

	self->names = sp_arena_new_array(self->arena, struct sp_slice, header->n_states + 1);
	self->names[0] = sp_slice_of(DEFAULT_FAMILY);
	for (size_t i = 0; i < header->n_states; i++)
		self->names[i + 1] = family_name(&header->states[i], self->arena);
}

/* --- tables ---------------------------------------------------------------------------------- */

/* The name in the tree of a file of the database. */
static const char *tree_name(const struct writer *self, struct sp_arena *arena, const char *local)
{
	return sp_arena_printf(arena, "%s-%s", self->plan.name, local);
}

static char *table_name(struct sp_arena *arena, uint64_t number)
{
	return sp_arena_printf(arena, "%06" PRIu64 ".sst", number);
}

/* Numbers go round the states, so that they do not depend on the order in which these come. */
static void begin_table(struct writer *self, uint32_t state)
{
	struct family *family = &self->families[state];
	struct sp_rocksdb_table_plan plan = {
		.tree = self->plan.tree,
		.inline_threshold = self->plan.inline_threshold,
		.family_id = state + 1,
		.family = self->names[state + 1],
		.write_bytes = self->write_bytes,
	};

	family->number = FIRST_TABLE + family->n_tables++ * self->plan.header->n_states + state;
	plan.name = tree_name(self, self->arena, table_name(self->arena, family->number));
	family->table = sp_rocksdb_table_new(&plan);
}

static struct sp_rocksdb_file *add_file(struct writer *self, uint64_t number)
{
	if (self->n_files == self->capacity) {
		self->capacity = self->capacity == 0 ? 16 : self->capacity * 2;
		self->files = reallocarray(self->files, self->capacity, sizeof(*self->files));
		if (self->files == NULL)
			sp_abort("out of memory");
	}
	self->files[self->n_files] = (struct sp_rocksdb_file){ .number = number };
	return &self->files[self->n_files++];
}

static int end_table(struct writer *self, struct family *family, struct sp_error *err)
{
	struct sp_rocksdb_file *file = add_file(self, family->number);

	if (sp_rocksdb_table_finish(family->table, self->arena, file, err) < 0)
		return err->code;
	sp_rocksdb_table_free(family->table);
	family->table = NULL;
	return 0;
}

static bool is_large(const struct writer *self, const struct sp_rocksdb_table *table)
{
	return sp_rocksdb_table_size(table) >= TABLE_BYTES ||
	       sp_rocksdb_table_index_size(table) >= self->index_bytes;
}

static int check_row(const struct writer *self, const struct sp_row *row, struct sp_error *err)
{
	int64_t index = (int64_t)row->key_group - self->plan.start;

	if (index < 0 || index >= self->plan.count)
		return sp_fail(err, SP_EDAMAGED,
			"key group %" PRIu32 " is outside of %" PRId32 " to %" PRId32,
			row->key_group, self->plan.start, self->plan.start + self->plan.count - 1);
	if (row->key.n < self->prefix ||
		sp_key_group_of_prefix(row->key.p, self->prefix) != row->key_group)
		return sp_fail(err, SP_EDAMAGED, "row key of another key group");
	return 0;
}

static int writer_put(struct sp_writer *writer, const struct sp_row *row, struct sp_error *err)
{
	struct writer *self = (struct writer *)writer;
	struct family *family = &self->families[row->state->id];

	if (check_row(self, row, err) < 0)
		return err->code;
	if (family->table == NULL)
		begin_table(self, row->state->id);
	if (sp_rocksdb_table_put(family->table, row->key, row->value, err) < 0)
		return err->code;
	return is_large(self, family->table) ? end_table(self, family, err) : 0;
}

/* --- the end --------------------------------------------------------------------------------- */

static int write_file(const struct writer *self, const char *name, struct sp_slice bytes,
	struct sp_arena *arena, struct sp_handle *ret, struct sp_error *err)
{
	sp_auto(sp_outlet) *outlet =
		sp_outlet_new(self->plan.tree, name, self->plan.inline_threshold);

	if (sp_outlet_write(outlet, bytes, err) < 0)
		return err->code;
	return sp_outlet_finish(outlet, arena, ret, err);
}

static int write_local(const struct writer *self, const char *name, struct sp_slice bytes,
	struct sp_arena *arena, struct sp_local_file *ret, struct sp_error *err)
{
	ret->local_path = sp_arena_copy(arena, sp_slice_of(name));
	return write_file(self, tree_name(self, arena, name), bytes, arena, &ret->handle, err);
}

static int write_manifest(const struct writer *self, struct sp_arena *arena,
	struct sp_local_file *ret, struct sp_error *err)
{
	struct sp_rocksdb_manifest manifest = {
		.families = self->names,
		.n_families = self->plan.header->n_states + 1,
		.files = self->files,
		.n_files = self->n_files,
		.next_number = self->n_files == 0 ? FIRST_TABLE
						  : self->files[self->n_files - 1].number + 1,
	};
	sp_auto_buffer bytes = { 0 };

	sp_rocksdb_manifest_write(&manifest, &bytes);
	return write_local(self, MANIFEST, sp_buffer_slice(&bytes), arena, ret, err);
}

/* The header alone; what lies in RocksDB's files is never framed. */
static int write_meta(const struct writer *self, struct sp_arena *arena, struct sp_handle *ret,
	struct sp_error *err)
{
	const struct sp_keyed_header *header = self->plan.header;
	sp_auto_buffer bytes = { 0 };

	sp_buffer_bytes(&bytes, header->bytes);
	if (header->compressed)
		bytes.p[SP_KEYED_HEADER_COMPRESSED_AT] = 0;
	return write_file(self, self->plan.name, sp_buffer_slice(&bytes), arena, ret, err);
}

/* The same in every run, as all of the output. */
static struct sp_slice make_uuid(
	const struct writer *self, const char *what, struct sp_arena *arena)
{
	return sp_uuid_of_name(sp_arena_printf(arena, "%s:%s", what, self->plan.name), arena);
}

static struct sp_handle copy_handle(const struct sp_handle *from, struct sp_arena *arena)
{
	struct sp_handle ret = *from;

	ret.name = sp_arena_copy(arena, from->name);
	ret.data = sp_arena_copy(arena, from->data);
	return ret;
}

static int by_number(const void *a, const void *b)
{
	const struct sp_rocksdb_file *x = a, *y = b;

	return (x->number > y->number) - (x->number < y->number);
}

static int end_tables(struct writer *self, struct sp_error *err)
{
	for (size_t i = 0; i < self->plan.header->n_states; i++)
		if (self->families[i].table != NULL && end_table(self, &self->families[i], err) < 0)
			return err->code;
	if (self->n_files > 1)
		qsort(self->files, self->n_files, sizeof(*self->files), by_number);
	return 0;
}

static void describe(const struct writer *self, struct sp_arena *arena, struct sp_keyed_handle *ret)
{
	ret->code = SP_KEYED_INCREMENTAL_V2;
	ret->start = self->plan.start;
	ret->count = self->plan.count;
	ret->checkpoint_id = self->plan.checkpoint_id;
	ret->backend_id = make_uuid(self, "backend", arena);
	ret->state_handle_id = make_uuid(self, "handle", arena);
	ret->checkpointed_size = ret->data.size;
	for (size_t i = 0; i < ret->n_private; i++)
		ret->checkpointed_size += ret->private[i].handle.size;
}

static int writer_finish(struct sp_writer *writer, struct sp_arena *arena,
	struct sp_keyed_handle *ret, struct sp_error *err)
{
	struct writer *self = (struct writer *)writer;
	struct sp_local_file *file;

	*ret = (struct sp_keyed_handle){ 0 };
	if (end_tables(self, err) < 0 || write_meta(self, arena, &ret->data, err) < 0)
		return err->code;
	ret->n_private = 2 + self->n_files;
	ret->private = file = sp_arena_new_array(arena, struct sp_local_file, ret->n_private);
	if (write_local(self, "CURRENT", sp_slice_of(MANIFEST "\n"), arena, file++, err) < 0 ||
		write_manifest(self, arena, file++, err) < 0)
		return err->code;
	for (size_t i = 0; i < self->n_files; i++)
		*file++ = (struct sp_local_file){
			.local_path = sp_slice_of(table_name(arena, self->files[i].number)),
			.handle = copy_handle(&self->files[i].handle, arena),
		};
	describe(self, arena, ret);
	return 0;
}

static void writer_free(struct sp_writer *writer)
{
	struct writer *self = (struct writer *)writer;

	for (size_t i = 0; i < self->plan.header->n_states; i++)
		sp_rocksdb_table_free(self->families[i].table);
	free(self->files);
	sp_arena_free(self->arena);
	free(self);
}

static const struct sp_writer_ops writer_ops = {
	.put = writer_put,
	.finish = writer_finish,
	.free = writer_free,
};

static size_t clamp(size_t v, size_t least, size_t most)
{
	return v < least ? least : v > most ? most : v;
}

int sp_rocksdb_create(
	const struct sp_writer_plan *plan, struct sp_writer **ret, struct sp_error *err)
{
	size_t states = plan->header->n_states == 0 ? 1 : plan->header->n_states;
	struct writer *self;

	if (sp_rocksdb_check_states(plan->header, err) < 0)
		return err->code;
	self = calloc(1, sizeof(*self));
	if (self == NULL)
		sp_abort("out of memory");
	self->writer.ops = &writer_ops;
	self->plan = *plan;
	self->arena = sp_arena_new();
	self->families = sp_arena_new_array(self->arena, struct family, plan->header->n_states);
	self->prefix = sp_key_group_prefix(plan->max_parallelism);
	self->index_bytes = clamp(INDEXES_BYTES / states, INDEX_MIN_BYTES, INDEXES_BYTES);
	self->write_bytes =
		clamp(plan->budget.memory / 8 / states, WRITE_MIN_BYTES, WRITE_MAX_BYTES);
	name_families(self);
	*ret = &self->writer;
	return 0;
}
