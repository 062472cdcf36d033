/*
 * A savepoint made of bytes, and what verify finds at its level of records: of one operator with
 * two subtasks, keyed rows and operator state.
 */
#ifndef VERIFIED_H
#define VERIFIED_H

#include <stdio.h>

#include "formats.h"
#include "key-group.h"
#include "keyed.h"
#include "made.h"
#include "operator.h"
#include "unit.h"
#include "verify-records.h"

#define GROUPS 128
#define SUBTASKS 2
#define LAST 0x80 /* of the rows of a state */

#define TIMER_SNAPSHOT "org.apache.flink.streaming.api.operators.TimerSerializerSnapshot"

/* A snapshot of one operator, keyed by strings, of which each subtask has what a test puts there.
 */
static struct {
	struct sp_source source;
	struct sp_snapshot snapshot;
	struct sp_operator op;
	struct sp_subtask subtasks[SUBTASKS];
	int64_t offsets[SUBTASKS][GROUPS];
	struct sp_buffer bytes[SUBTASKS];
	struct operator_stream streams[SUBTASKS];
	struct sp_findings findings;
} m;

static inline void set_up(void)
{
	static char place[] = "test";

	memset(&m, 0, sizeof(m));
	m.source.metadata_path = m.source.directory = m.source.tree = place;
	m.source.snapshot = &m.snapshot;
	m.snapshot.version = 4;
	m.snapshot.operators = &m.op;
	m.snapshot.n_operators = 1;
	m.op = (struct sp_operator){ .parallelism = SUBTASKS,
		.max_parallelism = GROUPS,
		.subtasks = m.subtasks,
		.n_subtasks = SUBTASKS };
	m.subtasks[1].index = 1;
	sp_findings_init(&m.findings);
}

static inline void tear_down(void)
{
	sp_findings_free(&m.findings);
	for (size_t i = 0; i < SUBTASKS; i++) {
		sp_buffer_free(&m.bytes[i]);
		operator_free(&m.streams[i]);
	}
}

/* --- making ---------------------------------------------------------------------------------- */

static inline uint32_t group_of(const char *key)
{
	uint32_t hash = 0;

	for (; *key != '\0'; key++)
		hash = 31 * hash + (uint8_t)*key;
	return (uint32_t)sp_key_group_of_hash((int32_t)hash, GROUPS);
}

/* The i-th key that lies in the key group. */
static inline const char *key_in(uint32_t group, int i)
{
	static char texts[8][16];
	static int next;
	char *text = texts[next++ % 8];

	for (int n = 0;; n++) {
		snprintf(text, sizeof(texts[0]), "key-%d", n);
		if (group_of(text) == group && i-- == 0)
			return text;
	}
}

static inline void put_string(struct sp_buffer *out, const char *text)
{
	sp_buffer_u8(out, (uint8_t)(strlen(text) + 1));
	sp_buffer_bytes(out, sp_slice_of(text));
}

/* A state of timers with the namespace VoidNamespace. */
static inline void put_timers(struct sp_buffer *out, const char *name)
{
	sp_buffer_utf(out, sp_slice_of(name));
	sp_buffer_u32(out, SP_KIND_PRIORITY_QUEUE);
	sp_buffer_u32(out, 0);
	sp_buffer_u32(out, 1);
	sp_buffer_utf(out, sp_slice_of("VALUE_SERIALIZER"));
	keyed_put_snapshot(out, TIMER_SNAPSHOT);
	sp_buffer_u32(out, 911108); /* CompositeTypeSerializerSnapshot */
	sp_buffer_u32(out, 2);
	sp_buffer_u32(out, 1333245); /* NestedSerializersSnapshotDelegate */
	sp_buffer_u32(out, 1);
	sp_buffer_u32(out, 2);
	for (size_t i = 0; i < 2; i++) {
		sp_buffer_utf(out, sp_slice_of(i == 0 ? STRING_SNAPSHOT : VOID_NAMESPACE_SNAPSHOT));
		sp_buffer_u32(out, 3);
	}
}

static inline void begin(size_t subtask)
{
	static const char *const states[] = { "a", "b" };

	keyed_put_header(&m.bytes[subtask], false, states, 2);
}

static inline void begin_group(size_t subtask, uint32_t group, uint16_t state)
{
	m.offsets[subtask][group - subtask * GROUPS / SUBTASKS] = (int64_t)m.bytes[subtask].n;
	sp_buffer_u16(&m.bytes[subtask], state);
}

