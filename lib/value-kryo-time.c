/*
 * Classes of java.time in Kryo:
 *
 *	2.24  the fields of the class, by name: i16 big endian, bytes, zigzag varints for int and
 *	      long, objects with their reference                          FieldSerializer
 *	5     Instant         varlong s, varint ns
 *	      LocalDate       varint year, u8 month, u8 day
 *	      LocalTime       u8 hour, u8 minute, u8 second, varint ns; the last of hour, minute
 *	                      and second behind which all is 0 is inverted and the end
 *	      LocalDateTime   LocalDate, LocalTime
 *	      ZoneOffset      u8 quarters of an hour; 127: i32 little endian seconds
 *	      com.esotericsoftware.kryo.serializers.TimeSerializers
 */
#include "value-kryo.h"

#define NANOS_PER_SECOND 1000000000
#define SECONDS_PER_QUARTER 900
#define NO_QUARTER 127

static int set_date(struct sp_kryo_walk *k, struct sp_value *to, int64_t year, uint64_t month,
	uint64_t day, struct sp_error *err)
{
	if (month < 1 || month > 12 || day < 1 || day > 31)
		return sp_walk_fail(
			k->walk, err, "no date: month %u, day %u", (unsigned)month, (unsigned)day);
	if (to != NULL) {
		to->year = (int32_t)year;
		to->month = (uint8_t)month;
		to->day = (uint8_t)day;
	}
	return 0;
}

static int set_time(struct sp_kryo_walk *k, struct sp_value *to, const uint8_t hms[3],
	uint64_t nanos, struct sp_error *err)
{
	if (hms[0] > 23 || hms[1] > 59 || hms[2] > 59 || nanos >= NANOS_PER_SECOND)
		return sp_walk_fail(k->walk, err, "no time: %u:%u:%u", hms[0], hms[1], hms[2]);
	if (to != NULL) {
		to->hour = hms[0];
		to->minute = hms[1];
		to->second = hms[2];
		to->nanos = (int32_t)nanos;
	}
	return 0;
}

static void set_kind(struct sp_value *to, enum sp_value_kind kind)
{
	if (to != NULL)
		to->kind = kind;
}

static int set_instant(struct sp_kryo_walk *k, struct sp_value *to, uint64_t seconds, int64_t nanos,
	struct sp_error *err)
{
	if (nanos < 0 || nanos >= NANOS_PER_SECOND)
		return sp_walk_fail(k->walk, err, "no instant: %lld ns", (long long)nanos);
	sp_value_number(to, SP_VALUE_INSTANT, (int64_t)seconds);
	if (to != NULL)
		to->nanos = (int32_t)nanos;
	return 0;
}

int sp_kryo_instant_2(struct sp_kryo_walk *k, const struct sp_kryo_class *class,
	struct sp_value *to, struct sp_error *err)
{
	uint64_t seconds;
	uint32_t nanos;

	(void)class;
	if (sp_kryo_varint(k, &nanos, err) < 0 || sp_kryo_varlong(k, &seconds, err) < 0)
		return err->code;
	return set_instant(k, to, (uint64_t)sp_kryo_zigzag(seconds), sp_kryo_zigzag(nanos), err);
}

int sp_kryo_instant_5(struct sp_kryo_walk *k, const struct sp_kryo_class *class,
	struct sp_value *to, struct sp_error *err)
{
	uint64_t seconds;
	uint32_t nanos;

	(void)class;
	if (sp_kryo_varlong(k, &seconds, err) < 0 || sp_kryo_varint(k, &nanos, err) < 0)
		return err->code;
	return set_instant(k, to, seconds, nanos, err);
}

/* short day, short month, int year */
int sp_kryo_local_date_2(struct sp_kryo_walk *k, const struct sp_kryo_class *class,
	struct sp_value *to, struct sp_error *err)
{
	uint64_t day;
	uint64_t month;
	uint32_t year;

	(void)class;
	if (sp_kryo_fixed_number(k, 2, &day, err) < 0 ||
		sp_kryo_fixed_number(k, 2, &month, err) < 0 || sp_kryo_varint(k, &year, err) < 0)
		return err->code;
	set_kind(to, SP_VALUE_LOCAL_DATE);
	return set_date(k, to, sp_kryo_zigzag(year), month, day, err);
}

int sp_kryo_local_date_5(struct sp_kryo_walk *k, const struct sp_kryo_class *class,
	struct sp_value *to, struct sp_error *err)
{
	uint32_t year;
	uint8_t month;
	uint8_t day;

