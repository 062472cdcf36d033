/*
 * Formats: the layouts in which backends snapshot managed keyed state. One driver per layout, in
 * formats/; the table of them is handed to lib/, which names none.
 */
#ifndef SP_FORMAT_H
#define SP_FORMAT_H

#include "key-group.h"
#include "source.h"
#include "stream.h"
#include "value.h"

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
	struct sp_key_groups only; /* of the handle's key groups; none (0, 0): all of them */
};

/* A handle with all its key groups. */
static inline struct sp_keyed_place sp_place(struct sp_source *source, const struct sp_operator *op,
	const struct sp_subtask *subtask, const struct sp_keyed_handle *handle)
{
	return (struct sp_keyed_place){
		.source = source, .op = op, .subtask = subtask, .handle = handle
	};
}

/* The key groups that are wanted, as far as the handle has them. */
struct sp_key_groups sp_place_groups(const struct sp_keyed_place *place);

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
	sp_release release;      /* that is to restore it */
	enum sp_kryo kryo;       /* that wrote the values */
	int64_t checkpoint_id;   /* of the snapshot */
	struct sp_budget budget;
};

/* Key groups that are to be cut out of handles and put into one. */
struct sp_cut {
	const struct sp_keyed_place *places; /* ascending; what is `only` of them makes the range */
	size_t n_places;
	struct sp_tree *tree;
	const char *name; /* as of a writer */
	int32_t start, count;
	size_t inline_threshold;
};

struct sp_findings;

struct sp_format {
	const char *name;        /* as `--to` takes it and `inspect` shows it */
	const char *description; /* in words, for messages: "heap native (hashmap backend)" */
	bool canonical;          /* it belongs to no backend */
	bool passes_whole; /* its data may pass to a layout with the same `open` without being read
			    */
	/* 1: this handle is in this layout; 0: it is not. May read the first bytes of the data. */
	int (*claim)(const struct sp_keyed_place *place, struct sp_error *err);
	/* sp_format_header(); NULL: it lies where sp_source_read_keyed_header() finds it. */
	int (*header)(const struct sp_keyed_place *place, struct sp_arena *arena,
		const struct sp_keyed_header **ret, struct sp_error *err);
	int (*open)(const struct sp_keyed_place *place, const struct sp_budget *budget,
		struct sp_stream **ret, struct sp_error *err);
	/*
	 * Adds what is wrong with the files that make the handle, as far as their first and last
	 * bytes tell; the header was looked at, and those that are missing or of a wrong size are
	 * findings already. Fails only where input/output fails. NULL: nothing more is told.
	 */
	int (*verify_files)(const struct sp_keyed_place *place, struct sp_findings *findings,
		struct sp_error *err);
	/*
	 * Looks at all bytes of the handle's files, as far as checksums and structure go, and adds
	 * what is wrong. Fails only where input/output fails. NULL: what is wrong shows when its
	 * rows are read.
	 */
	int (*verify)(const struct sp_keyed_place *place, const struct sp_budget *budget,
		struct sp_findings *findings, struct sp_error *err);
	/*
	 * Moves key groups as they lie there, without decoding a row; the handle's arrays live in
	 * `arena`. 1: done; 0: they cannot be put together undecoded, since they lie below
	 * different headers or in other layouts, and nothing was written. NULL: never.
	 */
	int (*cut)(const struct sp_cut *cut, struct sp_arena *arena, struct sp_keyed_handle *ret,
		struct sp_error *err);
	enum sp_order order; /* of rows that its writer needs */
	/* SP_EUNSUPPORTED for states that its writer has no room for. NULL: there are none such. */
	int (*check)(const struct sp_keyed_header *header, struct sp_error *err);
	uint64_t inline_limit; /* all state, operator state too, has to lie in _metadata, and no
				  handle's is larger than this; 0: no such rule */
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

/*
 * The header that the stream of this handle would have, in `arena`. Reads the log of a changelog,
 * but no rows. 1: the header; 0: handles of this kind have none.
 */
int sp_format_header(const struct sp_format *format, const struct sp_keyed_place *place,
	struct sp_arena *arena, const struct sp_keyed_header **ret, struct sp_error *err);

/* SP_EUNSUPPORTED if state of one handle is more than may lie inline where all of it has to. */
int sp_check_inline_limit(const struct sp_format *format, uint64_t size, struct sp_error *err);

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
