/*
 * What the files of the changelog driver share: the changes as they lie in their files, the states
 * that they belong to, the scratch database in which they are applied, and the operations.
 * changelog.c puts these together.
 */
#ifndef SP_CHANGELOG_H
#define SP_CHANGELOG_H

#include "format.h"
#include "input.h"
#include "row-key.h"
#include "state-set.h"

/* --- changelog-read.c: the changes in their order -------------------------------------------- */

struct sp_changes {
	const struct sp_keyed_place *place; /* borrowed: the changelog's handle */
	size_t handle;                      /* of its non-materialized ones */
	size_t part;                        /* in that one: a change (code 9) or a stream */
	struct sp_file *file;
	const struct sp_handle *opened; /* that `file` is of */
	struct sp_input in;
	bool open;      /* a change set is being read */
	uint32_t sets;  /* key groups of it that are left */
	uint32_t left;  /* changes left in this one */
	int32_t group;  /* its number */
	size_t taken;   /* bytes of the change given last */
	uint64_t count; /* changes given */
};

struct sp_logged {
	int32_t key_group;      /* -1: a metadata change */
	struct sp_cursor bytes; /* borrowed until the next call */
};

void sp_changes_init(struct sp_changes *changes, const struct sp_keyed_place *place);
void sp_changes_free(struct sp_changes *changes);

/* 1: a change; 0: the end; SP_EDAMAGED with file and offset. */
int sp_changes_next(struct sp_changes *changes, struct sp_logged *ret, struct sp_error *err);

/* Puts the file of the change given last in front of the message, which has an offset in it. */
int sp_changes_within(const struct sp_changes *changes, struct sp_error *err);

/* --- changelog-states.c: the states of all parts together ------------------------------------- */

/* A materialized part. */
struct sp_base {
	struct sp_keyed_place place;
	struct sp_keyed_handle handle; /* that `place` is of */
	struct sp_key_groups groups;   /* of it that are wanted */
	const struct sp_keyed_header *header;
	uint16_t *states; /* of all, by its own ids */
};

/* A state, and how its keys are put together (made when it is first needed). */
struct sp_logged_state {
	const struct sp_state *state;
	struct sp_key_layout layout;
	bool has_layout;
	bool touched; /* a change belongs to it */
};

struct sp_changelog_states {
	struct sp_arena *arena; /* owns all of this */
	const struct sp_keyed_header *header;
	struct sp_logged_state *states; /* by id */
	struct sp_base *bases;          /* by key group */
	size_t n_bases;
	struct sp_announcement { /* the metadata changes of the log, in order */
		int16_t log_id;
		uint16_t state;
	} * announced;
	size_t n_announced;
	bool has_changes; /* the log has more than announcements */
	enum sp_kryo kryo;
	int32_t max_parallelism;
};

/*
 * Reads the headers of the materialized parts and the metadata changes of the log. To be freed
 * also after an error. SP_EUNSUPPORTED where the type of the keys stands nowhere.
 */
int sp_changelog_states_read(
	const struct sp_keyed_place *place, struct sp_changelog_states *ret, struct sp_error *err);
void sp_changelog_states_free(struct sp_changelog_states *states);

/* The layout of the state's keys. */
int sp_logged_layout(struct sp_changelog_states *states, size_t id,
	const struct sp_key_layout **ret, struct sp_error *err);

/* --- changelog-scratch.c: rows in a database of our own --------------------------------------- */

struct sp_scratch;

/* A database below budget->tmpdir that is gone when it is freed. */
int sp_scratch_open(const struct sp_budget *budget, struct sp_scratch **ret, struct sp_error *err);
void sp_scratch_free(struct sp_scratch *scratch);
SP_DEFINE_CLEANUP(sp_scratch, sp_scratch_free)

/* Where a row belongs. */
struct sp_spot {
	uint32_t key_group;
	uint16_t state;
	struct sp_slice key; /* of the row, or its part up to a map's user key */
};

