/*
 * How much damage verify finds: for each layout, seeded single-byte flips anywhere in a snapshot,
 * files cut short, files exchanged with each other, files missing; found is an error finding or a
 * refusal. What is missed is told by where it was and what it did to the rows. TAP on standard
 * output; the man page has the same table.
 *
 * usage: rates [--flips N] [--seed S] DATA MAN-PAGE
 */
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "damaged-store.h"
#include "digest.h"
#include "survey.h"
#include "verify.h"

#define CUTS 200
#define SWAPS_MAX 200

static const struct layout {
	const char *name;
	const char *snapshot;
} layouts[] = {
	{ "canonical", "1.20.3-small-hashmap-canonical-files/savepoint" },
	{ "canonical, compressed", "1.20.3-small-rocksdb-canonical-compressed/savepoint" },
	{ "hashmap", "1.18-udf-hashmap-savepoint" },
	{ "hashmap, compressed", "2.2.0-small-hashmap-native-compressed/savepoint" },
	{ "memory", "1.11-udf-memory-savepoint" },
	{ "rocksdb, savepoint", "2.2.0-kryo-rocksdb-native/savepoint" },
	{ "rocksdb, incremental",
		"1.20.3-small-rocksdb-incremental/tree/270314f93295d3b1264fe5366a7618ba/chk-3" },
	{ "rocksdb, merged files",
		"2.2.0-file-merging-rocksdb/tree/fd0bedd1f31eb183f2570b56abe89201/chk-3" },
	{ "changelog", "1.20.3-changelog-hashmap/tree/550acefa8a6c4b1999bdec092db4bb10/chk-3" },
};

static const char *const where_texts[N_WHERE] = { "metadata", "keyed state", "operator state",
	"SST files", "version of an SST file", "MANIFEST and CURRENT", "OPTIONS",
	"headers of keyed state", "changelog", "in-flight data", "bytes that nothing refers to" };

enum effect { NO_EFFECT, OTHER_VALUES, OTHER_NAMES, OTHER_KEYS, NO_ROWS, N_EFFECTS };
static const char *const effect_texts[N_EFFECTS] = { "the rows are the same", "values are others",
	"names, namespaces, user keys or times of timers are others", "keys are others",
	"they are not understood any more, which a warning tells" };

struct variant {
	enum damage_kind kind;
	size_t file, other;
	uint64_t at;
	uint8_t bits;
};

/* How a variant ended; shared by the workers. */
struct outcome {
	bool found;
	uint8_t where, effect;
};

struct trial {
	const struct layout *layout;
	char *location;
	struct survey survey;
	struct digest intact;
	struct variant *variants;
	struct outcome *outcomes;
	size_t n;
};

static uint64_t state; /* of the generator: xorshift64* */
#define FLIPS 1000     /* that the rates of the man page are of */

static size_t flips = FLIPS;
static bool failed;
static int tests;

static void ok(bool good, const char *layout, const char *what)
{
	printf("%s %d - %s: %s\n", good ? "ok" : "not ok", ++tests, layout, what);
	failed = failed || !good;
}

static uint64_t below(uint64_t n)
{
	state ^= state >> 12;
	state ^= state << 25;
	state ^= state >> 27;
	return n == 0 ? 0 : (state * 0x2545f4914f6cdd1dU >> 16) % n;
}

static void *grown(void *list, size_t n, size_t size)
{
	list = n % 64 == 0 ? reallocarray(list, n + 64, size) : list;
	if (list == NULL)
		sp_abort("out of memory");
	return list;
}

/* --- one variant ------------------------------------------------------------------------------ */

/* That copies do not lie where they were written is no damage. */
static bool has_errors(const struct sp_findings *findings)
{
	for (size_t i = 0; i < findings->n; i++)
		if (findings->list[i].kind->severity == SP_SEVERITY_ERROR &&
			findings->list[i].kind->code != SP_FIND_MOVED)
			return true;
	return false;
}

/* The levels one after the other, up to the one that finds an error. */
static bool finds(struct sp_source *source, struct sp_findings *findings)
{
	struct sp_counters counters = { 0 };
	const struct sp_verify verify = { .source = source,
		.level = SP_VERIFY_RECORDS,
		.jobs = 1,
		.memory = DIGEST_MEMORY,
		.tmpdir = digest_scratch(),
		.counters = &counters };
	struct sp_error err;

	sp_verify_metadata(source, findings);
	return has_errors(findings) || sp_verify_files(source, findings, &err) < 0 ||
	       has_errors(findings) || sp_verify_blocks(&verify, findings, &err) < 0 ||
	       has_errors(findings) || sp_verify_records(&verify, findings, &err) < 0 ||
	       has_errors(findings);
}

