/*
 * The files that make a RocksDB directory: CURRENT, the MANIFEST that it names, and the ends of
 * the tables. What is in them is for rocksdb-verify.c.
 *
 * Last bytes of an SST file (rocksdb::Footer, table/format.cc): version, magic number, both
 * little-endian.
 */
#include <inttypes.h>

#include "rocksdb-report.h"
#include "rocksdb-verify.h"
#include "sst.h"

#define MAGIC_BYTES 8

struct check {
	const struct sp_keyed_place *place;
	struct sp_findings *findings;
	struct sp_error *err;
};

const struct sp_local_file *sp_rocksdb_file_at(const struct sp_keyed_handle *handle, size_t i)
{
	return i < handle->n_shared ? &handle->shared[i] : &handle->private[i - handle->n_shared];
}

const struct sp_local_file *sp_rocksdb_file_named(
	const struct sp_keyed_handle *handle, struct sp_slice name)
{
	for (size_t i = 0; i < handle->n_shared + handle->n_private; i++)
		if (sp_slice_equal(sp_rocksdb_file_at(handle, i)->local_path, name))
			return sp_rocksdb_file_at(handle, i);
	return NULL;
}

static int open_file(
	const struct check *self, const struct sp_local_file *local, struct sp_file **ret)
{
	return sp_verify_open(self->place->source, &local->handle, ret, self->err);
}

static struct sp_rocksdb_report report_on(
	const struct check *self, const struct sp_local_file *local, const struct sp_file *file)
{
	return (struct sp_rocksdb_report){ self->place, self->findings, local, file, 0 };
}

/* --- CURRENT --------------------------------------------------------------------------------- */

/* It is the name of the manifest and a line feed. */
static int check_current(const struct check *self)
{
	const struct sp_keyed_handle *handle = self->place->handle;
	const struct sp_local_file *current = sp_rocksdb_file_named(handle, sp_slice_of("CURRENT"));
	struct sp_rocksdb_report report = report_on(self, NULL, NULL);
	sp_auto(sp_file) *file = NULL;
	char name[SP_ROCKSDB_CURRENT_MAX];
	int r;

	if (current == NULL) {
		sp_rocksdb_found(
			&report, SP_FIND_NO_CURRENT, handle->at, "no file 'CURRENT' in the handle");
		return 0;
	}
	r = open_file(self, current, &file);
	if (r <= 0)
		return r;
	report = report_on(self, current, file);
	if (file->size < 2 || file->size > sizeof(name)) {
		sp_rocksdb_found(&report, SP_FIND_NO_CURRENT, 0, "%" PRIu64 " bytes", file->size);
		return 0;
	}
	if (sp_file_read(file, 0, name, (size_t)file->size, self->err) < 0)
		return self->err->code;
	if (name[file->size - 1] != '\n')
		sp_rocksdb_found(&report, SP_FIND_NO_CURRENT, file->size - 1,
			"does not end with a line feed");
	else if (sp_rocksdb_file_named(handle, sp_slice(name, (size_t)file->size - 1)) == NULL)
		sp_rocksdb_found(&report, SP_FIND_NO_MANIFEST, 0, "'%.*s' is not in the handle",
			(int)file->size - 1, name);
	return 0;
}

/* --- tables ---------------------------------------------------------------------------------- */

static int check_sst(const struct check *self, const struct sp_local_file *sst)
{
	struct sp_rocksdb_report report;
	sp_auto(sp_file) *file = NULL;
	struct sp_sst_footer footer;
	int r = open_file(self, sst, &file);

	if (r <= 0)
		return r;
	report = report_on(self, sst, file);
	if (file->size < SP_SST_FOOTER_BYTES) {
		sp_rocksdb_found(&report, SP_FIND_SST, 0, "%" PRIu64 " bytes", file->size);
		return 0;
	}
	if (sp_sst_footer_read(file, &footer, self->err) < 0)
		return self->err->code;
	if (!footer.table)
		sp_rocksdb_found(&report, SP_FIND_SST, file->size - MAGIC_BYTES,
			"magic number %016" PRIx64, footer.magic);
	else if (footer.version > SP_SST_VERSION_MAX)
		sp_rocksdb_found(&report, SP_FIND_SST_VERSION, file->size - SP_SST_FOOTER_BYTES,
			"table version %" PRIu32, footer.version);
	return 0;
}

static bool is_sst(struct sp_slice name)
{
	return name.n > 4 && memcmp(name.p + name.n - 4, ".sst", 4) == 0;
}

static int check_tables(const struct check *self)
{
	const struct sp_keyed_handle *handle = self->place->handle;
	int r = 0;

	for (size_t i = 0; r == 0 && i < handle->n_shared + handle->n_private; i++)
		if (is_sst(sp_rocksdb_file_at(handle, i)->local_path))
			r = check_sst(self, sp_rocksdb_file_at(handle, i));
	return r;
}

/* --- timers ---------------------------------------------------------------------------------- */

static bool has_timers(const struct sp_keyed_header *header)
{
	for (size_t i = 0; i < header->n_states; i++)
		if (header->states[i].kind == SP_KIND_PRIORITY_QUEUE)
			return true;
	return false;
}

/* A native savepoint that has no timers has lost those of the heap. */
static int check_timers(const struct check *self)
{
	const struct sp_keyed_place *place = self->place;
	const struct sp_properties *properties = &place->source->snapshot->properties;
	sp_auto(sp_arena) *arena = sp_arena_new();
	const struct sp_keyed_header *header;
	int r;

	if (properties->type != SP_TYPE_SAVEPOINT || !properties->native ||
		place->subtask->raw_keyed.code != SP_KEYED_NONE)
		return 0;
	r = sp_source_read_keyed_header(place->source, place->handle, arena, &header, self->err);
	if (r == SP_EDAMAGED || r == SP_EUNSUPPORTED)
		return 0; /* it is a finding already */
	if (r > 0 && !has_timers(header))
		sp_find(self->findings, SP_FIND_NO_TIMERS, place->op, place->subtask,
			"%zu states, none of them timers", header->n_states);
	return r < 0 ? r : 0;
}

int sp_rocksdb_verify_files(
	const struct sp_keyed_place *place, struct sp_findings *findings, struct sp_error *err)
{
	const struct check self = { place, findings, err };

	if (check_timers(&self) < 0 || check_current(&self) < 0)
		return err->code;
	return check_tables(&self);
}
