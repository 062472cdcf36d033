/*
 * Spool: bytes that are written once and read back once, front to back; in memory while they are
 * few, else in a scratch file that is gone when the spool is (it has no name).
 */
#ifndef SP_SPOOL_H
#define SP_SPOOL_H

#include "bytes.h"
#include "buffer.h"

struct sp_spool;

/* At most `memory` bytes stay in memory; `tmpdir` outlives the spool. */
struct sp_spool *sp_spool_new(size_t memory, const char *tmpdir);

int sp_spool_write(struct sp_spool *spool, struct sp_slice bytes, struct sp_error *err);

/* Bytes in it. */
uint64_t sp_spool_size(const struct sp_spool *spool);

/* The next piece, of at most `most` bytes, borrowed until the next call. 1: a piece; 0: the end. */
int sp_spool_read(struct sp_spool *spool, size_t most, struct sp_slice *ret, struct sp_error *err);

/* Empty again, to be written anew. */
int sp_spool_clear(struct sp_spool *spool, struct sp_error *err);

/* Takes NULL. */
void sp_spool_free(struct sp_spool *spool);
SP_DEFINE_CLEANUP(sp_spool, sp_spool_free)

#endif
