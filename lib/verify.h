/*
 * Verify: what is wrong with a snapshot, as findings with stable codes. Everything that Flink
 * accepts silently and pays for later is a finding, too.
 */
#ifndef SP_VERIFY_H
#define SP_VERIFY_H

#include "source.h"

enum sp_severity {
	SP_SEVERITY_NOTE,    /* a fact worth knowing; no finding */
	SP_SEVERITY_WARNING, /* restores, but not everywhere, or not for good */
	SP_SEVERITY_ERROR,   /* fails to restore, or restores something else */
};

/* "SP101" is 101. Codes are never given to something else. */
enum sp_finding_code {
	/* The metadata as a whole, and operators. */
	SP_FIND_TRAILING_BYTES = 101,
	SP_FIND_DUPLICATE_OPERATOR = 102,
	SP_FIND_DUPLICATE_SUBTASK = 103,
	SP_FIND_PARALLELISM = 104,
	SP_FIND_MAX_PARALLELISM = 105,
	SP_FIND_DIALECT_1_11 = 106,
	SP_FIND_DIALECT_1_14 = 107,
	SP_FIND_PARTLY_FINISHED = 108,
	SP_FIND_LEGACY_STATE = 109,
	SP_FIND_VERSION_1 = 110,
	SP_FIND_SUBTASK_INDEX = 111,
	SP_FIND_IN_FLIGHT = 112,
	SP_FIND_UID = 113,
	SP_FIND_INLINE_NAME = 114,
	SP_FIND_EMPTY_PATH = 115,
	SP_FIND_CHANNEL_OFFSET = 116,
	/* Keyed state. */
	SP_FIND_KEY_GROUP_RANGE = 201,
	SP_FIND_KEY_GROUP_OFFSET = 202,
	SP_FIND_KEY_GROUP_ORDER = 203,
	SP_FIND_NO_DATA = 204,
	SP_FIND_RELATIVE_SHARED = 205,
	SP_FIND_MIXED_SHARED = 206,
	SP_FIND_LOCAL_PATH = 207,
	SP_FIND_DUPLICATE_LOCAL_PATH = 208,
	SP_FIND_NO_TIMERS = 209,
	SP_FIND_CHANGELOG_OFFSET = 210,
	/* Operator state. */
	SP_FIND_SHARED_STREAM = 301,
	SP_FIND_BROADCAST_OFFSETS = 302,
	SP_FIND_ELEMENT_OFFSET = 303,
	SP_FIND_ELEMENT_ORDER = 304,
	SP_FIND_UNION_REPLICATED = 305,
	SP_FIND_MERGED_DIRECTORIES = 306,
	SP_FIND_DUPLICATE_STATE = 307,
	SP_FIND_EMPTY_MERGED = 308,
	/* Files. */
	SP_FIND_MISSING = 401,
	SP_FIND_MOVED = 402,
	SP_FIND_SIZE = 403,
	SP_FIND_OUTSIDE = 404,
	SP_FIND_SEGMENT = 405,
	SP_FIND_ELSEWHERE = 406,
	SP_FIND_ORPHAN = 407,
	/* What is in them. */
	SP_FIND_KEYED_HEADER = 501,
	SP_FIND_KEYED_HEADER_UNKNOWN = 502,
	SP_FIND_COMPRESSED_GROUP = 503,
	SP_FIND_OPERATOR_HEADER = 504,
	SP_FIND_CHANNEL_HEADER = 505,
	SP_FIND_CHANGELOG_HEADER = 506,
	SP_FIND_NO_CURRENT = 507,
	SP_FIND_NO_MANIFEST = 508,
	SP_FIND_SST = 509,
	SP_FIND_SST_VERSION = 510,
};

/* What a code means; English, a clause each, without a full stop. */
struct sp_finding_kind {
	enum sp_finding_code code;
	enum sp_severity severity;
	const char *title;
	const char *consequence; /* for a restore */
	const char *remedy;      /* "" for none */
};
extern const struct sp_finding_kind sp_finding_kinds[];
extern const size_t sp_n_finding_kinds;

/* "error", "warning", "note" */
const char *sp_severity_text(enum sp_severity severity);

struct sp_finding {
	const struct sp_finding_kind *kind;
	const struct sp_operator *op; /* NULL: the snapshot as a whole */
	int32_t subtask;              /* -1: the operator as a whole */
	const char *text;             /* what was found; UTF-8 */
	size_t order;                 /* in which it was found */
};

struct sp_findings {
	struct sp_arena *arena; /* holds the texts */
	struct sp_finding *list;
	size_t n, capacity;
};

/* Findings point at operators of the snapshot, which lives longer. */
void sp_findings_init(struct sp_findings *findings);
void sp_findings_free(struct sp_findings *findings);
/* `op` and `subtask` may be NULL. */
void sp_find(struct sp_findings *findings, enum sp_finding_code code, const struct sp_operator *op,
	const struct sp_subtask *subtask, const char *fmt, ...) sp_printf(5, 6);
/* By place: the whole, then operator by operator in the order of the file, then subtasks. */
void sp_findings_sort(struct sp_findings *findings);
size_t sp_findings_count(const struct sp_findings *findings, enum sp_severity severity);

/* Adds what the metadata itself tells; nothing else is read. */
void sp_verify_metadata(struct sp_source *source, struct sp_findings *findings);

/*
 * Adds what the files tell: are they there, in the right size, and are their first and last bytes
 * what they have to be. Fails only where input/output fails.
 */
int sp_verify_files(struct sp_source *source, struct sp_findings *findings, struct sp_error *err);

#endif
