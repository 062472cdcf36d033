/*
 * The classes of the JDK that Kryo has serializers for in Flink, and the ids of those that have
 * fixed ones: Kryo's constructor and org.apache.flink.api.java.typeutils.runtime.kryo.
 * FlinkChillPackageRegistrar (Flink 2.x: org.apache.flink.streaming.util.serialize).
 */
#include "value-kryo.h"

#include <stdlib.h>

/* What each generation writes; NULL: nothing that can be understood. */
#define EACH(name_, two, five, kind_, equality_, ...)                                              \
	{                                                                                          \
		.name = name_, .body = { two, five }, .kind = SP_VALUE_##kind_,                    \
		.equality = SP_KRYO_##equality_, ##__VA_ARGS__                                     \
	}
#define BOTH(name, body, kind, equality, ...) EACH(name, body, body, kind, equality, ##__VA_ARGS__)
/* Known only for what arrays of it look like. */
#define NAME(name) EACH(name, NULL, NULL, VOID, BY_ITSELF)

static const struct sp_kryo_part locale[] = { { "language", sp_kryo_read_string },
	{ "country", sp_kryo_read_string }, { "variant", sp_kryo_read_string }, { 0 } };
static const struct sp_kryo_part inet_socket_address[] = { { "hostName", sp_kryo_read_string },
	{ "port", sp_kryo_read_varint }, { 0 } };
static const struct sp_kryo_part calendar[] = { { "timeZone", sp_kryo_read_string },
	{ "timeInMillis", sp_kryo_read_varlong }, { "lenient", sp_kryo_read_boolean },
	{ "firstDayOfWeek", sp_kryo_read_varint },
	{ "minimalDaysInFirstWeek", sp_kryo_read_varint }, { "gregorianChange", sp_kryo_read_long },
	{ 0 } };
static const struct sp_kryo_part optional_int[] = { { "value", sp_kryo_read_fixed_int }, { 0 } };
static const struct sp_kryo_part optional_long[] = { { "value", sp_kryo_read_fixed_long }, { 0 } };
static const struct sp_kryo_part optional_double[] = { { "value", sp_kryo_read_fixed_double },
	{ 0 } };
static const struct sp_kryo_part duration[] = { { "seconds", sp_kryo_read_fixed_long },
	{ "nanos", sp_kryo_read_varint }, { 0 } };
static const struct sp_kryo_part period[] = { { "years", sp_kryo_read_varint },
	{ "months", sp_kryo_read_varint }, { "days", sp_kryo_read_varint }, { 0 } };
static const struct sp_kryo_part year_month[] = { { "year", sp_kryo_read_varint },
	{ "month", sp_kryo_read_byte }, { 0 } };
static const struct sp_kryo_part month_day[] = { { "month", sp_kryo_read_byte },
	{ "day", sp_kryo_read_byte }, { 0 } };
static const struct sp_kryo_part offset_time[] = { { "time", sp_kryo_local_time_5 },
	{ "offset", sp_kryo_zone_offset }, { 0 } };
static const struct sp_kryo_part offset_date_time[] = { { "dateTime", sp_kryo_local_date_time_5 },
	{ "offset", sp_kryo_zone_offset }, { 0 } };
static const struct sp_kryo_part zoned_date_time[] = { { "dateTime", sp_kryo_local_date_time_5 },
	{ "zone", sp_kryo_read_string }, { 0 } };

