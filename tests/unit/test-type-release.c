#include "unit.h"

#include <stdio.h>

#include "operator-state.h"
#include "real.h"
#include "source.h"
#include "type-release.h"

#define R SP_RELEASE
#define NEWEST SP_RELEASE_NEWEST
#define BASE "org.apache.flink.api.common.typeutils.base."
#define RUNTIME "org.apache.flink.api.java.typeutils.runtime."
#define TABLE "org.apache.flink.table.runtime.typeutils."

static struct sp_type type_of(const char *class, int32_t version, int32_t outer)
{
	return (struct sp_type){
		.snapshot_class = sp_slice_of(class), .version = version, .outer_version = outer
	};
}

static void expect_range(
	const struct sp_type *type, enum sp_kryo kryo, sp_release from, sp_release to)
{
	struct sp_release_range range = sp_type_releases(type, kryo, 0, NULL);

	ck_assert_msg((from == 0 || range.from == from) && range.to == to, "%.*s: %d to %d",
		(int)type->snapshot_class.n, type->snapshot_class.p, range.from, range.to);
}

START_TEST(classes_have_their_releases)
{
	static const struct {
		const char *class;
		int32_t version, outer;
		sp_release from, to; /* from 0: from before 1.11 */
	} cases[] = {
		{ BASE "IntSerializer$IntSerializerSnapshot", 3, 0, 0, NEWEST },
		{ BASE "IntSerializer$IntSerializerSnapshot", 2, 0, 0, NEWEST },
		{ BASE "LocalDateSerializer$LocalDateSerializerSnapshot", 3, 0, R(1, 9), NEWEST },
		{ BASE "VariantSerializer$VariantSerializerSnapshot", 3, 0, R(2, 1), NEWEST },
		{ BASE "ListSerializerSnapshot", 1, 1, 0, NEWEST }, /* of Flink 1.7 */
		{ BASE "SetSerializerSnapshot", 3, 1, R(2, 0), NEWEST },
		{ RUNTIME "EitherSerializerSnapshot", 2, 2, 0, R(1, 20) },
		{ RUNTIME "RowSerializer$RowSerializerSnapshot", 3, 2, 0, NEWEST },
		{ RUNTIME "RowSerializer$RowSerializerSnapshot", 3, 3, R(1, 11), NEWEST },
		{ RUNTIME "RowSerializer$RowSerializerSnapshot", 3, 4, R(1, 14), NEWEST },
		{ "org.apache.flink.runtime.state.v2.ttl.TtlStateFactory$TtlSerializerSnapshot", 3,
			2, R(2, 0), NEWEST },
		{ "org.apache.flink.runtime.state.ttl.TtlStateFactory$TtlSerializerSnapshot", 3, 2,
			0, NEWEST },
		{ "org.apache.flink.streaming.api.functions.sink.TwoPhaseCommitSinkFunction$"
		  "StateSerializerSnapshot",
			3, 2, 0, R(1, 20) },
		{ "org.apache.flink.streaming.api.functions.sink.TwoPhaseCommitSinkFunction$"
		  "StateSerializerSnapshot",
			3, 4, R(1, 14), R(1, 20) },
		{ "org.apache.flink.streaming.api.functions.sink.legacy."
		  "TwoPhaseCommitSinkFunction$StateSerializerSnapshot",
			3, 4, R(2, 0), NEWEST },
		{ "org.apache.flink.api.scala.typeutils.ScalaCaseClassSerializerSnapshot", 3, 2, 0,
			R(1, 20) },
		{ "org.apache.flink.formats.avro.typeutils.AvroSerializerSnapshot", 2, 0, 0,
			NEWEST },
		{ "org.apache.flink.formats.avro.typeutils.AvroSerializerSnapshot", 3, 0, R(1, 12),
			NEWEST },
		{ TABLE "LinkedListSerializer$LinkedListSerializerSnapshot", 3, 2, R(1, 13),
			NEWEST },
		{ TABLE "LinkedListSerializer$LinkedListSerializerSnapshot", 3, 3, R(1, 14),
			NEWEST },
		{ TABLE "BaseRowSerializer$BaseRowSerializerSnapshot", 3, 0, R(1, 9), R(1, 10) },
		{ "org.apache.flink.cep.nfa.NFAStateSerializerSnapshot", 3, 1, 0, NEWEST },
		{ "org.apache.flink.cep.nfa.NFAStateSerializerSnapshot", 3, 2, R(1, 16), NEWEST },
		{ "my.own.Snapshot", 9, 9, 0, NEWEST },
	};

	for (size_t i = 0; i < sp_countof(cases); i++) {
		struct sp_type type = type_of(cases[i].class, cases[i].version, cases[i].outer);

		expect_range(&type, SP_KRYO_2, cases[i].from, cases[i].to);
	}
}
END_TEST

START_TEST(kinds_have_their_releases)
{
	struct sp_type kryo = type_of(RUNTIME "kryo.KryoSerializerSnapshot", 2, 0);
	struct sp_type legacy = type_of("x", 1, 0);
	struct sp_type external =
		type_of(TABLE "ExternalSerializer$ExternalSerializerSnapshot", 3, 1);

	kryo.kind = SP_KRYO;
	expect_range(&kryo, SP_KRYO_2, 0, R(1, 20));
	expect_range(&kryo, SP_KRYO_5, R(2, 0), NEWEST);
	legacy.kind = SP_LEGACY;
	expect_range(&legacy, SP_KRYO_2, 0, R(1, 16));
	external.kind = SP_EXTERNAL;
	expect_range(&external, SP_KRYO_2, R(1, 12), R(1, 12));
	external.has_flag = true;
	expect_range(&external, SP_KRYO_2, R(1, 13), NEWEST);
}
END_TEST

