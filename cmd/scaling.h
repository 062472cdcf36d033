/*
 * Other parallelism levels: --parallelism, --operator, --max-parallelism, --balance, --key-hash,
 * and what they make of each operator.
 */
#ifndef SP_SCALING_H
#define SP_SCALING_H

#include "command.h"
#include "migrate.h"

/* The options as they were given; lists are ended by NULL, or NULL. */
struct sp_scaling_options {
	const char **parallelism;     /* --parallelism [SEL=]N */
	const char **operators;       /* --operator SEL=N, the same but for SEL */
	const char **max_parallelism; /* --max-parallelism [SEL=]M */
	const char **key_hashes;      /* --key-hash OPERATOR=FUNCTION */
	int balance;                  /* --balance */
	int drop_in_flight;           /* --drop-in-flight */
};

/* Table to include in a command's own, and what it was given. */
extern struct poptOption sp_options_scaling[];
extern struct sp_scaling_options sp_given_scaling;

/* Do they change any level? */
bool sp_scaling_is_given(const struct sp_scaling_options *options);

struct sp_scaling {
	struct sp_scale *scales; /* one for each operator */
	struct sp_arena *arena;  /* owns what is here */
	const char **warnings;
	size_t n_warnings;
};

/*
 * What becomes of each operator of the snapshot. A level that is given for an operator comes
 * before one for all; operators whose max parallelism is 1 keep their levels where they are not
 * named, unless all have that. `ret` is to be freed also after an error; it borrows texts from
 * `options`.
 *
 * SP_EUSAGE, naming operator and numbers: what no operator can have, what contradicts itself, what
 * contradicts the chains that are known. Where operators may be chained, but nobody knows, there
 * is a warning.
 */
int sp_scaling_find(const struct sp_snapshot *snapshot, const struct sp_scaling_options *options,
	struct sp_scaling *ret, struct sp_error *err);
void sp_scaling_free(struct sp_scaling *scaling);

/*
 * The multiple of `parallelism` that is nearest to `max` (of two, the larger), and that Flink
 * takes: every subtask has as many key groups then.
 */
int32_t sp_balanced_max_parallelism(int32_t parallelism, int32_t max);

#endif