static inline void put_row(
	size_t subtask, uint32_t group, uint8_t last, const char *key, const char *value)
{
	sp_auto_buffer bytes = { 0 };

	sp_buffer_u8(&bytes, (uint8_t)(group | last));
	put_string(&bytes, key);
	sp_buffer_u8(&bytes, 0); /* VoidNamespace */
	sp_buffer_blob(&m.bytes[subtask], sp_buffer_slice(&bytes));
	bytes.n = 0;
	put_string(&bytes, value);
	sp_buffer_blob(&m.bytes[subtask], sp_buffer_slice(&bytes));
}

static inline void end_group(size_t subtask)
{
	sp_buffer_u16(&m.bytes[subtask], 0xffff);
}

/* One good row in the key group. */
static inline void put_group(size_t subtask, uint32_t group)
{
	begin_group(subtask, group, 0);
	put_row(subtask, group, LAST, key_in(group, 0), "value");
	end_group(subtask);
}

static inline void end(size_t subtask)
{
	m.subtasks[subtask].managed_keyed = (struct sp_keyed_handle){
		.code = SP_KEYED_SAVEPOINT,
		.start = (int32_t)subtask * GROUPS / SUBTASKS,
		.count = GROUPS / SUBTASKS,
		.offsets = m.offsets[subtask],
		.data = { .code = SP_HANDLE_BYTES,
			.name = sp_slice_of("made"),
			.data = sp_buffer_slice(&m.bytes[subtask]) },
	};
}

/* --- other keys ----------------------------------------------------------------------------- */

#define ROW_SNAPSHOT                                                                               \
	"org.apache.flink.api.java.typeutils.runtime.RowSerializer$RowSerializerSnapshot"
#define ENUM_SNAPSHOT                                                                              \
	"org.apache.flink.api.common.typeutils.base.EnumSerializer$EnumSerializerSnapshot"

/* A row of one string. */
static inline void put_row_type(struct sp_buffer *out)
{
	keyed_put_snapshot(out, ROW_SNAPSHOT);
	sp_buffer_u32(out, 911108);
	sp_buffer_u32(out, 4);
	sp_buffer_u8(out, 2); /* no row kind */
	sp_buffer_u32(out, 1333245);
	sp_buffer_u32(out, 1);
	sp_buffer_u32(out, 1);
	sp_buffer_utf(out, sp_slice_of(STRING_SNAPSHOT));
	sp_buffer_u32(out, 3);
}

/* my.Color, which has one constant. */
static inline void put_enum_type(struct sp_buffer *out)
{
	keyed_put_snapshot(out, ENUM_SNAPSHOT);
	sp_buffer_utf(out, sp_slice_of("my.Color"));
	sp_buffer_u32(out, 1);
	sp_buffer_utf(out, sp_slice_of("RED"));
}

/* A header with the state "a", keyed by whatever `put_type` puts. */
static inline void begin_keyed_by(size_t subtask, void (*put_type)(struct sp_buffer *out))
{
	static const char *const states[] = { "a" };
	sp_auto_buffer header = { 0 };
	sp_auto_buffer string = { 0 };

	keyed_put_header(&header, false, states, 1);
	keyed_put_snapshot(&string, STRING_SNAPSHOT);
	sp_buffer_bytes(&m.bytes[subtask], sp_slice(header.p, 5));
	put_type(&m.bytes[subtask]);
	sp_buffer_bytes(
		&m.bytes[subtask], sp_slice(header.p + 5 + string.n, header.n - 5 - string.n));
}

/* --- looking --------------------------------------------------------------------------------- */

static inline void run(int jobs)
{
	struct sp_counters counters = { 0 };
	const struct sp_verify verify = { .source = &m.source,
		.level = SP_VERIFY_RECORDS,
		.jobs = jobs,
		.memory = 1 << 20,
		.counters = &counters };
	struct sp_error err;

	ck_ok(sp_verify_records(&verify, &m.findings, &err), err);
	sp_findings_sort(&m.findings);
}

static inline const struct sp_finding *assert_one(enum sp_finding_code code)
{
	ck_assert_uint_eq(m.findings.n, 1);
	ck_assert_int_eq(m.findings.list[0].kind->code, code);
	return &m.findings.list[0];
}

static inline void assert_within(const char *text, const char *part)
{
	ck_assert_msg(strstr(text, part) != NULL, "'%s' is not in '%s'", part, text);
}

#endif
