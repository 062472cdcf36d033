/*
 * A value that is one Java object stream (see java-object.c), which knows its own end.
 *
 * Written by org.apache.flink.runtime.state.JavaSerializer, and inside of Kryo for Throwables.
 */
#include "java-object.h"
#include "value-internal.h"

int sp_walk_java_object(struct sp_walk *walk, struct sp_value *to, struct sp_error *err)
{
	sp_auto(sp_arena) *scratch = sp_arena_new();
	struct sp_cursor in = walk->reader->in;
	const struct sp_java_value *object;

	in.missing = 0;
	if (sp_java_object_read(&in, scratch, &object, err) < 0) {
		walk->reader->missing = in.missing;
		return err->code;
	}
	if (to != NULL) {
		to->kind = SP_VALUE_JAVA;
		to->bytes = sp_slice(walk->reader->in.at, (size_t)(in.at - walk->reader->in.at));
		if (object->class != NULL)
			to->class_name = object->class->name;
	}
	walk->reader->in.at = in.at;
	return 0;
}

int sp_walk_java(
	struct sp_walk *walk, const struct sp_type *type, struct sp_value *to, struct sp_error *err)
{
	(void)type;
	return sp_walk_java_object(walk, to, err);
}
