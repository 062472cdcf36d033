#include "verify-restore-internal.h"

#include <stdarg.h>
#include <stdio.h>

#include "interrupt.h"

const char *sp_backend_text(enum sp_backend backend)
{
	static const char *const texts[] = {
		[SP_BACKEND_HASHMAP] = "hashmap",
		[SP_BACKEND_ROCKSDB] = "rocksdb",
		[SP_BACKEND_FORST] = "forst",
	};

	return texts[backend];
}

static bool is_asked(const struct sp_restore *restore, int backend)
{
	return (restore->backends >> backend & 1) != 0;
}

/* --- findings ----------------------------------------------------------------------------- */

/* Those of an operator follow each other, and tell each thing once for all its subtasks. */
static bool is_told(const struct sp_findings *findings, enum sp_finding_code code,
	const struct sp_operator *op, const char *state)
{
	for (size_t i = findings->n; i-- > 0 && findings->list[i].op == op;)
		if (findings->list[i].kind->code == code &&
			strcmp(findings->list[i].state == NULL ? "" : findings->list[i].state,
				state) == 0)
			return true;
	return false;
}

void sp_predict(struct sp_predictor *self, struct sp_findings *to, enum sp_finding_code code,
	struct sp_slice state, const char *fmt, ...)
{
	struct sp_finding_place place = SP_FINDING_PLACE(self->op, NULL);
	sp_auto_buffer name = { 0 };
	char text[1024];
	va_list args;

	if (state.n > 0)
		sp_mutf8_to_utf8(state, &name);
	sp_buffer_u8(&name, 0);
	if (is_told(to, code, self->op, (const char *)name.p))
		return;
	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	place.state = state;
	if (state.n == 0)
		sp_find_at(to, code, &place, "%s", text);
	else
		sp_find_at(to, code, &place, "state '%s': %s", (const char *)name.p, text);
}

/* --- the verdict -------------------------------------------------------------------------- */

static struct sp_restore_reason *reason_of(
	struct sp_restore_verdict *verdict, const struct sp_finding *finding)
{
	for (size_t i = 0; i < verdict->n; i++)
		if (verdict->reasons[i].kind == finding->kind)
			return &verdict->reasons[i];
	verdict->reasons[verdict->n] = (struct sp_restore_reason){
		.kind = finding->kind, .op = finding->op, .text = finding->text
	};
	return &verdict->reasons[verdict->n++];
}

static void add_reasons(struct sp_restore *restore, struct sp_restore_verdict *verdict,
	const struct sp_findings *findings)
{
	for (size_t i = 0; i < findings->n; i++)
		if (findings->list[i].kind->severity == SP_SEVERITY_ERROR) {
			struct sp_restore_reason *reason = reason_of(verdict, &findings->list[i]);

			if (reason->n++ == 0)
				reason->text =
					sp_arena_string(restore->arena, sp_slice_of(reason->text));
		}
}

static void judge(struct sp_predictor *self, struct sp_restore *restore, int backend)
{
	struct sp_restore_verdict *verdict = &restore->verdicts[backend];

	verdict->reasons =
		sp_arena_new_array(restore->arena, struct sp_restore_reason, sp_n_finding_kinds);
	add_reasons(restore, verdict, self->findings);
	add_reasons(restore, verdict, &self->own[backend]);
	verdict->restores = verdict->n == 0;
}

/* Is there a backend asked for that could restore it, as far as backends matter? */
static bool is_left(const struct sp_predictor *self, const struct sp_restore *restore)
{
	for (int i = 0; i < SP_N_BACKENDS; i++)
		if (is_asked(restore, i) &&
			sp_findings_count(&self->own[i], SP_SEVERITY_ERROR) == 0)
			return true;
	return false;
}

