/* References across the whole snapshot: names and paths that stand for more than one thing. */
#include <inttypes.h>
#include <stdlib.h>

#include "path.h"
#include "verify-internal.h"

struct entry {
	struct sp_reference reference;
	const char *path; /* shared files: resolved */
};

struct entries {
	struct sp_source *source;
	struct sp_findings *findings;
	struct entry *list; /* owned */
	size_t n, capacity;
};

/* Where Flink would look for a shared file. */
static const char *resolve(struct entries *self, const struct sp_handle *handle)
{
	sp_auto_buffer name = { 0 };
	const char *text, *ret;
	char *path;

	sp_mutf8_to_utf8(handle->name, &name);
	sp_buffer_u8(&name, 0);
	text = (const char *)name.p;
	path = handle->code == SP_HANDLE_RELATIVE ? sp_path_join(self->source->directory, text)
						  : sp_path_normalise(text + sp_path_root(text));
	ret = sp_arena_string(self->findings->arena, sp_slice_of(path));
	free(path);
	return ret;
}

static bool is_path(const struct sp_handle *handle)
{
	return handle->code == SP_HANDLE_FILE || handle->code == SP_HANDLE_RELATIVE ||
	       handle->code == SP_HANDLE_SEGMENT;
}

static int collect(const struct sp_reference *reference, void *arg)
{
	struct entries *self = arg;
	const struct sp_handle *handle = reference->handle;

	if (is_path(handle) && handle->name.n == 0)
		sp_find(self->findings, SP_FIND_EMPTY_PATH, reference->op, reference->subtask,
			"offset 0x%" PRIx64 ": %s", handle->at, sp_role_text(reference->role));
	if (self->n == self->capacity) {
		self->capacity = self->capacity * 2 + 64;
		self->list = reallocarray(self->list, self->capacity, sizeof(*self->list));
		if (self->list == NULL)
			sp_abort("out of memory");
	}
	self->list[self->n++] = (struct entry){
		.reference = *reference,
		.path = reference->role == SP_ROLE_SHARED && is_path(handle) ? resolve(self, handle)
									     : NULL,
	};
	return 0;
}

/* --- inline data: names are identities ---------------------------------------------------- */

static int compare_names(const void *a, const void *b)
{
	const struct entry *const *x = a, *const *y = b;
	const int r = sp_slice_compare((*x)->reference.handle->name, (*y)->reference.handle->name);

	return r != 0 ? r : (*x < *y ? -1 : *x > *y);
}

static void check_inline_names(struct entries *self)
{
	const struct entry **sorted =
		sp_arena_new_array(self->findings->arena, const struct entry *, self->n);
	size_t n = 0;

	for (size_t i = 0; i < self->n; i++)
		if (self->list[i].reference.handle->code == SP_HANDLE_BYTES)
			sorted[n++] = &self->list[i];
	qsort(sorted, n, sizeof(*sorted), compare_names);
	for (size_t i = 1; i < n; i++) {
		const struct sp_reference *a = &sorted[i - 1]->reference;
		const struct sp_reference *b = &sorted[i]->reference;

		if (sp_slice_equal(a->handle->name, b->handle->name) &&
			!sp_slice_equal(a->handle->data, b->handle->data))
			sp_find(self->findings, SP_FIND_INLINE_NAME, b->op, b->subtask,
				"offset 0x%" PRIx64
				": %s with the name of that at offset 0x%" PRIx64,
				b->handle->at, sp_role_text(b->role), a->handle->at);
	}
}

/* --- shared files ------------------------------------------------------------------------- */

static int compare_paths(const void *a, const void *b)
{
	const struct entry *const *x = a, *const *y = b;
	const int r = strcmp((*x)->path, (*y)->path);

	return r != 0 ? r : (*x < *y ? -1 : *x > *y);
}

static bool is_relative(const struct entry *entry)
{
	return entry->reference.handle->code == SP_HANDLE_RELATIVE;
}

static void check_shared_paths(struct entries *self)
{
	const struct entry **sorted =
		sp_arena_new_array(self->findings->arena, const struct entry *, self->n);
	size_t n = 0;

	for (size_t i = 0; i < self->n; i++)
		if (self->list[i].path != NULL)
			sorted[n++] = &self->list[i];
	qsort(sorted, n, sizeof(*sorted), compare_paths);
	for (size_t i = 1; i < n; i++)
		if (strcmp(sorted[i - 1]->path, sorted[i]->path) == 0 &&
			is_relative(sorted[i - 1]) != is_relative(sorted[i]))
			sp_find(self->findings, SP_FIND_MIXED_SHARED, sorted[i]->reference.op,
				sorted[i]->reference.subtask, "'%s'", sorted[i]->path);
}

/* --- file merging ------------------------------------------------------------------------- */

static void check_merged_directories(
	struct sp_findings *findings, const struct sp_snapshot *snapshot)
{
	size_t n = 0;

	for (size_t i = 0; i < snapshot->n_operators; i++)
		for (size_t j = 0; j < snapshot->operators[i].n_subtasks; j++) {
			const struct sp_subtask *subtask = &snapshot->operators[i].subtasks[j];

			n += subtask->n_managed_operator > 0 &&
			     subtask->managed_operator->code == SP_OPERATOR_MERGED;
		}
	if (n > 0)
		sp_find(findings, SP_FIND_MERGED_DIRECTORIES, NULL, NULL,
			"%zu operator state handles name directories", n);
}

void sp_verify_references(struct sp_source *source, struct sp_findings *findings)
{
	struct entries entries = { .source = source, .findings = findings };

	sp_visit_handles(source->snapshot, collect, &entries);
	check_inline_names(&entries);
	check_shared_paths(&entries);
	check_merged_directories(findings, source->snapshot);
	free(entries.list);
}
