/*
 * Vectors that real Flink computed: snapshots of types, values as bytes and as text, hash codes,
 * key groups. Each type is one test. Also, every value must give JSON, none of its beginnings may
 * pass for a value, and as a key it is hashed like it, by a function that is inferred if need be.
 *
 *	vectors FILE
 *
 *	{"types": {NAME: snapshot in hex},
 *	 "vectors": [{"flink": release, "type": NAME, "value": text, "hex": bytes,
 *	              "hashCode": h, "keyGroup": {max parallelism: key group}}],
 *	 "pojoHashes": {NAME: {"from": 1, "fields": [name]}},
 *	 "murmur": [{"code", "murmur"}],
 *	 "ranges": [{"maxParallelism", "parallelism", "index", "start", "end"}]}
 *
 * A vector without a hash code is of a class that has one of its own. A file that is not there is
 * skipped.
 */
#include <cjson/cJSON.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "key-group.h"
#include "keys.h"
#include "text.h"

static int n_tests, n_failed;

static void report(bool ok, const char *name, int n)
{
	printf("%s %d - %s: %d\n", ok ? "ok" : "not ok", ++n_tests, name, n);
	n_failed += !ok;
}

static bool differ(const char *what, const char *is, const char *expected)
{
	printf("# %s is %.300s instead of %.300s\n", what, is, expected);
	return false;
}

static bool differ_number(const char *what, int32_t is, int32_t expected)
{
	printf("# %s is %" PRId32 " instead of %" PRId32 "\n", what, is, expected);
	return false;
}

static const char *text_in(const cJSON *object, const char *key)
{
	const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, key));

	return text == NULL ? "" : text;
}

static int32_t number_in(const cJSON *object, const char *key)
{
	return (int32_t)cJSON_GetNumberValue(cJSON_GetObjectItemCaseSensitive(object, key));
}

static void bytes_of_hex(const char *hex, struct sp_buffer *out)
{
	unsigned byte;

	for (; sscanf(hex, "%2x", &byte) == 1; hex += 2)
		sp_buffer_u8(out, (uint8_t)byte);
}

/* The rule of a Row's hash code, from "1.12.7". */
static enum sp_row_rule row_rule(const char *flink)
{
	int major = 0;
	int minor = 0;

	sscanf(flink, "%d.%d", &major, &minor);
	if (major > 1 || minor >= 13)
		return SP_ROW_RULE_1_13;
	return minor == 12 ? SP_ROW_RULE_1_12 : minor == 11 ? SP_ROW_RULE_1_11 : SP_ROW_RULE_1_8;
}

/* What Java's programmers write: 31 * h + field, from `from`. */
static bool hash_pojo(
	const struct sp_value *v, const cJSON *formula, enum sp_row_rule rule, int32_t *ret)
{
	const cJSON *field;
	uint32_t h = (uint32_t)number_in(formula, "from");
	int32_t e;

	cJSON_ArrayForEach(field, cJSON_GetObjectItemCaseSensitive(formula, "fields"))
	{
		size_t i = 0;

		while (i < v->n_items && !sp_slice_is(v->items[i].name, field->valuestring))
			i++;
		if (i == v->n_items || sp_value_hash(&v->items[i], rule, &e) != 1)
			return false;
		h = 31 * h + (uint32_t)e;
	}
	*ret = (int32_t)h;
	return true;
}

/* Those of files that do not tell them. */
static const struct {
	const char *type, *formula;
} formulas[] = {
	{ "PojoKey:P1", "{\"from\": 1, \"fields\": [\"id\", \"name\"]}" },        /* Objects.hash */
	{ "PojoKey:KeyIde", "{\"from\": 0, \"fields\": [\"a\", \"b\", \"c\"]}" }, /* an IDE's */
	{ "UserHash:KeyRec", "{\"from\": 0, \"fields\": [\"tenant\", \"seq\"]}" }, /* a record */
};

static cJSON *formula_of(const cJSON *root, const char *type)
{
	const cJSON *all = cJSON_GetObjectItemCaseSensitive(root, "pojoHashes");
	const cJSON *own = cJSON_GetObjectItemCaseSensitive(all, type);

	if (own != NULL)
		return cJSON_Duplicate(own, true);
	for (size_t i = 0; i < sp_countof(formulas); i++)
		if (strcmp(formulas[i].type, type) == 0)
			return cJSON_Parse(formulas[i].formula);
	return NULL;
}

struct type {
	const char *name;
	const struct sp_type *type;
	cJSON *formula;
};

