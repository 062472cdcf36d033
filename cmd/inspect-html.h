/* --html: what inspect and verify find, as one page that needs nothing else. */
#ifndef SP_INSPECT_HTML_H
#define SP_INSPECT_HTML_H

#include "inspect.h"
#include "output-file.h"

/* Of lists as long as these the page holds no more. */
#define SP_HTML_ROWS_MAX 20000

/*
 * Writes the page; checks the snapshot to the level of files for that. The inspection was made
 * with all that the page shows, and `brief`; or without state, and `unread` is on the page, too.
 * Where it fails with SP_EDAMAGED or SP_EUNSUPPORTED, nothing was written.
 */
int sp_inspect_html(const struct sp_inspection *inspection, const struct sp_globals *globals,
	FILE *to, struct sp_error *err);

#endif
