/*
 * Who gets what, for each state (RoundRobinOperatorStateRepartitioner of all releases). The
 * elements of all old subtasks, one after the other, are cut into N pieces, of which the first
 * (total mod N) have one element more:
 *
 *	SPLIT      piece 0 goes to subtask `first`, the next to the one behind it, and so on around;
 *	           the next state's `first` is behind the last subtask that got one more
 *	UNION      piece 0 goes to subtask 0: together they are the list as it was
 *	BROADCAST  subtask i gets the copy of holder (i mod holders), whole
 *
 * Flink takes the states in the order of a hash map; here it is that of the header. All that has
 * to be known are numbers of elements, which metadata has: the streams are opened one at a time.
 */
#include "operator-scale.h"

#include <inttypes.h>
#include <stdlib.h>

#include "interrupt.h"

/* A stream of an old subtask. */
struct stream {
	const struct sp_operator_handle *handle;
	int32_t subtask;
	const struct sp_operator_header *header; /* NULL: raw state */
};

/* What one stream has of one state. */
struct part {
	const struct sp_operator_state *listed;
	const struct stream *in;
	uint64_t bytes;
	uint64_t before; /* elements in the streams before; of broadcast states copies */
	uint64_t n;      /* elements here; of broadcast states one copy */
};

struct share {
	struct part *parts;
	size_t n_parts;
	uint64_t total;
	int32_t first; /* subtask that gets the first piece */
};

struct sp_operator_scale {
	struct sp_operator_scale_plan plan;
	struct sp_arena *arena;
	struct stream *streams;
	size_t n_streams;
	struct part *parts; /* of all streams, by name and stream */
	size_t n_parts;
	struct sp_operator_header *states; /* of raw state, no more than their names and modes */
	struct share *shares;              /* of each of the states */
	uint64_t total;                    /* of all of them */
};

static int within_stream(const struct stream *in, struct sp_error *err)
{
	return sp_within(err, "old subtask %" PRId32, in->subtask);
}

/* --- the streams -------------------------------------------------------------------------- */

static int by_index(const void *a, const void *b)
{
	const struct sp_subtask *x = *(const struct sp_subtask *const *)a;
	const struct sp_subtask *y = *(const struct sp_subtask *const *)b;

	return (x->index > y->index) - (x->index < y->index);
}

static const struct sp_subtask **sorted_subtasks(
	const struct sp_operator *op, struct sp_arena *arena)
{
	const struct sp_subtask **sorted =
		sp_arena_new_array(arena, const struct sp_subtask *, op->n_subtasks);

	for (size_t i = 0; i < op->n_subtasks; i++)
		sorted[i] = &op->subtasks[i];
	qsort(sorted, op->n_subtasks, sizeof(*sorted), by_index);
	return sorted;
}

static size_t handles_of(
	const struct sp_subtask *subtask, bool managed, const struct sp_operator_handle **ret)
{
	*ret = managed ? subtask->managed_operator : subtask->raw_operator;
	return managed ? subtask->n_managed_operator : subtask->n_raw_operator;
}

/* A subtask may have several, none of them better than the others: Flink takes all. */
static void find_streams(struct sp_operator_scale *self)
{
	const struct sp_operator *op = self->plan.op;
	const struct sp_subtask **subtasks = sorted_subtasks(op, self->arena);
	const struct sp_operator_handle *handles;
	size_t n = 0;

	for (size_t i = 0; i < op->n_subtasks; i++)
		n += handles_of(subtasks[i], self->plan.managed, &handles);
	self->streams = sp_arena_new_array(self->arena, struct stream, n);
	for (size_t i = 0; i < op->n_subtasks; i++) {
		n = handles_of(subtasks[i], self->plan.managed, &handles);
		for (size_t j = 0; j < n; j++)
			if (!sp_operator_handle_is_empty(&handles[j]))
				self->streams[self->n_streams++] =
					(struct stream){ .handle = &handles[j],
						.subtask = subtasks[i]->index };
	}
}

