/*
 * The model of a snapshot: what a _metadata file says, as plain structs in one arena.
 *
 * Names are Flink's. Strings are slices of modified UTF-8 exactly as they lie in the file
 * (decode for display only); all slices and arrays live in the snapshot's arena. Lists keep the
 * order of the file. `at` is the offset in _metadata of the field the struct was read from.
 *
 * Layouts: org.apache.flink.runtime.checkpoint.metadata.MetadataV{1..6}Serializer and
 * MetadataV2V3SerializerBase, Flink 1.2 to 2.2.
 */
#ifndef SP_SNAPSHOT_H
#define SP_SNAPSHOT_H

#include "arena.h"
#include "bytes.h"
#include "mutf8.h"

#define SP_METADATA_MAGIC 0x4960672dU /* Checkpoints.HEADER_MAGIC_NUMBER */
#define SP_METADATA_VERSION_MIN 1
#define SP_METADATA_VERSION_MAX 6
#define SP_MAX_PARALLELISM 32768 /* KeyGroupRangeAssignment.UPPER_BOUND_MAX_PARALLELISM */

struct sp_keyed_handle;

/* A stream state handle: where bytes really are. The values are the type codes of the file. */
enum sp_handle_code {
	SP_HANDLE_NONE = 0,
	SP_HANDLE_BYTES = 1,      /* ByteStreamStateHandle: inline in _metadata */
	SP_HANDLE_FILE = 2,       /* FileStateHandle: an absolute path */
	SP_HANDLE_KEY_GROUPS = 3, /* KeyGroupsStateHandle used as a stream (1.13+) */
	SP_HANDLE_RELATIVE = 6, /* RelativeFileStateHandle: relative to the metadata's directory */
	SP_HANDLE_SEGMENT = 15, /* SegmentFileStateHandle: a range of a merged file (1.20+) */
	SP_HANDLE_EMPTY_SEGMENT = 16, /* EmptySegmentFileStateHandle */
};

struct sp_handle {
	enum sp_handle_code code;
	struct sp_slice name; /* bytes: its identity; file, relative, segment: the path */
	struct sp_slice data; /* bytes: the content */
	int64_t size;         /* file, relative, segment: bytes, -1 unknown; bytes: data.n */
	int64_t start;        /* segment: offset in the file */
	int32_t scope;        /* segment: 0 exclusive, 1 shared */
	struct sp_slice logical_file_id;    /* segment */
	struct sp_keyed_handle *key_groups; /* SP_HANDLE_KEY_GROUPS */
	uint64_t at;
};

/* Do two handles name the same bytes in the same way? */
bool sp_handle_same(const struct sp_handle *a, const struct sp_handle *b);

/* A file of a RocksDB directory: the name it must have there, and where its bytes are. */
struct sp_local_file {
	struct sp_slice local_path;
	struct sp_handle handle;
};

enum sp_keyed_code {
	SP_KEYED_NONE = 0,
	SP_KEYED_KEY_GROUPS = 3,         /* KeyGroupsStateHandle, 1.2 to 1.14 */
	SP_KEYED_INCREMENTAL = 5,        /* IncrementalRemoteKeyedStateHandle, 1.3 to 1.14 */
	SP_KEYED_SAVEPOINT = 7,          /* KeyGroupsSavepointStateHandle: canonical, 1.13+ */
	SP_KEYED_CHANGELOG = 8,          /* ChangelogStateBackendHandle, 1.14 and 1.15 */
	SP_KEYED_CHANGELOG_BYTES = 9,    /* InMemoryChangelogStateHandle, 1.14+ */
	SP_KEYED_CHANGELOG_FILE = 10,    /* ChangelogStateHandleStreamImpl, 1.14 and 1.15 */
	SP_KEYED_INCREMENTAL_V2 = 11,    /* 1.15+ */
	SP_KEYED_KEY_GROUPS_V2 = 12,     /* 1.15+ */
	SP_KEYED_CHANGELOG_FILE_V2 = 13, /* 1.16+ */
	SP_KEYED_CHANGELOG_V2 = 14,      /* 1.16+ */
};

/* One recorded change of an in-memory changelog. */
struct sp_change {
	int32_t key_group; /* -1: a metadata change */
	struct sp_slice bytes;
};

