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

void sp_find(struct sp_findings *findings, enum sp_finding_code code, const struct sp_operator *op,
	const struct sp_subtask *subtask, const char *fmt, ...)
{
	char text[2048];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	if (findings->n == findings->capacity) {
		findings->capacity = findings->capacity * 2 + 16;
		findings->list =
			reallocarray(findings->list, findings->capacity, sizeof(*findings->list));
		if (findings->list == NULL)
			sp_abort("out of memory");
	}
	findings->list[findings->n] = (struct sp_finding){
		.kind = kind_of(code),
		.op = op,
		.subtask = subtask == NULL ? -1 : subtask->index,
		.text = sp_arena_string(findings->arena, sp_slice_of(text)),
		.order = findings->n,
	};
	findings->n++;
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