static bool check_groups(const cJSON *vector, int32_t hash)
{
	const cJSON *group;
	bool ok = true;

	cJSON_ArrayForEach(group, cJSON_GetObjectItemCaseSensitive(vector, "keyGroup"))
	{
		int32_t is = sp_key_group_of_hash(hash, atoi(group->string));

		if (is != group->valueint)
			ok = differ_number("key group", is, group->valueint);
	}
	return ok;
}

static bool check_hash(const struct type *type, const cJSON *vector, const struct sp_value *value)
{
	const cJSON *expected = cJSON_GetObjectItemCaseSensitive(vector, "hashCode");
	enum sp_row_rule rule = row_rule(text_in(vector, "flink"));
	int32_t hash = 0;
	bool known = type->formula == NULL ? sp_value_hash(value, rule, &hash) == 1
					   : hash_pojo(value, type->formula, rule, &hash);

	if (!cJSON_IsNumber(expected))
		return !known || differ("a hash code", "known", "none");
	if (!known)
		return differ("hash code", "not known", text_in(vector, "value"));
	if (hash != (int32_t)expected->valuedouble)
		return differ_number("hash code", hash, (int32_t)expected->valuedouble);
	return check_groups(vector, hash);
}

/* JSON, whatever is in the value. */
static bool check_json(const struct sp_value *value)
{
	sp_auto_buffer json = { 0 };
	cJSON *parsed;
	bool ok;

	sp_value_json(value, &json);
	parsed = cJSON_ParseWithLengthOpts((const char *)json.p, json.n, NULL, false);
	ok = parsed != NULL;
	cJSON_Delete(parsed);
	sp_buffer_u8(&json, 0);
	return ok || differ("JSON", (const char *)json.p, "JSON");
}

/* Of every beginning of the bytes it is said that there are too few, and by how many at least. */
static bool check_cut(
	const struct sp_type *type, struct sp_slice bytes, size_t n, enum sp_kryo kryo)
{
	sp_auto(sp_arena) *arena = sp_arena_new();
	uint8_t *cut = malloc(n + 1);
	struct sp_value_reader skip, read;
	struct sp_value value;
	struct sp_error err;
	int crossed, decoded;

	if (cut == NULL)
		sp_abort("out of memory");
	memcpy(cut + 1, bytes.p, n);
	skip = sp_value_reader(sp_slice(cut + 1, n), 0, kryo);
	read = skip;
	crossed = sp_value_skip(&skip, type, &err);
	decoded = sp_value_read(&read, type, arena, &value, &err);
	free(cut);
	if (crossed == 0 || decoded == 0)
		return differ("a beginning", "a value", "cut short");
	if (skip.missing == 0 || skip.missing > bytes.n - n || read.missing != skip.missing)
		return differ("a beginning", err.message, "cut short");
	return true;
}

static bool check_cuts(const struct sp_type *type, struct sp_slice bytes, enum sp_kryo kryo)
{
	for (size_t n = 0; n < bytes.n; n++)
		if (!check_cut(type, bytes, n, kryo))
			return differ_number("bytes", (int32_t)n, (int32_t)bytes.n);
	return true;
}

/* The bytes are in memory of their own, so that a sanitizer sees what is read beyond them. */
static bool check_bytes(const struct type *type, const cJSON *vector, struct sp_slice bytes)
{
	sp_auto(sp_arena) *arena = sp_arena_new();
	sp_auto_buffer text = { 0 };
	enum sp_kryo kryo = text_in(vector, "flink")[0] == '1' ? SP_KRYO_2 : SP_KRYO_5;
	struct sp_value_reader reader = sp_value_reader(bytes, 0, kryo);
	struct sp_value value;
	struct sp_error err;

	if (sp_value_skip(&reader, type->type, &err) < 0)
		return differ("skipping", err.message, "an end");
	if (sp_left(&reader.in) != 0)
		return differ_number("bytes left", (int32_t)sp_left(&reader.in), 0);
	reader = sp_value_reader(bytes, 0, kryo);
	if (sp_value_read(&reader, type->type, arena, &value, &err) < 0)
		return differ("reading", err.message, "a value");
	if (sp_left(&reader.in) != 0)
		return differ_number("bytes left", (int32_t)sp_left(&reader.in), 0);
	text_of_value(&value, &text);
	sp_buffer_u8(&text, 0);
	if (strcmp((const char *)text.p, text_in(vector, "value")) != 0)
		return differ("text", (const char *)text.p, text_in(vector, "value"));
	return check_hash(type, vector, &value) && check_json(&value) &&
	       check_cuts(type->type, bytes, kryo);
}

