/*
 * What `savepoint diff` prints.
 */
#ifndef SP_DIFF_OUTPUT_H
#define SP_DIFF_OUTPUT_H

#include "command.h"
#include "diff.h"
#include "inspect.h"

struct sp_diff_shown {
	const struct sp_diff *diff;
	const struct sp_survey *surveys; /* of both sides */
	bool rows;                       /* they were compared */
	bool all;                        /* also what does not differ */
};

void sp_diff_print(const struct sp_diff_shown *shown);
void sp_diff_print_json(const struct sp_diff_shown *shown);

#endif
