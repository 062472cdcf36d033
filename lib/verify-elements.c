/*
 * Operator state: every element of list and union states and every entry of broadcast states is
 * walked by its type to its last byte; of a broadcast state each subtask has a copy, which have to
 * be equal, entry by entry in any order.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "operator-state.h"
#include "verify-records.h"

/* The copies of a broadcast state, as far as they were met. */
struct copies {
	struct sp_slice name;
	const struct sp_subtask *first; /* that has one */
	uint64_t entries, sum;
	bool compares; /* `sum` is of all entries; else only their number is known */
	bool differs;  /* said already */
};

/* What the entries of a copy add up to, in any order. */
struct total {
	uint64_t sum;
	bool one_form; /* of its types: their bytes tell whether values are equal */
	bool compares;
};

/* The states of an operator, and the one being read. */
struct elements {
	struct sp_records *records;
	const struct sp_verify *verify;
	const struct sp_operator *op;
	const struct sp_subtask *subtask;
	enum sp_kryo kryo;
	struct sp_findings *findings;
	struct sp_operator_reader *reader;
	const struct sp_state *state;
	struct sp_buffer window; /* bytes of the element from `start` on */
	uint64_t start;
	uint64_t found;  /* in the state */
	uint64_t opaque; /* elements of the state that were not understood */
	struct sp_arena *arena;
	struct copies *copies;
	size_t n_copies, capacity;
};

static struct sp_finding_place place_of(const struct elements *self)
{
	struct sp_finding_place place = SP_FINDING_PLACE(self->op, self->subtask);

	if (self->state != NULL)
		place.state = self->state->name;
	return place;
}

/* Adds the next piece of the element to the window. 1; 0: the element's end. */
static int fill(struct elements *self, struct sp_error *err)
{
	return sp_operator_reader_fill(self->reader, self->verify->memory, &self->window, err);
}

static int fill_all(struct elements *self, struct sp_error *err)
{
	int r;

	while ((r = fill(self, err)) > 0)
		;
	return r;
}

static void report(struct elements *self, const char *what, uint64_t i, const char *text)
{
	const struct sp_finding_place place = place_of(self);
	sp_auto_buffer name = { 0 };

	if (++self->found <= SP_RECORDS_EXAMPLES)
		sp_find_at(self->findings, SP_FIND_ELEMENT, &place,
			"state '%s': %s %" PRIu64 ": %s", sp_verify_name(self->state->name, &name),
			what, i, text);
}

static void report_rest(struct elements *self)
{
	const struct sp_finding_place place = place_of(self);
	sp_auto_buffer name = { 0 };

	if (self->found > SP_RECORDS_EXAMPLES)
		sp_find_at(self->findings, SP_FIND_ELEMENT, &place, "state '%s': %" PRIu64 " more",
			sp_verify_name(self->state->name, &name),
			self->found - SP_RECORDS_EXAMPLES);
}

/* --- lists ----------------------------------------------------------------------------------- */

static int check_elements(struct elements *self, struct sp_error *err)
{
	const struct sp_type *type = self->state->value;
	struct sp_error cause;
	int r;

	for (uint64_t i = 0; (r = sp_operator_reader_next(self->reader)) > 0; i++) {
		self->window.n = 0;
		r = fill_all(self, err);
		if (r < 0)
			return r;
		if (type != NULL)
			r = sp_value_cross_all(
				sp_buffer_slice(&self->window), 0, self->kryo, type, &cause);
		self->opaque += r > 0 || type == NULL;
		if (r < 0)
			report(self, "element", i, cause.message);
	}
	return r;
}

/* --- broadcast states ------------------------------------------------------------------------ */

static uint64_t hash_of(struct sp_slice bytes)
{
	uint64_t h = 0xcbf29ce484222325; /* FNV-1a, and a finish that sums can rely on */

	for (size_t i = 0; i < bytes.n; i++)
		h = (h ^ bytes.p[i]) * 0x100000001b3;
	h = (h ^ h >> 33) * 0xff51afd7ed558ccd;
	return h ^ h >> 33;
}

/* Do equal values of the type have equal bytes? Maps and what the job serializes need not. */
static bool has_one_form(const struct sp_type *type)
{
	switch (type->kind) {
	case SP_OPAQUE:
	case SP_COMPOSITE:
	case SP_LEGACY:
	case SP_MAP:
	case SP_SET:
	case SP_MAP_DATA:
	case SP_NULL_AWARE_MAP:
	case SP_TRAVERSABLE:
	case SP_KRYO:
	case SP_AVRO:
	case SP_VALUE:
	case SP_JAVA_OBJECT:
	case SP_BIG_INT: return false;
	default: break;
	}
	for (size_t i = 0; i < type->n_children; i++)
		if (!has_one_form(type->children[i]))
			return false;
	for (size_t i = 0; i < type->n_fields; i++)
		if (!has_one_form(type->fields[i].type))
			return false;
	return type->n_registered == 0 && type->n_non_registered == 0;
}