/* True where verify finds an error, or cannot read the metadata. */
static bool is_found(const struct trial *self)
{
	sp_auto(sp_source) *source = NULL;
	struct sp_findings findings;
	struct sp_error err;
	bool found;

	if (sp_source_open(self->location, &source, &err) < 0)
		return true;
	sp_findings_init(&findings);
	found = finds(source, &findings);
	sp_findings_free(&findings);
	return found;
}

static enum effect effect_on(const struct trial *self)
{
	sp_auto(sp_source) *source = NULL;
	struct digest digest;
	struct sp_error err;

	if (sp_source_open(self->location, &source, &err) < 0 || digest_of(source, &digest) < 0)
		return NO_ROWS;
	if (memcmp(digest.keys, self->intact.keys, sizeof(digest.keys)) != 0)
		return OTHER_KEYS;
	if (digest.names != self->intact.names)
		return OTHER_NAMES;
	return digest.rows != self->intact.rows ? OTHER_VALUES : NO_EFFECT;
}

static void try_variant(const struct trial *self, size_t i)
{
	const struct variant *variant = &self->variants[i];
	const struct damage damage = {
		.kind = variant->kind,
		.path = self->survey.files[variant->file].path,
		.other = self->survey.files[variant->other].path,
		.at = variant->at,
		.bits = variant->bits,
	};
	struct outcome *outcome = &self->outcomes[i];

	damaged_now = &damage;
	outcome->found = is_found(self);
	outcome->where = (uint8_t)survey_where(&self->survey, variant->file, variant->at);
	outcome->effect = outcome->found ? NO_EFFECT : (uint8_t)effect_on(self);
	damaged_now = NULL;
}

/* --- all variants ----------------------------------------------------------------------------- */

static void add_variant(struct trial *self, const struct variant *variant)
{
	self->variants = grown(self->variants, self->n, sizeof(*self->variants));
	self->variants[self->n++] = *variant;
}

/* Nobody reads OPTIONS in a restore, nor what lies between the segments of merged files. */
static bool is_read(const struct trial *self, const struct variant *variant)
{
	const enum where where = survey_where(&self->survey, variant->file, variant->at);

	return where != IN_OPTIONS && where != IN_NOTHING;
}

/* Any byte that a restore reads, every one as likely as the others. */
static void add_flips(struct trial *self)
{
	uint64_t bytes = 0;

	for (size_t i = 0; i < self->survey.n_files; i++)
		bytes += self->survey.files[i].size;
	for (size_t i = 0; i < flips;) {
		struct variant variant = { .kind = DAMAGE_FLIP, .at = below(bytes) };

		while (variant.at >= self->survey.files[variant.file].size)
			variant.at -= self->survey.files[variant.file++].size;
		variant.bits = (uint8_t)(1 + below(255));
		if (!is_read(self, &variant))
			continue;
		add_variant(self, &variant);
		i++;
	}
}

static void add_cuts(struct trial *self)
{
	for (size_t i = 0; i < CUTS; i++) {
		struct variant variant = { .kind = DAMAGE_CUT,
			.file = below(self->survey.n_files) };

		variant.at = below(survey_used(&self->survey, variant.file));
		add_variant(self, &variant);
	}
}

static void read_file(const char *path, struct sp_buffer *ret)
{
	FILE *f = fopen(path, "rb");
	size_t n;

	if (f == NULL)
		sp_abort("a file of the snapshot cannot be opened");
	while ((n = fread(sp_buffer_reserve(ret, 65536), 1, 65536, f)) > 0)
		ret->n += n;
	fclose(f);
}

static bool same_bytes(const struct file *a, const struct file *b)
{
	sp_auto_buffer x = { 0 }, y = { 0 };

	if (a->size != b->size)
		return false;
	read_file(a->path, &x);
	read_file(b->path, &y);
	return sp_slice_equal(sp_buffer_slice(&x), sp_buffer_slice(&y));
}

/* Half of them of one size, as far as there are such: lengths tell of the others. */
static void add_swaps(struct trial *self)
{
	size_t n = 0;

	for (int same_size = 1; same_size >= 0; same_size--)
		for (size_t i = 1; i < self->survey.n_files; i++)
			for (size_t j = i + 1; j < self->survey.n_files; j++) {
				const struct variant variant = {
					.kind = DAMAGE_SWAP, .file = i, .other = j
				};
				const struct variant back = { .file = j };

				if ((self->survey.files[i].size == self->survey.files[j].size) !=
						same_size ||
					n >= (size_t)(same_size ? SWAPS_MAX / 2 : SWAPS_MAX) ||
					!(is_read(self, &variant) || is_read(self, &back)) ||
					same_bytes(&self->survey.files[i], &self->survey.files[j]))
					continue;
				add_variant(self, &variant);
				n++;
			}
}

static void add_missing(struct trial *self)
{
	for (size_t i = 1; i < self->survey.n_files; i++) {
		const struct variant variant = { .kind = DAMAGE_MISSING, .file = i };

		add_variant(self, &variant);
	}
}

