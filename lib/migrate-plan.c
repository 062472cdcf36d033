#include "migrate-plan.h"

#include <inttypes.h>
#include <stdlib.h>

#include "interrupt.h"

/* the default hash function falls through its cases, which clang warns of */
#define HASH_FUNCTION(key, length, hash) HASH_FNV(key, length, hash)
#include <uthash.h>

#define VERSION_MIN 3 /* lowest metadata version written: relative paths (1.11) */

/* A source file that is carried over: once, however many handles refer to it. */
struct carried {
	char *path;
	const char *name; /* in the result */
	UT_hash_handle hh;
};

struct planner {
	const struct sp_migration *migration;
	struct sp_migration_result *result;
	struct sp_plan *plan;
	struct carried *files;
	size_t capacity; /* of plan->jobs */
	size_t op;       /* number of the operator at hand */
	const struct sp_operator *from_op;
	const char *label; /* of it */
	const struct sp_subtask *from;
};

void sp_plan_free(struct sp_plan *plan)
{
	if (plan == NULL)
		return;
	for (size_t i = 0; i < plan->n_jobs; i++)
		sp_arena_free(plan->jobs[i].arena);
	free(plan->jobs);
	sp_arena_free(plan->arena);
	free(plan);
}

static struct sp_job *add_job(struct planner *self, const char *role)
{
	struct sp_plan *plan = self->plan;
	struct sp_job *job;
	char id[33];

	if (plan->n_jobs == self->capacity) {
		self->capacity = self->capacity == 0 ? 64 : self->capacity * 2;
		plan->jobs = reallocarray(plan->jobs, self->capacity, sizeof(*plan->jobs));
		if (plan->jobs == NULL)
			sp_abort("out of memory");
	}
	job = &plan->jobs[plan->n_jobs++];
	sp_operator_id_text(self->from_op->id, id);
	*job = (struct sp_job){
		.place = { .source = self->migration->source,
			.op = self->from_op,
			.subtask = self->from },
		.op = self->op,
		.label = self->label,
		.name = sp_arena_printf(
			plan->arena, "%s-%" PRId32 "-%s", id, self->from->index, role),
	};
	return job;
}

/* --- refusals ------------------------------------------------------------------------------ */

static int refuse(const struct planner *self, const char *what, struct sp_error *err)
{
	return sp_fail(err, SP_EUNSUPPORTED, "%s cannot be converted to %s", what,
		self->migration->target->name);
}

static int refuse_merged(const struct planner *self, struct sp_error *err)
{
	refuse(self, "state in merged files (checkpoint file merging)", err);
	return sp_hint(err, "take a savepoint of the job: its files are not merged");
}

static bool has_legacy_state(const struct sp_subtask *subtask)
{
	for (size_t i = 0; i < subtask->n_legacy; i++)
		if (subtask->legacy[i].code != SP_HANDLE_NONE)
			return true;
	return false;
}

static int check_subtask(const struct planner *self, struct sp_error *err)
{
	if (self->from->n_input_channels != 0 || self->from->n_result_subpartitions != 0) {
		refuse(self, "records in flight (an unaligned checkpoint)", err);
		return sp_hint(err, "take an aligned checkpoint or a savepoint of the job");
	}
	if (has_legacy_state(self->from))
		return refuse(self, "state of a Flink 1.1 job", err);
	return 0;
}

static int by_id(const void *a, const void *b)
{
	const struct sp_operator *x = *(const struct sp_operator *const *)a;
	const struct sp_operator *y = *(const struct sp_operator *const *)b;

	return memcmp(x->id, y->id, sizeof(x->id));
}

/* Flink lets the last of several operators with one id win; that is never what was meant. */
static int check_duplicate_operators(const struct sp_snapshot *snapshot, struct sp_error *err)
{
	const struct sp_operator **sorted = calloc(snapshot->n_operators + 1, sizeof(*sorted));
	char label[256];
	int r = 0;

	if (sorted == NULL)
		sp_abort("out of memory");
	for (size_t i = 0; i < snapshot->n_operators; i++)
		sorted[i] = &snapshot->operators[i];
	qsort(sorted, snapshot->n_operators, sizeof(*sorted), by_id);
	for (size_t i = 1; i < snapshot->n_operators && r == 0; i++)
		if (by_id(&sorted[i - 1], &sorted[i]) == 0)
			r = sp_fail(err, SP_EDAMAGED, "offset 0x%" PRIx64 ": %s stands there twice",
				sorted[i]->at, sp_operator_label(sorted[i], label, sizeof(label)));
	free(sorted);
	return r;
}

