/*
 * Hash functions in words, as sp_key_hash_rule() prints them and people state them:
 *
 *	RULE     part { "," part }
 *	part     [ class ":" ] family "(" field { "," field } ")"
 *	         "enums by name" | "enums by ordinal" | "Row.hashCode() of Flink …"
 *	class    simple name; needed where the key has several classes with functions of their own
 *	family   "field", one of sp_key_families(), or N-from-M: h = N * h + field, from M
 *	field    its name, or _N of a case class
 */
#include "key-hash-internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

struct spec {
	struct sp_key_hash *hash;
	struct sp_slice left;
	struct sp_key_formula *formulas; /* by class */
	enum sp_key_enums enums;
	int row; /* the one that is stated; -1: none */
};

static void skip_blanks(struct spec *s)
{
	while (s->left.n > 0 && *s->left.p == ' ')
		s->left = sp_slice(s->left.p + 1, s->left.n - 1);
}

static bool take_text(struct spec *s, const char *text)
{
	size_t n = strlen(text);

	skip_blanks(s);
	if (s->left.n < n || strncasecmp((const char *)s->left.p, text, n) != 0)
		return false;
	s->left = sp_slice(s->left.p + n, s->left.n - n);
	return true;
}

/* What stands before any of the characters, without the blanks around it. */
static struct sp_slice take_until(struct spec *s, const char *ends)
{
	size_t n = 0;
	struct sp_slice ret;

	skip_blanks(s);
	while (n < s->left.n && strchr(ends, s->left.p[n]) == NULL)
		n++;
	ret = sp_slice(s->left.p, n);
	s->left = sp_slice(s->left.p + n, s->left.n - n);
	while (ret.n > 0 && ret.p[ret.n - 1] == ' ')
		ret.n--;
	return ret;
}

static int fail(struct sp_slice at, const char *what, struct sp_error *err)
{
	return sp_fail(err, SP_EUSAGE, "%s '%.*s'", what, (int)(at.n < 100 ? at.n : 100), at.p);
}

static bool is_same(struct sp_slice a, const char *text)
{
	return a.n == strlen(text) && strncasecmp((const char *)a.p, text, a.n) == 0;
}

static bool find_usual(struct sp_slice name, struct sp_key_family *ret)
{
	size_t n;
	const struct sp_key_family *families = sp_key_families(&n);

	for (size_t i = 0; i < n; i++)
		if (is_same(name, families[i].name) || (i == 0 && is_same(name, "field"))) {
			*ret = families[i];
			return true;
		}
	return false;
}

static int find_family(struct sp_slice name, struct sp_key_family *ret, struct sp_error *err)
{
	char text[sizeof(ret->name)];
	unsigned factor, start;
	int end = 0;

	if (find_usual(name, ret))
		return 0;
	snprintf(text, sizeof(text), "%.*s", (int)(name.n < 32 ? name.n : 32), name.p);
	if (sscanf(text, "%9u-from-%9u%n", &factor, &start, &end) != 2 || (size_t)end != name.n)
		return fail(name, "no such hash function:", err);
	*ret = (struct sp_key_family){ .fold = SP_FOLD_LINEAR, .start = start, .factor = factor };
	snprintf(ret->name, sizeof(ret->name), "%u-from-%u", factor, start);
	return 0;
}

/* A field of a POJO by its name, of a case class by its number from 1 on. */
static bool find_field(const struct sp_type *type, struct sp_slice name, struct sp_key_field *ret)
{
	for (size_t i = 0; i < type->n_fields; i++)
		if (sp_slice_equal(type->fields[i].name, name)) {
			*ret = (struct sp_key_field){ type->fields[i].name, i };
			return true;
		}
	for (size_t i = 0; i < type->n_children; i++) {
		char number[24];

		snprintf(number, sizeof(number), "_%zu", i + 1);
		if (sp_slice_is(name, number)) {
			*ret = (struct sp_key_field){ { NULL, 0 }, i };
			return true;
		}
	}
	return false;
}

