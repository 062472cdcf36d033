#include "row-json.h"

#include "value-internal.h"

static void put_value(const struct sp_key_layout *layout, const struct sp_type *type,
	struct sp_slice bytes, struct sp_buffer *out)
{
	sp_auto(sp_arena) *arena = sp_arena_new();
	struct sp_value value = { .kind = SP_VALUE_OPAQUE, .bytes = bytes };
	struct sp_error err;

	if (type != NULL &&
		sp_value_read_all(bytes, 0, layout->kryo, type, arena, &value, &err) < 0)
		value = (struct sp_value){ .kind = SP_VALUE_OPAQUE, .bytes = bytes };
	sp_value_json(&value, out);
}

void sp_row_key_json(const struct sp_key_layout *layout, struct sp_slice key, struct sp_buffer *out)
{
	struct sp_key_parts parts;
	struct sp_error err;

	sp_buffer_printf(out, "{\"key\": ");
	if (sp_key_split(layout, key, &parts, &err) < 0) {
		const size_t prefix = key.n < layout->prefix ? key.n : layout->prefix;

		put_value(layout, NULL, sp_slice(key.p + prefix, key.n - prefix), out);
		sp_buffer_printf(out, "}");
		return;
	}
	put_value(layout, layout->key, parts.key, out);
	if (layout->ns != NULL && layout->ns->kind != SP_VOID_NAMESPACE) {
		sp_buffer_printf(out, ", \"namespace\": ");
		put_value(layout, layout->ns, parts.ns, out);
	}
	if (layout->user_key != NULL) {
		sp_buffer_printf(out, ", \"map_key\": ");
		put_value(layout, layout->user_key, parts.user_key, out);
	}
	if (layout->timer)
		sp_buffer_printf(out, ", \"timestamp\": %lld", (long long)parts.timestamp);
	sp_buffer_printf(out, "}");
}

static bool put_elements(const struct sp_key_layout *layout, const struct sp_type *element,
	struct sp_slice value, struct sp_buffer *out)
{
	struct sp_value_reader reader = sp_value_reader(value, 0, layout->kryo);
	const size_t start = out->n;
	struct sp_slice bytes;
	struct sp_error err;
	int r;

	sp_buffer_printf(out, "[");
	for (size_t n = 0; (r = sp_list_next(&reader, element, &bytes, &err)) > 0; n++) {
		if (n > 0)
			sp_buffer_printf(out, ", ");
		put_value(layout, element, bytes, out);
	}
	sp_buffer_printf(out, "]");
	if (r < 0)
		out->n = start;
	return r == 0;
}

void sp_row_value_json(const struct sp_key_layout *layout, const struct sp_state *state,
	struct sp_slice value, struct sp_buffer *out)
{
	const struct sp_type *element = sp_state_element(state);

	if (layout->timer) {
		sp_buffer_printf(out, "null");
	} else if (element != NULL) {
		if (!put_elements(layout, element, value, out))
			put_value(layout, NULL, value, out);
	} else if (layout->user_key == NULL) {
		put_value(layout, state->value, value, out);
	} else if (value.n > 0 && value.p[0] == 1) { /* MapState: the value is null */
		sp_buffer_printf(out, "null");
	} else if (value.n > 0) {
		put_value(layout, sp_state_user_value(state), sp_slice(value.p + 1, value.n - 1),
			out);
	} else {
		put_value(layout, NULL, value, out);
	}
}
