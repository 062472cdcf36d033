#include "canonical.h"

#include "formats.h"
#include "key-groups.h"

static int claim(const struct sp_keyed_place *place, struct sp_error *err)
{
	enum sp_layout layout;

	if (sp_key_groups_layout(place, &layout, err) < 0)
		return err->code;
	return layout == SP_LAYOUT_CANONICAL;
}

static int verify(const struct sp_keyed_place *place, const struct sp_budget *budget,
	struct sp_findings *findings, struct sp_error *err)
{
	return sp_key_groups_verify(place, 0, budget, findings, err);
}

static int cut(const struct sp_cut *cut, struct sp_arena *arena, struct sp_keyed_handle *ret,
	struct sp_error *err)
{
	return sp_key_groups_cut(cut, &sp_canonical, arena, ret, err);
}

const struct sp_format sp_canonical = {
	.name = "canonical",
	.description = "canonical (Flink's unified binary format)",
	.claim = claim,
	.canonical = true,
	.open = sp_canonical_open,
	.verify = verify,
	.cut = cut,
	.create = sp_canonical_create,
};
