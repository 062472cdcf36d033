/*
 * Timers in raw keyed state: those of heap timers beside a RocksDB backend (checkpoints of all
 * releases, savepoints up to 1.12), and of heap backends up to 1.5. Custom operators may keep
 * bytes of their own there.
 */
#ifndef SP_RAW_TIMERS_H
#define SP_RAW_TIMERS_H

#include "source.h"
#include "value.h"

struct sp_raw_timers;

struct sp_raw_timer { /* borrowed until the next call */
	uint32_t key_group;
	int32_t version;         /* of the key group's layout; 0: the first, which tells none */
	struct sp_slice service; /* name of the timer service, modified UTF-8 */
	struct sp_slice head;    /* its name and serializers, as they lie there */
	const struct sp_type *key_type, *ns_type;
	bool event; /* event time, else processing time */
	int64_t timestamp;
	struct sp_slice key, ns;
};

/*
 * Begins with the timers of a raw keyed handle, by key group and service, event time first.
 * 1: *ret; 0: the handle holds no timers, but nothing or bytes of a custom operator.
 */
int sp_raw_timers_open(struct sp_source *source, const struct sp_keyed_handle *handle,
	struct sp_raw_timers **ret, struct sp_error *err);

/*
 * 1: a timer; 0: the end. SP_EUNSUPPORTED for keys whose end cannot be found and for versions of a
 * later Flink; SP_EDAMAGED with file and offset.
 */
int sp_raw_timers_next(
	struct sp_raw_timers *timers, struct sp_raw_timer *ret, struct sp_error *err);

/*
 * Goes on to the next timer service, over the timers that are left of this one; of *ret only
 * service, head, types, key group and version are set. All key groups that a subtask wrote have the
 * same services. 1, 0: the end, < 0: as above.
 */
int sp_raw_timers_next_service(
	struct sp_raw_timers *timers, struct sp_raw_timer *ret, struct sp_error *err);

/* Takes NULL. */
void sp_raw_timers_free(struct sp_raw_timers *timers);
SP_DEFINE_CLEANUP(sp_raw_timers, sp_raw_timers_free)

/* Do two heads of one service stand for timers of the same bytes? */
bool sp_raw_timers_same_head(int32_t version, struct sp_slice a, struct sp_slice b);

/* Appends what a key group begins with: its services follow, each a head and two lists of timers.
 */
void sp_raw_timers_put_group(struct sp_buffer *out, int32_t version, uint32_t services);

#endif
