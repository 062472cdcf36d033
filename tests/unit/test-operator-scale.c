#include "scale.h"
#include "test-data.h"

static void put_written(struct scale_made *made, const struct sp_operator_scale *scale,
	int32_t index, struct sp_buffer *out)
{
	sp_auto(sp_arena) *arena = sp_arena_new();
	struct sp_operator_handle handle;
	struct sp_error err;

	ck_ok(scale_write_one(scale, index, SP_RELEASE(2, 2), arena, &handle, &err), err);
	scale_put_handle(&made->source, &handle, made->managed, out);
}

/* --- the model: metadata.md, "round robin of SPLIT_DISTRIBUTE" ------------------------------- */

struct model {
	struct sp_buffer text[SCALE_MOST]; /* of each new subtask */
	bool has[SCALE_MOST];
	int first;
};

static void model_list(const struct scale_made *made, int state, int n, struct model *model)
{
	int total = 0, given = 0, left, next, subtask = 0, i = 0;
	int at = scale_states[state].mode == SP_MODE_UNION ? 0 : model->first;

	for (int32_t j = 0; j < made->parallelism; j++)
		total += made->counts[j][state] > 0 ? made->counts[j][state] : 0;
	left = total % n;
	next = at;
	for (int k = 0; k < n; k++, at = (at + 1) % n) {
		for (int take = total / n + (left > 0); take > 0; take--, given++) {
			while (i >= made->counts[subtask][state]) {
				subtask++;
				i = 0;
			}
			scale_put_text(&model->text[at], subtask, state, i++);
			sp_buffer_u8(&model->text[at], ',');
			model->has[at] = true;
		}
		if (left > 0) {
			left--;
			next = (at + 1) % n;
		}
	}
	ck_assert_int_eq(given, total);
	if (scale_states[state].mode == SP_MODE_SPLIT_DISTRIBUTE)
		model->first = next;
}

static void model_broadcast(const struct scale_made *made, int state, int n, struct model *model)
{
	int32_t holders[SCALE_MOST];
	int n_holders = 0;

	for (int32_t i = 0; i < made->parallelism; i++)
		if (made->counts[i][state] > 0)
			holders[n_holders++] = i;
	for (int i = 0; i < n && n_holders > 0; i++) {
		scale_put_text(&model->text[i], holders[i % n_holders], state, 0);
		sp_buffer_u8(&model->text[i], ',');
		model->has[i] = true;
	}
	for (int i = 0; i < n && n_holders == 0; i++)
		sp_buffer_bytes(&model->text[i], sp_slice("\0\0\0\0,", 5));
}

static int number_of(struct sp_slice name)
{
	int i = 0;

	while (!sp_slice_is(name, scale_states[i].name))
		i++;
	return i;
}

/* The states come in the order of the header. */
static void model_all(const struct scale_made *made, const struct sp_operator_header *header, int n,
	struct model *model)
{
	*model = (struct model){ 0 };
	for (size_t i = 0; i < header->n_states; i++) {
		int state = number_of(header->states[i].name);

		for (int j = 0; j < n; j++)
			sp_buffer_printf(&model->text[j], "%s=", scale_states[state].name);
		if (scale_is_broadcast(state))
			model_broadcast(made, state, n, model);
		else
			model_list(made, state, n, model);
		for (int j = 0; j < n; j++)
			sp_buffer_u8(&model->text[j], ';');
	}
}

static size_t count_declared(const struct scale_made *made)
{
	size_t n = 0;

	for (int i = 0; i < SCALE_STATES; i++) {
		bool declared = false;

		for (int32_t j = 0; j < made->parallelism; j++)
			declared |= made->counts[j][i] >= 0;
		n += declared;
	}
	return n;
}

static void assert_as_model(struct scale_made *made, int32_t n)
{
	struct sp_state raw_state = { .name = sp_slice_of(scale_states[0].name) };
	const struct sp_operator_header raw = { .states = &raw_state, .n_states = 1 };
	sp_auto(sp_operator_scale) *scale = NULL;
	const struct sp_operator_header *header;
	struct model model;
	struct sp_error err;
	bool any = false;
	int r;

	r = scale_open(made, n, &scale, &err);
	ck_ok(r, err);
	ck_assert_int_eq(r, count_declared(made) > 0);
	if (r == 0)
		return;
	header = sp_operator_scale_header(scale);
	ck_assert(made->managed == (header != NULL));
	if (header == NULL)
		header = &raw;
	ck_assert_uint_eq(header->n_states, count_declared(made));
	model_all(made, header, n, &model);
	for (int32_t i = 0; i < n; i++)
		any |= model.has[i];
	for (int32_t i = 0; i < n; i++) {
		sp_auto_buffer text = { 0 };
		uint64_t bytes;

		put_written(made, scale, i, &text);
		ck_assert_uint_eq(text.n, model.text[i].n);
		ck_assert_mem_eq(text.p, model.text[i].p, text.n);
		ck_assert_int_eq(sp_operator_scale_has(scale, i, &bytes),
			model.has[i] || (!any && i == 0 && made->managed));
		sp_buffer_free(&model.text[i]);
	}
}

