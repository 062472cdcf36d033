#include "outlet.h"

#define BLOCK ((size_t)64 * 1024) /* fewer bytes at a time are gathered up to as many */

struct sp_outlet {
	struct sp_tree *tree;
	const char *name;
	size_t inline_threshold;
	uint64_t size;
	struct sp_buffer held; /* not yet in the file */
	struct sp_sink *sink;
};

struct sp_outlet *sp_outlet_new(struct sp_tree *tree, const char *name, size_t inline_threshold)
{
	struct sp_outlet *self = calloc(1, sizeof(*self));

	if (self == NULL)
		sp_abort("out of memory");
	self->tree = tree;
	self->name = name;
	self->inline_threshold = inline_threshold;
	return self;
}

static bool is_inline(const struct sp_outlet *self)
{
	return self->size <= self->inline_threshold;
}

/* Counts n bytes that come. From the first on that is too much to be inline there is a file. */
static int make_room(struct sp_outlet *self, uint64_t n, struct sp_error *err)
{
	self->size += n;
	if (is_inline(self) || self->sink != NULL)
		return 0;
	return sp_tree_create(self->tree, self->name, &self->sink, err);
}

static int write_held(struct sp_outlet *self, struct sp_error *err)
{
	struct sp_slice held = sp_buffer_slice(&self->held);

	self->held.n = 0;
	return held.n == 0 ? 0 : sp_sink_write(self->sink, held, err);
}

int sp_outlet_write(struct sp_outlet *self, struct sp_slice bytes, struct sp_error *err)
{
	if (make_room(self, bytes.n, err) < 0)
		return err->code;
	if (is_inline(self) || self->held.n + bytes.n < BLOCK) {
		sp_buffer_bytes(&self->held, bytes);
		return 0;
	}
	return write_held(self, err) < 0 ? err->code : sp_sink_write(self->sink, bytes, err);
}

int sp_outlet_copy(struct sp_outlet *self, struct sp_file *file, uint64_t offset, uint64_t n,
	struct sp_error *err)
{
	if (make_room(self, n, err) < 0)
		return err->code;
	if (is_inline(self))
		return sp_file_append(file, offset, (size_t)n, &self->held, err);
	return write_held(self, err) < 0 ? err->code
					 : sp_sink_copy(self->sink, file, offset, n, err);
}

uint64_t sp_outlet_size(const struct sp_outlet *self)
{
	return self->size;
}

int sp_outlet_finish(
	struct sp_outlet *self, struct sp_arena *arena, struct sp_handle *ret, struct sp_error *err)
{
	*ret = (struct sp_handle){
		.code = is_inline(self) ? SP_HANDLE_BYTES : SP_HANDLE_RELATIVE,
		.name = sp_arena_copy(arena, sp_slice_of(self->name)),
		.size = (int64_t)self->size,
	};
	if (!is_inline(self))
		return write_held(self, err) < 0 ? err->code : sp_sink_finish(self->sink, err);
	ret->data = sp_arena_copy(arena, sp_buffer_slice(&self->held));
	return 0;
}

void sp_outlet_free(struct sp_outlet *self)
{
	if (self == NULL)
		return;
	sp_sink_free(self->sink);
	sp_buffer_free(&self->held);
	free(self);
}
