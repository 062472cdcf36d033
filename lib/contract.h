/*
 * Contracts: the shape of a snapshot as JSON, to be kept beside a job and compared with the
 * snapshots of its next version. No sizes, paths or counts stand in it: two snapshots of one job
 * have the same.
 *
 *	{ "schema": "savepoint/contract/1",
 *	  "operators": [ { "id", "uid", "name", "parallelism", "max_parallelism", "coordinator",
 *	    "keyed_states": [ { "name", "kind", "key", "namespace", "value", "map_key" } ],
 *	    "operator_states": [ { "name", "mode", "key", "value" } ] } ] }
 *
 * Types are objects of "type" (the whole as text), "kind", "snapshot_class" and, where a type has
 * them, "class", "children", "fields", "subclasses", "constants", "columns", "schema",
 * "registrations". Operators stand by id, states by name and kind.
 */
#ifndef SP_CONTRACT_H
#define SP_CONTRACT_H

#include "verify.h"

struct cJSON;

struct sp_contract {
	struct cJSON *document; /* owned; what is in it has the types drawn above */
};

/*
 * The contract of a snapshot. State whose headers cannot be understood (SP_EUNSUPPORTED) or are
 * damaged (SP_EDAMAGED) has none.
 */
int sp_contract_of(struct sp_source *source, struct sp_contract **ret, struct sp_error *err);

/* Reads a contract from a local file; SP_EUSAGE if it is none, with what is wrong. */
int sp_contract_read(const char *path, struct sp_contract **ret, struct sp_error *err);
int sp_contract_parse(
	struct sp_slice text, const char *place, struct sp_contract **ret, struct sp_error *err);
/* Takes NULL. */
void sp_contract_free(struct sp_contract *contract);
SP_DEFINE_CLEANUP(sp_contract, sp_contract_free)

/*
 * Adds what a job of this snapshot's shape would meet when it is restored from one of the
 * contract's shape. `release` (0: any) decides where releases differ. That the snapshot's own shape
 * cannot be read is a finding, too.
 */
int sp_verify_contract(struct sp_source *source, const struct sp_contract *contract,
	sp_release release, struct sp_findings *findings, struct sp_error *err);

#endif
