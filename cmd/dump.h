/*
 * What `savepoint dump` prints: the rows of a snapshot, one line each, as they are read.
 *
 * Functions that print give 0: go on; 1: no more lines are wanted; < 0: an error.
 */
#ifndef SP_DUMP_H
#define SP_DUMP_H

#include "command.h"
#include "output.h"
#include "source.h"
#include "value.h"

/* --- lines (dump-output.c) ------------------------------------------------------------------- */

/* The members of a line, in their order. */
enum sp_dump_cell {
	SP_DUMP_OPERATOR,
	SP_DUMP_OPERATOR_ID,
	SP_DUMP_STATE,
	SP_DUMP_KIND,
	SP_DUMP_SUBTASK,
	SP_DUMP_KEY_GROUP,
	SP_DUMP_KEY,
	SP_DUMP_NAMESPACE,
	SP_DUMP_MAP_KEY,
	SP_DUMP_VALUE,
	SP_DUMP_TTL,
	SP_DUMP_TIME,
	SP_DUMP_CELLS,
};

struct sp_dump_output {
	struct sp_buffer cells[SP_DUMP_CELLS]; /* of the line being made; empty: not in it */
	struct sp_buffer pending;              /* lines not yet written */
	struct sp_table *page;                 /* NULL: JSON lines */
	uint64_t left;                         /* lines that may still be printed */
	bool begun;                            /* something was written */
	int failed;                            /* errno of writing; EPIPE: nobody reads on */
};

void sp_dump_output_init(struct sp_dump_output *out, bool table, uint64_t limit);
void sp_dump_output_free(struct sp_dump_output *out);

/* A new line; `op` may be NULL, `state` (modified UTF-8) empty. */
void sp_dump_begin(struct sp_dump_output *out, const struct sp_operator *op, const char *kind,
	struct sp_slice state);

/* Appends to a cell: JSON, but for the four that sp_dump_begin() sets. */
void sp_dump_number(struct sp_dump_output *out, enum sp_dump_cell cell, int64_t number);
void sp_dump_value(
	struct sp_dump_output *out, enum sp_dump_cell cell, const struct sp_value *value);
/* A value of TTL state goes to two cells, others to SP_DUMP_VALUE. */
void sp_dump_ttl_value(struct sp_dump_output *out, const struct sp_value *value);
/* Milliseconds since the epoch as a time in ISO 8601. */
void sp_dump_time(struct sp_dump_output *out, enum sp_dump_cell cell, int64_t ms);
/* Bytes that nobody decodes: of a class, where `type` is not NULL. */
void sp_dump_opaque(struct sp_dump_output *out, enum sp_dump_cell cell, struct sp_slice bytes,
	const struct sp_type *type);
void sp_dump_bytes(struct sp_dump_output *out, struct sp_slice bytes);

/* The line is complete. The first is written at once, others in blocks; if that fails: 1. */
int sp_dump_end(struct sp_dump_output *out, struct sp_error *err);
/* Writes what is pending. Fails if it or something before could not be written. */
int sp_dump_finish(struct sp_dump_output *out, struct sp_error *err);

/* --- what is wanted (dump.c) ----------------------------------------------------------------- */

struct sp_dump {
	struct sp_source *source;
	const struct sp_operator *op; /* NULL: all */
	const char *state;            /* UTF-8; NULL: all */
	const char *key;              /* as the user gave it; NULL: all */
	bool some_groups;             /* only the key groups first to last */
	uint32_t first, last;
	enum sp_kryo kryo;
	size_t memory; /* ceiling of buffers */
	const char *tmpdir;
	bool state_found; /* a state of this name is there */
	struct sp_dump_output out;
};

/* Is this the state asked for? Notes that it is there. `name` is modified UTF-8. */
bool sp_dump_wants_state(struct sp_dump *dump, struct sp_slice name);

/* Is this the key asked for? SP_DUMP_KEY holds its JSON. */
bool sp_dump_wants_key(const struct sp_dump *dump, const struct sp_value *key);

/* Are any of the key groups of this handle asked for? */
bool sp_dump_wants_groups(const struct sp_dump *dump, const struct sp_keyed_handle *handle);

static inline bool sp_dump_wants_group(const struct sp_dump *dump, uint32_t group)
{
	return !dump->some_groups || (group >= dump->first && group <= dump->last);
}

/* --- what there is --------------------------------------------------------------------------- */

int sp_dump_keyed(struct sp_dump *dump, const struct sp_operator *op,
	const struct sp_subtask *subtask, struct sp_error *err);
int sp_dump_raw_keyed(struct sp_dump *dump, const struct sp_operator *op,
	const struct sp_subtask *subtask, struct sp_error *err);
int sp_dump_operator_state(struct sp_dump *dump, const struct sp_operator *op,
	const struct sp_subtask *subtask, struct sp_error *err);
int sp_dump_raw_operator_state(struct sp_dump *dump, const struct sp_operator *op,
	const struct sp_subtask *subtask, struct sp_error *err);
int sp_dump_legacy(struct sp_dump *dump, const struct sp_operator *op,
	const struct sp_subtask *subtask, struct sp_error *err);
/* Channels of which records are in flight: named and counted. */
int sp_dump_channels(struct sp_dump *dump, const struct sp_operator *op,
	const struct sp_subtask *subtask, struct sp_error *err);
int sp_dump_coordinator(struct sp_dump *dump, const struct sp_operator *op, struct sp_error *err);
int sp_dump_master_states(struct sp_dump *dump, struct sp_error *err);

#endif
