/* The files of tests/data: TEST_DATA is that directory. */
#ifndef DATA_H
#define DATA_H

#include <check.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#include "buffer.h"

/* Appends the file to `out`. */
static inline void data_read(const char *directory, const char *name, struct sp_buffer *out)
{
	char path[4096];
	size_t n;
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s/%s", getenv("TEST_DATA"), directory, name);
	f = fopen(path, "rb");
	ck_assert_msg(f != NULL, "cannot open %s", path);
	do {
		n = fread(sp_buffer_reserve(out, 65536), 1, 65536, f);
		out->n += n;
	} while (n != 0);
	fclose(f);
}

static inline int data_is_file(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

/* Calls `each` with every file of the directory, by name; gives their number. */
static inline int data_for_each(
	const char *directory, void (*each)(const char *name, struct sp_slice bytes))
{
	struct dirent **entries;
	char path[4096];
	int n;

	snprintf(path, sizeof(path), "%s/%s", getenv("TEST_DATA"), directory);
	n = scandir(path, &entries, data_is_file, alphasort);
	ck_assert_msg(n >= 0, "cannot list %s", path);
	for (int i = 0; i < n; i++) {
		sp_auto_buffer bytes = { 0 };

		data_read(directory, entries[i]->d_name, &bytes);
		each(entries[i]->d_name, sp_buffer_slice(&bytes));
		free(entries[i]);
	}
	free(entries);
	return n;
}

#endif
