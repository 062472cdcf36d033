/*
 * Checkpoint properties: the one Java object stream that Flink writes (version 4 and later).
 *
 *	stream  ac ed 00 05 object
 *	object  70 null | 73 class value-per-field
 *	class   70 | 71 u32 handle | 72 utf name; 8 bytes uid; u8 flags; u16 n; field * n; 78; super
 *	field   'Z' utf name | 'L' utf name; string signature
 *	string  71 u32 handle | 74 utf
 *	enum    71 u32 handle | 7e class; string constant
 *
 * Each new class, object, enum constant and string takes the next handle, from 0x7e0000 on.
 * Everything else that Java may put into such a stream is refused.
 *
 * org.apache.flink.runtime.checkpoint.CheckpointProperties through java.io.ObjectOutputStream,
 * Flink 1.16 to 2.2. The uids are the same in all of these releases.
 */
#include "snapshot.h"

#include <inttypes.h>

#include "buffer.h"

enum { /* java.io.ObjectStreamConstants */
	TC_NULL = 0x70,
	TC_REFERENCE = 0x71,
	TC_CLASSDESC = 0x72,
	TC_OBJECT = 0x73,
	TC_STRING = 0x74,
	TC_ENDBLOCKDATA = 0x78,
	TC_ENUM = 0x7e,
};
#define STREAM_HEADER 0xaced0005U /* STREAM_MAGIC and STREAM_VERSION */
#define FIRST_HANDLE 0x7e0000U    /* baseWireHandle */
#define FLAGS_OBJECT 0x02         /* SC_SERIALIZABLE */
#define FLAGS_ENUM 0x12           /* SC_SERIALIZABLE, SC_ENUM */

#define CHECKPOINT "org.apache.flink.runtime.checkpoint."
#define CHECKPOINT_L "Lorg/apache/flink/runtime/checkpoint/"

struct java_field {
	const char *name;
	const char *signature; /* NULL: a boolean */
};

struct java_class {
	const char *name;
	uint64_t uid;
	uint8_t flags;
	uint16_t n_fields;
	struct java_field fields[8];
	const struct java_class *super;
};

static const struct java_class java_enum = { .name = "java.lang.Enum", .flags = FLAGS_ENUM };

static const struct java_class format_type = {
	.name = "org.apache.flink.core.execution.SavepointFormatType",
	.flags = FLAGS_ENUM,
	.super = &java_enum,
};

static const struct java_class post_action = {
	.name = CHECKPOINT "SavepointType$PostCheckpointAction",
	.flags = FLAGS_ENUM,
	.super = &java_enum,
};

static const struct java_class sharing_strategy = {
	.name = CHECKPOINT "SnapshotType$SharingFilesStrategy",
	.flags = FLAGS_ENUM,
	.super = &java_enum,
};

static const struct java_class savepoint_type = {
	.name = CHECKPOINT "SavepointType",
	.uid = 0xa087d308a45814b8U,
	.flags = FLAGS_OBJECT,
	.n_fields = 3,
	.fields = { { "formatType", "Lorg/apache/flink/core/execution/SavepointFormatType;" },
		{ "name", "Ljava/lang/String;" },
		{ "postCheckpointAction", CHECKPOINT_L "SavepointType$PostCheckpointAction;" } },
};

static const struct java_class checkpoint_type = {
	.name = CHECKPOINT "CheckpointType",
	.uid = 0xd6de4f0305ae1d3aU,
	.flags = FLAGS_OBJECT,
	.n_fields = 2,
	.fields = { { "name", "Ljava/lang/String;" },
		{ "sharingFilesStrategy", CHECKPOINT_L "SnapshotType$SharingFilesStrategy;" } },
};

static const struct java_class checkpoint_properties = {
	.name = CHECKPOINT "CheckpointProperties",
	.uid = 2,
	.flags = FLAGS_OBJECT,
	.n_fields = 8,
	.fields = { { "discardCancelled", NULL }, { "discardFailed", NULL },
		{ "discardFinished", NULL }, { "discardSubsumed", NULL },
		{ "discardSuspended", NULL }, { "forced", NULL }, { "unclaimed", NULL },
		{ "checkpointType", CHECKPOINT_L "SnapshotType;" } },
};

static const struct java_class *const classes[] = { &checkpoint_properties, &savepoint_type,
	&checkpoint_type, &format_type, &post_action, &sharing_strategy, &java_enum };

