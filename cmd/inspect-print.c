#include <stdio.h>

#include "inspect-schema.h"

static void print(const char *title, struct sp_table *table)
{
	if (sp_table_rows(table) > 0) {
		printf("\n%s\n", title);
		sp_table_print(table, stdout);
	}
	sp_table_free(table);
}

int sp_inspect_print(
	const struct sp_inspection *self, const struct sp_globals *globals, struct sp_error *err)
{
	sp_auto(sp_table) *header = sp_inspect_header(&self->survey);
	struct sp_table *keyed = NULL, *sizes = NULL, *others = NULL;

	if (self->states && sp_inspect_states(self, &keyed, &sizes, err) < 0)
		return err->code;
	if (self->states && sp_inspect_operator_states(self, globals, &others, err) < 0) {
		sp_table_free(keyed);
		sp_table_free(sizes);
		return err->code;
	}
	sp_table_print_facts(header, stdout);
	print("Operators", sp_inspect_operators(&self->survey));
	if (self->states) {
		print("Keyed states", keyed);
		print("Sizes of keyed states", sizes);
		print("Operator states", others);
	}
	if (self->key_groups) {
		print("Skew of key groups", sp_inspect_skew(self));
		print("Key groups of subtasks", sp_inspect_subtasks(self));
		print("Key groups", sp_inspect_key_groups(self));
	}
	if (self->top > 0) {
		print("Largest values", sp_inspect_largest(self, sp_tally_top_values(self->tally)));
		print("Largest keys", sp_inspect_largest(self, sp_tally_top_keys(self->tally)));
	}
	if (self->ages) {
		print("Time to live", sp_inspect_ttl(self));
		print("Ages of values", sp_inspect_ages(self));
	}
	if (self->files)
		print("References", sp_inspect_files(&self->survey));
	return self->types ? sp_schema_print_section(self, globals, err) : 0;
}
