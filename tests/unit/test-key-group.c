#include "unit.h"

#include "key-group.h"

START_TEST(murmur_as_flink)
{
	ck_assert_int_eq(sp_murmur_hash(0), 593689054);
	ck_assert_int_eq(sp_murmur_hash(1), 68075478);
	ck_assert_int_eq(sp_murmur_hash(-1), 1982413648);
	ck_assert_int_eq(sp_murmur_hash(-2089875627), 0);
	ck_assert_int_eq(sp_murmur_hash(-1035494534), 0);
}
END_TEST

START_TEST(subtasks_cover_every_group_once)
{
	static const int32_t maxima[] = { 1, 2, 127, 128, 129, 1000, 32768 };

	for (size_t m = 0; m < sp_countof(maxima); m++) {
		for (int32_t p = 1; p <= maxima[m] && p <= 300; p++) {
			int32_t next = 0;

			for (int32_t i = 0; i < p; i++) {
				struct sp_key_groups range =
					sp_key_groups_of_subtask(i, p, maxima[m]);

				ck_assert_int_eq(range.start, next);
				next += range.count;
			}
			ck_assert_int_eq(next, maxima[m]);
		}
	}
}
END_TEST

START_TEST(prefix_grows_beyond_128)
{
	const uint8_t key[] = { 1, 2 };

	ck_assert_uint_eq(sp_key_group_prefix(128), 1);
	ck_assert_uint_eq(sp_key_group_prefix(129), 2);
	ck_assert_uint_eq(sp_key_group_of_prefix(key, 1), 1);
	ck_assert_uint_eq(sp_key_group_of_prefix(key, 2), 0x102);
}
END_TEST

UNIT_MAIN("key-group", murmur_as_flink, subtasks_cover_every_group_once, prefix_grows_beyond_128)
