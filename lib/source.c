#include "source.h"

#include <ctype.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "path.h"

#define METADATA_NAME "_metadata" /* AbstractFsCheckpointStorageAccess.METADATA_FILE_NAME */
#define METADATA_LIMIT ((uint64_t)1 << 34) /* more is not believed */
#define HEADER_LIMIT ((uint64_t)1 << 30)

/* Guards sp_source.moved_from, which the first reference that was moved settles for good. */
static pthread_mutex_t moved_lock = PTHREAD_MUTEX_INITIALIZER;

static char *copy(const char *text)
{
	char *p = strdup(text);

	if (p == NULL)
		sp_abort("out of memory");
	return p;
}

static bool is_checkpoint_name(const char *name)
{
	if (strncmp(name, "chk-", 4) != 0 || name[4] == '\0')
		return false;
	return strspn(name + 4, "0123456789") == strlen(name + 4);
}

static bool is_job_id(const char *name)
{
	return strlen(name) == 32 && strspn(name, "0123456789abcdef") == 32;
}

/* The root that a snapshot in `directory` may refer to; see sp_source.tree. */
static char *tree_of(const char *directory)
{
	char *job, *root;

	if (!is_checkpoint_name(sp_path_base(directory)))
		return copy(directory);
	job = sp_path_parent(directory);
	if (!is_job_id(sp_path_base(job)))
		return job;
	root = sp_path_parent(job);
	if (strcmp(root, "/") == 0) {
		free(root);
		return job;
	}
	free(job);
	return root;
}

/* Finds the metadata file for what the user named: a directory or the file itself. */
static int find_metadata(struct sp_source *self, char *path, struct sp_error *err)
{
	struct sp_stat st;
	int r = sp_stat(self->store, path, &st, err);

	self->metadata_path = path;
	if (r < 0)
		return r;
	if (r == 0)
		return sp_fail(err, SP_EIO, "%s: no such file or directory", self->location);
	if (!st.directory) {
		self->directory = sp_path_parent(path);
		return 0;
	}
	self->directory = path;
	self->metadata_path = sp_path_join(path, METADATA_NAME);
	r = sp_stat(self->store, self->metadata_path, &st, err);
	if (r != 0)
		return r < 0 ? r : 0;
	sp_fail(err, SP_EIO, "%s: no snapshot here: no file '" METADATA_NAME "'", self->location);
	return sp_hint(err, "a snapshot is a savepoint's directory, a checkpoint's chk-<n>, or "
			    "its " METADATA_NAME " file");
}

static int read_metadata(struct sp_source *self, struct sp_error *err)
{
	sp_auto(sp_file) *file = NULL;
	sp_auto_buffer bytes = { 0 };

	if (sp_file_open(self->store, self->metadata_path, &file, err) < 0 ||
		sp_file_read_all(file, METADATA_LIMIT, &bytes, err) < 0)
		return err->code;
	if (sp_metadata_read(sp_buffer_slice(&bytes), &self->snapshot, err) < 0)
		return sp_within(err, "%s", self->metadata_path);
	return 0;
}

int sp_source_open(const char *location, struct sp_source **ret, struct sp_error *err)
{
	sp_auto(sp_source) *self = calloc(1, sizeof(*self));
	char *path;

	if (self == NULL)
		sp_abort("out of memory");
	self->location = copy(location);
	if (sp_store_open(location, &self->store, &path, err) < 0 ||
		find_metadata(self, path, err) < 0 || read_metadata(self, err) < 0)
		return err->code;
	self->tree = tree_of(self->directory);
	*ret = sp_steal(self);
	return 0;
}

void sp_source_free(struct sp_source *self)
{
	if (self == NULL)
		return;
	sp_snapshot_free(self->snapshot);
	sp_store_free(self->store);
	free(self->location);
	free(self->metadata_path);
	free(self->directory);
	free(self->tree);
	free(self->moved_from);
	free(self);
}

/* --- where handles are -------------------------------------------------------------------- */

/* The path in UTF-8. No file has U+0000 in its name: *ret_sound is false, and '?' stands for it. */
static char *utf8_of(struct sp_slice mutf8, bool *ret_sound)
{
	sp_auto_buffer text = { 0 };
	uint8_t *zero;

	*ret_sound = true;
	sp_mutf8_to_utf8(mutf8, &text);
	while (text.n > 0 && (zero = memchr(text.p, 0, text.n)) != NULL) {
		*zero = '?';
		*ret_sound = false;
	}
	sp_buffer_u8(&text, 0);
	return copy((const char *)text.p);
}

/* 1 and the size if `path` is a file in the source's store. */
static int file_there(
	struct sp_source *self, const char *path, uint64_t *size, struct sp_error *err)
{
	struct sp_stat st;
	int r = sp_stat(self->store, path, &st, err);

