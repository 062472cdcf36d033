/*
 * The heap-native layout: snapshots of the hashmap (memory, filesystem) backend.
 *
 *	header                         as in every keyed file, see keyed-header.c
 *	key group *                    all of the range, each at the offset of the handle
 *	  i32  key group               never compressed
 *	  block *                      one per state of the header, in any order; a snappy stream
 *	                               each if the header says so
 *	    u16  state id
 *	    i32  number of entries
 *	    entry *
 *
 *	entry:  namespace ‖ key ‖ value            no lengths, no key group
 *	timer:  i64 time, its sign bit flipped ‖ key ‖ namespace
 *	value:  LIST  i32 n, n × element
 *	        MAP   i32 n, n × (key, bool is null, value if it is not)
 *	        else  as it is serialized
 *
 * Written by org.apache.flink.runtime.state.heap.HeapSnapshotStrategy with
 * CopyOnWriteStateTableSnapshot, ListSerializer, MapSerializer and
 * HeapPriorityQueueStateSnapshot: savepoints up to 1.12, checkpoints of all releases, native
 * savepoints since 1.15. Read by HeapRestoreOperation. This is what it is since 1.3 (header
 * version 2 and later).
 */
#include "hashmap.h"

#include "formats.h"

static int claim(const struct sp_keyed_place *place, struct sp_error *err)
{
	enum sp_layout layout;

	if (sp_key_groups_layout(place, &layout, err) < 0)
		return err->code;
	return layout == SP_LAYOUT_HEAP;
}

static bool is_collection(const struct sp_type *type)
{
	return type->kind == SP_LIST || type->kind == SP_MAP || type->kind == SP_LEGACY;
}

int sp_hashmap_state(const struct sp_keyed_header *header, const struct sp_state *state,
	int32_t max_parallelism, enum sp_kryo kryo, struct sp_hashmap_state *ret,
	struct sp_error *err)
{
	*ret = (struct sp_hashmap_state){
		.element = sp_state_element(state),
		.user_key = sp_state_user_key(state),
		.user_value = sp_state_user_value(state),
		.value = state->value,
	};
	if (sp_key_layout(header, state, max_parallelism, kryo, &ret->layout, err) < 0)
		return err->code;
	if (ret->layout.timer)
		return 0;
	if (state->type == SP_STATE_LIST && ret->element == NULL)
		return sp_fail(err, SP_EUNSUPPORTED,
			"the list's serializer does not tell the type of its elements");
	if (state->type == SP_STATE_UNKNOWN && is_collection(state->value))
		return sp_fail(err, SP_EUNSUPPORTED,
			"the header does not tell whether it is a list, a map or a value");
	ret->no_bytes = ret->element != NULL && sp_type_width(ret->element) == 0;
	return 0;
}

int sp_hashmap_hint(struct sp_error *err)
{
	return sp_hint(
		err, "a canonical savepoint of the job has the lengths that the heap layout lacks");
}

/* The number of a key group is never compressed. */
static int verify(const struct sp_keyed_place *place, const struct sp_budget *budget,
	struct sp_findings *findings, struct sp_error *err)
{
	return sp_key_groups_verify(place, 4, budget, findings, err);
}

static int cut(const struct sp_cut *cut, struct sp_arena *arena, struct sp_keyed_handle *ret,
	struct sp_error *err)
{
	return sp_key_groups_cut(cut, &sp_hashmap, arena, ret, err);
}

const struct sp_format sp_hashmap = {
	.name = "hashmap",
	.description = "heap native (hashmap backend)",
	.passes_whole = true,
	.claim = claim,
	.open = sp_hashmap_open,
	.verify = verify,
	.cut = cut,
	.order = SP_ORDER_MAPS,
	.create = sp_hashmap_create,
};
