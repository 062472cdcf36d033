#include "junit.h"

#include <stdio.h>
#include <string.h>

#include "select.h"
#include "text.h"

#define ALWAYS SP_VERIFY_METADATA
#define WHERE_FOUND (SP_VERIFY_RECORDS + 1) /* not part of any level */

/* Checks that are told together, by their codes. */
static const struct group {
	const char *name;
	int first, last;
	int level; /* from which on they are made */
} groups[] = {
	{ "metadata", 101, 199, ALWAYS },
	{ "keyed state handles", 201, 299, ALWAYS },
	{ "operator state handles", 301, 399, ALWAYS },
	{ "files", 401, 499, SP_VERIFY_FILES },
	{ "headers", 501, 510, SP_VERIFY_FILES },
	{ "blocks", 511, 599, SP_VERIFY_BLOCKS },
	{ "records", 601, 699, SP_VERIFY_RECORDS },
	{ "restore", 701, 749, WHERE_FOUND },
	{ "contract", 750, 799, WHERE_FOUND },
};

struct report {
	const struct sp_verify *verify;
	const struct sp_findings *findings;
	struct sp_buffer cases;
	size_t tests, failures;
};

/* U+FFFE and U+FFFF, which XML does not know. */
static bool is_no_character(const uint8_t *p, const uint8_t *end)
{
	return end - p >= 3 && p[0] == 0xef && p[1] == 0xbf && (p[2] == 0xbe || p[2] == 0xbf);
}

/* Text from outside: characters that XML cannot hold are escaped as for a terminal. */
static void put_text(struct sp_buffer *out, struct sp_slice utf8)
{
	sp_auto_buffer text = { 0 };
	const uint8_t *p, *end;

	sp_text_escape(utf8, &text);
	end = text.n == 0 ? text.p : text.p + text.n;
	for (p = text.p; p < end; p++) {
		switch (*p) {
		case '&': sp_buffer_printf(out, "&amp;"); break;
		case '<': sp_buffer_printf(out, "&lt;"); break;
		case '>': sp_buffer_printf(out, "&gt;"); break;
		case '"': sp_buffer_printf(out, "&quot;"); break;
		default:
			if (is_no_character(p, end)) {
				sp_buffer_printf(out, "\\uff%02x", 0xc0 + (p[2] & 0x3f));
				p += 2;
			} else {
				sp_buffer_u8(out, *p);
			}
		}
	}
}

static void put_string(struct sp_buffer *out, const char *text)
{
	put_text(out, sp_slice_of(text));
}

static bool is_of(
	const struct sp_finding *finding, const struct group *group, const struct sp_operator *op)
{
	return finding->op == op && (int)finding->kind->code >= group->first &&
	       (int)finding->kind->code <= group->last;
}

static void put_line(struct sp_buffer *out, const struct sp_finding *finding)
{
	const struct sp_finding_kind *kind = finding->kind;

	sp_buffer_printf(out, "SP%d %s", (int)kind->code, sp_severity_text(kind->severity));
	if (finding->subtask >= 0)
		sp_buffer_printf(out, " subtask %d", (int)finding->subtask);
	sp_buffer_printf(out, ": %s: ", kind->title);
	put_string(out, finding->text);
	sp_buffer_printf(out, "\n  consequence: %s\n", kind->consequence);
	if (kind->remedy[0] != '\0')
		sp_buffer_printf(out, "  remedy: %s\n", kind->remedy);
}

/* The findings of the case that are failures, or those that are not. The first one, or NULL. */
static const struct sp_finding *put_lines(const struct report *self, struct sp_buffer *out,
	const struct group *group, const struct sp_operator *op, bool failures)
{
	const struct sp_finding *first = NULL;

	for (size_t i = 0; i < self->findings->n; i++) {
		const struct sp_finding *finding = &self->findings->list[i];

		if (!is_of(finding, group, op) ||
			(finding->kind->severity > SP_SEVERITY_NOTE) != failures)
			continue;
		if (first == NULL)
			first = finding;
		put_line(out, finding);
	}
	return first;
}

static void put_class(struct sp_buffer *out, const struct sp_operator *op)
{
	sp_auto_buffer label = { 0 };

	if (op == NULL) {
		sp_buffer_printf(out, "snapshot");
		return;
	}
	sp_operator_short_label(op, &label);
	sp_buffer_printf(out, "operator ");
	put_text(out, sp_buffer_slice(&label));
}

/* Of an attribute's text: titles and places are enough. */
static void put_failure(
	struct sp_buffer *out, const struct sp_finding *first, const struct sp_buffer *lines)
{
	sp_buffer_printf(out, "      <failure type=\"SP%d\" message=\"%s: ", (int)first->kind->code,
		first->kind->title);
	put_string(out, first->text);
	sp_buffer_printf(out, "\">");
	sp_buffer_bytes(out, sp_buffer_slice(lines));
	sp_buffer_printf(out, "</failure>\n");
}

static void put_case(struct report *self, const struct group *group, const struct sp_operator *op)
{
	struct sp_buffer *out = &self->cases;
	sp_auto_buffer failures = { 0 };
	sp_auto_buffer notes = { 0 };
	const struct sp_finding *failure = put_lines(self, &failures, group, op, true);

	put_lines(self, &notes, group, op, false);
	if (group->level > (int)self->verify->level && failure == NULL && notes.n == 0)
		return;
	self->tests++;
	self->failures += failure != NULL;
	sp_buffer_printf(out, "    <testcase classname=\"");
	put_class(out, op);
	sp_buffer_printf(out, "\" name=\"%s\"", group->name);
	if (failure == NULL && notes.n == 0) {
		sp_buffer_printf(out, "/>\n");
		return;
	}
	sp_buffer_printf(out, ">\n");
	if (failure != NULL)
		put_failure(out, failure, &failures);
	if (notes.n > 0) {
		sp_buffer_printf(out, "      <system-out>");
		sp_buffer_bytes(out, sp_buffer_slice(&notes));
		sp_buffer_printf(out, "</system-out>\n");
	}
	sp_buffer_printf(out, "    </testcase>\n");
}

static void put_document(struct report *self, struct sp_buffer *out)
{
	const struct sp_snapshot *snapshot = self->verify->source->snapshot;

	for (size_t i = 0; i < sp_countof(groups); i++)
		put_case(self, &groups[i], NULL);
	for (size_t j = 0; j < snapshot->n_operators; j++)
		for (size_t i = 0; i < sp_countof(groups); i++)
			put_case(self, &groups[i], &snapshot->operators[j]);
	sp_buffer_printf(out,
		"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
		"<testsuites name=\"savepoint verify\" tests=\"%zu\" failures=\"%zu\">\n"
		"  <testsuite name=\"",
		self->tests, self->failures);
	put_string(out, self->verify->source->location);
	sp_buffer_printf(out, "\" tests=\"%zu\" failures=\"%zu\" errors=\"0\" skipped=\"0\">\n",
		self->tests, self->failures);
	sp_buffer_bytes(out, sp_buffer_slice(&self->cases));
	sp_buffer_printf(out, "  </testsuite>\n</testsuites>\n");
}

/* --- into a file ----------------------------------------------------------------------------- */

void sp_junit_write(FILE *to, const struct sp_verify *verify, const struct sp_findings *findings)
{
	struct report report = { .verify = verify, .findings = findings };
	sp_auto_buffer document = { 0 };

	put_document(&report, &document);
	sp_buffer_free(&report.cases);
	fwrite(document.p, 1, document.n, to);
}
