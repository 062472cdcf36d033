/*
 * Snapshots as the memory backend (JobManagerCheckpointStorage) makes them: the heap-native layout
 * (hashmap.c), all of it inline in _metadata. It is recognised and read as that layout.
 *
 * org.apache.flink.runtime.state.memory.MemCheckpointStreamFactory, all releases.
 */
#include "formats.h"
#include "hashmap.h"

#define LIMIT ((uint64_t)5 * 1024 * 1024) /* JobManagerCheckpointStorage.DEFAULT_MAX_STATE_SIZE */

static int claim(const struct sp_keyed_place *place, struct sp_error *err)
{
	(void)place;
	(void)err;
	return 0;
}

static int create(const struct sp_writer_plan *plan, struct sp_writer **ret, struct sp_error *err)
{
	return sp_hashmap_create_inline(plan, LIMIT, ret, err);
}

static int cut(const struct sp_cut *cut, struct sp_arena *arena, struct sp_keyed_handle *ret,
	struct sp_error *err)
{
	return sp_key_groups_cut(cut, &sp_memory, arena, ret, err);
}

const struct sp_format sp_memory = {
	.name = "memory",
	.description = "heap native, in the metadata (memory backend)",
	.passes_whole = true,
	.claim = claim,
	.open = sp_hashmap_open,
	.cut = cut,
	.order = SP_ORDER_MAPS,
	.inline_limit = LIMIT,
	.create = create,
};
