#include "digest.h"

#include <stdlib.h>
#include <unistd.h>

#include "row-key.h"
#include "scan.h"

/* Thousands of databases are laid out: in memory, where it can be had. */
const char *digest_scratch(void)
{
	const char *tmp = getenv("TMPDIR");

	return tmp != NULL ? tmp : access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
}

static uint64_t hash(uint64_t h, struct sp_slice bytes)
{
	for (size_t i = 0; i < bytes.n; i++)
		h = (h ^ bytes.p[i]) * 0x100000001b3U;
	return (h ^ bytes.n) * 0x9e3779b97f4a7c15U;
}

struct part {
	struct digest *all, mine;
	uint64_t place;
	const struct sp_scan_part *of;
	const struct sp_keyed_header *header;
};

static int begin(const struct sp_scan_part *part, void *arg, void **ret, struct sp_error *err)
{
	struct part *self = calloc(1, sizeof(*self));

	(void)err;
	if (self == NULL)
		sp_abort("out of memory");
	self->all = arg;
	self->of = part;
	self->place = part->op * 1000 + (uint64_t)part->place.subtask->index;
	*ret = self;
	return 0;
}

static int take_header(void *object, const struct sp_stream *stream, struct sp_error *err)
{
	(void)err;
	((struct part *)object)->header = stream->header;
	return 0;
}

/* The key of the row; all of what is in front of the value where it cannot be told. */
static struct sp_slice key_of(const struct part *self, const struct sp_row *row)
{
	struct sp_key_layout layout;
	struct sp_key_parts parts;
	struct sp_error err;

	if (sp_key_layout(self->header, row->state, self->of->place.op->max_parallelism,
		    self->of->kryo, &layout, &err) < 0 ||
		sp_key_split(&layout, row->key, &parts, &err) < 0)
		return row->key;
	return parts.key;
}

static int take_row(void *object, const struct sp_row *row, struct sp_error *err)
{
	struct part *self = object;
	uint64_t h = hash(self->place, row->state->name);
	uint64_t key;

	(void)err;
	key = hash(self->place, key_of(self, row)) >> 32 & (KEY_BITS - 1);
	self->mine.keys[key / 8] |= (uint8_t)(1U << key % 8);
	h = hash(h, row->key);
	self->mine.names += h;
	self->mine.rows += hash(h, row->value);
	return 0;
}

static int end(void *object, int r, struct sp_error *err)
{
	struct part *self = object;

	(void)err;
	for (size_t i = 0; i < sizeof(self->mine.keys); i++)
		self->all->keys[i] |= self->mine.keys[i];
	self->all->names += self->mine.names;
	self->all->rows += self->mine.rows;
	free(self);
	return r;
}

static const struct sp_scan_ops digest_ops = {
	.begin = begin,
	.header = take_header,
	.row = take_row,
	.end = end,
};

int digest_of(struct sp_source *source, struct digest *ret)
{
	struct sp_counters counters = { 0 };
	const struct sp_scan scan = { .source = source,
		.jobs = 1,
		.memory = DIGEST_MEMORY,
		.tmpdir = digest_scratch(),
		.counters = &counters,
		.ops = &digest_ops,
		.arg = ret };
	struct sp_error err;

	*ret = (struct digest){ 0 };
	return sp_scan_run(&scan, &err);
}
