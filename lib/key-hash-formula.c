/*
 * The hash functions that programmers and their tools write: a fold over the hash codes of some
 * fields (serializers: user-defined hash functions).
 */
#include "key-hash-internal.h"

#include <stdio.h>

#define LINEAR(name, start, factor)                                                                \
	{                                                                                          \
		name, SP_FOLD_LINEAR, SP_COLUMN_JAVA, start, factor, false                         \
	}
#define BOOLEANS(name, column, start, factor)                                                      \
	{                                                                                          \
		name, SP_FOLD_LINEAR, column, start, factor, true                                  \
	}

/* clang-format off */
static const struct sp_key_family families[] = {
	LINEAR("record", 0, 31), /* Java's records, Kotlin's data classes, IntelliJ, by hand */
	LINEAR("Objects.hash", 1, 31), /* Arrays.hashCode, Guava, Eclipse */
	{ "Lombok", SP_FOLD_LINEAR, SP_COLUMN_LOMBOK, 1, 59, false },
	{ "case-class", SP_FOLD_PRODUCT, SP_COLUMN_SCALA, 0, 0, false },
	{ "case-class-2.13", SP_FOLD_NAMED_PRODUCT, SP_COLUMN_SCALA, 0, 0, false },
	LINEAR("31-from-17", 17, 31), /* Effective Java */
	LINEAR("31-from-7", 7, 31),
	LINEAR("HashCodeBuilder", 17, 37), /* commons-lang, its boxed Booleans */
	{ "xor", SP_FOLD_XOR, SP_COLUMN_JAVA, 0, 0, false },
	{ "sum", SP_FOLD_SUM, SP_COLUMN_JAVA, 0, 0, false },
	BOOLEANS("Lombok-boxed", SP_COLUMN_LOMBOK_BOXED, 1, 59),
	BOOLEANS("record-boolean-1-0", SP_COLUMN_BOOLEAN_1_0, 0, 31), /* IntelliJ, old Kotlin */
	BOOLEANS("31-from-1-boolean-1-0", SP_COLUMN_BOOLEAN_1_0, 1, 31),
	BOOLEANS("31-from-17-boolean-1-0", SP_COLUMN_BOOLEAN_1_0, 17, 31),
	BOOLEANS("HashCodeBuilder-primitive", SP_COLUMN_BOOLEAN_0_1, 17, 37),
};
/* clang-format on */

const struct sp_key_family *sp_key_families(size_t *n)
{
	*n = sp_countof(families);
	return families;
}

const struct sp_key_family *sp_key_other_families(struct sp_arena *arena, size_t *n)
{
	static const uint8_t starts[] = { 7, 3, 5, 1, 0, 17, 13, 11 };
	static const uint8_t factors[] = { 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53,
		59, 61, 67, 71, 73, 79, 83, 89, 97, 101, 127 };
	struct sp_key_family *ret = sp_arena_new_array(
		arena, struct sp_key_family, sp_countof(starts) * sp_countof(factors));

	*n = 0;
	for (size_t i = 0; i < sp_countof(starts); i++) {
		for (size_t j = 0; j < sp_countof(factors); j++) {
			struct sp_key_family *f = &ret[(*n)++];

			*f = (struct sp_key_family)LINEAR("", starts[i], factors[j]);
			snprintf(f->name, sizeof(f->name), "%d-from-%d", factors[j], starts[i]);
		}
	}
	return ret;
}

static uint32_t fold_product(uint32_t h, const uint32_t *fields, const uint8_t *order, size_t n)
{
	for (size_t i = 0; i < n; i++)
		h = sp_hash_mix(h, fields[order[i]]);
	return sp_hash_finish(h, (uint32_t)n);
}

