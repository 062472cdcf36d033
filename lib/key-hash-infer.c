/*
 * The search for the hash functions that explain in which key groups the samples lie. A wrong
 * function puts a key right with a chance of 1 in max parallelism; what is accepted must outweigh
 * by far the number of functions that were tried.
 */
#include "key-hash-search.h"

#include <math.h>
#include <stdlib.h>

#include "key-group.h"

/* Functions tried in one phase on keys of a usual number of values; some tenths of a second. */
#define BUDGET (2U << 20)
#define USUAL_VALUES 16

/* While counting, so many more may lie in a wrong key group. */
#define WRONG_LEAST 4

struct found {
	enum sp_row_rule row;
	struct {
		const struct sp_key_family *family;
		const uint8_t *order;
		size_t n;
	} units[SP_KEY_CLASSES_MAX];
	size_t right; /* samples */
	double bits;
	size_t weight; /* the simplest has the least */
};

struct infer {
	struct sp_key_hash *hash;
	const struct sp_key_survey *parts;
	const struct sp_key_samples *samples;
	struct sp_key_search search; /* of this phase */
	const struct sp_key_family *families;
	size_t n_families;
	const struct sp_key_family *shared; /* all classes have this one; NULL: each its own */
	bool complete;
	bool has_enum;   /* that could have counted */
	size_t n_values; /* in all samples, also inside of others */
	uint64_t tried;
	double most_bits;
	struct found found[SP_KEY_RULES_MAX];
	size_t n_found;
};

static double log2_choose(size_t n, size_t k)
{
	return (lgamma((double)n + 1) - lgamma((double)k + 1) - lgamma((double)(n - k) + 1)) /
	       log(2);
}

static int compare_codes(const void *a, const void *b)
{
	const int32_t *x = a;
	const int32_t *y = b;

	return *x < *y ? -1 : *x > *y;
}

static bool is_in_group(const struct sp_key_samples *samples,
	const struct sp_key_sample_value *sample, int32_t code)
{
	return sp_key_group_of_hash(code, samples->max_parallelism) == (int32_t)sample->key_group;
}

/* Samples that the functions of the units put right; 0: too few. Their codes are in `codes`. */
static size_t count_right(struct infer *in, int32_t *codes)
{
	const struct sp_key_samples *samples = in->samples;
	size_t right = 0;
	uint32_t h;

	for (size_t i = 0; i < samples->n; i++) {
		const struct sp_key_sample_value *sample = &samples->all[i];

		if (sp_value_hash_by(&sample->value, in->search.row, &in->search.hook, &h) == 1 &&
			is_in_group(samples, sample, (int32_t)h))
			codes[right++] = (int32_t)h;
		else if (i + 1 - right > WRONG_LEAST + i / SP_KEY_WRONG_IN)
			return 0;
	}
	return (samples->n - right) * SP_KEY_WRONG_IN <= samples->n ? right : 0;
}

/* Equal hash codes prove no more than one. */
static double bits_of(const struct infer *in, int32_t *codes, size_t right)
{
	size_t distinct = 0;

	qsort(codes, right, sizeof(*codes), compare_codes);
	for (size_t i = 0; i < right; i++)
		distinct += i == 0 || codes[i] != codes[i - 1];
	return (double)distinct * log2(in->samples->max_parallelism) -
	       log2_choose(in->samples->n, in->samples->n - right);
}

static struct found describe(const struct infer *in, size_t right, double bits)
{
	struct found ret = { .row = in->search.row, .right = right, .bits = bits };
	uint32_t counted = sp_key_search_counted(&in->search);

	for (size_t i = 0; i < in->hash->classes.n; i++) {
		const struct sp_key_unit *unit = &in->search.units[i];

		if ((counted & 1U << i) == 0)
			continue;
		ret.units[i].family = unit->family;
		ret.units[i].order = unit->order;
		ret.units[i].n = unit->n;
		ret.weight += unit->n * in->n_families + (size_t)(unit->family - in->families);
	}
	return ret;
}

/* Those that put most samples right, the simplest first; others are no rivals. */
static void keep(struct infer *in, const struct found *f)
{
	size_t at;

	if (in->n_found > 0 && f->right != in->found[0].right) {
		if (f->right < in->found[0].right)
			return;
		in->n_found = 0;
	}
	for (at = in->n_found; at > 0 && in->found[at - 1].weight > f->weight; at--)
		if (at < SP_KEY_RULES_MAX)
			in->found[at] = in->found[at - 1];
	if (at == SP_KEY_RULES_MAX)
		return;
	in->found[at] = *f;
	if (in->n_found < SP_KEY_RULES_MAX)
		in->n_found++;
}

/* Units that do not count have one formula, the first. */
static bool is_repeated(const struct infer *in)
{
	uint32_t counted;

	if (in->hash->classes.n == 1)
		return false;
	counted = sp_key_search_counted(&in->search);
	for (size_t i = 0; i < in->hash->classes.n; i++)
		if ((counted & 1U << i) == 0 && !in->search.units[i].is_first)
			return true;
	return false;
}

