/*
 * The progress line on stderr: bytes, records, rate, time left, current operator.
 */
#ifndef SP_PROGRESS_H
#define SP_PROGRESS_H

#include "command.h"
#include "counters.h"

struct sp_progress;

/*
 * Draws `counters`, which live longer, from time to time until sp_progress_stop(). NULL where
 * `mode` (or auto without a terminal) has nothing to draw.
 *
 * bar: one line that is redrawn. json: a line each second, {"bytes":…,"total_bytes":…,"rows":…,
 * "bytes_per_second":…,"seconds":…,"seconds_left":…|null,"operator":…|null}.
 */
struct sp_progress *sp_progress_start(
	enum sp_progress_mode mode, const struct sp_counters *counters);

/* Draws the last state (json) or clears the line (bar). Takes NULL. */
void sp_progress_stop(struct sp_progress *progress);

#endif
