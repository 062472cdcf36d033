/*
 * Timers in raw keyed state
 *(org.apache.flink.streaming.api.operators.InternalTimerServiceSerializationProxy,
 * InternalTimersSnapshotReaderWriters).
 *
 *	key group *              at the offsets of the handle; -1: nothing was written
 *
 *	key group
 *	  u8[4]  f1 cd 85 9f     PostVersionedIOReadableWritable; absent up to 1.4.0
 *	  i32    version         1: 1.4.1 to 1.7, 2: since 1.8; absent up to 1.4.0
 *	  i32    services        for each:
 *	    utf    name
 *	    serializers          of key and namespace: no version: two Java objects; 1: a list of
 *	                         pairs; 2: two versioned snapshots
 *	    i32    n, n × timer  event time
 *	    i32    n, n × timer  processing time
 *
 *	timer: key, namespace, i64 timestamp
 */
#include "raw-timers.h"

#include <inttypes.h>
#include <stdlib.h>

#include "java-object.h"
#include "key-group-ranges.h"
#include "state-same.h"
#include "type-internal.h"
#include "value-input.h"

#define VERSION_NONE 0
#define VERSION_PAIRS 1
#define VERSION_SNAPSHOTS 2
#define BLOCK_BYTES ((size_t)64 * 1024)
#define TIMESTAMP_BYTES 8
#define NO_KEY_GROUP (-1)       /* KeyedStateCheckpointOutputStream.NO_OFFSET_SET */
#define JAVA_STREAM 0xaced0005U /* java.io.ObjectStreamConstants */
#define HEADS_MAX 16

static const uint8_t magic[] = { 0xf1, 0xcd, 0x85, 0x9f };

/* What a service began with that was read before: most key groups have the same. */
struct head {
	struct sp_slice bytes, service;
	const struct sp_type *key_type, *ns_type;
};

/* What of a service comes next. */
enum part { EVENT_TIMERS, PROCESSING_TIMERS, NO_MORE };

struct sp_raw_timers {
	struct sp_file *file;
	struct sp_key_group_ranges ranges;
	size_t range; /* being read, or to be read next */
	bool begun;   /* it is being read */
	struct sp_input in;
	size_t taken; /* bytes of the timer given last */
	enum sp_kryo kryo;
	uint32_t services; /* of the key group, to come */
	enum part part;    /* of the service, to come */
	uint32_t timers;   /* of the part before that, to come */
	struct head heads[HEADS_MAX];
	size_t n_heads;
	int32_t heads_version;
	struct sp_arena *arena; /* of the heads */
	struct sp_raw_timer timer;
};

/* --- key groups ------------------------------------------------------------------------------ */

/* Up to 1.4.0: a service, its name, and the Java object of a serializer. */
static bool is_unversioned(struct sp_cursor in)
{
	struct sp_error ignored;
	struct sp_slice name;
	uint32_t n, stream;

	return sp_take_u32(&in, &n, &ignored) == 0 && n > 0 && n <= UINT16_MAX &&
	       sp_take_utf(&in, &name, &ignored) == 0 && sp_take_u32(&in, &stream, &ignored) == 0 &&
	       stream == JAVA_STREAM;
}

/* Do the bytes of the first key group look like timers? 1, 0, < 0. */
static int look(struct sp_raw_timers *self, struct sp_error *err)
{
	struct sp_cursor in;

	if (self->ranges.n == 0)
		return 0;
	sp_input_range(&self->in, self->ranges.at[0].start, self->ranges.at[0].end, false);
	if (sp_input_more(&self->in, err) < 0)
		return err->code;
	in = sp_cursor(sp_slice(sp_input_bytes(&self->in), self->in.window.n - self->in.used), 0);
	if (sp_left(&in) >= sizeof(magic) && memcmp(in.at, magic, sizeof(magic)) == 0)
		return 1;
	return is_unversioned(in);
}

int sp_raw_timers_open(struct sp_source *source, const struct sp_keyed_handle *handle,
	struct sp_raw_timers **ret, struct sp_error *err)
{
	sp_auto(sp_raw_timers) *self = NULL;
	int r;

