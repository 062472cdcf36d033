/*
 *	stream   aced 0005 content
 *	content  70                                             null
 *	         71 i32 handle (from 0x7e0000)                  what was written before
 *	         72 utf name, i64 uid, +handle, u8 flags,
 *	            u16 n, n × (u8 code, utf name, L [: content),
 *	            annotation, super (72 71 7d 70)             class descriptor
 *	         7d +handle, i32 n, n × utf, annotation, super  descriptor of a proxy class
 *	         73 descriptor, +handle, data per class         object
 *	         74 +handle, utf  ·  7c +handle, i64 n, bytes   string
 *	         75 descriptor, +handle, i32 n, items           array
 *	         76 descriptor, +handle                         class
 *	         7e descriptor, +handle, content                enum constant
 *	         77 u8 n, bytes  ·  7a i32 n, bytes             block data
 *	         79                                             reset: handles start again
 *	annotation  content … 78
 *
 * Written by java.io.ObjectOutputStream; the same in every Java since 1.2.
 */
#include "java-object.h"

#include <inttypes.h>

#include "mutf8.h"

/* java.io.ObjectStreamConstants */
#define STREAM_MAGIC_AND_VERSION 0xaced0005U
#define BASE_WIRE_HANDLE 0x7e0000

enum {
	TC_NULL = 0x70,
	TC_REFERENCE = 0x71,
	TC_CLASSDESC = 0x72,
	TC_OBJECT = 0x73,
	TC_STRING = 0x74,
	TC_ARRAY = 0x75,
	TC_CLASS = 0x76,
	TC_BLOCKDATA = 0x77,
	TC_ENDBLOCKDATA = 0x78,
	TC_RESET = 0x79,
	TC_BLOCKDATALONG = 0x7a,
	TC_LONGSTRING = 0x7c,
	TC_PROXYCLASSDESC = 0x7d,
	TC_ENUM = 0x7e,
};

#define SC_WRITE_METHOD 0x01
#define SC_SERIALIZABLE 0x02
#define SC_EXTERNALIZABLE 0x04
#define SC_BLOCK_DATA 0x08

#define MAX_DEPTH 200

/* A list that grows in the arena. */
struct list {
	const struct sp_java_value **items;
	size_t n;
	size_t capacity;
};

struct reader {
	struct sp_cursor *in;
	struct sp_arena *arena;
	struct list handles;
	unsigned depth;
};

static void append(struct reader *r, struct list *list, const struct sp_java_value *value)
{
	if (list->n == list->capacity) {
		size_t capacity = list->capacity == 0 ? 4 : list->capacity * 2;
		const struct sp_java_value **items =
			sp_arena_new_array(r->arena, const struct sp_java_value *, capacity);

		if (list->n != 0)
			memcpy(items, list->items, list->n * sizeof(*items));
		list->items = items;
		list->capacity = capacity;
	}
	list->items[list->n++] = value;
}

static struct sp_java_value *value_new(struct reader *r, enum sp_java_kind kind)
{
	struct sp_java_value *value = sp_arena_new_array(r->arena, struct sp_java_value, 1);

	value->kind = kind;
	return value;
}

static int read_content(struct reader *r, const struct sp_java_value **ret, struct sp_error *err);

/* Reads up to the end of an annotation, TC_ENDBLOCKDATA. */
static int read_annotation(struct reader *r, struct list *list, struct sp_error *err)
{
	const struct sp_java_value *value;

	while (sp_left(r->in) > 0 && *r->in->at != TC_ENDBLOCKDATA) {
		if (*r->in->at == TC_RESET) {
			r->in->at++;
			r->handles.n = 0;
			continue;
		}
		if (read_content(r, &value, err) < 0)
			return err->code;
		append(r, list, value);
	}
	if (sp_left(r->in) == 0) {
		r->in->missing = 1;
		return sp_fail_at(err, r->in, "Java object stream is cut short");
	}
	r->in->at++;
	return 0;
}

/* A class descriptor, a reference to one, or null (*ret = NULL). */
static int read_class(struct reader *r, const struct sp_java_class **ret, struct sp_error *err)
{
	struct sp_cursor at = *r->in;
	const struct sp_java_value *value;

	if (read_content(r, &value, err) < 0)
		return err->code;
	if (value->kind != SP_JAVA_KIND_CLASS && value->kind != SP_JAVA_KIND_NULL)
		return sp_fail_at(err, &at, "Java object stream: not a class descriptor");
	*ret = value->kind == SP_JAVA_KIND_NULL ? NULL : value->class;
	return 0;
}