	if (r <= 0 || st.directory)
		return r < 0 ? r : 0;
	*size = st.size;
	return 1;
}

/* Looks where the file is if `moved_from` has become the tree. */
static int look_moved(struct sp_source *self, const char *moved_from, const char *path,
	struct sp_located *ret, struct sp_error *err)
{
	char *there;
	int r;

	if (!sp_path_below(path, moved_from))
		return 0;
	there = sp_path_join(self->tree, path + strlen(moved_from));
	r = file_there(self, there, &ret->file_size, err);
	if (r > 0) {
		free(ret->path);
		ret->path = there;
		ret->presence = SP_PRESENT_MOVED;
	} else {
		free(there);
	}
	return r;
}

/* The first move found stays: what it points at is never freed while the source is open. */
static void settle_move(struct sp_source *self, char *moved_from)
{
	pthread_mutex_lock(&moved_lock);
	if (self->moved_from == NULL) {
		self->moved_from = moved_from;
		moved_from = NULL;
	}
	pthread_mutex_unlock(&moved_lock);
	free(moved_from);
}

static const char *known_move(struct sp_source *self)
{
	const char *moved_from;

	pthread_mutex_lock(&moved_lock);
	moved_from = self->moved_from;
	pthread_mutex_unlock(&moved_lock);
	return moved_from;
}

/* Tries whether some end of `path` is there below the tree: then the tree was moved. */
static int find_move(
	struct sp_source *self, const char *path, struct sp_located *ret, struct sp_error *err)
{
	const char *end = path[0] == '\0' ? NULL : strchr(path + 1, '/');

	for (; end != NULL; end = strchr(end + 1, '/')) {
		char *moved_from = strndup(path, (size_t)(end - path));
		int r;

		if (moved_from == NULL)
			sp_abort("out of memory");
		r = look_moved(self, moved_from, path, ret, err);
		if (r > 0)
			settle_move(self, moved_from);
		else
			free(moved_from);
		if (r != 0)
			return r;
	}
	return 0;
}

static bool allowed(const struct sp_source *self, const char *path)
{
	if (sp_path_below(path, self->tree))
		return true;
	for (size_t i = 0; i < self->n_allowed; i++)
		if (sp_path_below(path, self->allowed[i]))
			return true;
	return false;
}

/* The file in the snapshot's own tree that an absolute reference to elsewhere stands for. */
static int locate_moved(
	struct sp_source *self, const char *path, struct sp_located *ret, struct sp_error *err)
{
	const char *moved_from = known_move(self);

	return moved_from != NULL ? look_moved(self, moved_from, path, ret, err)
				  : find_move(self, path, ret, err);
}

/*
 * An absolute reference. One that leads out of the tree is looked up in the tree first: of a
 * snapshot that was copied, the copy is read, whether or not the original is still there. What
 * is not in the tree and names another storage system cannot be told to be missing.
 */
static int locate_absolute(
	struct sp_source *self, const char *uri, struct sp_located *ret, struct sp_error *err)
{
	size_t root = sp_path_root(uri);
	bool own = root == 0 || strncmp(uri, "file:", 5) == 0;
	char *path = sp_path_normalise(uri + root);
	uint64_t size;
	int there = 0;
	int r = 0;

	ret->path = copy(path);
	if (own)
		there = file_there(self, path, &size, err);
	if (there >= 0 && (there == 0 || !allowed(self, path)))
		r = locate_moved(self, path, ret, err);
	if (there > 0) {
		ret->presence = SP_PRESENT;
		if (r == 0)
			ret->file_size = size;
	} else if (r == 0) {
		free(ret->path);
		ret->path = copy(uri);
		ret->presence = SP_MISSING;
	}
	free(path);
	if (there < 0 || r < 0)
		return err->code;
	if (own || r > 0)
		return 0;
	sp_fail(err, SP_EUNSUPPORTED, "%s: lies in another storage system than the metadata", uri);
	return sp_hint(
		err, "copy the snapshot's whole directory, with the files that it refers to");
}

int sp_source_locate(struct sp_source *self, const struct sp_handle *handle, struct sp_located *ret,
	struct sp_error *err)
{
	bool sound;
	char *name;
	int r = 0;

