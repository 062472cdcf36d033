#include "select.h"

#include <ctype.h>

#define MIN_PREFIX 4

const struct sp_operator *sp_operator_by_id(
	const struct sp_snapshot *snapshot, const uint8_t id[SP_OPERATOR_ID_BYTES])
{
	for (size_t i = 0; i < snapshot->n_operators; i++)
		if (memcmp(snapshot->operators[i].id, id, SP_OPERATOR_ID_BYTES) == 0)
			return &snapshot->operators[i];
	return NULL;
}

static bool is_named(const struct sp_operator *op, const char *name)
{
	sp_auto_buffer utf8 = { 0 };

	sp_mutf8_to_utf8(op->name, &utf8);
	return utf8.n > 0 && sp_slice_is(sp_buffer_slice(&utf8), name);
}

static bool has_id_prefix(const struct sp_operator *op, const char *prefix)
{
	char id[33];

	sp_operator_id_text(op->id, id);
	return strncasecmp(id, prefix, strlen(prefix)) == 0;
}

typedef bool match_fn(const struct sp_operator *op, const char *selector);

/* The only operator that matches; more than one is an error. */
static int find_only(const struct sp_snapshot *snapshot, const char *selector, match_fn *matches,
	const struct sp_operator **ret, struct sp_error *err)
{
	*ret = NULL;
	for (size_t i = 0; i < snapshot->n_operators; i++) {
		if (!matches(&snapshot->operators[i], selector))
			continue;
		if (*ret != NULL) {
			sp_fail(err, SP_EUSAGE, "more than one operator matches '%s'", selector);
			return sp_hint(err, "the whole id tells them apart");
		}
		*ret = &snapshot->operators[i];
	}
	return 0;
}

static bool is_prefix(const char *selector)
{
	const size_t n = strlen(selector);

	return n >= MIN_PREFIX && n <= 32 && strspn(selector, "0123456789abcdefABCDEF") == n;
}

int sp_find_operator(const struct sp_snapshot *snapshot, const char *selector,
	const struct sp_operator **ret, struct sp_error *err)
{
	uint8_t id[SP_OPERATOR_ID_BYTES];

	sp_operator_id_of_uid(selector, id);
	*ret = sp_operator_by_id(snapshot, id);
	if (*ret == NULL && find_only(snapshot, selector, is_named, ret, err) < 0)
		return err->code;
	if (*ret == NULL && is_prefix(selector) &&
		find_only(snapshot, selector, has_id_prefix, ret, err) < 0)
		return err->code;
	return *ret != NULL;
}

int sp_no_operator(const char *selector, const char *where, struct sp_error *err)
{
	sp_fail(err, SP_EUSAGE, "no operator '%s' %s", selector, where);
	return sp_hint(err, "an operator is named by its uid, its name, its id or the beginning of "
			    "its id; 'savepoint inspect' lists them");
}

int sp_select_operator(const struct sp_snapshot *snapshot, const char *selector,
	const struct sp_operator **ret, struct sp_error *err)
{
	int r = sp_find_operator(snapshot, selector, ret, err);

	if (r == 0)
		return sp_no_operator(selector, "in this snapshot", err);
	return r < 0 ? r : 0;
}

void sp_operator_short_label(const struct sp_operator *op, struct sp_buffer *out)
{
	char id[33];

	if (op->uid.n != 0 || op->name.n != 0) {
		sp_mutf8_to_utf8(op->uid.n != 0 ? op->uid : op->name, out);
		return;
	}
	sp_operator_id_text(op->id, id);
	sp_buffer_printf(out, "%s", id);
}