static int read_some_class(struct reader *r, const struct sp_java_class **ret, struct sp_error *err)
{
	if (read_class(r, ret, err) < 0)
		return err->code;
	if (*ret == NULL)
		return sp_fail_at(err, r->in, "Java object stream: no class descriptor");
	return 0;
}

static int read_class_field(
	struct reader *r, struct sp_java_class_field *field, struct sp_error *err)
{
	const struct sp_java_value *type;
	uint8_t code;

	if (sp_take_u8(r->in, &code, err) < 0 || sp_take_utf(r->in, &field->name, err) < 0)
		return err->code;
	field->code = (char)code;
	if (code == 'L' || code == '[')
		return read_content(r, &type, err);
	if (code == 0 || strchr("BCDFIJSZ", code) == NULL)
		return sp_fail_at(err, r->in, "Java object stream: field of type 0x%02x", code);
	return 0;
}

static int read_class_fields(struct reader *r, struct sp_java_class *class, struct sp_error *err)
{
	uint16_t n;

	if (sp_take_u16(r->in, &n, err) < 0)
		return err->code;
	if (n > sp_left(r->in) / 3) {
		r->in->missing = n * (size_t)3 - sp_left(r->in);
		return sp_fail_at(err, r->in, "Java object stream: %u fields cannot fit", n);
	}
	class->fields = sp_arena_new_array(r->arena, struct sp_java_class_field, n);
	class->n_fields = n;
	for (size_t i = 0; i < n; i++)
		if (read_class_field(r, &class->fields[i], err) < 0)
			return err->code;
	return 0;
}

/* Annotation and superclass, of both kinds of descriptors. */
static int read_class_end(struct reader *r, struct sp_java_class *class, struct sp_error *err)
{
	struct list annotation = { 0 };

	if (read_annotation(r, &annotation, err) < 0)
		return err->code;
	return read_class(r, &class->super, err);
}

static int read_class_descriptor(
	struct reader *r, struct sp_java_value *value, struct sp_error *err)
{
	struct sp_java_class *class = sp_arena_new_array(r->arena, struct sp_java_class, 1);
	int64_t uid;

	value->class = class;
	if (sp_take_utf(r->in, &class->name, err) < 0 || sp_take_i64(r->in, &uid, err) < 0)
		return err->code;
	append(r, &r->handles, value);
	if (sp_take_u8(r->in, &class->flags, err) < 0 || read_class_fields(r, class, err) < 0)
		return err->code;
	return read_class_end(r, class, err);
}

static int read_proxy_descriptor(
	struct reader *r, struct sp_java_value *value, struct sp_error *err)
{
	struct sp_java_class *class = sp_arena_new_array(r->arena, struct sp_java_class, 1);
	struct sp_slice name;
	uint32_t n;

	value->class = class;
	class->flags = SC_SERIALIZABLE;
	append(r, &r->handles, value);
	if (sp_take_count(r->in, 2, "interfaces", &n, err) < 0)
		return err->code;
	for (uint32_t i = 0; i < n; i++)
		if (sp_take_utf(r->in, &name, err) < 0)
			return err->code;
	return read_class_end(r, class, err);
}

static int take_number(struct sp_cursor *in, size_t width, int64_t *ret, struct sp_error *err)
{
	struct sp_slice bytes;
	uint64_t v;

	if (sp_take_bytes(in, width, &bytes, err) < 0)
		return err->code;
	v = (bytes.p[0] & 0x80) != 0 ? UINT64_MAX : 0;
	for (size_t i = 0; i < width; i++)
		v = v << 8 | bytes.p[i];
	*ret = (int64_t)v;
	return 0;
}

/* Bytes of a primitive; 0 for L and [. */
static size_t width_of(char code)
{
	switch (code) {
	case 'B':
	case 'Z': return 1;
	case 'C':
	case 'S': return 2;
	case 'F':
	case 'I': return 4;
	case 'D':
	case 'J': return 8;
	default: return 0;
	}
}

static int read_field(struct reader *r, struct sp_java_field *field, struct sp_error *err)
{
	size_t width = width_of(field->declared->code);

	if (width == 0)
		return read_content(r, &field->value, err);
	return take_number(r->in, width, &field->number, err);
}

static int read_object_of(struct reader *r, const struct sp_java_class *class,
	struct sp_java_value *object, struct list *items, struct sp_error *err)
{
	if ((class->flags & SC_EXTERNALIZABLE) != 0) {
		if ((class->flags & SC_BLOCK_DATA) == 0)
			return sp_fail(err, SP_EUNSUPPORTED,
				"offset 0x%" PRIx64 ": Java object of an externalizable class",
				sp_offset(r->in));
		return read_annotation(r, items, err);
	}
	if ((class->flags & SC_SERIALIZABLE) == 0)
		return 0;
	for (size_t i = 0; i < class->n_fields; i++) {
		struct sp_java_field *field = &object->fields[object->n_fields];

		field->declared = &class->fields[i];
		if (read_field(r, field, err) < 0)
			return err->code;
		object->n_fields++;
	}
	return (class->flags & SC_WRITE_METHOD) != 0 ? read_annotation(r, items, err) : 0;
}

