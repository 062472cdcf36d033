/*
 * The snapshot classes of Flink 1.7 to 2.2. Versions that are not in the table are treated like
 * unknown classes.
 */
#include "type-internal.h"
#include "type-packages.h"

/* SimpleTypeSerializerSnapshot: version 2 names the serializer, version 3 is empty. */
#define SIMPLE_CLASS(name, kind, text)                                                             \
	{                                                                                          \
		name, text, kind, 2, 3, sp_type_body_simple, 0, 0, NULL, 0, 0                      \
	}
#define SIMPLE(package, x, kind, text)                                                             \
	SIMPLE_CLASS(package x "Serializer$" x "SerializerSnapshot", kind, text)
#define WINDOW(package, x, kind, text)                                                             \
	SIMPLE_CLASS(package x "$Serializer$" x "SerializerSnapshot", kind, text)

/* CompositeTypeSerializerSnapshot, version 3; the numbers are its subclass's own. */
#define COMPOSITE(name, kind, text, min, max, outer, n_children)                                   \
	{                                                                                          \
		name, text, kind, 3, 3, sp_type_body_composite, min, max, outer, n_children, 0     \
	}
/* The same; Flink 1.7 wrote version `bare`. */
#define COMPOSITE_17(name, kind, text, min, max, n_children, bare)                                 \
	{                                                                                          \
		name, text, kind, 3, 3, sp_type_body_composite, min, max, NULL, n_children, bare   \
	}
#define OTHER(name, kind, text, min, max, body)                                                    \
	{                                                                                          \
		name, text, kind, min, max, body, 0, 0, NULL, 0, 0                                 \
	}

