/* A serializer snapshot on its own, and a value of that type behind it. */
#include <cjson/cJSON.h>

#include "value.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void check(bool holds, const char *what)
{
	if (!holds)
		sp_abort(what);
}

static void check_json(const struct sp_value *value)
{
	sp_auto_buffer json = { 0 };
	cJSON *parsed;

	sp_value_json(value, &json);
	parsed = cJSON_ParseWithLength((const char *)json.p, json.n);
	check(parsed != NULL, "no JSON");
	cJSON_Delete(parsed);
}

/* What the walk that crosses says of a value must be what the walk that decodes says. */
static void compare(const struct sp_type *type, struct sp_slice bytes, enum sp_kryo kryo)
{
	sp_auto(sp_arena) *arena = sp_arena_new();
	struct sp_value_reader skip = sp_value_reader(bytes, 0, kryo);
	struct sp_value_reader read = skip;
	struct sp_error err;
	struct sp_value value;
	int32_t hash, width = sp_type_width(type);
	int skipped = sp_value_skip(&skip, type, &err);
	int decoded = sp_value_read(&read, type, arena, &value, &err);

	/* A Kryo value that contains itself can be crossed, not decoded. */
	check(skipped == 0 || decoded == skipped || decoded == SP_EUNSUPPORTED,
		"read what could not be crossed");
	check(decoded == 0 || read.in.at == bytes.p, "moved although it failed");
	check(decoded != SP_EDAMAGED || read.missing == 0 || skipped < 0, "cut short only once");
	if (skipped < 0 || decoded < 0)
		return;
	check(skip.in.at == read.in.at, "crossed to another end");
	check(width < 0 || skip.in.at == bytes.p + width, "another width");
	for (int rule = SP_ROW_RULE_1_8; rule <= SP_ROW_RULE_1_13; rule++)
		sp_value_hash(&value, (enum sp_row_rule)rule, &hash);
	check(sp_value_equal(&value, &value), "not equal to itself");
	check_json(&value);
}

static void read_all(const struct sp_type *type, struct sp_slice bytes, enum sp_kryo kryo)
{
	sp_auto(sp_arena) *arena = sp_arena_new();
	struct sp_error err;
	struct sp_value value;

	if (sp_value_read_all(bytes, 0, kryo, type, arena, &value, &err) == 0)
		check(value.raw.n == bytes.n, "not all was read");
	sp_type_length(type);
	sp_type_opaque_part(type);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	sp_auto(sp_arena) *arena = sp_arena_new();
	struct sp_cursor in = sp_cursor(sp_slice(data, n), 0);
	const struct sp_type *type;
	struct sp_slice bytes;
	struct sp_error err;

	if (sp_type_read_proxy(&in, arena, &type, &err) < 0)
		return 0;
	bytes = sp_slice(in.at, sp_left(&in));
	for (int kryo = SP_KRYO_2; kryo <= SP_KRYO_5; kryo++) {
		compare(type, bytes, (enum sp_kryo)kryo);
		read_all(type, bytes, (enum sp_kryo)kryo);
	}
	return 0;
}
