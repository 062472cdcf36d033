#include <inttypes.h>

#include "scaling-internal.h"

#define NAMES_MAX 4 /* operators that one warning names */

/* Which levels two operators would have no more in common. */
struct parting {
	bool parallelism, max_parallelism;
};

static struct parting parting_of(const struct sp_scaling_call *call, size_t a, size_t b)
{
	const struct sp_scale *x = &call->ret->scales[a], *y = &call->ret->scales[b];

	return (struct parting){ .parallelism = x->parallelism != y->parallelism,
		.max_parallelism = x->max_parallelism != y->max_parallelism };
}

static bool is_named(const struct sp_scaling_call *call, size_t op)
{
	return call->parallelism.of[op] != 0 || call->max_parallelism.of[op] != 0;
}

static int fail_chained(
	const struct sp_scaling_call *call, size_t a, size_t b, struct sp_error *err)
{
	const bool max = parting_of(call, a, b).max_parallelism;
	const struct sp_scale *x = &call->ret->scales[a], *y = &call->ret->scales[b];
	const int32_t first = max ? x->max_parallelism : x->parallelism;
	const int32_t second = max ? y->max_parallelism : y->parallelism;
	char one[SP_SCALING_LABEL_MAX], other[SP_SCALING_LABEL_MAX], id[33];

	sp_operator_id_text(call->snapshot->operators[b].id, id);
	sp_fail(err, SP_EUSAGE,
		"%s: %s %" PRId32 ", but %" PRId32 " of %s, which is chained with it",
		sp_scaling_label(call, a, one), max ? "max parallelism" : "parallelism", first,
		second, sp_scaling_label(call, b, other));
	return sp_hint(err, "chained operators need the same: --%s %s=%" PRId32,
		max ? "max-parallelism" : "parallelism", id, first);
}

/* Those that an operator may be chained with, and would part from. */
struct siblings {
	struct sp_buffer names;
	size_t n;
	struct parting parting;
};

static void add_sibling(
	const struct sp_scaling_call *call, size_t a, size_t b, struct siblings *siblings)
{
	const struct parting parting = parting_of(call, a, b);
	char label[SP_SCALING_LABEL_MAX];

	siblings->parting.parallelism |= parting.parallelism;
	siblings->parting.max_parallelism |= parting.max_parallelism;
	if (++siblings->n <= NAMES_MAX)
		sp_buffer_printf(&siblings->names, "%s%s", siblings->n > 1 ? ", " : "",
			sp_scaling_label(call, b, label));
}

static void warn_of_siblings(
	const struct sp_scaling_call *call, size_t op, const struct siblings *siblings)
{
	char label[SP_SCALING_LABEL_MAX], more[32] = "";

	if (siblings->n == 0)
		return;
	if (siblings->n > NAMES_MAX)
		snprintf(more, sizeof(more), " and %zu more", siblings->n - NAMES_MAX);
	sp_scaling_warn(call->ret,
		"%s gets another %s than %.*s%s: if chained with it, they need the same",
		sp_scaling_label(call, op, label),
		!siblings->parting.parallelism       ? "max parallelism"
		: !siblings->parting.max_parallelism ? "parallelism"
						     : "parallelism and max parallelism",
		(int)siblings->names.n, (const char *)siblings->names.p, more);
}

static bool parts(const struct sp_scaling_call *call, size_t a, size_t b)
{
	const struct parting parting = parting_of(call, a, b);

	return a != b && (parting.parallelism || parting.max_parallelism);
}

static int check_siblings(const struct sp_scaling_call *call, const struct sp_chains *chains,
	size_t op, struct sp_error *err)
{
	struct siblings siblings = { 0 };
	int r = 0;

	for (size_t i = 0; r == 0 && i < call->snapshot->n_operators; i++) {
		const enum sp_chained chained =
			parts(call, op, i) ? sp_chained(chains, op, i) : SP_CHAINED_NOT;

		if (chained == SP_CHAINED_SURELY)
			r = fail_chained(call, op, i, err);
		else if (chained == SP_CHAINED_PERHAPS && (i > op || !is_named(call, i)))
			add_sibling(call, op, i, &siblings); /* two that are named: once */
	}
	if (r == 0)
		warn_of_siblings(call, op, &siblings);
	sp_buffer_free(&siblings.names);
	return r;
}

int sp_scaling_check_chains(const struct sp_scaling_call *call, struct sp_error *err)
{
	sp_auto(sp_chains) *chains = NULL;

	for (size_t i = 0; i < call->snapshot->n_operators; i++) {
		if (!is_named(call, i))
			continue;
		if (chains == NULL)
			chains = sp_chains_new(call->snapshot);
		if (check_siblings(call, chains, i, err) < 0)
			return err->code;
	}
	return 0;
}