	if (handle->code != SP_KEYED_KEY_GROUPS && handle->code != SP_KEYED_SAVEPOINT &&
		handle->code != SP_KEYED_KEY_GROUPS_V2)
		return 0;
	self = calloc(1, sizeof(*self));
	if (self == NULL)
		sp_abort("out of memory");
	self->part = NO_MORE;
	self->kryo = sp_kryo_of(source->snapshot);
	if (sp_source_open_handle(source, &handle->data, &self->file, err) < 0 ||
		sp_key_group_ranges(handle, self->file, NO_KEY_GROUP, &self->ranges, err) < 0)
		return err->code;
	sp_input_init(&self->in, self->file, BLOCK_BYTES);
	r = look(self, err);
	if (r > 0)
		*ret = sp_steal(self);
	return r;
}

void sp_raw_timers_free(struct sp_raw_timers *self)
{
	if (self == NULL)
		return;
	sp_input_free(&self->in);
	sp_arena_free(self->arena);
	sp_file_free(self->file);
	free(self->ranges.at);
	free(self);
}

/* --- services -------------------------------------------------------------------------------- */

static int take_i32(
	struct sp_raw_timers *self, const char *what, int32_t *ret, struct sp_error *err)
{
	if (sp_input_need(&self->in, 4, err) < 0)
		return err->code;
	*ret = (int32_t)sp_get_be32(sp_input_bytes(&self->in));
	if (*ret < 0)
		return sp_input_fail(err, &self->in, "%" PRId32 " %s", *ret, what);
	sp_input_skip(&self->in, 4);
	return 0;
}

static int begin_version(struct sp_raw_timers *self, struct sp_error *err)
{
	self->timer.version = VERSION_NONE;
	if (sp_input_need(&self->in, sizeof(magic), err) < 0)
		return err->code;
	if (memcmp(sp_input_bytes(&self->in), magic, sizeof(magic)) != 0)
		return 0;
	sp_input_skip(&self->in, sizeof(magic));
	if (take_i32(self, "as a version", &self->timer.version, err) < 0)
		return err->code;
	if (self->timer.version < VERSION_PAIRS)
		return sp_input_fail(
			err, &self->in, "timers of version %" PRId32, self->timer.version);
	if (self->timer.version > VERSION_SNAPSHOTS)
		return sp_fail(err, SP_EUNSUPPORTED, "%s: timers of version %" PRId32,
			self->file->place, self->timer.version);
	return 0;
}

/* The serializers of a service, by version. */
static int read_unversioned(struct sp_cursor *in, struct sp_arena *arena,
	const struct sp_type **ret, struct sp_error *err)
{
	struct sp_slice copy = sp_arena_copy(arena, sp_slice(in->at, sp_left(in)));
	struct sp_cursor object = sp_cursor(copy, sp_offset(in));
	const struct sp_java_value *value;
	struct sp_type *type;

	if (sp_java_object_read(&object, arena, &value, err) < 0)
		return err->code;
	type = sp_type_new(arena);
	type->kind = SP_LEGACY;
	if (value->class != NULL)
		type->class_name = value->class->name;
	in->at += copy.n - sp_left(&object);
	*ret = type;
	return 0;
}

static int read_pairs(struct sp_cursor *in, struct sp_arena *arena, struct sp_raw_timer *ret,
	struct sp_error *err)
{
	struct sp_slice copy = sp_arena_copy(arena, sp_slice(in->at, sp_left(in)));
	struct sp_type_search search = sp_type_search_for(copy.n);
	struct sp_type_reader r = {
		.in = sp_cursor(copy, sp_offset(in)), .arena = arena, .search = &search
	};
	const struct sp_type **types;
	size_t n;

	if (sp_type_read_resilient(&r, &types, &n, err) < 0)
		return err->code;
	if (n != 2)
		return sp_fail_at(err, in, "%zu serializers of a timer service", n);
	ret->key_type = types[0];
	ret->ns_type = types[1];
	in->at += copy.n - sp_left(&r.in);
	return 0;
}

static int read_serializers(struct sp_cursor *in, int32_t version, struct sp_arena *arena,
	struct sp_raw_timer *ret, struct sp_error *err)
{
	int (*read)(struct sp_cursor *, struct sp_arena *, const struct sp_type **,
		struct sp_error *) = version == VERSION_SNAPSHOTS ? sp_type_read : read_unversioned;

	if (version == VERSION_PAIRS)
		return read_pairs(in, arena, ret, err);
	if (read(in, arena, &ret->key_type, err) < 0)
		return sp_within(err, "key serializer");
	if (read(in, arena, &ret->ns_type, err) < 0)
		return sp_within(err, "namespace serializer");
	return 0;
}

static void use_head(struct sp_raw_timers *self, const struct head *head)
{
	self->timer.service = head->service;
	self->timer.head = head->bytes;
	self->timer.key_type = head->key_type;
	self->timer.ns_type = head->ns_type;
	sp_input_skip(&self->in, head->bytes.n);
}