/* The outcome behind those of the variants is that of the intact snapshot. */
static void work(struct trial *self, size_t worker, size_t workers)
{
	sp_auto(sp_source) *source = NULL;
	struct sp_error err;

	if (sp_source_open(self->location, &source, &err) < 0 ||
		digest_of(source, &self->intact) < 0)
		sp_abort("the intact snapshot cannot be read");
	if (worker == 0)
		self->outcomes[self->n].found = is_found(self);
	for (size_t i = worker; i < self->n; i += workers)
		try_variant(self, i);
}

/* Only the workers touch RocksDB, whose threads a fork would leave behind. */
static void try_all(struct trial *self)
{
	const long cores = sysconf(_SC_NPROCESSORS_ONLN);
	const size_t workers = cores < 1 ? 1 : (size_t)cores;
	int status;

	self->outcomes = mmap(NULL, (self->n + 1) * sizeof(*self->outcomes), PROT_READ | PROT_WRITE,
		MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (self->outcomes == MAP_FAILED)
		sp_abort("no shared memory");
	fflush(stdout);
	for (size_t i = 0; i < workers; i++)
		if (fork() == 0) {
			work(self, i, workers);
			_exit(0);
		}
	for (size_t i = 0; i < workers; i++)
		if (wait(&status) < 0 || !WIFEXITED(status) || WEXITSTATUS(status) != 0)
			sp_abort("a worker crashed");
}

/* --- what came out ---------------------------------------------------------------------------- */

struct rate {
	size_t found, all;
};

static struct rate rate_of(const struct trial *self, enum damage_kind kind)
{
	struct rate rate = { 0, 0 };

	for (size_t i = 0; i < self->n; i++) {
		rate.all += self->variants[i].kind == kind;
		rate.found += self->variants[i].kind == kind && self->outcomes[i].found;
	}
	return rate;
}

/* In whole percent; only all is 100. */
static void put_percent(struct sp_buffer *out, struct rate rate)
{
	if (rate.all == 0)
		sp_buffer_printf(out, ":  -\n");
	else
		sp_buffer_printf(out, ":  %zu %%\n", rate.found * 100 / rate.all);
}

/* Flips that made another key of one, and were missed: it hashes to the same key group. */
static size_t missed_keys(const struct trial *self)
{
	size_t n = 0;

	for (size_t i = 0; i < self->n; i++)
		n += self->variants[i].kind == DAMAGE_FLIP && !self->outcomes[i].found &&
		     self->outcomes[i].where == IN_KEYED && self->outcomes[i].effect == OTHER_KEYS;
	return n;
}

/* Checksums of compressed state: what is missed there decompresses to the same rows. */
static bool changes_no_row(const struct trial *self)
{
	for (size_t i = 0; i < self->n; i++)
		if (!self->outcomes[i].found && self->outcomes[i].where == IN_KEYED &&
			self->outcomes[i].effect != NO_EFFECT)
			return false;
	return true;
}

static void print_missed(const struct trial *self)
{
	static const char *const kinds[] = { "", "flips", "cuts", "swaps", "missing" };

	for (int kind = DAMAGE_FLIP; kind <= DAMAGE_MISSING; kind++)
		for (size_t where = 0; where < N_WHERE; where++)
			for (size_t effect = 0; effect < N_EFFECTS; effect++) {
				size_t n = 0;

				for (size_t i = 0; i < self->n; i++)
					n += self->variants[i].kind == (enum damage_kind)kind &&
					     !self->outcomes[i].found &&
					     self->outcomes[i].where == where &&
					     self->outcomes[i].effect == effect;
				if (n > 0)
					printf("#   missed %zu %s: %s, %s\n", n, kinds[kind],
						where_texts[where], effect_texts[effect]);
			}
}

/* Of what was done to these bytes, was all found? */
static bool all_found(const struct trial *self, enum damage_kind kind, enum where where)
{
	for (size_t i = 0; i < self->n; i++)
		if (self->variants[i].kind == kind && self->outcomes[i].where == where &&
			!self->outcomes[i].found)
			return false;
	return true;
}

static void report(const struct trial *self, const char *man)
{
	const char *name = self->layout->name;
	struct rate rates[DAMAGE_MISSING + 1];
	sp_auto_buffer row = { 0 };

	sp_buffer_printf(&row, "|  %s\n", name);
	printf("# %s:", name);
	for (int kind = DAMAGE_FLIP; kind <= DAMAGE_MISSING; kind++) {
		static const char *const kinds[] = { "", "flips", "cut", "swapped", "missing" };

		rates[kind] = rate_of(self, (enum damage_kind)kind);
		put_percent(&row, rates[kind]);
		printf(" %s %zu of %zu%s", kinds[kind], rates[kind].found, rates[kind].all,
			kind < DAMAGE_MISSING ? "," : "\n");
	}
	sp_buffer_u8(&row, 0);
	print_missed(self);
	ok(!self->outcomes[self->n].found, name, "nothing is wrong with the intact snapshot");
	ok(self->n >= flips && rates[DAMAGE_FLIP].all == flips, name, "enough variants");
	ok(all_found(self, DAMAGE_FLIP, IN_TABLE) && all_found(self, DAMAGE_FLIP, IN_MANIFEST),
		name, "every flip in SST files, MANIFEST and CURRENT is found");
	ok(strstr(name, "compressed") == NULL || changes_no_row(self), name,
		"every flip in compressed key groups that changes a row is found");
	ok(missed_keys(self) <= flips / 100, name, "flipped keys are found by their key groups");
	ok(rates[DAMAGE_CUT].found == rates[DAMAGE_CUT].all, name, "every cut is found");
	ok(all_found(self, DAMAGE_SWAP, IN_KEYED) && all_found(self, DAMAGE_SWAP, IN_TABLE) &&
			all_found(self, DAMAGE_SWAP, IN_MANIFEST) &&
			all_found(self, DAMAGE_SWAP, IN_HEADER),
		name, "every exchange of keyed state is found");
	ok(rates[DAMAGE_MISSING].found == rates[DAMAGE_MISSING].all, name,
		"every missing file is found");
	if (flips != FLIPS)
		return;
	ok(strstr(man, (const char *)row.p) != NULL, name, "the man page has these rates");
	if (strstr(man, (const char *)row.p) == NULL)
		printf("# it should have:\n# %s\n", (const char *)row.p);
}

static void free_trial(struct trial *self)
{
	survey_free(&self->survey);
	munmap(self->outcomes, (self->n + 1) * sizeof(*self->outcomes));
	free(self->variants);
	free(self->location);
}

static void run(const struct layout *layout, const char *data, const char *man)
{
	struct trial self = { .layout = layout };
	sp_auto(sp_source) *source = NULL;
	struct sp_error err;

	if (asprintf(&self.location, "%s/snapshots/%s", data, layout->snapshot) < 0)
		sp_abort("out of memory");
	if (sp_source_open(self.location, &source, &err) < 0)
		sp_abort(err.message);
	survey_make(&self.survey, source);
	add_flips(&self);
	add_cuts(&self);
	add_swaps(&self);
	add_missing(&self);
	try_all(&self);
	report(&self, man);
	free_trial(&self);
}

/* --- no false alarm --------------------------------------------------------------------------- */

static int alarms, snapshots;

static int check_intact(const char *path, const struct stat *st, int type, struct FTW *at)
{
	struct trial self = { 0 };

	(void)st;
	if (type != FTW_F || strcmp(path + at->base, "_metadata") != 0)
		return 0;
	snapshots++;
	self.location = strndup(path, (size_t)at->base);
	if (is_found(&self)) {
		alarms++;
		printf("# an error is found in '%s'\n", self.location);
		fflush(stdout);
	}
	free(self.location);
	return 0;
}

/* In a process of its own, for the sake of RocksDB's threads. */
static void check_all_intact(const char *data)
{
	static const char *const folders[] = { "snapshots", "demo" };
	int status;

	fflush(stdout);
	if (fork() == 0) {
		for (size_t i = 0; i < sp_countof(folders); i++) {
			char path[4096];

			snprintf(path, sizeof(path), "%s/%s", data, folders[i]);
			nftw(path, check_intact, 16, FTW_PHYS);
		}
		_exit(alarms > 0 || snapshots < 20);
	}
	ok(wait(&status) > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0, "all snapshots",
		"no error is found where nothing is damaged");
}

int main(int argc, char **argv)
{
	unsigned long seed = 1;
	sp_auto_buffer man = { 0 };
	int at = 1;

	for (; at + 1 < argc && argv[at][0] == '-'; at += 2) {
		if (strcmp(argv[at], "--flips") == 0)
			flips = strtoul(argv[at + 1], NULL, 10);
		else if (strcmp(argv[at], "--seed") == 0)
			seed = strtoul(argv[at + 1], NULL, 10);
	}
	if (argc - at != 2) {
		fprintf(stderr, "usage: rates [--flips N] [--seed S] DATA MAN-PAGE\n");
		return 2;
	}
	state = seed * 0x9e3779b97f4a7c15U | 1;
	read_file(argv[at + 1], &man);
	sp_buffer_u8(&man, 0);
	damaged_root = realpath(argv[at], NULL);
	sp_store_wrap = damaged_store_new;
	check_all_intact(damaged_root);
	for (size_t i = 0; i < sp_countof(layouts); i++)
		run(&layouts[i], damaged_root, (const char *)man.p);
	printf("1..%d\n", tests);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
