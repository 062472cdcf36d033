/*
 * What `savepoint inspect` shows: a survey of a snapshot, taken once, what a scan of its state
 * finds, and the parts of these as tables.
 */
#ifndef SP_INSPECT_H
#define SP_INSPECT_H

#include "command.h"
#include "format.h"
#include "output.h"
#include "source.h"
#include "tally.h"

/* A reference, and where its bytes were found. */
struct sp_surveyed {
	struct sp_reference reference;
	struct sp_located at;
	bool elsewhere; /* in a storage system that was not looked into */
	bool again;     /* the same bytes as another reference, which counts them */
};

/* Bytes of an operator's state as its handles tell, by kind. */
struct sp_operator_sums {
	uint64_t keyed, op, coordinator, raw, channel;
	uint64_t largest_subtask;
	uint32_t subtasks;  /* with state */
	uint32_t finished;  /* subtasks */
	const char *layout; /* a format's name, "mixed", "unknown"; NULL: no keyed state */
};

struct sp_survey {
	struct sp_source *source;       /* borrowed */
	const struct sp_operator *only; /* the operator asked for; NULL: all */
	struct sp_surveyed *list;
	size_t n, capacity;
	struct sp_operator_sums *sums; /* one per operator */
	const char *layout;            /* of the whole; "none" without keyed state */

	/* Numbers of references. */
	size_t n_inline, n_relative, n_absolute, n_segments;
	size_t n_upward;  /* relative ones that leave the directory */
	size_t n_outside; /* of the directory, present */
	size_t n_missing, n_moved, n_elsewhere;
	bool merged_files; /* handles of file merging, also empty ones */
	bool changelog;

	uint64_t inline_bytes;
	size_t n_files; /* distinct */
	uint64_t file_bytes;
};

/* `ret` is freed with sp_survey_free() in any case. */
int sp_survey_take(struct sp_source *source, struct sp_survey *ret, struct sp_error *err);
void sp_survey_free(struct sp_survey *survey);

static inline bool sp_survey_shows(const struct sp_survey *survey, const struct sp_operator *op)
{
	return survey->only == NULL || survey->only == op;
}

uint64_t sp_operator_bytes(const struct sp_operator_sums *sums);
/* The sum of sizes, which in metadata may be anything: at most INT64_MAX, the most to be shown. */
uint64_t sp_sum_bytes(uint64_t sum, uint64_t n);

/* What is asked for, and what was found out for it. Zeroed: nothing. */
struct sp_inspection {
	bool files, states, key_groups, ages, types;
	bool brief;             /* of very many key groups only some, the largest of neighbours */
	size_t top;             /* so many of the largest; 0: none */
	int32_t at_parallelism; /* with key_groups: subtasks of this one, too; 0: none */
	struct sp_expiry ttl;   /* with ages */
	struct sp_survey survey;
	struct sp_tally *tally; /* NULL: state was not scanned */
	const char *unread;     /* why it could not be; NULL: it could */
};

/* Does it take a scan of the keyed state? */
static inline bool sp_inspection_scans(const struct sp_inspection *inspection)
{
	return inspection->states || inspection->key_groups || inspection->ages ||
	       inspection->top > 0;
}

/* Scans; of state that cannot be read it warns on stderr. Sets `tally`. */
int sp_inspect_scan(
	struct sp_inspection *inspection, const struct sp_globals *globals, struct sp_error *err);

/* All that was asked for as one document, which --json prints. */
int sp_inspect_document(const struct sp_inspection *inspection, const struct sp_globals *globals,
	cJSON **ret, struct sp_error *err);

/* Its sizes as Prometheus' text exposition format has them. */
void sp_inspect_prometheus(const cJSON *document, FILE *to);

/* The same for people, on stdout. */
int sp_inspect_print(const struct sp_inspection *inspection, const struct sp_globals *globals,
	struct sp_error *err);

/* The tables; to be freed. */
struct sp_table *sp_inspect_header(const struct sp_survey *survey);
struct sp_table *sp_inspect_operators(const struct sp_survey *survey);
struct sp_table *sp_inspect_files(const struct sp_survey *survey);
/* The states, and row by row their sizes. */
int sp_inspect_states(const struct sp_inspection *inspection, struct sp_table **states,
	struct sp_table **sizes, struct sp_error *err);
int sp_inspect_operator_states(const struct sp_inspection *inspection,
	const struct sp_globals *globals, struct sp_table **ret, struct sp_error *err);
/* Is there anything to be said of the key groups of the operator with this number? */
bool sp_inspect_has_groups(const struct sp_inspection *inspection, size_t op);
struct sp_table *sp_inspect_key_groups(const struct sp_inspection *inspection);
struct sp_table *sp_inspect_skew(const struct sp_inspection *inspection);
struct sp_table *sp_inspect_subtasks(const struct sp_inspection *inspection);
struct sp_table *sp_inspect_largest(
	const struct sp_inspection *inspection, const struct sp_top *largest);
struct sp_table *sp_inspect_ttl(const struct sp_inspection *inspection);
struct sp_table *sp_inspect_ages(const struct sp_inspection *inspection);

/* "SPLIT_DISTRIBUTE", "UNION", "BROADCAST" */
const char *sp_mode_text(enum sp_mode mode);

/*
 * The header of the rows; of what has none, of changelogs over nothing, say, that in its file. 1
 * and *ret, or 0, as sp_source_read_keyed_header() gives it.
 */
int sp_inspect_keyed_header(const struct sp_keyed_place *place, struct sp_arena *arena,
	const struct sp_keyed_header **ret, struct sp_error *err);

/* Prints the contract of a snapshot as JSON. */
int sp_inspect_contract(struct sp_source *source, struct sp_error *err);

/* Adds the label of an operator as a cell. */
void sp_table_operator(struct sp_table *table, const struct sp_operator *op);
/* Adds the id of an operator as a cell. */
void sp_table_operator_id(struct sp_table *table, const struct sp_operator *op);

#endif
