#include "rocksdb-directory.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "interrupt.h"
#include "path.h"
#include "sst.h"

/* A plain file name, as Flink's own uploader writes it. */
static bool plain_name(struct sp_slice name)
{
	if (name.n == 0 || name.n > 255 || sp_slice_is(name, ".") || sp_slice_is(name, ".."))
		return false;
	for (size_t i = 0; i < name.n; i++)
		if (name.p[i] == '/' || name.p[i] == '\\' || name.p[i] < 0x20 || name.p[i] >= 0x7f)
			return false;
	return true;
}

static bool ends_with(struct sp_slice name, const char *end)
{
	size_t n = strlen(end);

	return name.n >= n && memcmp(name.p + name.n - n, end, n) == 0;
}

static int check_table(struct sp_file *file, struct sp_error *err)
{
	struct sp_sst_footer footer;

	if (file->size < SP_SST_FOOTER_BYTES)
		return sp_fail(err, SP_EDAMAGED,
			"%s: offset 0x0: %" PRIu64 " bytes are no SST file", file->place,
			file->size);
	if (sp_sst_footer_read(file, &footer, err) < 0)
		return err->code;
	if (!footer.table)
		return sp_fail(err, SP_EDAMAGED,
			"%s: offset 0x%" PRIx64 ": no SST file (magic %016" PRIx64 ")", file->place,
			file->size - 8, footer.magic);
	if (footer.version <= SP_SST_VERSION_MAX)
		return 0;
	sp_fail(err, SP_EUNSUPPORTED,
		"%s: offset 0x%" PRIx64 ": SST table format version %" PRIu32
		", at most %d can be read",
		file->place, file->size - SP_SST_FOOTER_BYTES, footer.version, SP_SST_VERSION_MAX);
	return sp_hint(
		err, "the job chose this version in its table options; Flink's default is 5");
}

static int link_file(const char *target, const char *path, struct sp_error *err)
{
	char *absolute = realpath(target, NULL);
	int r = 0;

	if (absolute == NULL || symlink(absolute, path) < 0)
		r = sp_fail_errno(err, errno, "%s", absolute == NULL ? target : path);
	free(absolute);
	return r;
}

/* What is no local file: inline in the metadata, or a segment of a merged file. */
static int write_file(struct sp_file *file, const char *path, struct sp_error *err)
{
	FILE *to = fopen(path, "wxe");
	sp_auto_buffer block = { 0 };
	uint64_t at = 0;
	int r;

	if (to == NULL)
		return sp_fail_errno(err, errno, "%s", path);
	while ((r = sp_file_next(file, &at, &block, err)) > 0)
		if (fwrite(block.p, 1, block.n, to) != block.n) {
			r = sp_fail_errno(err, errno, "%s", path);
			break;
		}
	if (fclose(to) != 0 && r == 0)
		r = sp_fail_errno(err, errno, "%s", path);
	return r;
}

static const struct sp_local_file *find_file(
	const struct sp_local_file *files, size_t n, struct sp_slice name)
{
	for (size_t i = 0; i < n; i++)
		if (sp_slice_equal(files[i].local_path, name))
			return &files[i];
	return NULL;
}

/* A name that stands there twice is harmless if it is the same file both times. */
static int check_duplicate(const struct sp_rocksdb_directory *self,
	const struct sp_local_file *local, struct sp_error *err)
{
	const struct sp_keyed_handle *handle = self->place->handle;
	const struct sp_local_file *first =
		find_file(handle->shared, handle->n_shared, local->local_path);

	if (first == NULL)
		first = find_file(handle->private, handle->n_private, local->local_path);
	if (sp_handle_same(&first->handle, &local->handle))
		return 0;
	return sp_fail(err, SP_EDAMAGED,
		"%s: offset 0x%" PRIx64 ": another file of this name stands at offset 0x%" PRIx64,
		self->place->source->metadata_path, local->handle.at, first->handle.at);
}

static int lay_out(
	struct sp_rocksdb_directory *self, const struct sp_local_file *local, struct sp_error *err)
{
	sp_auto(sp_file) *file = NULL;
	char *path;
	int r = 0;

