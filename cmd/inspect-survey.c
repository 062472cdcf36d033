#include "inspect.h"

#include <stdlib.h>

#include "path.h"

static struct sp_operator_sums *sums_of(struct sp_survey *self, const struct sp_operator *op)
{
	return &self->sums[op - self->source->snapshot->operators];
}

uint64_t sp_sum_bytes(uint64_t sum, uint64_t n)
{
	return n > (uint64_t)INT64_MAX - sum ? (uint64_t)INT64_MAX : sum + n;
}

uint64_t sp_operator_bytes(const struct sp_operator_sums *sums)
{
	const uint64_t parts[] = { sums->keyed, sums->op, sums->coordinator, sums->raw,
		sums->channel };
	uint64_t sum = 0;

	for (size_t i = 0; i < sp_countof(parts); i++)
		sum = sp_sum_bytes(sum, parts[i]);
	return sum;
}

/* Which sum a reference counts in. */
static uint64_t *sum_of(struct sp_operator_sums *sums, enum sp_role role)
{
	switch (role) {
	case SP_ROLE_COORDINATOR: return &sums->coordinator;
	case SP_ROLE_MANAGED_OPERATOR:
	case SP_ROLE_LEGACY: return &sums->op;
	case SP_ROLE_RAW_OPERATOR:
	case SP_ROLE_RAW_KEYED: return &sums->raw;
	case SP_ROLE_INPUT_CHANNEL:
	case SP_ROLE_RESULT_SUBPARTITION: return &sums->channel;
	case SP_ROLE_MANAGED_KEYED:
	case SP_ROLE_SHARED:
	case SP_ROLE_PRIVATE:
	case SP_ROLE_CHANGELOG: break;
	}
	return &sums->keyed;
}

static void add_bytes(uint64_t *sum, uint64_t n)
{
	*sum = sp_sum_bytes(*sum, n);
}

static void count_presence(struct sp_survey *self, const struct sp_surveyed *entry)
{
	if (entry->elsewhere) {
		self->n_elsewhere++;
		return;
	}
	self->n_missing += entry->at.presence == SP_MISSING;
	self->n_moved += entry->at.presence == SP_PRESENT_MOVED;
	if (entry->at.path != NULL && !sp_path_below(entry->at.path, self->source->directory)) {
		self->n_outside += entry->at.presence != SP_MISSING;
		self->n_upward += entry->reference.handle->code == SP_HANDLE_RELATIVE;
	}
}

static void count_reference(struct sp_survey *self, const struct sp_surveyed *entry)
{
	const struct sp_handle *handle = entry->reference.handle;

	switch (handle->code) {
	case SP_HANDLE_NONE:
	case SP_HANDLE_BYTES:
	case SP_HANDLE_KEY_GROUPS:
		self->n_inline++;
		add_bytes(&self->inline_bytes, sp_handle_size(handle));
		break;
	case SP_HANDLE_FILE: self->n_absolute++; break;
	case SP_HANDLE_RELATIVE: self->n_relative++; break;
	case SP_HANDLE_SEGMENT:
		self->n_segments++;
		self->merged_files = true;
		break;
	case SP_HANDLE_EMPTY_SEGMENT: self->merged_files = true; break;
	}
	count_presence(self, entry);
}

struct visiting {
	struct sp_survey *survey;
	struct sp_error *err;
};

static struct sp_surveyed *add_entry(struct sp_survey *self)
{
	if (self->n == self->capacity) {
		self->capacity = self->capacity * 2 + 64;
		self->list = reallocarray(self->list, self->capacity, sizeof(*self->list));
		if (self->list == NULL)
			sp_abort("out of memory");
	}
	self->list[self->n] = (struct sp_surveyed){ 0 };
	return &self->list[self->n++];
}

static int visit(const struct sp_reference *reference, void *arg)
{
	struct visiting *v = arg;
	struct sp_surveyed *entry = add_entry(v->survey);
	int r = sp_source_locate(v->survey->source, reference->handle, &entry->at, v->err);

	entry->reference = *reference;
	entry->elsewhere = r == SP_EUNSUPPORTED;
	if (r < 0 && !entry->elsewhere)
		return r;
	count_reference(v->survey, entry);
	return 0;
}

