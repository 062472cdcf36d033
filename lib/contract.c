#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "contract-internal.h"
#include "format.h"
#include "operator-state.h"

#define SCHEMA "savepoint/contract/1"
#define FILE_MAX ((size_t)256 * 1024 * 1024)

/* --- of a snapshot ------------------------------------------------------------------------ */

static bool is_text(const cJSON *object, const char *key, const char *text)
{
	const char *other = sp_contract_member(object, key);

	return other != NULL && strcmp(other, text) == 0;
}

/* By name and kind: timers may have the name of another state. */
static cJSON *state_of(const cJSON *list, const char *name, const char *kind, const char *is)
{
	cJSON *state;

	cJSON_ArrayForEach(state,
		list) if (is_text(state, "name", name) && is_text(state, kind, is)) return state;
	return NULL;
}

static void add_keyed_state(
	cJSON *list, const struct sp_keyed_header *header, const struct sp_state *state)
{
	cJSON *object = cJSON_CreateObject();

	cJSON_AddItemToObject(object, "name", sp_contract_text(state->name));
	cJSON_AddStringToObject(object, "kind", sp_state_kind_text(state));
	if (state_of(list, sp_contract_member(object, "name"), "kind", sp_state_kind_text(state)) !=
		NULL) {
		cJSON_Delete(object);
		return;
	}
	cJSON_AddItemToObject(object, "key", sp_contract_type(header->key));
	cJSON_AddItemToObject(object, "namespace", sp_contract_type(state->ns));
	if (state->user_key != NULL)
		cJSON_AddItemToObject(object, "map_key", sp_contract_type(state->user_key));
	cJSON_AddItemToObject(object, "value", sp_contract_type(state->value));
	cJSON_AddItemToArray(list, object);
}

static int add_keyed(struct sp_source *source, const struct sp_operator *op,
	const struct sp_subtask *subtask, cJSON *list, struct sp_error *err)
{
	const struct sp_keyed_place place = sp_place(source, op, subtask, &subtask->managed_keyed);
	sp_auto(sp_arena) *arena = sp_arena_new();
	const struct sp_keyed_header *header;
	const struct sp_format *format;
	int r;

	if (subtask->managed_keyed.code == SP_KEYED_NONE)
		return 0;
	if (sp_format_of(&place, &format, err) < 0)
		return err->code;
	r = sp_format_header(format, &place, arena, &header, err);
	if (r <= 0)
		return r;
	for (size_t i = 0; i < header->n_states; i++)
		add_keyed_state(list, header, &header->states[i]);
	return 0;
}

static const char *mode_text(enum sp_mode mode)
{
	switch (mode) {
	case SP_MODE_SPLIT_DISTRIBUTE: return "SPLIT_DISTRIBUTE";
	case SP_MODE_UNION: return "UNION";
	case SP_MODE_BROADCAST: break;
	}
	return "BROADCAST";
}

static void add_operator_state(cJSON *list, const struct sp_operator_header *header, size_t i)
{
	const struct sp_state *state = &header->states[i];
	cJSON *object = cJSON_CreateObject();

	cJSON_AddItemToObject(object, "name", sp_contract_text(state->name));
	cJSON_AddStringToObject(object, "mode", mode_text(header->modes[i]));
	if (state_of(list, sp_contract_member(object, "name"), "mode",
		    mode_text(header->modes[i])) != NULL) {
		cJSON_Delete(object);
		return;
	}
	cJSON_AddItemToObject(object, "key", sp_contract_type(state->key));
	cJSON_AddItemToObject(object, "value", sp_contract_type(state->value));
	cJSON_AddItemToArray(list, object);
}

static int add_operator_states(struct sp_source *source, const struct sp_subtask *subtask,
	cJSON *list, struct sp_error *err)
{
	for (size_t i = 0; i < subtask->n_managed_operator; i++) {
		sp_auto(sp_operator_reader) *reader = NULL;
		const struct sp_operator_header *header;

		if (subtask->managed_operator[i].data.code == SP_HANDLE_NONE ||
			subtask->managed_operator[i].data.code == SP_HANDLE_EMPTY_SEGMENT)
			continue;
		if (sp_operator_reader_open(source, &subtask->managed_operator[i], &reader, err) <
			0)
			return err->code;
		header = sp_operator_reader_header(reader);
		for (size_t j = 0; j < header->n_states; j++)
			add_operator_state(list, header, j);
	}
	return 0;
}

