/*
 * The heap-native reader on hostile bytes, and what it gave written and read again. The input is
 * the data stream of a handle; where its key groups lie is said by its last bytes, as in
 * fuzz-canonical.c.
 */
#include "formats.h"
#include "fuzz.h"

#define GROUPS_MAX 8
#define START 3
#define ROWS_MAX 10000

static struct sp_snapshot snapshot = { .version = 4 };
static struct sp_source source = { .metadata_path = (char *)(uintptr_t) "fuzz",
	.snapshot = &snapshot };
static struct sp_operator op = { .parallelism = 1, .max_parallelism = 128 };
static const struct sp_budget budget = { .memory = 1 << 16, .tmpdir = "/tmp" };

static struct sp_stream *open_stream(const struct sp_keyed_handle *handle)
{
	struct sp_keyed_place place = sp_place(&source, &op, NULL, handle);
	struct sp_stream *stream;
	struct sp_error err;

	return sp_hashmap.open(&place, &budget, &stream, &err) < 0 ? NULL : stream;
}

/* Writes the rows of the stream. 0: all of it was sound. */
static int copy(struct sp_stream *stream, struct sp_arena *arena, struct sp_keyed_handle *ret)
{
	struct sp_writer_plan plan = { .name = "fuzz",
		.header = stream->header,
		.start = START,
		.count = GROUPS_MAX,
		.max_parallelism = 128,
		.inline_threshold = SIZE_MAX,
		.budget = budget };
	sp_auto(sp_writer) *writer = NULL;
	struct sp_error err;
	struct sp_row row;
	int n = 0, r;

	if (sp_hashmap.create(&plan, &writer, &err) < 0)
		return -1;
	while ((r = sp_next(stream, &row, &err)) > 0) {
		if (row.key_group >= START + GROUPS_MAX || row.key.n == 0)
			sp_abort("a row that cannot be");
		if (++n > ROWS_MAX || sp_put(writer, &row, &err) < 0)
			return -1;
	}
	return r < 0 ? -1 : writer->ops->finish(writer, arena, ret, &err);
}

static void read_and_copy(const struct sp_keyed_handle *handle)
{
	sp_auto(sp_arena) *arena = sp_arena_new();
	sp_auto(sp_stream) *stream = open_stream(handle);
	sp_auto(sp_stream) *again = NULL;
	struct sp_keyed_handle written;
	struct sp_error err;
	struct sp_row row;
	int r;

	if (stream == NULL || copy(stream, arena, &written) < 0)
		return;
	again = open_stream(&written);
	if (again == NULL)
		sp_abort("what was written cannot be opened");
	while ((r = sp_next(again, &row, &err)) > 0)
		;
	if (r < 0)
		sp_abort(err.message);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int64_t offsets[GROUPS_MAX];
	struct sp_keyed_handle handle = {
		.code = SP_KEYED_KEY_GROUPS_V2, .start = START, .offsets = offsets
	};
	size_t n = size == 0 ? 0 : data[size - 1] % (GROUPS_MAX + 1);

	if (size < 1 + 2 * n)
		return 0;
	handle.count = (int32_t)n;
	for (size_t i = 0; i < n; i++)
		offsets[i] = sp_get_be16(data + size - 1 - 2 * (n - i));
	handle.data = (struct sp_handle){ .code = SP_HANDLE_BYTES,
		.data = sp_slice(data, size - 1 - 2 * n) };
	read_and_copy(&handle);
	return 0;
}