	*ret = (struct sp_located){ .presence = SP_PRESENT_INLINE };
	switch (handle->code) {
	case SP_HANDLE_NONE:
	case SP_HANDLE_BYTES:
	case SP_HANDLE_EMPTY_SEGMENT: return 0;
	case SP_HANDLE_KEY_GROUPS:
		return sp_source_locate(self, &handle->key_groups->data, ret, err);
	case SP_HANDLE_FILE:
	case SP_HANDLE_RELATIVE:
	case SP_HANDLE_SEGMENT: break;
	}
	name = utf8_of(handle->name, &sound);
	if (handle->code == SP_HANDLE_RELATIVE)
		ret->path = sp_path_join(self->directory, name);
	if (!sound) {
		if (ret->path == NULL)
			ret->path = copy(name);
		ret->presence = SP_MISSING;
	} else if (handle->code == SP_HANDLE_RELATIVE) {
		r = file_there(self, ret->path, &ret->file_size, err);
		ret->presence = r > 0 ? SP_PRESENT : SP_MISSING;
	} else {
		r = locate_absolute(self, name, ret, err);
	}
	free(name);
	if (r < 0) {
		sp_located_free(ret);
		return r;
	}
	ret->outside = !allowed(self, ret->path);
	return 0;
}

void sp_located_free(struct sp_located *located)
{
	free(located->path);
	located->path = NULL;
}

/* --- opening them ------------------------------------------------------------------------- */

struct segment {
	struct sp_file file;
	struct sp_file *whole; /* owned */
	uint64_t start;
};

static int segment_read(struct sp_file *file, uint64_t offset, void *to, size_t n, size_t *got,
	struct sp_error *err)
{
	struct segment *self = (struct segment *)file;

	*got = 0;
	if (offset >= file->size)
		return 0;
	if (n > file->size - offset)
		n = (size_t)(file->size - offset);
	return self->whole->ops->read(self->whole, self->start + offset, to, n, got, err);
}

static void segment_free(struct sp_file *file)
{
	sp_file_free(((struct segment *)file)->whole);
	free(file);
}

static const struct sp_file_ops segment_ops = { .read = segment_read, .free = segment_free };

static int open_segment(struct sp_file *whole, const struct sp_handle *handle, struct sp_file **ret,
	struct sp_error *err)
{
	struct segment *self;

	if (handle->start < 0 || handle->size < 0 || (uint64_t)handle->start > whole->size ||
		(uint64_t)handle->size > whole->size - (uint64_t)handle->start) {
		sp_fail(err, SP_EDAMAGED,
			"%s: segment of %" PRId64 " bytes at offset 0x%" PRIx64
			" reaches beyond the file's end at 0x%" PRIx64,
			whole->place, handle->size, (uint64_t)handle->start, whole->size);
		sp_file_free(whole);
		return err->code;
	}
	self = calloc(1, sizeof(*self));
	if (self == NULL)
		sp_abort("out of memory");
	self->file = (struct sp_file){
		.ops = &segment_ops, .size = (uint64_t)handle->size, .place = whole->place
	};
	self->whole = whole;
	self->start = (uint64_t)handle->start;
	*ret = &self->file;
	return 0;
}

static int open_located(struct sp_source *self, const struct sp_handle *handle,
	const struct sp_located *at, struct sp_file **ret, struct sp_error *err)
{
	struct sp_file *file;

	if (at->presence == SP_MISSING) {
		sp_fail(err, SP_EDAMAGED, "%s: referenced file is missing", at->path);
		return sp_hint(err, "is the snapshot complete, and where it was written? "
				    "savepoint inspect --files shows every reference");
	}
	if (at->outside) {
		sp_fail(err, SP_EUNSUPPORTED, "%s: lies outside of the snapshot's own directory",
			at->path);
		return sp_hint(err, "savepoint convert --allow-external PREFIX takes what lies "
				    "below PREFIX, and "
				    "makes a snapshot that stands alone");
	}
	if (sp_file_open(self->store, at->path, &file, err) < 0)
		return err->code;
	if (handle->code == SP_HANDLE_SEGMENT)
		return open_segment(file, handle, ret, err);
	if (handle->size >= 0 && (uint64_t)handle->size != file->size) {
		sp_fail(err, SP_EDAMAGED,
			"%s: %" PRIu64 " bytes long, but the metadata says %" PRId64, at->path,
			file->size, handle->size);
		sp_file_free(file);
		return err->code;
	}
	*ret = file;
	return 0;
}

int sp_source_open_handle(struct sp_source *self, const struct sp_handle *handle,
	struct sp_file **ret, struct sp_error *err)
{
	struct sp_located at;
	int r;

	switch (handle->code) {
	case SP_HANDLE_NONE:
		return sp_fail(err, SP_EDAMAGED, "%s: offset 0x%" PRIx64 ": handle without data",
			self->metadata_path, handle->at);
	case SP_HANDLE_BYTES: *ret = sp_file_of_bytes(handle->data, self->metadata_path); return 0;
	case SP_HANDLE_EMPTY_SEGMENT:
		*ret = sp_file_of_bytes(sp_slice(NULL, 0), self->metadata_path);
		return 0;
	case SP_HANDLE_KEY_GROUPS:
		return sp_source_open_handle(self, &handle->key_groups->data, ret, err);
	case SP_HANDLE_FILE:
	case SP_HANDLE_RELATIVE:
	case SP_HANDLE_SEGMENT: break;
	}
	if (sp_source_locate(self, handle, &at, err) < 0)
		return err->code;
	r = open_located(self, handle, &at, ret, err);
	sp_located_free(&at);
	return r;
}

