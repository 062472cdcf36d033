/*
 * Runs a fuzz target without a fuzz engine:
 *
 *	fuzz-NAME [--mutate N SEED] FILE|DIRECTORY...
 *
 * over every file, and with --mutate also over N mutations of each. The same seed gives the same
 * inputs. The input that breaks a target is left in fuzz-crash.bin. Ends with a line of counts.
 */
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "buffer.h"
#include "fuzz.h"

#define CRASH_FILE "fuzz-crash.bin"

static struct sp_buffer *inputs;
static size_t n_inputs;
static unsigned long n_mutations;
static uint64_t state; /* of the generator: xorshift64* */

static const uint8_t *running;
static size_t running_size;

static void die(const char *what)
{
	fprintf(stderr, "fuzz: %s: %s\n", what, strerror(errno));
	exit(EXIT_FAILURE);
}

static size_t below(size_t n)
{
	state ^= state >> 12;
	state ^= state << 25;
	state ^= state >> 27;
	return n == 0 ? 0 : (size_t)((state * 0x2545f4914f6cdd1dU) >> 32) % n;
}

static void add_file(const char *path)
{
	struct sp_buffer *input;
	FILE *f = fopen(path, "rb");
	size_t n;

	if (f == NULL)
		die(path);
	inputs = realloc(inputs, (n_inputs + 1) * sizeof(*inputs));
	if (inputs == NULL)
		die(path);
	input = &inputs[n_inputs++];
	*input = (struct sp_buffer){ 0 };
	do {
		n = fread(sp_buffer_reserve(input, 65536), 1, 65536, f);
		input->n += n;
	} while (n != 0);
	fclose(f);
}

static int is_visible(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static void add(const char *path)
{
	struct dirent **entries;
	struct stat st;
	int n;

	if (stat(path, &st) < 0)
		die(path);
	if (!S_ISDIR(st.st_mode)) {
		add_file(path);
		return;
	}
	n = scandir(path, &entries, is_visible, alphasort);
	if (n < 0)
		die(path);
	for (int i = 0; i < n; i++) {
		sp_auto_buffer inner = { 0 };

		sp_buffer_printf(&inner, "%s/%s", path, entries[i]->d_name);
		sp_buffer_u8(&inner, 0);
		add((const char *)inner.p);
		free(entries[i]);
	}
	free(entries);
}

/* At the end of a fault: keeps the input. */
static void keep_input(void)
{
	FILE *f = running == NULL ? NULL : fopen(CRASH_FILE, "wb");

	if (f == NULL)
		return;
	fwrite(running, 1, running_size, f);
	fclose(f);
	fprintf(stderr, "fuzz: the input is in " CRASH_FILE "\n");
}

static void on_signal(int number)
{
	keep_input();
	signal(number, SIG_DFL);
	raise(number);
}

/* From a block of just that size, so that a sanitizer sees reads behind it. */
static void run(const struct sp_buffer *bytes)
{
	uint8_t *exact = malloc(bytes->n == 0 ? 1 : bytes->n);

	if (exact == NULL)
		die("malloc");
	if (bytes->n != 0)
		memcpy(exact, bytes->p, bytes->n);
	running = exact;
	running_size = bytes->n;
	LLVMFuzzerTestOneInput(exact, bytes->n);
	running = NULL;
	free(exact);
}

/* Writes `size` bytes of a number that is often just beyond a limit. */
static void set_number(struct sp_buffer *b, size_t size)
{
	static const int64_t numbers[] = { 0, 1, -1, -2, 2, 3, 4, 7, 8, 16, 0x7f, 0x80, 0xff, 0x100,
		0x7fff, 0x8000, 0xffff, 0x10000, INT32_MAX, INT32_MIN, INT64_MAX, INT64_MIN };
	uint64_t v = (uint64_t)numbers[below(sp_countof(numbers))];
	size_t at;

	if (b->n < size)
		return;
	at = below(b->n - size + 1);
	for (size_t i = 0; i < size; i++)
		b->p[at + i] = (uint8_t)(v >> 8 * (size - 1 - i));
}

/* Puts a piece of another input in the place of one of this. */
static void splice(struct sp_buffer *b)
{
	const struct sp_buffer *from = &inputs[below(n_inputs)];
	size_t start = below(from->n + 1);
	size_t n = below((from->n - start < 512 ? from->n - start : 512) + 1);
	size_t at = below(b->n + 1);
	size_t gone = below((b->n - at < 512 ? b->n - at : 512) + 1);

	sp_buffer_reserve(b, n);
	memmove(b->p + at + n, b->p + at + gone, b->n - at - gone);
	if (n != 0)
		memcpy(b->p + at, from->p + start, n);
	b->n = b->n - gone + n;
}

static void mutate_once(struct sp_buffer *b)
{
	switch (below(8)) {
	case 0:
	case 1:
		if (b->n != 0)
			b->p[below(b->n)] ^= (uint8_t)(1U << below(8));
		break;
	case 2:
		if (b->n != 0)
			b->p[below(b->n)] = (uint8_t)below(256);
		break;
	case 3: b->n = below(b->n + 1); break;
	case 4: splice(b); break;
	case 5: set_number(b, 1); break;
	case 6: set_number(b, 4); break;
	default: set_number(b, below(2) == 0 ? 2 : 8); break;
	}
}

static void run_mutated(const struct sp_buffer *original)
{
	sp_auto_buffer b = { 0 };

	sp_buffer_bytes(&b, sp_buffer_slice(original));
	for (size_t i = 1 + below(4); i > 0; i--)
		mutate_once(&b);
	run(&b);
}

static int usage(void)
{
	fprintf(stderr, "usage: fuzz [--mutate N SEED] FILE|DIRECTORY...\n");
	return 2;
}

int main(int argc, char **argv)
{
	int first = 1;

	if (argc > 3 && strcmp(argv[1], "--mutate") == 0) {
		n_mutations = strtoul(argv[2], NULL, 10);
		state = strtoull(argv[3], NULL, 10) * 0x9e3779b97f4a7c15U | 1;
		first = 4;
	}
	if (first >= argc)
		return usage();
	signal(SIGABRT, on_signal);
	signal(SIGSEGV, on_signal);
	for (int i = first; i < argc; i++)
		add(argv[i]);
	for (size_t i = 0; i < n_inputs; i++) {
		run(&inputs[i]);
		for (unsigned long k = 0; k < n_mutations; k++)
			run_mutated(&inputs[i]);
	}
	printf("%zu files, %lu mutations\n", n_inputs, n_inputs * n_mutations);
	for (size_t i = 0; i < n_inputs; i++)
		sp_buffer_free(&inputs[i]);
	free(inputs);
	return n_inputs == 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
