/*
 * What ids tell of chains. Flink makes the id of an operator without uid
 * (org.apache.flink.streaming.api.graph.StreamGraphHasherV2.generateDeterministicHash, 1.2 to 2.2):
 *
 *	id = murmur3_128(n n … n)	n: operators visited before it (int32, little-endian): once,
 *	                         	and again for each operator that is chained behind it
 *	id = id * 37 ^ input id  	byte by byte, for each of its inputs in their order
 *
 * So which n, how many chained operators and which inputs make an id is found by trying: 128 bits
 * do not agree by chance. From an input and its consumer the same equation leads to both; but who
 * is visited later is the consumer, so that of several explanations the one with the smallest n is
 * true. Only where an operator with a uid is the input it has none of its own: then both explain
 * each other, and nothing is known of either.
 *
 * An operator is chained behind its only input, never behind one of several. (Sources that
 * ChainingStrategy.HEAD_WITH_SOURCES chains to an operator of several inputs are not seen.)
 */
#include "operator-chain.h"

#include <stdlib.h>

#include "metadata-internal.h"

#define FACTOR 37          /* of StreamGraphHasherV2 */
#define CHAINED_MAX 8      /* operators behind one that are looked for */
#define UNSEEN_MAX 16      /* operators of the job that the snapshot may lack */
#define OPERATORS_MAX 1024 /* in larger jobs nothing is looked for */
#define JOINS_MAX 128      /* in larger jobs no operators with two inputs */

/* How an operator's id came about. */
struct origin {
	bool known;
	size_t visited;
	int32_t chained; /* operators behind it */
	size_t n_inputs;
	size_t inputs[2];
};

struct sp_chains {
	const struct sp_operator *operators;
	size_t n;
	bool alone;               /* version 1: an operator of the metadata is a whole task */
	struct origin *origins;   /* NULL: nothing was looked for */
	size_t *surely, *perhaps; /* a forest each; the same root: in one task */
	uint8_t (*own)[CHAINED_MAX + 1][SP_OPERATOR_ID_BYTES]; /* hashes, by n and chained */
	bool first_bytes[UINT16_MAX + 1];                      /* some id begins with them */
};

static size_t first_of(const uint8_t id[SP_OPERATOR_ID_BYTES])
{
	return (size_t)sp_get_be16(id);
}

static bool find_id(const struct sp_chains *chains, const uint8_t *id, size_t *ret)
{
	if (!chains->first_bytes[first_of(id)])
		return false;
	for (size_t i = 0; i < chains->n; i++)
		if (memcmp(chains->operators[i].id, id, SP_OPERATOR_ID_BYTES) == 0) {
			*ret = i;
			return true;
		}
	return false;
}

/* hash * 37 ^ with */
static void mix(const uint8_t *hash, const uint8_t *with, uint8_t ret[SP_OPERATOR_ID_BYTES])
{
	for (size_t i = 0; i < SP_OPERATOR_ID_BYTES; i++)
		ret[i] = (uint8_t)(hash[i] * FACTOR ^ with[i]);
}

/* Is it `hash` with some inputs? */
static bool find_inputs(
	const struct sp_chains *chains, const uint8_t *hash, const uint8_t *id, struct origin *ret)
{
	uint8_t first[SP_OPERATOR_ID_BYTES], second[SP_OPERATOR_ID_BYTES];

	ret->n_inputs = 0;
	if (memcmp(hash, id, SP_OPERATOR_ID_BYTES) == 0)
		return true;
	ret->n_inputs = 1;
	mix(hash, id, first);
	if (find_id(chains, first, &ret->inputs[0]))
		return true;
	ret->n_inputs = 2;
	for (size_t i = 0; i < chains->n && chains->n <= JOINS_MAX; i++) {
		ret->inputs[0] = i;
		mix(hash, chains->operators[i].id, first);
		mix(first, id, second);
		if (find_id(chains, second, &ret->inputs[1]))
			return true;
	}
	return false;
}

static void find_origin(struct sp_chains *chains, size_t op)
{
	struct origin *origin = &chains->origins[op];

	if (chains->operators[op].uid.n > 0)
		return;
	for (size_t n = 0; n < chains->n + UNSEEN_MAX; n++)
		for (int32_t chained = 0; chained <= CHAINED_MAX; chained++) {
			origin->visited = n;
			origin->chained = chained;
			origin->known = find_inputs(
				chains, chains->own[n][chained], chains->operators[op].id, origin);
			if (origin->known)
				return;
		}
}

static bool has_input(const struct origin *origin, size_t input)
{
	for (size_t i = 0; origin->known && i < origin->n_inputs; i++)
		if (origin->inputs[i] == input)
			return true;
	return false;
}