/* One stream of a changelog on files. */
struct sp_change_stream {
	int64_t offset; /* of the first change set, behind the flag byte, in uncompressed bytes */
	struct sp_handle handle;
};

struct sp_keyed_handle {
	enum sp_keyed_code code;
	int32_t start; /* first key group */
	int32_t count; /* number of key groups */
	uint64_t at;

	/* Key groups (3, 7, 12): offsets[i] belongs to key group start + i.
	 * Incremental (5, 11): `data` is the backend's own metadata file. */
	int64_t *offsets; /* `count` of them */
	struct sp_handle data;

	/* Incremental (5, 11), changelog (8, 14), change streams (13, 10). */
	int64_t checkpoint_id;
	struct sp_slice backend_id;
	int64_t checkpointed_size; /* -1 unknown */
	struct sp_local_file *shared;
	size_t n_shared;
	struct sp_local_file *private;
	size_t n_private;

	/* Changelog (8, 14). */
	struct sp_keyed_handle *materialized;
	size_t n_materialized;
	struct sp_keyed_handle *non_materialized; /* codes 9, 10, 13 */
	size_t n_non_materialized;
	int64_t materialization_id;

	/* Changelog bytes (9). */
	int64_t from;
	int64_t to;
	struct sp_change *changes;
	size_t n_changes;

	/* Changelog file (10, 13). */
	struct sp_change_stream *streams;
	size_t n_streams;
	int64_t size;
	struct sp_slice storage_identifier;

	struct sp_slice state_handle_id; /* where the code has one; n = 0 otherwise */
};

enum sp_mode { /* OperatorStateHandle.Mode, by ordinal */
	SP_MODE_SPLIT_DISTRIBUTE = 0,
	SP_MODE_UNION = 1,
	SP_MODE_BROADCAST = 2,
};

struct sp_operator_state {
	struct sp_slice name;
	enum sp_mode mode;
	int64_t *offsets;
	size_t n_offsets;
};

enum sp_operator_code {
	SP_OPERATOR_NONE = 0,    /* an empty slot of version 1 */
	SP_OPERATOR_STREAM = 4,  /* OperatorStreamStateHandle */
	SP_OPERATOR_MERGED = 17, /* FileMergingOperatorStreamStateHandle, 1.20+ */
};

struct sp_operator_handle {
	enum sp_operator_code code;
	struct sp_operator_state *states;
	size_t n_states;
	struct sp_slice task_owned_directory; /* code 17 */
	struct sp_slice shared_directory;     /* code 17 */
	bool empty;                           /* code 17 */
	struct sp_handle data;
	uint64_t at;
};

/* The part of one channel in a stream of in-flight records. */
struct sp_channel {
	int32_t a; /* input: gate; result: partition */
	int32_t b; /* input: channel; result: subpartition */
	int64_t size;
	int64_t *offsets;
	size_t n_offsets;
};

struct sp_channel_handle {
	bool merged;           /* v6 codes 3, 4: all channels of one stream together */
	int32_t subtask_index; /* of the writing subtask */
	int64_t size;          /* merged: the sum as stored */
	struct sp_handle data;
	struct sp_channel *channels; /* exactly one where not merged */
	size_t n_channels;
	uint64_t at;
};

struct sp_subtask {
	int32_t index;
	bool finished; /* 1.14+: finished before the checkpoint; holds nothing */
	struct sp_handle
		*legacy; /* v1: state of 1.1 jobs (slots); v2: must be empty for Flink 1.4+ */
	size_t n_legacy;
	struct sp_operator_handle
		*managed_operator; /* v2+: 0 or 1; v1: a slot per chained operator */
	size_t n_managed_operator;
	struct sp_operator_handle *raw_operator;
	size_t n_raw_operator;
	struct sp_keyed_handle managed_keyed;
	struct sp_keyed_handle raw_keyed;
	struct sp_channel_handle *input_channels;
	size_t n_input_channels;
	struct sp_channel_handle *result_subpartitions;
	size_t n_result_subpartitions;
	uint64_t at;
};

#define SP_OPERATOR_ID_BYTES 16

