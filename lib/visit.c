/* Every stream handle of a snapshot, one after the other. */
#include "snapshot.h"

bool sp_handle_same(const struct sp_handle *a, const struct sp_handle *b)
{
	return a->code == b->code && sp_slice_equal(a->name, b->name) && a->start == b->start &&
	       a->size == b->size && sp_slice_equal(a->data, b->data) &&
	       a->key_groups == b->key_groups;
}

struct visit {
	sp_visit_fn *visit;
	void *arg;
	struct sp_reference at;
};

static int visit_handle(struct visit *v, struct sp_handle *handle)
{
	const struct sp_keyed_handle *outer = v->at.keyed;
	int r;

	if (handle->code == SP_HANDLE_NONE)
		return 0;
	if (handle->code == SP_HANDLE_KEY_GROUPS) {
		v->at.keyed = handle->key_groups;
		r = visit_handle(v, &handle->key_groups->data);
		v->at.keyed = outer;
		return r;
	}
	v->at.handle = handle;
	return v->visit(&v->at, v->arg);
}

static int visit_as(struct visit *v, enum sp_role role, struct sp_handle *handle)
{
	enum sp_role before = v->at.role;
	int r;

	v->at.role = role;
	r = visit_handle(v, handle);
	v->at.role = before;
	return r;
}

static int visit_files(struct visit *v, enum sp_role role, struct sp_local_file *files, size_t n)
{
	int r = 0;

	for (size_t i = 0; i < n && r == 0; i++) {
		v->at.local_path = files[i].local_path;
		r = visit_as(v, role, &files[i].handle);
	}
	v->at.local_path = sp_slice(NULL, 0);
	return r;
}

static int visit_keyed(struct visit *v, struct sp_keyed_handle *keyed);

static int visit_list(struct visit *v, struct sp_keyed_handle *handles, size_t n)
{
	int r = 0;

	for (size_t i = 0; i < n && r == 0; i++)
		r = visit_keyed(v, &handles[i]);
	return r;
}

/* The reader bounds how deep changelogs nest. Lists that a code does not have are empty. */
static int visit_keyed(struct visit *v, struct sp_keyed_handle *keyed)
{
	const struct sp_keyed_handle *outer = v->at.keyed;
	int r;

	v->at.keyed = keyed;
	r = visit_handle(v, &keyed->data);
	if (r == 0)
		r = visit_files(v, SP_ROLE_SHARED, keyed->shared, keyed->n_shared);
	if (r == 0)
		r = visit_files(v, SP_ROLE_PRIVATE, keyed->private, keyed->n_private);
	if (r == 0)
		r = visit_list(v, keyed->materialized, keyed->n_materialized);
	if (r == 0)
		r = visit_list(v, keyed->non_materialized, keyed->n_non_materialized);
	for (size_t i = 0; i < keyed->n_streams && r == 0; i++)
		r = visit_as(v, SP_ROLE_CHANGELOG, &keyed->streams[i].handle);
	v->at.keyed = outer;
	return r;
}

static int visit_keyed_as(struct visit *v, enum sp_role role, struct sp_keyed_handle *keyed)
{
	v->at.role = role;
	return visit_keyed(v, keyed);
}

static int visit_operator_handles(
	struct visit *v, enum sp_role role, struct sp_operator_handle *handles, size_t n)
{
	int r = 0;

	for (size_t i = 0; i < n && r == 0; i++)
		r = visit_as(v, role, &handles[i].data);
	return r;
}

static int visit_channels(
	struct visit *v, enum sp_role role, struct sp_channel_handle *handles, size_t n)
{
	int r = 0;

	for (size_t i = 0; i < n && r == 0; i++)
		r = visit_as(v, role, &handles[i].data);
	return r;
}

static int visit_subtask(struct visit *v, struct sp_subtask *s)
{
	int r = 0;

	v->at.subtask = s;
	for (size_t i = 0; i < s->n_legacy && r == 0; i++)
		r = visit_as(v, SP_ROLE_LEGACY, &s->legacy[i]);
	if (r == 0)
		r = visit_operator_handles(
			v, SP_ROLE_MANAGED_OPERATOR, s->managed_operator, s->n_managed_operator);
	if (r == 0)
		r = visit_operator_handles(
			v, SP_ROLE_RAW_OPERATOR, s->raw_operator, s->n_raw_operator);
	if (r == 0)
		r = visit_keyed_as(v, SP_ROLE_MANAGED_KEYED, &s->managed_keyed);
	if (r == 0)
		r = visit_keyed_as(v, SP_ROLE_RAW_KEYED, &s->raw_keyed);
	if (r == 0)
		r = visit_channels(
			v, SP_ROLE_INPUT_CHANNEL, s->input_channels, s->n_input_channels);
	if (r == 0)
		r = visit_channels(v, SP_ROLE_RESULT_SUBPARTITION, s->result_subpartitions,
			s->n_result_subpartitions);
	v->at.subtask = NULL;
	return r;
}

int sp_visit_handles(struct sp_snapshot *snapshot, sp_visit_fn *visit, void *arg)
{
	struct visit v = { .visit = visit, .arg = arg };
	int r = 0;

	for (size_t i = 0; i < snapshot->n_operators && r == 0; i++) {
		struct sp_operator *op = &snapshot->operators[i];

		v.at.op = op;
		r = visit_as(&v, SP_ROLE_COORDINATOR, &op->coordinator);
		for (size_t k = 0; k < op->n_subtasks && r == 0; k++)
			r = visit_subtask(&v, &op->subtasks[k]);
	}
	return r;
}

const char *sp_role_text(enum sp_role role)
{
	switch (role) {
	case SP_ROLE_COORDINATOR: return "coordinator";
	case SP_ROLE_MANAGED_OPERATOR: return "operator";
	case SP_ROLE_RAW_OPERATOR: return "raw operator";
	case SP_ROLE_MANAGED_KEYED: return "keyed";
	case SP_ROLE_RAW_KEYED: return "raw keyed";
	case SP_ROLE_SHARED: return "shared";
	case SP_ROLE_PRIVATE: return "private";
	case SP_ROLE_CHANGELOG: return "changelog";
	case SP_ROLE_INPUT_CHANNEL: return "input channel";
	case SP_ROLE_RESULT_SUBPARTITION: return "result subpartition";
	case SP_ROLE_LEGACY: return "legacy";
	}
	return "unknown";
}
