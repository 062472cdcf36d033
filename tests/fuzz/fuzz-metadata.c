/*
 * Reads _metadata; what parses is written and read again, and from then on the bytes stay the
 * same. (The first writing may differ: booleans other than 0 and 1, dialects, trailing bytes.)
 */
#include <stdlib.h>

#include "fuzz.h"
#include "snapshot.h"

static int visit_nothing(const struct sp_reference *reference, void *arg)
{
	size_t *bytes = arg;

	*bytes += reference->handle->name.n + reference->local_path.n;
	return 0;
}

/* Reads `bytes` and appends them as written to `out`; whether that was possible. */
static bool rewrite(struct sp_slice bytes, struct sp_buffer *out)
{
	sp_auto(sp_snapshot) *s = NULL;
	struct sp_releases releases;
	struct sp_error err;
	size_t visited = 0;

	if (sp_metadata_read(bytes, &s, &err) < 0)
		return false;
	sp_releases_of(s, &releases);
	sp_visit_handles(s, visit_nothing, &visited);
	return sp_metadata_write(s, out, &err) == 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	sp_auto_buffer first = { 0 };
	sp_auto_buffer second = { 0 };

	if (!rewrite(sp_slice(data, size), &first))
		return 0;
	if (!rewrite(sp_buffer_slice(&first), &second))
		sp_abort("cannot read what was written");
	if (!sp_slice_equal(sp_buffer_slice(&first), sp_buffer_slice(&second)))
		sp_abort("wrote other bytes the second time");
	return 0;
}
