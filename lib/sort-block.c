#include "sort-block.h"

#define ENTRIES_MIN ((size_t)1024)
#define ROW_BYTES_MIN (SP_SORT_HEAD_BYTES + 2 * sizeof(struct sp_sort_entry))
#define INSERTION_MAX ((size_t)12) /* entries that are sorted by insertion */

static struct sp_slice key_at(const struct sp_sort_block *self, uint64_t at)
{
	const uint8_t *p = self->bytes.p + at;

	return sp_slice(p + SP_SORT_HEAD_BYTES, sp_get_be32(p));
}

/* All that is in memory, were there one more row of n bytes; sorting takes entries twice. */
static size_t size_with(const struct sp_sort_block *self, size_t n)
{
	return self->bytes.n + n + (self->n + 1) * 2 * sizeof(struct sp_sort_entry);
}

/* Grows by steps that do not leave the limit far behind. */
static void reserve(struct sp_sort_block *self, size_t n)
{
	if (self->n == self->capacity) {
		self->capacity = self->capacity == 0 ? ENTRIES_MIN : self->capacity * 2;
		self->entries = reallocarray(self->entries, self->capacity, sizeof(*self->entries));
		if (self->entries == NULL)
			sp_abort("out of memory");
	}
	sp_buffer_reserve(&self->bytes, n);
}

static size_t common_prefix(struct sp_slice a, struct sp_slice b, size_t most)
{
	size_t n = a.n < b.n ? a.n : b.n;
	size_t i = 0;

	n = n < most ? n : most;
	while (i < n && a.p[i] == b.p[i])
		i++;
	return i;
}

/* Looks at a key that is about to be put behind the others. */
static void compare_with_last(struct sp_sort_block *self, struct sp_slice key)
{
	if (self->n == 0) {
		self->ascending = true;
		self->common = key.n;
		return;
	}
	if (self->ascending)
		self->ascending =
			sp_slice_compare(key_at(self, self->entries[self->n - 1].at), key) < 0;
	self->common = common_prefix(key_at(self, 0), key, self->common);
}

bool sp_sort_block_put(struct sp_sort_block *self, struct sp_slice key, struct sp_slice value)
{
	size_t n = SP_SORT_HEAD_BYTES + key.n + value.n;
	uint8_t *p;

	if (self->n > 0 && size_with(self, n) > self->limit)
		return false;
	compare_with_last(self, key);
	reserve(self, n);
	self->entries[self->n++].at = self->bytes.n;
	p = self->bytes.p + self->bytes.n;
	sp_set_be32(p, (uint32_t)key.n);
	sp_set_be32(p + 4, (uint32_t)value.n);
	p = mempcpy(p + SP_SORT_HEAD_BYTES, key.p, key.n);
	if (value.n != 0)
		memcpy(p, value.p, value.n);
	self->bytes.n += n;
	return true;
}

/* --- sorting --------------------------------------------------------------------------------- */

static uint64_t prefix_of(struct sp_slice key, size_t common)
{
	uint8_t bytes[8] = { 0 };
	size_t n = key.n - common;

	memcpy(bytes, key.p + common, n < sizeof(bytes) ? n : sizeof(bytes));
	return sp_get_be64(bytes);
}

static bool comes_before(const struct sp_sort_block *self, const struct sp_sort_entry *a,
	const struct sp_sort_entry *b)
{
	if (a->prefix != b->prefix)
		return a->prefix < b->prefix;
	return sp_slice_compare(key_at(self, a->at), key_at(self, b->at)) < 0;
}

static void insertion_sort(
	const struct sp_sort_block *self, struct sp_sort_entry *entries, size_t n)
{
	for (size_t i = 1; i < n; i++) {
		struct sp_sort_entry entry = entries[i];
		size_t j = i;

		for (; j > 0 && comes_before(self, &entry, &entries[j - 1]); j--)
			entries[j] = entries[j - 1];
		entries[j] = entry;
	}
}

/* Merges [0, half) and [half, n) of `from` to `to`; of equal ones those of the first half lead. */
static void merge_halves(const struct sp_sort_block *self, const struct sp_sort_entry *from,
	size_t half, size_t n, struct sp_sort_entry *to)
{
	const struct sp_sort_entry *a = from, *b = from + half;
	const struct sp_sort_entry *a_end = b, *b_end = from + n;

	while (a < a_end && b < b_end)
		*to++ = comes_before(self, b, a) ? *b++ : *a++;
	to = mempcpy(to, a, (size_t)(a_end - a) * sizeof(*a));
	memcpy(to, b, (size_t)(b_end - b) * sizeof(*b));
}

/*
 * Merge sort, bottom up: stable, and as fast on bad input as on good. Short stretches are sorted
 * by insertion, then stretches of twice the width are merged from one array to the other.
 */
static void merge_sort(struct sp_sort_block *self)
{
	size_t n = self->n;

	for (size_t i = 0; i < n; i += INSERTION_MAX)
		insertion_sort(
			self, self->entries + i, n - i < INSERTION_MAX ? n - i : INSERTION_MAX);
	for (size_t width = INSERTION_MAX; width < n; width *= 2) {
		struct sp_sort_entry *entries = self->entries;

		for (size_t i = 0; i < n; i += 2 * width) {
			size_t both = n - i < 2 * width ? n - i : 2 * width;

			merge_halves(self, entries + i, both < width ? both : width, both,
				self->scratch + i);
		}
		self->entries = self->scratch;
		self->scratch = entries;
	}
}

static void reserve_scratch(struct sp_sort_block *self)
{
	if (self->n_scratch == self->capacity)
		return;
	free(self->scratch);
	self->scratch = calloc(self->capacity, sizeof(*self->scratch));
	if (self->scratch == NULL)
		sp_abort("out of memory");
	self->n_scratch = self->capacity;
}

void sp_sort_block_sort(struct sp_sort_block *self)
{
	self->next = 0;
	if (self->ascending || self->n < 2)
		return;
	for (size_t i = 0; i < self->n; i++)
		self->entries[i].prefix =
			prefix_of(key_at(self, self->entries[i].at), self->common);
	reserve_scratch(self);
	merge_sort(self);
}

/* --- giving ---------------------------------------------------------------------------------- */

static bool is_repeated(const struct sp_sort_block *self, size_t i)
{
	const struct sp_sort_entry *entry = &self->entries[i];

	return !self->ascending && i + 1 < self->n && entry[0].prefix == entry[1].prefix &&
	       sp_slice_equal(key_at(self, entry[0].at), key_at(self, entry[1].at));
}

bool sp_sort_block_next(struct sp_sort_block *self, struct sp_sort_row *ret)
{
	const uint8_t *p;

	while (self->next < self->n && is_repeated(self, self->next))
		self->next++;
	if (self->next == self->n)
		return false;
	p = self->bytes.p + self->entries[self->next++].at;
	ret->key = sp_slice(p + SP_SORT_HEAD_BYTES, sp_get_be32(p));
	ret->value = sp_slice(ret->key.p + ret->key.n, sp_get_be32(p + 4));
	return true;
}

void sp_sort_block_clear(struct sp_sort_block *self)
{
	if (self->bytes.capacity > 2 * self->limit)
		sp_buffer_free(&self->bytes);
	self->bytes.n = 0;
	self->n = 0;
	self->next = 0;
}

void sp_sort_block_free(struct sp_sort_block *self)
{
	sp_buffer_free(&self->bytes);
	free(self->entries);
	free(self->scratch);
}