/* Notes that the rows which begin so are touched; is a row's beginning one of those? */
int sp_scratch_touch(struct sp_scratch *scratch, const struct sp_spot *spot, struct sp_error *err);
int sp_scratch_touched(
	struct sp_scratch *scratch, const struct sp_spot *spot, bool *ret, struct sp_error *err);

/*
 * Marks the row: which value is there is not known. marked: 1, 0; first_mark: 1 and where one is,
 * without its key; 0: nothing is marked.
 */
int sp_scratch_mark(struct sp_scratch *scratch, const struct sp_spot *spot, struct sp_error *err);
int sp_scratch_unmark(struct sp_scratch *scratch, const struct sp_spot *spot, struct sp_error *err);
int sp_scratch_marked(struct sp_scratch *scratch, const struct sp_spot *spot, struct sp_error *err);
int sp_scratch_first_mark(struct sp_scratch *scratch, struct sp_spot *ret, struct sp_error *err);

int sp_scratch_put(struct sp_scratch *scratch, const struct sp_spot *spot, struct sp_slice value,
	struct sp_error *err);
/* Appends to a list's value, with a ',' between. */
int sp_scratch_append(struct sp_scratch *scratch, const struct sp_spot *spot, struct sp_slice value,
	struct sp_error *err);
int sp_scratch_delete(struct sp_scratch *scratch, const struct sp_spot *spot, struct sp_error *err);
/* Deletes all rows whose keys begin with spot->key. */
int sp_scratch_delete_all(
	struct sp_scratch *scratch, const struct sp_spot *spot, struct sp_error *err);
/* 1 and the value, appended to `ret`; 0: there is no such row. */
int sp_scratch_get(struct sp_scratch *scratch, const struct sp_spot *spot, struct sp_buffer *ret,
	struct sp_error *err);

/*
 * Stands on the first row at or behind (key group, state). *ret is borrowed until the next seek or
 * next. 1: a row; 0: there are none.
 */
int sp_scratch_seek(struct sp_scratch *scratch, uint32_t key_group, uint32_t state,
	struct sp_spot *ret, struct sp_error *err);
int sp_scratch_next(struct sp_scratch *scratch, struct sp_spot *ret, struct sp_error *err);
struct sp_slice sp_scratch_value(struct sp_scratch *scratch);

/* --- changelog-merge.c: namespaces merged ---------------------------------------------------- */

/* Rows of one key of a LIST, REDUCING or AGGREGATING state. */
struct sp_merged {
	struct sp_spot target, source;
};

/* Moves the source's value into the target's, which is marked where nobody knows what comes of it.
 */
int sp_changelog_merge(struct sp_scratch *scratch, enum sp_state_type type,
	const struct sp_merged *merged, struct sp_error *err);

/* SP_EUNSUPPORTED, naming the state, where a row is still marked. */
int sp_changelog_check_merged(
	const struct sp_changelog_states *states, struct sp_scratch *scratch, struct sp_error *err);

/* --- changelog-apply.c: the operations ---------------------------------------------------------
 */

/*
 * Reads all changes once: notes what they touch, or applies them. Changes of key groups that the
 * handle has not are dropped, as a restore in Flink does; so are those that are not wanted.
 */
int sp_changelog_touch(const struct sp_keyed_place *place, struct sp_changelog_states *states,
	struct sp_scratch *scratch, struct sp_error *err);
int sp_changelog_apply(const struct sp_keyed_place *place, struct sp_changelog_states *states,
	struct sp_scratch *scratch, struct sp_error *err);

/* struct sp_format.verify_files and .verify: of handles of changes, and of what they change. */
int sp_changelog_verify_files(
	const struct sp_keyed_place *place, struct sp_findings *findings, struct sp_error *err);
int sp_changelog_verify(const struct sp_keyed_place *place, const struct sp_budget *budget,
	struct sp_findings *findings, struct sp_error *err);

#endif
