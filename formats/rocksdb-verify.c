/*
 * What an incremental handle's files must be for RocksDB to open and read them: every block of
 * every table sound (rocksdb-sst.c), the MANIFEST whole (rocksdb-manifest-read.c), and the tables
 * those that it names. CURRENT and the ends of tables are looked at with the files
 * (rocksdb-verify-files.c).
 */
#include "rocksdb-verify.h"

#include <inttypes.h>
#include <stdlib.h>

#include "rocksdb-coding.h"
#include "rocksdb-manifest-read.h"
#include "rocksdb-sst.h"

#define OPTIONS_MAX ((uint64_t)16 * 1024 * 1024)

/* An SST file of the handle. */
struct table {
	uint64_t number; /* that its name has */
	const struct sp_local_file *local;
};

struct check {
	const struct sp_keyed_place *place;
	struct sp_findings *findings;
	struct table *tables; /* by number; owned */
	size_t n_tables;
	bool has_version;
	struct sp_rocksdb_version version;
	struct sp_error *err;
};

static const struct sp_local_file *file_at(const struct check *self, size_t i)
{
	return sp_rocksdb_file_at(self->place->handle, i);
}

static size_t n_files(const struct check *self)
{
	return self->place->handle->n_shared + self->place->handle->n_private;
}

