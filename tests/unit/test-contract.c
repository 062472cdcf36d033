#include "unit.h"

#include "contract-internal.h"
#include "real.h"

#define LONG(more) "{\"type\":\"Long\",\"kind\":\"Long\",\"snapshot_class\":\"l\"" more "}"
#define STRING "{\"type\":\"String\",\"kind\":\"String\",\"snapshot_class\":\"s\"}"
#define TYPE(kind, more)                                                                           \
	"{\"type\":\"" kind "\",\"kind\":\"" kind "\",\"snapshot_class\":\"" kind "\"," more "}"
#define CHILDREN(kind, children) TYPE(kind, "\"children\":[" children "]")
#define FIELD(name, type) "{\"name\":\"" name "\",\"declared_by\":\"com.x.A\",\"type\":" type "}"
#define POJO(class, fields) TYPE("Pojo", "\"class\":\"" class "\",\"fields\":[" fields "]")
#define ENUM(constants) TYPE("Enum", "\"class\":\"E\",\"constants\":[" constants "]")
#define TTL(type) CHILDREN("Ttl", LONG("") "," type)

static void assert_compares(const char *before, const char *after, enum sp_compatibility wanted)
{
	cJSON *a = cJSON_Parse(before), *b = cJSON_Parse(after);
	sp_auto_buffer why = { 0 };
	const char *what;

	ck_assert_msg(sp_contract_is_type(a, &what), "%s: %s", before, what);
	ck_assert_msg(sp_contract_is_type(b, &what), "%s: %s", after, what);
	ck_assert_msg(sp_contract_compare(a, b, &why) == wanted, "%s and %s", before, after);
	ck_assert_int_eq(why.n > 0, wanted != SP_COMPATIBLE && wanted != SP_CHANGED);
	cJSON_Delete(a);
	cJSON_Delete(b);
}

START_TEST(compares_by_the_rules_of_serializers)
{
	assert_compares(STRING, STRING, SP_COMPATIBLE);
	assert_compares(STRING, LONG(""), SP_INCOMPATIBLE);
	assert_compares(
		CHILDREN("Row", STRING), CHILDREN("Row", STRING "," STRING), SP_INCOMPATIBLE);
	assert_compares(CHILDREN("Tuple", STRING), CHILDREN("Tuple", LONG("")), SP_INCOMPATIBLE);
	assert_compares(TYPE("RowData", "\"columns\":[\"INT\"]"),
		TYPE("RowData", "\"columns\":[\"INT NOT NULL\"]"), SP_INCOMPATIBLE);
	assert_compares(
		TYPE("Avro", "\"schema\":\"a\""), TYPE("Avro", "\"schema\":\"b\""), SP_UNKNOWN);
	assert_compares(
		TYPE("Kryo", "\"class\":\"A\""), TYPE("Kryo", "\"class\":\"B\""), SP_INCOMPATIBLE);
	assert_compares(TYPE("Kryo", "\"class\":\"A\""),
		TYPE("Kryo", "\"class\":\"A\",\"registrations\":[\"B\"]"), SP_CHANGED);
	assert_compares(TYPE("Opaque", "\"class\":\"A\""), STRING, SP_UNKNOWN);
}
END_TEST

START_TEST(compares_pojos)
{
	const char *one = POJO("com.x.A", FIELD("a", STRING));

	assert_compares(
		one, POJO("com.x.A", FIELD("a", STRING) "," FIELD("b", STRING)), SP_MIGRATED);
	assert_compares(
		POJO("com.x.A", FIELD("a", STRING) "," FIELD("b", STRING)), one, SP_MIGRATED);
	assert_compares(one, POJO("com.x.A", FIELD("b", STRING)), SP_MIGRATED);
	assert_compares(one, POJO("com.x.A", FIELD("a", LONG(""))), SP_INCOMPATIBLE);
	assert_compares(one, POJO("com.x.B", FIELD("a", STRING)), SP_INCOMPATIBLE);
	assert_compares(CHILDREN("List", POJO("A", FIELD("a", STRING))),
		CHILDREN("List", POJO("A", "")), SP_MIGRATED);
}
END_TEST

