#include "verify.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

const char *sp_severity_text(enum sp_severity severity)
{
	static const char *const texts[] = { "note", "warning", "error" };

	return texts[severity];
}

void sp_findings_init(struct sp_findings *findings)
{
	*findings = (struct sp_findings){ .arena = sp_arena_new() };
}

void sp_findings_free(struct sp_findings *findings)
{
	sp_arena_free(findings->arena);
	free(findings->list);
}

static const struct sp_finding_kind *kind_of(enum sp_finding_code code)
{
	for (size_t i = 0; i < sp_n_finding_kinds; i++)
		if (sp_finding_kinds[i].code == code)
			return &sp_finding_kinds[i];
	sp_abort("a finding without a kind");
}

/* Room for one more. */
static struct sp_finding *add(struct sp_findings *findings)
{
	if (findings->n == findings->capacity) {
		findings->capacity = findings->capacity * 2 + 16;
		findings->list =
			reallocarray(findings->list, findings->capacity, sizeof(*findings->list));
		if (findings->list == NULL)
			sp_abort("out of memory");
	}
	findings->list[findings->n].order = findings->n;
	return &findings->list[findings->n++];
}

static const char *copy(const struct sp_findings *findings, const char *text)
{
	return text == NULL ? NULL : sp_arena_string(findings->arena, sp_slice_of(text));
}

static const char *name_of(const struct sp_findings *findings, struct sp_slice mutf8)
{
	sp_auto_buffer name = { 0 };

	if (mutf8.n == 0)
		return NULL;
	sp_mutf8_to_utf8(mutf8, &name);
	return sp_arena_string(findings->arena, sp_buffer_slice(&name));
}

static void find(struct sp_findings *findings, enum sp_finding_code code,
	const struct sp_finding_place *place, const char *text)
{
	struct sp_finding *finding = add(findings);

	finding->kind = kind_of(code);
	finding->op = place->op;
	finding->subtask = place->subtask == NULL ? -1 : place->subtask->index;
	finding->state = name_of(findings, place->state);
	finding->key_group = place->key_group;
	finding->key = copy(findings, place->key);
	finding->file = copy(findings, place->file);
	finding->offset = place->offset;
	finding->text = copy(findings, text);
}

void sp_find(struct sp_findings *findings, enum sp_finding_code code, const struct sp_operator *op,
	const struct sp_subtask *subtask, const char *fmt, ...)
{
	const struct sp_finding_place place = SP_FINDING_PLACE(op, subtask);
	char text[2048];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	find(findings, code, &place, text);
}

void sp_find_at(struct sp_findings *findings, enum sp_finding_code code,
	const struct sp_finding_place *place, const char *fmt, ...)
{
	char text[2048];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	find(findings, code, place, text);
}

void sp_findings_take(struct sp_findings *findings, struct sp_findings *more)
{
	for (size_t i = 0; i < more->n; i++) {
		struct sp_finding *to = add(findings);
		const size_t order = to->order;

		*to = more->list[i];
		to->order = order;
		to->state = copy(findings, to->state);
		to->key = copy(findings, to->key);
		to->file = copy(findings, to->file);
		to->text = copy(findings, to->text);
	}
	more->n = 0;
}

/* Operators stand in one array; NULL comes before all. */
static int compare(const void *a, const void *b)
{
	const struct sp_finding *x = a, *y = b;

	if (x->op != y->op)
		return (uintptr_t)x->op < (uintptr_t)y->op ? -1 : 1;
	if (x->subtask != y->subtask)
		return x->subtask < y->subtask ? -1 : 1;
	if (x->kind->code != y->kind->code)
		return x->kind->code < y->kind->code ? -1 : 1;
	return x->order < y->order ? -1 : x->order > y->order;
}

void sp_findings_sort(struct sp_findings *findings)
{
	if (findings->n > 0)
		qsort(findings->list, findings->n, sizeof(*findings->list), compare);
}

size_t sp_findings_count(const struct sp_findings *findings, enum sp_severity severity)
{
	size_t n = 0;

	for (size_t i = 0; i < findings->n; i++)
		n += findings->list[i].kind->severity == severity;
	return n;
}

int sp_verify_run(
	const struct sp_verify *verify, struct sp_findings *findings, struct sp_error *err)
{
	int r = 0;

	sp_verify_metadata(verify->source, findings);
	if (verify->level >= SP_VERIFY_FILES)
		r = sp_verify_files(verify->source, findings, err);
	if (r == 0 && verify->level >= SP_VERIFY_BLOCKS)
		r = sp_verify_blocks(verify, findings, err);
	if (r == 0 && verify->level >= SP_VERIFY_RECORDS)
		r = sp_verify_records(verify, findings, err);
	sp_findings_sort(findings);
	return r;
}
