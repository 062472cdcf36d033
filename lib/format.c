#include "format.h"

#include <inttypes.h>

const struct sp_format *sp_format_by_name(const char *name)
{
	static const struct {
		const char *other, *name;
	} spellings[] = {
		{ "fs", "hashmap" },
		{ "filesystem", "hashmap" },
		{ "heap", "hashmap" },
		{ "jobmanager", "memory" },
	};

	for (size_t i = 0; i < sp_countof(spellings); i++)
		if (strcmp(spellings[i].other, name) == 0)
			name = spellings[i].name;
	for (size_t i = 0; sp_formats[i] != NULL; i++)
		if (strcmp(sp_formats[i]->name, name) == 0)
			return sp_formats[i];
	return NULL;
}

int sp_format_of(
	const struct sp_keyed_place *place, const struct sp_format **ret, struct sp_error *err)
{
	for (size_t i = 0; sp_formats[i] != NULL; i++) {
		int r = sp_formats[i]->claim(place, err);

		if (r < 0)
			return r;
		if (r > 0) {
			*ret = sp_formats[i];
			return 0;
		}
	}
	return sp_fail(err, SP_EUNSUPPORTED,
		"%s: offset 0x%" PRIx64 ": keyed state handle of type %d has no known layout",
		place->source->metadata_path, place->handle->at, (int)place->handle->code);
}

int sp_format_header(const struct sp_format *format, const struct sp_keyed_place *place,
	struct sp_arena *arena, const struct sp_keyed_header **ret, struct sp_error *err)
{
	return format->header != NULL
		       ? format->header(place, arena, ret, err)
		       : sp_source_read_keyed_header(place->source, place->handle, arena, ret, err);
}

int sp_check_key_groups(const struct sp_keyed_place *place, struct sp_error *err)
{
	int64_t start = place->handle->start;
	int64_t end = start + place->handle->count;

	if (start >= 0 && end <= place->op->max_parallelism &&
		place->op->max_parallelism <= SP_MAX_PARALLELISM)
		return 0;
	return sp_fail(err, SP_EDAMAGED,
		"%s: offset 0x%" PRIx64 ": key groups %" PRId64 " to %" PRId64
		" of an operator with max parallelism %" PRId32,
		place->source->metadata_path, place->handle->at, start, end - 1,
		place->op->max_parallelism);
}

int sp_check_inline_limit(const struct sp_format *format, uint64_t size, struct sp_error *err)
{
	if (format->inline_limit == 0 || size <= format->inline_limit)
		return 0;
	sp_fail(err, SP_EUNSUPPORTED,
		"%" PRIu64 " bytes of state cannot lie in the metadata, at most %" PRIu64 " can",
		size, format->inline_limit);
	return sp_hint(err, "another layout puts state into files");
}

struct sp_key_groups sp_place_groups(const struct sp_keyed_place *place)
{
	struct sp_key_groups all = { place->handle->start, place->handle->count };

	return place->only.count > 0 ? sp_key_groups_common(all, place->only) : all;
}