struct sp_operator {
	struct sp_slice name; /* v5+; n = 0: none */
	struct sp_slice uid;  /* v5+; n = 0: none */
	uint8_t id[SP_OPERATOR_ID_BYTES];
	int32_t parallelism;
	int32_t max_parallelism;
	int32_t chain_length;         /* v1, v2 */
	struct sp_handle coordinator; /* SP_HANDLE_NONE or SP_HANDLE_BYTES */
	bool fully_finished;          /* 1.14+ */
	struct sp_subtask *subtasks;
	size_t n_subtasks;
	uint64_t at;
};

struct sp_master_state {
	int32_t version;
	struct sp_slice name;
	struct sp_slice payload;
	uint64_t at;
};

/* Versions 3 has two dialects that no field tells apart; see metadata-read.c. */
enum sp_dialect {
	SP_DIALECT_NORMAL,
	SP_DIALECT_CHANNELS_1_11,  /* channel handles without the subtask index */
	SP_DIALECT_CHANGELOG_1_14, /* codes 8, 9, 10 without sizes and ids */
};

enum sp_snapshot_type {  /* what the checkpoint properties (v4+) say */
	SP_TYPE_UNKNOWN, /* no properties: v1 to v3, or null */
	SP_TYPE_SAVEPOINT,
	SP_TYPE_CHECKPOINT,
	SP_TYPE_FULL_CHECKPOINT,
};

struct sp_properties {
	struct sp_slice
		bytes; /* the whole Java object stream, to be carried over; n = 0 before v4 */
	enum sp_snapshot_type type;
	bool native; /* savepoints: SavepointFormatType.NATIVE, else CANONICAL */
	bool unclaimed;
	struct sp_slice name; /* "Savepoint", "Terminate Savepoint", "Checkpoint", … */
};

struct sp_snapshot {
	struct sp_arena *arena; /* owns everything below */
	int32_t version;
	enum sp_dialect dialect;
	int64_t checkpoint_id;
	struct sp_master_state *master_states;
	size_t n_master_states;
	struct sp_operator *operators;
	size_t n_operators;
	struct sp_properties properties;
	uint64_t metadata_size;  /* bytes of the file */
	uint64_t trailing_bytes; /* behind the last field; Flink ignores them */
};

/* Takes NULL. Frees the arena and so the snapshot. */
void sp_snapshot_free(struct sp_snapshot *snapshot);
SP_DEFINE_CLEANUP(sp_snapshot, sp_snapshot_free)

/*
 * Parses a whole _metadata file (versions 1 to 6). The snapshot borrows nothing: `bytes` may be
 * freed afterwards. Memory taken is bounded by a small multiple of bytes.n. What Flink accepts
 * silently (trailing bytes, duplicate operators and subtasks, bad parallelism) is accepted here
 * too and left to verify. SP_EDAMAGED with the byte offset; SP_EUNSUPPORTED for an unknown
 * version or handle code.
 */
int sp_metadata_read(struct sp_slice bytes, struct sp_snapshot **ret, struct sp_error *err);

/*
 * Appends `snapshot` to `out` as a _metadata file of its own `version` (2 to 6), in the normal
 * dialect. A snapshot that was read and not changed comes out with identical bytes (but for
 * trailing bytes and dialects). SP_EUNSUPPORTED names what that version cannot express.
 */
int sp_metadata_write(
	const struct sp_snapshot *snapshot, struct sp_buffer *out, struct sp_error *err);

/* The operator id that Flink gives an operator with this uid (UTF-8): murmur3_128, seed 0. */
void sp_operator_id_of_uid(const char *uid, uint8_t ret[SP_OPERATOR_ID_BYTES]);

/* 32 hexadecimal digits and a zero. */
void sp_operator_id_text(const uint8_t id[SP_OPERATOR_ID_BYTES], char ret[33]);

/* A UUID in Java's text form, in `arena`: for the same name always the same. */
struct sp_slice sp_uuid_of_name(const char *name, struct sp_arena *arena);

/* Parses checkpoint properties (v4+, a Java object stream). Unknown classes are damage. */
int sp_properties_read(struct sp_cursor *in, struct sp_properties *ret, struct sp_error *err);

