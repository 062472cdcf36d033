#include "inspect.h"

#include <stdlib.h>

/* the default hash function falls through its cases, which clang warns of */
#define HASH_FUNCTION(key, length, hash) HASH_FNV(key, length, hash)
#include <uthash.h>

#include "interrupt.h"
#include "operator-state.h"

static const struct sp_column columns[] = {
	{ "operator_id", NULL, SP_COLUMN_TEXT },
	{ "operator", "Operator", SP_COLUMN_TEXT },
	{ "state", "State", SP_COLUMN_TEXT },
	{ "managed", "Managed", SP_COLUMN_BOOL },
	{ "mode", "Mode", SP_COLUMN_TEXT },
	{ "elements", "Elements", SP_COLUMN_INTEGER },
	{ "subtasks", "Subtasks", SP_COLUMN_INTEGER },
	{ "bytes", "Size", SP_COLUMN_BYTES },
	{ "entries", "Entries", SP_COLUMN_INTEGER },
};

#define COUNT_BYTES 4 /* of the number of entries that begins a broadcast state */

/* A state of an operator over all its subtasks. */
struct count {
	const struct sp_operator_state *state;
	uint64_t elements;
	uint32_t subtasks;
	uint64_t bytes;
	uint64_t entries; /* of the broadcast copy that has most */
	bool unread;
	UT_hash_handle hh;
};

struct counts {
	const struct sp_inspection *inspection;
	const struct sp_globals *globals;
	const struct sp_operator *op;
	const struct sp_subtask *subtask;
	struct count *table;    /* in the order of the file */
	struct sp_arena *arena; /* holds its entries */
	bool warned;
};

static struct count *find_count(struct counts *counts, const struct sp_operator_state *state)
{
	struct count *count;

	HASH_FIND(hh, counts->table, state->name.p, state->name.n, count);
	if (count != NULL)
		return count;
	count = sp_arena_new_array(counts->arena, struct count, 1);
	count->state = state;
	HASH_ADD_KEYPTR(hh, counts->table, state->name.p, state->name.n, count);
	return count;
}

/* --- managed state --------------------------------------------------------------------------- */

/* The bytes of the element, and the number that it begins with. */
static int read_element(
	struct sp_operator_reader *reader, uint64_t *bytes, uint32_t *number, struct sp_error *err)
{
	uint8_t head[COUNT_BYTES] = { 0 };
	struct sp_slice piece;
	int r;

	*bytes = 0;
	while ((r = sp_operator_reader_piece(reader, &piece, err)) > 0) {
		for (size_t i = 0; i < piece.n && *bytes + i < COUNT_BYTES; i++)
			head[*bytes + i] = piece.p[i];
		*bytes += piece.n;
		if (sp_interrupt_check(err) < 0)
			return err->code;
	}
	*number = sp_get_be32(head);
	return r;
}

static int read_state(struct count *count, struct sp_operator_reader *reader, struct sp_error *err)
{
	const bool broadcast = count->state->mode == SP_MODE_BROADCAST;
	uint64_t bytes;
	uint32_t number = 0;

	if (sp_operator_reader_select(reader, count->state->name) == 0)
		return 0;
	while (sp_operator_reader_next(reader) > 0) {
		if (read_element(reader, &bytes, &number, err) < 0)
			return err->code;
		count->bytes += bytes;
		if (broadcast && (bytes < COUNT_BYTES || number > INT32_MAX))
			return sp_fail(err, SP_EDAMAGED,
				"a broadcast state of %llu bytes has no number of entries",
				(unsigned long long)bytes);
		if (broadcast && number > count->entries)
			count->entries = number;
	}
	return 0;
}

static int read_managed(
	struct counts *counts, const struct sp_operator_handle *handle, struct sp_error *err)
{
	sp_auto(sp_operator_reader) *reader = NULL;

	if (handle->code == SP_OPERATOR_NONE || handle->n_states == 0)
		return 0;
	if (sp_operator_reader_open(counts->inspection->survey.source, handle, &reader, err) < 0)
		return err->code;
	for (size_t i = 0; i < handle->n_states; i++) {
		const struct sp_slice name = handle->states[i].name;

		if (read_state(find_count(counts, &handle->states[i]), reader, err) < 0)
			return sp_within(err, "state '%.*s'", (int)name.n, (const char *)name.p);
	}
	return 0;
}

/* --- raw state ------------------------------------------------------------------------------- */