/* Gives the stream its header, once for all that have the same; `known` are those up to now. */
static int know_header(struct sp_operator_scale *self, struct stream *stream,
	const struct sp_operator_header *own, const struct sp_operator_header **known, size_t *n,
	struct sp_error *err)
{
	for (size_t i = *n; i-- > 0;) {
		if (!sp_slice_equal(known[i]->bytes, own->bytes))
			continue;
		stream->header = known[i];
		return 0;
	}
	if (sp_operator_header_read(own->bytes, 0, self->arena, &stream->header, err) < 0)
		return err->code;
	known[(*n)++] = stream->header;
	return 0;
}

static void add_parts(struct sp_operator_scale *self, const struct stream *in,
	const struct sp_operator_reader *reader)
{
	for (size_t i = 0; i < in->handle->n_states; i++) {
		struct part *part = &self->parts[self->n_parts++];

		part->in = in;
		part->listed = sp_operator_reader_listed(reader, i, &part->bytes);
		part->n = part->listed->n_offsets;
	}
}

static int look_into(struct sp_operator_scale *self, struct stream *stream,
	const struct sp_operator_header **known, size_t *n, struct sp_error *err)
{
	struct sp_source *source = self->plan.source;
	sp_auto(sp_operator_reader) *reader = NULL;
	const struct sp_operator_header *own;

	if (sp_interrupt_check(err) < 0)
		return err->code;
	if (self->plan.managed
			? sp_operator_reader_open(source, stream->handle, &reader, err) < 0
			: sp_operator_reader_reopen(source, stream->handle, NULL, &reader, err) < 0)
		return err->code;
	if (sp_operator_reader_check(reader, err) < 0)
		return err->code;
	own = sp_operator_reader_header(reader);
	add_parts(self, stream, reader);
	return own == NULL ? 0 : know_header(self, stream, own, known, n, err);
}

static int by_name(const void *a, const void *b)
{
	const struct part *x = a, *y = b;
	int r = sp_slice_compare(x->listed->name, y->listed->name);

	if (r != 0)
		return r;
	if (x->in != y->in)
		return x->in < y->in ? -1 : 1;
	return (x->listed > y->listed) - (x->listed < y->listed);
}

/* Opens each stream once. The headers that differ are `known` then. */
static int look_into_all(struct sp_operator_scale *self, const struct sp_operator_header **known,
	size_t *n, struct sp_error *err)
{
	size_t parts = 0;

	for (size_t i = 0; i < self->n_streams; i++)
		parts += self->streams[i].handle->n_states;
	self->parts = sp_arena_new_array(self->arena, struct part, parts);
	for (size_t i = 0; i < self->n_streams; i++)
		if (look_into(self, &self->streams[i], known, n, err) < 0)
			return within_stream(&self->streams[i], err);
	qsort(self->parts, self->n_parts, sizeof(*self->parts), by_name);
	return 0;
}

/* --- the states --------------------------------------------------------------------------- */

/* Raw state has no header; Flink lists it by one name, "_default_". */
static void name_raw_states(struct sp_operator_scale *self)
{
	struct sp_operator_header *to = self->states;

	to->states = sp_arena_new_array(self->arena, struct sp_state, self->n_parts);
	to->modes = sp_arena_new_array(self->arena, enum sp_mode, self->n_parts);
	for (size_t i = 0; i < self->n_parts; i++) {
		struct sp_slice name = self->parts[i].listed->name;

		if (i > 0 && sp_slice_equal(name, self->parts[i - 1].listed->name))
			continue;
		to->modes[to->n_states] = SP_MODE_SPLIT_DISTRIBUTE;
		to->states[to->n_states++].name = name;
	}
	to->n_lists = to->n_states;
}

static int find_states(struct sp_operator_scale *self, struct sp_error *err)
{
	const struct sp_operator_header **known =
		sp_arena_new_array(self->arena, const struct sp_operator_header *, self->n_streams);
	const struct sp_operator_header *united;
	size_t n = 0;

	if (look_into_all(self, known, &n, err) < 0)
		return err->code;
	self->states = sp_arena_new_array(self->arena, struct sp_operator_header, 1);
	if (!self->plan.managed) {
		name_raw_states(self);
		return 0;
	}
	if (sp_operator_headers_unite(known, n, self->arena, &united, err) < 0)
		return err->code;
	*self->states = *united;
	return 0;
}