/* What a handle stands for; the other member is empty. */
struct known {
	const struct java_class *class; /* a class, or the class of an enum constant */
	bool constant;
	struct sp_slice text; /* of a string or an enum constant */
};

#define MAX_HANDLES 32 /* a savepoint takes 16 */

struct java_reader {
	struct sp_cursor *in;
	struct known handles[MAX_HANDLES];
	uint32_t n_handles;
};

static int fail_before(
	struct sp_error *err, const struct sp_cursor *in, size_t back, const char *what)
{
	struct sp_cursor at = *in;

	at.at -= back;
	return sp_fail_at(err, &at, "%s", what);
}

static int take_code(struct java_reader *r, uint8_t code, const char *what, struct sp_error *err)
{
	uint8_t v;

	if (sp_take_u8(r->in, &v, err) < 0)
		return err->code;
	if (v != code)
		return fail_before(err, r->in, 1, what);
	return 0;
}

/* Every new handle was paid for with bytes, so this only fails for streams unlike Flink's. */
static int add_handle(struct java_reader *r, struct known known, struct sp_error *err)
{
	if (r->n_handles == MAX_HANDLES)
		return sp_fail_at(err, r->in, "more objects than Flink writes");
	r->handles[r->n_handles++] = known;
	return 0;
}

static int take_reference(struct java_reader *r, struct known *ret, struct sp_error *err)
{
	struct sp_cursor start = *r->in;
	uint32_t handle;

	if (sp_take_u32(r->in, &handle, err) < 0)
		return err->code;
	if (handle < FIRST_HANDLE || handle - FIRST_HANDLE >= r->n_handles)
		return sp_fail_at(err, &start, "reference to unknown handle 0x%" PRIx32, handle);
	*ret = r->handles[handle - FIRST_HANDLE];
	return 0;
}

static int take_string(struct java_reader *r, struct sp_slice *ret, struct sp_error *err)
{
	struct known known = { 0 };
	uint8_t code;

	if (sp_take_u8(r->in, &code, err) < 0)
		return err->code;
	if (code == TC_REFERENCE) {
		if (take_reference(r, &known, err) < 0)
			return err->code;
		if (known.class != NULL || known.text.p == NULL)
			return fail_before(err, r->in, 4, "reference to something not a string");
	} else if (code == TC_STRING) {
		if (sp_take_utf(r->in, &known.text, err) < 0 || add_handle(r, known, err) < 0)
			return err->code;
	} else {
		return fail_before(err, r->in, 1, "not a string");
	}
	*ret = known.text;
	return 0;
}

static int take_field(struct java_reader *r, const struct java_field *field, struct sp_error *err)
{
	struct sp_slice name;
	struct sp_slice signature;

	if (take_code(r, field->signature == NULL ? 'Z' : 'L', "not the type of this field", err) <
		0)
		return err->code;
	if (sp_take_utf(r->in, &name, err) < 0)
		return err->code;
	if (!sp_slice_is(name, field->name))
		return fail_before(err, r->in, name.n, "not the name of this field");
	if (field->signature == NULL)
		return 0;
	if (take_string(r, &signature, err) < 0)
		return err->code;
	if (!sp_slice_is(signature, field->signature))
		return sp_fail_at(err, r->in, "field '%s' is of another type", field->name);
	return 0;
}

static int take_class_name(
	struct java_reader *r, const struct java_class **ret, struct sp_error *err)
{
	struct sp_cursor start = *r->in;
	struct sp_slice name;

	if (sp_take_utf(r->in, &name, err) < 0)
		return err->code;
	for (size_t i = 0; i < sp_countof(classes); i++)
		if (sp_slice_is(name, classes[i]->name)) {
			*ret = classes[i];
			return 0;
		}
	return sp_fail_at(err, &start, "unknown Java class");
}

static int take_class_head(
	struct java_reader *r, const struct java_class **ret, struct sp_error *err)
{
	const struct java_class *class = NULL;
	struct sp_cursor start;
	uint16_t n;
	int64_t uid;
	uint8_t flags;

