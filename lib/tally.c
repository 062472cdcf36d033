#include "tally.h"

#include <inttypes.h>
#include <stdlib.h>

#include "tally-internal.h"

struct state {
	struct sp_tally_state figures;
	struct sp_buffer id; /* operator, kind, name */
	UT_hash_handle hh;
};

struct sp_tally {
	struct sp_tally_options options;
	struct sp_arena *arena;
	struct state *states;               /* by id */
	const struct sp_tally_state **list; /* the same, in order, once finished */
	size_t n_list;
	struct sp_tally_group **groups; /* by operator */
	bool *incomplete;               /* by operator: 2 × its number, + 1: raw */
	struct sp_top values, keys;
	struct sp_error warning;
	const struct sp_scan_part *warned; /* where it is from; parts lie in one array */
	size_t n_warned;
};

static void *must(void *p)
{
	if (p == NULL)
		sp_abort("out of memory");
	return p;
}

/* --- all parts together ---------------------------------------------------------------------- */

static void put_id(size_t op, const char *kind, struct sp_slice name, struct sp_buffer *out)
{
	sp_buffer_u64(out, op);
	sp_buffer_printf(out, "%s ", kind);
	sp_buffer_bytes(out, name);
}

static struct state *find_state(
	const struct sp_tally *tally, size_t op, const char *kind, struct sp_slice name)
{
	sp_auto_buffer id = { 0 };
	struct state *state;

	put_id(op, kind, name, &id);
	HASH_FIND(hh, tally->states, id.p, id.n, state);
	return state;
}

static struct state *add_state(struct sp_tally *tally, const struct sp_tally_state *like)
{
	struct state *state = sp_arena_new_array(tally->arena, struct state, 1);

	state->figures.op = like->op;
	state->figures.kind = like->kind;
	state->figures.name = sp_arena_copy(tally->arena, like->name);
	put_id(like->op, like->kind, like->name, &state->id);
	HASH_ADD_KEYPTR(hh, tally->states, state->id.p, state->id.n, state);
	return state;
}

/* Subtasks have the same types; if not, the same are taken in whatever order they come. */
static void merge_text(struct sp_tally *tally, struct sp_slice *to, struct sp_slice from)
{
	if (from.n > 0 && (to->n == 0 || sp_slice_compare(from, *to) < 0))
		*to = sp_arena_copy(tally->arena, from);
}

static struct state *merge_state(struct sp_tally *tally, const struct sp_tally_state *from)
{
	struct state *state = find_state(tally, from->op, from->kind, from->name);
	struct sp_tally_state *to;

	if (state == NULL)
		state = add_state(tally, from);
	to = &state->figures;
	to->rows += from->rows;
	to->key_bytes += from->key_bytes;
	to->value_bytes += from->value_bytes;
	if (from->largest > to->largest)
		to->largest = from->largest;
	sp_sizes_merge(&to->sizes, &from->sizes);
	sp_distinct_merge(&to->keys, &from->keys);
	to->keys_unknown |= from->keys_unknown;
	to->ages_unknown |= from->ages_unknown;
	if (from->ages != NULL && to->ages == NULL)
		to->ages = sp_arena_new_array(tally->arena, struct sp_ages, 1);
	if (from->ages != NULL)
		sp_ages_merge(to->ages, from->ages);
	to->raw |= from->raw;
	merge_text(tally, &to->key_type, from->key_type);
	merge_text(tally, &to->ns_type, from->ns_type);
	to->parts++;
	return state;
}

static void merge_groups(struct sp_tally *tally, const struct sp_tally_part *part)
{
	const struct sp_keyed_handle *handle = part->place->place.handle;
	const size_t n = (size_t)part->place->place.op->max_parallelism;
	struct sp_tally_group **groups = &tally->groups[part->place->op];

	if (part->groups == NULL)
		return;
	if (*groups == NULL)
		*groups = sp_arena_new_array(tally->arena, struct sp_tally_group, n);
	for (int32_t i = 0; i < handle->count; i++) {
		(*groups)[handle->start + i].rows += part->groups[i].rows;
		(*groups)[handle->start + i].bytes += part->groups[i].bytes;
	}
}

/* Moves the entries, whose states are known by now. */
static void merge_top(struct sp_tally *tally, struct sp_top *to, struct sp_top *from)
{
	for (size_t i = 0; i < from->n; i++) {
		struct sp_top_entry *entry = &from->list[i], *taken;
		struct sp_top_place place = entry->place;

		place.state = find_state(tally, place.op, place.kind, place.state)->figures.name;
		taken = sp_top_take(to, &place, entry->bytes, entry->rows);
		if (taken != NULL)
			sp_buffer_bytes(&taken->json, sp_buffer_slice(&entry->json));
	}
}

