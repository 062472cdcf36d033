/*
 * What passes without being converted: operator state, raw operator state, raw keyed state, and the
 * records in flight of unaligned checkpoints, which any backend takes at the same parallelism.
 * Files are copied as a whole; segments of merged files become files of their own, or inline state
 * where they are small. Operator state is written anew where the release does not know its header.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "migrate-plan-internal.h"

/* the default hash function falls through its cases, which clang warns of */
#define HASH_FUNCTION(key, length, hash) HASH_FNV(key, length, hash)
#include <uthash.h>

/* Bytes of the source that are carried over: once, however many handles refer to them. */
struct sp_carried {
	char *where;
	size_t job;
	UT_hash_handle hh;
};

void sp_plan_carried_free(struct sp_planner *self)
{
	HASH_CLEAR(hh, self->files);
}

static struct sp_handle relative(struct sp_arena *arena, const char *name, uint64_t size)
{
	return (struct sp_handle){
		.code = SP_HANDLE_RELATIVE,
		.name = sp_arena_copy(arena, sp_slice_of(name)),
		.size = (int64_t)size,
	};
}

/* What of a carried stream goes into the metadata: files stay files. */
static size_t threshold(const struct sp_planner *self, const struct sp_handle *from)
{
	if (self->migration->target->inline_limit != 0)
		return SIZE_MAX;
	return from->code == SP_HANDLE_SEGMENT ? self->migration->inline_threshold : 0;
}

static int add_carried(struct sp_planner *self, const char *role, const struct sp_handle *from,
	const char *where, struct sp_carried **ret, struct sp_error *err)
{
	sp_auto(sp_file) *file = NULL;
	struct sp_carried *entry;
	struct sp_job *job;

	if (sp_source_open_handle(self->migration->source, from, &file, err) < 0 ||
		sp_check_inline_limit(self->migration->target, file->size, err) < 0)
		return err->code;
	job = sp_plan_add_job(self, SP_JOB_CARRY, role);
	job->carried = from;
	job->bytes_read = file->size;
	job->inline_threshold = threshold(self, from);
	job->data = relative(self->plan->arena, job->name, file->size);
	entry = sp_arena_alloc(self->plan->arena, 1, sizeof(*entry));
	entry->where = sp_arena_string(self->plan->arena, sp_slice_of(where));
	entry->job = self->plan->n_jobs - 1;
	HASH_ADD_KEYPTR(hh, self->files, entry->where, strlen(entry->where), entry);
	self->result->operators[self->op].bytes_carried += file->size;
	*ret = entry;
	return 0;
}

static void add_fill(struct sp_planner *self, struct sp_handle *to, size_t job)
{
	struct sp_plan *plan = self->plan;

	if (plan->n_fills == self->fill_capacity) {
		self->fill_capacity = self->fill_capacity == 0 ? 64 : self->fill_capacity * 2;
		plan->fills = reallocarray(plan->fills, self->fill_capacity, sizeof(*plan->fills));
		if (plan->fills == NULL)
			sp_abort("out of memory");
	}
	plan->fills[plan->n_fills++] = (struct sp_fill){ to, job };
	*to = plan->jobs[job].data; /* as far as it is known by now */
}

/* The file, and of a segment its place in it. */
static char *where_is(struct sp_planner *self, const struct sp_handle *from, const char *path)
{
	if (from->code != SP_HANDLE_SEGMENT)
		return sp_arena_printf(self->plan->arena, "%s", path);
	return sp_arena_printf(
		self->plan->arena, "%s\n%" PRId64 "+%" PRId64, path, from->start, from->size);
}

static int carry_file(struct sp_planner *self, const char *role, struct sp_handle *to,
	const struct sp_handle *from, struct sp_error *err)
{
	struct sp_carried *entry;
	struct sp_located at;
	const char *where;

	if (sp_source_locate(self->migration->source, from, &at, err) < 0)
		return err->code;
	where = where_is(self, from, at.path);
	sp_located_free(&at);
	HASH_FIND(hh, self->files, where, strlen(where), entry);
	if (entry == NULL && add_carried(self, role, from, where, &entry, err) < 0)
		return err->code;
	add_fill(self, to, entry->job);
	return 0;
}

/* Plans to carry what a stream handle refers to; `to` will tell where it lies. */
static int carry(struct sp_planner *self, const char *role, struct sp_handle *to,
	const struct sp_handle *from, struct sp_error *err)
{
	while (from->code == SP_HANDLE_KEY_GROUPS) /* a stream like that which it wraps */
		from = &from->key_groups->data;
	if (from->code == SP_HANDLE_NONE || from->code == SP_HANDLE_EMPTY_SEGMENT)
		return sp_fail(
			err, SP_EDAMAGED, "offset 0x%" PRIx64 ": handle without data", from->at);
	if (from->code != SP_HANDLE_BYTES)
		return carry_file(self, role, to, from, err);
	*to = *from;
	self->result->operators[self->op].bytes_carried += from->data.n;
	return sp_check_inline_limit(self->migration->target, from->data.n, err);
}