/* The superclasses of `class`, itself first; a chain that is too long may be a circle. */
static int hierarchy(struct reader *r, const struct sp_java_class *class,
	const struct sp_java_class *chain[MAX_DEPTH], size_t *n_fields, struct sp_error *err)
{
	int n = 0;

	*n_fields = 0;
	for (; class != NULL; class = class->super) {
		if (n == MAX_DEPTH)
			return sp_fail_at(err, r->in, "Java object stream: endless superclasses");
		chain[n++] = class;
		if ((class->flags & (SC_SERIALIZABLE | SC_EXTERNALIZABLE)) == SC_SERIALIZABLE)
			*n_fields += class->n_fields;
	}
	return n;
}

static int read_object(struct reader *r, struct sp_java_value *object, struct sp_error *err)
{
	const struct sp_java_class *chain[MAX_DEPTH];
	struct list items = { 0 };
	size_t n_fields;
	int n;

	if (read_some_class(r, &object->class, err) < 0)
		return err->code;
	append(r, &r->handles, object);
	n = hierarchy(r, object->class, chain, &n_fields, err);
	if (n < 0)
		return err->code;
	if (n_fields > sp_left(r->in)) {
		r->in->missing = n_fields - sp_left(r->in);
		return sp_fail_at(
			err, r->in, "Java object stream: %zu fields cannot fit", n_fields);
	}
	object->fields = sp_arena_new_array(r->arena, struct sp_java_field, n_fields);
	while (n-- > 0)
		if (read_object_of(r, chain[n], object, &items, err) < 0)
			return err->code;
	object->items = items.items;
	object->n_items = items.n;
	return 0;
}

static int read_items(struct reader *r, struct sp_java_value *array, size_t n, struct sp_error *err)
{
	struct list items = { 0 };
	const struct sp_java_value *item;

	for (size_t i = 0; i < n; i++) {
		if (read_content(r, &item, err) < 0)
			return err->code;
		append(r, &items, item);
	}
	array->items = items.items;
	array->n_items = items.n;
	return 0;
}

static int read_array(struct reader *r, struct sp_java_value *array, struct sp_error *err)
{
	size_t width;
	uint32_t n;

	if (read_some_class(r, &array->class, err) < 0)
		return err->code;
	append(r, &r->handles, array);
	if (array->class->name.n < 2)
		return sp_fail_at(err, r->in, "Java object stream: array of no type");
	width = width_of((char)array->class->name.p[1]);
	if (sp_take_count(r->in, width == 0 ? 1 : width, "items", &n, err) < 0)
		return err->code;
	if (width == 0)
		return read_items(r, array, n, err);
	return sp_take_bytes(r->in, n * width, &array->text, err);
}

static int read_class_object(struct reader *r, struct sp_java_value *value, struct sp_error *err)
{
	if (read_some_class(r, &value->class, err) < 0)
		return err->code;
	append(r, &r->handles, value);
	return 0;
}

static int read_enum(struct reader *r, struct sp_java_value *value, struct sp_error *err)
{
	const struct sp_java_value *name;

	if (read_some_class(r, &value->class, err) < 0)
		return err->code;
	append(r, &r->handles, value);
	if (read_content(r, &name, err) < 0)
		return err->code;
	if (name->kind != SP_JAVA_KIND_STRING)
		return sp_fail_at(err, r->in, "Java object stream: enum constant without a name");
	value->text = name->text;
	return 0;
}

static int read_string(struct reader *r, struct sp_java_value *value, struct sp_error *err)
{
	append(r, &r->handles, value);
	return sp_take_utf(r->in, &value->text, err);
}

static int read_long_string(struct reader *r, struct sp_java_value *value, struct sp_error *err)
{
	int64_t n;

	append(r, &r->handles, value);
	if (sp_take_i64(r->in, &n, err) < 0)
		return err->code;
	if (n > INT32_MAX)
		return sp_fail_at(err, r->in, "Java object stream: string of %" PRId64 " bytes", n);
	if (n >= 0 && (uint64_t)n > sp_left(r->in))
		r->in->missing = (size_t)n - sp_left(r->in);
	if (n < 0 || (uint64_t)n > sp_left(r->in))
		return sp_fail_at(err, r->in, "Java object stream: string of %" PRId64 " bytes", n);
	if (sp_take_bytes(r->in, (size_t)n, &value->text, err) < 0)
		return err->code;
	if (!sp_mutf8_valid(value->text))
		return sp_fail_at(err, r->in, "Java object stream: malformed string");
	return 0;
}

