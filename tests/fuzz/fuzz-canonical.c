/*
 * The canonical reader on hostile bytes. The input is the data stream of a handle; where its key
 * groups lie is said by its last bytes: how many there are, and a big-endian u16 offset each.
 */
#include "formats.h"
#include "fuzz.h"

#define GROUPS_MAX 8

static void read_all(const struct sp_keyed_handle *handle)
{
	struct sp_source source = { .metadata_path = (char *)(uintptr_t) "fuzz" };
	struct sp_operator op = { .parallelism = 1, .max_parallelism = 128 };
	struct sp_keyed_place place = sp_place(&source, &op, NULL, handle);
	struct sp_budget budget = { .memory = 1 << 16 };
	sp_auto(sp_stream) *stream = NULL;
	const struct sp_format *format;
	struct sp_error err;
	struct sp_row row;

	if (sp_format_of(&place, &format, &err) < 0 ||
		sp_canonical.open(&place, &budget, &stream, &err) < 0)
		return;
	while (sp_next(stream, &row, &err) > 0)
		if (row.key_group >= 128 || row.key.n == 0)
			sp_abort("a row that cannot be");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int64_t offsets[GROUPS_MAX];
	struct sp_keyed_handle handle = {
		.code = SP_KEYED_SAVEPOINT, .start = 3, .offsets = offsets
	};
	size_t n = size == 0 ? 0 : data[size - 1] % (GROUPS_MAX + 1);

	if (size < 1 + 2 * n)
		return 0;
	handle.count = (int32_t)n;
	for (size_t i = 0; i < n; i++)
		offsets[i] = sp_get_be16(data + size - 1 - 2 * (n - i));
	handle.data = (struct sp_handle){ .code = SP_HANDLE_BYTES,
		.data = sp_slice(data, size - 1 - 2 * n) };
	read_all(&handle);
	handle.code = SP_KEYED_KEY_GROUPS_V2; /* looks into the data for its layout */
	read_all(&handle);
	return 0;
}