uint64_t sp_handle_size(const struct sp_handle *handle)
{
	switch (handle->code) {
	case SP_HANDLE_BYTES: return handle->data.n;
	case SP_HANDLE_KEY_GROUPS: return sp_handle_size(&handle->key_groups->data);
	case SP_HANDLE_FILE:
	case SP_HANDLE_RELATIVE:
	case SP_HANDLE_SEGMENT: return handle->size < 0 ? 0 : (uint64_t)handle->size;
	case SP_HANDLE_NONE:
	case SP_HANDLE_EMPTY_SEGMENT: break;
	}
	return 0;
}

static uint64_t change_bytes(const struct sp_keyed_handle *handle)
{
	uint64_t bytes = 0;

	for (size_t i = 0; i < handle->n_changes; i++)
		bytes += handle->changes[i].bytes.n;
	for (size_t i = 0; i < handle->n_streams; i++)
		bytes += sp_handle_size(&handle->streams[i].handle);
	return bytes;
}

uint64_t sp_keyed_handle_size(const struct sp_keyed_handle *handle)
{
	uint64_t bytes = sp_handle_size(&handle->data); /* of RocksDB's own files, the header */

	for (size_t i = 0; i < handle->n_materialized; i++)
		bytes += sp_keyed_handle_size(&handle->materialized[i]);
	for (size_t i = 0; i < handle->n_non_materialized; i++)
		bytes += change_bytes(&handle->non_materialized[i]);
	for (size_t i = 0; i < handle->n_shared; i++)
		bytes += sp_handle_size(&handle->shared[i].handle);
	for (size_t i = 0; i < handle->n_private; i++)
		bytes += sp_handle_size(&handle->private[i].handle);
	return bytes;
}

/* --- headers ------------------------------------------------------------------------------ */

/* Where the header of key-group data ends: at its first key group. */
static uint64_t header_end(const struct sp_keyed_handle *handle, uint64_t size)
{
	uint64_t end = size;

	for (int32_t i = 0; i < handle->count; i++)
		if (handle->offsets[i] > 0 && (uint64_t)handle->offsets[i] < end)
			end = (uint64_t)handle->offsets[i];
	return end;
}

/* Heap and RocksDB backends fail on a state that lacks one. Timers have their namespace inside. */
static int check_serializers(
	const struct sp_keyed_header *header, const struct sp_file *file, struct sp_error *err)
{
	for (size_t i = 0; i < header->n_states; i++) {
		const struct sp_state *state = &header->states[i];
		const bool timers = state->kind == SP_KIND_PRIORITY_QUEUE;

		if (header->key == NULL || state->value == NULL || (state->ns == NULL && !timers))
			return sp_fail(err, SP_EDAMAGED,
				"%s: header: state '%.*s' lacks a serializer", file->place,
				(int)state->name.n, (const char *)state->name.p);
	}
	return 0;
}

int sp_source_read_keyed_header(struct sp_source *self, const struct sp_keyed_handle *handle,
	struct sp_arena *arena, const struct sp_keyed_header **ret, struct sp_error *err)
{
	sp_auto(sp_file) *file = NULL;
	sp_auto_buffer bytes = { 0 };
	uint64_t end;

	switch (handle->code) {
	case SP_KEYED_CHANGELOG:
	case SP_KEYED_CHANGELOG_V2:
		for (size_t i = 0; i < handle->n_materialized; i++) {
			int r = sp_source_read_keyed_header(
				self, &handle->materialized[i], arena, ret, err);
			if (r != 0)
				return r;
		}
		return 0;
	case SP_KEYED_KEY_GROUPS:
	case SP_KEYED_SAVEPOINT:
	case SP_KEYED_KEY_GROUPS_V2:
	case SP_KEYED_INCREMENTAL:
	case SP_KEYED_INCREMENTAL_V2: break;
	default: return 0;
	}
	if (sp_source_open_handle(self, &handle->data, &file, err) < 0)
		return err->code;
	end = handle->offsets == NULL ? file->size : header_end(handle, file->size);
	if (end > HEADER_LIMIT)
		return sp_fail(
			err, SP_EDAMAGED, "%s: header of %" PRIu64 " bytes", file->place, end);
	if (sp_file_append(file, 0, (size_t)end, &bytes, err) < 0)
		return err->code;
	if (sp_keyed_header_read(sp_buffer_slice(&bytes), 0, arena, ret, err) < 0)
		return sp_within(err, "%s", file->place);
	return check_serializers(*ret, file, err) < 0 ? err->code : 1;
}
