/*
 * Changelog snapshots (codes 8 and 14): a materialized part in any of the other layouts, and the
 * changes since then (org.apache.flink.state.changelog.ChangelogKeyedStateBackend, 1.14 to 2.2).
 * Recognised here; reading one means replaying its changes.
 */
#include "formats.h"

static int claim(const struct sp_keyed_place *place, struct sp_error *err)
{
	(void)err;
	switch (place->handle->code) {
	case SP_KEYED_CHANGELOG:
	case SP_KEYED_CHANGELOG_V2:
	case SP_KEYED_CHANGELOG_BYTES:
	case SP_KEYED_CHANGELOG_FILE:
	case SP_KEYED_CHANGELOG_FILE_V2: return 1;
	default: return 0;
	}
}

const struct sp_format sp_changelog = {
	.name = "changelog",
	.description = "changelog (changes on top of a materialized snapshot)",
	.claim = claim,
};
