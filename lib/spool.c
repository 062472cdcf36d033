#include "spool.h"

#include "interrupt.h"
#include "scratch-file.h"

#define BLOCK_MIN ((size_t)4 * 1024) /* bytes read from the file at a time */
#define BLOCK_MAX ((size_t)256 * 1024)

struct sp_spool {
	size_t memory;
	/* The last bytes written, which are not in the file; when it is read, what was read. */
	struct sp_buffer held;
	size_t taken; /* of `held`, while the spool is read */
	struct sp_scratch_file *file;
	uint64_t in_file, read;
	bool reading;
};

struct sp_spool *sp_spool_new(size_t memory, const char *tmpdir)
{
	struct sp_spool *self = calloc(1, sizeof(*self));

	if (self == NULL)
		sp_abort("out of memory");
	self->memory = memory;
	self->file = sp_scratch_file_new(tmpdir);
	return self;
}

static int put(struct sp_spool *self, struct sp_slice bytes, struct sp_error *err)
{
	uint64_t at;

	if (sp_scratch_file_reserve(self->file, bytes.n, &at, err) < 0 ||
		sp_scratch_file_write(self->file, at, bytes, err) < 0)
		return err->code;
	self->in_file += bytes.n;
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

	if (want > left)
		want = (size_t)left;
	if (sp_interrupt_check(err) < 0)
		return err->code;
	self->held.n = 0;
	self->taken = 0;
	if (sp_scratch_file_read(
		    self->file, self->read, want, sp_buffer_reserve(&self->held, want), err) < 0)
		return err->code;
	self->held.n = want;
	self->read += want;
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
	if (sp_scratch_file_clear(self->file, err) < 0)
		return err->code;
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
	sp_scratch_file_free(self->file);
	sp_buffer_free(&self->held);
	free(self);
}