/* Those that explain each other: see above. */
static void forget_mutual(struct sp_chains *chains, size_t op)
{
	struct origin *origin = &chains->origins[op];

	for (size_t i = 0; origin->known && i < origin->n_inputs; i++) {
		struct origin *input = &chains->origins[origin->inputs[i]];

		if (!has_input(input, op) || input->visited != origin->visited)
			continue;
		input->known = false;
		origin->known = false;
	}
}

static void hash_places(struct sp_chains *chains)
{
	uint8_t bytes[4 * (CHAINED_MAX + 1)];

	for (size_t n = 0; n < chains->n + UNSEEN_MAX; n++)
		for (size_t chained = 0; chained <= CHAINED_MAX; chained++) {
			sp_set_be32(bytes + 4 * chained, __builtin_bswap32((uint32_t)n));
			sp_murmur3_128(sp_slice(bytes, 4 * (chained + 1)), chains->own[n][chained]);
		}
}

/* --- who is chained ------------------------------------------------------------------------ */

static size_t root_of(const size_t *forest, size_t op)
{
	while (forest[op] != op)
		op = forest[op];
	return op;
}

static void join(size_t *forest, size_t a, size_t b)
{
	a = root_of(forest, a);
	b = root_of(forest, b);
	if (a < b)
		forest[b] = a;
	else
		forest[a] = b;
}

static bool same_levels(const struct sp_operator *a, const struct sp_operator *b)
{
	return a->parallelism == b->parallelism && a->max_parallelism == b->max_parallelism;
}

/* Can the operator be chained behind this input? */
static bool may_follow(const struct sp_chains *chains, size_t op, size_t input)
{
	const struct origin *origin = &chains->origins[op];

	return op != input && same_levels(&chains->operators[op], &chains->operators[input]) &&
	       (!origin->known || (origin->n_inputs == 1 && origin->inputs[0] == input));
}

/* Where as many operators are known to read an input as are chained behind it, it is they. */
static void join_followers(struct sp_chains *chains, size_t input)
{
	const struct origin *origin = &chains->origins[input];
	int32_t left = origin->known ? origin->chained : -1;
	bool sure = true;

	if (left == 0)
		return;
	for (size_t i = 0; i < chains->n; i++) {
		if (!may_follow(chains, i, input))
			continue;
		join(chains->perhaps, i, input);
		sure &= chains->origins[i].known;
		left--;
	}
	for (size_t i = 0; sure && left == 0 && i < chains->n; i++)
		if (may_follow(chains, i, input))
			join(chains->surely, i, input);
}

static void *new_array(size_t count, size_t size)
{
	void *array = calloc(count > 0 ? count : 1, size);

	if (array == NULL)
		sp_abort("out of memory");
	return array;
}

static void look_into_ids(struct sp_chains *chains)
{
	chains->origins = new_array(chains->n, sizeof(*chains->origins));
	chains->surely = new_array(chains->n, sizeof(*chains->surely));
	chains->perhaps = new_array(chains->n, sizeof(*chains->perhaps));
	chains->own = new_array(chains->n + UNSEEN_MAX, sizeof(*chains->own));
	hash_places(chains);
	for (size_t i = 0; i < chains->n; i++) {
		chains->first_bytes[first_of(chains->operators[i].id)] = true;
		chains->surely[i] = i;
		chains->perhaps[i] = i;
	}
	for (size_t i = 0; i < chains->n; i++)
		find_origin(chains, i);
	for (size_t i = 0; i < chains->n; i++)
		forget_mutual(chains, i);
	for (size_t i = 0; i < chains->n; i++)
		join_followers(chains, i);
}

struct sp_chains *sp_chains_new(const struct sp_snapshot *snapshot)
{
	struct sp_chains *chains = new_array(1, sizeof(*chains));

	chains->operators = snapshot->operators;
	chains->n = snapshot->n_operators;
	chains->alone = snapshot->version == SP_METADATA_VERSION_MIN;
	if (!chains->alone && chains->n <= OPERATORS_MAX)
		look_into_ids(chains);
	return chains;
}

void sp_chains_free(struct sp_chains *chains)
{
	if (chains == NULL)
		return;
	free(chains->origins);
	free(chains->surely);
	free(chains->perhaps);
	free(chains->own);
	free(chains);
}

enum sp_chained sp_chained(const struct sp_chains *chains, size_t a, size_t b)
{
	if (chains->alone || !same_levels(&chains->operators[a], &chains->operators[b]))
		return SP_CHAINED_NOT;
	if (chains->origins == NULL)
		return SP_CHAINED_PERHAPS;
	if (root_of(chains->surely, a) == root_of(chains->surely, b))
		return SP_CHAINED_SURELY;
	return root_of(chains->perhaps, a) == root_of(chains->perhaps, b) ? SP_CHAINED_PERHAPS
									  : SP_CHAINED_NOT;
}
