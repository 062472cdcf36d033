/*
 * Writes a canonical copy of a snapshot in which one value is another: of the rows that have a
 * value of two bytes or more number N, or the next that can be decoded, has one bit the other way
 * round; one that counts, as bits of padding do not.
 *
 * usage: change SNAPSHOT DIRECTORY N
 *
 * Prints the operator's id and the state. Exits 3 where there are not so many rows, or where the
 * snapshot cannot be converted.
 */
#include <stdio.h>
#include <stdlib.h>

#include "formats.h"
#include "migrate.h"
#include "row-json.h"

struct changing {
	struct sp_writer writer;
	struct sp_writer *real;
	const struct sp_keyed_header *header;
	int32_t max_parallelism;
	enum sp_kryo kryo;
	struct sp_buffer value;
};

static unsigned long rows, wanted;
static struct sp_slice state; /* of the row that was changed */

static void show(const struct changing *self, const struct sp_state *of, struct sp_slice value,
	struct sp_buffer *out)
{
	struct sp_key_layout layout;
	struct sp_error err;

	out->n = 0;
	if (sp_key_layout(self->header, of, self->max_parallelism, self->kryo, &layout, &err) == 0)
		sp_row_value_json(&layout, of, value, out);
}

/* Changes the last byte of the value that counts. */
static bool change_value(struct changing *self, const struct sp_row *row)
{
	sp_auto_buffer before = { 0 };
	sp_auto_buffer after = { 0 };

	self->value.n = 0;
	sp_buffer_bytes(&self->value, row->value);
	show(self, row->state, row->value, &before);
	for (size_t i = row->value.n; i-- > 1;) {
		self->value.p[i] ^= 1;
		show(self, row->state, sp_buffer_slice(&self->value), &after);
		if (!sp_slice_equal(sp_buffer_slice(&before), sp_buffer_slice(&after)))
			return true;
		self->value.p[i] ^= 1;
	}
	return false;
}

static int put(struct sp_writer *writer, const struct sp_row *row, struct sp_error *err)
{
	struct changing *self = (struct changing *)writer;
	struct sp_row changed = *row;

	if (state.p != NULL || row->value.n < 2 || rows++ < wanted || !change_value(self, row))
		return sp_put(self->real, row, err);
	changed.value = sp_buffer_slice(&self->value);
	printf("%.*s\n", (int)row->state->name.n, row->state->name.p);
	state = row->state->name;
	return sp_put(self->real, &changed, err);
}

static int finish(struct sp_writer *writer, struct sp_arena *arena, struct sp_keyed_handle *ret,
	struct sp_error *err)
{
	struct sp_writer *real = ((struct changing *)writer)->real;

	return real->ops->finish(real, arena, ret, err);
}

static void free_writer(struct sp_writer *writer)
{
	struct changing *self = (struct changing *)writer;

	sp_writer_free(self->real);
	sp_buffer_free(&self->value);
	free(self);
}

static const struct sp_writer_ops ops = { .put = put, .finish = finish, .free = free_writer };

static int create(const struct sp_writer_plan *plan, struct sp_writer **ret, struct sp_error *err)
{
	struct changing *self = calloc(1, sizeof(*self));

	if (self == NULL)
		sp_abort("out of memory");
	self->writer.ops = &ops;
	self->header = plan->header;
	self->max_parallelism = plan->max_parallelism;
	self->kryo = plan->kryo;
	*ret = &self->writer;
	return sp_canonical.create(plan, &self->real, err);
}

static int change(const char *from, const char *to, struct sp_error *err)
{
	sp_auto(sp_source) *source = NULL;
	sp_auto(sp_store) *store = sp_store_file_new();
	struct sp_format format = sp_canonical;
	struct sp_counters counters = { 0 };
	struct sp_migration_result result;
	struct sp_migration migration = {
		.target = &format,
		.store = store,
		.directory = to,
		.jobs = 1,
		.memory = 64 << 20,
		.tmpdir = "/tmp",
		.inline_threshold = SP_INLINE_THRESHOLD,
		.counters = &counters,
	};
	int r;

	format.create = create;
	format.passes_whole = false;
	if (sp_source_open(from, &source, err) < 0)
		return err->code;
	migration.source = source;
	r = sp_migrate(&migration, &result, err);
	sp_migration_result_free(&result);
	return r;
}

int main(int argc, char **argv)
{
	struct sp_error err;

	if (argc != 4)
		return 2;
	wanted = strtoul(argv[3], NULL, 10);
	if (change(argv[1], argv[2], &err) < 0) {
		fprintf(stderr, "change: %s\n", err.message);
		return sp_exit_status(err.code);
	}
	return state.p == NULL ? 3 : 0;
}
