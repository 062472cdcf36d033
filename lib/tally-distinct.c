#include "tally-distinct.h"

#include <math.h>
#include <stdlib.h>

#include "error.h"

#define INDEX_BITS 14
#define N_REGISTERS ((size_t)1 << INDEX_BITS)
#define RANK_BITS (64 - INDEX_BITS)
#define CAPACITY_MIN 64

static void *must(void *p)
{
	if (p == NULL)
		sp_abort("out of memory");
	return p;
}

/* --- few ------------------------------------------------------------------------------------- */

/* 1 if it was not there. */
static size_t put(uint64_t *hashes, size_t capacity, uint64_t hash)
{
	size_t i = hash & (capacity - 1);

	while (hashes[i] != 0 && hashes[i] != hash)
		i = (i + 1) & (capacity - 1);
	if (hashes[i] == hash)
		return 0;
	hashes[i] = hash;
	return 1;
}

static void grow(struct sp_distinct *self)
{
	const size_t capacity = self->capacity == 0 ? CAPACITY_MIN : self->capacity * 2;
	uint64_t *hashes = must(calloc(capacity, sizeof(*hashes)));

	for (size_t i = 0; i < self->capacity; i++)
		if (self->hashes[i] != 0)
			put(hashes, capacity, self->hashes[i]);
	free(self->hashes);
	self->hashes = hashes;
	self->capacity = capacity;
}

/* --- many ------------------------------------------------------------------------------------ */

/* The register of the hash's first bits holds the largest rank of the first 1 in the others. */
static void put_register(uint8_t *registers, uint64_t hash)
{
	const uint64_t rest = hash << INDEX_BITS;
	const uint8_t rank = rest == 0 ? RANK_BITS + 1 : (uint8_t)(__builtin_clzll(rest) + 1);
	uint8_t *at = &registers[hash >> RANK_BITS];

	if (*at < rank)
		*at = rank;
}

static void become_many(struct sp_distinct *self)
{
	self->registers = must(calloc(N_REGISTERS, 1));
	for (size_t i = 0; i < self->capacity; i++)
		if (self->hashes[i] != 0)
			put_register(self->registers, self->hashes[i]);
	free(self->hashes);
	self->hashes = NULL;
	self->capacity = self->n = 0;
}

void sp_distinct_add(struct sp_distinct *self, uint64_t hash)
{
	if (hash == 0) /* stands for "free" */
		hash = 1;
	if (self->registers != NULL) {
		put_register(self->registers, hash);
		return;
	}
	if (2 * self->n >= self->capacity)
		grow(self);
	self->n += put(self->hashes, self->capacity, hash);
	if (self->n > SP_DISTINCT_EXACT)
		become_many(self);
}

void sp_distinct_merge(struct sp_distinct *to, const struct sp_distinct *from)
{
	for (size_t i = 0; i < from->capacity; i++)
		if (from->hashes[i] != 0)
			sp_distinct_add(to, from->hashes[i]);
	if (from->registers == NULL)
		return;
	if (to->registers == NULL)
		become_many(to);
	for (size_t i = 0; i < N_REGISTERS; i++)
		if (to->registers[i] < from->registers[i])
			to->registers[i] = from->registers[i];
}

/* Ertl's sigma and tau: what registers of 0, and of the largest rank, add. */
static double sigma(double x)
{
	double y = 1, z = x, before;

	if (x == 1)
		return INFINITY;
	do {
		x *= x;
		before = z;
		z += x * y;
		y += y;
	} while (z != before);
	return z;
}

static double tau(double x)
{
	double y = 1, z = 1 - x, before;

	if (x == 0 || x == 1)
		return 0;
	do {
		x = sqrt(x);
		before = z;
		y *= 0.5;
		z -= (1 - x) * (1 - x) * y;
	} while (z != before);
	return z / 3;
}

static double estimate(const uint8_t *registers)
{
	const double m = (double)N_REGISTERS;
	size_t counts[RANK_BITS + 2] = { 0 };
	double z;

	for (size_t i = 0; i < N_REGISTERS; i++)
		counts[registers[i]]++;
	z = m * tau(1 - (double)counts[RANK_BITS + 1] / m);
	for (size_t rank = RANK_BITS; rank >= 1; rank--)
		z = 0.5 * (z + (double)counts[rank]);
	z += m * sigma((double)counts[0] / m);
	return m * m / (2 * M_LN2 * z);
}

uint64_t sp_distinct_count(const struct sp_distinct *self, bool *exact)
{
	*exact = self->registers == NULL;
	return *exact ? self->n : (uint64_t)llround(estimate(self->registers));
}

void sp_distinct_free(struct sp_distinct *self)
{
	free(self->hashes);
	free(self->registers);
	*self = (struct sp_distinct){ 0 };
}