static void choose_counts(struct scale_made *made, uint64_t *seed)
{
	*made = (struct scale_made){ .parallelism = 1 + (int32_t)(test_random(seed) % SCALE_MOST) };
	for (int32_t i = 0; i < made->parallelism; i++)
		for (int j = 0; j < SCALE_STATES; j++) {
			int most = scale_is_broadcast(j) ? 2 : 14;

			made->counts[i][j] = (int)(test_random(seed) % (uint64_t)most) - 1;
			made->counts[i][j] += scale_is_broadcast(j) && made->counts[i][j] == 0;
		}
}

START_TEST(shares_out_as_flink_does)
{
	uint64_t seed = 88172645463325252;

	for (int i = 0; i < 300; i++) {
		struct scale_made made;

		choose_counts(&made, &seed);
		scale_make(&made, i % 3 == 0 ? 5 : 6, i % 3 == 1);
		for (int32_t n = 1; n <= SCALE_MOST; n++)
			assert_as_model(&made, n);
		scale_free(&made);
	}
}
END_TEST

START_TEST(shares_out_raw_state)
{
	uint64_t seed = 362436069;

	for (int i = 0; i < 100; i++) {
		struct scale_made made;

		choose_counts(&made, &seed);
		for (int32_t j = 0; j < made.parallelism; j++)
			for (int k = 1; k < SCALE_STATES; k++)
				made.counts[j][k] = -1;
		scale_make(&made, 0, false);
		for (int32_t n = 1; n <= SCALE_MOST; n++)
			assert_as_model(&made, n);
		scale_free(&made);
	}
}
END_TEST

static void assert_shared(struct scale_made *made, int32_t n, const char *const *expected)
{
	sp_auto(sp_operator_scale) *scale = NULL;
	struct sp_error err;

	ck_ok(scale_open(made, n, &scale, &err), err);
	for (int32_t i = 0; i < n; i++) {
		sp_auto_buffer text = { 0 };
		uint64_t bytes;

		ck_assert_int_eq(sp_operator_scale_has(scale, i, &bytes), expected[i] != NULL);
		if (expected[i] == NULL)
			continue;
		put_written(made, scale, i, &text);
		test_text_is(&text, expected[i]);
	}
}

START_TEST(a_subtask_without_elements_gets_nothing)
{
	static const char *const expected[] = { "list=list.1.0,;", "list=list.1.1,;", NULL };
	struct scale_made made;

	scale_make_lists(&made, (const int[]){ -1, 2, 0 }, 3);
	scale_make(&made, 6, false);
	assert_shared(&made, 3, expected);
	scale_free(&made);
}
END_TEST

START_TEST(what_is_declared_only_stays_declared)
{
	static const char *const expected[] = { "list=;", NULL, NULL };
	struct scale_made made;

	scale_make_lists(&made, (const int[]){ 0, 0 }, 2);
	scale_make(&made, 6, false);
	assert_shared(&made, 3, expected);
	scale_free(&made);
}
END_TEST

START_TEST(there_may_be_nothing)
{
	sp_auto(sp_operator_scale) *scale = NULL;
	struct scale_made made;
	struct sp_error err;

	scale_make_lists(&made, (const int[]){ -1, 1 }, 2);
	scale_make(&made, 6, false);
	made.streams[1].handle.code = SP_OPERATOR_MERGED;
	made.streams[1].handle.data.code = SP_HANDLE_EMPTY_SEGMENT;
	made.streams[1].handle.n_states = 0;
	ck_assert_int_eq(scale_open(&made, 3, &scale, &err), 0);
	made.managed = false;
	ck_assert_int_eq(scale_open(&made, 3, &scale, &err), 0);
	scale_free(&made);
}
END_TEST

START_TEST(takes_several_handles_of_a_subtask)
{
	static const char *const expected[] = { "list=list.0.0,list.0.1,list.1.0,;" };
	struct scale_made made;
	struct sp_operator_handle both[2];

	scale_make_lists(&made, (const int[]){ 2, 1 }, 2);
	scale_make(&made, 6, false);
	both[0] = made.streams[0].handle;
	both[1] = made.streams[1].handle;
	made.subtasks[0] = (struct sp_subtask){ .managed_operator = both, .n_managed_operator = 2 };
	made.op.n_subtasks = 1;
	assert_shared(&made, 1, expected);
	scale_free(&made);
}
END_TEST

