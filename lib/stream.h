/*
 * Rows, and streams of rows: the normal form in which keyed state passes from any reader to any
 * writer. It is the canonical form (HeapSnapshotStrategy / FullSnapshotAsyncWriter row layout),
 * the finest grain any layout has: a map state is one row per entry, a list is one row with its
 * elements joined by ',', a timer is a row with an empty value.
 */
#ifndef SP_STREAM_H
#define SP_STREAM_H

#include "type.h"

struct sp_row {                       /* borrowed until the next call on the stream */
	const struct sp_state *state; /* of the stream's header */
	uint32_t key_group;
	struct sp_slice
		key; /* key group, key, namespace, map key: as Flink's serializers wrote them */
	struct sp_slice value;
};

struct sp_stream;

/* Where a row was read; borrowed like the row. */
struct sp_row_spot {
	const char *file;
	uint64_t offset; /* of its key group where that is compressed; inline: in the metadata */
};

struct sp_stream_ops {
	int (*next)(struct sp_stream *stream, struct sp_row *row, struct sp_error *err);
	void (*free)(struct sp_stream *stream);
	/* Of the row given last. NULL: it is put together from more than one place. */
	void (*spot)(const struct sp_stream *stream, struct sp_row_spot *ret);
};

/* What can be relied on among the rows of one state in one key group. */
enum sp_order {
	SP_ORDER_NONE,
	SP_ORDER_MAPS, /* all entries of one map (one key and namespace) stand together */
	SP_ORDER_KEYS, /* strictly ascending, bytewise by their keys */
};

/*
 * Rows in ascending order of key groups. In a key group the rows of one state stand together, in
 * the order in which the source has them.
 */
struct sp_stream {
	const struct sp_stream_ops *ops;
	const struct sp_keyed_header *header; /* lives as long as the stream */
	enum sp_order order;
};

/* 1: a row; 0: the end; < 0: an error. */
static inline int sp_next(struct sp_stream *stream, struct sp_row *row, struct sp_error *err)
{
	return stream->ops->next(stream, row, err);
}

/* Takes NULL. */
static inline void sp_stream_free(struct sp_stream *stream)
{
	if (stream != NULL)
		stream->ops->free(stream);
}
SP_DEFINE_CLEANUP(sp_stream, sp_stream_free)

#endif
