/*
 * Formats: the layouts in which backends snapshot managed keyed state. One driver per layout, in
 * formats/; the table of them is handed to lib/, which names none.
 */
#ifndef SP_FORMAT_H
#define SP_FORMAT_H

#include "source.h"
#include "stream.h"

/* What a driver may use while it works: one job's share. */
struct sp_budget {
	size_t memory;      /* bytes of buffers */
	const char *tmpdir; /* for scratch files */
};

/* A keyed handle in its place. */
struct sp_keyed_place {
	struct sp_source *source;
	const struct sp_operator *op;
	const struct sp_subtask *subtask;
	const struct sp_keyed_handle *handle;
};

/* Where a writer puts its bytes; see sp_output_create() in migrate.c. */
struct sp_output;

struct sp_writer;
struct sp_writer_ops {
	int (*put)(struct sp_writer *writer, const struct sp_row *row, struct sp_error *err);
	/* The handle that metadata will point at; its arrays live in `arena`. */
	int (*finish)(struct sp_writer *writer, struct sp_arena *arena, struct sp_keyed_handle *ret,
		struct sp_error *err);
	void (*free)(struct sp_writer *writer);
};

struct sp_writer {
	const struct sp_writer_ops *ops;
};

/* What a writer must know. */
struct sp_writer_plan {
	struct sp_tree *tree;
	const char *name; /* of the files it makes: unique in the tree, the same in every run */
	const struct sp_keyed_header *header; /* lives longer than the writer */
	int32_t start, count;                 /* key groups */
	int32_t max_parallelism;
	size_t inline_threshold; /* state of at most this many bytes goes into _metadata */
	struct sp_budget budget;
};

struct sp_format {
	const char *name;        /* as `--to` takes it and `inspect` shows it */
	const char *description; /* in words, for messages: "heap native (hashmap backend)" */
	/* 1: this handle is in this layout; 0: it is not. May read the first bytes of the data. */
	int (*claim)(const struct sp_keyed_place *place, struct sp_error *err);
	/* NULL: cannot be read. */
	int (*open)(const struct sp_keyed_place *place, const struct sp_budget *budget,
		struct sp_stream **ret, struct sp_error *err);
	/* NULL: cannot be written. */
	int (*create)(
		const struct sp_writer_plan *plan, struct sp_writer **ret, struct sp_error *err);
};

/* All formats, NULL-terminated, in the order in which they are asked; in formats/formats.c. */
extern const struct sp_format *const sp_formats[];

/* By name or other spelling ("fs", "heap"); NULL if there is none. */
const struct sp_format *sp_format_by_name(const char *name);

/* The format of a keyed handle; SP_EUNSUPPORTED if none claims it. */
int sp_format_of(
	const struct sp_keyed_place *place, const struct sp_format **ret, struct sp_error *err);

/* SP_EDAMAGED if the handle has key groups that its operator has not. */
int sp_check_key_groups(const struct sp_keyed_place *place, struct sp_error *err);

static inline int sp_put(struct sp_writer *writer, const struct sp_row *row, struct sp_error *err)
{
	return writer->ops->put(writer, row, err);
}

/* Takes NULL; unfinished, it leaves nothing behind. */
static inline void sp_writer_free(struct sp_writer *writer)
{
	if (writer != NULL)
		writer->ops->free(writer);
}
SP_DEFINE_CLEANUP(sp_writer, sp_writer_free)

#endif
