#include "spool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/types.h>
#include <unistd.h>

#include "interrupt.h"

#define BLOCK_MIN ((size_t)4 * 1024) /* bytes read from the file at a time */
#define BLOCK_MAX ((size_t)256 * 1024)

struct sp_spool {
	size_t memory;
	const char *tmpdir;
	/* The last bytes written, which are not in the file; when it is read, what was read. */
	struct sp_buffer held;
	size_t taken; /* of `held`, while the spool is read */
	int file;     /* -1: none yet */
	uint64_t in_file, read;
	bool reading;
};

struct sp_spool *sp_spool_new(size_t memory, const char *tmpdir)
{
	struct sp_spool *self = calloc(1, sizeof(*self));

	if (self == NULL)
		sp_abort("out of memory");
	self->memory = memory;
	self->tmpdir = tmpdir;
	self->file = -1;
	return self;
}

static int fail(const struct sp_spool *self, int errno_value, struct sp_error *err)
{
	sp_fail_errno(err, errno_value, "%s: scratch file", self->tmpdir);
	if (errno_value == ENOSPC || errno_value == EDQUOT)
		return sp_hint(err, "--tmpdir names another directory, --memory needs less of it");
	return err->code;
}

/* A file without a name; where the file system cannot make one, with a name that is gone at once.
 */
static int open_file(struct sp_spool *self, struct sp_error *err)
{
	char *path;

	self->file = open(self->tmpdir, O_TMPFILE | O_RDWR | O_CLOEXEC | O_EXCL, 0600);
	if (self->file >= 0)
		return 0;
	if (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL)
		return fail(self, errno, err);
	if (asprintf(&path, "%s/savepoint-XXXXXX", self->tmpdir) < 0)
		sp_abort("out of memory");
	self->file = mkostemp(path, O_CLOEXEC);
	if (self->file < 0)
		fail(self, errno, err);
	else
		unlink(path);
	free(path);
	return self->file < 0 ? err->code : 0;
}

static int put(struct sp_spool *self, struct sp_slice bytes, struct sp_error *err)
{
	if (self->file < 0 && open_file(self, err) < 0)
		return err->code;
	while (bytes.n > 0) {
		ssize_t n = pwrite(self->file, bytes.p, bytes.n, (off_t)self->in_file);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return fail(self, errno, err);
		self->in_file += (size_t)n;
		bytes = sp_slice(bytes.p + n, bytes.n - (size_t)n);
	}
	return 0;
}

static int put_held(struct sp_spool *self, struct sp_error *err)
{
	if (put(self, sp_buffer_slice(&self->held), err) < 0)
		return err->code;
	self->held.n = 0;
	return 0;
}

int sp_spool_write(struct sp_spool *self, struct sp_slice bytes, struct sp_error *err)
{
	if (bytes.n > self->memory - self->held.n) {
		if (put_held(self, err) < 0)
			return err->code;
		if (bytes.n > self->memory)
			return put(self, bytes, err);
	}
	sp_buffer_bytes(&self->held, bytes);
	return 0;
}

uint64_t sp_spool_size(const struct sp_spool *self)
{
	return self->reading && self->in_file > 0 ? self->in_file : self->in_file + self->held.n;
}

/* Fills `held` with the next bytes of the file, about as many as are asked for. */
static int get(struct sp_spool *self, size_t most, struct sp_error *err)
{
	uint64_t left = self->in_file - self->read;
	size_t want = most < BLOCK_MIN ? BLOCK_MIN : most > BLOCK_MAX ? BLOCK_MAX : most;
	ssize_t n;

	if (want > left)
		want = (size_t)left;
	if (sp_interrupt_check(err) < 0)
		return err->code;
	self->held.n = 0;
	self->taken = 0;
	sp_buffer_reserve(&self->held, want);
	do
		n = pread(self->file, self->held.p, want, (off_t)self->read);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return fail(self, errno, err);
	if (n == 0 && want > 0)
		return sp_fail(err, SP_EIO, "%s: scratch file is cut short", self->tmpdir);
	self->held.n = (size_t)n;
	self->read += (size_t)n;
	return 0;
}

int sp_spool_read(struct sp_spool *self, size_t most, struct sp_slice *ret, struct sp_error *err)
{
	size_t n;

	if (!self->reading && self->in_file > 0 && put_held(self, err) < 0)
		return err->code;
	self->reading = true;
	if (self->taken == self->held.n && self->read < self->in_file && get(self, most, err) < 0)
		return err->code;
	n = self->held.n - self->taken;
	if (n == 0)
		return 0;
	*ret = sp_slice(self->held.p + self->taken, n < most ? n : most);
	self->taken += ret->n;
	return 1;
}

int sp_spool_clear(struct sp_spool *self, struct sp_error *err)
{
	if (self->in_file > 0 && ftruncate(self->file, 0) < 0)
		return fail(self, errno, err);
	self->held.n = 0;
	self->taken = 0;
	self->in_file = 0;
	self->read = 0;
	self->reading = false;
	return 0;
}

void sp_spool_free(struct sp_spool *self)
{
	if (self == NULL)
		return;
	if (self->file >= 0)
		close(self->file);
	sp_buffer_free(&self->held);
	free(self);
}
