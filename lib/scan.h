/*
 * Scan: one pass over the keyed state of a snapshot, on all workers; the reading half of the
 * pipeline with another consumer. A part is what one handle holds: the managed keyed state of a
 * subtask, or the timers in its raw keyed state.
 *
 * The consumer makes an object for each part, which one worker feeds; parts end one at a time, in
 * no particular order, so what they add up to has to be the same in any.
 */
#ifndef SP_SCAN_H
#define SP_SCAN_H

#include "counters.h"
#include "format.h"
#include "raw-timers.h"

struct sp_scan_part {
	struct sp_keyed_place place;
	size_t op; /* number of the operator in the snapshot */
	bool raw;  /* raw keyed state: timers come, not rows */
	enum sp_kryo kryo;
};

struct sp_scan_ops {
	/* A part begins; `part` lives until its end. Called by a worker, as the two below. */
	int (*begin)(const struct sp_scan_part *part, void *arg, void **ret, struct sp_error *err);
	/*
	 * Before the first row: the header that the rows' states belong to; it lives until the
	 * part's end. 1: the rows are not wanted; NULL: nothing to be done. Not called for raw
	 * state.
	 */
	int (*header)(void *self, const struct sp_stream *stream, struct sp_error *err);
	int (*row)(void *self, const struct sp_row *row, struct sp_error *err);
	/* NULL: raw keyed state is passed over. */
	int (*timer)(void *self, const struct sp_raw_timer *timer, struct sp_error *err);
	/*
	 * The part has ended: `r` is 0, or the error in `err` that ended it. Frees `self`. What it
	 * gives is what becomes of the scan: 0 goes on, also after an error that was noted.
	 */
	int (*end)(void *self, int r, struct sp_error *err);
};

struct sp_scan {
	struct sp_source *source;
	const struct sp_operator *only; /* NULL: all operators */
	int jobs;
	size_t memory; /* of all workers together */
	const char *tmpdir;
	struct sp_counters *counters;
	const struct sp_scan_ops *ops;
	void *arg; /* of begin */
};

/* Runs it. Operators without keyed state have no parts. */
int sp_scan_run(const struct sp_scan *scan, struct sp_error *err);

#endif
