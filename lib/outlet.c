#include "outlet.h"

struct sp_outlet {
	struct sp_tree *tree;
	const char *name;
	size_t inline_threshold;
	uint64_t size;
	struct sp_buffer held; /* until there is a file */
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

int sp_outlet_write(struct sp_outlet *self, struct sp_slice bytes, struct sp_error *err)
{
	self->size += bytes.n;
	if (self->sink == NULL && self->size <= self->inline_threshold) {
		sp_buffer_bytes(&self->held, bytes);
		return 0;
	}
	if (self->sink == NULL) {
		if (sp_tree_create(self->tree, self->name, &self->sink, err) < 0 ||
			sp_sink_write(self->sink, sp_buffer_slice(&self->held), err) < 0)
			return err->code;
		sp_buffer_free(&self->held);
	}
	return sp_sink_write(self->sink, bytes, err);
}

uint64_t sp_outlet_size(const struct sp_outlet *self)
{
	return self->size;
}

int sp_outlet_finish(
	struct sp_outlet *self, struct sp_arena *arena, struct sp_handle *ret, struct sp_error *err)
{
	*ret = (struct sp_handle){
		.code = self->sink == NULL ? SP_HANDLE_BYTES : SP_HANDLE_RELATIVE,
		.name = sp_arena_copy(arena, sp_slice_of(self->name)),
		.size = (int64_t)self->size,
	};
	if (self->sink != NULL)
		return sp_sink_finish(self->sink, err);
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