/* Nothing is said of constants of one's own kind but where they are gone. */
START_TEST(compares_enums)
{
	cJSON *a = cJSON_Parse(ENUM("\"X\",\"Y\"")), *b = cJSON_Parse(ENUM("\"Y\",\"Z\",\"X\""));
	sp_auto_buffer why = { 0 };

	ck_assert_int_eq(sp_contract_compare(a, b, &why), SP_CHANGED);
	ck_assert_int_eq(sp_contract_compare(b, a, &why), SP_INCOMPATIBLE);
	cJSON_Delete(a);
	cJSON_Delete(b);
}
END_TEST

START_TEST(compares_ttl)
{
	assert_compares(STRING, TTL(STRING), SP_TTL_CHANGED);
	assert_compares(TTL(STRING), STRING, SP_TTL_CHANGED);
	assert_compares(CHILDREN("Map", STRING "," STRING), CHILDREN("Map", STRING "," TTL(STRING)),
		SP_TTL_CHANGED);
	assert_compares(STRING, TTL(LONG("")), SP_INCOMPATIBLE);
	assert_compares(TTL(STRING), TTL(LONG("")), SP_INCOMPATIBLE);
}
END_TEST

/* --- documents ---------------------------------------------------------------------------- */

#define OPERATOR(more)                                                                             \
	"{\"id\":\"0123456789abcdef0123456789abcdef\",\"parallelism\":1,\"max_parallelism\":1,"    \
	"\"coordinator\":true," more "}"
#define DOCUMENT(operators) "{\"schema\":\"savepoint/contract/1\",\"operators\":[" operators "]}"

static void assert_refused(const char *text, const char *says)
{
	struct sp_contract *contract;
	struct sp_error err;

	ck_assert_int_eq(
		sp_contract_parse(sp_slice_of(text), "c.json", &contract, &err), SP_EUSAGE);
	ck_assert_msg(strstr(err.message, says) != NULL, "%s", err.message);
}

START_TEST(refuses_what_is_no_contract)
{
	assert_refused("", "no JSON");
	assert_refused("[1, 2", "no JSON");
	assert_refused("[]", "schema");
	assert_refused("{\"schema\":\"savepoint/contract/2\"}", "schema");
	assert_refused("{\"schema\":\"savepoint/contract/1\"}", "operators");
	assert_refused(DOCUMENT("1"), "id");
	assert_refused(DOCUMENT(OPERATOR("\"x\":0")), "lists of states");
	assert_refused(
		DOCUMENT(OPERATOR("\"keyed_states\":[{}],\"operator_states\":[]")), "a name");
	assert_refused(DOCUMENT(OPERATOR("\"keyed_states\":[{\"name\":\"s\",\"kind\":\"VALUE\","
					 "\"value\":7}],\"operator_states\":[]")),
		"a type");
	assert_refused(
		DOCUMENT(OPERATOR(
			"\"keyed_states\":[{\"name\":\"s\",\"kind\":\"VALUE\",\"value\":" TYPE(
				"Pojo", "\"fields\":[{}]") "}],\"operator_states\":[]")),
		"a field");
}
END_TEST

/* A snapshot and its contract, written and read again, agree. */
static void agrees_with_itself(const char *name, const char *directory)
{
	struct sp_contract *made, *read;
	struct sp_findings findings;
	struct sp_source *source;
	struct sp_error err;
	char *text;

	ck_ok(sp_source_open(directory, &source, &err), err);
	ck_ok(sp_contract_of(source, &made, &err), err);
	text = cJSON_Print(made->document);
	ck_ok(sp_contract_parse(sp_slice_of(text), name, &read, &err), err);
	sp_findings_init(&findings);
	ck_ok(sp_verify_contract(source, read, 0, &findings, &err), err);
	ck_assert_msg(findings.n == 0, "%s: %s", name, findings.n > 0 ? findings.list[0].text : "");
	sp_findings_free(&findings);
	cJSON_free(text);
	sp_contract_free(made);
	sp_contract_free(read);
	sp_source_free(source);
}

START_TEST(real_snapshots_agree_with_themselves)
{
	ck_assert_int_gt(real_for_each(agrees_with_itself), 10);
}
END_TEST

UNIT_MAIN("contract", compares_by_the_rules_of_serializers, compares_pojos, compares_enums,
	compares_ttl, refuses_what_is_no_contract, real_snapshots_agree_with_themselves)
