/*
 * A snapshot compared with a contract: the contract tells what there is to be restored, the
 * snapshot what the job registers now. For each difference, what Flink says to it.
 */
#include <stdio.h>

#include "contract-internal.h"
#include "mutf8.h"

#define TTL_MIGRATED_MIN SP_RELEASE(2, 2) /* of both backends; rocksdb: 2.1 */

struct comparer {
	struct sp_findings *findings;
	const struct sp_operator *op; /* NULL: the snapshot does not have it */
	sp_release release;
};

static const cJSON *get(const cJSON *object, const char *key)
{
	return cJSON_GetObjectItemCaseSensitive(object, key);
}

/* `state` is NULL for the operator as a whole. */
static void find(
	const struct comparer *self, enum sp_finding_code code, const char *state, const char *text)
{
	struct sp_finding_place place = SP_FINDING_PLACE(self->op, NULL);
	sp_auto_buffer name = { 0 };

	if (state != NULL && sp_utf8_to_mutf8(sp_slice_of(state), &name) == 0)
		place.state = sp_buffer_slice(&name);
	if (state == NULL)
		sp_find_at(self->findings, code, &place, "%s", text);
	else
		sp_find_at(self->findings, code, &place, "state '%s': %s", state, text);
}

/* --- types -------------------------------------------------------------------------------- */

/* Keys, namespaces and timers have to fit as they are: nothing rewrites them. */
static enum sp_compatibility without_migration(enum sp_compatibility how)
{
	return how == SP_MIGRATED || how == SP_TTL_CHANGED ? SP_INCOMPATIBLE : how;
}

static enum sp_finding_code code_of(const struct comparer *self, enum sp_compatibility how)
{
	switch (how) {
	case SP_COMPATIBLE:
	case SP_CHANGED: return SP_FIND_CONTRACT_CHANGED;
	case SP_MIGRATED: return SP_FIND_CONTRACT_MIGRATED;
	case SP_UNKNOWN: return SP_FIND_CONTRACT_UNKNOWN;
	case SP_TTL_CHANGED:
		return self->release >= TTL_MIGRATED_MIN ? SP_FIND_CONTRACT_MIGRATED
							 : SP_FIND_CONTRACT_TTL;
	case SP_INCOMPATIBLE: break;
	}
	return SP_FIND_CONTRACT_INCOMPATIBLE;
}

static const cJSON *map_key(const cJSON *value)
{
	const char *kind = value == NULL ? NULL : sp_contract_member(value, "kind");

	return kind != NULL && strcmp(kind, "Map") == 0
		       ? cJSON_GetArrayItem(get(value, "children"), 0)
		       : NULL;
}

static bool is_type(const cJSON *json)
{
	return json != NULL && !cJSON_IsNull(json);
}

static enum sp_compatibility judge(
	const cJSON *before, const cJSON *after, const char *role, struct sp_buffer *why)
{
	enum sp_compatibility how = sp_contract_compare(before, after, why);
	sp_auto_buffer ignored = { 0 };

	if (strcmp(role, "value") != 0)
		return without_migration(how);
	if (is_type(map_key(before)) && is_type(map_key(after)) &&
		without_migration(sp_contract_compare(map_key(before), map_key(after), &ignored)) ==
			SP_INCOMPATIBLE)
		return SP_INCOMPATIBLE;
	return how;
}

static const char *says(const char *role)
{
	return strcmp(role, "key") == 0 ? "The new key serializer must be compatible with the "
					  "previous key serializer"
	       : strcmp(role, "namespace") == 0
		       ? "The new namespace serializer must be compatible with the old namespace "
			 "serializer"
		       : "The new state serializer must not be incompatible with the old state "
			 "serializer";
}

static void compare_types(const struct comparer *self, const cJSON *before, const cJSON *after,
	const char *role, const char *name)
{
	const bool timer = sp_contract_member(after, "kind") != NULL &&
			   strcmp(sp_contract_member(after, "kind"), "TIMER") == 0;
	const cJSON *was = get(before, role), *is = get(after, role);
	sp_auto_buffer why = { 0 };
	char text[1024];
	enum sp_compatibility how;

	if (!is_type(was) || !is_type(is) || cJSON_Compare(was, is, true))
		return;
	how = judge(was, is, timer ? "timer" : role, &why);
	if (why.n == 0)
		sp_buffer_printf(&why, "%s", sp_contract_member(is, "type"));
	snprintf(text, sizeof(text), "%s: %.*s%s%s%s", role, (int)why.n, (const char *)why.p,
		how == SP_INCOMPATIBLE ? "; 'StateMigrationException: " : "",
		how == SP_INCOMPATIBLE ? says(role) : "", how == SP_INCOMPATIBLE ? "'" : "");
	find(self, code_of(self, how), name, text);
}

/* --- states ------------------------------------------------------------------------------- */

/* A state of this name; of timers only timers count, and the other way round. */
static const cJSON *state_of(const cJSON *list, const cJSON *like)
{
	const char *kind = sp_contract_member(like, "kind");
	const bool timer = kind != NULL && strcmp(kind, "TIMER") == 0;
	const cJSON *state;

	cJSON_ArrayForEach(state, list)
	{
		const char *other = sp_contract_member(state, "kind");

		if (strcmp(sp_contract_member(state, "name"), sp_contract_member(like, "name")) ==
				0 &&
			(other != NULL && strcmp(other, "TIMER") == 0) == timer)
			return state;
	}
	return NULL;
}

