#include "unit.h"

#include "command.h"
#include "text.h"

static int run_nothing(
	const struct sp_globals *globals, const char *const *args, struct sp_error *err)
{
	(void)globals;
	(void)args;
	(void)err;
	return 0;
}

static const struct poptOption options[] = {
	{ NULL, '\0', POPT_ARG_INCLUDE_TABLE, sp_options_work, 0, NULL, NULL },
	{ NULL, '\0', POPT_ARG_INCLUDE_TABLE, sp_options_write, 0, NULL, NULL },
	{ NULL, '\0', POPT_ARG_INCLUDE_TABLE, sp_options_json, 0, NULL, NULL },
	{ NULL, '\0', POPT_ARG_INCLUDE_TABLE, sp_options_common, 0, NULL, NULL },
	POPT_TABLEEND,
};

static const struct sp_command command = {
	.name = "test",
	.arguments = "SRC DST",
	.options = options,
	.max_arguments = 2,
	.run = run_nothing,
};

static void assert_size(const char *text, uint64_t want)
{
	struct sp_error err = { 0 };
	uint64_t size;

	ck_ok(sp_parse_size(text, "--memory", &size, &err), err);
	ck_assert_uint_eq(size, want);
}

START_TEST(parses_sizes)
{
	static const char *const bad[] = { "", "K", "-1", "+1", ".5", "0x10", "1e5", "1.2.3", "1KB",
		"1 K", " 1", "nan", "inf", "12Q", "16E" };
	struct sp_error err;
	uint64_t size;

	assert_size("0", 0);
	assert_size("512", 512);
	assert_size("64K", 65536);
	assert_size("64k", 65536);
	assert_size("1.5G", (uint64_t)3 << 29);
	assert_size("7E", (uint64_t)7 << 60);
	for (size_t i = 0; i < sp_countof(bad); i++)
		ck_assert_int_eq(sp_parse_size(bad[i], "--memory", &size, &err), SP_EUSAGE);
}
END_TEST

START_TEST(parses_options_anywhere)
{
	const char *argv[] = { "test", "a", "-j3", "--progress=json", "--memory", "1M", "--json",
		"--", "-b", NULL };
	struct sp_error err;
	struct sp_call call;

	ck_ok(sp_options_parse(&command, 9, argv, &call, &err), err);
	ck_assert_int_eq(call.globals.jobs, 3);
	ck_assert_int_eq(call.globals.progress, SP_PROGRESS_JSON);
	ck_assert_uint_eq(call.globals.memory, 1 << 20);
	ck_assert(call.globals.json && !call.globals.force && !call.help);
	ck_assert_str_eq(call.args[0], "a");
	ck_assert_str_eq(call.args[1], "-b");
	ck_assert_ptr_null(call.args[2]);
	sp_call_free(&call);
}
END_TEST

static void assert_usage(const char *option)
{
	const char *argv[] = { "test", option, NULL };
	struct sp_error err;
	struct sp_call call;

	ck_assert_int_eq(sp_options_parse(&command, 2, argv, &call, &err), SP_EUSAGE);
	sp_call_free(&call);
}

START_TEST(refuses_bad_values)
{
	assert_usage("--jobs=0");
	assert_usage("--jobs=-1");
	assert_usage("--jobs=1x");
	assert_usage("--jobs=");
	assert_usage("--progress=b");
	assert_usage("--progress=bar|json");
	assert_usage("--progress=");
	assert_usage("--json=1");
	assert_usage("--jsn");
	assert_usage("--tmpdir");
	assert_usage("-x");
}
END_TEST

static void assert_escaped(const char *text, const char *want)
{
	sp_auto_buffer out = { 0 };

	sp_text_escape(sp_slice_of(text), &out);
	ck_assert_str_eq(sp_text_of(&out), want);
}

START_TEST(escapes_what_steers_a_terminal)
{
	assert_escaped("plain \xc3\xa9 \xf0\x9f\x98\x80", "plain \xc3\xa9 \xf0\x9f\x98\x80");
	assert_escaped("\x1b[31m\n\t\x7f", "\\x1b[31m\\n\\t\\x7f");
	assert_escaped("\xc2\x9b", "\\u009b");
	assert_escaped("\xe2\x80\xae", "\\u202e");
	assert_escaped("\xff\xc0\x80\xe2\x82", "\\xff\\xc0\\x80\\xe2\\x82");
}
END_TEST

START_TEST(quotes_json)
{
	sp_auto_buffer out = { 0 };

	sp_text_json(sp_slice("a\"\\\0\n\xff", 6), &out);
	ck_assert_str_eq(sp_text_of(&out), "\"a\\\"\\\\\\u0000\\u000a\\ufffd\"");
}
END_TEST

START_TEST(shows_sizes)
{
	char text[16];

	ck_assert_str_eq(sp_text_size(0, text), "0 B");
	ck_assert_str_eq(sp_text_size(1023, text), "1023 B");
	ck_assert_str_eq(sp_text_size(1024, text), "1.0 KiB");
	ck_assert_str_eq(sp_text_size(1024 * 1024 - 1, text), "1.0 MiB");
	ck_assert_str_eq(sp_text_size(UINT64_MAX, text), "16.0 EiB");
}
END_TEST

START_TEST(knows_what_was_meant)
{
	static const char *const words[] = { "inspect", "verify", "convert", NULL };

	ck_assert_str_eq(sp_text_closest("inspekt", words), "inspect");
	ck_assert_str_eq(sp_text_closest("conv", words), "convert");
	ck_assert_str_eq(sp_text_closest("vefiry", words), "verify");
	ck_assert_ptr_null(sp_text_closest("x", words));
	ck_assert_ptr_null(sp_text_closest("frobnicate", words));
}
END_TEST

UNIT_MAIN("options", parses_sizes, parses_options_anywhere, refuses_bad_values,
	escapes_what_steers_a_terminal, quotes_json, shows_sizes, knows_what_was_meant)