/* What keeps one backend from it is a finding where no other one is left. */
static void conclude(struct sp_predictor *self, struct sp_restore *restore)
{
	const bool left = is_left(self, restore);

	for (int i = 0; i < SP_N_BACKENDS; i++)
		if (is_asked(restore, i))
			judge(self, restore, i);
	for (int i = 0; i < SP_N_BACKENDS; i++)
		if (is_asked(restore, i) &&
			(!left || sp_findings_count(&self->own[i], SP_SEVERITY_ERROR) == 0))
			sp_findings_take(self->findings, &self->own[i]);
	sp_findings_sort(self->findings);
}

static int predict(struct sp_predictor *self, struct sp_error *err)
{
	const struct sp_snapshot *snapshot = self->source->snapshot;

	sp_predict_metadata(self);
	for (size_t i = 0; i < snapshot->n_operators; i++) {
		self->op = &snapshot->operators[i];
		if (sp_interrupt_check(err) < 0 || sp_predict_state(self, err) < 0)
			return err->code;
	}
	return 0;
}

int sp_verify_restore(struct sp_source *source, struct sp_restore *restore,
	struct sp_findings *findings, struct sp_error *err)
{
	struct sp_predictor self = {
		.source = source,
		.restore = restore,
		.findings = findings,
		.kryo = sp_kryo_of(source->snapshot),
	};
	int r;

	restore->arena = sp_arena_new();
	sp_release_text(restore->release, self.release);
	for (int i = 0; i < SP_N_BACKENDS; i++)
		sp_findings_init(&self.own[i]);
	r = predict(&self, err);
	if (r == 0)
		conclude(&self, restore);
	for (int i = 0; i < SP_N_BACKENDS; i++)
		sp_findings_free(&self.own[i]);
	return r;
}

void sp_restore_free(struct sp_restore *restore)
{
	sp_arena_free(restore->arena);
}

/* --- in words ----------------------------------------------------------------------------- */

static bool same_reasons(const struct sp_restore_verdict *a, const struct sp_restore_verdict *b)
{
	for (size_t i = 0; i < a->n && a->n == b->n; i++)
		if (a->reasons[i].kind != b->reasons[i].kind)
			return false;
	return a->n == b->n;
}

/* "hashmap and rocksdb": those with this answer, for the same reasons as `like`. */
static void put_backends(const struct sp_restore *restore, const struct sp_restore_verdict *like,
	struct sp_buffer *out)
{
	size_t n = 0;

	for (int i = 0; i < SP_N_BACKENDS; i++)
		if (is_asked(restore, i) && same_reasons(&restore->verdicts[i], like))
			sp_buffer_printf(out, "%s%s", n++ == 0 ? "" : " and ",
				sp_backend_text((enum sp_backend)i));
}

static void put_reasons(const struct sp_restore_verdict *verdict, struct sp_buffer *out)
{
	for (size_t i = 0; i < verdict->n; i++)
		sp_buffer_printf(out, "%s SP%d %s", i == 0 ? ":" : ",",
			(int)verdict->reasons[i].kind->code, verdict->reasons[i].kind->title);
}

/* Were these reasons told for a backend before this one? */
static bool is_put(const struct sp_restore *restore, int backend)
{
	for (int i = 0; i < backend; i++)
		if (is_asked(restore, i) &&
			same_reasons(&restore->verdicts[i], &restore->verdicts[backend]))
			return true;
	return false;
}

static size_t put_all(
	const struct sp_restore *restore, bool restores, size_t n, struct sp_buffer *out)
{
	for (int i = 0; i < SP_N_BACKENDS; i++) {
		const struct sp_restore_verdict *verdict = &restore->verdicts[i];

		if (!is_asked(restore, i) || verdict->restores != restores || is_put(restore, i))
			continue;
		sp_buffer_printf(out, "%s",
			restores ? "restores on "
			: n == 0 ? "does not restore on "
				 : "; not on ");
		put_backends(restore, verdict, out);
		put_reasons(verdict, out);
		n++;
	}
	return n;
}

void sp_restore_text(const struct sp_restore *restore, struct sp_buffer *out)
{
	char release[16];

	sp_buffer_printf(out, "Flink %s: ", sp_release_text(restore->release, release));
	put_all(restore, false, put_all(restore, true, 0, out), out);
}
