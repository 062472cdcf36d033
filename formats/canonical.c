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

const struct sp_format sp_canonical = {
	.name = "canonical",
	.description = "canonical (Flink's unified binary format)",
	.claim = claim,
	.canonical = true,
	.open = sp_canonical_open,
	.create = sp_canonical_create,
};
