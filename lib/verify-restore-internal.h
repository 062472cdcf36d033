/* The parts of the prediction. */
#ifndef SP_VERIFY_RESTORE_INTERNAL_H
#define SP_VERIFY_RESTORE_INTERNAL_H

#include "verify-restore.h"

#include "type-release.h"

struct sp_predictor {
	struct sp_source *source;
	const struct sp_restore *restore;
	struct sp_findings *findings;          /* of the snapshot */
	struct sp_findings own[SP_N_BACKENDS]; /* of one backend */
	enum sp_kryo kryo;                     /* that wrote the values */
	const struct sp_operator *op;          /* at hand */
	const struct sp_subtask *subtask;
	char release[16]; /* as text */
};

/* Adds a finding of the operator at hand, unless it has one of this code and state already. */
void sp_predict(struct sp_predictor *self, struct sp_findings *to, enum sp_finding_code code,
	struct sp_slice state, const char *fmt, ...) sp_printf(5, 6);

/* What the metadata alone tells. */
void sp_predict_metadata(struct sp_predictor *self);
/* What the state of the operator at hand tells: headers, types, layouts, tables. */
int sp_predict_state(struct sp_predictor *self, struct sp_error *err);

#endif
