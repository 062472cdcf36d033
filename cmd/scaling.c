#include "scaling-internal.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "select.h"

struct sp_scaling_options sp_given_scaling;

struct poptOption sp_options_scaling[] = {
	{ "parallelism", '\0', POPT_ARG_ARGV, &sp_given_scaling.parallelism, 0,
		"parallelism of all operators, or of OPERATOR: its uid, name, id or beginning of "
		"the id",
		"[OPERATOR=]N" },
	{ "operator", '\0', POPT_ARG_ARGV, &sp_given_scaling.operators, 0,
		"the same as --parallelism OPERATOR=N", "OPERATOR=N" },
	{ "max-parallelism", '\0', POPT_ARG_ARGV, &sp_given_scaling.max_parallelism, 0,
		"max parallelism of all operators, or of OPERATOR", "[OPERATOR=]M" },
	{ "balance", '\0', POPT_ARG_VAL, &sp_given_scaling.balance, 1,
		"choose the nearest max parallelism with as many key groups for each subtask",
		NULL },
	{ "key-hash", '\0', POPT_ARG_ARGV, &sp_given_scaling.key_hashes, 0,
		"hash function of the keys of OPERATOR, such as 'record(id, name)'",
		"OPERATOR=FUNCTION" },
	{ "drop-in-flight", '\0', POPT_ARG_VAL, &sp_given_scaling.drop_in_flight, 1,
		"lose the records in flight of an unaligned checkpoint", NULL },
	POPT_TABLEEND,
};

static bool has_any(const char *const *list)
{
	return list != NULL && list[0] != NULL;
}

bool sp_scaling_is_given(const struct sp_scaling_options *options)
{
	return has_any(options->parallelism) || has_any(options->operators) ||
	       has_any(options->max_parallelism) || options->balance;
}

int32_t sp_balanced_max_parallelism(int32_t parallelism, int32_t max)
{
	const int32_t below = max / parallelism * parallelism;
	const int32_t above = below + parallelism;

	if (below == max || above > SP_MAX_PARALLELISM)
		return below;
	return below == 0 || above - max <= max - below ? above : below;
}

const char *sp_scaling_label(
	const struct sp_scaling_call *call, size_t op, char label[SP_SCALING_LABEL_MAX])
{
	return sp_operator_label(&call->snapshot->operators[op], label, SP_SCALING_LABEL_MAX);
}

void sp_scaling_warn(struct sp_scaling *scaling, const char *fmt, ...)
{
	char message[sizeof(((struct sp_error *)NULL)->message)];
	va_list args;

	va_start(args, fmt);
	vsnprintf(message, sizeof(message), fmt, args);
	va_end(args);
	scaling->warnings[scaling->n_warnings++] =
		sp_arena_string(scaling->arena, sp_slice_of(message));
}

/* --- what is given ------------------------------------------------------------------------- */

static int parse_number(const char *text, const char *option, int32_t *ret, struct sp_error *err)
{
	const size_t sign = text[0] == '-';
	const size_t digits = strspn(text + sign, "0123456789");
	long n;

	if (digits == 0 || text[sign + digits] != '\0')
		return sp_fail(err, SP_EUSAGE, "%s: '%s' is not a number", option, text);
	errno = 0;
	n = strtol(text, NULL, 10);
	if (errno != 0 || n < 1 || n > SP_MAX_PARALLELISM)
		return sp_fail(err, SP_EUSAGE, "%s: %s is not from 1 to %d", option, text,
			SP_MAX_PARALLELISM);
	*ret = (int32_t)n;
	return 0;
}

/* The operator that the text up to `end` names. */
static int select_index(const struct sp_scaling_call *call, const char *text, const char *end,
	size_t *ret, struct sp_error *err)
{
	const struct sp_slice selector = sp_slice(text, (size_t)(end - text));
	const struct sp_operator *op;

	if (sp_select_operator(
		    call->snapshot, sp_arena_string(call->ret->arena, selector), &op, err) < 0)
		return err->code;
	*ret = (size_t)(op - call->snapshot->operators);
	return 0;
}

