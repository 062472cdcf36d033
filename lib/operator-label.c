#include <stdio.h>

#include "migrate.h"

const char *sp_operator_label(const struct sp_operator *op, char *to, size_t n)
{
	struct sp_slice known = op->uid.n != 0 ? op->uid : op->name;
	sp_auto_buffer text = { 0 };
	char id[33];

	sp_operator_id_text(op->id, id);
	if (known.n == 0) {
		snprintf(to, n, "operator %s", id);
		return to;
	}
	sp_mutf8_to_utf8(known, &text);
	snprintf(to, n, "operator '%.*s' (%s)", (int)text.n, text.p, id);
	return to;
}
