/* The header of keyed state files, and one serializer snapshot on its own. */
#include "type.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void walk(const struct sp_keyed_header *header)
{
	sp_auto_buffer text = { 0 };

	sp_type_text(header->key, &text);
	for (size_t i = 0; i < header->n_states; i++) {
		const struct sp_state *state = &header->states[i];

		sp_buffer_printf(&text, "%s", sp_state_kind_text(state));
		if (state->value != NULL && !sp_type_has_ttl(state->value))
			sp_type_text(state->value, &text);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	sp_auto(sp_arena) *arena = sp_arena_new();
	struct sp_cursor in = sp_cursor(sp_slice(data, n), 0);
	const struct sp_keyed_header *header;
	const struct sp_type *type;
	struct sp_error err;

	if (sp_keyed_header_read(sp_slice(data, n), 0, arena, &header, &err) == 0)
		walk(header);
	sp_type_read_proxy(&in, arena, &type, &err);
	return 0;
}
