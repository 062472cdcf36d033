/* A scratch directory of a test's own, removed with all that is in it. */
#ifndef SCRATCH_H
#define SCRATCH_H

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "error.h"

static inline char *scratch_make(void)
{
	const char *tmp = getenv("TMPDIR");
	char *path;

	if (asprintf(&path, "%s/savepoint-test.XXXXXX", tmp == NULL ? "/tmp" : tmp) < 0 ||
		mkdtemp(path) == NULL)
		sp_abort("no scratch directory");
	return path;
}

static inline int scratch_remove_one(
	const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)st;
	(void)type;
	(void)at;
	return remove(path);
}

static inline void scratch_remove(char *path)
{
	nftw(path, scratch_remove_one, 16, FTW_DEPTH | FTW_PHYS);
	free(path);
}

/* Number of files and directories below `path`, itself excluded. */
static int scratch_counted;

static inline int scratch_count_one(
	const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)path;
	(void)st;
	(void)type;
	scratch_counted += at->level > 0;
	return 0;
}

static inline int scratch_count(const char *path)
{
	scratch_counted = 0;
	nftw(path, scratch_count_one, 16, FTW_PHYS);
	return scratch_counted;
}

#endif