/* RAW elements of an array: what serializes them is in a Java object only. */
START_TEST(raw_elements_count_as_kryo)
{
	const struct sp_logical_type raw = { .root = SP_LOGICAL_RAW };
	const struct sp_logical_type *fields[] = { &raw };
	const struct sp_logical_type row = {
		.root = SP_LOGICAL_ROW, .children = fields, .n_children = 1
	};
	const struct sp_logical_type *columns[] = { &row };
	struct sp_type type =
		type_of(TABLE "ArrayDataSerializer$ArrayDataSerializerSnapshot", 3, 0);

	type.kind = SP_ARRAY_DATA;
	type.columns = columns;
	type.n_columns = 1;
	expect_range(&type, SP_KRYO_2, 0, R(1, 20));
	type.columns = NULL;
	type.n_columns = 0;
	expect_range(&type, SP_KRYO_2, R(1, 11), NEWEST);
}
END_TEST

START_TEST(parts_are_named)
{
	struct sp_type set = type_of(BASE "SetSerializerSnapshot", 3, 1);
	struct sp_type variant = type_of(BASE "VariantSerializer$VariantSerializerSnapshot", 3, 0);
	const struct sp_type *children[] = { &set };
	struct sp_type list = type_of(BASE "ListSerializerSnapshot", 3, 1);
	struct sp_type_field fields[] = { { .type = &list } };
	struct sp_type_field subclasses[] = { { .type = &variant } };
	struct sp_type pojo = type_of(RUNTIME "PojoSerializerSnapshot", 2, 0);
	const struct sp_type *part;

	list.children = children;
	list.n_children = 1;
	pojo.fields = fields;
	pojo.n_fields = 1;
	pojo.non_registered = subclasses;
	pojo.n_non_registered = 1;
	expect_range(&pojo, SP_KRYO_5, R(2, 1), NEWEST);
	sp_type_releases(&pojo, SP_KRYO_5, R(2, 2), &part);
	ck_assert_ptr_null(part);
	sp_type_releases(&pojo, SP_KRYO_5, R(2, 0), &part);
	ck_assert_ptr_eq(part, &variant);
	sp_type_releases(&pojo, SP_KRYO_5, R(1, 20), &part);
	ck_assert_ptr_eq(part, &set);
}
END_TEST

/* --- real state --------------------------------------------------------------------------------
 */

static size_t n_types;

static void expect_readable(
	const char *name, const struct sp_type *type, enum sp_kryo kryo, sp_release release)
{
	const struct sp_type *part;

	if (type == NULL)
		return;
	sp_type_releases(type, kryo, release, &part);
	ck_assert_msg(part == NULL, "%s: its own release cannot read %.*s", name,
		(int)(part == NULL ? 0 : part->snapshot_class.n),
		part == NULL ? (const uint8_t *)"" : part->snapshot_class.p);
	n_types++;
}

static void expect_states(const char *name, const struct sp_state *states, size_t n,
	enum sp_kryo kryo, sp_release release)
{
	for (size_t i = 0; i < n; i++) {
		expect_readable(name, states[i].key, kryo, release);
		expect_readable(name, states[i].ns, kryo, release);
		expect_readable(name, states[i].value, kryo, release);
	}
}

static void expect_subtask(const char *name, struct sp_source *source, const struct sp_subtask *s,
	enum sp_kryo kryo, sp_release release)
{
	sp_auto(sp_arena) *arena = sp_arena_new();
	const struct sp_keyed_header *header;
	struct sp_error err;
	int r = sp_source_read_keyed_header(source, &s->managed_keyed, arena, &header, &err);

	ck_ok(r, err);
	if (r > 0) {
		expect_readable(name, header->key, kryo, release);
		expect_states(name, header->states, header->n_states, kryo, release);
	}
	for (size_t i = 0; i < s->n_managed_operator; i++) {
		sp_auto(sp_operator_reader) *reader = NULL;
		const struct sp_operator_header *declared;

		if (s->managed_operator[i].n_states == 0)
			continue;
		ck_ok(sp_operator_reader_open(source, &s->managed_operator[i], &reader, &err), err);
		declared = sp_operator_reader_header(reader);
		expect_states(name, declared->states, declared->n_states, kryo, release);
	}
}

static void expect_snapshot(const char *name, const char *directory)
{
	sp_auto(sp_source) *source = NULL;
	struct sp_error err;
	int major, minor;

	ck_assert_int_eq(sscanf(name, "%d.%d", &major, &minor), 2);
	ck_ok(sp_source_open(directory, &source, &err), err);
	for (size_t i = 0; i < source->snapshot->n_operators; i++)
		for (size_t j = 0; j < source->snapshot->operators[i].n_subtasks; j++)
			expect_subtask(name, source, &source->snapshot->operators[i].subtasks[j],
				major == 1 ? SP_KRYO_2 : SP_KRYO_5, R(major, minor));
}

START_TEST(releases_read_what_they_wrote)
{
	ck_assert_int_ge(real_for_each(expect_snapshot), 15);
	ck_assert_uint_gt(n_types, 900);
}
END_TEST

UNIT_MAIN("type-release", classes_have_their_releases, kinds_have_their_releases,
	raw_elements_count_as_kryo, parts_are_named, releases_read_what_they_wrote)