static struct copies *copies_of(struct elements *self)
{
	for (size_t i = 0; i < self->n_copies; i++)
		if (sp_slice_equal(self->copies[i].name, self->state->name))
			return &self->copies[i];
	if (self->n_copies == self->capacity) {
		self->capacity = self->capacity * 2 + 8;
		self->copies = reallocarray(self->copies, self->capacity, sizeof(*self->copies));
		if (self->copies == NULL)
			sp_abort("out of memory");
	}
	self->copies[self->n_copies] =
		(struct copies){ .name = sp_arena_copy(self->arena, self->state->name) };
	return &self->copies[self->n_copies++];
}

static void compare(struct elements *self, uint64_t entries, const struct total *total)
{
	const struct sp_finding_place place = place_of(self);
	struct copies *copies = copies_of(self);
	sp_auto_buffer name = { 0 };

	if (copies->first == NULL) {
		copies->first = self->subtask;
		copies->entries = entries;
		copies->sum = total->sum;
		copies->compares = total->compares;
	} else if (!copies->differs &&
		   (copies->entries != entries ||
			   (copies->compares && total->compares && copies->sum != total->sum))) {
		copies->differs = true;
		sp_find_at(self->findings, SP_FIND_BROADCAST_DIFFERS, &place,
			"state '%s': %" PRIu64 " entries, subtask %" PRId32 " has %" PRIu64 "%s",
			sp_verify_name(self->state->name, &name), entries, copies->first->index,
			copies->entries, entries == copies->entries ? " others" : "");
	}
}

/* Drops n bytes from the front of the window. */
static void drop(struct elements *self, size_t n)
{
	memmove(self->window.p, self->window.p + n, self->window.n - n);
	self->window.n -= n;
	self->start += n;
}

/* Crosses the key and value at the front of the window; *length of them, or bytes missing. */
static int cross_entry(struct elements *self, size_t *length, struct sp_error *err)
{
	struct sp_value_reader reader =
		sp_value_reader(sp_buffer_slice(&self->window), self->start, self->kryo);
	int r = sp_value_skip(&reader, self->state->key, err);

	if (r == 0)
		r = sp_value_skip(&reader, self->state->value, err);
	*length = r < 0 ? reader.missing : self->window.n - sp_left(&reader.in);
	return r;
}

/* What equal entries have in common. 1: *ret; 0: there is no such number. */
static int digest_entry(const struct elements *self, size_t n, uint64_t *ret)
{
	struct sp_value_reader reader =
		sp_value_reader(sp_slice(self->window.p, n), self->start, self->kryo);
	sp_auto(sp_arena) *arena = sp_arena_new();
	struct sp_value key, value;
	uint64_t digests[2];
	struct sp_error err;

	if (sp_value_read(&reader, self->state->key, arena, &key, &err) < 0 ||
		sp_value_read(&reader, self->state->value, arena, &value, &err) < 0 ||
		sp_value_digest(&key, &digests[0]) == 0 ||
		sp_value_digest(&value, &digests[1]) == 0)
		return 0;
	*ret = hash_of(sp_slice(digests, sizeof(digests)));
	return 1;
}

static void add_entry(const struct elements *self, size_t n, struct total *total)
{
	uint64_t hash = 0;

	if (!total->compares)
		return;
	if (total->one_form)
		hash = hash_of(sp_slice(self->window.p, n));
	else
		total->compares = digest_entry(self, n, &hash) > 0;
	total->sum += hash;
}

/* The next entry, with as many bytes as it needs. 0; SP_EDAMAGED with its own error in `err`. */
static int next_entry(struct elements *self, struct total *total, struct sp_error *err)
{
	struct sp_error cause;
	size_t n;
	int r;

	while ((r = cross_entry(self, &n, err)) < 0) {
		cause = *err;
		if (n == 0)
			return r;
		r = fill(self, err);
		if (r > 0)
			continue;
		if (r == 0)
			*err = cause;
		return err->code;
	}
	add_entry(self, n, total);
	drop(self, n);
	return 0;
}

/* i32, the number of entries. */
static int take_count(struct elements *self, int32_t *ret, struct sp_error *err)
{
	struct sp_cursor in;
	int r = 1;

	while (self->window.n < 4 && (r = fill(self, err)) > 0)
		;
	in = sp_cursor(sp_buffer_slice(&self->window), 0);
	if (r < 0 || sp_take_i32(&in, ret, err) < 0)
		return err->code;
	if (*ret < 0)
		return sp_fail(err, SP_EDAMAGED, "%" PRId32 " entries cannot be", *ret);
	drop(self, 4);
	return 0;
}

