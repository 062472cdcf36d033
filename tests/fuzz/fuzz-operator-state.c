/*
 * Operator state on hostile bytes: the header, and the elements of a handle that lists what the
 * header declares, at offsets that the last bytes say (how many, and a big-endian u16 each). What
 * can be read can be written anew and has the same elements.
 */
#include "fuzz.h"
#include "operator-state.h"

#define OFFSETS_MAX 12
#define STATES_MAX 8

static uint64_t read_all(struct sp_operator_reader *reader, struct sp_error *err)
{
	const struct sp_operator_header *header = sp_operator_reader_header(reader);
	struct sp_slice piece;
	uint64_t bytes = 0;

	err->code = 0;
	for (size_t i = 0; i < header->n_states && err->code == 0; i++) {
		sp_operator_reader_select(reader, header->states[i].name);
		while (err->code == 0 && sp_operator_reader_next(reader) > 0)
			while (sp_operator_reader_piece(reader, &piece, err) > 0)
				bytes += piece.n;
	}
	return bytes;
}

static void rewrite(struct sp_source *source, struct sp_operator_reader *reader)
{
	sp_auto(sp_arena) *arena = sp_arena_new();
	sp_auto(sp_outlet) *outlet = sp_outlet_new(NULL, "fuzz", SIZE_MAX);
	sp_auto(sp_operator_reader) *again = NULL;
	struct sp_operator_handle made;
	struct sp_error err;

	if (sp_operator_merge(&reader, 1, outlet, SP_RELEASE(1, 17), arena, &made, &err) == 0 &&
		sp_operator_reader_open(source, &made, &again, &err) < 0)
		sp_abort("what was written cannot be read");
}

static void read_stream(const struct sp_operator_handle *handle)
{
	struct sp_source source = { .metadata_path = (char *)(uintptr_t) "fuzz" };
	sp_auto(sp_operator_reader) *reader = NULL;
	struct sp_error err;

	if (sp_operator_reader_open(&source, handle, &reader, &err) < 0)
		return;
	read_all(reader, &err);
	rewrite(&source, reader);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const names[STATES_MAX] = { "list", "union", "broadcast",
		"SourceReaderState", "split-list", "union-list", "rules", "_default_" };
	struct sp_operator_state states[STATES_MAX] = { 0 };
	int64_t offsets[OFFSETS_MAX];
	size_t n = size == 0 ? 0 : data[size - 1] % (OFFSETS_MAX + 1);
	struct sp_operator_handle handle = {
		.code = SP_OPERATOR_STREAM, .states = states, .n_states = STATES_MAX
	};

	if (size < 1 + 2 * n)
		return 0;
	for (size_t i = 0; i < n; i++)
		offsets[i] = sp_get_be16(data + size - 1 - 2 * (n - i));
	for (size_t i = 0; i < STATES_MAX; i++) {
		size_t from = n * i / STATES_MAX;

		states[i] = (struct sp_operator_state){ .name = sp_slice_of(names[i]),
			.offsets = offsets + from,
			.n_offsets = n * (i + 1) / STATES_MAX - from };
	}
	handle.data = (struct sp_handle){ .code = SP_HANDLE_BYTES,
		.data = sp_slice(data, size - 1 - 2 * n) };
	read_stream(&handle);
	return 0;
}
