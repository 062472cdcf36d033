/* Whoever reads much without giving a row asks for signals himself. One signal for all cases. */
#include <signal.h>

#include "filter.h"
#include "input.h"
#include "interrupt.h"
#include "regroup.h"
#include "spool.h"
#include "unit.h"

static const struct sp_type string_type = { .kind = SP_STRING };
static const struct sp_type long_type = { .kind = SP_LONG };
static const struct sp_type *ttl_children[] = { &long_type, &string_type };
static const struct sp_type ttl_type = {
	.kind = SP_TTL, .children = ttl_children, .n_children = 2
};
static struct sp_state state = {
	.name = { (const uint8_t *)"value", 5 }, .type = SP_STATE_VALUE, .value = &ttl_type
};
static const struct sp_keyed_header header = { .states = &state, .n_states = 1 };

static void signal_once(void)
{
	if (sp_interrupt_signal() != 0)
		return;
	sp_interrupt_install();
	raise(SIGINT);
}

/* Rows without end, all of them as old as can be. */
static int old_next(struct sp_stream *stream, struct sp_row *row, struct sp_error *err)
{
	static const uint8_t value[10] = { [8] = 1 };

	(void)err;
	*row = (struct sp_row){ .state = &stream->header->states[0],
		.key = sp_slice("\0k", 2),
		.value = sp_slice(value, sizeof(value)) };
	return 1;
}

static void old_free(struct sp_stream *stream)
{
	(void)stream;
}

START_TEST(rows_that_expire)
{
	static const struct sp_stream_ops ops = { .next = old_next, .free = old_free };
	static const struct sp_time_to_live life = { .ms = 1 };
	const struct sp_expiry expiry = { .now = 1000, .lives = &life, .n_lives = 1 };
	struct sp_stream endless = { .ops = &ops, .header = &header };
	sp_auto(sp_stream) *stream = NULL;
	struct sp_error err;
	struct sp_row row;

	signal_once();
	ck_ok(sp_expire(&endless, &expiry, SP_KRYO_2, &stream, &err), err);
	ck_assert_int_eq(sp_next(stream, &row, &err), SP_EINTERRUPTED);
}
END_TEST

START_TEST(blocks_of_a_file)
{
	static const uint8_t bytes[100];
	sp_auto(sp_file) *file = sp_file_of_bytes(sp_slice(bytes, sizeof(bytes)), "bytes");
	struct sp_input in;
	struct sp_error err;

	signal_once();
	sp_input_init(&in, file, 10);
	sp_input_range(&in, 0, sizeof(bytes), false);
	ck_assert_int_eq(sp_input_need(&in, 1, &err), SP_EINTERRUPTED);
	ck_assert_int_eq(sp_input_more(&in, &err), SP_EINTERRUPTED);
	sp_input_free(&in);
}
END_TEST

START_TEST(what_was_spooled)
{
	sp_auto(sp_spool) *spool = sp_spool_new(0, "/tmp");
	struct sp_slice piece;
	struct sp_error err;

	signal_once();
	ck_ok(sp_spool_write(spool, sp_slice("row", 3), &err), err);
	ck_assert_int_eq(sp_spool_read(spool, 10, &piece, &err), SP_EINTERRUPTED);
}
END_TEST

/* The first case: what is taken out was put in before the signal. */
START_TEST(rows_that_change_key_groups)
{
	const struct sp_regroup_row row = { .key = sp_slice("key", 3) };
	const struct sp_budget budget = { .memory = 1, .tmpdir = "/tmp" };
	sp_auto(sp_regroup) *regroup = sp_regroup_new(2, 128, "/tmp");
	sp_auto(sp_intake) *before = sp_intake_new(regroup, 0, 1);
	sp_auto(sp_intake) *after = sp_intake_new(regroup, 1, 1);
	sp_auto(sp_outtake) *outtake = NULL;
	struct sp_error err;

	ck_ok(sp_intake_put(before, &row, &err), err);
	ck_ok(sp_intake_put(before, &row, &err), err);
	ck_ok(sp_intake_end(before, &err), err);
	ck_ok(sp_intake_put(after, &row, &err), err);
	signal_once();
	ck_assert_int_eq(sp_intake_put(after, &row, &err), SP_EINTERRUPTED);
	ck_assert_int_eq(
		sp_outtake_open(regroup, (struct sp_key_groups){ 0, 128 }, &budget, &outtake, &err),
		SP_EINTERRUPTED);
}
END_TEST

UNIT_MAIN("interrupt", rows_that_change_key_groups, rows_that_expire, blocks_of_a_file,
	what_was_spooled)