/* Appends the properties of a savepoint, canonical or native, as Flink 1.16 to 2.2 write them. */
void sp_properties_write_savepoint(bool native, struct sp_buffer *out);

/* A Flink release, as 1020 for 1.20 and 2002 for 2.2; 0: none. Ordered. */
typedef int sp_release;
#define SP_RELEASE(major, minor) ((major)*1000 + (minor))
#define SP_RELEASE_NEWEST SP_RELEASE(2, 2)

/*
 * The releases that can have written this snapshot (`from` to `to`, by version and the codes in
 * use) and the oldest and newest known that can read its metadata.
 */
struct sp_releases {
	sp_release written_from, written_to;
	sp_release read_from, read_to;
};
void sp_releases_of(const struct sp_snapshot *snapshot, struct sp_releases *ret);

/* The same as far as the version alone tells. */
void sp_releases_of_version(int32_t version, struct sp_releases *ret);

/* Something in the metadata that a release cannot read. */
enum sp_unread_what {
	SP_UNREAD_VERSION,  /* of the metadata; `code` */
	SP_UNREAD_STREAM,   /* a stream handle of type `code` */
	SP_UNREAD_OPERATOR, /* an operator state handle of type `code` */
	SP_UNREAD_KEYED,    /* a keyed handle of type `code` */
	SP_UNREAD_CHANGELOG_1_14,
	SP_UNREAD_CHANNELS_1_11,
	SP_UNREAD_CHANNELS,
	SP_UNREAD_FINISHED,
	SP_UNREAD_LEGACY,
	SP_UNREAD_COORDINATOR,
};

struct sp_unread {
	enum sp_unread_what what;
	int code;
	const struct sp_operator *op;     /* NULL: the snapshot as a whole */
	const struct sp_subtask *subtask; /* NULL: the operator as a whole */
	sp_release from, to;              /* that can read it */
};

/* Calls `tell` for each such thing, in the order of the file. */
typedef void sp_unread_fn(const struct sp_unread *unread, void *arg);
void sp_release_unread(
	const struct sp_snapshot *snapshot, sp_release release, sp_unread_fn *tell, void *arg);

/*
 * Gives a keyed handle, of key groups or of files, the type code that `oldest` and all later
 * releases read. (What it refers to stays: canonical state under code 3 is read by RocksDB only.)
 */
void sp_keyed_handle_fit(struct sp_keyed_handle *handle, sp_release oldest);

/* "1.20"; for messages. Writes at most 16 bytes. */
const char *sp_release_text(sp_release release, char ret[16]);

/*
 * Calls `visit` for every stream handle of the snapshot in file order, NONE excepted, with where
 * it stands. Stops at the first result other than 0 and gives that.
 */
enum sp_role {
	SP_ROLE_COORDINATOR,
	SP_ROLE_MANAGED_OPERATOR,
	SP_ROLE_RAW_OPERATOR,
	SP_ROLE_MANAGED_KEYED, /* data of key groups, or meta of an incremental handle */
	SP_ROLE_RAW_KEYED,
	SP_ROLE_SHARED, /* a file of an incremental handle */
	SP_ROLE_PRIVATE,
	SP_ROLE_CHANGELOG, /* a stream of codes 10, 13; its size is not the file's length */
	SP_ROLE_INPUT_CHANNEL,
	SP_ROLE_RESULT_SUBPARTITION,
	SP_ROLE_LEGACY,
};
const char *sp_role_text(enum sp_role role);

struct sp_reference {
	enum sp_role role;
	const struct sp_operator *op;
	const struct sp_subtask *subtask;    /* NULL for the coordinator */
	const struct sp_keyed_handle *keyed; /* the handle it is part of, else NULL */
	struct sp_slice local_path;          /* shared, private */
	struct sp_handle *handle;
};
typedef int sp_visit_fn(const struct sp_reference *reference, void *arg);
int sp_visit_handles(struct sp_snapshot *snapshot, sp_visit_fn *visit, void *arg);

/* "'uid' (5f3a…)", "'name' (5f3a…)" or the whole id: an operator as messages name it. */
const char *sp_operator_label(const struct sp_operator *op, char *to, size_t n);

#endif
