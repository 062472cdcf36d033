/*
 * Outlet: bytes that end up inline in _metadata if they are few, else in a file of the tree, as
 * FsCheckpointStreamFactory does with `execution.checkpointing.data-inline-threshold`.
 */
#ifndef SP_OUTLET_H
#define SP_OUTLET_H

#include "snapshot.h"
#include "store.h"

struct sp_outlet;

/* `name` names the file, or the inline handle; the tree and the name outlive the outlet. */
struct sp_outlet *sp_outlet_new(struct sp_tree *tree, const char *name, size_t inline_threshold);

int sp_outlet_write(struct sp_outlet *outlet, struct sp_slice bytes, struct sp_error *err);

/* Exactly n bytes of the file at `offset`; fewer there is SP_EDAMAGED. */
int sp_outlet_copy(struct sp_outlet *outlet, struct sp_file *file, uint64_t offset, uint64_t n,
	struct sp_error *err);

/* Bytes written so far. */
uint64_t sp_outlet_size(const struct sp_outlet *outlet);

/* Completes the bytes; the handle that refers to them lives in `arena`. */
int sp_outlet_finish(struct sp_outlet *outlet, struct sp_arena *arena, struct sp_handle *ret,
	struct sp_error *err);

/* Takes NULL; an unfinished file goes away. */
void sp_outlet_free(struct sp_outlet *outlet);
SP_DEFINE_CLEANUP(sp_outlet, sp_outlet_free)

#endif
