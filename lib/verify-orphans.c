/*
 * Files that nothing refers to, where they can be nobody else's:
 *
 *	<savepoint>/…                     all below it
 *	<root>/<job id>/chk-<n>/…         all below it
 *	<root>/<job id>/shared/…          all below them, if no other checkpoint of the job is
 *there: <root>/<job id>/taskowned/…       all of them share these two
 *
 * A directory with a _metadata of its own is another snapshot.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "path.h"
#include "verify-internal.h"

#define DEPTH_MAX 8       /* Flink makes two levels */
#define CHECKPOINT "chk-" /* AbstractFsCheckpointStorageAccess.CHECKPOINT_DIR_PREFIX */

struct orphans {
	struct sp_source *source;
	struct sp_findings *findings;
	const char *const *paths;
	size_t n;
	unsigned depth;
	struct sp_error *err;
};

/* 1: there is such a file or directory. */
static int is_there(struct orphans *self, const char *directory, const char *name)
{
	char *path = sp_path_join(directory, name);
	struct sp_stat stat;
	int r = sp_stat(self->source->store, path, &stat, self->err);

	free(path);
	return r;
}

static int compare_paths(const void *a, const void *b)
{
	const char *const *x = a, *const *y = b;

	return strcmp(*x, *y);
}

static int visit(const char *path, const struct sp_stat *stat, void *arg);

static int descend(struct orphans *self, const char *path)
{
	int r;

	if (self->depth == DEPTH_MAX)
		return 0;
	r = is_there(self, path, "_metadata");
	if (r != 0)
		return r < 0 ? r : 0;
	self->depth++;
	r = sp_list(self->source->store, path, visit, self, self->err);
	self->depth--;
	return r;
}

static int visit(const char *path, const struct sp_stat *stat, void *arg)
{
	struct orphans *self = arg;

	if (stat->directory)
		return descend(self, path);
	if (strcmp(path, self->source->metadata_path) == 0)
		return 0;
	if (self->n > 0 &&
		bsearch(&path, self->paths, self->n, sizeof(*self->paths), compare_paths) != NULL)
		return 0;
	sp_find(self->findings, SP_FIND_ORPHAN, NULL, NULL, "'%s': %" PRIu64 " bytes", path,
		stat->size);
	return 0;
}

static bool is_checkpoint(const char *path)
{
	return strncmp(sp_path_base(path), CHECKPOINT, strlen(CHECKPOINT)) == 0;
}

/* Ends with 1 at another checkpoint of the job. */
static int visit_sibling(const char *path, const struct sp_stat *stat, void *arg)
{
	const struct orphans *self = arg;

	return stat->directory && is_checkpoint(path) && strcmp(path, self->source->directory) != 0;
}

static int look_below(struct orphans *self, const char *job, const char *name)
{
	char *path;
	int r = is_there(self, job, name);

	if (r <= 0)
		return r;
	path = sp_path_join(job, name);
	r = sp_list(self->source->store, path, visit, self, self->err);
	free(path);
	return r;
}

static int look_into_job(struct orphans *self, const char *job)
{
	int r = sp_list(self->source->store, job, visit_sibling, self, self->err);

	if (r != 0)
		return r < 0 ? r : 0;
	r = look_below(self, job, "shared");
	return r < 0 ? r : look_below(self, job, "taskowned");
}

/* A savepoint that is one file (Flink 1.2) has no directory of its own. */
int sp_verify_orphans(struct sp_source *source, struct sp_findings *findings,
	const char *const *paths, size_t n, struct sp_error *err)
{
	struct orphans self = {
		.source = source, .findings = findings, .paths = paths, .n = n, .err = err
	};
	char *job;
	int r;

	if (strcmp(sp_path_base(source->metadata_path), "_metadata") != 0 ||
		source->store->ops->list == NULL)
		return 0;
	r = sp_list(source->store, source->directory, visit, &self, err);
	if (r < 0 || !is_checkpoint(source->directory))
		return r;
	job = sp_path_parent(source->directory);
	r = look_into_job(&self, job);
	free(job);
	return r;
}
