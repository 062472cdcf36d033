/* Keys of a made savepoint (verified.h) of several types, each in the key group of its hash code.
 */
#ifndef PROVED_H
#define PROVED_H

#include "value-hash.h"
#include "verified.h"

#define POJO_SNAPSHOT "org.apache.flink.api.java.typeutils.runtime.PojoSerializerSnapshot"
#define INT_SNAPSHOT                                                                               \
	"org.apache.flink.api.common.typeutils.base.IntSerializer$IntSerializerSnapshot"
#define CASE_SNAPSHOT "org.apache.flink.api.scala.typeutils.ScalaCaseClassSerializerSnapshot"
#define MAP_MAGIC 0x4f2c69a3d70
#define KEYS_MAX 512

static struct {
	struct sp_buffer key;
	uint32_t key_group;
	int32_t hash;
} keys[KEYS_MAX];
static size_t n_keys;

static inline int32_t hash_of(const char *text)
{
	uint32_t hash = 0;

	for (; *text != '\0'; text++)
		hash = 31 * hash + (uint8_t)*text;
	return (int32_t)hash;
}

/* Adds a key whose bytes `bytes` are, in the key group of its hash code. */
static inline void add(const struct sp_buffer *bytes, uint32_t hash)
{
	ck_assert_uint_lt(n_keys, KEYS_MAX);
	keys[n_keys].key.n = 0;
	sp_buffer_bytes(&keys[n_keys].key, sp_buffer_slice(bytes));
	keys[n_keys].hash = (int32_t)hash;
	keys[n_keys++].key_group =
		(uint32_t)sp_key_group_of_hash((int32_t)hash, m.op.max_parallelism);
}

static inline void put_field_type(struct sp_buffer *out, const char *name, const char *snapshot)
{
	sp_auto_buffer frame = { 0 };

	sp_buffer_utf(out, sp_slice_of(name));
	sp_buffer_u8(out, 0);
	sp_buffer_utf(&frame, sp_slice_of(snapshot));
	sp_buffer_u32(&frame, 3);
	sp_buffer_u8(out, 1);
	sp_buffer_blob(out, sp_buffer_slice(&frame));
}

/* my.Key: an int `id` and a String `part`. */
static inline void put_pojo_type(struct sp_buffer *out)
{
	sp_buffer_u32(out, 2);
	sp_buffer_utf(out, sp_slice_of(POJO_SNAPSHOT));
	sp_buffer_u32(out, 2);
	sp_buffer_utf(out, sp_slice_of("my.Key"));
	sp_buffer_u64(out, MAP_MAGIC);
	sp_buffer_u32(out, 2);
	put_field_type(out, "id", INT_SNAPSHOT);
	put_field_type(out, "part", STRING_SNAPSHOT);
	for (size_t i = 0; i < 2; i++) { /* no subclasses */
		sp_buffer_u64(out, MAP_MAGIC);
		sp_buffer_u32(out, 0);
	}
}

static inline uint32_t record(uint32_t id, const char *part)
{
	return 31 * id + (uint32_t)hash_of(part);
}

static inline uint32_t objects_hash(uint32_t id, const char *part)
{
	return 31 * (31 + id) + (uint32_t)hash_of(part);
}

static inline void add_pojo(uint32_t id, const char *part, uint32_t hash)
{
	sp_auto_buffer key = { 0 };

	sp_buffer_u8(&key, 2); /* no subclass */
	sp_buffer_u8(&key, 0);
	sp_buffer_u32(&key, id);
	sp_buffer_u8(&key, 0);
	put_string(&key, part);
	add(&key, hash);
}

/* So many different ones, hashed as records are. */
static inline void add_records(uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		char part[16];

		snprintf(part, sizeof(part), "p%u", 7 * i % 10);
		add_pojo(1000 * i, part, record(1000 * i, part));
	}
}

static inline void add_row(const char *text, uint32_t hash)
{
	sp_auto_buffer key = { 0 };

	sp_buffer_u8(&key, 0); /* no nulls */
	put_string(&key, text);
	add(&key, hash);
}

/* Row.hashCode() of one String: since 1.13 31 more than before. */
static inline void add_rows(uint32_t n, uint32_t more)
{
	for (uint32_t i = 0; i < n; i++) {
		char text[16];

		snprintf(text, sizeof(text), "row-%u", i);
		add_row(text, more + (uint32_t)hash_of(text));
	}
}

/* my.Case, a case class of one String. */
static inline void put_case_type(struct sp_buffer *out)
{
	keyed_put_snapshot(out, CASE_SNAPSHOT);
	sp_buffer_u32(out, 911108);
	sp_buffer_u32(out, 2);
	sp_buffer_utf(out, sp_slice_of("my.Case"));
	sp_buffer_u32(out, 1333245);
	sp_buffer_u32(out, 1);
	sp_buffer_u32(out, 1);
	sp_buffer_utf(out, sp_slice_of(STRING_SNAPSHOT));
	sp_buffer_u32(out, 3);
}

static inline void add_cases(uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		sp_auto_buffer key = { 0 };
		char text[16];

		snprintf(text, sizeof(text), "case-%u", i);
		put_string(&key, text);
		add(&key, sp_hash_finish(
				  sp_hash_mix(SP_HASH_PRODUCT_SEED, (uint32_t)hash_of(text)), 1));
	}
}

static inline void put_key(size_t subtask, size_t i, uint8_t last)
{
	struct sp_buffer *out = &m.bytes[subtask];

	sp_buffer_u32(out, (uint32_t)keys[i].key.n + 2);
	sp_buffer_u8(out, (uint8_t)(keys[i].key_group | last));
	sp_buffer_bytes(out, sp_buffer_slice(&keys[i].key));
	sp_buffer_u8(out, 0); /* VoidNamespace */
	sp_buffer_blob(out, sp_slice_of("\1"));
}

/* Rows of all keys in the key group. */
static inline void put_keys_of(size_t subtask, uint32_t group)
{
	size_t n = 0;

	for (size_t i = 0; i < n_keys; i++)
		n += keys[i].key_group == group;
	if (n == 0)
		return;
	begin_group(subtask, group, 0);
	for (size_t i = 0; i < n_keys; i++)
		if (keys[i].key_group == group)
			put_key(subtask, i, --n == 0 ? LAST : 0);
	end_group(subtask);
}

/* The snapshot of all keys that were added. */
static inline void put_keys(void (*put_type)(struct sp_buffer *out))
{
	for (size_t s = 0; s < SUBTASKS; s++) {
		begin_keyed_by(s, put_type);
		for (uint32_t group = 0; group < GROUPS / SUBTASKS; group++)
			put_keys_of(s, (uint32_t)s * GROUPS / SUBTASKS + group);
		end(s);
	}
}

static inline void begin_keys(void)
{
	set_up();
	n_keys = 0;
}

/* The operator has one key group. */
static inline void begin_keys_of_one_group(void)
{
	begin_keys();
	m.op.max_parallelism = m.op.parallelism = 1;
}

static inline void put_one_group(void (*put_type)(struct sp_buffer *out))
{
	put_keys(put_type);
	m.op.n_subtasks = 1;
	m.subtasks[0].managed_keyed.count = 1;
}

#endif
