#include <errno.h>
#include <inttypes.h>
#include <unistd.h>

#include "dump.h"
#include "interrupt.h"
#include "select.h"
#include "text.h"

#define BLOCK ((size_t)64 * 1024)
#define PAGE 100 /* rows of a table whose columns are made equally wide */

static const struct sp_column columns[SP_DUMP_CELLS] = {
	[SP_DUMP_OPERATOR] = { "operator", "Operator", SP_COLUMN_TEXT },
	[SP_DUMP_OPERATOR_ID] = { "operator_id", NULL, SP_COLUMN_TEXT },
	[SP_DUMP_STATE] = { "state", "State", SP_COLUMN_TEXT },
	[SP_DUMP_KIND] = { "kind", "Kind", SP_COLUMN_TEXT },
	[SP_DUMP_SUBTASK] = { "subtask", "Subtask", SP_COLUMN_TEXT },
	[SP_DUMP_KEY_GROUP] = { "key_group", "Key group", SP_COLUMN_TEXT },
	[SP_DUMP_KEY] = { "key", "Key", SP_COLUMN_TEXT },
	[SP_DUMP_NAMESPACE] = { "namespace", "Namespace", SP_COLUMN_TEXT },
	[SP_DUMP_MAP_KEY] = { "map_key", "Map key", SP_COLUMN_TEXT },
	[SP_DUMP_VALUE] = { "value", "Value", SP_COLUMN_TEXT },
	[SP_DUMP_TTL] = { "ttl", "Last access", SP_COLUMN_TEXT },
	[SP_DUMP_TIME] = { "time", "Time", SP_COLUMN_TEXT },
};

void sp_dump_output_init(struct sp_dump_output *out, bool table, uint64_t limit)
{
	*out = (struct sp_dump_output){ .left = limit };
	if (table)
		out->page = sp_table_new(columns, sp_countof(columns));
}

void sp_dump_output_free(struct sp_dump_output *out)
{
	for (size_t i = 0; i < SP_DUMP_CELLS; i++)
		sp_buffer_free(&out->cells[i]);
	sp_buffer_free(&out->pending);
	sp_table_free(out->page);
}

/* --- cells ----------------------------------------------------------------------------------- */

void sp_dump_begin(struct sp_dump_output *out, const struct sp_operator *op, const char *kind,
	struct sp_slice state)
{
	char id[33];

	for (size_t i = 0; i < SP_DUMP_CELLS; i++)
		out->cells[i].n = 0;
	sp_buffer_bytes(&out->cells[SP_DUMP_KIND], sp_slice_of(kind));
	sp_mutf8_to_utf8(state, &out->cells[SP_DUMP_STATE]);
	if (op == NULL)
		return;
	sp_operator_short_label(op, &out->cells[SP_DUMP_OPERATOR]);
	sp_operator_id_text(op->id, id);
	sp_buffer_bytes(&out->cells[SP_DUMP_OPERATOR_ID], sp_slice_of(id));
}

void sp_dump_number(struct sp_dump_output *out, enum sp_dump_cell cell, int64_t number)
{
	sp_buffer_printf(&out->cells[cell], "%" PRId64, number);
}

void sp_dump_value(struct sp_dump_output *out, enum sp_dump_cell cell, const struct sp_value *value)
{
	sp_value_json(value, &out->cells[cell]);
}

void sp_dump_time(struct sp_dump_output *out, enum sp_dump_cell cell, int64_t ms)
{
	const struct sp_value time = { .kind = SP_VALUE_DATE, .number = ms };

	sp_dump_value(out, cell, &time);
}

/* A TTL value is a struct of the time of the last access and the user's value. */
void sp_dump_ttl_value(struct sp_dump_output *out, const struct sp_value *value)
{
	if (value->type == NULL || value->type->kind != SP_TTL || value->n_items != 2) {
		sp_dump_value(out, SP_DUMP_VALUE, value);
		return;
	}
	sp_dump_value(out, SP_DUMP_VALUE, &value->items[1]);
	sp_dump_time(out, SP_DUMP_TTL, value->items[0].number);
}

