/*
 * Headers of keyed state, composed; their layout is drawn in keyed-header.c. A state of kind
 * KEY_VALUE_V2 becomes one of kind KEY_VALUE, as
 * runtime.state.v2.StateDescriptorUtils.transformFromV2ToV1() has it:
 *
 *	              KEY_VALUE_V2                     KEY_VALUE
 *	LIST          element                          List(element)
 *	MAP           user value, USER_KEY_SERIALIZER  Map(user key, user value)
 *	others        value                            value
 *	time to live  state.v2.ttl.TtlStateFactory     state.ttl.TtlStateFactory
 *
 * KEY_VALUE_V2 is written by Flink 2.0 to 2.2; 2.0 has no USER_KEY_SERIALIZER.
 */
#include "keyed-header-write.h"

#include "mutf8.h"

#define VERSION 6                                  /* KeyedBackendSerializationProxy.VERSION */
#define KEY_AT (SP_KEYED_HEADER_COMPRESSED_AT + 1) /* offset of the key serializer */
#define COUNT_BYTES 2                              /* of the number of states */

void sp_keyed_header_write(struct sp_slice key, const struct sp_slice *states, size_t n,
	bool compressed, struct sp_buffer *out)
{
	sp_buffer_u32(out, VERSION);
	sp_buffer_u8(out, compressed);
	sp_buffer_bytes(out, key);
	sp_buffer_u16(out, (uint16_t)n);
	for (size_t i = 0; i < n; i++)
		sp_buffer_bytes(out, states[i]);
}

struct sp_slice sp_keyed_header_key(const struct sp_keyed_header *header)
{
	const uint8_t *start = header->bytes.p + KEY_AT;
	const uint8_t *states = header->n_states > 0 ? header->states[0].bytes.p
						     : header->bytes.p + header->bytes.n;

	return sp_slice(start, (size_t)(states - COUNT_BYTES - start));
}

/* --- states of the asynchronous API --------------------------------------------------------- */

#define PROXY_VERSION 2        /* TypeSerializerSnapshotSerializationProxy.VERSION */
#define COMPOSITE_VERSION 3    /* CompositeTypeSerializerSnapshot.getCurrentVersion() */
#define COMPOSITE_MAGIC 911108 /* CompositeTypeSerializerSnapshot.MAGIC_NUMBER */
#define NESTED_MAGIC 1333245   /* NestedSerializersSnapshotDelegate.MAGIC_NUMBER */
#define NESTED_VERSION 1
#define OUTER_VERSION 1 /* of ListSerializerSnapshot and MapSerializerSnapshot */

#define BASE "org.apache.flink.api.common.typeutils.base."
#define STATE "org.apache.flink.runtime.state."
#define TTL_V2 STATE "v2.ttl.TtlStateFactory$TtlSerializerSnapshot"
#define TTL STATE "ttl.TtlStateFactory$TtlSerializerSnapshot"

/* Up to the nested snapshots, of which there are n. */
static void put_composite(struct sp_buffer *out, const char *class, uint32_t n)
{
	sp_buffer_utf(out, sp_slice_of(class));
	sp_buffer_u32(out, COMPOSITE_VERSION);
	sp_buffer_u32(out, COMPOSITE_MAGIC);
	sp_buffer_u32(out, OUTER_VERSION);
	sp_buffer_u32(out, NESTED_MAGIC);
	sp_buffer_u32(out, NESTED_VERSION);
	sp_buffer_u32(out, n);
}

static void put_snapshot(struct sp_buffer *out, const struct sp_type *type)
{
	size_t name = 2 + type->snapshot_class.n;

	if (!sp_slice_is(type->snapshot_class, TTL_V2)) {
		sp_buffer_bytes(out, type->bytes);
		return;
	}
	sp_buffer_utf(out, sp_slice_of(TTL));
	sp_buffer_bytes(out, sp_slice(type->bytes.p + name, type->bytes.n - name));
}

static void put_role(struct sp_buffer *out, const char *role)
{
	sp_buffer_utf(out, sp_slice_of(role));
	sp_buffer_u32(out, PROXY_VERSION);
}

static void put_value(struct sp_buffer *out, const struct sp_state *state)
{
	put_role(out, "VALUE_SERIALIZER");
	if (state->type == SP_STATE_LIST) {
		put_composite(out, BASE "ListSerializerSnapshot", 1);
	} else if (state->type == SP_STATE_MAP) {
		put_composite(out, BASE "MapSerializerSnapshot", 2);
		put_snapshot(out, state->user_key);
	}
	put_snapshot(out, state->value);
}

static void put_plain_state(struct sp_buffer *out, const struct sp_state *state)
{
	sp_buffer_utf(out, state->name);
	sp_buffer_u32(out, SP_KIND_KEY_VALUE);
	sp_buffer_u32(out, (uint32_t)state->n_options);
	for (size_t i = 0; i < state->n_options; i++) {
		sp_buffer_utf(out, state->options[i].key);
		sp_buffer_utf(out, state->options[i].value);
	}
	sp_buffer_u32(out, 2);
	put_value(out, state);
	put_role(out, "NAMESPACE_SERIALIZER");
	put_snapshot(out, state->ns);
}

static int fail_state(const struct sp_state *state, const char *what, struct sp_error *err)
{
	sp_auto_buffer name = { 0 };

	sp_mutf8_to_utf8(state->name, &name);
	return sp_fail(err, SP_EUNSUPPORTED, "state '%.*s' is of ForSt's asynchronous state API %s",
		(int)name.n, (const char *)name.p, what);
}

static int check_state(const struct sp_state *state, struct sp_error *err)
{
	if (state->value == NULL || state->ns == NULL || state->value->kind == SP_LEGACY ||
		state->ns->kind == SP_LEGACY)
		return fail_state(state, "and lacks serializers", err);
	if (state->type != SP_STATE_MAP || state->user_key != NULL)
		return 0;
	fail_state(state, "of Flink 2.0, which does not tell the type of a map's keys", err);
	return sp_hint(err, "a snapshot that Flink 2.1 or later has made of the job tells it");
}

int sp_keyed_header_plain(const struct sp_keyed_header *header, struct sp_arena *arena,
	const struct sp_keyed_header **ret, struct sp_error *err)
{
	struct sp_slice *states = sp_arena_new_array(arena, struct sp_slice, header->n_states);
	sp_auto_buffer bytes = { 0 };
	size_t n = 0;

	for (size_t i = 0; i < header->n_states; i++) {
		const struct sp_state *state = &header->states[i];
		sp_auto_buffer plain = { 0 };

		states[i] = state->bytes;
		if (state->kind != SP_KIND_KEY_VALUE_V2)
			continue;
		if (check_state(state, err) < 0)
			return err->code;
		put_plain_state(&plain, state);
		states[i] = sp_arena_copy(arena, sp_buffer_slice(&plain));
		n++;
	}
	if (n == 0)
		return 0;
	sp_keyed_header_write(
		sp_keyed_header_key(header), states, header->n_states, header->compressed, &bytes);
	return sp_keyed_header_read(sp_buffer_slice(&bytes), 0, arena, ret, err) < 0 ? err->code
										     : 1;
}
