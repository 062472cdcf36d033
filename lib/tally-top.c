#include "tally-top.h"

#include <stdlib.h>

static int compare_places(const struct sp_top_place *a, const struct sp_top_place *b)
{
	int r;

	if (a->op != b->op)
		return a->op < b->op ? -1 : 1;
	r = sp_slice_compare(a->state, b->state);
	if (r == 0)
		r = strcmp(a->kind, b->kind);
	if (r != 0)
		return r;
	if (a->key_group != b->key_group)
		return a->key_group < b->key_group ? -1 : 1;
	return sp_slice_compare(a->key, b->key);
}

static bool is_before(const struct sp_top_place *place, uint64_t bytes, uint64_t rows,
	const struct sp_top_entry *entry)
{
	int r;

	if (bytes != entry->bytes)
		return bytes > entry->bytes;
	r = compare_places(place, &entry->place);
	return r != 0 ? r < 0 : rows > entry->rows;
}

static void free_entry(struct sp_top_entry *entry)
{
	sp_buffer_free(&entry->key);
	sp_buffer_free(&entry->json);
}

/* Where the entry belongs; top->n: behind all. */
static size_t find_place(
	const struct sp_top *top, const struct sp_top_place *place, uint64_t bytes, uint64_t rows)
{
	size_t low = 0, high = top->n;

	while (low < high) {
		const size_t middle = low + (high - low) / 2;

		if (is_before(place, bytes, rows, &top->list[middle]))
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

bool sp_top_takes(
	const struct sp_top *top, const struct sp_top_place *place, uint64_t bytes, uint64_t rows)
{
	return find_place(top, place, bytes, rows) < top->max;
}

struct sp_top_entry *sp_top_take(
	struct sp_top *top, const struct sp_top_place *place, uint64_t bytes, uint64_t rows)
{
	const size_t at = find_place(top, place, bytes, rows);
	struct sp_top_entry *entry;

	if (at == top->max)
		return NULL;
	if (top->list == NULL)
		top->list = calloc(top->max, sizeof(*top->list));
	if (top->list == NULL)
		sp_abort("out of memory");
	if (top->n == top->max)
		free_entry(&top->list[--top->n]);
	entry = &top->list[at];
	memmove(entry + 1, entry, (top->n - at) * sizeof(*entry));
	top->n++;
	*entry = (struct sp_top_entry){ .place = *place, .bytes = bytes, .rows = rows };
	sp_buffer_bytes(&entry->key, place->key);
	entry->place.key = sp_buffer_slice(&entry->key);
	return entry;
}

void sp_top_free(struct sp_top *top)
{
	for (size_t i = 0; i < top->n; i++)
		free_entry(&top->list[i]);
	free(top->list);
	*top = (struct sp_top){ 0 };
}
