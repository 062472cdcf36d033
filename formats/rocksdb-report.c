#include "rocksdb-report.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

/* Where the file's first byte is in the file that holds it. */
static uint64_t base_of(const struct sp_rocksdb_report *report)
{
	const struct sp_handle *handle = &report->local->handle;

	return handle->code == SP_HANDLE_SEGMENT ? (uint64_t)handle->start : 0;
}

/* "file '000012.sst' (path): offset 0x…"; of an inline file, the offset is in itself. */
static void put_place(
	const struct sp_rocksdb_report *report, uint64_t offset, struct sp_buffer *out)
{
	const struct sp_local_file *local = report->local;

	if (local == NULL || report->file == NULL) {
		sp_buffer_printf(
			out, "%s: offset 0x%" PRIx64, report->place->source->metadata_path, offset);
		return;
	}
	sp_buffer_printf(out, "%s: ", report->file->place);
	if (local->handle.code == SP_HANDLE_BYTES)
		sp_buffer_printf(out, "offset 0x%" PRIx64 ": ", local->handle.at);
	sp_buffer_printf(out, "file '%.*s': offset 0x%" PRIx64, (int)local->local_path.n,
		local->local_path.p, base_of(report) + offset);
}

void sp_rocksdb_found(struct sp_rocksdb_report *report, enum sp_finding_code code, uint64_t offset,
	const char *fmt, ...)
{
	struct sp_finding_place place = SP_FINDING_PLACE(report->place->op, report->place->subtask);
	const bool inside = report->local != NULL && report->file != NULL;
	sp_auto_buffer where = { 0 };
	char text[1024];
	va_list args;

	if (report->found++ >= SP_ROCKSDB_REPORT_MAX)
		return;
	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	put_place(report, offset, &where);
	place.file = inside ? report->file->place : report->place->source->metadata_path;
	place.offset = !inside ? (int64_t)offset
		       : report->local->handle.code == SP_HANDLE_BYTES
			       ? (int64_t)report->local->handle.at
			       : (int64_t)(base_of(report) + offset);
	sp_find_at(report->findings, code, &place, "%.*s: %s", (int)where.n, where.p, text);
}
