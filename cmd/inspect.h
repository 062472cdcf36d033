/*
 * What `savepoint inspect` shows: a survey of a snapshot, taken once, and its parts as tables.
 */
#ifndef SP_INSPECT_H
#define SP_INSPECT_H

#include "format.h"
#include "output.h"
#include "source.h"

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

/* The tables; to be freed. */
struct sp_table *sp_inspect_header(const struct sp_survey *survey);
struct sp_table *sp_inspect_operators(const struct sp_survey *survey);
struct sp_table *sp_inspect_files(const struct sp_survey *survey);
int sp_inspect_states(const struct sp_survey *survey, struct sp_table **ret, struct sp_error *err);
struct sp_table *sp_inspect_operator_states(const struct sp_survey *survey);

/* Adds the label of an operator as a cell. */
void sp_table_operator(struct sp_table *table, const struct sp_operator *op);
/* Adds the id of an operator as a cell. */
void sp_table_operator_id(struct sp_table *table, const struct sp_operator *op);

#endif
