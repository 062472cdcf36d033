/*
 * Verify: what is wrong with a snapshot, as findings with stable codes. Everything that Flink
 * accepts silently and pays for later is a finding, too.
 */
#ifndef SP_VERIFY_H
#define SP_VERIFY_H

#include "counters.h"
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
	/* Their blocks. */
	SP_FIND_SST_FOOTER = 511,
	SP_FIND_BLOCK_CHECKSUM = 512,
	SP_FIND_BLOCK = 513,
	SP_FIND_BLOCK_UNKNOWN = 514,
	SP_FIND_SST_GAP = 515,
	SP_FIND_SST_COUNT = 516,
	SP_FIND_MANIFEST = 517,
	SP_FIND_MANIFEST_UNKNOWN = 518,
	SP_FIND_TABLE_MISSING = 519,
	SP_FIND_TABLE_OTHER = 520,
	SP_FIND_TABLE_UNUSED = 521,
	SP_FIND_OPTIONS = 522,
	SP_FIND_COMPRESSED_DATA = 523,
	/* Rows, keys, elements. */
	SP_FIND_ROWS = 601,
	SP_FIND_ROW_KEY = 602,
	SP_FIND_ROW_VALUE = 603,
	SP_FIND_ROW_KEY_GROUP = 604,
	SP_FIND_WRONG_KEY_GROUP = 605,
	SP_FIND_WRONG_TIMER = 606,
	SP_FIND_DUPLICATE_KEY = 607,
	SP_FIND_ROW_ORDER = 608,
	SP_FIND_KEY_HASH = 609,
	SP_FIND_NO_KEY_HASH = 610,
	SP_FIND_OLD_KEY_HASH = 611,
	SP_FIND_NOT_CHECKED = 612,
	SP_FIND_OPAQUE = 613,
	SP_FIND_OPERATOR_DATA = 614,
	SP_FIND_ELEMENT = 615,
	SP_FIND_BROADCAST_DIFFERS = 616,
	SP_FIND_RAW_DATA = 617,
	SP_FIND_STATE_APART = 618,
	/* What a release does on restore. */
	SP_FIND_RESTORE_VERSION = 701,
	SP_FIND_RESTORE_HANDLE = 702,
	SP_FIND_RESTORE_DIALECT = 703,
	SP_FIND_RESTORE_FINISHED = 704,
	SP_FIND_RESTORE_COORDINATOR = 705,
	SP_FIND_RESTORE_LAYOUT = 706,
	SP_FIND_RESTORE_KEYED_HEADER = 707,
	SP_FIND_RESTORE_OPERATOR_HEADER = 708,
	SP_FIND_RESTORE_COMPRESSED = 709,
	SP_FIND_RESTORE_TYPE = 710,
	SP_FIND_RESTORE_KRYO = 711,
	SP_FIND_RESTORE_KIND = 712,
	SP_FIND_RESTORE_ASYNC = 713,
	SP_FIND_RESTORE_SST = 714,
	SP_FIND_RESTORE_FAMILY = 715,
	SP_FIND_RESTORE_TIMERS = 716,
	SP_FIND_RESTORE_PARALLELISM = 717,
	SP_FIND_RESTORE_RESCALED_CHANNELS = 718,
	SP_FIND_RESTORE_CHANNELS = 719,
	SP_FIND_RESTORE_CHANGELOG = 720,
	/* Compared with a contract. */
	SP_FIND_CONTRACT_OPERATOR = 751,
	SP_FIND_CONTRACT_NEW_OPERATOR = 752,
	SP_FIND_CONTRACT_STATE = 753,
	SP_FIND_CONTRACT_NEW_STATE = 754,
	SP_FIND_CONTRACT_KIND = 755,
	SP_FIND_CONTRACT_INCOMPATIBLE = 756,
	SP_FIND_CONTRACT_MIGRATED = 757,
	SP_FIND_CONTRACT_CHANGED = 758,
	SP_FIND_CONTRACT_UNKNOWN = 759,
	SP_FIND_CONTRACT_TTL = 760,
	SP_FIND_CONTRACT_MODE = 761,
	SP_FIND_CONTRACT_MAX_PARALLELISM = 762,
	SP_FIND_CONTRACT_PARALLELISM = 763,
	SP_FIND_CONTRACT_COORDINATOR = 764,
	SP_FIND_CONTRACT_UNREADABLE = 765,
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
	/* Where known; else NULL and -1. UTF-8. */
	const char *state;
	int32_t key_group;
	const char *key; /* JSON, as sp_row_key_json() has it */
	const char *file;
	int64_t offset;   /* in the file */
	const char *text; /* what was found; UTF-8 */
	size_t order;     /* in which it was found */
};

/* Where something was found. */
struct sp_finding_place {
	const struct sp_operator *op;     /* NULL: the snapshot as a whole */
	const struct sp_subtask *subtask; /* NULL: the operator as a whole */
	struct sp_slice state;            /* modified UTF-8; n = 0: none */
	int32_t key_group;                /* -1: none */
	const char *key;                  /* JSON; NULL: none */
	const char *file;                 /* NULL: none */
	int64_t offset;                   /* -1: none */
};

#define SP_FINDING_PLACE(op, subtask)                                                              \
	((struct sp_finding_place){ op, subtask, { NULL, 0 }, -1, NULL, NULL, -1 })

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
/* The same with all that is known of the place; nothing of it is borrowed but the operator. */
void sp_find_at(struct sp_findings *findings, enum sp_finding_code code,
	const struct sp_finding_place *place, const char *fmt, ...) sp_printf(4, 5);
/* Appends all of `more`, which is empty then: what one job of many has found. */
void sp_findings_take(struct sp_findings *findings, struct sp_findings *more);
/* By place: the whole, then operator by operator in the order of the file, then subtasks. */
void sp_findings_sort(struct sp_findings *findings);
size_t sp_findings_count(const struct sp_findings *findings, enum sp_severity severity);

/* How deep to look; each level includes those before it. */
enum sp_verify_level {
	SP_VERIFY_METADATA, /* what the metadata itself tells; nothing else is read */
	SP_VERIFY_FILES,    /* are all files there, and do they begin and end as they have to */
	SP_VERIFY_BLOCKS,   /* checksums and structure of what backends write, every byte */
	SP_VERIFY_RECORDS,  /* every row, value and element by its type, every key by its hash */
};

struct sp_verify {
	struct sp_source *source;
	enum sp_verify_level level;
	int jobs;
	size_t memory; /* of all workers together */
	const char *tmpdir;
	struct sp_counters *counters;
};

/*
 * Adds what each level up to verify->level tells, and sorts it: the same whatever `jobs` is.
 * Damage is a finding; fails only where input/output fails or a signal asks to stop.
 */
int sp_verify_run(
	const struct sp_verify *verify, struct sp_findings *findings, struct sp_error *err);

/* The levels. */
void sp_verify_metadata(struct sp_source *source, struct sp_findings *findings);
int sp_verify_files(struct sp_source *source, struct sp_findings *findings, struct sp_error *err);
int sp_verify_blocks(
	const struct sp_verify *verify, struct sp_findings *findings, struct sp_error *err);
int sp_verify_records(
	const struct sp_verify *verify, struct sp_findings *findings, struct sp_error *err);

/*
 * For the drivers of formats: opens a handle's bytes if they are there. 1: *ret is open; 0: they
 * are not, or not as they should be, which is a finding of its own; < 0: input/output failed.
 */
int sp_verify_open(struct sp_source *source, const struct sp_handle *handle, struct sp_file **ret,
	struct sp_error *err);

#endif