void sp_dump_opaque(struct sp_dump_output *out, enum sp_dump_cell cell, struct sp_slice bytes,
	const struct sp_type *type)
{
	struct sp_value opaque = { .kind = SP_VALUE_OPAQUE, .bytes = bytes };

	if (type != NULL)
		opaque.class_name =
			type->class_name.n != 0 ? type->class_name : type->snapshot_class;
	sp_dump_value(out, cell, &opaque);
}

void sp_dump_bytes(struct sp_dump_output *out, struct sp_slice bytes)
{
	const struct sp_value value = { .kind = SP_VALUE_BYTES, .bytes = bytes };

	sp_dump_value(out, SP_DUMP_VALUE, &value);
}

/* --- lines ----------------------------------------------------------------------------------- */

/* The cells that hold text and not JSON. */
static bool is_text(size_t cell)
{
	return cell <= SP_DUMP_KIND;
}

static void add_json(struct sp_dump_output *out)
{
	const char *between = "{";

	for (size_t i = 0; i < SP_DUMP_CELLS; i++) {
		if (out->cells[i].n == 0)
			continue;
		sp_buffer_printf(&out->pending, "%s\"%s\": ", between, columns[i].key);
		if (is_text(i))
			sp_text_json(sp_buffer_slice(&out->cells[i]), &out->pending);
		else
			sp_buffer_bytes(&out->pending, sp_buffer_slice(&out->cells[i]));
		between = ", ";
	}
	sp_buffer_printf(&out->pending, "}\n");
}

/* Namespaces are mostly null, which people need not see. */
static void add_row(struct sp_dump_output *out)
{
	for (size_t i = 0; i < SP_DUMP_CELLS; i++) {
		const struct sp_slice text = sp_buffer_slice(&out->cells[i]);
		const bool none =
			text.n == 0 || (i == SP_DUMP_NAMESPACE && sp_slice_is(text, "null"));

		sp_table_text(out->page, none ? NULL : sp_text_of(&out->cells[i]));
	}
}

/* Moves the page to the pending bytes and begins a new one. */
static int turn_page(struct sp_dump_output *out, struct sp_error *err)
{
	char *text = NULL;
	size_t n = 0;
	FILE *to;

	if (out->page == NULL || sp_table_rows(out->page) == 0)
		return 0;
	to = open_memstream(&text, &n);
	if (to == NULL)
		return sp_fail_errno(err, errno, "a page of the table");
	if (out->begun)
		fputc('\n', to);
	sp_table_print(out->page, to);
	if (fclose(to) != 0)
		sp_abort("out of memory");
	sp_buffer_bytes(&out->pending, sp_slice(text, n));
	free(text);
	sp_table_free(out->page);
	out->page = sp_table_new(columns, sp_countof(columns));
	out->begun = true;
	return 0;
}

/* Not by stdio, which would complain of a closed pipe at the end. */
static int write_pending(struct sp_dump_output *out, struct sp_error *err)
{
	for (size_t at = 0; at < out->pending.n && out->failed == 0;) {
		ssize_t n;

		if (sp_interrupt_check(err) <
			0) /* a signal may also have cut the last write short */
			return err->code;
		n = write(STDOUT_FILENO, out->pending.p + at, out->pending.n - at);
		if (n >= 0)
			at += (size_t)n;
		else if (errno != EINTR)
			out->failed = errno;
	}
	out->pending.n = 0;
	return out->failed != 0;
}

static int flush(struct sp_dump_output *out, struct sp_error *err)
{
	if (turn_page(out, err) < 0)
		return err->code;
	return write_pending(out, err);
}

int sp_dump_finish(struct sp_dump_output *out, struct sp_error *err)
{
	if (flush(out, err) < 0)
		return err->code;
	if (out->failed == 0 || out->failed == EPIPE)
		return 0;
	return sp_fail_errno(err, out->failed, "standard output");
}

static bool is_due(const struct sp_dump_output *out)
{
	if (out->page != NULL)
		return sp_table_rows(out->page) == PAGE;
	return !out->begun || out->pending.n >= BLOCK;
}

int sp_dump_end(struct sp_dump_output *out, struct sp_error *err)
{
	int r;

	if (out->page == NULL)
		add_json(out);
	else
		add_row(out);
	out->left--;
	if (out->left > 0 && !is_due(out))
		return 0;
	r = flush(out, err);
	out->begun = true;
	return r == 0 ? out->left == 0 : r;
}