/* clang-format off */
static const struct sp_type_class classes[] = {
	SIMPLE(BASE, "BigDec", SP_BIG_DEC, "BigDecimal"),
	SIMPLE(BASE, "BigInt", SP_BIG_INT, "BigInteger"),
	SIMPLE(BASE, "Boolean", SP_BOOLEAN, "Boolean"),
	SIMPLE(BASE, "BooleanValue", SP_BOOLEAN, "BooleanValue"),
	SIMPLE(BASE, "Byte", SP_BYTE, "Byte"),
	SIMPLE(BASE, "ByteValue", SP_BYTE, "ByteValue"),
	SIMPLE(BASE, "Char", SP_CHAR, "Character"),
	SIMPLE(BASE, "CharValue", SP_CHAR, "CharValue"),
	SIMPLE(BASE, "Date", SP_DATE, "Date"),
	SIMPLE(BASE, "Double", SP_DOUBLE, "Double"),
	SIMPLE(BASE, "DoubleValue", SP_DOUBLE, "DoubleValue"),
	SIMPLE(BASE, "Float", SP_FLOAT, "Float"),
	SIMPLE(BASE, "FloatValue", SP_FLOAT, "FloatValue"),
	SIMPLE(BASE, "Instant", SP_INSTANT, "Instant"),
	SIMPLE(BASE, "Int", SP_INT, "Integer"),
	SIMPLE(BASE, "IntValue", SP_INT, "IntValue"),
	SIMPLE(BASE, "LocalDate", SP_LOCAL_DATE, "LocalDate"),
	SIMPLE(BASE, "LocalDateTime", SP_LOCAL_DATE_TIME, "LocalDateTime"),
	SIMPLE(BASE, "LocalTime", SP_LOCAL_TIME, "LocalTime"),
	SIMPLE(BASE, "Long", SP_LONG, "Long"),
	SIMPLE(BASE, "LongValue", SP_LONG, "LongValue"),
	SIMPLE(BASE, "NullValue", SP_NULL_VALUE, "NullValue"),
	SIMPLE(BASE, "Short", SP_SHORT, "Short"),
	SIMPLE(BASE, "ShortValue", SP_SHORT, "ShortValue"),
	SIMPLE(BASE, "SqlDate", SP_SQL_DATE, "java.sql.Date"),
	SIMPLE(BASE, "SqlTime", SP_SQL_TIME, "java.sql.Time"),
	SIMPLE(BASE, "SqlTimestamp", SP_SQL_TIMESTAMP, "java.sql.Timestamp"),
	SIMPLE(BASE, "String", SP_STRING, "String"),
	SIMPLE(BASE, "StringValue", SP_STRING_VALUE, "StringValue"),
	SIMPLE(BASE, "Variant", SP_VARIANT, "Variant"),
	SIMPLE(BASE, "Void", SP_VOID, "Void"),
	SIMPLE(BASE "array.", "BooleanPrimitiveArray", SP_BOOLEAN_ARRAY, "boolean[]"),
	SIMPLE(BASE "array.", "BytePrimitiveArray", SP_BYTE_ARRAY, "byte[]"),
	SIMPLE(BASE "array.", "CharPrimitiveArray", SP_CHAR_ARRAY, "char[]"),
	SIMPLE(BASE "array.", "DoublePrimitiveArray", SP_DOUBLE_ARRAY, "double[]"),
	SIMPLE(BASE "array.", "FloatPrimitiveArray", SP_FLOAT_ARRAY, "float[]"),
	SIMPLE(BASE "array.", "IntPrimitiveArray", SP_INT_ARRAY, "int[]"),
	SIMPLE(BASE "array.", "LongPrimitiveArray", SP_LONG_ARRAY, "long[]"),
	SIMPLE(BASE "array.", "ShortPrimitiveArray", SP_SHORT_ARRAY, "short[]"),
	SIMPLE(BASE "array.", "StringArray", SP_STRING_ARRAY, "String[]"),
	SIMPLE(STATE, "Java", SP_JAVA_OBJECT, "JavaObject"),
	SIMPLE(STATE, "VoidNamespace", SP_VOID_NAMESPACE, "VoidNamespace"),
	SIMPLE(STREAMING "api.utils.", "ByteArrayWrapper", SP_BYTE_ARRAY_WRAPPER,
		"ByteArrayWrapper"),
	SIMPLE(SCALA, "Unit", SP_UNIT, "Unit"),
	SIMPLE(DATAVIEW, "Null", SP_VOID, "Null"),
	SIMPLE(TABLE, "StringData", SP_STRING_DATA, "StringData"),
	SIMPLE(TABLE, "BinaryString", SP_STRING_DATA, "StringData"), /* 1.9, 1.10 */
	SIMPLE(CEP "DeweyNumber$", "DeweyNumber", SP_DEWEY_NUMBER, "DeweyNumber"),
	SIMPLE(CEP "sharedbuffer.EventId$", "EventId", SP_EVENT_ID, "EventId"),
	SIMPLE_CLASS(RUNTIME "Tuple0SerializerSnapshot", SP_TUPLE0, "Tuple0"),
	SIMPLE_CLASS(SCALA "NothingSerializerSnapshot", SP_NOTHING, "Nothing"),
	WINDOW(STREAMING "api.windowing.windows.", "TimeWindow", SP_TIME_WINDOW, "TimeWindow"),
	WINDOW(STREAMING "api.windowing.windows.", "GlobalWindow", SP_GLOBAL_WINDOW,
		"GlobalWindow"),
	WINDOW(TABLE_WINDOW, "TimeWindow", SP_SQL_TIME_WINDOW, "TimeWindow"),
	WINDOW(TABLE_WINDOW, "CountWindow", SP_SQL_COUNT_WINDOW, "CountWindow"),
	WINDOW(TABLE_WINDOW, "GlobalWindow", SP_SQL_GLOBAL_WINDOW, "GlobalWindow"),

	COMPOSITE_17(BASE "ListSerializerSnapshot", SP_LIST, "List", 1, 1, 1, 1),
	COMPOSITE_17(BASE "MapSerializerSnapshot", SP_MAP, "Map", 1, 1, 2, 1),
	COMPOSITE(BASE "SetSerializerSnapshot", SP_SET, "Set", 1, 1, NULL, 1), /* 2.0+ */
	COMPOSITE(BASE "GenericArraySerializerSnapshot", SP_OBJECT_ARRAY, "Array", 1, 1,
		sp_type_outer_class, 1),
	{ BASE "GenericArraySerializerConfigSnapshot", "Array", SP_OBJECT_ARRAY, 3, 3,
		sp_type_body_composite, 1, 1, sp_type_outer_class, 1, 2 }, /* 1.7 */
	COMPOSITE(RUNTIME "TupleSerializerSnapshot", SP_TUPLE, "Tuple", 2, 2,
		sp_type_outer_class, 0),
	COMPOSITE(RUNTIME "JavaEitherSerializerSnapshot", SP_EITHER, "Either", 1, 1, NULL, 2),
	COMPOSITE_17(RUNTIME "EitherSerializerSnapshot", SP_EITHER, "Either", 1, 2, 2, 2),
	COMPOSITE(RUNTIME "NullableSerializer$NullableSerializerSnapshot", SP_NULLABLE, "Nullable",
		2, 2, sp_type_outer_padding, 1),
	COMPOSITE(RUNTIME "RowSerializer$RowSerializerSnapshot", SP_ROW, "Row", 2, 4,
		sp_type_outer_flag_4, 0),
	COMPOSITE("org.apache.flink.api.common.typeutils.SingleThreadAccessCheckingTypeSerializer$"
		  "SingleThreadAccessCheckingTypeSerializerSnapshot",
		SP_WRAPPER, "Checked", 1, 1, NULL, 1),
	COMPOSITE_17(STATE "ArrayListSerializerSnapshot", SP_LIST, "ArrayList", 1, 1, 1, 1),
	COMPOSITE(STATE "ttl.TtlStateFactory$TtlSerializerSnapshot", SP_TTL, "Ttl", 2, 2, NULL, 2),
	COMPOSITE(STATE "v2.ttl.TtlStateFactory$TtlSerializerSnapshot", SP_TTL, "Ttl", 2, 2, NULL,
		2), /* 2.0+ */
	COMPOSITE(STREAMING "api.operators.TimerSerializerSnapshot", SP_TIMER, "Timer", 2, 2, NULL,
		2),
	COMPOSITE(STREAMING "runtime.streamrecord.StreamElementSerializer$"
			    "StreamElementSerializerSnapshot",
		SP_STREAM_ELEMENT, "StreamElement", 2, 2, NULL, 1),
	COMPOSITE(STREAMING "api.operators.co.IntervalJoinOperator$BufferEntrySerializerSnapshot",
		SP_BUFFER_ENTRY, "BufferEntry", 2, 2, NULL, 1),
	COMPOSITE(STREAMING "api.datastream.CoGroupedStreams$UnionSerializerSnapshot", SP_UNION,
		"Union", 2, 2, NULL, 2),
	COMPOSITE(STREAMING "api.functions.sink.TwoPhaseCommitSinkFunction$StateSerializerSnapshot",
		SP_TWO_PHASE_COMMIT, "TwoPhaseCommit", 2, 4, sp_type_outer_flag_4, 2),
	COMPOSITE(STREAMING "api.functions.sink.legacy.TwoPhaseCommitSinkFunction$"
			    "StateSerializerSnapshot", /* 2.0+ */
		SP_TWO_PHASE_COMMIT, "TwoPhaseCommit", 2, 4, sp_type_outer_flag_4, 2),
	COMPOSITE(SCALA "ScalaOptionSerializerSnapshot", SP_OPTION, "Option", 2, 2, NULL, 1),
	COMPOSITE_17(SCALA "ScalaEitherSerializerSnapshot", SP_EITHER, "Either", 1, 1, 2, 1),
	COMPOSITE(SCALA "ScalaTrySerializerSnapshot", SP_TRY, "Try", 2, 2, NULL, 2),
	COMPOSITE(SCALA "ScalaCaseClassSerializerSnapshot", SP_CASE_CLASS, "CaseClass", 2, 2,
		sp_type_outer_class, 0),
	COMPOSITE(SCALA "Tuple2CaseClassSerializerSnapshot", SP_CASE_CLASS, "CaseClass", 2, 2,
		sp_type_outer_class, 2),
	COMPOSITE(SCALA "TraversableSerializerSnapshot", SP_TRAVERSABLE, "Traversable", 2, 2,
		sp_type_outer_class, 1),
	COMPOSITE(DATAVIEW "ListViewSerializerSnapshot", SP_WRAPPER, "ListView", 1, 1, NULL, 1),
	COMPOSITE(DATAVIEW "MapViewSerializerSnapshot", SP_WRAPPER, "MapView", 1, 1, NULL, 1),
	COMPOSITE(DATAVIEW "NullAwareMapSerializerSnapshot", SP_NULL_AWARE_MAP, "NullAwareMap", 1,
		1, NULL, 2),
	COMPOSITE(TABLE "WindowKeySerializer$WindowKeySerializerSnapshot", SP_WINDOW_KEY,
		"WindowKey", 1, 1, NULL, 1),
	COMPOSITE(TABLE "LinkedListSerializer$LinkedListSerializerSnapshot", SP_LINKED_LIST,
		"LinkedList", 1, 3, sp_type_outer_flag_3, 1),
	COMPOSITE(TABLE "RawValueDataSerializer$RawValueDataSerializerSnapshot", SP_RAW_VALUE,
		"RawValue", 0, 0, NULL, 1),
	COMPOSITE(TABLE "BinaryGenericSerializer$BinaryGenericSerializerSnapshot", SP_RAW_VALUE,
		"RawValue", 0, 0, NULL, 1), /* 1.9, 1.10 */
	COMPOSITE(TABLE "ExternalSerializer$ExternalSerializerSnapshot", SP_EXTERNAL, "External", 1,
		1, sp_type_outer_data_type, 1),
	COMPOSITE(SEQUENCED "MetaSqnInfoSerializer$MetaSqnInfoSerializerSnapshot",
		SP_META_SQN_INFO, "MetaSqnInfo", 0, 0, NULL, 2), /* 2.2 */
	COMPOSITE(SEQUENCED "RowSqnInfoSerializer$RowSqnInfoSerializerSnapshot", SP_ROW_SQN_INFO,
		"RowSqnInfo", 0, 0, NULL, 2),
	COMPOSITE(SEQUENCED "NodeSerializer$NodeSerializerSnapshot", SP_SQN_NODE, "SqnNode", 0, 0,
		NULL, 6),
	COMPOSITE(CEP "NFAStateSerializerSnapshot", SP_NFA_STATE, "NFAState", 1, 2,
		sp_type_outer_flag_2, 3),
	COMPOSITE_17(CEP "sharedbuffer.LockableTypeSerializerSnapshot", SP_LOCKABLE, "Lockable", 1,
		1, 1, 1),
	COMPOSITE(CEP "sharedbuffer.NodeId$NodeIdSerializer$NodeIdSerializerSnapshot", SP_NODE_ID,
		"NodeId", 1, 1, NULL, 1),
	COMPOSITE(CEP "sharedbuffer.SharedBufferEdge$SharedBufferEdgeSerializer$"
		      "SharedBufferEdgeSerializerSnapshot",
		SP_SHARED_BUFFER_EDGE, "SharedBufferEdge", 1, 1, NULL, 2),
	COMPOSITE(CEP "sharedbuffer.SharedBufferNode$SharedBufferNodeSerializer$"
		      "SharedBufferNodeSerializerSnapshot",
		SP_SHARED_BUFFER_NODE, "SharedBufferNode", 1, 1, NULL, 1),
	COMPOSITE(CEP "sharedbuffer.SharedBufferNodeSerializerSnapshotV2",
		SP_SHARED_BUFFER_NODE_V2, "SharedBufferNode", 1, 1, NULL, 1), /* 1.13+ */
	/* Only ever read, to migrate old jobs: no values of them are written. */
	COMPOSITE(CEP "SharedBuffer$SharedBufferSerializerSnapshot", SP_COMPOSITE, "SharedBuffer",
		2, 2, NULL, 3),
	COMPOSITE(CEP "NFA$MigratedNFASerializerSnapshot", SP_COMPOSITE, "NFA", 2, 2, NULL, 2),

	OTHER(RUNTIME "PojoSerializerSnapshot", SP_POJO, "Pojo", 2, 2, sp_type_body_pojo),
	OTHER(RUNTIME "kryo.KryoSerializerSnapshot", SP_KRYO, "Kryo", 2, 2, sp_type_body_kryo),
	OTHER(RUNTIME "ValueSerializer$ValueSerializerSnapshot", SP_VALUE, "Value", 2, 2,
		sp_type_body_generic),
	OTHER(RUNTIME "CopyableValueSerializer$CopyableValueSerializerSnapshot", SP_COPYABLE_VALUE,
		"CopyableValue", 2, 2, sp_type_body_generic),
	OTHER(BASE "EnumSerializer$EnumSerializerSnapshot", SP_ENUM, "Enum", 3, 3,
		sp_type_body_enum),
	OTHER(SCALA "ScalaEnumSerializerSnapshot", SP_SCALA_ENUM, "ScalaEnum", 3, 3,
		sp_type_body_scala_enum),
	OTHER("org.apache.flink.formats.avro.typeutils.AvroSerializerSnapshot", SP_AVRO, "Avro", 1,
		3, sp_type_body_avro),
	OTHER(STATE "ttl.TtlAwareSerializerSnapshot", SP_WRAPPER, "TtlAware", 1, 1,
		sp_type_body_ttl_aware), /* 2.0+ */
	OTHER(TABLE "RowDataSerializer$RowDataSerializerSnapshot", SP_ROW_DATA, "RowData", 3, 3,
		sp_type_body_row_data),
	OTHER(TABLE "BinaryRowDataSerializer$BinaryRowDataSerializerSnapshot", SP_BINARY_ROW_DATA,
		"BinaryRowData", 3, 3, sp_type_body_binary_row_data),
	OTHER(TABLE "ArrayDataSerializer$ArrayDataSerializerSnapshot", SP_ARRAY_DATA, "ArrayData",
		3, 3, sp_type_body_array_data),
	OTHER(TABLE "MapDataSerializer$MapDataSerializerSnapshot", SP_MAP_DATA, "MapData", 3, 3,
		sp_type_body_map_data),
	OTHER(TABLE "DecimalDataSerializer$DecimalSerializerSnapshot", SP_DECIMAL_DATA,
		"DecimalData", 3, 3, sp_type_body_decimal_data),
	OTHER(TABLE "TimestampDataSerializer$TimestampDataSerializerSnapshot", SP_TIMESTAMP_DATA,
		"TimestampData", 1, 1, sp_type_body_timestamp_data),
	OTHER(TABLE "SortedMapSerializerSnapshot", SP_SORTED_MAP, "SortedMap", 3, 3,
		sp_type_body_sorted_map),
	OTHER(SEQUENCED "RowDataKeySerializerSnapshot", SP_SQN_ROW_KEY, "RowDataKey", 0, 0,
		sp_type_body_sqn_row_key),
	/* The names of 1.9 and 1.10. */
	OTHER(TABLE "BaseRowSerializer$BaseRowSerializerSnapshot", SP_ROW_DATA, "RowData", 3, 3,
		sp_type_body_row_data),
	OTHER(TABLE "BinaryRowSerializer$BinaryRowSerializerSnapshot", SP_BINARY_ROW_DATA,
		"BinaryRowData", 3, 3, sp_type_body_binary_row_data),
	OTHER(TABLE "BaseArraySerializer$BaseArraySerializerSnapshot", SP_ARRAY_DATA, "ArrayData",
		3, 3, sp_type_body_array_data),
	OTHER(TABLE "BaseMapSerializer$BaseMapSerializerSnapshot", SP_MAP_DATA, "MapData", 3, 3,
		sp_type_body_map_data),
	OTHER(TABLE "DecimalSerializer$DecimalSerializerSnapshot", SP_DECIMAL_DATA, "DecimalData",
		3, 3, sp_type_body_decimal_data),
	OTHER(TABLE "SqlTimestampSerializer$SqlTimestampSerializerSnapshot", SP_TIMESTAMP_DATA,
		"TimestampData", 1, 1, sp_type_body_timestamp_data),
};
/* clang-format on */

const struct sp_type_class *sp_type_class_find(struct sp_slice name)
{
	for (size_t i = 0; i < sp_countof(classes); i++)
		if (sp_slice_is(name, classes[i].name))
			return &classes[i];
	return NULL;
}