	if (!plain_name(local->local_path))
		return sp_fail(err, SP_EDAMAGED,
			"%s: offset 0x%" PRIx64 ": '%.*s' is no plain file name",
			self->place->source->metadata_path, local->handle.at,
			(int)local->local_path.n, local->local_path.p);
	if (sp_slice_is(local->local_path, "LOCK") || ends_with(local->local_path, ".log"))
		return 0; /* a write-ahead log or a lock has no part in Flink's snapshots */
	if (sp_source_open_handle(self->place->source, &local->handle, &file, err) < 0)
		return err->code;
	if (ends_with(local->local_path, ".sst") && check_table(file, err) < 0)
		return err->code;
	if (asprintf(&path, "%s/%.*s", self->path, (int)local->local_path.n, local->local_path.p) <
		0)
		sp_abort("out of memory");
	if (faccessat(AT_FDCWD, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
		r = check_duplicate(self, local, err);
	else if (file->local_path != NULL)
		r = link_file(file->local_path, path, err);
	else
		r = write_file(file, path, err);
	free(path);
	return r;
}

static int lay_out_all(struct sp_rocksdb_directory *self, const struct sp_local_file *files,
	size_t n, struct sp_error *err)
{
	for (size_t i = 0; i < n; i++)
		if (sp_interrupt_check(err) < 0 || lay_out(self, &files[i], err) < 0)
			return sp_within(err, "file '%.*s'", (int)files[i].local_path.n,
				files[i].local_path.p);
	return 0;
}

int sp_rocksdb_directory_make(const struct sp_keyed_place *place, const struct sp_budget *budget,
	struct sp_rocksdb_directory *ret, struct sp_error *err)
{
	const struct sp_keyed_handle *handle = place->handle;
	struct sp_rocksdb_directory self = { .place = place };

	self.path = sp_path_join(budget->tmpdir, "savepoint-rocksdb.XXXXXX");
	if (mkdtemp(self.path) == NULL) {
		sp_fail_errno(err, errno, "%s: cannot make a directory in it", budget->tmpdir);
		free(self.path);
		return sp_hint(err, "--tmpdir names another place for scratch files");
	}
	if (lay_out_all(&self, handle->shared, handle->n_shared, err) < 0 ||
		lay_out_all(&self, handle->private, handle->n_private, err) < 0) {
		sp_rocksdb_directory_remove(&self);
		return err->code;
	}
	*ret = self;
	return 0;
}

static void remove_files(const char *path, const struct sp_local_file *files, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		char *file;

		if (!plain_name(files[i].local_path))
			continue;
		if (asprintf(&file, "%s/%.*s", path, (int)files[i].local_path.n,
			    files[i].local_path.p) < 0)
			sp_abort("out of memory");
		unlink(file);
		free(file);
	}
}

void sp_rocksdb_directory_remove(struct sp_rocksdb_directory *self)
{
	if (self->path == NULL)
		return;
	remove_files(self->path, self->place->handle->shared, self->place->handle->n_shared);
	remove_files(self->path, self->place->handle->private, self->place->handle->n_private);
	rmdir(self->path);
	free(self->path);
	self->path = NULL;
}

static char *offset_in_metadata(
	const struct sp_rocksdb_directory *self, uint64_t at, const char *what)
{
	char *place;

	if (asprintf(&place, "%s: offset 0x%" PRIx64 ": %s", self->place->source->metadata_path, at,
		    what) < 0)
		sp_abort("out of memory");
	return place;
}

static char *offset_in_file(const struct sp_handle *handle, const char *path, uint64_t offset)
{
	char *place;

	if (handle->code == SP_HANDLE_SEGMENT)
		offset += (uint64_t)handle->start;
	if (asprintf(&place, "%s: offset 0x%" PRIx64, path, offset) < 0)
		sp_abort("out of memory");
	return place;
}

/*
 * Where the file of this name is, and the byte at `offset` in it; the handle's own place if it has
 * no such file. To be freed.
 */
static char *place_of(
	const struct sp_rocksdb_directory *self, struct sp_slice name, uint64_t offset)
{
	const struct sp_keyed_handle *handle = self->place->handle;
	const struct sp_local_file *file = find_file(handle->shared, handle->n_shared, name);
	struct sp_located at;
	struct sp_error ignored;
	char *place;

	if (file == NULL)
		file = find_file(handle->private, handle->n_private, name);
	if (file == NULL || sp_source_locate(self->place->source, &file->handle, &at, &ignored) < 0)
		return offset_in_metadata(self, handle->at, "database");
	if (at.path == NULL)
		return offset_in_metadata(self, file->handle.at, "inline file");
	place = offset_in_file(&file->handle, at.path, offset);
	sp_located_free(&at);
	return place;
}

/* "… offset 8192 size 4096": of a block, in decimal; else 0, the file as a whole. */
static uint64_t block_in(const char *message)
{
	static const char before[] = " offset ";
	const char *at = strstr(message, before);
	unsigned long long offset;

	if (at == NULL)
		return 0;
	offset = strtoull(at + sizeof(before) - 1, NULL, 10);
	return offset > INT64_MAX ? 0 : offset;
}

int sp_rocksdb_fail(
	struct sp_error *err, const struct sp_rocksdb_directory *self, const char *message)
{
	const char *scratch = strstr(message, self->path);
	struct sp_slice name;
	char *place;

	if (scratch == NULL) {
		/* of CURRENT, RocksDB tells no path */
		place = place_of(self, sp_slice_of(strstr(message, "CURRENT") ? "CURRENT" : ""), 0);
		sp_fail(err, SP_EDAMAGED, "%s: RocksDB says: %s", place, message);
		free(place);
		return err->code;
	}
	name = sp_slice(scratch + strlen(self->path) + 1,
		strcspn(scratch + strlen(self->path) + 1, " :,\n"));
	place = place_of(self, name, block_in((const char *)name.p + name.n));
	sp_fail(err, SP_EDAMAGED, "%s: RocksDB says: %.*s'%.*s'%s", place, (int)(scratch - message),
		message, (int)name.n, name.p, (const char *)name.p + name.n);
	free(place);
	return err->code;
}
