/* Puts another header over a stream's rows. */
#include "filter.h"
#include "keyed-header-write.h"
#include "state-set.h"

struct headed {
	struct sp_stream stream;
	struct sp_stream *in;
	struct sp_arena *arena;         /* of what is below, and of a header of our own */
	const struct sp_state **states; /* of the header, by id in `in` */
};

static int headed_next(struct sp_stream *stream, struct sp_row *row, struct sp_error *err)
{
	struct headed *self = (struct headed *)stream;
	int r = sp_next(self->in, row, err);

	if (r > 0)
		row->state = self->states[row->state->id];
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

/* The state that `from` is in the header: mostly it stands in the same place. */
static const struct sp_state *find_state(
	const struct sp_keyed_header *header, const struct sp_state *from)
{
	const bool queue = sp_is_queue(from);

	if (from->id < header->n_states &&
		sp_state_find(&header->states[from->id], 1, from->name, queue) != NULL)
		return &header->states[from->id];
	return sp_state_find(header->states, header->n_states, from->name, queue);
}

static int find_states(struct headed *self, struct sp_error *err)
{
	const struct sp_keyed_header *from = self->in->header;

	self->states = sp_arena_new_array(self->arena, const struct sp_state *, from->n_states);
	for (size_t i = 0; i < from->n_states; i++) {
		self->states[i] = find_state(self->stream.header, &from->states[i]);
		if (self->states[i] == NULL)
			return sp_fail(err, SP_EUNSUPPORTED,
				"state '%.*s' is none of those that are expected",
				(int)from->states[i].name.n, from->states[i].name.p);
	}
	return 0;
}

/* Takes the stream and the arena. */
static int put_header(struct sp_stream *in, const struct sp_keyed_header *header,
	struct sp_arena *arena, struct sp_stream **ret, struct sp_error *err)
{
	struct headed *self = calloc(1, sizeof(*self));
	sp_auto(sp_stream) *stream = NULL;

	if (self == NULL)
		sp_abort("out of memory");
	self->stream =
		(struct sp_stream){ .ops = &headed_ops, .header = header, .order = in->order };
	stream = &self->stream;
	self->in = in;
	self->arena = arena;
	if (find_states(self, err) < 0)
		return err->code;
	*ret = sp_steal(stream);
	return 0;
}

int sp_under_header(struct sp_stream *in, const struct sp_keyed_header *header,
	struct sp_stream **ret, struct sp_error *err)
{
	if (in->header != header)
		return put_header(in, header, sp_arena_new(), ret, err);
	*ret = in;
	return 0;
}

int sp_plain_states(struct sp_stream *in, struct sp_stream **ret, struct sp_error *err)
{
	sp_auto(sp_stream) *owned = in;
	sp_auto(sp_arena) *arena = sp_arena_new();
	const struct sp_keyed_header *header;
	int r = sp_keyed_header_plain(in->header, arena, &header, err);

	if (r < 0)
		return r;
	if (r > 0)
		return put_header(sp_steal(owned), header, sp_steal(arena), ret, err);
	*ret = sp_steal(owned);
	return 0;
}
