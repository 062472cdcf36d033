#include "release-limits.h"

#include "type-release.h"

/* VersionedIOReadableWritable, PostVersionedIOReadableWritable */
#define TIMERS_MAGIC 0xf1cd859fU

bool sp_has_finished(const struct sp_operator *op)
{
	bool finished = op->fully_finished;

	for (size_t i = 0; i < op->n_subtasks; i++)
		finished |= op->subtasks[i].finished;
	return finished;
}

bool sp_is_coordinator_1(const struct sp_handle *handle)
{
	return handle->code == SP_HANDLE_BYTES && handle->data.n >= 4 &&
	       sp_get_be32(handle->data.p) == 1;
}

int sp_timers_version(struct sp_source *source, const struct sp_keyed_handle *handle,
	int32_t *version, struct sp_error *err)
{
	sp_auto(sp_file) *file = NULL;
	uint8_t bytes[8];
	int32_t i = 0;

	while (i < handle->count && handle->offsets[i] < 0)
		i++;
	if (i == handle->count)
		return 0;
	if (sp_source_open_handle(source, &handle->data, &file, err) < 0)
		return err->code;
	if (file->size < sizeof(bytes) || (uint64_t)handle->offsets[i] > file->size - sizeof(bytes))
		return 0;
	if (sp_file_read(file, (uint64_t)handle->offsets[i], bytes, sizeof(bytes), err) < 0)
		return err->code;
	*version = (int32_t)sp_get_be32(bytes + 4);
	return sp_get_be32(bytes) == TIMERS_MAGIC;
}

void sp_type_unread_text(
	const struct sp_type *part, enum sp_kryo kryo, sp_release release, struct sp_buffer *out)
{
	const struct sp_release_range range = sp_type_releases(part, kryo, 0, NULL);
	const bool second = kryo == SP_KRYO_2;
	char text[16], from[16], to[16];

	sp_type_text(part, out);
	if (part->kind == SP_KRYO) {
		sp_buffer_printf(out, ": Flink %s has Kryo %s, which cannot read values of Kryo %s",
			sp_release_text(release, text), second ? "5" : "2.24",
			second ? "2.24" : "5");
		return;
	}
	sp_buffer_printf(
		out, ": Flink %s cannot read serializers of ", sp_release_text(release, text));
	sp_mutf8_to_utf8(part->snapshot_class, out);
	sp_buffer_printf(out, ", only Flink %s to %s can", sp_release_text(range.from, from),
		sp_release_text(range.to, to));
}
