/*
 * States gathered from several headers, each once. A name may stand for two of them if one is a
 * queue: heap backends keep these apart.
 */
#ifndef SP_STATE_SET_H
#define SP_STATE_SET_H

#include "type.h"

struct sp_state_set {        /* {0} is empty; free with sp_state_set_free() */
	struct sp_state *at; /* by id; what they refer to is borrowed */
	size_t n, capacity;
};

void sp_state_set_free(struct sp_state_set *set);

static inline bool sp_is_queue(const struct sp_state *state)
{
	return state->kind == SP_KIND_PRIORITY_QUEUE;
}

/* The state of `n` that has this name and is a queue or not. NULL: there is none. */
struct sp_state *sp_state_find(struct sp_state *states, size_t n, struct sp_slice name, bool queue);

/*
 * Gives the state's id in the set. If it is there already it has to be the same
 * (sp_same_state()), else SP_EUNSUPPORTED tells both; the longer description stays, which knows
 * more subclasses.
 */
int sp_state_set_add(struct sp_state_set *set, const struct sp_state *state, uint16_t *ret,
	struct sp_error *err);

/* The header of version 6 that has these states; `key` is as in sp_keyed_header_write(). */
int sp_state_set_header(const struct sp_state_set *set, struct sp_slice key, bool compressed,
	struct sp_arena *arena, const struct sp_keyed_header **ret, struct sp_error *err);

#endif
