/*
 * The heap-native layout: snapshots of the hashmap (memory, filesystem) backend.
 *
 *	header                         as in every keyed file, see keyed-header.c
 *	key group *                    all of the range, each at the offset of the handle
 *	  i32  key group
 *	  block *                      one per state of the header, in any order
 *	    u16  state id, i32 entries, then namespace ‖ key ‖ value per entry, without lengths
 *
 * Written by org.apache.flink.runtime.state.heap.HeapSnapshotStrategy: savepoints up to 1.12,
 * checkpoints of all releases, native savepoints since 1.15. Recognised here; reading it needs the
 * serializers of every state to find the borders.
 */
#include "key-groups.h"
#include "formats.h"

static int claim(const struct sp_keyed_place *place, struct sp_error *err)
{
	enum sp_layout layout;

	if (sp_key_groups_layout(place, &layout, err) < 0)
		return err->code;
	return layout == SP_LAYOUT_HEAP;
}

const struct sp_format sp_hashmap = {
	.name = "hashmap",
	.description = "heap native (hashmap backend)",
	.claim = claim,
};