static const struct sp_local_file *file_named(const struct check *self, struct sp_slice name)
{
	return sp_rocksdb_file_named(self->place->handle, name);
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

/* --- names ----------------------------------------------------------------------------------- */

/* "000012.sst" */
static bool table_number(struct sp_slice name, uint64_t *ret)
{
	uint64_t number = 0;

	if (name.n < 5 || name.n > 4 + 18 || memcmp(name.p + name.n - 4, ".sst", 4) != 0)
		return false;
	for (size_t i = 0; i < name.n - 4; i++) {
		if (name.p[i] < '0' || name.p[i] > '9')
			return false;
		number = number * 10 + (uint64_t)(name.p[i] - '0');
	}
	*ret = number;
	return true;
}

static bool is_options(struct sp_slice name)
{
	return name.n > 8 && memcmp(name.p, "OPTIONS-", 8) == 0;
}

static int by_number(const void *a, const void *b)
{
	const struct table *x = a, *y = b;

	return (x->number > y->number) - (x->number < y->number);
}

static void list_tables(struct check *self)
{
	self->tables = calloc(n_files(self) + 1, sizeof(*self->tables));
	if (self->tables == NULL)
		sp_abort("out of memory");
	for (size_t i = 0; i < n_files(self); i++) {
		struct table *table = &self->tables[self->n_tables];

		table->local = file_at(self, i);
		self->n_tables += table_number(table->local->local_path, &table->number);
	}
	qsort(self->tables, self->n_tables, sizeof(*self->tables), by_number);
}

/* --- MANIFEST -------------------------------------------------------------------------------- */

/* The file that CURRENT names; NULL where there is none, which the files level tells. */
static int find_manifest(struct check *self, const struct sp_local_file **ret)
{
	const struct sp_local_file *current = file_named(self, sp_slice_of("CURRENT"));
	sp_auto(sp_file) *file = NULL;
	char name[SP_ROCKSDB_CURRENT_MAX];
	int r;

	*ret = NULL;
	if (current == NULL)
		return 0;
	r = open_file(self, current, &file);
	if (r <= 0 || file->size < 2 || file->size > sizeof(name))
		return r < 0 ? r : 0;
	if (sp_file_read(file, 0, name, (size_t)file->size, self->err) < 0)
		return self->err->code;
	*ret = file_named(self, sp_slice(name, (size_t)file->size - 1));
	return 0;
}

static int read_manifest(struct check *self)
{
	const struct sp_local_file *manifest;
	sp_auto(sp_file) *file = NULL;
	struct sp_rocksdb_report report;
	int r = find_manifest(self, &manifest);

	if (r < 0 || manifest == NULL)
		return r;
	r = open_file(self, manifest, &file);
	if (r <= 0)
		return r;
	report = report_on(self, manifest, file);
	r = sp_rocksdb_manifest_read(file, &report, &self->version, self->err);
	self->has_version = r > 0;
	return r < 0 ? r : 0;
}

/* Every table that it names is in the handle. */
static void check_presence(struct check *self)
{
	struct sp_rocksdb_report report = report_on(self, NULL, NULL);

	for (size_t i = 0; i < self->version.n_files; i++) {
		const struct table key = { .number = self->version.files[i].number };

		if (bsearch(&key, self->tables, self->n_tables, sizeof(key), by_number) == NULL)
			sp_rocksdb_found(&report, SP_FIND_TABLE_MISSING, self->place->handle->at,
				"no file '%06" PRIu64 ".sst' of %" PRIu64 " bytes in the handle",
				key.number, self->version.files[i].size);
	}
}

/* --- tables ---------------------------------------------------------------------------------- */

static int by_live_number(const void *a, const void *b)
{
	const struct sp_rocksdb_live *x = a, *y = b;

	return (x->number > y->number) - (x->number < y->number);
}

static const struct sp_rocksdb_live *live_of(const struct check *self, uint64_t number)
{
	const struct sp_rocksdb_live key = { .number = number };

	return bsearch(
		&key, self->version.files, self->version.n_files, sizeof(key), by_live_number);
}

/* Ingested tables keep the sequence numbers that their keys were written with. */
static bool is_key(struct sp_slice wanted, const struct sp_rocksdb_sst *sst, struct sp_slice key)
{
	const size_t trailer = sst->ingested ? SP_ROCKSDB_TRAILER_BYTES : 0;

	return wanted.n >= SP_ROCKSDB_TRAILER_BYTES && key.n >= SP_ROCKSDB_TRAILER_BYTES &&
	       sp_slice_equal(
		       sp_slice(wanted.p, wanted.n - trailer), sp_slice(key.p, key.n - trailer));
}

static void compare(const struct check *self, const struct table *table, const struct sp_file *file,
	const struct sp_rocksdb_sst *sst)
{
	struct sp_rocksdb_report report = report_on(self, table->local, file);
	const struct sp_rocksdb_live *live = live_of(self, table->number);
	struct sp_slice family;

	if (live == NULL) {
		sp_rocksdb_found(&report, SP_FIND_TABLE_UNUSED, 0, "%" PRIu64 " bytes", file->size);
		return;
	}
	family = sp_rocksdb_version_family(&self->version, live->family);
	if (live->size != file->size)
		sp_rocksdb_found(&report, SP_FIND_TABLE_OTHER, 0,
			"%" PRIu64 " bytes instead of %" PRIu64, file->size, live->size);
	else if (sst->bounded &&
		 (!is_key(live->smallest, sst, sp_buffer_slice(&sst->smallest)) ||
			 !is_key(live->largest, sst, sp_buffer_slice(&sst->largest))))
		sp_rocksdb_found(&report, SP_FIND_TABLE_OTHER, 0,
			"its first or last key is not the one of the MANIFEST");
	else if (sst->family.n > 0 && family.n > 0 &&
		 !sp_slice_equal(family, sp_buffer_slice(&sst->family)))
		sp_rocksdb_found(&report, SP_FIND_TABLE_OTHER, 0,
			"rows of column family '%.*s' instead of '%.*s'", (int)sst->family.n,
			sst->family.p, (int)family.n, family.p);
}

static int check_table(struct check *self, const struct table *table)
{
	sp_auto(sp_file) *file = NULL;
	struct sp_rocksdb_report report;
	struct sp_rocksdb_sst sst;
	int r = open_file(self, table->local, &file);

	if (r <= 0)
		return r;
	report = report_on(self, table->local, file);
	r = sp_rocksdb_sst_verify(file, &report, &sst, self->err);
	if (r == 0 && self->has_version)
		compare(self, table, file, &sst);
	sp_rocksdb_sst_free(&sst);
	return r;
}

/* --- OPTIONS --------------------------------------------------------------------------------- */

static bool is_text(struct sp_slice bytes)
{
	for (size_t i = 0; i < bytes.n; i++)
		if ((bytes.p[i] < ' ' && bytes.p[i] != '\n' && bytes.p[i] != '\t') ||
			bytes.p[i] == 0x7f)
			return false;
	return true;
}

/* Blank, '# …', '[section …]' or 'name=value' (options/options_parser.cc). */
static bool is_options_line(struct sp_slice line)
{
	while (line.n > 0 && line.p[0] == ' ')
		line = sp_slice(line.p + 1, line.n - 1);
	while (line.n > 0 && line.p[line.n - 1] == ' ')
		line.n--;
	if (line.n == 0 || line.p[0] == '#')
		return true;
	if (line.p[0] == '[')
		return line.p[line.n - 1] == ']';
	return line.p[0] != '=' && memchr(line.p, '=', line.n) != NULL;
}

static void check_options_text(struct sp_rocksdb_report *report, struct sp_slice text)
{
	for (size_t at = 0; at < text.n;) {
		const uint8_t *end = memchr(text.p + at, '\n', text.n - at);
		const size_t n = end == NULL ? text.n - at : (size_t)(end - text.p) - at;
		const struct sp_slice line = sp_slice(text.p + at, n);

		if (!is_text(line) || !is_options_line(line)) {
			sp_rocksdb_found(report, SP_FIND_OPTIONS, at, "no line of an OPTIONS file");
			return;
		}
		at += n + 1;
	}
}

static int check_options(struct check *self, const struct sp_local_file *local)
{
	sp_auto(sp_file) *file = NULL;
	sp_auto_buffer text = { 0 };
	struct sp_rocksdb_report report;
	int r = open_file(self, local, &file);

	if (r <= 0 || file->size > OPTIONS_MAX)
		return r < 0 ? r : 0;
	if (sp_file_read_all(file, OPTIONS_MAX, &text, self->err) < 0)
		return self->err->code;
	report = report_on(self, local, file);
	check_options_text(&report, sp_buffer_slice(&text));
	return 0;
}

/* --------------------------------------------------------------------------------------------- */

static int check_files(struct check *self)
{
	int r = read_manifest(self);

	if (r == 0 && self->has_version)
		check_presence(self);
	for (size_t i = 0; r == 0 && i < self->n_tables; i++)
		r = check_table(self, &self->tables[i]);
	for (size_t i = 0; r == 0 && i < n_files(self); i++)
		if (is_options(file_at(self, i)->local_path))
			r = check_options(self, file_at(self, i));
	return r;
}

int sp_rocksdb_verify(const struct sp_keyed_place *place, const struct sp_budget *budget,
	struct sp_findings *findings, struct sp_error *err)
{
	struct check self = { .place = place, .findings = findings, .err = err };
	int r;

	(void)budget;
	list_tables(&self);
	r = check_files(&self);
	sp_rocksdb_version_free(&self.version);
	free(self.tables);
	return r;
}
