#include "scale.h"
#include "test-data.h"

/* Changes the first `from` of a subtask's stream into `to`, of the same length. */
static void replace(struct scale_made *made, int32_t subtask, const char *from, const char *to)
{
	struct sp_buffer *bytes = &made->streams[subtask].bytes;
	uint8_t *at = memmem(bytes->p, bytes->n, from, strlen(from));

	ck_assert_ptr_nonnull(at);
	memcpy(at, to, strlen(to));
}

static void assert_refused(struct scale_made *made, enum sp_code code, const char *words)
{
	sp_auto(sp_operator_scale) *scale = NULL;
	struct sp_error err;

	ck_fails(scale_open(made, 3, &scale, &err), code, words, err);
	scale_free(made);
}

START_TEST(refuses_states_of_different_types)
{
	struct scale_made made;

	scale_make_lists(&made, (const int[]){ 1, 1 }, 2);
	scale_make(&made, 6, false);
	replace(&made, 1, "IntSerializer$Int", "BxxSerializer$Bxx");
	assert_refused(&made, SP_EUNSUPPORTED,
		"state 'list' has different serializers in different subtasks");
}
END_TEST

START_TEST(refuses_states_of_different_modes)
{
	struct scale_made made;

	scale_make_lists(&made, (const int[]){ 1, 0 }, 2);
	made.counts[1][0] = -1;
	made.counts[1][1] = 1;
	scale_make(&made, 6, false);
	replace(&made, 0, "list", "same");
	made.streams[0].states[0].name = sp_slice_of("same");
	operator_free(&made.streams[1]);
	operator_begin(&made.streams[1], 6, false);
	sp_buffer_u16(&made.streams[1].bytes, 1);
	operator_declare(&made.streams[1], "same", SP_MODE_UNION);
	sp_buffer_u16(&made.streams[1].bytes, 0);
	operator_end(&made.streams[1]);
	assert_refused(&made, SP_EUNSUPPORTED, "different modes of distribution");
}
END_TEST

START_TEST(refuses_old_headers)
{
	struct scale_made made;
	sp_auto(sp_operator_scale) *scale = NULL;
	struct sp_error err;

	scale_make_lists(&made, (const int[]){ 1, 1 }, 2);
	scale_make(&made, 4, false);
	ck_fails(scale_open(&made, 3, &scale, &err), SP_EUNSUPPORTED, "header version 4", err);
	ck_assert_ptr_nonnull(strstr(err.hint, "Flink 1.16"));
	scale_free(&made);
}
END_TEST

START_TEST(refuses_elements_without_offsets_of_their_own)
{
	struct scale_made made;

	scale_make_lists(&made, (const int[]){ 2, 2 }, 2);
	scale_make(&made, 6, true);
	made.streams[1].offsets[0][1] = made.streams[1].offsets[0][0]; /* as Flink 1.18.1 has it */
	assert_refused(&made, SP_EUNSUPPORTED, "Flink 1.18.0 and 1.18.1");
}
END_TEST

/* --- damage ---------------------------------------------------------------------------------- */

START_TEST(notices_damaged_offsets)
{
	static const int64_t offsets[] = { -1, INT64_MIN, INT64_MAX, 100000 };
	struct scale_made made;

	for (size_t i = 0; i < 2 * sp_countof(offsets); i++) {
		scale_make_lists(&made, (const int[]){ 2, 2 }, 2);
		scale_make(&made, i % 2 == 0 ? 6 : 0, false);
		made.streams[1].offsets[0][1] = offsets[i / 2];
		assert_refused(&made, SP_EDAMAGED, "old subtask 1: test: offset");
	}
}
END_TEST

START_TEST(notices_damaged_lists_of_states)
{
	struct scale_made made;

	scale_make_lists(&made, (const int[]){ 2, 2 }, 2);
	scale_make(&made, 6, false);
	made.streams[1].states[0].mode = SP_MODE_UNION;
	assert_refused(&made, SP_EDAMAGED, "state 'list' is listed with another mode");

	scale_make_lists(&made, (const int[]){ 2, 2 }, 2);
	scale_make(&made, 0, false);
	made.streams[1].states[0].mode = SP_MODE_UNION;
	assert_refused(&made, SP_EDAMAGED, "state 'list' is listed with another mode");

	scale_make_lists(&made, (const int[]){ 2, 2 }, 2);
	scale_make(&made, 6, false);
	made.streams[0].states[1] = made.streams[0].states[0];
	made.streams[0].handle.n_states = 2;
	assert_refused(&made, SP_EDAMAGED, "state 'list' is listed twice");

	scale_make_lists(&made, (const int[]){ 2, 2 }, 2);
	scale_make(&made, 6, false);
	made.streams[0].states[0].name = sp_slice_of("unknown");
	assert_refused(&made, SP_EDAMAGED, "state 'unknown', of which");
}
END_TEST

START_TEST(notices_damaged_elements)
{
	sp_auto(sp_arena) *arena = sp_arena_new();
	sp_auto(sp_operator_scale) *scale = NULL;
	struct sp_operator_handle handle;
	struct scale_made made;
	struct sp_error err;

	scale_make_lists(&made, (const int[]){ 2, 2 }, 2);
	scale_make(&made, 6, true);
	replace(&made, 1, "list.1.0", "list.1.9");
	ck_assert_int_eq(scale_open(&made, 2, &scale, &err), 1);
	ck_ok(scale_write_one(scale, 0, SP_RELEASE(2, 2), arena, &handle, &err), err);
	ck_fails(scale_write_one(scale, 1, SP_RELEASE(2, 2), arena, &handle, &err), SP_EDAMAGED,
		"checksum", err);
	scale_free(&made);
}
END_TEST

/* Any byte may be another, and any offset: no crash, and what is written can be read. */
START_TEST(survives_any_damage)
{
	uint64_t seed = 521288629;

	for (int i = 0; i < 3000; i++) {
		sp_auto(sp_arena) *arena = sp_arena_new();
		sp_auto(sp_operator_scale) *scale = NULL;
		sp_auto(sp_operator_reader) *reader = NULL;
		struct sp_operator_handle handle;
		struct operator_stream *s;
		struct scale_made made;
		struct sp_error err;

		scale_make_lists(&made, (const int[]){ 3, 2 }, 2);
		made.counts[0][4] = made.counts[1][4] = 1;
		scale_make(&made, i % 4 == 0 ? 0 : 6, i % 4 == 1);
		s = &made.streams[i % 2];
		s->bytes.p[test_random(&seed) % s->bytes.n] ^= (uint8_t)test_random(&seed);
		if (i % 3 == 0)
			s->offsets[0][0] = (int64_t)(test_random(&seed) % (2 * s->bytes.n));
		for (int32_t n = 0; scale_open(&made, 3, &scale, &err) > 0 && n < 3; n++) {
			if (scale_write_one(scale, n, SP_RELEASE(2, 2), arena, &handle, &err) ==
					0 &&
				made.managed)
				ck_ok(sp_operator_reader_open(&made.source, &handle, &reader, &err),
					err);
			sp_operator_reader_free(sp_steal(reader));
			sp_operator_scale_free(sp_steal(scale));
		}
		scale_free(&made);
	}
}
END_TEST

UNIT_MAIN("operator-scale-damage", refuses_states_of_different_types,
	refuses_states_of_different_modes, refuses_old_headers,
	refuses_elements_without_offsets_of_their_own, notices_damaged_offsets,
	notices_damaged_lists_of_states, notices_damaged_elements, survives_any_damage)