static int by_index(const void *a, const void *b)
{
	const struct sp_subtask *x = *(const struct sp_subtask *const *)a;
	const struct sp_subtask *y = *(const struct sp_subtask *const *)b;

	return (x->index > y->index) - (x->index < y->index);
}

static int check_duplicate_subtasks(const struct sp_operator *op, struct sp_error *err)
{
	const struct sp_subtask **sorted = calloc(op->n_subtasks + 1, sizeof(*sorted));
	int r = 0;

	if (sorted == NULL)
		sp_abort("out of memory");
	for (size_t i = 0; i < op->n_subtasks; i++)
		sorted[i] = &op->subtasks[i];
	qsort(sorted, op->n_subtasks, sizeof(*sorted), by_index);
	for (size_t i = 1; i < op->n_subtasks && r == 0; i++)
		if (by_index(&sorted[i - 1], &sorted[i]) == 0)
			r = sp_fail(err, SP_EDAMAGED,
				"offset 0x%" PRIx64 ": subtask %" PRId32 " stands there twice",
				sorted[i]->at, sorted[i]->index);
	free(sorted);
	return r;
}

/* --- state that is carried over -------------------------------------------------------------- */

static bool is_merged(const struct sp_handle *handle)
{
	return handle->code == SP_HANDLE_SEGMENT || handle->code == SP_HANDLE_EMPTY_SEGMENT;
}

static void rewrite(struct planner *self, struct sp_handle *to, const char *name, uint64_t size)
{
	*to = (struct sp_handle){
		.code = SP_HANDLE_RELATIVE,
		.name = sp_arena_copy(self->plan->arena, sp_slice_of(name)),
		.size = (int64_t)size,
	};
}

static int add_carried(struct planner *self, const char *role, const struct sp_handle *from,
	const struct sp_located *at, struct carried **ret, struct sp_error *err)
{
	sp_auto(sp_file) *file = NULL;
	struct carried *entry;
	struct sp_job *job;

	if (sp_source_open_handle(self->migration->source, from, &file, err) < 0)
		return err->code;
	job = add_job(self, role);
	job->carried = from;
	job->bytes_read = file->size;
	entry = sp_arena_alloc(self->plan->arena, 1, sizeof(*entry));
	entry->path = sp_arena_string(self->plan->arena, sp_slice_of(at->path));
	entry->name = job->name;
	HASH_ADD_KEYPTR(hh, self->files, entry->path, strlen(entry->path), entry);
	self->result->operators[self->op].bytes_carried += file->size;
	*ret = entry;
	return 0;
}

/* Plans to carry what a stream handle refers to; `handle` is rewritten to where it will lie. */
static int carry(struct planner *self, const char *role, struct sp_handle *handle,
	const struct sp_handle *from, struct sp_error *err)
{
	struct sp_source *source = self->migration->source;
	struct carried *entry;
	struct sp_located at;
	int r = 0;

	while (from->code == SP_HANDLE_KEY_GROUPS) /* a stream like that which it wraps */
		from = &from->key_groups->data;
	*handle = *from;
	if (is_merged(handle))
		return refuse_merged(self, err);
	if (handle->code == SP_HANDLE_NONE)
		return sp_fail(
			err, SP_EDAMAGED, "offset 0x%" PRIx64 ": handle without data", handle->at);
	if (handle->code == SP_HANDLE_BYTES) {
		self->result->operators[self->op].bytes_carried += handle->data.n;
		return 0;
	}
	if (sp_source_locate(source, from, &at, err) < 0)
		return err->code;
	HASH_FIND(hh, self->files, at.path, strlen(at.path), entry);
	if (entry == NULL)
		r = add_carried(self, role, from, &at, &entry, err);
	if (r == 0)
		rewrite(self, handle, entry->name, at.file_size);
	sp_located_free(&at);
	return r;
}

static int carry_operator_state(struct planner *self, const char *role,
	struct sp_operator_handle **handles, size_t n, struct sp_error *err)
{
	const struct sp_operator_handle *from = *handles;
	struct sp_operator_handle *to =
		sp_arena_new_array(self->plan->arena, struct sp_operator_handle, n);

	for (size_t i = 0; i < n; i++) {
		int r = 0;

		to[i] = from[i];
		if (from[i].code == SP_OPERATOR_MERGED)
			r = refuse_merged(self, err);
		else if (from[i].code != SP_OPERATOR_NONE)
			r = carry(self, role, &to[i].data, &from[i].data, err);
		if (r < 0)
			return sp_within(err, "%s state", role);
	}
	*handles = to;
	return 0;
}