	if (take_class_name(r, &class, err) < 0)
		return err->code;
	start = *r->in;
	if (sp_take_i64(r->in, &uid, err) < 0)
		return err->code;
	if ((uint64_t)uid != class->uid)
		return sp_fail_at(
			err, &start, "serialVersionUID of class %s is another", class->name);
	if (add_handle(r, (struct known){ .class = class }, err) < 0)
		return err->code;
	start = *r->in;
	if (sp_take_u8(r->in, &flags, err) < 0 || sp_take_u16(r->in, &n, err) < 0)
		return err->code;
	if (flags != class->flags || n != class->n_fields)
		return sp_fail_at(
			err, &start, "flags or fields of class %s are others", class->name);
	*ret = class;
	return 0;
}

static int take_class(struct java_reader *r, const struct java_class **ret, struct sp_error *err);

/* Each class on the way takes a handle, so the chain cannot be long. */
static int take_super(struct java_reader *r, const struct java_class *class, struct sp_error *err)
{
	struct sp_cursor start = *r->in;
	const struct java_class *super = NULL;

	if (class->super == NULL)
		return take_code(r, TC_NULL, "a super class where there is none", err);
	if (take_class(r, &super, err) < 0)
		return err->code;
	if (super != class->super)
		return sp_fail_at(err, &start, "class %s has another super class", class->name);
	return 0;
}

static int take_class(struct java_reader *r, const struct java_class **ret, struct sp_error *err)
{
	struct known known = { 0 };
	uint8_t code;

	if (sp_take_u8(r->in, &code, err) < 0)
		return err->code;
	if (code == TC_REFERENCE) {
		if (take_reference(r, &known, err) < 0)
			return err->code;
		if (known.class == NULL || known.constant)
			return fail_before(err, r->in, 4, "reference to something not a class");
		*ret = known.class;
		return 0;
	}
	if (code != TC_CLASSDESC)
		return fail_before(err, r->in, 1, "not a class");
	if (take_class_head(r, ret, err) < 0)
		return err->code;
	for (size_t i = 0; i < (*ret)->n_fields; i++)
		if (take_field(r, &(*ret)->fields[i], err) < 0)
			return err->code;
	if (take_code(r, TC_ENDBLOCKDATA, "class with annotations", err) < 0)
		return err->code;
	return take_super(r, *ret, err);
}

static int take_object(struct java_reader *r, const struct java_class **ret, struct sp_error *err)
{
	if (take_code(r, TC_OBJECT, "not an object", err) < 0 || take_class(r, ret, err) < 0)
		return err->code;
	return add_handle(r, (struct known){ 0 }, err);
}

/* The text of an enum constant of `class`. */
static int take_enum(struct java_reader *r, const struct java_class *class, struct sp_slice *ret,
	struct sp_error *err)
{
	struct sp_cursor start = *r->in;
	const struct java_class *found = NULL;
	uint32_t handle;

	if (take_code(r, TC_ENUM, "not an enum constant", err) < 0 ||
		take_class(r, &found, err) < 0)
		return err->code;
	if (found != class)
		return sp_fail_at(err, &start, "not a constant of %s", class->name);
	handle = r->n_handles;
	if (add_handle(r, (struct known){ .class = class, .constant = true }, err) < 0 ||
		take_string(r, ret, err) < 0)
		return err->code;
	r->handles[handle].text = *ret;
	return 0;
}

static int fail_constant(
	struct java_reader *r, const struct java_class *class, struct sp_error *err)
{
	return sp_fail_at(err, r->in, "unknown constant of %s", class->name);
}

static int take_savepoint(struct java_reader *r, struct sp_properties *ret, struct sp_error *err)
{
	struct sp_slice format;
	struct sp_slice action;

	if (take_enum(r, &format_type, &format, err) < 0)
		return err->code;
	if (!sp_slice_is(format, "CANONICAL") && !sp_slice_is(format, "NATIVE"))
		return fail_constant(r, &format_type, err);
	if (take_string(r, &ret->name, err) < 0 || take_enum(r, &post_action, &action, err) < 0)
		return err->code;
	if (!sp_slice_is(action, "NONE") && !sp_slice_is(action, "SUSPEND") &&
		!sp_slice_is(action, "TERMINATE"))
		return fail_constant(r, &post_action, err);
	ret->type = SP_TYPE_SAVEPOINT;
	ret->native = sp_slice_is(format, "NATIVE");
	return 0;
}

