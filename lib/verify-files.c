/* Files: are they there, where the metadata says, and as long as it says. */
#include <inttypes.h>
#include <stdlib.h>

#include "verify-internal.h"

struct walk {
	struct sp_source *source;
	struct sp_findings *findings;
	struct sp_error *err;
	size_t moved, elsewhere;
	const char **paths; /* found; owned, the texts in the findings' arena */
	size_t n, capacity;
};

static void add_path(struct walk *self, const char *path)
{
	if (self->n == self->capacity) {
		self->capacity = self->capacity * 2 + 64;
		self->paths = reallocarray(self->paths, self->capacity, sizeof(*self->paths));
		if (self->paths == NULL)
			sp_abort("out of memory");
	}
	self->paths[self->n++] = sp_arena_string(self->findings->arena, sp_slice_of(path));
}

static struct sp_finding_place place_of(const struct sp_reference *reference, const char *path)
{
	struct sp_finding_place place = SP_FINDING_PLACE(reference->op, reference->subtask);

	place.file = path;
	return place;
}

static void report_missing(
	struct walk *self, const struct sp_reference *reference, const char *path)
{
	const bool relative = reference->handle->code == SP_HANDLE_RELATIVE;
	const struct sp_finding_place place = place_of(reference, path);

	sp_find_at(self->findings, SP_FIND_MISSING, &place, "%s '%s'%s",
		sp_role_text(reference->role), path,
		relative && reference->role == SP_ROLE_SHARED
			? " (it may still lie in the snapshot that the job was started from)"
			: "");
}

/* The size of a changelog file is another one than its handle's. */
static void check_size(
	struct walk *self, const struct sp_reference *reference, const struct sp_located *at)
{
	const struct sp_handle *handle = reference->handle;
	const struct sp_finding_place place = place_of(reference, at->path);

	if (handle->code == SP_HANDLE_SEGMENT) {
		if (handle->start < 0 || handle->size < 0 ||
			(uint64_t)handle->start > at->file_size ||
			(uint64_t)handle->size > at->file_size - (uint64_t)handle->start)
			sp_find_at(self->findings, SP_FIND_SEGMENT, &place,
				"'%s': %" PRId64 " bytes at %" PRId64 " of %" PRIu64, at->path,
				handle->size, handle->start, at->file_size);
		return;
	}
	if (reference->role != SP_ROLE_CHANGELOG && handle->size >= 0 &&
		(uint64_t)handle->size != at->file_size)
		sp_find_at(self->findings, SP_FIND_SIZE, &place,
			"%s '%s': %" PRIu64 " bytes instead of %" PRId64,
			sp_role_text(reference->role), at->path, at->file_size, handle->size);
}

static void check_located(
	struct walk *self, const struct sp_reference *reference, const struct sp_located *at)
{
	if (at->presence == SP_PRESENT_INLINE)
		return;
	if (at->presence == SP_MISSING) {
		report_missing(self, reference, at->path);
		return;
	}
	add_path(self, at->path);
	self->moved += at->presence == SP_PRESENT_MOVED;
	if (at->outside)
		sp_find(self->findings, SP_FIND_OUTSIDE, reference->op, reference->subtask,
			"%s '%s'", sp_role_text(reference->role), at->path);
	check_size(self, reference, at);
}

static int visit(const struct sp_reference *reference, void *arg)
{
	struct walk *self = arg;
	struct sp_located at;
	int r = sp_source_locate(self->source, reference->handle, &at, self->err);

	if (r == SP_EUNSUPPORTED) {
		self->elsewhere++;
		return 0;
	}
	if (r < 0)
		return r;
	check_located(self, reference, &at);
	sp_located_free(&at);
	return 0;
}

static int compare_paths(const void *a, const void *b)
{
	const char *const *x = a, *const *y = b;

	return strcmp(*x, *y);
}

static int find_orphans(struct walk *self)
{
	if (self->n > 0)
		qsort(self->paths, self->n, sizeof(*self->paths), compare_paths);
	return sp_verify_orphans(self->source, self->findings, self->paths, self->n, self->err);
}

static void report_counts(struct walk *self)
{
	if (self->moved > 0)
		sp_find(self->findings, SP_FIND_MOVED, NULL, NULL,
			"%zu references to files below '%s', which are below '%s' now", self->moved,
			self->source->moved_from, self->source->tree);
	if (self->elsewhere > 0)
		sp_find(self->findings, SP_FIND_ELSEWHERE, NULL, NULL, "%zu references",
			self->elsewhere);
}

int sp_verify_files(struct sp_source *source, struct sp_findings *findings, struct sp_error *err)
{
	struct walk walk = { .source = source, .findings = findings, .err = err };
	int r = sp_visit_handles(source->snapshot, visit, &walk);

	if (r == 0)
		r = find_orphans(&walk);
	report_counts(&walk);
	free(walk.paths);
	for (size_t i = 0; r == 0 && i < source->snapshot->n_operators; i++) {
		r = sp_verify_keyed_data(source, findings, &source->snapshot->operators[i], err);
		if (r == 0)
			r = sp_verify_operator_data(
				source, findings, &source->snapshot->operators[i], err);
	}
	return r;
}