static int check_entries(struct elements *self, struct sp_error *err)
{
	struct total total = { .compares = true };
	int32_t n = 0;
	int r = take_count(self, &n, err);

	total.one_form = has_one_form(self->state->key) && has_one_form(self->state->value);
	for (int32_t i = 0; r == 0 && i < n; i++)
		r = next_entry(self, &total, err);
	if (r == 0)
		r = fill_all(self, err);
	if (r == 0 && self->window.n > 0)
		r = sp_fail(err, SP_EDAMAGED, "%zu bytes behind %" PRId32 " entries",
			self->window.n, n);
	if (r == SP_EDAMAGED) {
		report(self, "offset", self->start, err->message);
		return 0;
	}
	if (r == 0)
		compare(self, (uint64_t)n, &total);
	return r;
}

static bool is_opaque(const struct sp_state *state)
{
	return state->key == NULL || state->value == NULL ||
	       sp_type_opaque_part(state->key) != NULL || sp_type_opaque_part(state->value) != NULL;
}

static int check_broadcast(struct elements *self, struct sp_error *err)
{
	int r = sp_operator_reader_next(self->reader);

	self->window.n = 0;
	self->start = 0;
	if (r <= 0)
		return r;
	r = is_opaque(self->state) ? SP_EUNSUPPORTED : check_entries(self, err);
	if (r != SP_EUNSUPPORTED)
		return r;
	self->opaque++;
	while (r != 0) { /* readable it has to be all the same */
		self->window.n = 0;
		r = fill(self, err);
		if (r < 0)
			return r;
	}
	return 0;
}

/* --- a stream -------------------------------------------------------------------------------- */

static int check_state(struct elements *self, enum sp_mode mode, struct sp_error *err)
{
	int r;

	self->found = 0;
	self->opaque = 0;
	if (sp_operator_reader_select(self->reader, self->state->name) == 0)
		return 0;
	r = mode == SP_MODE_BROADCAST ? check_broadcast(self, err) : check_elements(self, err);
	report_rest(self);
	sp_records_opaque(self->records, self->op, self->state->name,
		mode == SP_MODE_BROADCAST ? "maps" : "elements", self->state->value, self->opaque);
	return r;
}

/* The reader's error is a finding, unless a level before has said it. */
static int pass_error(struct elements *self, int r, struct sp_error *err)
{
	const struct sp_finding_place place = place_of(self);

	if ((r == SP_EDAMAGED || r == SP_EUNSUPPORTED) &&
		sp_records_known(self->records, self->op, self->subtask))
		return 0;
	return sp_verify_error(self->findings, SP_FIND_OPERATOR_DATA, &place, r, err);
}

static int check_stream(
	struct elements *self, const struct sp_operator_handle *handle, struct sp_error *err)
{
	const struct sp_operator_header *header;
	sp_auto_buffer name = { 0 };
	int r;

	r = sp_operator_reader_open(self->verify->source, handle, &self->reader, err);
	if (r < 0)
		return pass_error(self, r, err);
	if (sp_operator_reader_check(self->reader, err) == SP_EDAMAGED)
		pass_error(self, SP_EDAMAGED, err);
	header = sp_operator_reader_header(self->reader);
	for (size_t i = 0; r == 0 && i < header->n_states; i++) {
		self->state = &header->states[i];
		r = check_state(self, header->modes[i], err);
		if (r < 0) {
			sp_within(err, "state '%s'", sp_verify_name(self->state->name, &name));
			r = pass_error(self, r, err);
		}
	}
	return r;
}

static int check_handle(
	struct elements *self, const struct sp_operator_handle *handle, struct sp_error *err)
{
	int r;

	if (handle->code == SP_OPERATOR_NONE || handle->n_states == 0)
		return 0;
	r = check_stream(self, handle, err);
	sp_operator_reader_free(self->reader);
	self->reader = NULL;
	self->state = NULL;
	return r;
}

int sp_verify_elements(struct sp_records *records, const struct sp_verify *verify,
	const struct sp_operator *op, struct sp_findings *findings, struct sp_error *err)
{
	struct elements self = { .records = records,
		.verify = verify,
		.op = op,
		.kryo = sp_kryo_of(verify->source->snapshot),
		.findings = findings,
		.arena = sp_arena_new() };
	int r = 0;

	for (size_t i = 0; r == 0 && i < op->n_subtasks; i++) {
		self.subtask = &op->subtasks[i];
		for (size_t j = 0; r == 0 && j < self.subtask->n_managed_operator; j++)
			r = check_handle(&self, &self.subtask->managed_operator[j], err);
	}
	sp_buffer_free(&self.window);
	free(self.copies);
	sp_arena_free(self.arena);
	return r;
}
