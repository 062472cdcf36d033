#include "diff-internal.h"

#include "row-json.h"

#define SHOWN_MAX ((size_t)64 * 1024) /* bytes of a key or value that samples show */
#define DECODED_MAX 1024 /* a value that is compared decoded takes one such part of the memory */

/* --- as JSON --------------------------------------------------------------------------------- */

static void put_typed(
	const struct sp_type *type, enum sp_kryo kryo, struct sp_slice bytes, struct sp_buffer *out)
{
	const struct sp_value opaque = { .kind = SP_VALUE_OPAQUE, .bytes = bytes };
	sp_auto(sp_arena) *arena = sp_arena_new();
	struct sp_value value;
	struct sp_error err;

	if (type != NULL && sp_value_read_all(bytes, 0, kryo, type, arena, &value, &err) == 0)
		sp_value_json(&value, out);
	else
		sp_value_json(&opaque, out);
}

static void put_bytes(struct sp_slice bytes, struct sp_buffer *out)
{
	const struct sp_value value = { .kind = SP_VALUE_BYTES, .bytes = bytes };

	sp_value_json(&value, out);
}

void sp_diff_value_json(const struct sp_diff_entry *entry, enum sp_diff_side side,
	struct sp_slice value, struct sp_buffer *out)
{
	const struct sp_diff_declared *declared = &entry->state.sides[side];

	switch (entry->state.part) {
	case SP_DIFF_KEYED:
		if (entry->layout_known[side])
			sp_row_value_json(&entry->layouts[side], declared->state, value, out);
		else
			put_typed(NULL, declared->kryo, value, out);
		break;
	case SP_DIFF_TIMERS: sp_buffer_printf(out, "null"); break;
	case SP_DIFF_OPERATOR: put_typed(declared->value, declared->kryo, value, out); break;
	case SP_DIFF_RAW_OPERATOR:
	case SP_DIFF_RAW_KEYED:
	case SP_DIFF_COORDINATOR: put_bytes(value, out); break;
	}
}

static void put_key(const struct sp_diff_entry *entry, enum sp_diff_side side, struct sp_slice key,
	struct sp_buffer *out)
{
	const struct sp_diff_declared *declared = &entry->state.sides[side];
	const struct sp_slice rest = sp_slice(key.p + 1, key.n - 1);

	switch (entry->state.part) {
	case SP_DIFF_KEYED:
	case SP_DIFF_TIMERS:
		if (entry->layout_known[side]) {
			sp_row_key_json(&entry->layouts[side], key, out);
			return;
		}
		sp_buffer_printf(out, "{\"key\": ");
		put_typed(NULL, declared->kryo, rest, out);
		break;
	case SP_DIFF_OPERATOR:
		if (rest.n == 0) /* a broadcast state as a whole */
			return;
		sp_buffer_printf(out, "{\"map_key\": ");
		put_typed(declared->key, declared->kryo, rest, out);
		break;
	case SP_DIFF_RAW_KEYED:
		sp_buffer_printf(out, "{\"key_group\": %u", (unsigned)sp_get_be32(rest.p));
		break;
	case SP_DIFF_RAW_OPERATOR:
	case SP_DIFF_COORDINATOR: return;
	}
	sp_buffer_printf(out, "}");
}

/* --- samples --------------------------------------------------------------------------------- */

static bool is_short(struct sp_slice bytes, struct sp_buffer *out)
{
	if (bytes.n <= SHOWN_MAX)
		return true;
	sp_buffer_printf(out, "{\"not_shown_bytes\": %zu}", bytes.n);
	return false;
}

/* NULL of nothing. */
static const char *text_of(struct sp_differ *self, const struct sp_buffer *json)
{
	self->sampled += json->n;
	return json->n == 0 ? NULL : sp_arena_string(self->diff->arena, sp_buffer_slice(json));
}

static const char *sample_key(struct sp_differ *self, const struct sp_diff_entry *entry,
	enum sp_diff_side side, struct sp_slice key)
{
	sp_auto_buffer json = { 0 };

	if (key.n > 0 && !entry->bag[side] && is_short(key, &json))
		put_key(entry, side, key, &json);
	return text_of(self, &json);
}

static const char *sample_value(struct sp_differ *self, const struct sp_diff_entry *entry,
	enum sp_diff_side side, struct sp_slice value)
{
	sp_auto_buffer json = { 0 };

	if (entry->state.part != SP_DIFF_TIMERS && is_short(value, &json))
		sp_diff_value_json(entry, side, value, &json);
	return text_of(self, &json);
}

/* The next sample's place; NULL: no more are wanted. There is room for a power of 2 of them. */
static struct sp_diff_sample *new_sample(struct sp_differ *self, struct sp_diff_state *state)
{
	const size_t n = state->n_samples;
	struct sp_diff_sample *samples;

	if (!self->request->rows || n >= self->request->limit)
		return NULL;
	if (self->sampled > self->request->memory / 4) {
		self->diff->samples_cut = true;
		return NULL;
	}
	if ((n & (n - 1)) == 0) {
		samples = sp_arena_new_array(
			self->diff->arena, struct sp_diff_sample, n == 0 ? 1 : 2 * n);
		if (n > 0)
			memcpy(samples, state->samples, n * sizeof(*samples));
		state->samples = samples;
	}
	return &state->samples[state->n_samples++];
}

