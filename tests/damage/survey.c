#include "survey.h"

#include <stdlib.h>

#include "sst.h"

static void *grown(void *list, size_t n, size_t size)
{
	list = n % 64 == 0 ? reallocarray(list, n + 64, size) : list;
	if (list == NULL)
		sp_abort("out of memory");
	return list;
}

static size_t file_number(struct survey *self, const char *path, uint64_t size)
{
	for (size_t i = 0; i < self->n_files; i++)
		if (strcmp(self->files[i].path, path) == 0)
			return i;
	self->files = grown(self->files, self->n_files, sizeof(*self->files));
	self->files[self->n_files] = (struct file){ strdup(path), size };
	return self->n_files++;
}

static bool ends_with(struct sp_slice name, const char *end)
{
	return name.n >= strlen(end) &&
	       memcmp(name.p + name.n - strlen(end), end, strlen(end)) == 0;
}

static enum where where_of(const struct sp_reference *reference)
{
	const struct sp_slice name = reference->local_path;

	switch (reference->role) {
	case SP_ROLE_SHARED:
	case SP_ROLE_PRIVATE:
		return ends_with(name, ".sst")                           ? IN_TABLE
		       : name.n > 7 && memcmp(name.p, "OPTIONS", 7) == 0 ? IN_OPTIONS
									 : IN_MANIFEST;
	case SP_ROLE_MANAGED_KEYED:
		return reference->keyed != NULL && reference->keyed->offsets == NULL ? IN_HEADER
										     : IN_KEYED;
	case SP_ROLE_RAW_KEYED: return IN_KEYED;
	case SP_ROLE_CHANGELOG: return IN_CHANGELOG;
	case SP_ROLE_INPUT_CHANNEL:
	case SP_ROLE_RESULT_SUBPARTITION: return IN_CHANNELS;
	default: return IN_OPERATOR;
	}
}

static void add_region(
	struct survey *self, size_t file, uint64_t start, uint64_t size, enum where where)
{
	self->regions = grown(self->regions, self->n_regions, sizeof(*self->regions));
	self->regions[self->n_regions++] = (struct region){ file, start, start + size, where };
}

/* Where key groups begin the header ends. */
static uint64_t header_of(const struct sp_reference *reference)
{
	const struct sp_keyed_handle *keyed = reference->keyed;
	uint64_t end = 0;

	if (where_of(reference) != IN_KEYED || keyed == NULL)
		return 0;
	for (int32_t i = 0; i < keyed->count; i++)
		if (keyed->offsets[i] > 0 && (end == 0 || (uint64_t)keyed->offsets[i] < end))
			end = (uint64_t)keyed->offsets[i];
	return end;
}

/* A handle's bytes in a file. */
static void add_handle(struct survey *self, size_t file, uint64_t start, uint64_t size,
	const struct sp_reference *reference)
{
	const uint64_t header = header_of(reference);

	if (header > 0 && header <= size)
		add_region(self, file, start, header, IN_HEADER);
	add_region(self, file, start, size, where_of(reference));
}

struct walk {
	struct survey *to;
	struct sp_source *source;
	struct sp_buffer metadata;
};

static void add_inline(struct walk *self, const struct sp_reference *reference)
{
	const struct sp_handle *handle = reference->handle;
	const uint8_t *at;

	if (handle->data.n == 0 || handle->at > self->metadata.n)
		return;
	at = memmem(self->metadata.p + handle->at, self->metadata.n - handle->at, handle->data.p,
		handle->data.n);
	if (at == NULL)
		sp_abort("inline state is not in the metadata");
	add_handle(self->to, 0, (uint64_t)(at - self->metadata.p), handle->data.n, reference);
}

static int survey_one(const struct sp_reference *reference, void *arg)
{
	struct walk *self = arg;
	const struct sp_handle *handle = reference->handle;
	struct sp_located at;
	struct sp_error err;
	size_t file;

	if (handle->code == SP_HANDLE_BYTES) {
		add_inline(self, reference);
		return 0;
	}
	if (handle->code == SP_HANDLE_EMPTY_SEGMENT)
		return 0;
	if (sp_source_locate(self->source, handle, &at, &err) < 0 || at.presence == SP_MISSING)
		sp_abort("a file of the intact snapshot is missing");
	file = file_number(self->to, at.path, at.file_size);
	if (handle->code == SP_HANDLE_SEGMENT)
		add_handle(
			self->to, file, (uint64_t)handle->start, (uint64_t)handle->size, reference);
	else
		add_handle(self->to, file, 0, at.file_size, reference);
	sp_located_free(&at);
	return 0;
}

void survey_make(struct survey *self, struct sp_source *source)
{
	struct walk walk = { .to = self, .source = source };
	sp_auto(sp_file) *metadata = NULL;
	struct sp_error err;

	*self = (struct survey){ 0 };
	if (sp_file_open(source->store, source->metadata_path, &metadata, &err) < 0 ||
		sp_file_read_all(metadata, UINT32_MAX, &walk.metadata, &err) < 0)
		sp_abort(err.message);
	file_number(self, source->metadata_path, metadata->size);
	sp_visit_handles(source->snapshot, survey_one, &walk);
	sp_buffer_free(&walk.metadata);
}

void survey_free(struct survey *self)
{
	for (size_t i = 0; i < self->n_files; i++)
		free(self->files[i].path);
	free(self->files);
	free(self->regions);
}

/* Shared bytes belong to whom was met first: all of them are of one kind. */
enum where survey_where(const struct survey *self, size_t file, uint64_t at)
{
	for (size_t i = 0; i < self->n_regions; i++) {
		const struct region *region = &self->regions[i];

		if (region->file != file || at < region->start || at >= region->end)
			continue;
		return region->where == IN_TABLE && at == region->end - SP_SST_FOOTER_BYTES
			       ? IN_TABLE_VERSION
			       : region->where;
	}
	return file == 0 ? IN_METADATA : IN_NOTHING;
}

uint64_t survey_used(const struct survey *self, size_t file)
{
	uint64_t used = file == 0 ? self->files[0].size : 0;

	for (size_t i = 0; i < self->n_regions; i++)
		if (self->regions[i].file == file && self->regions[i].end > used)
			used = self->regions[i].end;
	return used;
}
