#include "tally-ages.h"

#include "unit.h"

#define NOW ((int64_t)1000 * 86400000)
#define HOUR ((int64_t)3600000)

static const struct sp_type long_type = { .kind = SP_LONG };
static const struct sp_type string_type = { .kind = SP_STRING };
static const struct sp_type user_type = { .kind = SP_OPAQUE };
static const struct sp_type *ttl_children[] = { &long_type, &string_type };
static const struct sp_type ttl_type = {
	.kind = SP_TTL, .children = ttl_children, .n_children = 2
};
static const struct sp_type *opaque_children[] = { &long_type, &user_type };
static const struct sp_type opaque_ttl_type = {
	.kind = SP_TTL, .children = opaque_children, .n_children = 2
};
static const struct sp_type *list_children[] = { &ttl_type };
static const struct sp_type list_type = {
	.kind = SP_LIST, .children = list_children, .n_children = 1
};
static const struct sp_type *opaque_list_children[] = { &opaque_ttl_type };
static const struct sp_type opaque_list_type = {
	.kind = SP_LIST, .children = opaque_list_children, .n_children = 1
};
static const struct sp_type *map_children[] = { &string_type, &ttl_type };
static const struct sp_type map_type = {
	.kind = SP_MAP, .children = map_children, .n_children = 2
};

static const struct sp_time_to_live lives[] = { { "value", 2 * HOUR }, { "map", HOUR } };
static const struct sp_expiry expiry = { .now = NOW, .lives = lives, .n_lives = 2 };

static struct sp_age_rule rule_of(
	const char *name, enum sp_state_type type, const struct sp_type *value)
{
	const struct sp_state state = { .name = sp_slice_of(name), .type = type, .value = value };
	struct sp_age_rule rule;

	ck_assert_int_eq(sp_age_rule(&expiry, &state, SP_KRYO_5, &rule), 1);
	return rule;
}

static void put(struct sp_buffer *out, int64_t last_access)
{
	sp_buffer_u64(out, (uint64_t)last_access);
	sp_buffer_u8(out, 2); /* a string of one letter */
	sp_buffer_u8(out, 'a');
}

static void add(struct sp_ages *ages, const struct sp_age_rule *rule, const struct sp_buffer *value)
{
	struct sp_error err;

	ck_ok(sp_ages_add(ages, rule, sp_buffer_slice(value), &err), err);
}

static void add_value(struct sp_ages *ages, const struct sp_age_rule *rule, int64_t last_access)
{
	sp_auto_buffer value = { 0 };

	put(&value, last_access);
	add(ages, rule, &value);
}

START_TEST(values_have_ages)
{
	const struct sp_age_rule rule = rule_of("value", SP_STATE_VALUE, &ttl_type);
	struct sp_ages ages = { 0 };

	add_value(&ages, &rule, NOW + 1);               /* in the future */
	add_value(&ages, &rule, NOW);                   /* no age */
	add_value(&ages, &rule, NOW - 2 * HOUR + 1);    /* lives still */
	add_value(&ages, &rule, NOW - 2 * HOUR);        /* expired just now */
	add_value(&ages, &rule, NOW - 24 * 366 * HOUR); /* long ago */
	ck_assert_uint_eq(ages.values, 5);
	ck_assert_uint_eq(ages.bytes, 50);
	ck_assert_int_eq(ages.oldest, NOW - 24 * 366 * HOUR);
	ck_assert_int_eq(ages.newest, NOW + 1);
	ck_assert(ages.has_life);
	ck_assert_uint_eq(ages.expired, 2);
	ck_assert_uint_eq(ages.expired_bytes, 20);
	for (size_t i = 0; i <= SP_AGES_BOUNDS; i++) {
		const bool to_6_hours = i < SP_AGES_BOUNDS && sp_ages_bounds[i] == 6 * HOUR;

		ck_assert_uint_eq(ages.ages[i].values, i <= 1 || i == SP_AGES_BOUNDS ? 1
						       : to_6_hours                  ? 2
										     : 0);
	}
}
END_TEST

START_TEST(elements_of_lists_count)
{
	const struct sp_age_rule rule = rule_of("list", SP_STATE_LIST, &list_type);
	sp_auto_buffer value = { 0 };
	struct sp_ages ages = { 0 };

	put(&value, NOW - 5);
	sp_buffer_u8(&value, ',');
	put(&value, NOW - 3);
	add(&ages, &rule, &value);
	ck_assert_uint_eq(ages.values, 2);
	ck_assert_uint_eq(ages.bytes, 20);
	ck_assert_int_eq(ages.oldest, NOW - 5);
	ck_assert(!ages.has_life); /* no life is given for "list" */
	ck_assert_uint_eq(ages.expired, 0);
}
END_TEST