/* One value for one operator, or for all. */
static int set_level(
	const char *place, const char *name, int32_t value, int32_t *to, struct sp_error *err)
{
	if (*to != 0 && *to != value)
		return sp_fail(err, SP_EUSAGE,
			"%s: %s %" PRId32 " and %" PRId32 " contradict each other", place, name,
			*to, value);
	*to = value;
	return 0;
}

/* "[OPERATOR=]N"; what stands before the last '=' names the operator. */
static int take_level(const struct sp_scaling_call *call, const char *text, const char *option,
	struct sp_level *level, struct sp_error *err)
{
	const char *equals = strrchr(text, '=');
	char label[SP_SCALING_LABEL_MAX];
	int32_t value;
	size_t op;

	if (equals == NULL)
		return parse_number(text, option, &value, err) < 0
			       ? err->code
			       : set_level("all operators", level->name, value, &level->all, err);
	if (select_index(call, text, equals, &op, err) < 0)
		return sp_within(err, "%s", option);
	sp_scaling_label(call, op, label);
	if (parse_number(equals + 1, option, &value, err) < 0)
		return sp_within(err, "%s", label);
	return set_level(label, level->name, value, &level->of[op], err);
}

static int take_levels(const struct sp_scaling_call *call, const char *const *texts,
	const char *option, struct sp_level *level, struct sp_error *err)
{
	for (; texts != NULL && *texts != NULL; texts++)
		if (take_level(call, *texts, option, level, err) < 0)
			return err->code;
	return 0;
}

/* --operator is --parallelism of one operator. */
static int check_named(const char *const *texts, struct sp_error *err)
{
	for (; texts != NULL && *texts != NULL; texts++)
		if (strchr(*texts, '=') == NULL)
			return sp_fail(
				err, SP_EUSAGE, "--operator: '%s' is not OPERATOR=N", *texts);
	return 0;
}

static int take_all(struct sp_scaling_call *call, struct sp_error *err)
{
	const struct sp_scaling_options *options = call->options;

	if (check_named(options->operators, err) < 0 ||
		take_levels(call, options->parallelism, "--parallelism", &call->parallelism, err) <
			0 ||
		take_levels(call, options->operators, "--operator", &call->parallelism, err) < 0)
		return err->code;
	return take_levels(
		call, options->max_parallelism, "--max-parallelism", &call->max_parallelism, err);
}

/* --- what becomes of an operator ----------------------------------------------------------- */

/*
 * Flink's operators that cannot run in parallel stay so, unless they are named. Where the whole job
 * has a max parallelism of 1, that is the job's, not that of such operators.
 */
static int32_t value_of(
	const struct sp_scaling_call *call, const struct sp_level *level, size_t index)
{
	if (level->of[index] != 0)
		return level->of[index];
	if (call->snapshot->operators[index].max_parallelism == 1 && !call->all_singles)
		return 0;
	return level->all;
}

static bool are_all_singles(const struct sp_snapshot *snapshot)
{
	for (size_t i = 0; i < snapshot->n_operators; i++)
		if (snapshot->operators[i].max_parallelism != 1)
			return false;
	return true;
}

/* `max`: what --max-parallelism says of it. */
static int balance(int32_t max, struct sp_scale *scale, struct sp_error *err)
{
	if (scale->max_parallelism <= 1 || scale->parallelism < 1)
		return 0;
	if (max != 0)
		return sp_fail(err, SP_EUSAGE,
			"--max-parallelism %" PRId32 " and --balance contradict each other", max);
	scale->max_parallelism =
		sp_balanced_max_parallelism(scale->parallelism, scale->max_parallelism);
	return 0;
}

static int check_scale(
	const struct sp_operator *from, const struct sp_scale *scale, struct sp_error *err)
{
	const bool new_max = scale->max_parallelism != from->max_parallelism;

	if (scale->parallelism <= scale->max_parallelism ||
		(scale->parallelism == from->parallelism && !new_max))
		return 0;
	sp_fail(err, SP_EUSAGE, "parallelism %" PRId32 " is more than its max parallelism %" PRId32,
		scale->parallelism, scale->max_parallelism);
	return sp_hint(
		err, new_max ? "--parallelism lowers it" : "--max-parallelism raises the latter");
}