void sp_tally_merge(struct sp_tally *tally, struct sp_tally_part *part)
{
	struct sp_tally_service *service;

	for (size_t i = 0; i < part->n_views; i++)
		if (part->views[i].figures.rows > 0)
			merge_state(tally, &part->views[i].figures);
	for (service = part->services; service != NULL; service = service->hh.next)
		merge_state(tally, &service->view.figures);
	merge_groups(tally, part);
	merge_top(tally, &tally->values, &part->values);
	merge_top(tally, &tally->keys, &part->keys);
}

/* Of several, that of the first part is kept. */
void sp_tally_warn(
	struct sp_tally *tally, const struct sp_scan_part *place, const struct sp_error *err)
{
	char label[256];

	tally->incomplete[2 * place->op + place->raw] = true;
	if (tally->n_warned++ > 0 && tally->warned < place)
		return;
	tally->warned = place;
	tally->warning = *err;
	sp_within(&tally->warning, "%s: subtask %" PRId32,
		sp_operator_label(place->place.op, label, sizeof(label)),
		place->place.subtask->index);
}

void sp_tally_state_free(struct sp_tally_state *figures)
{
	sp_sizes_free(&figures->sizes);
	sp_distinct_free(&figures->keys);
}

const struct sp_tally_options *sp_tally_options_of(const struct sp_tally *tally)
{
	return &tally->options;
}

/* --- results --------------------------------------------------------------------------------- */

struct sp_tally *sp_tally_new(
	const struct sp_snapshot *snapshot, const struct sp_tally_options *options)
{
	struct sp_tally *tally = must(calloc(1, sizeof(*tally)));
	const size_t n = snapshot->n_operators + 1;

	tally->options = *options;
	tally->arena = sp_arena_new();
	tally->groups = sp_arena_new_array(tally->arena, struct sp_tally_group *, n);
	tally->incomplete = sp_arena_new_array(tally->arena, bool, 2 * n);
	tally->values.max = tally->keys.max = options->top;
	return tally;
}

void sp_tally_free(struct sp_tally *tally)
{
	if (tally == NULL)
		return;
	for (struct state *state = tally->states; state != NULL; state = state->hh.next) {
		sp_tally_state_free(&state->figures);
		sp_buffer_free(&state->id);
	}
	HASH_CLEAR(hh, tally->states);
	free(tally->list);
	sp_top_free(&tally->values);
	sp_top_free(&tally->keys);
	sp_arena_free(tally->arena);
	free(tally);
}

static int compare_states(const void *a, const void *b)
{
	const struct sp_tally_state *x = *(const struct sp_tally_state *const *)a;
	const struct sp_tally_state *y = *(const struct sp_tally_state *const *)b;
	int r;

	if (x->op != y->op)
		return x->op < y->op ? -1 : 1;
	r = sp_slice_compare(x->name, y->name);
	return r != 0 ? r : strcmp(x->kind, y->kind);
}

void sp_tally_finish(struct sp_tally *tally)
{
	struct state *state;

	tally->n_list = 0;
	free(tally->list);
	tally->list = must(calloc(HASH_COUNT(tally->states) + 1, sizeof(*tally->list)));
	for (state = tally->states; state != NULL; state = state->hh.next)
		tally->list[tally->n_list++] = &state->figures;
	qsort(tally->list, tally->n_list, sizeof(*tally->list), compare_states);
}

const struct sp_tally_state *sp_tally_find(
	const struct sp_tally *tally, size_t op, const char *kind, struct sp_slice name)
{
	const struct state *state = find_state(tally, op, kind, name);

	return state == NULL ? NULL : &state->figures;
}

size_t sp_tally_states(const struct sp_tally *tally)
{
	return tally->n_list;
}

const struct sp_tally_state *sp_tally_state(const struct sp_tally *tally, size_t i)
{
	return tally->list[i];
}

bool sp_tally_is_complete(const struct sp_tally *tally, size_t op, bool raw)
{
	return !tally->incomplete[2 * op + raw];
}

const struct sp_error *sp_tally_warning(const struct sp_tally *tally, size_t *n_parts)
{
	*n_parts = tally->n_warned;
	return tally->n_warned == 0 ? NULL : &tally->warning;
}

const struct sp_tally_group *sp_tally_groups(const struct sp_tally *tally, size_t op)
{
	return tally->groups[op];
}

const struct sp_top *sp_tally_top_values(const struct sp_tally *tally)
{
	return &tally->values;
}

const struct sp_top *sp_tally_top_keys(const struct sp_tally *tally)
{
	return &tally->keys;
}
