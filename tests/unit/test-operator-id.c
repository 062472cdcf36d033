#include "unit.h"

#include "snapshot.h"

static void expect(const char *uid, const char *text)
{
	uint8_t id[SP_OPERATOR_ID_BYTES];
	char found[33];

	sp_operator_id_of_uid(uid, id);
	sp_operator_id_text(id, found);
	ck_assert_str_eq(found, text);
}

START_TEST(ids_as_flink_computes_them)
{
	expect("src", "f362c87ffabe89c8a91fa7d0a523ba6c");
	expect("", "00000000000000000000000000000000");
}
END_TEST

/* The published vector of MurmurHash3_x64_128: more than two whole blocks and a tail. */
START_TEST(ids_of_long_uids)
{
	expect("The quick brown fox jumps over the lazy dog", "6c1b07bc7bbc4be347939ac4a93c437a");
}
END_TEST

START_TEST(uuids_have_a_version_and_a_variant)
{
	sp_auto(sp_arena) *arena = sp_arena_new();

	ck_assert(
		sp_slice_is(sp_uuid_of_name("src", arena), "f362c87f-fabe-89c8-a91f-a7d0a523ba6c"));
	ck_assert(sp_slice_is(sp_uuid_of_name("", arena), "00000000-0000-8000-8000-000000000000"));
}
END_TEST

UNIT_MAIN("operator-id", ids_as_flink_computes_them, ids_of_long_uids,
	uuids_have_a_version_and_a_variant)
