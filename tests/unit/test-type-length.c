#include "values.h"

#include "value-internal.h"

#define T(k) TYPE(.kind = (k))
#define USER T(SP_OPAQUE)
#define FLINK_VALUE(k, name) TYPE(.kind = (k), .class_name = SLICE("org.apache.flink.types." name))
#define LEGACY(snapshot, serializer)                                                               \
	TYPE(.kind = SP_LEGACY, .snapshot_class = SLICE(snapshot), .class_name = SLICE(serializer))
#define PARAMETERLESS(serializer)                                                                  \
	LEGACY("org.apache.flink.api.common.typeutils.ParameterlessTypeSerializerConfig",          \
		serializer)
#define BASE "org.apache.flink.api.common.typeutils.base."

START_TEST(lengths_and_widths)
{
	const struct {
		const struct sp_type *type;
		int32_t length, width;
	} cases[] = {
		{ T(SP_BOOLEAN), 1, 1 },
		{ T(SP_CHAR), 2, 2 },
		{ T(SP_LONG), 8, 8 },
		{ T(SP_STRING), -1, -1 },
		{ T(SP_BIG_INT), -1, -1 },
		{ T(SP_SQL_TIMESTAMP), 12, 12 },
		{ T(SP_LOCAL_DATE_TIME), 13, 13 },
		{ T(SP_VOID_NAMESPACE), 0, 1 },
		{ T(SP_NULL_VALUE), 0, 0 },
		{ T(SP_TIME_WINDOW), 16, 16 },
		{ T(SP_GLOBAL_WINDOW), 1, 1 },
		{ T(SP_ENUM), 4, 4 },
		{ T(SP_BYTE_ARRAY), -1, -1 },
		{ T(SP_EVENT_ID), 12, 12 },
		{ OF(SP_TUPLE, T(SP_INT), T(SP_LONG)), 12, 12 },
		{ OF(SP_TUPLE, T(SP_INT), T(SP_STRING)), -1, -1 },
		{ OF(SP_TUPLE, T(SP_INT), T(SP_NULL_VALUE)), -1, 4 },
		{ OF(SP_CASE_CLASS, T(SP_SHORT)), 2, 2 },
		{ OF(SP_TTL, T(SP_LONG), T(SP_INT)), 12, 12 },
		{ OF(SP_TTL, T(SP_LONG), T(SP_STRING)), -1, -1 },
		{ OF(SP_TIMER, T(SP_INT), T(SP_VOID_NAMESPACE)), 12, 13 },
		{ OF(SP_TIMER, T(SP_STRING), T(SP_VOID_NAMESPACE)), -1, -1 },
		{ OF(SP_NULLABLE, T(SP_INT)), -1, -1 },
		{ TYPE(.kind = SP_NULLABLE, .padding = 8), 9, 9 },
		{ OF(SP_LIST, T(SP_INT)), -1, -1 },
		{ OF(SP_ROW, T(SP_INT)), -1, -1 },
		{ OF(SP_WRAPPER, T(SP_INT)), 4, 4 },
		{ TYPE(.kind = SP_TIMESTAMP_DATA, .precision = 3), 8, 8 },
		{ TYPE(.kind = SP_TIMESTAMP_DATA, .precision = 4), 12, 12 },
		{ TYPE(.kind = SP_DECIMAL_DATA, .precision = 18), -1, 8 },
		{ TYPE(.kind = SP_DECIMAL_DATA, .precision = 19), -1, -1 },
		{ FLINK_VALUE(SP_VALUE, "LongValue"), -1, 8 },
		{ FLINK_VALUE(SP_COPYABLE_VALUE, "LongValue"), 8, 8 },
		{ FLINK_VALUE(SP_COPYABLE_VALUE, "NullValue"), 1, 1 },
		{ FLINK_VALUE(SP_COPYABLE_VALUE, "StringValue"), -1, -1 },
		{ USER, -1, -1 },
		{ PARAMETERLESS(BASE "LongSerializer"), 8, 8 },
	};

	for (size_t i = 0; i < sp_countof(cases); i++) {
		ck_assert_msg(sp_type_length(cases[i].type) == cases[i].length, "length %zu", i);
		ck_assert_msg(sp_type_width(cases[i].type) == cases[i].width, "width %zu", i);
	}
}
END_TEST

