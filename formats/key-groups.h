/*
 * Handles of key groups (codes 3, 7, 12): which of the two layouts their data has, and how it is
 * opened.
 */
#ifndef SP_KEY_GROUPS_H
#define SP_KEY_GROUPS_H

#include "format.h"
#include "input.h"
#include "key-group-ranges.h"
#include "stream.h"

enum sp_layout {
	SP_LAYOUT_NONE, /* not a handle of key groups */
	SP_LAYOUT_CANONICAL,
	SP_LAYOUT_HEAP,
};

/*
 * The layout behind a handle (keyed-state: code 7 is canonical, 3 and 12 may be either and are
 * looked into). < 0 on errors.
 */
int sp_key_groups_layout(
	const struct sp_keyed_place *place, enum sp_layout *ret, struct sp_error *err);

/* Such a handle's data, opened to be read; `groups` are those that are wanted. */
struct sp_key_group_data {
	struct sp_arena *arena; /* holds the header */
	const struct sp_keyed_header *header;
	struct sp_file *file;
	struct sp_key_group_ranges groups;
	struct sp_input in; /* stands nowhere yet */
	const struct sp_handle *handle;
};

/*
 * SP_EDAMAGED also for key groups that the operator has not, or of no bytes. To be closed also
 * after an error.
 */
int sp_key_group_data_open(const struct sp_keyed_place *place, const struct sp_budget *budget,
	struct sp_key_group_data *ret, struct sp_error *err);
void sp_key_group_data_close(struct sp_key_group_data *data);

/* sp_format.cut of a format of such handles. */
int sp_key_groups_cut(const struct sp_cut *cut, const struct sp_format *format,
	struct sp_arena *arena, struct sp_keyed_handle *ret, struct sp_error *err);

/* The place of the byte that was `taken` from the input; see struct sp_row_spot. */
struct sp_row_spot sp_key_group_data_spot(const struct sp_key_group_data *data, uint64_t taken);

/*
 * Adds what is wrong with compressed key groups, each of which is `prefix` bytes and then a snappy
 * stream: their checksums, which Flink does not look at. Rows are not read.
 */
int sp_key_groups_verify(const struct sp_keyed_place *place, size_t prefix,
	const struct sp_budget *budget, struct sp_findings *findings, struct sp_error *err);

#endif