uint32_t sp_key_fold(const struct sp_key_family *family, const uint32_t *fields,
	const uint8_t *order, size_t n, uint32_t name)
{
	uint32_t h = family->start;

	switch (family->fold) {
	case SP_FOLD_LINEAR:
		for (size_t i = 0; i < n; i++)
			h = family->factor * h + fields[order[i]];
		return h;
	case SP_FOLD_XOR:
		for (size_t i = 0; i < n; i++)
			h ^= fields[order[i]];
		return h;
	case SP_FOLD_SUM:
		for (size_t i = 0; i < n; i++)
			h += fields[order[i]];
		return h;
	case SP_FOLD_PRODUCT: return fold_product(SP_HASH_PRODUCT_SEED, fields, order, n);
	case SP_FOLD_NAMED_PRODUCT:
		return fold_product(sp_hash_mix(SP_HASH_PRODUCT_SEED, name), fields, order, n);
	}
	return h;
}

/* Booleans that are not Java's 1231 and 1237. */
static bool boolean_of(enum sp_key_column column, bool value, uint32_t *ret)
{
	switch (column) {
	case SP_COLUMN_LOMBOK: *ret = value ? 79 : 97; return true;
	case SP_COLUMN_BOOLEAN_1_0: *ret = value; return true;
	case SP_COLUMN_BOOLEAN_0_1: *ret = !value; return true;
	default: return false;
	}
}

int sp_key_field_hash(const struct sp_value *field, enum sp_key_column column, enum sp_row_rule row,
	const struct sp_hash_hook *hook, uint32_t *ret)
{
	bool lombok = column == SP_COLUMN_LOMBOK || column == SP_COLUMN_LOMBOK_BOXED;

	if (field->kind == SP_VALUE_NULL) {
		*ret = lombok ? 43 : 0;
		return 1;
	}
	if (field->kind == SP_VALUE_BOOLEAN && boolean_of(column, field->number != 0, ret))
		return 1;
	return column == SP_COLUMN_SCALA ? sp_value_hash_scala(field, row, hook, ret)
					 : sp_value_hash_content(field, row, hook, ret);
}

static void put_formula(const struct sp_key_formula *f, struct sp_buffer *out)
{
	bool one = f->n == 1 && f->family.fold == SP_FOLD_LINEAR && f->family.start == 0;

	sp_buffer_printf(out, "%s(", one ? "field" : f->family.name);
	for (size_t i = 0; i < f->n; i++) {
		const struct sp_key_field *field = &f->fields[i];

		sp_buffer_printf(out, "%s", i == 0 ? "" : ", ");
		if (field->name.n == 0)
			sp_buffer_printf(out, "_%zu", field->position + 1);
		else
			sp_buffer_bytes(out, field->name);
	}
	sp_buffer_printf(out, ")");
}

struct sp_slice sp_key_simple_name(struct sp_slice name)
{
	size_t from = name.n;

	while (from > 0 && name.p[from - 1] != '.' && name.p[from - 1] != '$')
		from--;
	return from == 0 ? name : sp_slice(name.p + from, name.n - from);
}

/* "Objects.hash(id, name)", "Key: record(id, part), Part: record(a, b)" */
const char *sp_key_rule_text(
	const struct sp_key_hash *hash, const struct sp_key_rule *rule, bool has_row)
{
	const struct sp_key_classes *classes = &hash->classes;
	sp_auto_buffer text = { 0 };

	for (size_t i = classes->n; i-- > 0;) {
		struct sp_slice name = sp_key_simple_name(classes->all[i].type->class_name);

		if (rule->formulas[i].n == 0)
			continue;
		sp_buffer_printf(&text, "%s", text.n == 0 ? "" : ", ");
		if (classes->n > 1)
			sp_buffer_printf(&text, "%.*s: ", (int)name.n, name.p);
		put_formula(&rule->formulas[i], &text);
	}
	if (rule->enums != SP_ENUMS_NOT)
		sp_buffer_printf(&text, ", enums by %s",
			rule->enums == SP_ENUMS_BY_NAME ? "name" : "ordinal");
	if (has_row)
		sp_buffer_printf(
			&text, "%s%s", text.n == 0 ? "" : ", ", sp_key_row_rule_text(rule->row));
	return sp_arena_printf(hash->arena, "%.*s", (int)text.n, text.p);
}