/* By name. */
/* clang-format off */
static const struct sp_kryo_known classes[] = {
	BOTH("[B", sp_kryo_read_bytes, BYTES, BY_ITSELF, .is_final = true),
	BOTH("[C", sp_kryo_read_numbers, LIST, BY_ITSELF, .is_final = true),
	BOTH("[D", sp_kryo_read_numbers, LIST, BY_ITSELF, .is_final = true),
	BOTH("[F", sp_kryo_read_numbers, LIST, BY_ITSELF, .is_final = true),
	BOTH("[I", sp_kryo_read_numbers, LIST, BY_ITSELF, .is_final = true),
	BOTH("[J", sp_kryo_read_numbers, LIST, BY_ITSELF, .is_final = true),
	BOTH("[Ljava.lang.String;", sp_kryo_read_array, LIST, BY_ITSELF, .is_final = true),
	BOTH("[S", sp_kryo_read_numbers, LIST, BY_ITSELF, .is_final = true),
	BOTH("[Z", sp_kryo_read_numbers, LIST, BY_ITSELF, .is_final = true),
	NAME("java.io.Serializable"),
	BOTH("java.lang.Boolean", sp_kryo_read_boolean, BOOLEAN, BY_KIND, .is_final = true, .is_boxed = true),
	BOTH("java.lang.Byte", sp_kryo_read_fixed, BYTE, BY_KIND, .is_final = true, .is_boxed = true),
	NAME("java.lang.CharSequence"),
	BOTH("java.lang.Character", sp_kryo_read_fixed, CHAR, BY_KIND, .is_final = true, .is_boxed = true),
	NAME("java.lang.Comparable"),
	BOTH("java.lang.Double", sp_kryo_read_fixed, DOUBLE, BY_KIND, .is_final = true, .is_boxed = true),
	BOTH("java.lang.Float", sp_kryo_read_fixed, FLOAT, BY_KIND, .is_final = true, .is_boxed = true),
	BOTH("java.lang.Integer", sp_kryo_read_int, INT, BY_KIND, .is_final = true, .is_boxed = true),
	BOTH("java.lang.Long", sp_kryo_read_long, LONG, BY_KIND, .is_final = true, .is_boxed = true),
	NAME("java.lang.Number"),
	NAME("java.lang.Object"),
	BOTH("java.lang.Short", sp_kryo_read_fixed, SHORT, BY_KIND, .is_final = true, .is_boxed = true),
	BOTH("java.lang.String", sp_kryo_read_string, STRING, BY_KIND, .is_final = true),
	BOTH("java.lang.String$CaseInsensitiveComparator", sp_kryo_read_nothing, VOID, BY_ITSELF),
	BOTH("java.lang.StringBuffer", sp_kryo_read_string, STRING, BY_ITSELF, .is_final = true),
	BOTH("java.lang.StringBuilder", sp_kryo_read_string, STRING, BY_ITSELF, .is_final = true),
	BOTH("java.math.BigDecimal", sp_kryo_read_big_decimal, DECIMAL, BY_KIND),
	BOTH("java.math.BigInteger", sp_kryo_read_big_integer, BIG_INTEGER, BY_KIND),
	BOTH("java.net.InetSocketAddress", sp_kryo_read_parts, STRUCT, BY_ITSELF, .parts = inet_socket_address),
	BOTH("java.net.URI", sp_kryo_read_string, STRING, BY_ITSELF, .is_final = true),
	EACH("java.net.URL", NULL, sp_kryo_read_string, STRING, BY_ITSELF, .is_final = true),
	BOTH("java.sql.Date", sp_kryo_read_date, SQL_DATE, BY_KIND),
	BOTH("java.sql.Time", sp_kryo_read_date, SQL_TIME, BY_KIND),
	BOTH("java.sql.Timestamp", sp_kryo_read_timestamp, SQL_TIMESTAMP, BY_KIND),
	BOTH("java.text.SimpleDateFormat", sp_kryo_read_java, JAVA, BY_ITSELF),
	EACH("java.time.Duration", NULL, sp_kryo_read_parts, STRUCT, BY_ITSELF, .parts = duration, .is_final = true),
	EACH("java.time.Instant", sp_kryo_instant_2, sp_kryo_instant_5, INSTANT, BY_KIND, .is_final = true),
	EACH("java.time.LocalDate", sp_kryo_local_date_2, sp_kryo_local_date_5, LOCAL_DATE, BY_KIND, .is_final = true),
	EACH("java.time.LocalDateTime", sp_kryo_local_date_time_2, sp_kryo_local_date_time_5, LOCAL_DATE_TIME, BY_KIND, .is_final = true),
	EACH("java.time.LocalTime", sp_kryo_local_time_2, sp_kryo_local_time_5, LOCAL_TIME, BY_KIND, .is_final = true),
	EACH("java.time.MonthDay", NULL, sp_kryo_read_parts, STRUCT, BY_ITSELF, .parts = month_day, .is_final = true),
	EACH("java.time.OffsetDateTime", NULL, sp_kryo_read_parts, STRUCT, BY_ITSELF, .parts = offset_date_time, .is_final = true),
	EACH("java.time.OffsetTime", NULL, sp_kryo_read_parts, STRUCT, BY_ITSELF, .parts = offset_time, .is_final = true),
	EACH("java.time.Period", NULL, sp_kryo_read_parts, STRUCT, BY_ITSELF, .parts = period, .is_final = true),
	EACH("java.time.Year", NULL, sp_kryo_read_varint, INT, BY_ITSELF, .is_final = true),
	EACH("java.time.YearMonth", NULL, sp_kryo_read_parts, STRUCT, BY_ITSELF, .parts = year_month, .is_final = true),
	EACH("java.time.ZoneOffset", NULL, sp_kryo_zone_offset, INT, BY_ITSELF, .is_final = true),
	EACH("java.time.ZoneRegion", NULL, sp_kryo_read_string, STRING, BY_ITSELF, .is_final = true),
	EACH("java.time.ZonedDateTime", NULL, sp_kryo_read_parts, STRUCT, BY_ITSELF, .parts = zoned_date_time, .is_final = true),
	EACH("java.util.ArrayDeque", sp_kryo_read_collection_2, sp_kryo_read_collection_5, LIST, BY_ITSELF),
	EACH("java.util.ArrayList", sp_kryo_read_collection_2, sp_kryo_read_collection_5, LIST, BY_KIND),
	EACH("java.util.Arrays$ArrayList", sp_kryo_read_as_list_2, sp_kryo_read_collection_5, LIST, BY_KIND),
	BOTH("java.util.BitSet", sp_kryo_read_bit_set, LIST, BY_ITSELF),
	NAME("java.util.Collection"),
	BOTH("java.util.Collections$EmptyList", sp_kryo_read_empty, LIST, BY_KIND),
	BOTH("java.util.Collections$EmptyMap", sp_kryo_read_empty, MAP, BY_KIND),
	BOTH("java.util.Collections$EmptySet", sp_kryo_read_empty, LIST, AS_SET),
	BOTH("java.util.Collections$ReverseComparator", sp_kryo_read_nothing, VOID, BY_ITSELF),
	NAME("java.util.Collections$SetFromMap"),
	BOTH("java.util.Collections$SingletonList", sp_kryo_read_single, LIST, BY_KIND),
	BOTH("java.util.Collections$SingletonMap", sp_kryo_read_single_entry, MAP, BY_KIND),
	BOTH("java.util.Collections$SingletonSet", sp_kryo_read_single, LIST, AS_SET),
	BOTH("java.util.Currency", sp_kryo_read_string, STRING, BY_ITSELF, .is_final = true),
	BOTH("java.util.Date", sp_kryo_read_date, DATE, BY_KIND),
	NAME("java.util.Deque"),
	BOTH("java.util.GregorianCalendar", sp_kryo_read_parts, STRUCT, BY_ITSELF, .parts = calendar),
	BOTH("java.util.HashMap", sp_kryo_read_map, MAP, BY_KIND),
	EACH("java.util.HashSet", sp_kryo_read_collection_2, sp_kryo_read_collection_5, LIST, AS_SET),
	BOTH("java.util.Hashtable", sp_kryo_read_map, MAP, BY_KIND),
	BOTH("java.util.IdentityHashMap", sp_kryo_read_map, MAP, BY_ITSELF),
	EACH("java.util.ImmutableCollections$List12", sp_kryo_read_collection_2, sp_kryo_read_collection_5, LIST, BY_KIND),
	EACH("java.util.ImmutableCollections$ListN", sp_kryo_read_collection_2, sp_kryo_read_collection_5, LIST, BY_KIND),
	BOTH("java.util.ImmutableCollections$Map1", sp_kryo_read_map, MAP, BY_KIND),
	BOTH("java.util.ImmutableCollections$MapN", sp_kryo_read_map, MAP, BY_KIND),
	EACH("java.util.ImmutableCollections$Set12", sp_kryo_read_collection_2, sp_kryo_read_collection_5, LIST, AS_SET),
	EACH("java.util.ImmutableCollections$SetN", sp_kryo_read_collection_2, sp_kryo_read_collection_5, LIST, AS_SET),
	EACH("java.util.ImmutableCollections$SubList", sp_kryo_read_collection_2, sp_kryo_read_collection_5, LIST, BY_KIND),
	BOTH("java.util.LinkedHashMap", sp_kryo_read_map, MAP, BY_KIND),
	EACH("java.util.LinkedHashSet", sp_kryo_read_collection_2, sp_kryo_read_collection_5, LIST, AS_SET),
	EACH("java.util.LinkedList", sp_kryo_read_collection_2, sp_kryo_read_collection_5, LIST, BY_KIND),
	NAME("java.util.List"),
	EACH("java.util.Locale", sp_kryo_read_java, sp_kryo_read_parts, JAVA, BY_ITSELF, .parts = locale, .is_final = true),
	NAME("java.util.Map"),
	EACH("java.util.Optional", NULL, sp_kryo_read_optional, STRUCT, BY_ITSELF, .is_final = true),
	EACH("java.util.OptionalDouble", NULL, sp_kryo_read_optional_number, STRUCT, BY_ITSELF, .parts = optional_double, .is_final = true),
	EACH("java.util.OptionalInt", NULL, sp_kryo_read_optional_number, STRUCT, BY_ITSELF, .parts = optional_int, .is_final = true),
	EACH("java.util.OptionalLong", NULL, sp_kryo_read_optional_number, STRUCT, BY_ITSELF, .parts = optional_long, .is_final = true),
	EACH("java.util.PriorityQueue", sp_kryo_read_sorted_2, sp_kryo_read_sorted_5, LIST, BY_ITSELF),
	NAME("java.util.Queue"),
	NAME("java.util.Set"),
	EACH("java.util.Stack", sp_kryo_read_collection_2, sp_kryo_read_collection_5, LIST, BY_KIND),
	BOTH("java.util.TreeMap", sp_kryo_read_sorted_map, MAP, BY_KIND),
	EACH("java.util.TreeSet", sp_kryo_read_sorted_2, sp_kryo_read_sorted_5, LIST, AS_SET),
	EACH("java.util.UUID", sp_kryo_read_uuid_2, sp_kryo_read_uuid_5, UUID, BY_KIND, .is_final = true),
	EACH("java.util.Vector", sp_kryo_read_collection_2, sp_kryo_read_collection_5, LIST, BY_KIND),
	BOTH("java.util.WeakHashMap", sp_kryo_read_map, MAP, BY_KIND),
	BOTH("java.util.concurrent.ConcurrentHashMap", sp_kryo_read_map, MAP, BY_KIND),
	EACH("java.util.concurrent.ConcurrentLinkedDeque", sp_kryo_read_collection_2, sp_kryo_read_collection_5, LIST, BY_ITSELF),
	EACH("java.util.concurrent.ConcurrentLinkedQueue", sp_kryo_read_collection_2, sp_kryo_read_collection_5, LIST, BY_ITSELF),
	EACH("java.util.concurrent.ConcurrentSkipListMap", sp_kryo_read_map, sp_kryo_read_sorted_map, MAP, BY_KIND),
	EACH("java.util.concurrent.ConcurrentSkipListSet", sp_kryo_read_collection_2, sp_kryo_read_collection_5, LIST, AS_SET),
	EACH("java.util.concurrent.CopyOnWriteArrayList", sp_kryo_read_collection_2, sp_kryo_read_collection_5, LIST, BY_KIND),
	EACH("java.util.concurrent.CopyOnWriteArraySet", sp_kryo_read_collection_2, sp_kryo_read_collection_5, LIST, AS_SET),
	EACH("java.util.concurrent.LinkedBlockingDeque", sp_kryo_read_collection_2, sp_kryo_read_collection_5, LIST, BY_ITSELF),
	EACH("java.util.concurrent.LinkedBlockingQueue", sp_kryo_read_collection_2, sp_kryo_read_collection_5, LIST, BY_ITSELF),
	EACH("java.util.regex.Pattern", sp_kryo_read_string, sp_kryo_read_pattern, STRING, BY_ITSELF, .is_final = true),
	EACH("org.apache.avro.generic.GenericData$Array", sp_kryo_read_collection_2, sp_kryo_read_collection_5, LIST, BY_KIND),
	BOTH("sun.util.calendar.ZoneInfo", sp_kryo_read_string, STRING, BY_ITSELF),
};
/* clang-format on */