/* --- bytes without a stream: changes in the metadata itself ------------------------------- */

static uint64_t inline_changes(const struct sp_keyed_handle *handle)
{
	uint64_t bytes = 0;

	for (size_t i = 0; i < handle->n_changes; i++)
		bytes += handle->changes[i].bytes.n;
	for (size_t i = 0; i < handle->n_non_materialized; i++)
		bytes += inline_changes(&handle->non_materialized[i]);
	return bytes;
}

static bool is_changelog(const struct sp_keyed_handle *handle)
{
	return handle->code == SP_KEYED_CHANGELOG || handle->code == SP_KEYED_CHANGELOG_V2;
}

/* File merging writes empty handles for operators without state. */
static bool has_operator_state(const struct sp_operator_handle *handles, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (handles[i].code != SP_OPERATOR_NONE && !handles[i].empty)
			return true;
	return false;
}

static bool has_state(const struct sp_subtask *subtask)
{
	return subtask->n_legacy + subtask->n_input_channels + subtask->n_result_subpartitions >
		       0 ||
	       has_operator_state(subtask->managed_operator, subtask->n_managed_operator) ||
	       has_operator_state(subtask->raw_operator, subtask->n_raw_operator) ||
	       subtask->managed_keyed.code != SP_KEYED_NONE ||
	       subtask->raw_keyed.code != SP_KEYED_NONE;
}

static void count_subtasks(struct sp_survey *self, const struct sp_operator *op)
{
	struct sp_operator_sums *sums = sums_of(self, op);

	for (size_t i = 0; i < op->n_subtasks; i++) {
		const uint64_t changes = inline_changes(&op->subtasks[i].managed_keyed);

		sums->subtasks += has_state(&op->subtasks[i]);
		sums->finished += op->subtasks[i].finished;
		add_bytes(&sums->keyed, changes);
		add_bytes(&self->inline_bytes, changes);
		self->changelog |= is_changelog(&op->subtasks[i].managed_keyed);
	}
}

/*
 * Bytes that a reference stands for. Of a changelog file, which subtasks and operators share, the
 * handle tells how much of it is its own.
 */
static uint64_t bytes_of(const struct sp_reference *reference)
{
	const struct sp_keyed_handle *keyed = reference->keyed;

	if (reference->role != SP_ROLE_CHANGELOG || keyed->size < 0)
		return sp_handle_size(reference->handle);
	return reference->handle == &keyed->streams[0].handle ? (uint64_t)keyed->size : 0;
}

/* References come subtask by subtask. */
static void find_largest_subtasks(struct sp_survey *self)
{
	const struct sp_subtask *subtask = NULL;
	uint64_t bytes = 0;

	for (size_t i = 0; i < self->n; i++) {
		const struct sp_reference *reference = &self->list[i].reference;
		struct sp_operator_sums *sums = sums_of(self, reference->op);

		if (reference->subtask == NULL)
			continue;
		if (reference->subtask != subtask)
			bytes = inline_changes(&reference->subtask->managed_keyed);
		subtask = reference->subtask;
		add_bytes(&bytes, bytes_of(reference));
		if (bytes > sums->largest_subtask)
			sums->largest_subtask = bytes;
	}
}

/* --- layouts ------------------------------------------------------------------------------ */

static const char *join_layouts(const char *a, const char *b)
{
	if (a == NULL || b == NULL)
		return a == NULL ? b : a;
	return strcmp(a, b) == 0 ? a : "mixed";
}

/* Data that cannot be read has a layout too, only not a known one: verify tells why. */
static const char *layout_of(const struct sp_keyed_place *place)
{
	const struct sp_format *format;
	struct sp_error err;

	return sp_format_of(place, &format, &err) < 0 ? "unknown" : format->name;
}

