#include "inspect-schema.h"

static void add(cJSON *document, const char *key, struct sp_table *table)
{
	cJSON_AddItemToObject(document, key, sp_table_json(table));
	sp_table_free(table);
}

static void add_keyed_states(
	cJSON *document, const struct sp_table *states, const struct sp_table *sizes)
{
	cJSON *array = sp_table_json(states);

	sp_table_json_extend(sizes, array);
	cJSON_AddItemToObject(document, "keyed_states", array);
}

static int add_states(cJSON *document, const struct sp_inspection *self,
	const struct sp_globals *globals, struct sp_error *err)
{
	sp_auto(sp_table) *states = NULL;
	sp_auto(sp_table) *sizes = NULL;
	struct sp_table *others;

	if (sp_inspect_states(self, &states, &sizes, err) < 0 ||
		sp_inspect_operator_states(self, globals, &others, err) < 0)
		return err->code;
	add_keyed_states(document, states, sizes);
	add(document, "operator_states", others);
	return 0;
}

int sp_inspect_document(const struct sp_inspection *self, const struct sp_globals *globals,
	cJSON **ret, struct sp_error *err)
{
	sp_auto(sp_table) *header = sp_inspect_header(&self->survey);
	cJSON *document = sp_json_document("inspect");

	sp_table_json_facts(header, document);
	add(document, "operators", sp_inspect_operators(&self->survey));
	if (self->states && add_states(document, self, globals, err) < 0) {
		cJSON_Delete(document);
		return err->code;
	}
	if (self->key_groups) {
		add(document, "skew", sp_inspect_skew(self));
		add(document, "key_group_subtasks", sp_inspect_subtasks(self));
		add(document, "key_groups", sp_inspect_key_groups(self));
	}
	if (self->top > 0) {
		add(document, "largest_values",
			sp_inspect_largest(self, sp_tally_top_values(self->tally)));
		add(document, "largest_keys",
			sp_inspect_largest(self, sp_tally_top_keys(self->tally)));
	}
	if (self->ages) {
		add(document, "ttl", sp_inspect_ttl(self));
		add(document, "ttl_ages", sp_inspect_ages(self));
	}
	if (self->types && sp_schema_add_sections(self, globals, document, err) < 0) {
		cJSON_Delete(document);
		return err->code;
	}
	if (self->files)
		add(document, "files", sp_inspect_files(&self->survey));
	*ret = document;
	return 0;
}
