/*
 * Scratch file: bytes on disk that are gone with whoever holds them, since the file has no name.
 * It is made when room in it is first asked for.
 */
#ifndef SP_SCRATCH_FILE_H
#define SP_SCRATCH_FILE_H

#include "bytes.h"

struct sp_scratch_file;

/* `tmpdir` outlives it. */
struct sp_scratch_file *sp_scratch_file_new(const char *tmpdir);

/* Room for n bytes behind all that was given before. One thread at a time. */
int sp_scratch_file_reserve(
	struct sp_scratch_file *file, uint64_t n, uint64_t *ret, struct sp_error *err);

/* In room that was given; by several threads, each in its own. */
int sp_scratch_file_write(
	struct sp_scratch_file *file, uint64_t at, struct sp_slice bytes, struct sp_error *err);

/* Exactly n bytes that were written; by any thread. */
int sp_scratch_file_read(
	struct sp_scratch_file *file, uint64_t at, size_t n, uint8_t *ret, struct sp_error *err);

/* Empty again. */
int sp_scratch_file_clear(struct sp_scratch_file *file, struct sp_error *err);

/* Takes NULL. */
void sp_scratch_file_free(struct sp_scratch_file *file);
SP_DEFINE_CLEANUP(sp_scratch_file, sp_scratch_file_free)

#endif