static bool check_vector(const struct type *type, const cJSON *vector)
{
	sp_auto_buffer bytes = { 0 };
	uint8_t *exact;
	bool ok;

	bytes_of_hex(text_in(vector, "hex"), &bytes);
	exact = malloc(bytes.n + 1);
	if (exact == NULL)
		sp_abort("out of memory");
	if (bytes.n != 0)
		memcpy(exact, bytes.p, bytes.n);
	ok = check_bytes(type, vector, sp_slice(exact, bytes.n));
	if (!ok)
		printf("# Flink %s, bytes %.200s\n", text_in(vector, "flink"),
			text_in(vector, "hex"));
	free(exact);
	return ok;
}

static int check_type(const cJSON *root, const cJSON *snapshot)
{
	sp_auto(sp_arena) *arena = sp_arena_new();
	sp_auto_buffer bytes = { 0 };
	struct type type = { .name = snapshot->string,
		.formula = formula_of(root, snapshot->string) };
	struct sp_error err;
	struct sp_cursor in;
	const cJSON *vector;
	bool ok = true;
	int n = 0;

	bytes_of_hex(snapshot->valuestring, &bytes);
	in = sp_cursor(sp_buffer_slice(&bytes), 0);
	if (sp_type_read_proxy(&in, arena, &type.type, &err) < 0)
		ok = differ("snapshot", err.message, "a type");
	else if (sp_left(&in) != 0)
		ok = differ_number("bytes behind the snapshot", (int32_t)sp_left(&in), 0);
	cJSON_ArrayForEach(vector, cJSON_GetObjectItemCaseSensitive(root, "vectors"))
	{
		if (!ok || strcmp(text_in(vector, "type"), type.name) != 0)
			continue;
		ok = check_vector(&type, vector);
		n++;
	}
	cJSON_Delete(type.formula);
	ok = ok && keys_check(type.type, type.name, root);
	report(ok && n > 0, type.name, n);
	return n;
}

static void check_murmur(const cJSON *root)
{
	const cJSON *all = cJSON_GetObjectItemCaseSensitive(root, "murmur");
	const cJSON *one;
	bool ok = true;

	cJSON_ArrayForEach(one, all)
	{
		int32_t hash = sp_murmur_hash(number_in(one, "code"));

		if (hash != number_in(one, "murmur"))
			ok = differ_number("murmur hash", hash, number_in(one, "murmur"));
	}
	report(ok, "murmur", cJSON_GetArraySize(all));
}

static void check_ranges(const cJSON *root)
{
	const cJSON *all = cJSON_GetObjectItemCaseSensitive(root, "ranges");
	const cJSON *one;
	bool ok = true;

	cJSON_ArrayForEach(one, all)
	{
		struct sp_key_groups groups = sp_key_groups_of_subtask(number_in(one, "index"),
			number_in(one, "parallelism"), number_in(one, "maxParallelism"));

		if (groups.start != number_in(one, "start"))
			ok = differ_number("start", groups.start, number_in(one, "start"));
		if (groups.start + groups.count - 1 != number_in(one, "end"))
			ok = differ_number(
				"end", groups.start + groups.count - 1, number_in(one, "end"));
	}
	report(ok, "ranges", cJSON_GetArraySize(all));
}

static bool read_file(const char *path, struct sp_buffer *out)
{
	FILE *file = fopen(path, "rb");
	size_t n;

	if (file == NULL)
		return false;
	do {
		n = fread(sp_buffer_reserve(out, 65536), 1, 65536, file);
		out->n += n;
	} while (n > 0);
	fclose(file);
	return true;
}

int main(int argc, char **argv)
{
	sp_auto_buffer json = { 0 };
	const cJSON *snapshot;
	cJSON *root;
	int n = 0;

	if (argc != 2)
		return 2;
	if (!read_file(argv[1], &json)) {
		printf("1..0 # SKIP no %s\n", argv[1]);
		return 0;
	}
	root = cJSON_ParseWithLength((const char *)json.p, json.n);
	cJSON_ArrayForEach(snapshot, cJSON_GetObjectItemCaseSensitive(root, "types")) n +=
		check_type(root, snapshot);
	report(n > 0 && n == cJSON_GetArraySize(cJSON_GetObjectItemCaseSensitive(root, "vectors")),
		"all vectors", n);
	check_murmur(root);
	check_ranges(root);
	printf("1..%d\n", n_tests);
	cJSON_Delete(root);
	return n_failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
