#include "sort-block.h"

#define HEAD_BYTES 8 /* in front of each row: the lengths of key and value */
#define ENTRIES_MIN ((size_t)1024)
#define INSERTION_MAX ((size_t)24) /* entries that are sorted by insertion */
#define WORDS_MAX 4                /* of a key by which rows are sorted before keys are compared */
#define WORD_BYTES ((size_t)8)
#define GROUP_SHIFT 64        /* digits from there on are those of the group */
#define PREFETCH ((size_t)16) /* entries ahead of the one at hand */
#define CACHE_LINE ((size_t)64)

static size_t at_most(size_t a, size_t b)
{
	return a < b ? a : b;
}

static struct sp_slice key_at(const struct sp_sort_block *self, uint64_t at)
{
	const uint8_t *p = self->bytes.p + at;

	return sp_slice(p + HEAD_BYTES, sp_get_be32(p));
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

/* Looks at a row that is about to be put behind the others. */
static void look_at(struct sp_sort_block *self, const struct sp_sort_row *row)
{
	const struct sp_sort_entry *last;

	if (self->n == 0) {
		self->ascending = true;
		self->shared = row->key.n;
		return;
	}
	last = &self->entries[self->n - 1];
	if (self->ascending)
		self->ascending = row->group != last->group
					  ? row->group > last->group
					  : sp_slice_compare(key_at(self, last->at), row->key) < 0;
	self->shared = at_most(self->shared, sp_slice_shared(key_at(self, 0), row->key, 0));
}

bool sp_sort_block_put(struct sp_sort_block *self, const struct sp_sort_row *row)
{
	size_t n = HEAD_BYTES + row->key.n + row->value.n;
	uint8_t *p;

	if (self->n > 0 && (size_with(self, n) > self->limit || self->bytes.n > UINT32_MAX))
		return false;
	look_at(self, row);
	reserve(self, n);
	self->entries[self->n++] =
		(struct sp_sort_entry){ .group = row->group, .at = (uint32_t)self->bytes.n };
	p = self->bytes.p + self->bytes.n;
	sp_set_be32(p, (uint32_t)row->key.n);
	sp_set_be32(p + 4, (uint32_t)row->value.n);
	p = mempcpy(p + HEAD_BYTES, row->key.p, row->key.n);
	if (row->value.n != 0)
		memcpy(p, row->value.p, row->value.n);
	self->bytes.n += n;
	return true;
}

/* --- sorting, all of it stable --------------------------------------------------------------- */

/* Entries, as many of `scratch`, and the bytes that all their keys begin with. */
struct range {
	struct sp_sort_entry *entries, *scratch;
	size_t n, shared;
};

static struct range part(const struct range *range, size_t first, size_t n)
{
	return (struct range){ range->entries + first, range->scratch + first, n, range->shared };
}

static bool comes_before(const struct sp_sort_block *self, const struct sp_sort_entry *a,
	const struct sp_sort_entry *b)
{
	if (a->group != b->group)
		return a->group < b->group;
	if (a->word != b->word)
		return a->word < b->word;
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

/* Of halves each of which is in order; of equal ones those of the first lead. */
static void merge_halves(const struct sp_sort_block *self, const struct range *range, size_t half)
{
	const struct sp_sort_entry *a = range->scratch, *a_end = a + half;
	const struct sp_sort_entry *b = range->entries + half, *b_end = range->entries + range->n;
	struct sp_sort_entry *to = range->entries;

	memcpy(range->scratch, range->entries, half * sizeof(*a));
	while (a < a_end && b < b_end)
		*to++ = comes_before(self, b, a) ? *b++ : *a++;
	memcpy(to, a, (size_t)(a_end - a) * sizeof(*a)); /* what is left of b is in its place */
}

/* As fast on bad input as on good. Recurses as often as n can be halved. */
static void merge_sort(const struct sp_sort_block *self, const struct range *range)
{
	size_t half = range->n / 2;
	struct range a = part(range, 0, half), b = part(range, half, range->n - half);

	if (range->n <= INSERTION_MAX) {
		insertion_sort(self, range->entries, range->n);
		return;
	}
	merge_sort(self, &a);
	merge_sort(self, &b);
	merge_halves(self, range, half);
}

/* The highest byte of group and word in which entries differ, as a shift; < 0: there is none. */
static int first_difference(const struct range *range)
{
	const struct sp_sort_entry *entries = range->entries;
	uint64_t words = 0;
	uint32_t groups = 0;

	for (size_t i = 1; i < range->n; i++) {
		groups |= entries[i].group ^ entries[0].group;
		words |= entries[i].word ^ entries[0].word;
	}
	if (groups != 0)
		return GROUP_SHIFT + (31 - __builtin_clz(groups)) / 8 * 8;
	return words == 0 ? -1 : (63 - __builtin_clzll(words)) / 8 * 8;
}

static uint8_t digit(const struct sp_sort_entry *entry, int shift)
{
	return (uint8_t)(shift < GROUP_SHIFT ? entry->word >> shift
					     : entry->group >> (shift - GROUP_SHIFT));
}

/* Places the entries by one digit; `ends` becomes where those of each end. */
static void place(const struct range *range, int shift, size_t ends[256])
{
	size_t first = 0;

	for (size_t i = 0; i < range->n; i++)
		ends[digit(&range->entries[i], shift)]++;
	for (size_t i = 0; i < 256; i++) {
		size_t n = ends[i];

		ends[i] = first;
		first += n;
	}
	for (size_t i = 0; i < range->n; i++)
		range->scratch[ends[digit(&range->entries[i], shift)]++] = range->entries[i];
	memcpy(range->entries, range->scratch, range->n * sizeof(*range->entries));
}

static void sort_keys(const struct sp_sort_block *self, struct range *range, int words);

/* From the first digit on in which entries differ; where they do not, by the next word of keys. */
static void sort_digits(const struct sp_sort_block *self, struct range *range, int words)
{
	int shift = first_difference(range);
	size_t ends[256] = { 0 };
	size_t first = 0;

	if (shift < 0) {
		sort_keys(self, range, words - 1);
		return;
	}
	place(range, shift, ends);
	for (size_t i = 0; i < sp_countof(ends); first = ends[i], i++) {
		struct range same = part(range, first, ends[i] - first);

		if (same.n > INSERTION_MAX)
			sort_digits(self, &same, words);
		else
			insertion_sort(self, same.entries, same.n);
	}
}

/* Finds what all keys begin with. true: they are in order as they are. */
static bool look(const struct sp_sort_block *self, struct range *range)
{
	struct sp_slice last = key_at(self, range->entries[0].at);
	size_t shared = last.n;
	bool ascending = true;

	for (size_t i = 1; i < range->n; i++) {
		struct sp_slice key = key_at(self, range->entries[i].at);
		size_t n = sp_slice_shared(last, key, range->shared);

		if (i + PREFETCH < range->n)
			__builtin_prefetch(self->bytes.p + range->entries[i + PREFETCH].at);
		ascending = ascending && n < key.n && (n == last.n || last.p[n] < key.p[n]);
		shared = n < shared ? n : shared;
		last = key;
	}
	range->shared = shared;
	return ascending;
}

static uint64_t word_of(struct sp_slice key, size_t at)
{
	uint8_t bytes[WORD_BYTES] = { 0 };

	if (key.n - at >= WORD_BYTES)
		return sp_get_be64(key.p + at);
	memcpy(bytes, key.p + at, key.n - at);
	return sp_get_be64(bytes);
}

static void set_words(const struct sp_sort_block *self, const struct range *range)
{
	for (size_t i = 0; i < range->n; i++)
		range->entries[i].word = word_of(key_at(self, range->entries[i].at), range->shared);
}

/* Of one group, and the same so far: by the word behind what all keys have in common. */
static void sort_keys(const struct sp_sort_block *self, struct range *range, int words)
{
	if (words == 0) {
		merge_sort(self, range);
		return;
	}
	if (look(self, range))
		return;
	set_words(self, range);
	sort_digits(self, range, words);
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
	struct range all;

	self->next = 0;
	if (self->ascending || self->n < 2)
		return;
	reserve_scratch(self);
	all = (struct range){ self->entries, self->scratch, self->n, self->shared };
	set_words(self, &all);
	sort_digits(self, &all, WORDS_MAX);
}

/* --- giving ---------------------------------------------------------------------------------- */

static bool is_repeated(const struct sp_sort_block *self, size_t i)
{
	const struct sp_sort_entry *entry = &self->entries[i];

	return !self->ascending && i + 1 < self->n && entry[0].group == entry[1].group &&
	       entry[0].word == entry[1].word &&
	       sp_slice_equal(key_at(self, entry[0].at), key_at(self, entry[1].at));
}

bool sp_sort_block_next(struct sp_sort_block *self, struct sp_sort_row *ret)
{
	const uint8_t *p;

	while (self->next < self->n && is_repeated(self, self->next))
		self->next++;
	if (self->next == self->n)
		return false;
	if (self->next + PREFETCH < self->n) { /* in a function of its own, gcc leaves it out */
		size_t ahead = self->entries[self->next + PREFETCH].at;

		__builtin_prefetch(self->bytes.p + ahead);
		__builtin_prefetch(self->bytes.p + at_most(ahead + CACHE_LINE, self->bytes.n));
	}
	ret->group = self->entries[self->next].group;
	p = self->bytes.p + self->entries[self->next++].at;
	ret->key = sp_slice(p + HEAD_BYTES, sp_get_be32(p));
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
