#include "unit.h"

#include "type-part.h"
#include "values.h"

/* "key, value" */
static void expect(const struct sp_type *type, const char *wanted)
{
	sp_auto_buffer got = { 0 };

	for (size_t i = 0; i < sp_type_n_parts(type); i++) {
		const struct sp_type_part part = sp_type_part(type, i);

		if (i > 0)
			sp_buffer_printf(&got, ", ");
		sp_type_part_text(&part, &got);
	}
	ck_assert_msg(sp_slice_is(sp_buffer_slice(&got), wanted), "'%.*s' and not '%s'", (int)got.n,
		got.p, wanted);
}

START_TEST(children_have_roles)
{
	const struct sp_type *l = TYPE(.kind = SP_LONG);

	expect(l, "");
	expect(OF(SP_MAP, l, l), "key, value");
	expect(OF(SP_TUPLE, l, l, l), "f0, f1, f2");
	expect(OF(SP_TTL, l, l), "timestamp, value");
	expect(OF(SP_SQN_NODE, l, l, l, l, l, l),
		"row, sqn, prevSqn, nextSqn, nextSqnForRecord, timestamp");
	expect(OF(SP_COMPOSITE, l, l), "part, part");
	expect(OF(SP_LIST, l, l), "element, part"); /* more than there can be */
}
END_TEST

START_TEST(fields_and_subclasses_have_names)
{
	struct sp_type_field field = { SLICE("id"), { 0 }, TYPE(.kind = SP_LONG) };
	struct sp_type_field first = { SLICE("my.A"), { 0 }, TYPE(.kind = SP_LONG) };
	struct sp_type_field second = { SLICE("my.B"), { 0 }, TYPE(.kind = SP_LONG) };

	expect(TYPE(.kind = SP_POJO, .fields = &field, .n_fields = 1, .registered = &first,
		       .n_registered = 1, .non_registered = &second, .n_non_registered = 1),
		"field id, registered subclass my.A, subclass my.B");
}
END_TEST

START_TEST(columns_go_with_their_serializers)
{
	struct sp_logical_type bigint = { .root = SP_LOGICAL_BIGINT };
	const struct sp_logical_type *columns[] = { &bigint, &bigint };
	const struct sp_type *children[] = { TYPE(.kind = SP_LONG) };
	const struct sp_type *row = TYPE(.kind = SP_ROW_DATA, .columns = columns, .n_columns = 2,
		.children = children, .n_children = 1);

	expect(row, "column 0, column 1");
	ck_assert_ptr_eq(sp_type_part(row, 0).type, children[0]);
	ck_assert_ptr_eq(sp_type_part(row, 0).column, &bigint);
	ck_assert_ptr_null(sp_type_part(row, 1).type);
}
END_TEST

UNIT_MAIN("type-part", children_have_roles, fields_and_subclasses_have_names,
	columns_go_with_their_serializers)