static void try(struct infer *in)
{
	int32_t codes[SP_KEY_SAMPLES];
	struct found f;
	size_t right;
	double bits;

	if (is_repeated(in))
		return;
	in->tried++;
	right = count_right(in, codes);
	if (right == 0)
		return;
	bits = bits_of(in, codes, right);
	in->most_bits = fmax(in->most_bits, bits);
	if (bits < SP_KEY_MARGIN_BITS)
		return;
	f = describe(in, right, bits);
	keep(in, &f);
}

static bool is_sorted(const uint8_t *order, size_t n)
{
	for (size_t i = 1; i < n; i++)
		if (order[i] < order[i - 1])
			return false;
	return true;
}

/* Sums know no order, and of one field they are the field. */
static bool makes_sense(const struct sp_key_family *family, const uint8_t *order, size_t n)
{
	if (family->fold != SP_FOLD_XOR && family->fold != SP_FOLD_SUM)
		return true;
	return n > 1 && is_sorted(order, n);
}

static bool any_boolean(const struct infer *in)
{
	for (size_t i = 0; i < in->hash->classes.n; i++)
		if (in->search.units[i].has_boolean)
			return true;
	return false;
}

static void try_unit(struct infer *in, size_t number);

static void try_family(struct infer *in, size_t number, const struct sp_key_family *family)
{
	struct sp_key_unit *unit = &in->search.units[number];

	if (family->for_booleans && !any_boolean(in))
		return;
	for (size_t i = 0; i < unit->orders.n; i++) {
		unit->order = &unit->orders.bytes[unit->orders.at[i]];
		unit->n = unit->orders.at[i + 1] - unit->orders.at[i];
		if (!makes_sense(family, unit->order, unit->n))
			continue;
		unit->family = family;
		if (number + 1 < in->hash->classes.n)
			sp_key_search_changed(&in->search, number + 1);
		try_unit(in, number + 1);
		unit->is_first = false;
	}
}

static void try_unit(struct infer *in, size_t number)
{
	if (number == in->hash->classes.n) {
		try(in);
		return;
	}
	in->search.units[number].is_first = true;
	if (in->search.units[number].n_fields == 0)
		try_unit(in, number + 1);
	else if (in->shared != NULL)
		try_family(in, number, in->shared);
	else
		for (size_t f = 0; f < in->n_families; f++)
			try_family(in, number, &in->families[f]);
}

static void try_row(struct infer *in, enum sp_row_rule row, bool mixed)
{
	in->search.row = row;
	sp_key_search_changed(&in->search, 0);
	in->shared = NULL;
	if (mixed) {
		try_unit(in, 0);
		return;
	}
	for (size_t f = 0; f < in->n_families; f++) {
		in->shared = &in->families[f];
		try_unit(in, 0);
	}
}

struct phase {
	bool mixed; /* classes have families of their own */
	bool other; /* families beyond the usual */
	enum sp_key_enums enums;
};

/* Orders of each unit, so that all their combinations stay within the budget. */
static void set_orders(struct infer *in, const struct phase *phase)
{
	size_t n_rows = in->parts->has_row ? 4 : 1;
	double size = (double)in->n_values / (double)in->samples->n / USUAL_VALUES;
	double room = (double)BUDGET / fmax(size, 1) /
		      (double)(n_rows * (phase->mixed ? 1 : in->n_families));
	size_t n_units = 0;
	size_t limit;

	for (size_t i = 0; i < in->hash->classes.n; i++)
		n_units += in->search.units[i].n_fields > 0;
	limit = (size_t)pow(room, 1 / fmax((double)n_units, 1)) /
		(phase->mixed ? in->n_families : 1);
	for (size_t i = 0; i < in->hash->classes.n; i++) {
		struct sp_key_unit *unit = &in->search.units[i];

		unit->orders = sp_key_orders(unit->n_fields, limit, in->search.arena);
		in->complete &= unit->orders.complete || phase->mixed || phase->other;
	}
}

/* How large it is, and whether there are enums in it. */
static void measure(struct infer *in, const struct sp_value *v)
{
	in->n_values++;
	in->has_enum |=
		v->kind == SP_VALUE_ENUM && v->type != NULL && sp_type_kind_of(v->type) == SP_ENUM;
	for (size_t i = 0; i < v->n_items; i++)
		measure(in, &v->items[i]);
}

static bool is_needed(const struct infer *in, const struct phase *phase)
{
	if (phase->mixed && in->hash->classes.n < 2)
		return false;
	return phase->enums == SP_ENUMS_NOT || in->has_enum;
}

static void run(struct infer *in, const struct phase *phase)
{
	in->n_found = 0;
	in->search = (struct sp_key_search){ .arena = in->search.arena,
		.classes = &in->hash->classes,
		.samples = in->samples,
		.enums = phase->enums };
	in->families = phase->other ? sp_key_other_families(in->search.arena, &in->n_families)
				    : sp_key_families(&in->n_families);
	sp_key_search_begin(&in->search);
	set_orders(in, phase);
	for (int row = SP_ROW_RULE_1_13; row >= SP_ROW_RULE_1_8; row--)
		if (in->parts->has_row || row == SP_ROW_RULE_1_13)
			try_row(in, (enum sp_row_rule)row, phase->mixed);
}