static int parse_fields(struct spec *s, size_t class, struct sp_error *err)
{
	const struct sp_type *type = s->hash->classes.all[class].type;
	struct sp_key_formula *to = &s->formulas[class];

	do {
		struct sp_slice name = take_until(s, ",)");

		if (to->n == SP_KEY_FIELDS_MAX)
			return fail(name, "too many fields:", err);
		if (!find_field(type, name, &to->fields[to->n]))
			return fail(name, "the class has no field", err);
		to->n++;
	} while (take_text(s, ","));
	return take_text(s, ")") ? 0 : fail(s->left, "')' is missing at", err);
}

static int find_class(const struct spec *s, struct sp_slice name, size_t *ret, struct sp_error *err)
{
	const struct sp_key_classes *classes = &s->hash->classes;

	for (size_t i = 0; i < classes->n; i++)
		if (sp_slice_equal(name, sp_key_simple_name(classes->all[i].type->class_name)) ||
			sp_slice_equal(name, classes->all[i].type->class_name)) {
			*ret = i;
			return 0;
		}
	return fail(name, "the key has no class", err);
}

static int parse_formula(struct spec *s, struct sp_error *err)
{
	struct sp_slice name = take_until(s, ":(");
	size_t class = s->hash->classes.n - 1; /* the outermost */

	if (s->hash->classes.n == 0)
		return fail(name,
			"of keys without a class of their own only Row's can be stated, not", err);
	if (take_text(s, ":")) {
		if (find_class(s, name, &class, err) < 0)
			return err->code;
		name = take_until(s, "(");
	}
	if (find_family(name, &s->formulas[class].family, err) < 0)
		return err->code;
	if (!take_text(s, "("))
		return fail(name, "'(' is missing behind", err);
	s->formulas[class].n = 0;
	return parse_fields(s, class, err);
}

static int parse_part(struct spec *s, struct sp_error *err)
{
	if (take_text(s, "enums by name")) {
		s->enums = SP_ENUMS_BY_NAME;
		return 0;
	}
	if (take_text(s, "enums by ordinal")) {
		s->enums = SP_ENUMS_BY_ORDINAL;
		return 0;
	}
	for (int row = SP_ROW_RULE_1_8; row <= SP_ROW_RULE_1_13; row++)
		if (take_text(s, sp_key_row_rule_text((enum sp_row_rule)row))) {
			s->row = row;
			return 0;
		}
	return parse_formula(s, err);
}

static int parse(struct spec *s, struct sp_error *err)
{
	do {
		if (parse_part(s, err) < 0)
			return err->code;
	} while (take_text(s, ","));
	skip_blanks(s);
	return s->left.n == 0 ? 0 : fail(s->left, "',' is missing before", err);
}

int sp_key_parse_rule(
	struct sp_key_hash *hash, const char *text, bool has_row, struct sp_error *err)
{
	struct spec s = { .hash = hash, .left = sp_slice_of(text), .row = -1 };

	s.formulas = sp_arena_new_array(hash->arena, struct sp_key_formula, SP_KEY_CLASSES_MAX);
	if (hash->classes.fault != NULL)
		return sp_fail(err, SP_EUNSUPPORTED, "%s", hash->classes.fault);
	if (hash->classes.n == 0 && !has_row)
		return sp_fail(err, SP_EUSAGE,
			"the hash function of the keys is known, it cannot be stated");
	if (parse(&s, err) < 0)
		return sp_within(err, "hash function '%.200s'", text);
	for (int row = SP_ROW_RULE_1_13; row >= SP_ROW_RULE_1_8; row--) {
		if (s.row >= 0 ? row != s.row : !has_row && row != SP_ROW_RULE_1_13)
			continue;
		hash->rules[hash->n_rules] = (struct sp_key_rule){ .row = (enum sp_row_rule)row,
			.enums = s.enums,
			.formulas = hash->classes.n == 0 ? NULL : s.formulas };
		hash->rules[hash->n_rules].text =
			sp_key_rule_text(hash, &hash->rules[hash->n_rules], has_row);
		hash->n_rules++;
	}
	return 0;
}
