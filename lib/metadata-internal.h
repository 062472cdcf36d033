/*
 * What the parts of the _metadata reader share: metadata-read.c reads the frame of a file,
 * operators and subtasks, metadata-read-handle.c stream, operator and channel handles,
 * metadata-read-keyed.c keyed handles. Nobody else includes this.
 */
#ifndef SP_METADATA_INTERNAL_H
#define SP_METADATA_INTERNAL_H

#include "snapshot.h"

/* Handles within handles: changelog in changelog, key groups in a stream. Flink nests one deep. */
#define SP_METADATA_DEPTH 8

struct sp_metadata_reader {
	struct sp_cursor in; /* over the arena's own copy of the file */
	struct sp_arena *arena;
	uint64_t budget; /* bytes of structs that may still be allocated */
	int32_t version;
	enum sp_dialect dialect;
	int32_t subtask; /* the subtask being read: what the 1.11 dialect leaves out */
	unsigned depth;
	bool saw_channels;  /* something that the 1.11 dialect would read differently */
	bool saw_changelog; /* something that the 1.14 dialect would read differently */
};

/* Elements of a list: their name in messages, the least bytes one takes, its struct's size. */
struct sp_elements {
	const char *what;
	size_t least;
	size_t size;
};

/*
 * Takes an i32 count and allocates that many zeroed structs, if the elements can be there and the
 * budget allows. NULL and `err` if not.
 */
void *sp_metadata_array(struct sp_metadata_reader *r, const struct sp_elements *elements,
	size_t *ret_n, struct sp_error *err);

/* Takes `size` bytes of structs from the budget. */
int sp_metadata_charge(struct sp_metadata_reader *r, uint64_t size, struct sp_error *err);

/* Fails with SP_EUNSUPPORTED for a type code that stands right before the cursor. */
int sp_metadata_unknown(
	struct sp_metadata_reader *r, const char *what, unsigned code, struct sp_error *err);

int sp_take_handle(struct sp_metadata_reader *r, struct sp_handle *ret, struct sp_error *err);

/* As sp_take_handle, but SP_HANDLE_NONE is damage: Flink dies of it here. */
int sp_take_present_handle(
	struct sp_metadata_reader *r, struct sp_handle *ret, struct sp_error *err);

int sp_take_keyed_handle(
	struct sp_metadata_reader *r, struct sp_keyed_handle *ret, struct sp_error *err);

/* start, n, n offsets, data: what code 3 has in streams and codes 3, 7, 12 in keyed state. */
int sp_take_key_groups(
	struct sp_metadata_reader *r, struct sp_keyed_handle *ret, struct sp_error *err);

int sp_take_operator_handle(
	struct sp_metadata_reader *r, struct sp_operator_handle *ret, struct sp_error *err);

int sp_take_channel_handle(struct sp_metadata_reader *r, bool input, struct sp_channel_handle *ret,
	struct sp_error *err);

/* list(i64) */
int sp_take_offsets(
	struct sp_metadata_reader *r, int64_t **ret, size_t *ret_n, struct sp_error *err);

/* MurmurHash3 x64 128-bit, seed 0. In operator-id.c. */
void sp_murmur3_128(struct sp_slice bytes, uint8_t ret[16]);

#endif