START_TEST(tells_how_many_bytes)
{
	sp_auto(sp_operator_scale) *scale = NULL;
	struct scale_made made;
	struct sp_error err;
	uint64_t bytes, all, header;

	scale_make_lists(&made, (const int[]){ 3, 6 }, 2);
	scale_make(&made, 6, false);
	ck_assert_int_eq(scale_open(&made, 3, &scale, &err), 1);
	header = sp_operator_scale_header(scale)->states[0].bytes.n;
	for (int32_t i = 0; i < 3; i++) {
		ck_assert(sp_operator_scale_has(scale, i, &bytes));
		ck_assert_uint_eq(bytes - header, 3 * strlen("list.1.1"));
	}
	sp_operator_scale_free(sp_steal(scale));
	ck_assert_int_eq(scale_open(&made, 1, &scale, &err), 1);
	ck_assert(sp_operator_scale_has(scale, 0, &all));
	ck_assert_uint_eq(all - header, 9 * strlen("list.1.1"));
	scale_free(&made);
}
END_TEST

START_TEST(opens_only_what_a_subtask_gets)
{
	sp_auto(sp_operator_scale) *scale = NULL;
	sp_auto(sp_arena) *arena = sp_arena_new();
	struct sp_operator_handle handle;
	struct scale_made made;
	struct sp_error err;

	scale_make_lists(&made, (const int[]){ 2, 2, 2 }, 3);
	scale_make(&made, 6, false);
	ck_assert_int_eq(scale_open(&made, 6, &scale, &err), 1);
	made.streams[1].handle.data.code = SP_HANDLE_NONE; /* gone since */
	for (int32_t i = 0; i < 6; i++)
		if (i / 2 != 1)
			ck_ok(scale_write_one(scale, i, SP_RELEASE(2, 2), arena, &handle, &err),
				err);
		else
			ck_fails(scale_write_one(scale, i, SP_RELEASE(2, 2), arena, &handle, &err),
				SP_EDAMAGED, "old subtask 1: test: offset", err);
	scale_free(&made);
}
END_TEST

/* --- headers --------------------------------------------------------------------------------- */

START_TEST(writes_for_the_release)
{
	static const sp_release releases[] = { SP_RELEASE(1, 17), SP_RELEASE(1, 18) };
	sp_auto(sp_arena) *arena = sp_arena_new();
	sp_auto(sp_operator_scale) *scale = NULL;
	struct sp_operator_handle handle;
	struct scale_made made;
	struct sp_error err;

	scale_make_lists(&made, (const int[]){ 1, 1 }, 2);
	scale_make(&made, 6, true);
	ck_assert_int_eq(scale_open(&made, 1, &scale, &err), 1);
	for (uint32_t i = 0; i < 2; i++) {
		ck_ok(scale_write_one(scale, 0, releases[i], arena, &handle, &err), err);
		ck_assert_uint_eq(sp_get_be32(handle.data.data.p), 5 + i);
	}
	scale_free(&made);
}
END_TEST

/* Makes the snapshot of the serializer in a subtask's header one of Flink 1.7. */
static void make_snapshot_old(struct scale_made *made, int32_t subtask)
{
	static const char class[] = "org.apache.flink.api.common.typeutils.base.IntSerializer";
	struct operator_stream *s = &made->streams[subtask];
	struct sp_buffer old = s->bytes;
	uint8_t *at = memmem(old.p, old.n, INT_SNAPSHOT "\0\0\0\3", strlen(INT_SNAPSHOT) + 4);

	at += strlen(INT_SNAPSHOT) + 4;
	at[-1] = 2;
	s->bytes = (struct sp_buffer){ 0 };
	sp_buffer_bytes(&s->bytes, sp_slice(old.p, (size_t)(at - old.p)));
	sp_buffer_utf(&s->bytes, sp_slice_of(class));
	sp_buffer_bytes(&s->bytes, sp_slice(at, old.n - (size_t)(at - old.p)));
	for (size_t i = 0; i < s->states[0].n_offsets; i++)
		s->offsets[0][i] += (int64_t)(s->bytes.n - old.n);
	sp_buffer_free(&old);
	operator_end(s);
}

START_TEST(unites_snapshots_of_one_type)
{
	static const char *const expected[] = { "list=list.0.0,list.1.0,;", "list=list.1.1,;" };
	struct scale_made made;

	scale_make_lists(&made, (const int[]){ 1, 2 }, 2);
	scale_make(&made, 6, false);
	make_snapshot_old(&made, 1);
	assert_shared(&made, 2, expected);
	scale_free(&made);
}
END_TEST

UNIT_MAIN("operator-scale", shares_out_as_flink_does, shares_out_raw_state,
	a_subtask_without_elements_gets_nothing, what_is_declared_only_stays_declared,
	there_may_be_nothing, takes_several_handles_of_a_subtask, tells_how_many_bytes,
	opens_only_what_a_subtask_gets, writes_for_the_release, unites_snapshots_of_one_type)