static int take_checkpoint(struct java_reader *r, struct sp_properties *ret, struct sp_error *err)
{
	struct sp_slice strategy;

	if (take_string(r, &ret->name, err) < 0 ||
		take_enum(r, &sharing_strategy, &strategy, err) < 0)
		return err->code;
	if (!sp_slice_is(strategy, "FORWARD_BACKWARD") && !sp_slice_is(strategy, "FORWARD") &&
		!sp_slice_is(strategy, "NO_SHARING"))
		return fail_constant(r, &sharing_strategy, err);
	ret->type = sp_slice_is(strategy, "FORWARD") ? SP_TYPE_FULL_CHECKPOINT : SP_TYPE_CHECKPOINT;
	return 0;
}

static int take_properties(struct java_reader *r, struct sp_properties *ret, struct sp_error *err)
{
	struct sp_cursor start = *r->in;
	const struct java_class *class = NULL;
	bool flags[7];

	if (take_object(r, &class, err) < 0)
		return err->code;
	if (class != &checkpoint_properties)
		return sp_fail_at(err, &start, "an object of %s", class->name);
	for (size_t i = 0; i < sp_countof(flags); i++)
		if (sp_take_bool(r->in, &flags[i], err) < 0)
			return err->code;
	ret->unclaimed = flags[6];
	start = *r->in;
	if (take_object(r, &class, err) < 0)
		return err->code;
	if (class == &savepoint_type)
		return take_savepoint(r, ret, err);
	if (class == &checkpoint_type)
		return take_checkpoint(r, ret, err);
	return sp_fail_at(err, &start, "checkpoint type is an object of %s", class->name);
}

int sp_properties_read(struct sp_cursor *in, struct sp_properties *ret, struct sp_error *err)
{
	struct sp_cursor at = *in;
	struct java_reader r = { .in = &at };
	struct sp_properties properties = { 0 };
	uint32_t header;

	if (sp_take_u32(&at, &header, err) < 0)
		return err->code;
	if (header != STREAM_HEADER)
		return sp_fail_at(err, in, "not a Java object stream");
	if (sp_left(&at) != 0 && *at.at == TC_NULL)
		at.at++;
	else if (take_properties(&r, &properties, err) < 0)
		return err->code;
	properties.bytes = sp_slice(in->at, (size_t)(at.at - in->at));
	*ret = properties;
	*in = at;
	return 0;
}

static void put_string(struct sp_buffer *out, const char *text)
{
	sp_buffer_u8(out, TC_STRING);
	sp_buffer_utf(out, sp_slice_of(text));
}

static void put_class(struct sp_buffer *out, const struct java_class *class)
{
	sp_buffer_u8(out, TC_CLASSDESC);
	sp_buffer_utf(out, sp_slice_of(class->name));
	sp_buffer_u64(out, class->uid);
	sp_buffer_u8(out, class->flags);
	sp_buffer_u16(out, class->n_fields);
	for (size_t i = 0; i < class->n_fields; i++) {
		const struct java_field *field = &class->fields[i];

		sp_buffer_u8(out, field->signature == NULL ? 'Z' : 'L');
		sp_buffer_utf(out, sp_slice_of(field->name));
		if (field->signature != NULL)
			put_string(out, field->signature);
	}
	sp_buffer_u8(out, TC_ENDBLOCKDATA);
}

void sp_properties_write_savepoint(bool native, struct sp_buffer *out)
{
	static const uint8_t flags[] = { 0, 0, 0, 0, 0, 1, 0 }; /* forced, as most have it */

	sp_buffer_u32(out, STREAM_HEADER);
	sp_buffer_u8(out, TC_OBJECT);
	put_class(out, &checkpoint_properties);
	sp_buffer_u8(out, TC_NULL);
	sp_buffer_bytes(out, sp_slice(flags, sizeof(flags)));

	sp_buffer_u8(out, TC_OBJECT);
	put_class(out, &savepoint_type);
	sp_buffer_u8(out, TC_NULL);

	sp_buffer_u8(out, TC_ENUM);
	put_class(out, &format_type);
	put_class(out, &java_enum); /* handle 9 */
	sp_buffer_u8(out, TC_NULL);
	put_string(out, native ? "NATIVE" : "CANONICAL");

	put_string(out, "Savepoint");

	sp_buffer_u8(out, TC_ENUM);
	put_class(out, &post_action);
	sp_buffer_u8(out, TC_REFERENCE);
	sp_buffer_u32(out, FIRST_HANDLE + 9);
	put_string(out, "NONE");
}