	(void)class;
	if (sp_kryo_varint(k, &year, err) < 0 || sp_walk_u8(k->walk, &month, err) < 0 ||
		sp_walk_u8(k->walk, &day, err) < 0)
		return err->code;
	set_kind(to, SP_VALUE_LOCAL_DATE);
	return set_date(k, to, (int32_t)year, month, day, err);
}

/* byte hour, byte minute, int nano, byte second */
int sp_kryo_local_time_2(struct sp_kryo_walk *k, const struct sp_kryo_class *class,
	struct sp_value *to, struct sp_error *err)
{
	uint8_t hms[3];
	uint32_t nanos;

	(void)class;
	if (sp_walk_u8(k->walk, &hms[0], err) < 0 || sp_walk_u8(k->walk, &hms[1], err) < 0 ||
		sp_kryo_varint(k, &nanos, err) < 0 || sp_walk_u8(k->walk, &hms[2], err) < 0)
		return err->code;
	set_kind(to, SP_VALUE_LOCAL_TIME);
	return set_time(k, to, hms, (uint64_t)sp_kryo_zigzag(nanos), err);
}

int sp_kryo_local_time_5(struct sp_kryo_walk *k, const struct sp_kryo_class *class,
	struct sp_value *to, struct sp_error *err)
{
	uint8_t hms[3] = { 0 };
	uint32_t nanos = 0;
	bool ends = false;

	(void)class;
	for (size_t i = 0; i < 3 && !ends; i++) {
		if (sp_walk_u8(k->walk, &hms[i], err) < 0)
			return err->code;
		ends = hms[i] >= 0x80;
		if (ends)
			hms[i] = (uint8_t)~hms[i];
	}
	if (!ends && sp_kryo_varint(k, &nanos, err) < 0)
		return err->code;
	set_kind(to, SP_VALUE_LOCAL_TIME);
	return set_time(k, to, hms, nanos, err);
}

/* LocalDate date, LocalTime time: objects, and classes that are final. */
int sp_kryo_local_date_time_2(struct sp_kryo_walk *k, const struct sp_kryo_class *class,
	struct sp_value *to, struct sp_error *err)
{
	static const char *const names[] = { "java.time.LocalDate", "java.time.LocalTime" };
	struct sp_value *parts =
		to == NULL ? NULL : sp_arena_new_array(k->walk->arena, struct sp_value, 2);

	(void)class;
	for (size_t i = 0; i < 2; i++) {
		struct sp_kryo_class part = { .name = sp_slice_of(names[i]) };

		part.known = sp_kryo_find(part.name);
		if (sp_kryo_object(k, &part, true, sp_walk_item(parts, i), err) < 0)
			return err->code;
	}
	if (to == NULL)
		return 0;
	if (parts[0].kind != SP_VALUE_LOCAL_DATE || parts[1].kind != SP_VALUE_LOCAL_TIME)
		return sp_walk_fail(k->walk, err, "no date and time");
	*to = (struct sp_value){ .kind = SP_VALUE_LOCAL_DATE_TIME,
		.type = to->type,
		.name = to->name,
		.year = parts[0].year,
		.month = parts[0].month,
		.day = parts[0].day,
		.hour = parts[1].hour,
		.minute = parts[1].minute,
		.second = parts[1].second,
		.nanos = parts[1].nanos };
	return 0;
}

int sp_kryo_local_date_time_5(struct sp_kryo_walk *k, const struct sp_kryo_class *class,
	struct sp_value *to, struct sp_error *err)
{
	if (sp_kryo_local_date_5(k, class, to, err) < 0 ||
		sp_kryo_local_time_5(k, class, to, err) < 0)
		return err->code;
	set_kind(to, SP_VALUE_LOCAL_DATE_TIME);
	return 0;
}

int sp_kryo_zone_offset(struct sp_kryo_walk *k, const struct sp_kryo_class *class,
	struct sp_value *to, struct sp_error *err)
{
	uint64_t seconds;
	uint8_t quarters;

	(void)class;
	if (sp_walk_u8(k->walk, &quarters, err) < 0)
		return err->code;
	seconds = (uint64_t)((int8_t)quarters * SECONDS_PER_QUARTER);
	if (quarters == NO_QUARTER && sp_kryo_fixed_number(k, 4, &seconds, err) < 0)
		return err->code;
	sp_value_number(to, SP_VALUE_INT, (int32_t)seconds);
	return 0;
}