/* --- operator state ----------------------------------------------------------------------- */

/* Refuses what the release cannot read; 1: the header has to be another, 0: it may stay. */
static int check_managed(
	struct sp_planner *self, const struct sp_operator_handle *from, struct sp_error *err)
{
	sp_auto(sp_operator_reader) *reader = NULL;
	const struct sp_operator_header *header;
	struct sp_release_range range;

	if (self->migration->release == 0)
		return 0; /* a release that wrote it reads it */
	if (sp_operator_reader_open(self->migration->source, from, &reader, err) < 0)
		return err->code;
	header = sp_operator_reader_header(reader);
	if (sp_plan_check_operator_header(self, header, err) < 0)
		return err->code;
	sp_operator_header_releases(header->version, header->compressed, &range.from, &range.to);
	if (sp_release_in(range, self->plan->release))
		return 0;
	return sp_operator_reader_check(reader, err) < 0 ? err->code : 1;
}

/* Plans to write operator state anew, for the release. */
static int rewrite(struct sp_planner *self, const char *role, struct sp_operator_handle *to,
	const struct sp_operator_handle *from, struct sp_error *err)
{
	sp_auto(sp_file) *file = NULL;
	struct sp_job *job;

	if (sp_source_open_handle(self->migration->source, &from->data, &file, err) < 0)
		return err->code;
	job = sp_plan_add_job(self, SP_JOB_OPERATOR, role);
	job->state = from;
	job->written = to;
	job->bytes_read = file->size;
	job->inline_threshold = self->migration->target->inline_limit != 0
					? SIZE_MAX
					: self->migration->inline_threshold;
	to->data = relative(self->plan->arena, job->name, file->size);
	self->result->operators[self->op].bytes_carried += file->size;
	return 0;
}

static int carry_operator_handle(struct sp_planner *self, struct sp_operator_handle *to,
	const struct sp_operator_handle *from, bool managed, struct sp_error *err)
{
	const char *role = managed ? "operator" : "raw-operator";
	int r = managed ? check_managed(self, from, err) : 0;

	to->code = SP_OPERATOR_STREAM;
	if (r < 0)
		return r;
	return r > 0 ? rewrite(self, role, to, from, err)
		     : carry(self, role, &to->data, &from->data, err);
}

int sp_plan_operator_state(struct sp_planner *self, struct sp_operator_handle **handles, size_t *n,
	bool managed, struct sp_error *err)
{
	const struct sp_operator_handle *from = *handles;
	struct sp_operator_handle *to =
		sp_arena_new_array(self->plan->arena, struct sp_operator_handle, *n);
	size_t kept = 0;

	for (size_t i = 0; i < *n; i++) {
		if (sp_operator_handle_is_empty(&from[i]))
			continue;
		to[kept] = from[i];
		if (carry_operator_handle(self, &to[kept], &from[i], managed, err) < 0)
			return sp_within(err, "%s state", managed ? "operator" : "raw-operator");
		kept++;
	}
	*handles = to;
	*n = kept;
	return 0;
}

/* --- raw keyed state ---------------------------------------------------------------------- */

/* Raw keyed state is a stream with offsets; of the other kinds no Flink makes any. */
int sp_plan_raw_keyed(struct sp_planner *self, struct sp_keyed_handle *to, struct sp_error *err)
{
	const struct sp_keyed_handle *from = &self->from->raw_keyed;

	switch (from->code) {
	case SP_KEYED_NONE: return 0;
	case SP_KEYED_KEY_GROUPS:
	case SP_KEYED_SAVEPOINT:
	case SP_KEYED_KEY_GROUPS_V2:
		sp_keyed_handle_fit(to, self->plan->oldest);
		return sp_plan_check_raw_keyed(self, err) < 0
			       ? err->code
			       : carry(self, "raw-keyed", &to->data, &from->data, err);
	default:
		return sp_fail(err, SP_EUNSUPPORTED,
			"offset 0x%" PRIx64 ": state handle of type %d cannot be carried over",
			from->at, (int)from->code);
	}
}

/* --- records in flight -------------------------------------------------------------------- */

int sp_plan_channels(struct sp_planner *self, const char *role, struct sp_channel_handle **handles,
	size_t n, struct sp_error *err)
{
	const struct sp_channel_handle *from = *handles;
	struct sp_channel_handle *to =
		sp_arena_new_array(self->plan->arena, struct sp_channel_handle, n);

	for (size_t i = 0; i < n; i++) {
		const char *name = sp_arena_printf(self->plan->arena, "%s-%zu", role, i);

		to[i] = from[i];
		if (carry(self, name, &to[i].data, &from[i].data, err) < 0)
			return sp_within(err, "records in flight");
	}
	*handles = to;
	return 0;
}