static void forget_heads(struct sp_raw_timers *self)
{
	sp_arena_free(self->arena);
	self->arena = sp_arena_new();
	self->n_heads = 0;
	self->heads_version = self->timer.version;
}

/* 1: the service begins like one before; 0: no. */
static int recall_service(struct sp_raw_timers *self, struct sp_error *err)
{
	struct sp_input *in = &self->in;

	if (self->arena == NULL || self->heads_version != self->timer.version)
		forget_heads(self);
	for (size_t i = 0; i < self->n_heads; i++) {
		const struct head *head = &self->heads[i];

		if (sp_input_gather(in, head->bytes.n, err) < 0)
			return err->code;
		if (in->window.n - in->used < head->bytes.n ||
			memcmp(sp_input_bytes(in), head->bytes.p, head->bytes.n) != 0)
			continue;
		use_head(self, head);
		return 1;
	}
	if (self->n_heads == HEADS_MAX)
		forget_heads(self);
	return 0;
}

static int read_service(struct sp_raw_timers *self, struct sp_error *err)
{
	struct sp_input *in = &self->in;
	struct sp_slice there = sp_slice(sp_input_bytes(in), in->window.n - in->used);
	struct sp_cursor cursor = sp_cursor(there, in->start + in->taken);
	struct head *head = &self->heads[self->n_heads];
	struct sp_slice name;

	if (sp_take_utf(&cursor, &name, err) < 0)
		return err->code;
	if (read_serializers(&cursor, self->timer.version, self->arena, &self->timer, err) < 0)
		return sp_within(err, "timer service '%.*s'", (int)name.n, name.p);
	there.n -= sp_left(&cursor);
	*head = (struct head){ .bytes = sp_arena_copy(self->arena, there),
		.service = sp_arena_copy(self->arena, name),
		.key_type = self->timer.key_type,
		.ns_type = self->timer.ns_type };
	self->n_heads++;
	use_head(self, head);
	return 0;
}

/* A service's head has no length: where the window ends in it, it doubles. */
static int read_new_service(struct sp_raw_timers *self, struct sp_error *err)
{
	struct sp_input *in = &self->in;

	while (read_service(self, err) < 0) {
		size_t there = in->window.n - in->used;
		struct sp_error ignored;

		if (err->code != SP_EDAMAGED || sp_input_gather(in, 2 * there + 1, &ignored) < 0 ||
			in->window.n - in->used == there)
			return sp_within(err, "%s", self->file->place);
	}
	return 0;
}

static int begin_service(struct sp_raw_timers *self, struct sp_error *err)
{
	int r = sp_input_more(&self->in, err);

	if (r >= 0)
		r = recall_service(self, err);
	if (r == 0)
		r = read_new_service(self, err);
	if (r < 0)
		return r;
	self->services--;
	self->part = EVENT_TIMERS;
	return 0;
}

/* --- timers ---------------------------------------------------------------------------------- */

static int begin_part(struct sp_raw_timers *self, struct sp_error *err)
{
	int32_t n;

	if (take_i32(self, "timers", &n, err) < 0)
		return err->code;
	if (!sp_input_can_hold(&self->in, (uint64_t)n * TIMESTAMP_BYTES))
		return sp_input_fail(
			err, &self->in, "%" PRId32 " timers are more than can follow", n);
	self->timers = (uint32_t)n;
	self->timer.event = self->part == EVENT_TIMERS;
	self->part++;
	return 0;
}

static int take_timer(struct sp_raw_timers *self, struct sp_error *err)
{
	struct sp_raw_timer *timer = &self->timer;
	const uint8_t *bytes;
	size_t key = 0, ns;

	if (sp_input_cross(&self->in, timer->key_type, self->kryo, &key, err) < 0)
		return err->code;
	ns = key;
	if (sp_input_cross(&self->in, timer->ns_type, self->kryo, &ns, err) < 0 ||
		sp_input_need(&self->in, ns + TIMESTAMP_BYTES, err) < 0)
		return err->code;
	bytes = sp_input_bytes(&self->in);
	timer->key = sp_slice(bytes, key);
	timer->ns = sp_slice(bytes + key, ns - key);
	timer->timestamp = (int64_t)sp_get_be64(bytes + ns);
	self->taken = ns + TIMESTAMP_BYTES;
	self->timers--;
	return 1;
}

/* --- all of it ------------------------------------------------------------------------------- */

