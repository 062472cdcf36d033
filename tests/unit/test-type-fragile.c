#include "unit.h"

#include "type-fragile.h"
#include "values.h"

#define RUNTIME "org.apache.flink.api.java.typeutils.runtime."
#define SCALA "org.apache.flink.api.scala.typeutils."

/* "kryo value, element 2.0; " for each that is found. */
static void put(const struct sp_fragile *fragile, void *arg)
{
	struct sp_buffer *out = arg;
	char release[16];

	ck_assert_uint_gt(strlen(fragile->why), 20);
	sp_buffer_printf(out, "%s %s", sp_fragility_text(fragile->kind), fragile->part);
	if (fragile->breaks_in != 0)
		sp_buffer_printf(out, " %s", sp_release_text(fragile->breaks_in, release));
	sp_buffer_printf(out, "; ");
}

static void expect_of(
	const struct sp_type *type, const struct sp_fragile_place *place, const char *wanted)
{
	sp_auto_buffer got = { 0 };

	sp_type_fragile(type, place, put, &got);
	ck_assert_msg(sp_slice_is(sp_buffer_slice(&got), wanted), "'%.*s' and not '%s'", (int)got.n,
		got.p, wanted);
}

static void expect(const struct sp_type *value, const char *wanted)
{
	expect_of(value, &(struct sp_fragile_place){ .role = "value", .kryo = SP_KRYO_2 }, wanted);
}

static void expect_key(const struct sp_type *key, const char *wanted)
{
	expect_of(key, &(struct sp_fragile_place){ .role = "key", .is_key = true }, wanted);
}

START_TEST(plain_types_are_not)
{
	expect(OF(SP_MAP, TYPE(.kind = SP_STRING), OF(SP_LIST, TYPE(.kind = SP_LONG))), "");
	expect(TYPE(.kind = SP_ENUM), "");
	expect(TYPE(.kind = SP_BYTE_ARRAY), "");
	expect_key(OF(SP_TUPLE, TYPE(.kind = SP_STRING), TYPE(.kind = SP_INT)), "");
}
END_TEST

START_TEST(serializers_that_follow_the_code)
{
	const struct sp_type *kryo = TYPE(.kind = SP_KRYO);

	expect(kryo, "kryo value 2.0; ");
	expect(OF(SP_LIST, kryo), "kryo value, element 2.0; ");
	expect_of(kryo, &(struct sp_fragile_place){ .role = "value", .kryo = SP_KRYO_5 },
		"kryo value; ");
	expect(TYPE(.kind = SP_JAVA_OBJECT), "java value; ");
	expect(TYPE(.kind = SP_LEGACY), "legacy value 1.17; ");
	expect(OF(SP_TTL, TYPE(.kind = SP_LONG), TYPE(.kind = SP_OPAQUE)), "user value, value; ");
	expect(OF(SP_COMPOSITE, TYPE(.kind = SP_LONG)), "user value; ");
	expect(TYPE(.kind = SP_VALUE), "user value; ");
}
END_TEST

START_TEST(classes_that_are_gone)
{
	const struct sp_type *option = TYPE(.kind = SP_OPTION,
		.snapshot_class = SLICE(SCALA "ScalaOptionSerializerSnapshot"), .version = 3);
	const struct sp_type *either = TYPE(.kind = SP_EITHER,
		.snapshot_class = SLICE(RUNTIME "EitherSerializerSnapshot"), .version = 2);

	expect(option, "scala value 2.0; ");
	expect(either, "retired value 2.0; ");
	expect(TYPE(.kind = SP_ROW_DATA,
		       .snapshot_class = SLICE("org.apache.flink.table.runtime.typeutils."
					       "BaseRowSerializer$BaseRowSerializerSnapshot"),
		       .version = 3),
		"retired value 1.11; ");
}
END_TEST

START_TEST(subclasses_of_pojos)
{
	struct sp_type_field fields[] = { { SLICE("b"), SLICE("A"), TYPE(.kind = SP_KRYO) } };
	struct sp_type_field met[] = { { SLICE("my.Sub"), { 0 }, TYPE(.kind = SP_LONG) } };
	const struct sp_type *pojo = TYPE(.kind = SP_POJO, .fields = fields, .n_fields = 1,
		.non_registered = met, .n_non_registered = 1);

	expect(pojo, "subclass value; kryo value, field b 2.0; ");
}
END_TEST

START_TEST(keys_that_hash_by_identity)
{
	struct sp_type_field fields[] = { { SLICE("color"), { 0 }, TYPE(.kind = SP_ENUM) } };
	const struct sp_type *array = TYPE(.kind = SP_BYTE_ARRAY);

	expect_key(TYPE(.kind = SP_ENUM), "identity key; ");
	expect_key(OF(SP_TUPLE, TYPE(.kind = SP_INT), array), "identity key, f1; ");
	expect_key(OF(SP_LIST, array), "identity key, element; ");
	expect_key(TYPE(.kind = SP_POJO, .fields = fields, .n_fields = 1),
		"identity key, field color; ");
	/* A Row hashes arrays by their elements, but not what lies deeper in other types. */
	expect_key(OF(SP_ROW, array), "");
	expect_key(OF(SP_ROW, OF(SP_OBJECT_ARRAY, array)), "");
	expect_key(OF(SP_ROW, OF(SP_TUPLE, array)), "identity key, f0, f0; ");
	expect_key(OF(SP_ROW, TYPE(.kind = SP_ENUM)), "identity key, f0; ");
}
END_TEST

UNIT_MAIN("type-fragile", plain_types_are_not, serializers_that_follow_the_code,
	classes_that_are_gone, subclasses_of_pojos, keys_that_hash_by_identity)
