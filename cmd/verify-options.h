/* `verify --flink` and `verify --contract`: their options, and what they print. */
#ifndef SP_VERIFY_OPTIONS_H
#define SP_VERIFY_OPTIONS_H

#include "command.h"
#include "output.h"
#include "verify-restore.h"

/* Their options, for verify's own table. */
extern struct poptOption sp_options_restore[]; /* --flink --backend --parallelism --contract */

/* What they ask for. */
struct sp_asked {
	bool restore_asked;
	struct sp_restore restore;
	struct sp_contract *contract; /* NULL: not asked for */
};

/* Reads the options and the contract's file. SP_EUSAGE. */
int sp_asked_parse(struct sp_asked **ret, struct sp_error *err);
/* Takes NULL. */
void sp_asked_free(struct sp_asked *asked);
SP_DEFINE_CLEANUP(sp_asked, sp_asked_free)

/* Adds what was asked for to the findings. */
int sp_asked_verify(struct sp_asked *asked, struct sp_source *source, struct sp_findings *findings,
	struct sp_error *err);

/* The member "restore" of the document, and the line of text; nothing if not asked for. */
void sp_asked_json(const struct sp_asked *asked, cJSON *document);
void sp_asked_print(const struct sp_asked *asked, const char *location);

#endif
