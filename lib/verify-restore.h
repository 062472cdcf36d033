/*
 * Will it restore: what a release of Flink does with a snapshot, predicted from what that release
 * is known to read. A finding is either of the snapshot, or of one backend only; the latter count
 * where no backend that was asked for restores it.
 */
#ifndef SP_VERIFY_RESTORE_H
#define SP_VERIFY_RESTORE_H

#include "verify.h"

enum sp_backend {
	SP_BACKEND_HASHMAP, /* memory and filesystem before 1.13 */
	SP_BACKEND_ROCKSDB,
	SP_BACKEND_FORST, /* 2.0+ */
	SP_N_BACKENDS,
};

const char *sp_backend_text(enum sp_backend backend);

/* Why a backend does not restore it: findings of one code. */
struct sp_restore_reason {
	const struct sp_finding_kind *kind;
	const struct sp_operator *op; /* of the first; NULL: the snapshot as a whole */
	const char *text;             /* of the first */
	size_t n;
};

struct sp_restore_verdict {
	bool restores;
	struct sp_restore_reason *reasons; /* by code; none where it restores */
	size_t n;
};

struct sp_restore {
	/* What is asked. */
	sp_release release;  /* 1.11 or later */
	int32_t parallelism; /* of all operators; 0: as in the snapshot */
	unsigned backends;   /* bits 1 << enum sp_backend */
	/* What is told. */
	struct sp_restore_verdict verdicts[SP_N_BACKENDS];
	struct sp_arena *arena; /* owns the verdicts */
};

/*
 * Adds what the release does to the findings so far, sorts them, and judges: a backend restores
 * the snapshot if nothing that was found is an error. Fails only where input/output fails.
 */
int sp_verify_restore(struct sp_source *source, struct sp_restore *restore,
	struct sp_findings *findings, struct sp_error *err);
void sp_restore_free(struct sp_restore *restore);

/* "Flink 1.20: restores on hashmap, not on rocksdb: SP706 …" */
void sp_restore_text(const struct sp_restore *restore, struct sp_buffer *out);

#endif