static int find_scale(const struct sp_scaling_call *call, size_t index, struct sp_error *err)
{
	const struct sp_operator *op = &call->snapshot->operators[index];
	const int32_t parallelism = value_of(call, &call->parallelism, index);
	const int32_t max = value_of(call, &call->max_parallelism, index);
	struct sp_scale *scale = &call->ret->scales[index];
	char label[SP_SCALING_LABEL_MAX];

	scale->parallelism = parallelism != 0 ? parallelism : op->parallelism;
	scale->max_parallelism = max != 0 ? max : op->max_parallelism;
	if ((call->options->balance && balance(max, scale, err) < 0) ||
		check_scale(op, scale, err) < 0)
		return sp_within(err, "%s", sp_scaling_label(call, index, label));
	return 0;
}

/* --- hash functions ------------------------------------------------------------------------ */

/* The first '=' with an operator's name before it. */
static int split_key_hash(const struct sp_scaling_call *call, const char *text, size_t *op,
	const char **function, struct sp_error *err)
{
	const char *equals = strchr(text, '=');
	struct sp_error later;

	if (equals == NULL)
		return sp_fail(err, SP_EUSAGE, "'%s' is not OPERATOR=FUNCTION", text);
	*function = equals + 1;
	if (select_index(call, text, equals, op, err) == 0)
		return 0;
	while ((equals = strchr(equals + 1, '=')) != NULL) {
		*function = equals + 1;
		if (select_index(call, text, equals, op, &later) == 0)
			return 0;
	}
	return err->code;
}

static int take_key_hash(const struct sp_scaling_call *call, const char *text, struct sp_error *err)
{
	char label[SP_SCALING_LABEL_MAX];
	struct sp_scale *scale;
	const char *function = NULL;
	size_t op;

	if (split_key_hash(call, text, &op, &function, err) < 0)
		return sp_within(err, "--key-hash");
	scale = &call->ret->scales[op];
	sp_scaling_label(call, op, label);
	if (scale->key_hash != NULL && strcmp(scale->key_hash, function) != 0)
		return sp_fail(err, SP_EUSAGE, "%s: --key-hash %s and %s contradict each other",
			label, scale->key_hash, function);
	scale->key_hash = function;
	if (scale->max_parallelism == call->snapshot->operators[op].max_parallelism)
		sp_scaling_warn(call->ret,
			"--key-hash: %s keeps its max parallelism: none of its keys moves", label);
	return 0;
}

static int take_key_hashes(const struct sp_scaling_call *call, struct sp_error *err)
{
	for (const char *const *text = call->options->key_hashes; text != NULL && *text != NULL;
		text++)
		if (take_key_hash(call, *text, err) < 0)
			return err->code;
	return 0;
}

static size_t count(const char *const *list)
{
	size_t n = 0;

	while (list != NULL && list[n] != NULL)
		n++;
	return n;
}

int sp_scaling_find(const struct sp_snapshot *snapshot, const struct sp_scaling_options *options,
	struct sp_scaling *ret, struct sp_error *err)
{
	struct sp_arena *arena = sp_arena_new();
	const size_t n = snapshot->n_operators;
	struct sp_scaling_call call = {
		.snapshot = snapshot,
		.options = options,
		.all_singles = are_all_singles(snapshot),
		.parallelism = { .name = "parallelism",
			.of = sp_arena_new_array(arena, int32_t, n) },
		.max_parallelism = { .name = "max parallelism",
			.of = sp_arena_new_array(arena, int32_t, n) },
		.ret = ret,
	};

	/* each operator warns once of siblings, each --key-hash once */
	*ret = (struct sp_scaling){ .arena = arena,
		.scales = sp_arena_new_array(arena, struct sp_scale, n),
		.warnings =
			sp_arena_new_array(arena, const char *, n + count(options->key_hashes)) };
	if (take_all(&call, err) < 0)
		return err->code;
	for (size_t i = 0; i < n; i++)
		if (find_scale(&call, i, err) < 0)
			return err->code;
	return sp_scaling_check_chains(&call, err) < 0 ? err->code : take_key_hashes(&call, err);
}

void sp_scaling_free(struct sp_scaling *scaling)
{
	sp_arena_free(scaling->arena);
	*scaling = (struct sp_scaling){ 0 };
}