/* Arrays of objects, but for those in the table. */
static const struct sp_kryo_known object_array =
	BOTH("[", sp_kryo_read_array, LIST, BY_ITSELF, .is_final = true);

static int compare(const void *key, const void *class)
{
	const struct sp_slice *name = key;

	return sp_slice_compare(*name, sp_slice_of(((const struct sp_kryo_known *)class)->name));
}

const struct sp_kryo_known *sp_kryo_find(struct sp_slice name)
{
	const struct sp_kryo_known *known =
		bsearch(&name, classes, sp_countof(classes), sizeof(classes[0]), compare);

	if (known == NULL && name.n > 2 && name.p[0] == '[')
		return &object_array;
	return known;
}

enum sp_kryo_equality sp_kryo_equality(struct sp_slice class_name)
{
	const struct sp_kryo_known *known = sp_kryo_find(class_name);

	if (class_name.n == 0)
		return SP_KRYO_BY_KIND;
	return known == NULL ? SP_KRYO_BY_ITSELF : known->equality;
}

/* By id: Kryo's constructor, and from 73 FlinkChillPackageRegistrar. */
static const char *const fixed[] = {
	[0] = "java.lang.Integer",
	[1] = "java.lang.String",
	[2] = "java.lang.Float",
	[3] = "java.lang.Boolean",
	[4] = "java.lang.Byte",
	[5] = "java.lang.Character",
	[6] = "java.lang.Short",
	[7] = "java.lang.Long",
	[8] = "java.lang.Double",
	[73] = "java.util.Arrays$ArrayList",
	[74] = "java.util.BitSet",
	[75] = "java.util.PriorityQueue",
	[76] = "java.util.regex.Pattern",
	[77] = "java.sql.Date",
	[78] = "java.sql.Time",
	[79] = "java.sql.Timestamp",
	[80] = "java.net.URI",
	[81] = "java.net.InetSocketAddress",
	[82] = "java.util.UUID",
	[83] = "java.util.Locale",
	[84] = "java.text.SimpleDateFormat",
};

const struct sp_kryo_known *sp_kryo_fixed(uint32_t id)
{
	if (id >= sp_countof(fixed) || fixed[id] == NULL)
		return NULL;
	return sp_kryo_find(sp_slice_of(fixed[id]));
}

bool sp_kryo_is_fixed(struct sp_slice name)
{
	for (size_t i = 0; i < sp_countof(fixed); i++)
		if (fixed[i] != NULL && sp_slice_is(name, fixed[i]))
			return true;
	return false;
}
