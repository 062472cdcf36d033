#include "keyed-header-unite.h"

#include <inttypes.h>

#include "keyed-header-write.h"
#include "state-same.h"
#include "state-set.h"

#define VERSION 6 /* that headers are composed of */

struct uniting {
	struct sp_state_set set;
	size_t *seen; /* by id in the set: number, from 1, of the last header that has the state */
	struct sp_slice key;
};

/* The flag is the same byte in all versions that have it; in others it is not looked at. */
static bool same_bytes(const struct sp_keyed_header *a, const struct sp_keyed_header *b)
{
	const size_t flag = SP_KEYED_HEADER_COMPRESSED_AT;

	if (a->compressed == b->compressed)
		return sp_slice_equal(a->bytes, b->bytes);
	return a->bytes.n == b->bytes.n && memcmp(a->bytes.p, b->bytes.p, flag) == 0 &&
	       memcmp(a->bytes.p + flag + 1, b->bytes.p + flag + 1, a->bytes.n - flag - 1) == 0;
}

static bool all_same(const struct sp_keyed_header *const *headers, size_t n)
{
	for (size_t i = 1; i < n; i++)
		if (!same_bytes(headers[0], headers[i]))
			return false;
	return true;
}

static int check_version(const struct sp_keyed_header *header, struct sp_error *err)
{
	if (header->version == VERSION)
		return 0;
	sp_fail(err, SP_EUNSUPPORTED,
		"the states differ between subtasks, and their descriptions, of version %" PRId32
		", cannot be put together",
		header->version);
	return sp_hint(err, "restore it with Flink 1.7 or later and take a canonical savepoint");
}

static int add_key(struct uniting *self, const struct sp_keyed_header *header,
	const struct sp_keyed_header *first, struct sp_error *err)
{
	struct sp_slice key = sp_keyed_header_key(header);
	sp_auto_buffer text = { 0 };

	if (sp_same_type(first->key, header->key)) {
		if (key.n > self->key.n) /* it knows more subclasses */
			self->key = key;
		return 0;
	}
	sp_type_text(first->key, &text);
	sp_buffer_printf(&text, ", ");
	sp_type_text(header->key, &text);
	return sp_fail(err, SP_EUNSUPPORTED,
		"the type of the keys is not the same in all of the snapshot: %.*s", (int)text.n,
		(const char *)text.p);
}

static int add_states(struct uniting *self, const struct sp_keyed_header *header, size_t number,
	struct sp_error *err)
{
	for (size_t i = 0; i < header->n_states; i++) {
		const struct sp_state *state = &header->states[i];
		uint16_t id;

		if (sp_state_set_add(&self->set, state, &id, err) < 0)
			return err->code;
		if (self->seen[id] == number)
			return sp_fail(err, SP_EDAMAGED, "state '%.*s' comes twice in a header",
				(int)state->name.n, state->name.p);
		self->seen[id] = number;
	}
	return 0;
}

static int add_all(struct uniting *self, const struct sp_keyed_header *const *headers, size_t n,
	struct sp_error *err)
{
	for (size_t i = 0; i < n; i++)
		if (check_version(headers[i], err) < 0 ||
			add_key(self, headers[i], headers[0], err) < 0 ||
			add_states(self, headers[i], i + 1, err) < 0)
			return err->code;
	return 0;
}

int sp_keyed_headers_unite(const struct sp_keyed_header *const *headers, size_t n,
	struct sp_arena *arena, const struct sp_keyed_header **ret, struct sp_error *err)
{
	struct uniting self = { .key = { 0 } };
	int r;

	*ret = headers[0];
	if (all_same(headers, n))
		return 0;
	self.seen = sp_arena_new_array(arena, size_t, INT16_MAX);
	r = add_all(&self, headers, n, err);
	if (r == 0)
		r = sp_state_set_header(
			&self.set, self.key, headers[0]->compressed, arena, ret, err);
	sp_state_set_free(&self.set);
	return r;
}