static void compare_state(
	const struct comparer *self, const cJSON *before, const cJSON *after, const char *kind)
{
	static const char *const roles[] = { "key", "namespace", "map_key", "value" };
	const char *name = sp_contract_member(before, "name");
	const char *was = sp_contract_member(before, kind), *is = sp_contract_member(after, kind);
	char text[256];

	if (strcmp(was, is) != 0) {
		snprintf(text, sizeof(text), "%s became %s", was, is);
		find(self,
			strcmp(kind, "mode") == 0 ? SP_FIND_CONTRACT_MODE : SP_FIND_CONTRACT_KIND,
			name, text);
		return;
	}
	for (size_t i = 0; i < sp_countof(roles); i++)
		compare_types(self, before, after, roles[i], name);
}

static void compare_states(const struct comparer *self, const cJSON *before, const cJSON *after,
	const char *list, const char *kind)
{
	const cJSON *state;

	cJSON_ArrayForEach(state, get(before, list))
	{
		const cJSON *now = state_of(get(after, list), state);

		if (now == NULL)
			find(self, SP_FIND_CONTRACT_STATE, sp_contract_member(state, "name"),
				sp_contract_member(state, kind));
		else
			compare_state(self, state, now, kind);
	}
	cJSON_ArrayForEach(state, get(after, list)) if (state_of(get(before, list), state) == NULL)
		find(self, SP_FIND_CONTRACT_NEW_STATE, sp_contract_member(state, "name"),
			sp_contract_member(state, kind));
}

/* --- operators ---------------------------------------------------------------------------- */

static void compare_number(const struct comparer *self, const cJSON *before, const cJSON *after,
	const char *key, enum sp_finding_code code)
{
	const double was = get(before, key)->valuedouble, is = get(after, key)->valuedouble;
	char text[64];

	if (was == is)
		return;
	snprintf(text, sizeof(text), "%.0f became %.0f", was, is);
	find(self, code, NULL, text);
}

static void compare_operator(const struct comparer *self, const cJSON *before, const cJSON *after)
{
	compare_number(self, before, after, "max_parallelism", SP_FIND_CONTRACT_MAX_PARALLELISM);
	compare_number(self, before, after, "parallelism", SP_FIND_CONTRACT_PARALLELISM);
	if (cJSON_IsTrue(get(before, "coordinator")) && !cJSON_IsTrue(get(after, "coordinator")))
		find(self, SP_FIND_CONTRACT_COORDINATOR, NULL, "there is none");
	compare_states(self, before, after, "keyed_states", "kind");
	compare_states(self, before, after, "operator_states", "mode");
}

static const cJSON *operator_of(const cJSON *document, const char *id)
{
	const cJSON *op;

	cJSON_ArrayForEach(op, get(document, "operators")) if (strcmp(sp_contract_member(op, "id"),
								       id) == 0) return op;
	return NULL;
}

/* Flink passes over operators that had no state. */
static bool has_state(const cJSON *op)
{
	return cJSON_IsTrue(get(op, "coordinator")) ||
	       cJSON_GetArraySize(get(op, "keyed_states")) > 0 ||
	       cJSON_GetArraySize(get(op, "operator_states")) > 0;
}

static const struct sp_operator *in_snapshot(const struct sp_snapshot *snapshot, const char *id)
{
	char text[33];

	for (size_t i = 0; i < snapshot->n_operators; i++) {
		sp_operator_id_text(snapshot->operators[i].id, text);
		if (strcmp(text, id) == 0)
			return &snapshot->operators[i];
	}
	return NULL;
}

static void miss_operator(const struct comparer *self, const cJSON *op)
{
	const char *uid = sp_contract_member(op, "uid"), *name = sp_contract_member(op, "name");
	char text[512];

	snprintf(text, sizeof(text), "%s%s%s (%s), with %d keyed and %d operator states",
		uid != NULL    ? "uid '"
		: name != NULL ? "'"
			       : "",
		uid != NULL    ? uid
		: name != NULL ? name
			       : "no uid",
		uid != NULL || name != NULL ? "'" : "", sp_contract_member(op, "id"),
		cJSON_GetArraySize(get(op, "keyed_states")),
		cJSON_GetArraySize(get(op, "operator_states")));
	find(self, SP_FIND_CONTRACT_OPERATOR, NULL, text);
}

static void compare_all(struct comparer *self, const struct sp_snapshot *snapshot,
	const cJSON *before, const cJSON *after)
{
	const cJSON *op;

	cJSON_ArrayForEach(op, get(before, "operators"))
	{
		const cJSON *now = operator_of(after, sp_contract_member(op, "id"));

		self->op = in_snapshot(snapshot, sp_contract_member(op, "id"));
		if (now != NULL)
			compare_operator(self, op, now);
		else if (has_state(op))
			miss_operator(self, op);
	}
	cJSON_ArrayForEach(op, get(after, "operators"))
	{
		self->op = in_snapshot(snapshot, sp_contract_member(op, "id"));
		if (operator_of(before, sp_contract_member(op, "id")) == NULL)
			find(self, SP_FIND_CONTRACT_NEW_OPERATOR, NULL,
				sp_contract_member(op, "id"));
	}
}

int sp_verify_contract(struct sp_source *source, const struct sp_contract *contract,
	sp_release release, struct sp_findings *findings, struct sp_error *err)
{
	struct comparer self = { .findings = findings, .release = release };
	sp_auto(sp_contract) *now = NULL;

	int r = sp_contract_of(source, &now, err);

	if (r == SP_EDAMAGED || r == SP_EUNSUPPORTED)
		find(&self, SP_FIND_CONTRACT_UNREADABLE, NULL, err->message);
	else if (r < 0)
		return r;
	else
		compare_all(&self, source->snapshot, contract->document, now->document);
	sp_findings_sort(findings);
	return 0;
}
