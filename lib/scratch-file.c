#include "scratch-file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/types.h>
#include <unistd.h>

struct sp_scratch_file {
	const char *tmpdir;
	int fd;        /* -1: none yet */
	uint64_t size; /* room given */
};

struct sp_scratch_file *sp_scratch_file_new(const char *tmpdir)
{
	struct sp_scratch_file *self = calloc(1, sizeof(*self));

	if (self == NULL)
		sp_abort("out of memory");
	self->tmpdir = tmpdir;
	self->fd = -1;
	return self;
}

static int fail(const struct sp_scratch_file *self, int errno_value, struct sp_error *err)
{
	sp_fail_errno(err, errno_value, "%s: scratch file", self->tmpdir);
	if (errno_value == ENOSPC || errno_value == EDQUOT)
		return sp_hint(err, "--tmpdir names another directory, --memory needs less of it");
	return err->code;
}

/* Where the file system cannot make one without a name, it has one that is gone at once. */
static int open_file(struct sp_scratch_file *self, struct sp_error *err)
{
	char *path;

	self->fd = open(self->tmpdir, O_TMPFILE | O_RDWR | O_CLOEXEC | O_EXCL, 0600);
	if (self->fd >= 0)
		return 0;
	if (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL)
		return fail(self, errno, err);
	if (asprintf(&path, "%s/savepoint-XXXXXX", self->tmpdir) < 0)
		sp_abort("out of memory");
	self->fd = mkostemp(path, O_CLOEXEC);
	if (self->fd < 0)
		fail(self, errno, err);
	else
		unlink(path);
	free(path);
	return self->fd < 0 ? err->code : 0;
}

int sp_scratch_file_reserve(
	struct sp_scratch_file *self, uint64_t n, uint64_t *ret, struct sp_error *err)
{
	if (self->fd < 0 && open_file(self, err) < 0)
		return err->code;
	*ret = self->size;
	self->size += n;
	return 0;
}

int sp_scratch_file_write(
	struct sp_scratch_file *self, uint64_t at, struct sp_slice bytes, struct sp_error *err)
{
	while (bytes.n > 0) {
		ssize_t n = pwrite(self->fd, bytes.p, bytes.n, (off_t)at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return fail(self, errno, err);
		at += (size_t)n;
		bytes = sp_slice(bytes.p + n, bytes.n - (size_t)n);
	}
	return 0;
}

int sp_scratch_file_read(
	struct sp_scratch_file *self, uint64_t at, size_t n, uint8_t *ret, struct sp_error *err)
{
	while (n > 0) {
		ssize_t got = pread(self->fd, ret, n, (off_t)at);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return fail(self, errno, err);
		if (got == 0)
			return sp_fail(err, SP_EIO, "%s: scratch file is cut short", self->tmpdir);
		at += (size_t)got;
		ret += got;
		n -= (size_t)got;
	}
	return 0;
}

int sp_scratch_file_clear(struct sp_scratch_file *self, struct sp_error *err)
{
	if (self->size > 0 && ftruncate(self->fd, 0) < 0)
		return fail(self, errno, err);
	self->size = 0;
	return 0;
}

void sp_scratch_file_free(struct sp_scratch_file *self)
{
	if (self == NULL)
		return;
	if (self->fd >= 0)
		close(self->fd);
	free(self);
}