static int read_block(struct reader *r, struct sp_java_value *value, struct sp_error *err)
{
	uint8_t n;

	if (sp_take_u8(r->in, &n, err) < 0)
		return err->code;
	return sp_take_bytes(r->in, n, &value->text, err);
}

static int read_long_block(struct reader *r, struct sp_java_value *value, struct sp_error *err)
{
	return sp_take_blob(r->in, &value->text, err);
}

static int read_null(struct reader *r, struct sp_java_value *value, struct sp_error *err)
{
	(void)r;
	(void)value;
	(void)err;
	return 0;
}

static int read_reference(struct reader *r, const struct sp_java_value **ret, struct sp_error *err)
{
	int32_t handle;

	if (sp_take_i32(r->in, &handle, err) < 0)
		return err->code;
	if (handle < BASE_WIRE_HANDLE || (size_t)(handle - BASE_WIRE_HANDLE) >= r->handles.n)
		return sp_fail_at(err, r->in, "Java object stream: no handle 0x%" PRIx32, handle);
	*ret = r->handles.items[handle - BASE_WIRE_HANDLE];
	return 0;
}

static const struct content {
	enum sp_java_kind kind;
	int (*read)(struct reader *r, struct sp_java_value *value, struct sp_error *err);
} contents[] = {
	[TC_NULL - TC_NULL] = { SP_JAVA_KIND_NULL, read_null },
	[TC_CLASSDESC - TC_NULL] = { SP_JAVA_KIND_CLASS, read_class_descriptor },
	[TC_OBJECT - TC_NULL] = { SP_JAVA_KIND_OBJECT, read_object },
	[TC_STRING - TC_NULL] = { SP_JAVA_KIND_STRING, read_string },
	[TC_ARRAY - TC_NULL] = { SP_JAVA_KIND_ARRAY, read_array },
	[TC_CLASS - TC_NULL] = { SP_JAVA_KIND_CLASS, read_class_object },
	[TC_BLOCKDATA - TC_NULL] = { SP_JAVA_KIND_BLOCK, read_block },
	[TC_BLOCKDATALONG - TC_NULL] = { SP_JAVA_KIND_BLOCK, read_long_block },
	[TC_LONGSTRING - TC_NULL] = { SP_JAVA_KIND_STRING, read_long_string },
	[TC_PROXYCLASSDESC - TC_NULL] = { SP_JAVA_KIND_CLASS, read_proxy_descriptor },
	[TC_ENUM - TC_NULL] = { SP_JAVA_KIND_ENUM, read_enum },
};

static int read_content(struct reader *r, const struct sp_java_value **ret, struct sp_error *err)
{
	const struct content *content;
	struct sp_java_value *value;
	uint8_t tag;
	int status;

	if (sp_take_u8(r->in, &tag, err) < 0)
		return err->code;
	if (tag == TC_REFERENCE)
		return read_reference(r, ret, err);
	content = tag >= TC_NULL && tag - TC_NULL < (int)sp_countof(contents)
			  ? &contents[tag - TC_NULL]
			  : NULL;
	if (content == NULL || content->read == NULL)
		return sp_fail_at(err, r->in, "Java object stream: unknown tag 0x%02x", tag);
	if (r->depth == MAX_DEPTH)
		return sp_fail_at(err, r->in, "Java object stream is nested too deeply");
	value = value_new(r, content->kind);
	r->depth++;
	status = content->read(r, value, err);
	r->depth--;
	*ret = value;
	return status;
}

int sp_java_object_read(struct sp_cursor *in, struct sp_arena *arena,
	const struct sp_java_value **ret, struct sp_error *err)
{
	struct sp_cursor at = *in;
	struct reader r = { .in = &at, .arena = arena };
	const struct sp_java_value *value;
	uint32_t magic;

	if (sp_take_u32(&at, &magic, err) < 0) {
		in->missing = at.missing;
		return err->code;
	}
	if (magic != STREAM_MAGIC_AND_VERSION)
		return sp_fail_at(err, in, "not a Java object stream: 0x%08" PRIx32, magic);
	if (read_content(&r, &value, err) < 0) {
		in->missing = at.missing;
		return err->code;
	}
	*ret = value;
	*in = at;
	return 0;
}

const struct sp_java_field *sp_java_field(const struct sp_java_value *object, const char *name)
{
	for (size_t i = object->n_fields; i-- > 0;)
		if (sp_slice_is(object->fields[i].declared->name, name))
			return &object->fields[i];
	return NULL;
}