START_TEST(opaque_parts)
{
	const struct sp_type *user = USER;

	ck_assert_ptr_null(sp_type_opaque_part(OF(SP_MAP, T(SP_INT), T(SP_STRING))));
	ck_assert_ptr_eq(sp_type_opaque_part(OF(SP_MAP, T(SP_INT), OF(SP_LIST, user))), user);
	ck_assert_ptr_null(sp_type_opaque_part(OF(SP_RAW_VALUE, user))); /* has a length */
	ck_assert_ptr_null(sp_type_opaque_part(FLINK_VALUE(SP_VALUE, "IntValue")));
	user = TYPE(.kind = SP_VALUE, .class_name = SLICE("my.Value"));
	ck_assert_ptr_eq(sp_type_opaque_part(OF(SP_TTL, T(SP_LONG), user)), user);
}
END_TEST

START_TEST(legacy_kinds)
{
	const struct {
		const struct sp_type *type;
		enum sp_type_kind kind;
	} cases[] = {
		{ PARAMETERLESS(BASE "StringSerializer"), SP_STRING },
		{ PARAMETERLESS(BASE "array.LongPrimitiveArraySerializer"), SP_LONG_ARRAY },
		{ PARAMETERLESS("org.apache.flink.runtime.state.VoidNamespaceSerializer"),
			SP_VOID_NAMESPACE },
		{ PARAMETERLESS("org.apache.flink.streaming.api.windowing.windows.TimeWindow."
				"Serializer"),
			SP_TIME_WINDOW },
		{ PARAMETERLESS("org.apache.flink.streaming.api.windowing.windows.TimeWindow$"
				"Serializer"),
			SP_TIME_WINDOW },
		{ PARAMETERLESS("org.apache.flink.cep.nfa.DeweyNumber.DeweyNumberSerializer"),
			SP_DEWEY_NUMBER },
		{ PARAMETERLESS("org.apache.flink.api.java.typeutils.runtime.Tuple0Serializer"),
			SP_TUPLE0 },
		{ PARAMETERLESS("my.StringSerializer"), SP_LEGACY },
		{ PARAMETERLESS("Serializer"), SP_LEGACY },
		{ PARAMETERLESS(""), SP_LEGACY },
		{ LEGACY("org.apache.flink.api.java.typeutils.runtime.PojoSerializer$"
			 "PojoSerializerConfigSnapshot",
			  "my.Pojo"),
			SP_POJO },
		{ LEGACY(BASE "CollectionSerializerConfigSnapshot", ""),
			SP_LEGACY }, /* of nothing */
		{ T(SP_INT), SP_INT },
	};

	for (size_t i = 0; i < sp_countof(cases); i++)
		ck_assert_msg(sp_type_kind_of(cases[i].type) == cases[i].kind, "%zu: %d", i,
			sp_type_kind_of(cases[i].type));
}
END_TEST

START_TEST(legacy_values)
{
	const struct sp_type *string = PARAMETERLESS(BASE "StringSerializer");
	const struct values_case cases[] = {
		{ string, "0261", "'a'" },
		{ TYPE(.kind = SP_LEGACY,
			  .snapshot_class = SLICE(BASE "CollectionSerializerConfigSnapshot"),
			  .children = &string, .n_children = 1),
			"00000001 0261", "['a']" },
	};

	for (size_t i = 0; i < sp_countof(cases); i++)
		values_check(&cases[i]);
}
END_TEST

UNIT_MAIN("type-length", lengths_and_widths, opaque_parts, legacy_kinds, legacy_values)