static void find_layouts(struct sp_survey *self)
{
	const struct sp_snapshot *snapshot = self->source->snapshot;

	for (size_t i = 0; i < snapshot->n_operators; i++) {
		const struct sp_operator *op = &snapshot->operators[i];
		const char **layout = &self->sums[i].layout;

		for (size_t j = 0; j < op->n_subtasks; j++) {
			const struct sp_keyed_handle *keyed = &op->subtasks[j].managed_keyed;

			if (keyed->code != SP_KEYED_NONE)
				*layout = join_layouts(*layout, layout_of(&(struct sp_keyed_place){
									.source = self->source,
									.op = op,
									.subtask = &op->subtasks[j],
									.handle = keyed,
								}));
		}
		self->layout = join_layouts(self->layout, *layout);
	}
	if (self->layout == NULL)
		self->layout = "none";
}

/* --- distinct files ----------------------------------------------------------------------- */

/* By path, then by the part of the file. */
static int compare_places(const void *a, const void *b)
{
	const struct sp_surveyed *const *x = a, *const *y = b;
	const struct sp_handle *p = (*x)->reference.handle, *q = (*y)->reference.handle;
	const int r = strcmp((*x)->at.path, (*y)->at.path);

	if (r != 0)
		return r;
	if (p->start != q->start)
		return p->start < q->start ? -1 : 1;
	if (p->size != q->size)
		return p->size < q->size ? -1 : 1;
	return *x < *y ? -1 : *x > *y;
}

static bool same_path(const struct sp_surveyed *a, const struct sp_surveyed *b)
{
	return strcmp(a->at.path, b->at.path) == 0;
}

static bool same_part(const struct sp_surveyed *a, const struct sp_surveyed *b)
{
	return same_path(a, b) && a->reference.handle->start == b->reference.handle->start &&
	       a->reference.handle->size == b->reference.handle->size;
}

static uint64_t file_bytes(const struct sp_surveyed *entry)
{
	if (entry->at.presence == SP_PRESENT || entry->at.presence == SP_PRESENT_MOVED)
		return entry->at.file_size;
	return sp_handle_size(entry->reference.handle);
}

/* What several references share counts once, where it comes first: after a rescale, say. */
static void count_files(struct sp_survey *self)
{
	struct sp_surveyed **files = calloc(self->n + 1, sizeof(*files));
	size_t n = 0;

	if (files == NULL)
		sp_abort("out of memory");
	for (size_t i = 0; i < self->n; i++)
		if (self->list[i].at.path != NULL)
			files[n++] = &self->list[i];
	qsort(files, n, sizeof(*files), compare_places);
	for (size_t i = 0; i < n; i++) {
		if (i == 0 || !same_path(files[i - 1], files[i])) {
			self->n_files++;
			add_bytes(&self->file_bytes, file_bytes(files[i]));
		}
		files[i]->again = i > 0 && same_part(files[i - 1], files[i]) &&
				  files[i]->reference.role != SP_ROLE_CHANGELOG;
	}
	free(files);
}

static void sum_up(struct sp_survey *self)
{
	for (size_t i = 0; i < self->n; i++) {
		const struct sp_reference *reference = &self->list[i].reference;

		if (!self->list[i].again)
			add_bytes(sum_of(sums_of(self, reference->op), reference->role),
				bytes_of(reference));
	}
}

int sp_survey_take(struct sp_source *source, struct sp_survey *ret, struct sp_error *err)
{
	const struct sp_snapshot *snapshot = source->snapshot;
	struct visiting v = { .survey = ret, .err = err };

	*ret = (struct sp_survey){ .source = source };
	ret->sums = calloc(snapshot->n_operators + 1, sizeof(*ret->sums));
	if (ret->sums == NULL)
		sp_abort("out of memory");
	if (sp_visit_handles(source->snapshot, visit, &v) < 0)
		return err->code;
	for (size_t i = 0; i < snapshot->n_operators; i++)
		count_subtasks(ret, &snapshot->operators[i]);
	find_largest_subtasks(ret);
	find_layouts(ret);
	count_files(ret);
	sum_up(ret);
	return 0;
}

void sp_survey_free(struct sp_survey *survey)
{
	for (size_t i = 0; i < survey->n; i++)
		sp_located_free(&survey->list[i].at);
	free(survey->list);
	free(survey->sums);
}