START_TEST(null_values_of_maps_have_no_age)
{
	const struct sp_age_rule rule = rule_of("map", SP_STATE_MAP, &map_type);
	sp_auto_buffer null = { 0 };
	sp_auto_buffer value = { 0 };
	struct sp_ages ages = { 0 };

	sp_buffer_u8(&null, 1);
	add(&ages, &rule, &null);
	ck_assert_uint_eq(ages.values, 0);
	sp_buffer_u8(&value, 0);
	put(&value, NOW - HOUR);
	add(&ages, &rule, &value);
	ck_assert_uint_eq(ages.values, 1);
	ck_assert_uint_eq(ages.bytes, 10);
	ck_assert_uint_eq(ages.expired, 1);
}
END_TEST

START_TEST(times_out_of_reach_are_ages_too)
{
	const struct sp_age_rule rule = rule_of("value", SP_STATE_VALUE, &ttl_type);
	struct sp_ages ages = { 0 };

	add_value(&ages, &rule, INT64_MIN);
	add_value(&ages, &rule, INT64_MAX);
	ck_assert_uint_eq(ages.ages[0].values, 1);
	ck_assert_uint_eq(ages.ages[SP_AGES_BOUNDS].values, 1);
	ck_assert_uint_eq(ages.expired, 1);
}
END_TEST

START_TEST(damage_is_found)
{
	static const struct {
		enum sp_state_type type;
		const struct sp_type *value;
		const char *bytes;
		size_t n;
	} cases[] = { { SP_STATE_VALUE, &ttl_type, "\0\0\0\0\0\0\0", 7 },
		{ SP_STATE_MAP, &map_type, "", 0 }, { SP_STATE_MAP, &map_type, "\2", 1 },
		{ SP_STATE_MAP, &map_type, "\0\1\2\3", 4 },
		{ SP_STATE_LIST, &list_type, "\0\0\0\0\0\0\0\0\2", 9 } };

	for (size_t i = 0; i < sp_countof(cases); i++) {
		const struct sp_age_rule rule = rule_of("s", cases[i].type, cases[i].value);
		struct sp_ages ages = { 0 };
		struct sp_error err;

		ck_assert_int_eq(
			sp_ages_add(&ages, &rule, sp_slice(cases[i].bytes, cases[i].n), &err),
			SP_EDAMAGED);
	}
}
END_TEST

START_TEST(lists_of_unknown_elements_have_none)
{
	const struct sp_age_rule rule = rule_of("list", SP_STATE_LIST, &opaque_list_type);
	sp_auto_buffer value = { 0 };
	struct sp_ages ages = { 0 };
	struct sp_error err;

	put(&value, NOW);
	ck_assert_int_eq(sp_ages_add(&ages, &rule, sp_buffer_slice(&value), &err), SP_EUNSUPPORTED);
}
END_TEST

START_TEST(states_without_ttl_have_none)
{
	const struct sp_state plain = { .type = SP_STATE_VALUE, .value = &string_type };
	const struct sp_state queue = { .kind = SP_KIND_PRIORITY_QUEUE, .value = &ttl_type };
	struct sp_age_rule rule;

	ck_assert_int_eq(sp_age_rule(&expiry, &plain, SP_KRYO_5, &rule), 0);
	ck_assert_int_eq(sp_age_rule(&expiry, &queue, SP_KRYO_5, &rule), 0);
}
END_TEST

START_TEST(merges)
{
	const struct sp_age_rule rule = rule_of("value", SP_STATE_VALUE, &ttl_type);
	struct sp_ages none = { 0 }, a = { 0 }, b = { 0 }, both = { 0 };

	add_value(&a, &rule, NOW - 10);
	add_value(&b, &rule, NOW - 5 * HOUR);
	add_value(&b, &rule, NOW - HOUR);
	add_value(&both, &rule, NOW - 10);
	add_value(&both, &rule, NOW - 5 * HOUR);
	add_value(&both, &rule, NOW - HOUR);
	sp_ages_merge(&a, &none);
	sp_ages_merge(&b, &a);
	sp_ages_merge(&none, &b);
	ck_assert_int_eq(none.oldest, both.oldest);
	ck_assert_int_eq(none.newest, both.newest);
	ck_assert(memcmp(&none, &both, sizeof(both)) == 0);
}
END_TEST

UNIT_MAIN("tally-ages", values_have_ages, elements_of_lists_count, null_values_of_maps_have_no_age,
	times_out_of_reach_are_ages_too, damage_is_found, lists_of_unknown_elements_have_none,
	states_without_ttl_have_none, merges)
