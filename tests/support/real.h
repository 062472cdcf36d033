/* The real snapshots of tests/data/snapshots, whose names begin with the release that wrote them.
 */
#ifndef REAL_H
#define REAL_H

#include <check.h>
#include <dirent.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "error.h"

static char real_found[4096];

static inline int real_look(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)st;
	if (type != FTW_F || strcmp(path + at->base, "_metadata") != 0)
		return 0;
	snprintf(real_found, sizeof(real_found), "%.*s", at->base - 1, path);
	return 1;
}

static inline int real_is_name(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

/* Calls `each` with the name and the directory of the metadata; gives their number. */
static inline int real_for_each(void (*each)(const char *name, const char *directory))
{
	struct dirent **entries;
	char path[2048], below[4096];
	int n;

	snprintf(path, sizeof(path), "%s/snapshots", getenv("TEST_DATA"));
	n = scandir(path, &entries, real_is_name, alphasort);
	ck_assert_msg(n >= 0, "cannot list %s", path);
	for (int i = 0; i < n; i++) {
		snprintf(below, sizeof(below), "%s/%s", path, entries[i]->d_name);
		ck_assert_msg(nftw(below, real_look, 16, FTW_PHYS) == 1, "nothing in %s", below);
		each(entries[i]->d_name, real_found);
		free(entries[i]);
	}
	free(entries);
	return n;
}

#endif
