#include "sort-piece.h"

#include "interrupt.h"

int sp_sort_writer_begin(struct sp_sort_writer *self, struct sp_scratch_file *file, uint64_t size,
	struct sp_error *err)
{
	self->bytes.n = 0;
	self->at = 0;
	self->piece = (struct sp_sort_piece){ .file = file };
	if (file != NULL && sp_scratch_file_reserve(file, size, &self->at, err) < 0)
		return err->code;
	self->piece.start = self->at;
	return 0;
}

static int write_bytes(struct sp_sort_writer *self, struct sp_slice bytes, struct sp_error *err)
{
	if (sp_interrupt_check(err) < 0 ||
		sp_scratch_file_write(self->piece.file, self->at, bytes, err) < 0)
		return err->code;
	self->at += bytes.n;
	return 0;
}

static int flush(struct sp_sort_writer *self, struct sp_error *err)
{
	if (write_bytes(self, sp_buffer_slice(&self->bytes), err) < 0)
		return err->code;
	self->bytes.n = 0;
	return 0;
}

int sp_sort_writer_put(
	struct sp_sort_writer *self, const struct sp_sort_row *row, struct sp_error *err)
{
	size_t n = SP_SORT_HEAD_BYTES + SP_SORT_GROUP_BYTES + row->key.n;
	uint8_t *p;

	if (n - SP_SORT_HEAD_BYTES > self->piece.largest_key)
		self->piece.largest_key = n - SP_SORT_HEAD_BYTES;
	if (self->piece.file != NULL && self->bytes.n + n + row->value.n > self->memory &&
		flush(self, err) < 0)
		return err->code;
	p = sp_buffer_reserve(&self->bytes, n);
	sp_set_be32(p, (uint32_t)row->key.n);
	sp_set_be32(p + 4, (uint32_t)row->value.n);
	sp_set_be32(p + SP_SORT_HEAD_BYTES, row->group);
	if (row->key.n > 0)
		memcpy(p + n - row->key.n, row->key.p, row->key.n);
	self->bytes.n += n;
	if (self->piece.file == NULL || n + row->value.n <= self->memory) {
		sp_buffer_bytes(&self->bytes, row->value);
		return 0;
	}
	return flush(self, err) < 0 ? err->code : write_bytes(self, row->value, err);
}

int sp_sort_writer_end(struct sp_sort_writer *self, struct sp_sort_piece *ret, struct sp_error *err)
{
	if (self->piece.file == NULL)
		self->piece.held = sp_buffer_slice(&self->bytes);
	else if (flush(self, err) < 0)
		return err->code;
	self->piece.end = self->at;
	*ret = self->piece;
	return 0;
}

void sp_sort_writer_free(struct sp_sort_writer *self)
{
	sp_buffer_free(&self->bytes);
}