/* --- shares ------------------------------------------------------------------------------- */

static int fail_listed(const struct sp_operator_scale *self, const struct part *part,
	const char *what, struct sp_error *err)
{
	sp_auto_buffer name = { 0 };

	sp_mutf8_to_utf8(part->listed->name, &name);
	sp_fail(err, SP_EDAMAGED, "%s: offset 0x%" PRIx64 ": state '%.*s' %s",
		self->plan.source->metadata_path, part->in->handle->at, (int)name.n,
		(const char *)name.p, what);
	return within_stream(part->in, err);
}

/* The first part whose name is not less. */
static size_t find_name(const struct sp_operator_scale *self, struct sp_slice name)
{
	size_t low = 0, high = self->n_parts;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (sp_slice_compare(self->parts[middle].listed->name, name) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* The parts of a state: none where no handle lists it, so that Flink has none of it. */
static int find_parts(
	struct sp_operator_scale *self, size_t state, struct share *share, struct sp_error *err)
{
	struct sp_slice name = self->states->states[state].name;
	enum sp_mode mode = self->states->modes[state];
	size_t at = find_name(self, name);

	*share = (struct share){ .parts = &self->parts[at] };
	for (; at < self->n_parts && sp_slice_equal(self->parts[at].listed->name, name); at++) {
		struct part *part = &self->parts[at];

		if (share->n_parts > 0 && part[-1].in == part->in)
			return fail_listed(self, part, "is listed twice", err);
		if (part->listed->mode != mode)
			return fail_listed(self, part,
				"is listed with another mode of distribution than it has", err);
		if (mode == SP_MODE_BROADCAST && part->n > 1)
			part->n = 1; /* Flink looks at the first offset only */
		part->before = share->total;
		share->total += part->n;
		share->n_parts++;
	}
	return 0;
}

/* Shares out the states that are listed, and keeps no others. */
static int share_out(struct sp_operator_scale *self, struct sp_error *err)
{
	struct sp_operator_header *states = self->states;
	uint64_t n = (uint64_t)self->plan.parallelism;
	uint64_t first = 0;
	size_t lists = 0;
	size_t kept = 0;

	self->shares = sp_arena_new_array(self->arena, struct share, states->n_states);
	for (size_t i = 0; i < states->n_states; i++) {
		struct share *share = &self->shares[kept];

		if (find_parts(self, i, share, err) < 0)
			return err->code;
		if (share->n_parts == 0)
			continue;
		if (states->modes[i] == SP_MODE_SPLIT_DISTRIBUTE) {
			share->first = (int32_t)first;
			first = (first + share->total) % n;
		}
		self->total += share->total;
		lists += i < states->n_lists;
		states->modes[kept] = states->modes[i];
		states->states[kept++] = states->states[i];
	}
	states->n_states = kept;
	states->n_lists = lists;
	return 0;
}

int sp_operator_scale_new(const struct sp_operator_scale_plan *plan, struct sp_operator_scale **ret,
	struct sp_error *err)
{
	sp_auto(sp_operator_scale) *self = calloc(1, sizeof(*self));

	if (self == NULL)
		sp_abort("out of memory");
	self->plan = *plan;
	self->arena = sp_arena_new();
	find_streams(self);
	if (self->n_streams == 0)
		return 0;
	if (find_states(self, err) < 0 || share_out(self, err) < 0)
		return err->code;
	*ret = sp_steal(self);
	return 1;
}

void sp_operator_scale_free(struct sp_operator_scale *self)
{
	if (self == NULL)
		return;
	sp_arena_free(self->arena);
	free(self);
}

const struct sp_operator_header *sp_operator_scale_header(const struct sp_operator_scale *self)
{
	return self->plan.managed ? self->states : NULL;
}

/* --- what a new subtask gets -------------------------------------------------------------- */

/* Elements, or copies, of a state. */
struct range {
	uint64_t from, n;
};

static struct range range_of(const struct sp_operator_scale *self, size_t state, int32_t index)
{
	const struct share *share = &self->shares[state];
	uint64_t n = (uint64_t)self->plan.parallelism;
	uint64_t least = share->total / n;
	uint64_t more = share->total % n; /* so many pieces have one element more */
	uint64_t piece = ((uint64_t)index + n - (uint64_t)share->first) % n;

	if (share->total == 0)
		return (struct range){ 0, 0 };
	if (self->states->modes[state] == SP_MODE_BROADCAST)
		return (struct range){ (uint64_t)index % share->total, 1 };
	return (struct range){ piece * least + (piece < more ? piece : more),
		least + (piece < more) };
}

/* The part that has element number `element` of the state. */
static const struct part *find_part(const struct share *share, uint64_t element)
{
	size_t low = 0, high = share->n_parts;

	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;

		if (share->parts[middle].before <= element)
			low = middle;
		else
			high = middle;
	}
	return &share->parts[low];
}

/* Cuts off what the range has of its first part, and tells how many elements of it it passes. */
static const struct part *next_part(
	const struct share *share, struct range *range, struct range *ret)
{
	const struct part *part = find_part(share, range->from);
	uint64_t skip = range->from - part->before;

	*ret = (struct range){ skip, part->n - skip < range->n ? part->n - skip : range->n };
	range->from += ret->n;
	range->n -= ret->n;
	return part;
}

bool sp_operator_scale_has(const struct sp_operator_scale *self, int32_t index, uint64_t *bytes)
{
	uint64_t elements = 0;

	*bytes = 0;
	for (size_t i = 0; i < self->states->n_states; i++) {
		struct range range = range_of(self, i, index);
		struct range in;

		elements += range.n;
		*bytes += self->states->states[i].bytes.n;
		while (range.n > 0) {
			const struct part *part = next_part(&self->shares[i], &range, &in);

			*bytes += (uint64_t)((double)part->bytes * (double)in.n / (double)part->n);
		}
	}
	/* what was declared stays so, though nothing was ever put into it */
	return elements > 0 || (index == 0 && self->plan.managed && self->total == 0);
}

/* --- writing ------------------------------------------------------------------------------ */

struct output {
	const struct sp_operator_scale *scale;
	struct sp_operator_writer *writer;
	const struct stream *in; /* that `reader` is open at; NULL: none */
	struct sp_operator_reader *reader;
};

static int turn_to(struct output *self, const struct stream *in, struct sp_error *err)
{
	if (self->in == in)
		return 0;
	sp_operator_reader_free(self->reader);
	self->reader = NULL;
	self->in = NULL;
	if (sp_operator_reader_reopen(
		    self->scale->plan.source, in->handle, in->header, &self->reader, err) < 0)
		return err->code;
	self->in = in;
	return 0;
}

static int copy_part(struct output *self, size_t state, const struct part *part, struct range range,
	struct sp_error *err)
{
	if (turn_to(self, part->in, err) < 0)
		return err->code;
	sp_operator_reader_select(self->reader, self->scale->states->states[state].name);
	sp_operator_reader_skip(self->reader, range.from);
	return sp_operator_writer_copy(self->writer, state, self->reader, range.n, err);
}

static int copy_all(struct output *self, int32_t index, struct sp_error *err)
{
	const struct sp_operator_scale *scale = self->scale;

	for (size_t i = 0; i < scale->states->n_states; i++) {
		struct range range = range_of(scale, i, index);
		struct range in;

		while (range.n > 0) {
			const struct part *part = next_part(&scale->shares[i], &range, &in);

			if (copy_part(self, i, part, in, err) < 0)
				return within_stream(part->in, err);
		}
	}
	return 0;
}

int sp_operator_scale_write(const struct sp_operator_scale *self, int32_t index,
	struct sp_outlet *outlet, sp_release release, struct sp_arena *arena,
	struct sp_operator_handle *ret, struct sp_error *err)
{
	sp_auto(sp_operator_writer) *writer = NULL;
	struct output output = { .scale = self };
	int r;

	if (!self->plan.managed)
		writer = sp_operator_writer_raw(outlet, self->states);
	else if (sp_operator_writer_new(outlet, self->states, release, &writer, err) < 0)
		return err->code;
	output.writer = writer;
	r = copy_all(&output, index, err);
	sp_operator_reader_free(output.reader);
	return r < 0 ? r : sp_operator_writer_finish(writer, arena, ret, err);
}
