/*
 * The changelog reader on hostile bytes. The input is the stream of changes, behind a first byte:
 * bit 0: nothing is materialized; bits 1 to 7: where the change set begins.
 */
#include <ftw.h>
#include <stdio.h>
#include <unistd.h>

#include "formats.h"
#include "fuzz.h"
#include "keyed-header-write.h"

#define GROUPS 128

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)st;
	(void)type;
	(void)at;
	return remove(path);
}

/* A directory for the scratch database, one for all inputs. */
static const char *scratch_directory(void)
{
	static char path[] = "/tmp/savepoint-fuzz.XXXXXX";
	static bool made;

	if (!made && mkdtemp(path) == NULL)
		sp_abort("no scratch directory");
	made = true;
	return path;
}

static void __attribute__((destructor)) remove_scratch(void)
{
	nftw(scratch_directory(), remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static void put_snapshot(struct sp_buffer *out, const char *class)
{
	sp_buffer_u32(out, 2);
	sp_buffer_utf(out, sp_slice_of(class));
	sp_buffer_u32(out, 3);
}

/* A materialized part without states: the log announces them. */
static void put_header(struct sp_buffer *out)
{
	sp_auto_buffer key = { 0 };

	put_snapshot(&key, "org.apache.flink.api.common.typeutils.base.StringSerializer$"
			   "StringSerializerSnapshot");
	sp_keyed_header_write(sp_buffer_slice(&key), NULL, 0, false, out);
}

static void read_all(const struct sp_keyed_handle *handle)
{
	struct sp_source source = { .metadata_path = (char *)(uintptr_t) "fuzz" };
	struct sp_operator op = { .parallelism = 1, .max_parallelism = GROUPS };
	struct sp_subtask subtask = { 0 };
	struct sp_keyed_place place = sp_place(&source, &op, &subtask, handle);
	struct sp_budget budget = { .memory = 1 << 20, .tmpdir = scratch_directory() };
	sp_auto(sp_stream) *stream = NULL;
	struct sp_error err;
	struct sp_row row;

	if (sp_changelog.open(&place, &budget, &stream, &err) < 0)
		return;
	while (sp_next(stream, &row, &err) > 0)
		if (row.key_group >= GROUPS || row.key.n == 0 || row.key.p[0] != row.key_group)
			sp_abort("a row that cannot be");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int64_t offsets[GROUPS] = { 0 };
	sp_auto_buffer header = { 0 };
	struct sp_change_stream stream = { 0 };
	struct sp_keyed_handle base = {
		.code = SP_KEYED_SAVEPOINT, .count = GROUPS, .offsets = offsets
	};
	struct sp_keyed_handle log = {
		.code = SP_KEYED_CHANGELOG_FILE, .count = GROUPS, .streams = &stream, .n_streams = 1
	};
	const struct sp_keyed_handle handle = { .code = SP_KEYED_CHANGELOG_V2,
		.count = GROUPS,
		.materialized = &base,
		.n_materialized = size > 0 && (data[0] & 1) == 0,
		.non_materialized = &log,
		.n_non_materialized = 1 };

	if (size == 0)
		return 0;
	put_header(&header);
	base.data = (struct sp_handle){ .code = SP_HANDLE_BYTES, .data = sp_buffer_slice(&header) };
	stream.offset = data[0] >> 1;
	stream.handle =
		(struct sp_handle){ .code = SP_HANDLE_BYTES, .data = sp_slice(data + 1, size - 1) };
	read_all(&handle);
	return 0;
}
