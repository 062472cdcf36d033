/*
 * The one pipeline: from a snapshot at one place to a snapshot at another.
 *
 * Keyed state passes as rows from a reader to a writer, one job per subtask; operator state, raw
 * state and coordinator state are carried over as they are. Whatever cannot be carried is refused
 * before the first byte is written, and the result appears whole or not at all.
 */
#ifndef SP_MIGRATE_H
#define SP_MIGRATE_H

#include "counters.h"
#include "filter.h"
#include "format.h"

/* Flink's default of execution.checkpointing.data-inline-threshold since 1.13. */
#define SP_INLINE_THRESHOLD ((size_t)20 * 1024)

/* The oldest release that results are made for: the first with relative paths. */
#define SP_MIGRATION_RELEASE_MIN SP_RELEASE(1, 11)

/* What becomes of an operator. */
struct sp_scale {
	int32_t parallelism, max_parallelism; /* of the result */
	const char *key_hash; /* as sp_key_hash_parse() takes it; NULL: it is found out */
};

struct sp_migration {
	struct sp_source *source;       /* borrowed, as all of these */
	const struct sp_format *target; /* layout of the keyed state */
	const struct sp_format *from; /* NULL, or the only layout but canonical that is accepted */
	struct sp_store *store;
	const char *directory; /* in `store` */
	bool replace;          /* a snapshot that is there */
	int jobs;
	size_t memory; /* of all jobs together */
	const char *tmpdir;
	size_t inline_threshold;
	/*
	 * That is to restore the result, SP_MIGRATION_RELEASE_MIN to SP_RELEASE_NEWEST: what it
	 * cannot read is refused or written anew. 0: the releases that can have written the source.
	 */
	sp_release release;
	const struct sp_expiry *expiry; /* NULL: nothing expires */
	/* One for each operator of the source, in its order; NULL: all stay as they are. */
	const struct sp_scale *scales;
	bool drop_in_flight; /* records in flight may be lost, which no other parallelism takes */
	bool dry_run;        /* plan and check, write nothing */
	struct sp_counters *counters;
};

struct sp_migration_operator {
	const struct sp_operator *op; /* of the source */
	const struct sp_format *from; /* NULL: no keyed state */
	uint64_t rows;
	uint64_t bytes_read;                  /* keyed state, as the source stores it */
	uint64_t bytes_written;               /* keyed state, as the result stores it */
	uint64_t bytes_carried;               /* state of other kinds, which passes as it is */
	int32_t parallelism, max_parallelism; /* of the result */
	/* Where keys moved to other key groups: by which function (NULL: the new maximum divides
	 * the old one, so that none is needed), how many keys it was found to hold for, and by how
	 * many bits they prove it (0 where it is known, not inferred). */
	bool moved;
	const char *key_hash;
	uint64_t keys;
	double margin;
};

struct sp_migration_result {
	struct sp_arena *arena;                  /* owns what is below; freed by the caller */
	struct sp_migration_operator *operators; /* in the order of the source */
	size_t n_operators;
	uint64_t rows, bytes_read, bytes_written, bytes_carried;
	uint64_t dropped;            /* bytes of records in flight */
	size_t files;                /* written, _metadata included; in a dry run at most so many */
	sp_release release;          /* that restores the result */
	int32_t version;             /* of the result's metadata */
	struct sp_releases releases; /* that can read the result's metadata */
};

/* Frees the arena. */
void sp_migration_result_free(struct sp_migration_result *result);

/*
 * The layout that the keyed state of the source has, that of a changelog's materialized parts
 * included; canonical where there is none. SP_EUNSUPPORTED where it has several.
 */
int sp_migration_layout(
	struct sp_source *source, const struct sp_format **ret, struct sp_error *err);

/*
 * Runs it. `ret` is to be freed also after an error. SP_EUNSUPPORTED names operator, subtask and
 * what cannot be done; SP_EDAMAGED the file and offset.
 */
int sp_migrate(const struct sp_migration *migration, struct sp_migration_result *ret,
	struct sp_error *err);

#endif