static int begin_key_group(struct sp_raw_timers *self, struct sp_error *err)
{
	const struct sp_key_group_range *range = &self->ranges.at[self->range];
	int32_t n;

	sp_input_range(&self->in, range->start, range->end, false);
	if (begin_version(self, err) < 0 || take_i32(self, "timer services", &n, err) < 0)
		return err->code;
	self->services = (uint32_t)n;
	self->begun = true;
	self->timer.key_group = range->key_group;
	return 0;
}

static int end_key_group(struct sp_raw_timers *self, struct sp_error *err)
{
	int more = sp_input_more(&self->in, err);

	self->begun = false;
	self->range++;
	return more > 0 ? sp_input_fail(err, &self->in, "bytes behind the last timer") : more;
}

static bool at_end(const struct sp_raw_timers *self)
{
	return !self->begun && self->range == self->ranges.n;
}

static bool service_is_next(const struct sp_raw_timers *self)
{
	return self->begun && self->part == NO_MORE && self->services > 0;
}

/* Where no timer is next, nor the end. */
static int step(struct sp_raw_timers *self, struct sp_error *err)
{
	if (!self->begun)
		return begin_key_group(self, err);
	if (service_is_next(self))
		return begin_service(self, err);
	return self->part == NO_MORE ? end_key_group(self, err) : begin_part(self, err);
}

/* To the next timer. 1, 0, < 0. */
static int find_timer(struct sp_raw_timers *self, struct sp_error *err)
{
	while (self->timers == 0) {
		if (at_end(self))
			return 0;
		if (step(self, err) < 0)
			return err->code;
	}
	return take_timer(self, err);
}

/* To the next service. 1, 0, < 0. */
static int find_service(struct sp_raw_timers *self, struct sp_error *err)
{
	while (!at_end(self)) {
		bool found = self->timers == 0 && service_is_next(self);

		if ((self->timers > 0 ? take_timer(self, err) : step(self, err)) < 0)
			return err->code;
		if (found)
			return 1;
		sp_input_skip(&self->in, self->taken);
		self->taken = 0;
	}
	return 0;
}

static int given(struct sp_raw_timers *self, int r, struct sp_raw_timer *ret, struct sp_error *err)
{
	if (r > 0)
		*ret = self->timer;
	return r < 0 && self->range < self->ranges.n
		       ? sp_within(err, "raw timers of key group %" PRIu32,
				 self->ranges.at[self->range].key_group)
		       : r;
}

int sp_raw_timers_next(struct sp_raw_timers *self, struct sp_raw_timer *ret, struct sp_error *err)
{
	sp_input_skip(&self->in, self->taken);
	self->taken = 0;
	return given(self, find_timer(self, err), ret, err);
}

int sp_raw_timers_next_service(
	struct sp_raw_timers *self, struct sp_raw_timer *ret, struct sp_error *err)
{
	sp_input_skip(&self->in, self->taken);
	self->taken = 0;
	return given(self, find_service(self, err), ret, err);
}

/* --- for other key groups -------------------------------------------------------------------- */

static int read_head(int32_t version, struct sp_slice head, struct sp_arena *arena,
	struct sp_raw_timer *ret, struct sp_error *err)
{
	struct sp_cursor cursor = sp_cursor(head, 0);

	return sp_take_utf(&cursor, &ret->service, err) < 0
		       ? err->code
		       : read_serializers(&cursor, version, arena, ret, err);
}

/* Before version 2 nothing tells what may differ. */
bool sp_raw_timers_same_head(int32_t version, struct sp_slice a, struct sp_slice b)
{
	sp_auto(sp_arena) *arena = NULL;
	struct sp_raw_timer x, y;
	struct sp_error ignored;

	if (sp_slice_equal(a, b) || version != VERSION_SNAPSHOTS)
		return sp_slice_equal(a, b);
	arena = sp_arena_new();
	return read_head(version, a, arena, &x, &ignored) == 0 &&
	       read_head(version, b, arena, &y, &ignored) == 0 &&
	       sp_slice_equal(x.service, y.service) && sp_same_type(x.key_type, y.key_type) &&
	       sp_same_type(x.ns_type, y.ns_type);
}

void sp_raw_timers_put_group(struct sp_buffer *out, int32_t version, uint32_t services)
{
	if (version != VERSION_NONE) {
		sp_buffer_bytes(out, sp_slice(magic, sizeof(magic)));
		sp_buffer_u32(out, (uint32_t)version);
	}
	sp_buffer_u32(out, services);
}
