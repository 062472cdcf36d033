/* _metadata files built by hand, field by field: for layouts of which there is no real file. */
#ifndef METADATA_BUILD_H
#define METADATA_BUILD_H

#include "buffer.h"

static inline void put_text(struct sp_buffer *b, const char *text)
{
	sp_buffer_utf(b, sp_slice_of(text));
}

static inline void put_file(struct sp_buffer *b, const char *path)
{
	sp_buffer_u8(b, 2);
	sp_buffer_u64(b, 100);
	put_text(b, path);
}

static inline void put_bytes(struct sp_buffer *b, const char *name, const char *data)
{
	sp_buffer_u8(b, 1);
	put_text(b, name);
	sp_buffer_blob(b, sp_slice_of(data));
}

/* Up to the number of operators. */
static inline void put_header(struct sp_buffer *b, int version, uint32_t operators)
{
	sp_buffer_u32(b, 0x4960672d);
	sp_buffer_u32(b, (uint32_t)version);
	sp_buffer_u64(b, 7);
	if (version >= 2)
		sp_buffer_u32(b, 0);
	sp_buffer_u32(b, operators);
}

/* Up to the number of subtasks; without name and uid, without coordinator. */
static inline void put_operator(struct sp_buffer *b, int version, uint32_t subtasks)
{
	if (version >= 5) {
		put_text(b, "");
		put_text(b, "src");
	}
	sp_buffer_u64(b, 0xf362c87ffabe89c8U);
	sp_buffer_u64(b, 0xa91fa7d0a523ba6cU);
	sp_buffer_u32(b, 4);
	sp_buffer_u32(b, 128);
	if (version <= 2)
		sp_buffer_u32(b, 1);
	else
		sp_buffer_u8(b, 0);
	sp_buffer_u32(b, subtasks);
}

/* Up to the first keyed handle; without operator state. */
static inline void put_subtask(struct sp_buffer *b, int version, uint32_t index)
{
	sp_buffer_u32(b, index);
	if (version <= 2) {
		sp_buffer_u64(b, UINT64_MAX);
		sp_buffer_u32(b, 0);
	}
	sp_buffer_u32(b, 0);
	sp_buffer_u32(b, 0);
}

/* The rest of a snapshot behind the last channel list. */
static inline void put_end(struct sp_buffer *b, int version)
{
	if (version >= 4) {
		sp_buffer_u32(b, 0xaced0005);
		sp_buffer_u8(b, 0x70);
	}
}

/* A whole file up to the managed keyed handle of subtask 2. */
static inline void put_until_keyed(struct sp_buffer *b, int version)
{
	put_header(b, version, 1);
	put_operator(b, version, 1);
	put_subtask(b, version, 2);
}

/* From behind the managed keyed handle to the end. */
static inline void put_after_keyed(struct sp_buffer *b, int version)
{
	sp_buffer_u8(b, 0);
	if (version >= 3) {
		sp_buffer_u32(b, 0);
		sp_buffer_u32(b, 0);
	}
	put_end(b, version);
}

#endif