static int by_number(const void *a, const void *b)
{
	const int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

/* Where the partitions of all states begin, ascending, and where the last ends. */
static int64_t *sort_starts(const struct sp_operator_handle *handle, int64_t size, size_t *n)
{
	int64_t *starts;

	*n = 1;
	for (size_t i = 0; i < handle->n_states; i++)
		*n += handle->states[i].n_offsets;
	starts = calloc(*n, sizeof(*starts));
	if (starts == NULL)
		sp_abort("out of memory");
	starts[0] = size;
	*n = 1;
	for (size_t i = 0; i < handle->n_states; i++)
		for (size_t j = 0; j < handle->states[i].n_offsets; j++)
			starts[(*n)++] = handle->states[i].offsets[j];
	qsort(starts, *n, sizeof(*starts), by_number);
	return starts;
}

/* A partition ends where the next one begins. */
static uint64_t partition_bytes(const int64_t *starts, size_t n, int64_t start)
{
	size_t low = 0, high = n;

	while (low < high) {
		const size_t middle = low + (high - low) / 2;

		if (starts[middle] > start)
			high = middle;
		else
			low = middle + 1;
	}
	return low == n ? 0 : (uint64_t)(starts[low] - start);
}

static int read_raw(
	struct counts *counts, const struct sp_operator_handle *handle, struct sp_error *err)
{
	sp_auto(sp_file) *file = NULL;
	int64_t *starts;
	size_t n;
	int r = 0;

	if (handle->code == SP_OPERATOR_NONE || handle->n_states == 0)
		return 0;
	if (sp_source_open_handle(counts->inspection->survey.source, &handle->data, &file, err) < 0)
		return err->code;
	starts = sort_starts(handle, (int64_t)file->size, &n);
	if (starts[0] < 0 || starts[n - 1] > (int64_t)file->size)
		r = sp_fail(err, SP_EDAMAGED, "%s: a partition begins outside of it", file->place);
	for (size_t i = 0; r == 0 && i < handle->n_states; i++)
		for (size_t j = 0; j < handle->states[i].n_offsets; j++)
			find_count(counts, &handle->states[i])->bytes +=
				partition_bytes(starts, n, handle->states[i].offsets[j]);
	free(starts);
	return r;
}

/* --- both ------------------------------------------------------------------------------------ */

static void count_handle(struct counts *counts, const struct sp_operator_handle *handle)
{
	for (size_t i = 0; i < handle->n_states; i++) {
		struct count *count = find_count(counts, &handle->states[i]);

		count->elements += handle->states[i].n_offsets;
		count->subtasks++;
	}
}

/* What cannot be read has no sizes; one warning tells of it. */
static void set_unread(
	struct counts *counts, const struct sp_operator_handle *handle, const struct sp_error *err)
{
	char label[256];

	for (size_t i = 0; i < handle->n_states; i++)
		find_count(counts, &handle->states[i])->unread = true;
	if (!counts->warned)
		sp_warn(counts->globals, "%s: subtask %d: operator state: %s",
			sp_operator_label(counts->op, label, sizeof(label)), counts->subtask->index,
			err->message);
	counts->warned = true;
}

static int add_handle(struct counts *counts, const struct sp_operator_handle *handle, bool managed,
	struct sp_error *err)
{
	char label[256];
	int r;

	count_handle(counts, handle);
	r = managed ? read_managed(counts, handle, err) : read_raw(counts, handle, err);
	if (r == SP_EUNSUPPORTED) {
		set_unread(counts, handle, err);
		r = 0;
	}
	return r < 0 ? sp_within(err, "%s: subtask %d: operator state",
			       sp_operator_label(counts->op, label, sizeof(label)),
			       counts->subtask->index)
		     : 0;
}

static void add_sizes(struct sp_table *table, const struct count *count)
{
	if (count->unread) {
		sp_table_none(table);
		sp_table_none(table);
		return;
	}
	sp_table_number(table, (int64_t)count->bytes);
	if (count->state->mode == SP_MODE_BROADCAST)
		sp_table_number(table, (int64_t)count->entries);
	else
		sp_table_none(table);
}

const char *sp_mode_text(enum sp_mode mode)
{
	switch (mode) {
	case SP_MODE_SPLIT_DISTRIBUTE: return "SPLIT_DISTRIBUTE";
	case SP_MODE_UNION: return "UNION";
	case SP_MODE_BROADCAST: break;
	}
	return "BROADCAST";
}

static void add_counts(struct sp_table *table, const struct counts *counts, bool managed)
{
	const struct count *count;

	for (count = counts->table; count != NULL; count = count->hh.next) {
		sp_table_operator_id(table, counts->op);
		sp_table_operator(table, counts->op);
		sp_table_name(table, count->state->name);
		sp_table_bool(table, managed);
		sp_table_text(table, sp_mode_text(count->state->mode));
		sp_table_number(table, (int64_t)count->elements);
		sp_table_number(table, count->subtasks);
		add_sizes(table, count);
	}
}

static int add_operator(
	struct sp_table *table, struct counts *counts, bool managed, struct sp_error *err)
{
	int r = 0;

	counts->table = NULL;
	for (size_t i = 0; r == 0 && i < counts->op->n_subtasks; i++) {
		const struct sp_subtask *subtask = counts->subtask = &counts->op->subtasks[i];
		const size_t n = managed ? subtask->n_managed_operator : subtask->n_raw_operator;

		for (size_t j = 0; r == 0 && j < n; j++)
			r = add_handle(counts,
				managed ? &subtask->managed_operator[j] : &subtask->raw_operator[j],
				managed, err);
	}
	if (r == 0)
		add_counts(table, counts, managed);
	HASH_CLEAR(hh, counts->table);
	return r;
}

int sp_inspect_operator_states(const struct sp_inspection *self, const struct sp_globals *globals,
	struct sp_table **ret, struct sp_error *err)
{
	const struct sp_snapshot *snapshot = self->survey.source->snapshot;
	sp_auto(sp_arena) *arena = sp_arena_new();
	sp_auto(sp_table) *table = sp_table_new(columns, sp_countof(columns));
	struct counts counts = { .inspection = self, .globals = globals, .arena = arena };

	for (size_t i = 0; i < snapshot->n_operators; i++) {
		counts.op = &snapshot->operators[i];
		if (sp_survey_shows(&self->survey, counts.op) &&
			(add_operator(table, &counts, true, err) < 0 ||
				add_operator(table, &counts, false, err) < 0))
			return err->code;
	}
	*ret = sp_steal(table);
	return 0;
}
