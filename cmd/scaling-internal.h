/* What the files of scaling share. */
#ifndef SP_SCALING_INTERNAL_H
#define SP_SCALING_INTERNAL_H

#include "operator-chain.h"
#include "scaling.h"

#define SP_SCALING_LABEL_MAX 256

/* What the options say of one kind of level. */
struct sp_level {
	const char *name; /* "max parallelism" */
	int32_t all;      /* 0: not given */
	int32_t *of;      /* by operator; 0: not given */
};

struct sp_scaling_call {
	const struct sp_snapshot *snapshot;
	const struct sp_scaling_options *options;
	bool all_singles; /* every operator has a max parallelism of 1 */
	struct sp_level parallelism, max_parallelism;
	struct sp_scaling *ret;
};

const char *sp_scaling_label(
	const struct sp_scaling_call *call, size_t op, char label[SP_SCALING_LABEL_MAX]);

void sp_scaling_warn(struct sp_scaling *scaling, const char *fmt, ...) sp_printf(2, 3);

/*
 * Operators that are named in an option, and others that had the same levels: SP_EUSAGE where they
 * are known to be chained and would part, a warning where they may be.
 */
int sp_scaling_check_chains(const struct sp_scaling_call *call, struct sp_error *err);

#endif