/* Raw keyed state is a stream with offsets; of the other kinds no Flink makes any. */
static int carry_raw_keyed(struct planner *self, struct sp_keyed_handle *to, struct sp_error *err)
{
	const struct sp_keyed_handle *from = &self->from->raw_keyed;

	switch (from->code) {
	case SP_KEYED_NONE: return 0;
	case SP_KEYED_KEY_GROUPS:
	case SP_KEYED_SAVEPOINT:
	case SP_KEYED_KEY_GROUPS_V2: return carry(self, "raw-keyed", &to->data, &from->data, err);
	default:
		return sp_fail(err, SP_EUNSUPPORTED,
			"offset 0x%" PRIx64 ": state handle of type %d cannot be carried over",
			from->at, (int)from->code);
	}
}

/* --- keyed state ----------------------------------------------------------------------------- */

static uint64_t stored_bytes(const struct sp_keyed_handle *handle)
{
	uint64_t bytes = handle->offsets == NULL ? 0 : sp_handle_size(&handle->data);

	for (size_t i = 0; i < handle->n_shared; i++)
		bytes += sp_handle_size(&handle->shared[i].handle);
	for (size_t i = 0; i < handle->n_private; i++)
		bytes += sp_handle_size(&handle->private[i].handle);
	return bytes;
}

static bool in_merged_files(const struct sp_keyed_handle *handle)
{
	bool merged = is_merged(&handle->data);

	for (size_t i = 0; i < handle->n_shared; i++)
		merged |= is_merged(&handle->shared[i].handle);
	for (size_t i = 0; i < handle->n_private; i++)
		merged |= is_merged(&handle->private[i].handle);
	return merged;
}

/* Everything that a keyed handle refers to must be there before anything is written. */
static int check_file(
	const struct planner *self, const struct sp_handle *handle, struct sp_error *err)
{
	sp_auto(sp_file) *file = NULL;

	return sp_source_open_handle(self->migration->source, handle, &file, err);
}

static int check_files(const struct planner *self, const struct sp_local_file *files, size_t n,
	struct sp_error *err)
{
	for (size_t i = 0; i < n; i++)
		if (sp_interrupt_check(err) < 0 || check_file(self, &files[i].handle, err) < 0)
			return err->code;
	return 0;
}

/*
 * States of ForSt's asynchronous API: their lists and maps have the types of the elements, so
 * that no other backend reads them, under this header or unchanged under another.
 */
static int check_states(
	const struct planner *self, const struct sp_keyed_handle *handle, struct sp_error *err)
{
	sp_auto(sp_arena) *arena = sp_arena_new();
	const struct sp_keyed_header *header;
	int r = sp_source_read_keyed_header(self->migration->source, handle, arena, &header, err);

	for (size_t i = 0; r > 0 && i < header->n_states; i++) {
		sp_auto_buffer name = { 0 };

		if (header->states[i].kind != SP_KIND_KEY_VALUE_V2)
			continue;
		sp_mutf8_to_utf8(header->states[i].name, &name);
		sp_fail(err, SP_EUNSUPPORTED,
			"state '%.*s' is of ForSt's asynchronous state API, which only ForSt "
			"restores",
			(int)name.n, (const char *)name.p);
		return sp_hint(err, "a job with the synchronous state API has portable state");
	}
	return r < 0 ? r : 0;
}

/* Is it the layout that the user says it is? Canonical state belongs to any backend. */
static int check_from(
	const struct planner *self, const struct sp_format *reader, struct sp_error *err)
{
	const struct sp_format *from = self->migration->from;

	if (from == NULL || reader == from || strcmp(reader->name, "canonical") == 0)
		return 0;
	return sp_fail(
		err, SP_EUNSUPPORTED, "is %s, not %s", reader->description, from->description);
}

static int plan_rows(struct planner *self, struct sp_subtask *to, struct sp_error *err)
{
	const struct sp_keyed_handle *handle = &self->from->managed_keyed;
	struct sp_migration_operator *op = &self->result->operators[self->op];
	struct sp_job *job;

	if (in_merged_files(handle))
		return refuse_merged(self, err);
	job = add_job(self, "keyed");
	job->place.handle = handle;
	job->arena = sp_arena_new();
	job->keyed = &to->managed_keyed;
	job->bytes_read = stored_bytes(handle);
	if (sp_format_of(&job->place, &job->reader, err) < 0)
		return err->code;
	if (job->reader->open == NULL) {
		refuse(self, job->reader->description, err);
		return sp_hint(err, "canonical savepoints and RocksDB snapshots can be read");
	}
	if (check_from(self, job->reader, err) < 0 || sp_check_key_groups(&job->place, err) < 0 ||
		check_states(self, handle, err) < 0 || check_file(self, &handle->data, err) < 0 ||
		check_files(self, handle->shared, handle->n_shared, err) < 0 ||
		check_files(self, handle->private, handle->n_private, err) < 0)
		return err->code;
	op->from = job->reader;
	op->bytes_read += job->bytes_read;
	return 0;
}