/* --- in order ----------------------------------------------------------------------------- */

static int compare_texts(const char *a, const char *b)
{
	return strcmp(a == NULL ? "" : a, b == NULL ? "" : b);
}

static int compare(const void *a, const void *b)
{
	static const char *const keys[] = { "id", "name", "kind", "mode" };
	const cJSON *x = *(cJSON *const *)a, *y = *(cJSON *const *)b;
	int r = 0;

	for (size_t i = 0; i < sp_countof(keys) && r == 0; i++)
		r = compare_texts(sp_contract_member(x, keys[i]), sp_contract_member(y, keys[i]));
	return r;
}

static void sort(cJSON *list)
{
	const size_t n = (size_t)cJSON_GetArraySize(list);
	cJSON **items = calloc(n + 1, sizeof(*items));

	if (items == NULL)
		sp_abort("out of memory");
	for (size_t i = 0; i < n; i++)
		items[i] = cJSON_DetachItemFromArray(list, 0);
	qsort(items, n, sizeof(*items), compare);
	for (size_t i = 0; i < n; i++)
		cJSON_AddItemToArray(list, items[i]);
	free(items);
}

static void add_name(cJSON *object, const char *key, struct sp_slice mutf8)
{
	cJSON_AddItemToObject(
		object, key, mutf8.n == 0 ? cJSON_CreateNull() : sp_contract_text(mutf8));
}

static int add_states(
	struct sp_source *source, const struct sp_operator *op, cJSON *object, struct sp_error *err)
{
	cJSON *keyed = cJSON_AddArrayToObject(object, "keyed_states");
	cJSON *others = cJSON_AddArrayToObject(object, "operator_states");

	for (size_t i = 0; i < op->n_subtasks; i++)
		if (add_keyed(source, op, &op->subtasks[i], keyed, err) < 0 ||
			add_operator_states(source, &op->subtasks[i], others, err) < 0)
			return sp_within(err, "operator %s: subtask %d",
				sp_contract_member(object, "id"), (int)op->subtasks[i].index);
	sort(keyed);
	sort(others);
	return 0;
}

static int add_operator(
	struct sp_source *source, const struct sp_operator *op, cJSON *list, struct sp_error *err)
{
	cJSON *object = cJSON_CreateObject();
	char id[33];

	sp_operator_id_text(op->id, id);
	cJSON_AddItemToArray(list, object);
	cJSON_AddStringToObject(object, "id", id);
	add_name(object, "uid", op->uid);
	add_name(object, "name", op->name);
	cJSON_AddNumberToObject(object, "parallelism", op->parallelism);
	cJSON_AddNumberToObject(object, "max_parallelism", op->max_parallelism);
	cJSON_AddBoolToObject(object, "coordinator", op->coordinator.code != SP_HANDLE_NONE);
	return add_states(source, op, object, err);
}

int sp_contract_of(struct sp_source *source, struct sp_contract **ret, struct sp_error *err)
{
	const struct sp_snapshot *snapshot = source->snapshot;
	sp_auto(sp_contract) *contract = calloc(1, sizeof(*contract));
	cJSON *operators;

	if (contract == NULL)
		sp_abort("out of memory");
	contract->document = cJSON_CreateObject();
	cJSON_AddStringToObject(contract->document, "schema", SCHEMA);
	operators = cJSON_AddArrayToObject(contract->document, "operators");
	for (size_t i = 0; i < snapshot->n_operators; i++)
		if (add_operator(source, &snapshot->operators[i], operators, err) < 0)
			return err->code;
	sort(operators);
	*ret = sp_steal(contract);
	return 0;
}

