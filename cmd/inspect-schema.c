/* The headers of keyed and operator state of all subtasks, with equal descriptions as one. */
#include "inspect-schema-internal.h"

#include "operator-state.h"

struct reading {
	struct sp_schema *schema;
	const struct sp_operator *op;
	struct sp_schema_state *table; /* of the operator, by their descriptions */
};

static void *must(void *p)
{
	if (p == NULL)
		sp_abort("out of memory");
	return p;
}

/* --- states ------------------------------------------------------------------------------- */

/* What tells states apart. One that a changelog made has no bytes of its own. */
static void put_key(const struct sp_state *state, struct sp_buffer *key)
{
	sp_buffer_u8(key, (uint8_t)state->kind);
	sp_buffer_blob(key, state->name);
	sp_buffer_bytes(key, state->bytes);
}

static struct sp_schema_state *find(const struct reading *self, const struct sp_state *like)
{
	struct sp_schema_state *state;
	sp_auto_buffer key = { 0 };

	put_key(like, &key);
	HASH_FIND(hh, self->table, key.p, key.n, state);
	return state;
}

/* The subtask has these states, which were all met before. */
static bool count_known(struct reading *self, const struct sp_state *states, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (find(self, &states[i]) == NULL)
			return false;
	for (size_t i = 0; i < n; i++)
		find(self, &states[i])->subtasks++;
	return true;
}

static void count(struct reading *self, const struct sp_schema_state *like)
{
	struct sp_schema *schema = self->schema;
	struct sp_schema_state *state = find(self, like->state);
	sp_auto_buffer key = { 0 };
	struct sp_slice kept;

	if (state != NULL) {
		state->subtasks++;
		return;
	}
	if (schema->n == schema->capacity) {
		schema->capacity = schema->capacity * 2 + 64;
		schema->list = must(reallocarray(
			schema->list, schema->capacity, sizeof(struct sp_schema_state *)));
	}
	state = sp_arena_new_array(schema->arena, struct sp_schema_state, 1);
	*state = *like;
	state->op = self->op;
	state->subtasks = 1;
	schema->list[schema->n++] = state;
	put_key(state->state, &key);
	kept = sp_arena_copy(schema->arena, sp_buffer_slice(&key));
	HASH_ADD_KEYPTR(hh, self->table, kept.p, kept.n, state);
}

/* --- keyed state -------------------------------------------------------------------------- */

/* Most subtasks bring nothing new: what they have is read into memory that is given back. */
static int read_keyed(struct reading *self, const struct sp_subtask *subtask, struct sp_error *err)
{
	const struct sp_keyed_place place = {
		.source = self->schema->survey->source,
		.op = self->op,
		.subtask = subtask,
		.handle = &subtask->managed_keyed,
	};
	sp_auto(sp_arena) *passing = sp_arena_new();
	const struct sp_keyed_header *header;
	int r;

	if (place.handle->code == SP_KEYED_NONE)
		return 0;
	r = sp_inspect_keyed_header(&place, passing, &header, err);
	if (r <= 0 || count_known(self, header->states, header->n_states))
		return r < 0 ? r : 0;
	r = sp_inspect_keyed_header(&place, self->schema->arena, &header, err);
	for (size_t i = 0; r > 0 && i < header->n_states; i++)
		count(self, &(struct sp_schema_state){
				    .state = &header->states[i],
				    .key = header->key,
				    .kind = sp_state_kind_text(&header->states[i]),
			    });
	return r < 0 ? r : 0;
}

/* --- operator state ----------------------------------------------------------------------- */

static int read_operator(
	struct reading *self, const struct sp_operator_handle *handle, struct sp_error *err)
{
	sp_auto(sp_operator_reader) *reader = NULL;
	const struct sp_operator_header *header;

	if (handle->code == SP_OPERATOR_NONE || handle->empty)
		return 0;
	if (sp_operator_reader_open(self->schema->survey->source, handle, &reader, err) < 0)
		return err->code;
	header = sp_operator_reader_header(reader);
	if (count_known(self, header->states, header->n_states))
		return 0;
	if (sp_operator_header_read(header->bytes, 0, self->schema->arena, &header, err) < 0)
		return err->code;
	for (size_t i = 0; i < header->n_states; i++)
		count(self, &(struct sp_schema_state){
				    .state = &header->states[i],
				    .kind = sp_mode_text(header->modes[i]),
			    });
	return 0;
}

/* --- all ---------------------------------------------------------------------------------- */

static int pass_over(struct reading *self, int32_t subtask, struct sp_error *err)
{
	struct sp_schema *schema = self->schema;
	char id[33];

	sp_operator_id_text(self->op->id, id);
	sp_within(err, "operator %s: subtask %d", id, (int)subtask);
	if (err->code != SP_EUNSUPPORTED)
		return err->code;
	if (schema->n_unread++ == 0)
		schema->unread = sp_arena_printf(schema->arena, "%s", err->message);
	return 0;
}

static int read_subtask(
	struct reading *self, const struct sp_subtask *subtask, struct sp_error *err)
{
	if (read_keyed(self, subtask, err) < 0 && pass_over(self, subtask->index, err) < 0)
		return err->code;
	for (size_t i = 0; i < subtask->n_managed_operator; i++)
		if (read_operator(self, &subtask->managed_operator[i], err) < 0 &&
			pass_over(self, subtask->index, err) < 0)
			return err->code;
	return 0;
}

static int read_all(struct sp_schema *schema, const struct sp_operator *op, struct sp_error *err)
{
	struct reading self = { .schema = schema, .op = op };
	int r = 0;

	for (size_t i = 0; r == 0 && i < op->n_subtasks; i++)
		r = read_subtask(&self, &op->subtasks[i], err);
	HASH_CLEAR(hh, self.table);
	return r;
}

int sp_schema_read(const struct sp_survey *survey, struct sp_schema **ret, struct sp_error *err)
{
	const struct sp_snapshot *snapshot = survey->source->snapshot;
	sp_auto(sp_schema) *schema = must(calloc(1, sizeof(*schema)));

	schema->survey = survey;
	schema->arena = sp_arena_new();
	schema->kryo = sp_kryo_of(snapshot);
	for (size_t i = 0; i < snapshot->n_operators; i++)
		if (sp_survey_shows(survey, &snapshot->operators[i]) &&
			read_all(schema, &snapshot->operators[i], err) < 0)
			return err->code;
	*ret = sp_steal(schema);
	return 0;
}

void sp_schema_free(struct sp_schema *schema)
{
	if (schema == NULL)
		return;
	sp_arena_free(schema->arena);
	free(schema->list);
	free(schema);
}

size_t sp_schema_unread(const struct sp_schema *schema, const char **why)
{
	*why = schema->unread;
	return schema->n_unread;
}

size_t sp_schema_roles(const struct sp_schema_state *state, struct sp_type_part ret[3])
{
	const bool keyed = state->key != NULL;
	const struct sp_type_part all[] = {
		{ "key", -1, { 0 }, keyed ? state->key : state->state->key, NULL },
		{ "namespace", -1, { 0 }, state->state->ns, NULL },
		{ state->state->kind == SP_KIND_PRIORITY_QUEUE   ? "timer"
			: state->state->kind == SP_KIND_OPERATOR ? "element"
								 : "value",
			-1, { 0 }, state->state->value, NULL },
	};
	size_t n = 0;

	for (size_t i = 0; i < sp_countof(all); i++)
		if (all[i].type != NULL)
			ret[n++] = all[i];
	return n;
}