static int plan_subtask(struct planner *self, struct sp_subtask *to, struct sp_error *err)
{
	if (sp_interrupt_check(err) < 0 || check_subtask(self, err) < 0)
		return err->code;
	to->n_legacy = 0; /* what is left are empty slots, which later versions have no room for */
	if (self->from->managed_keyed.code != SP_KEYED_NONE && plan_rows(self, to, err) < 0)
		return sp_within(err, "keyed state");
	if (carry_raw_keyed(self, &to->raw_keyed, err) < 0)
		return sp_within(err, "raw keyed state");
	if (carry_operator_state(
		    self, "operator", &to->managed_operator, to->n_managed_operator, err) < 0 ||
		carry_operator_state(
			self, "raw-operator", &to->raw_operator, to->n_raw_operator, err) < 0)
		return err->code;
	return 0;
}

static int plan_operator(struct planner *self, struct sp_operator *to, struct sp_error *err)
{
	const struct sp_operator *from = self->from_op;
	char label[256];

	self->label = sp_arena_string(
		self->plan->arena, sp_slice_of(sp_operator_label(from, label, sizeof(label))));
	self->result->operators[self->op].op = from;
	if (check_duplicate_subtasks(from, err) < 0)
		return sp_within(err, "%s", label);
	to->subtasks = sp_arena_new_array(self->plan->arena, struct sp_subtask, from->n_subtasks);
	for (size_t i = 0; i < from->n_subtasks; i++) {
		self->from = &from->subtasks[i];
		to->subtasks[i] = from->subtasks[i];
		if (plan_subtask(self, &to->subtasks[i], err) < 0)
			return sp_within(err, "%s: subtask %" PRId32, label, self->from->index);
	}
	return 0;
}

/* The result's version, and properties that call it the savepoint that it is. */
static void plan_version(struct planner *self)
{
	struct sp_snapshot *out = self->plan->out;
	sp_auto_buffer properties = { 0 };

	if (out->version < VERSION_MIN)
		out->version = VERSION_MIN;
	out->dialect = SP_DIALECT_NORMAL;
	sp_properties_write_savepoint(false, &properties);
	out->properties = (struct sp_properties){
		.bytes = sp_arena_copy(self->plan->arena, sp_buffer_slice(&properties)),
		.type = SP_TYPE_SAVEPOINT,
	};
}

static int plan_all(struct planner *self, struct sp_error *err)
{
	const struct sp_snapshot *from = self->migration->source->snapshot;
	struct sp_plan *plan = self->plan;
	uint64_t total = 0;

	if (from->version < 2)
		return refuse(self, "metadata of version 1 (Flink 1.2)", err);
	if (self->migration->target->create == NULL) {
		sp_fail(err, SP_EUNSUPPORTED, "%s cannot be written by this release",
			self->migration->target->description);
		return sp_hint(err, "canonical can: every backend restores it");
	}
	if (check_duplicate_operators(from, err) < 0)
		return err->code;
	plan->out = sp_arena_new_array(plan->arena, struct sp_snapshot, 1);
	*plan->out = *from;
	plan->out->operators =
		sp_arena_new_array(plan->arena, struct sp_operator, from->n_operators);
	for (self->op = 0; self->op < from->n_operators; self->op++) {
		self->from_op = &from->operators[self->op];
		plan->out->operators[self->op] = from->operators[self->op];
		if (plan_operator(self, &plan->out->operators[self->op], err) < 0)
			return err->code;
	}
	plan_version(self);
	for (size_t i = 0; i < plan->n_jobs; i++)
		total += plan->jobs[i].bytes_read;
	atomic_store(&self->migration->counters->total_bytes, total);
	return 0;
}

int sp_plan_make(const struct sp_migration *migration, struct sp_migration_result *result,
	struct sp_plan **ret, struct sp_error *err)
{
	sp_auto(sp_plan) *plan = calloc(1, sizeof(*plan));
	struct planner self = { .migration = migration, .result = result, .plan = plan };
	int r;

	if (plan == NULL)
		sp_abort("out of memory");
	plan->arena = sp_arena_new();
	result->n_operators = migration->source->snapshot->n_operators;
	result->operators = sp_arena_new_array(
		result->arena, struct sp_migration_operator, result->n_operators);
	r = plan_all(&self, err);
	HASH_CLEAR(hh, self.files);
	if (r < 0)
		return sp_within(err, "%s", migration->source->metadata_path);
	*ret = sp_steal(plan);
	return 0;
}