static void set_formula(
	struct infer *in, const struct found *f, size_t class, struct sp_key_formula *to)
{
	if (f->units[class].family == NULL)
		return;
	to->family = *f->units[class].family;
	to->n = f->units[class].n;
	for (size_t i = 0; i < to->n; i++) {
		to->fields[i] = in->search.units[class].fields[f->units[class].order[i]];
		to->fields[i].name = sp_arena_copy(in->hash->arena, to->fields[i].name);
	}
}

/* Does it hold now that nothing is looked up? */
static bool is_sound(const struct infer *in, const struct found *f, const struct sp_key_rule *rule)
{
	const struct sp_key_samples *samples = in->samples;
	size_t right = 0;
	int32_t code;

	for (size_t i = 0; i < samples->n; i++)
		right += sp_key_rule_hash(
				 rule, &in->hash->classes, &samples->all[i].value, &code) == 1 &&
			 is_in_group(samples, &samples->all[i], code);
	return right == f->right;
}

static void add_rule(struct infer *in, const struct found *f, const struct phase *phase)
{
	struct sp_key_formula *formulas =
		sp_arena_new_array(in->hash->arena, struct sp_key_formula, SP_KEY_CLASSES_MAX);
	struct sp_key_rule rule = { .row = f->row, .enums = phase->enums, .formulas = formulas };

	for (size_t i = 0; i < in->hash->classes.n; i++)
		set_formula(in, f, i, &formulas[i]);
	if (!is_sound(in, f, &rule))
		return;
	rule.text = sp_key_rule_text(in->hash, &rule, in->parts->has_row);
	in->hash->rules[in->hash->n_rules++] = rule;
}

/* Is the search over: is there a rule, or are the keys too few for any? */
static bool accept(struct infer *in, const struct phase *phase)
{
	for (size_t i = 0; i < in->n_found; i++)
		if (in->found[i].bits - log2((double)in->tried) >= SP_KEY_MARGIN_BITS)
			add_rule(in, &in->found[i], phase);
	return in->hash->n_rules > 0 || in->most_bits > 0;
}

static void infer_classes(struct infer *in, bool products)
{
	static const struct phase phases[] = {
		{ false, false, SP_ENUMS_NOT },
		{ true, false, SP_ENUMS_NOT },
		{ false, false, SP_ENUMS_BY_NAME },
		{ false, false, SP_ENUMS_BY_ORDINAL },
		{ false, true, SP_ENUMS_NOT },
	};

	in->hash->classes = sp_key_classes(in->hash->type, products, in->hash->arena);
	if (in->hash->classes.fault != NULL)
		return;
	for (size_t i = 0; i < sp_countof(phases); i++) {
		if (!is_needed(in, &phases[i]))
			continue;
		run(in, &phases[i]);
		if (accept(in, &phases[i]))
			return;
	}
}

static const char *reason(const struct infer *in)
{
	struct sp_arena *arena = in->hash->arena;
	double needed = SP_KEY_MARGIN_BITS + log2((double)in->tried);
	sp_auto_buffer type = { 0 };

	if (in->hash->classes.fault != NULL)
		return in->hash->classes.fault;
	if (in->most_bits > 0)
		return sp_arena_printf(arena,
			"formulas explain the %zu keys, but they prove %.0f bits and %.0f are "
			"needed after %llu formulas",
			in->samples->n, in->most_bits, ceil(needed), (unsigned long long)in->tried);
	sp_type_text(in->hash->type, &type);
	return sp_arena_printf(arena,
		"none of %llu formulas over the fields of %.*s explains the %zu keys%s%s",
		(unsigned long long)in->tried, (int)(type.n < 300 ? type.n : 300), type.p,
		in->samples->n, in->complete ? "" : "; not all orders of the fields were tried",
		in->has_enum ? "; enums hash by identity, differently in every JVM" : "");
}

void sp_key_infer(struct sp_key_hash *hash, const struct sp_key_survey *parts,
	const struct sp_key_samples *samples)
{
	sp_auto(sp_arena) *arena = sp_arena_new();
	struct infer *in = sp_arena_new_array(arena, struct infer, 1);

	*in = (struct infer){ .hash = hash,
		.parts = parts,
		.samples = samples,
		.search = { .arena = arena },
		.complete = true };
	for (size_t i = 0; i < samples->n; i++)
		measure(in, &samples->all[i].value);
	if (parts->has_pojo)
		infer_classes(in, false);
	if (hash->n_rules == 0 && in->most_bits == 0 && parts->has_product)
		infer_classes(in, true);
	hash->tried = fmax((double)in->tried, 1);
	if (hash->n_rules == 0)
		hash->reason = reason(in);
}
