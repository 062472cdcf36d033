/* The parts of verify's last level: rows, keys, elements of operator state. */
#ifndef SP_VERIFY_RECORDS_H
#define SP_VERIFY_RECORDS_H

#include "key-tally.h"
#include "row-json.h"
#include "scan.h"
#include "verify-internal.h"

/* Findings of one code, state and part, while more are counted; bytes of a decoded key. */
#define SP_RECORDS_EXAMPLES SP_KEY_EXAMPLES
#define SP_RECORDS_KEY_MOST SP_KEY_SHOWN

/* --- keys in their key groups (verify-keys.c) --------------------------------------------- */

struct sp_operator_keys; /* the rules for the keys of an operator, and how many keys obey them */

/* NULL: nothing can be proved, with a max parallelism of 1 or without keys. */
int sp_operator_keys_new(const struct sp_verify *verify, const struct sp_operator *op,
	enum sp_kryo kryo, struct sp_operator_keys **ret, struct sp_error *err);
/* Takes NULL. */
void sp_operator_keys_free(struct sp_operator_keys *keys);

/* A tally for part number `number` of its operator: only the first ones keep examples. */
void sp_operator_keys_begin(const struct sp_operator_keys *keys, const struct sp_operator *op,
	size_t number, struct sp_key_tally *tally);

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
