/* Puts another header over a stream's rows, whose states it has in the same order. */
#include "filter.h"
#include "keyed-header-write.h"

struct headed {
	struct sp_stream stream;
	struct sp_stream *in;
	struct sp_arena *arena; /* of the header */
};

static int headed_next(struct sp_stream *stream, struct sp_row *row, struct sp_error *err)
{
	struct headed *self = (struct headed *)stream;
	int r = sp_next(self->in, row, err);

	if (r > 0)
		row->state = &self->stream.header->states[row->state->id];
	return r;
}

static void headed_free(struct sp_stream *stream)
{
	struct headed *self = (struct headed *)stream;

	sp_stream_free(self->in);
	sp_arena_free(self->arena);
	free(self);
}

static const struct sp_stream_ops headed_ops = { .next = headed_next, .free = headed_free };

int sp_plain_states(struct sp_stream *in, struct sp_stream **ret, struct sp_error *err)
{
	sp_auto(sp_stream) *owned = in;
	sp_auto(sp_arena) *arena = sp_arena_new();
	const struct sp_keyed_header *header;
	struct headed *self;
	int r = sp_keyed_header_plain(in->header, arena, &header, err);

	if (r <= 0) {
		*ret = r == 0 ? sp_steal(owned) : NULL;
		return r;
	}
	self = calloc(1, sizeof(*self));
	if (self == NULL)
		sp_abort("out of memory");
	self->stream =
		(struct sp_stream){ .ops = &headed_ops, .header = header, .order = in->order };
	self->in = sp_steal(owned);
	self->arena = sp_steal(arena);
	*ret = &self->stream;
	return 0;
}