void sp_contract_free(struct sp_contract *contract)
{
	if (contract == NULL)
		return;
	cJSON_Delete(contract->document);
	free(contract);
}

/* --- of a file ---------------------------------------------------------------------------- */

static const cJSON *get(const cJSON *object, const char *key)
{
	return cJSON_GetObjectItemCaseSensitive(object, key);
}

static bool is_type_or_null(const cJSON *json, const char **what)
{
	return json == NULL || cJSON_IsNull(json) || sp_contract_is_type(json, what);
}

static bool are_states(const cJSON *list, const char *kind, const char **what)
{
	static const char *const types[] = { "key", "namespace", "map_key", "value" };
	const cJSON *state;

	*what = "an operator without lists of states";
	if (!cJSON_IsArray(list))
		return false;
	cJSON_ArrayForEach(state, list)
	{
		*what = "a state without a name, or without a kind or mode";
		if (sp_contract_member(state, "name") == NULL ||
			sp_contract_member(state, kind) == NULL)
			return false;
		for (size_t i = 0; i < sp_countof(types); i++)
			if (!is_type_or_null(get(state, types[i]), what))
				return false;
	}
	return true;
}

static bool is_operator(const cJSON *op, const char **what)
{
	const char *id = sp_contract_member(op, "id");

	*what = "an operator whose id is not 32 hexadecimal digits";
	if (id == NULL || strlen(id) != 32 || strspn(id, "0123456789abcdef") != 32)
		return false;
	*what = "an operator without parallelism, max parallelism or coordinator";
	if (!cJSON_IsNumber(get(op, "parallelism")) ||
		!cJSON_IsNumber(get(op, "max_parallelism")) ||
		!cJSON_IsBool(get(op, "coordinator")))
		return false;
	return are_states(get(op, "keyed_states"), "kind", what) &&
	       are_states(get(op, "operator_states"), "mode", what);
}

static bool is_contract(const cJSON *document, const char **what)
{
	const cJSON *op;

	*what = "the schema is not '" SCHEMA "'";
	if (!is_text(document, "schema", SCHEMA))
		return false;
	*what = "no list of operators";
	if (!cJSON_IsArray(get(document, "operators")))
		return false;
	cJSON_ArrayForEach(op, get(document, "operators")) if (!is_operator(op, what)) return false;
	return true;
}

int sp_contract_parse(
	struct sp_slice text, const char *place, struct sp_contract **ret, struct sp_error *err)
{
	sp_auto(sp_contract) *contract = calloc(1, sizeof(*contract));
	const char *end = NULL, *what;

	if (contract == NULL)
		sp_abort("out of memory");
	contract->document = cJSON_ParseWithLengthOpts((const char *)text.p, text.n, &end, false);
	if (contract->document == NULL)
		return sp_fail(err, SP_EUSAGE, "%s: offset 0x%zx: no JSON", place,
			end == NULL ? (size_t)0 : (size_t)(end - (const char *)text.p));
	if (!is_contract(contract->document, &what)) {
		sp_fail(err, SP_EUSAGE, "%s: no contract: %s", place, what);
		return sp_hint(err, "make one with 'savepoint inspect --contract SNAPSHOT'");
	}
	*ret = sp_steal(contract);
	return 0;
}

static int read_all(FILE *file, struct sp_buffer *to)
{
	size_t n;

	do {
		n = fread(sp_buffer_reserve(to, 65536), 1, 65536, file);
		to->n += n;
	} while (n > 0 && to->n <= FILE_MAX);
	return ferror(file) || to->n > FILE_MAX ? -1 : 0;
}

int sp_contract_read(const char *path, struct sp_contract **ret, struct sp_error *err)
{
	FILE *file = fopen(path, "re");
	sp_auto_buffer text = { 0 };
	int r;

	if (file == NULL)
		return sp_fail_errno(err, errno, "%s", path);
	r = read_all(file, &text);
	fclose(file);
	if (r < 0)
		return sp_fail(err, SP_EUSAGE, "--contract: %s: cannot be read", path);
	return sp_contract_parse(sp_buffer_slice(&text), path, ret, err);
}
