/* The parts of verify's last level: rows, keys, elements of operator state. */
#ifndef SP_VERIFY_RECORDS_H
#define SP_VERIFY_RECORDS_H

#include "key-hash.h"
#include "row-json.h"
#include "scan.h"
#include "verify-internal.h"

#define SP_RECORDS_EXAMPLES 3   /* findings of one code, state and part; more are counted */
#define SP_RECORDS_KEY_MOST 512 /* bytes of a decoded key that are shown */

/* --- keys in their key groups (verify-keys.c) --------------------------------------------- */

struct sp_operator_keys; /* the rules for the keys of an operator, and how many keys obey them */

/* NULL: nothing can be proved, with a max parallelism of 1 or without keys. */
int sp_operator_keys_new(const struct sp_verify *verify, const struct sp_operator *op,
	enum sp_kryo kryo, struct sp_operator_keys **ret, struct sp_error *err);
/* Takes NULL. */
void sp_operator_keys_free(struct sp_operator_keys *keys);

/* A key that some rules do not explain. */
struct sp_misfit {
	uint32_t rules; /* a bit for each */
	bool timer;
	const char *state; /* modified UTF-8 */
	const char *key;   /* JSON, NULL: too long */
	uint32_t key_group;
	int32_t expected[SP_KEY_RULES_MAX];
};

/* The keys of one part. */
struct sp_key_tally {
	const struct sp_key_hash *hash; /* NULL: keys are not counted */
	size_t rules;
	bool fast;
	int32_t max_parallelism;
	uint64_t keys;     /* that were asked for */
	uint64_t unhashed; /* and those of a class without a hash code that could be told */
	uint64_t misses[SP_KEY_RULES_MAX];
	bool keeps; /* examples */
	struct sp_misfit *misfits;
	size_t n_misfits;
	struct sp_arena *arena;   /* of the misfits */
	struct sp_arena *scratch; /* of decoded keys */
	size_t scratched;
};

/* `number` is that of the part in its operator: only the first ones keep examples. */
void sp_key_tally_init(struct sp_key_tally *tally, const struct sp_operator_keys *keys,
	const struct sp_operator *op, size_t number);
void sp_key_tally_free(struct sp_key_tally *tally);

/* Where a key was met. */
struct sp_key_met {
	struct sp_slice key;
	uint32_t key_group;
	struct sp_slice state; /* modified UTF-8 */
	bool timer;
	const struct sp_key_layout *layout; /* of `composite`; NULL: `type` is all that is known */
	struct sp_slice composite;
	const struct sp_type *type;
	enum sp_kryo kryo;
};

/* Counts a key of which its rules are asked; one that cannot be decoded was found elsewhere. */
void sp_key_tally_add(struct sp_key_tally *tally, const struct sp_key_met *met);

/* Adds what a part counted; not by two threads at once. */
void sp_operator_keys_merge(struct sp_operator_keys *keys, const struct sp_key_tally *tally);

/* What all keys say of the rules. */
void sp_operator_keys_conclude(const struct sp_operator_keys *keys, const struct sp_operator *op,
	struct sp_findings *findings);

/* The misfits of a part, under the rule that holds best; after all parts were merged. */
void sp_operator_keys_report(const struct sp_operator_keys *keys, const struct sp_key_tally *tally,
	const struct sp_operator *op, const struct sp_subtask *subtask,
	struct sp_findings *findings);

/* --- what cannot be read (verify-records.c) ----------------------------------------------- */

/* Notes values of a state that only the job can read. Any thread. */
struct sp_records;
void sp_records_opaque(struct sp_records *records, const struct sp_operator *op,
	struct sp_slice state, const char *what, const struct sp_type *type, uint64_t n);

/* Has a level before condemned a file of the subtask? Then a reader's error says it again. */
bool sp_records_known(const struct sp_records *records, const struct sp_operator *op,
	const struct sp_subtask *subtask);

/* --- rows (verify-rows.c) ----------------------------------------------------------------- */

struct sp_row_check;

struct sp_row_check *sp_row_check_new(struct sp_records *records, const struct sp_scan_part *part,
	struct sp_key_tally *tally, struct sp_findings *findings);
/* Takes NULL. */
void sp_row_check_free(struct sp_row_check *check);
void sp_row_check_header(struct sp_row_check *check, const struct sp_stream *stream);
void sp_row_check_row(struct sp_row_check *check, const struct sp_row *row);
void sp_row_check_timer(struct sp_row_check *check, const struct sp_raw_timer *timer);
/* What was found more often than it was told, and what could not be read. */
void sp_row_check_end(struct sp_row_check *check);

/* --- operator state, raw state (verify-elements.c, verify-raw.c) -------------------------- */

/* All operator state of an operator, element by element. */
int sp_verify_elements(struct sp_records *records, const struct sp_verify *verify,
	const struct sp_operator *op, struct sp_findings *findings, struct sp_error *err);
/* Raw state and in-flight data: can it be read to its last byte? */
int sp_verify_raw(struct sp_records *records, const struct sp_verify *verify,
	const struct sp_operator *op, struct sp_findings *findings, struct sp_error *err);

/* The reader's error as a finding: SP_EDAMAGED is `code`, SP_EUNSUPPORTED "not checked". */
int sp_verify_error(struct sp_findings *findings, enum sp_finding_code code,
	const struct sp_finding_place *place, int r, struct sp_error *err);

#endif