void sp_diff_add_sample(struct sp_differ *self, struct sp_diff_entry *entry, struct sp_slice key,
	const struct sp_slice *const values[SP_DIFF_SIDES])
{
	const enum sp_diff_side named = values[SP_DIFF_B] == NULL ? SP_DIFF_A : SP_DIFF_B;
	struct sp_diff_sample *sample;
	enum sp_diff_change change = SP_DIFF_CHANGED;

	if (values[SP_DIFF_A] == NULL)
		change = SP_DIFF_ADDED;
	else if (values[SP_DIFF_B] == NULL)
		change = SP_DIFF_REMOVED;
	if (!entry->counted)
		entry->state.rows[change]++;
	sample = new_sample(self, &entry->state);
	if (sample == NULL)
		return;
	*sample = (struct sp_diff_sample){ .change = change };
	sample->key = sample_key(self, entry, named, key);
	for (int side = 0; side < SP_DIFF_SIDES; side++)
		if (values[side] != NULL)
			sample->values[side] =
				sample_value(self, entry, (enum sp_diff_side)side, *values[side]);
}

/* --- equality -------------------------------------------------------------------------------- */

static bool equal_json(const struct sp_diff_entry *entry, struct sp_slice a, struct sp_slice b)
{
	sp_auto_buffer x = { 0 };
	sp_auto_buffer y = { 0 };

	sp_diff_value_json(entry, SP_DIFF_A, a, &x);
	sp_diff_value_json(entry, SP_DIFF_B, b, &y);
	return sp_slice_equal(sp_buffer_slice(&x), sp_buffer_slice(&y));
}

/* One value of each side, with its type. What cannot be decoded equals nothing else. */
struct twin {
	struct sp_slice bytes;
	const struct sp_type *type;
	enum sp_kryo kryo;
};

static bool equal_values(const struct twin *a, const struct twin *b)
{
	sp_auto(sp_arena) *arena = sp_arena_new();
	struct sp_value x, y;
	struct sp_error err;

	if (a->type == NULL || b->type == NULL)
		return sp_slice_equal(a->bytes, b->bytes);
	return sp_value_read_all(a->bytes, 0, a->kryo, a->type, arena, &x, &err) == 0 &&
	       sp_value_read_all(b->bytes, 0, b->kryo, b->type, arena, &y, &err) == 0 &&
	       sp_value_equal(&x, &y);
}

/* Lists of the elements of these types. */
static bool equal_lists(const struct twin *a, const struct twin *b)
{
	struct sp_value_reader in_a = sp_value_reader(a->bytes, 0, a->kryo);
	struct sp_value_reader in_b = sp_value_reader(b->bytes, 0, b->kryo);
	struct twin x = *a, y = *b;
	struct sp_error err;
	int r;

	while ((r = sp_list_next(&in_a, a->type, &x.bytes, &err)) > 0)
		if (sp_list_next(&in_b, b->type, &y.bytes, &err) <= 0 || !equal_values(&x, &y))
			return false;
	return r == 0 && sp_list_next(&in_b, b->type, &y.bytes, &err) == 0;
}

/* A map's value stands behind a flag that says whether it is null. */
static bool equal_map_values(struct twin a, struct twin b)
{
	if (a.bytes.n == 0 || b.bytes.n == 0 || a.bytes.p[0] != b.bytes.p[0])
		return false;
	if (a.bytes.p[0] != 0)
		return true;
	a.bytes = sp_slice(a.bytes.p + 1, a.bytes.n - 1);
	b.bytes = sp_slice(b.bytes.p + 1, b.bytes.n - 1);
	return equal_values(&a, &b);
}

static bool equal_keyed(const struct sp_diff_entry *entry, struct twin *a, struct twin *b)
{
	const struct sp_state *of_a = entry->state.sides[SP_DIFF_A].state;
	const struct sp_state *of_b = entry->state.sides[SP_DIFF_B].state;

	a->type = of_a->value;
	b->type = of_b->value;
	if (of_a->type == SP_STATE_LIST && sp_state_element(of_a) != NULL) {
		a->type = sp_state_element(of_a);
		b->type = sp_state_element(of_b);
		return b->type != NULL && equal_lists(a, b);
	}
	if (of_a->type == SP_STATE_MAP) {
		a->type = sp_state_user_value(of_a);
		b->type = sp_state_user_value(of_b);
		return equal_map_values(*a, *b);
	}
	return equal_values(a, b);
}

bool sp_diff_equal(const struct sp_differ *self, const struct sp_diff_entry *entry,
	struct sp_slice a, struct sp_slice b)
{
	const struct sp_diff_declared *sides = entry->state.sides;
	const size_t most = self->request->memory / DECODED_MAX;
	struct twin x = { a, sides[SP_DIFF_A].value, sides[SP_DIFF_A].kryo };
	struct twin y = { b, sides[SP_DIFF_B].value, sides[SP_DIFF_B].kryo };

	if (sp_slice_equal(a, b) && !entry->recode)
		return true;
	if (a.n > most || b.n > most)
		return sp_slice_equal(a, b);
	if (entry->state.kind_differs || entry->state.types_differ)
		return equal_json(entry, a, b);
	switch (entry->state.part) {
	case SP_DIFF_KEYED: return equal_keyed(entry, &x, &y);
	case SP_DIFF_OPERATOR: return equal_values(&x, &y);
	default: return sp_slice_equal(a, b);
	}
}
