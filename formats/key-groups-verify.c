#include <inttypes.h>
#include <stdlib.h>

#include "input.h"
#include "key-groups.h"
#include "verify.h"

#define BLOCK_BYTES ((size_t)64 * 1024)

/* Walks the chunks of one key group. 0 also where they are damaged, which is a finding. */
static int walk_group(const struct sp_keyed_place *place, struct sp_input *in, uint32_t group,
	struct sp_findings *findings, struct sp_error *err)
{
	struct sp_finding_place where = SP_FINDING_PLACE(place->op, place->subtask);
	int r;

	while ((r = sp_input_more(in, err)) > 0)
		sp_input_skip(in, in->window.n - in->used);
	if (r != SP_EDAMAGED)
		return r;
	where.key_group = (int32_t)group;
	where.file = in->file->place;
	where.offset = place->handle->data.code == SP_HANDLE_BYTES ? (int64_t)place->handle->data.at
								   : (int64_t)in->at;
	sp_find_at(findings, SP_FIND_COMPRESSED_DATA, &where, "%s (key group %" PRIu32 ")",
		err->message, group);
	return 0;
}

static int walk_groups(const struct sp_keyed_place *place, size_t prefix, struct sp_file *file,
	struct sp_findings *findings, struct sp_error *err)
{
	struct sp_key_group_ranges groups;
	struct sp_input in;
	int r = sp_key_group_ranges(place->handle, file, 0, &groups, err);

	if (r < 0)
		return r == SP_EDAMAGED ? 0 : r; /* the metadata level has told */
	sp_input_init(&in, file, BLOCK_BYTES);
	for (size_t i = 0; i < groups.n && r == 0; i++) {
		const struct sp_key_group_range *group = &groups.at[i];

		if (group->end - group->start <= prefix)
			continue; /* the rows tell */
		sp_input_range(&in, group->start + prefix, group->end, true);
		r = walk_group(place, &in, group->key_group, findings, err);
	}
	sp_input_free(&in);
	free(groups.at);
	return r;
}

int sp_key_groups_verify(const struct sp_keyed_place *place, size_t prefix,
	const struct sp_budget *budget, struct sp_findings *findings, struct sp_error *err)
{
	sp_auto(sp_arena) *arena = sp_arena_new();
	sp_auto(sp_file) *file = NULL;
	const struct sp_keyed_header *header;
	int r = sp_verify_open(place->source, &place->handle->data, &file, err);

	(void)budget;
	if (r <= 0)
		return r;
	r = sp_source_read_keyed_header(place->source, place->handle, arena, &header, err);
	if (r == SP_EDAMAGED || r == SP_EUNSUPPORTED)
		return 0; /* the files level has told */
	if (r <= 0 || !header->compressed)
		return r;
	return walk_groups(place, prefix, file, findings, err);
}
