/* Raw state, in-flight data and state of Flink 1.1: only the job reads it; it has to be there. */
#include <inttypes.h>
#include <stdlib.h>

#include "interrupt.h"
#include "verify-records.h"

struct raw {
	struct sp_records *records;
	const struct sp_verify *verify;
	const struct sp_operator *op;
	const struct sp_subtask *subtask;
	struct sp_findings *findings;
	struct sp_buffer block; /* of a file, looked at by nobody */
};

static int read_file(struct raw *self, struct sp_file *file, struct sp_error *err)
{
	uint64_t at = 0;
	int r;

	while ((r = sp_file_next(file, &at, &self->block, err)) > 0)
		;
	return r;
}

static int read_handle(
	struct raw *self, const struct sp_handle *handle, const char *what, struct sp_error *err)
{
	const struct sp_finding_place place = SP_FINDING_PLACE(self->op, self->subtask);
	sp_auto(sp_file) *file = NULL;
	int r;

	if (handle->code == SP_HANDLE_NONE || handle->code == SP_HANDLE_EMPTY_SEGMENT)
		return 0;
	r = sp_source_open_handle(self->verify->source, handle, &file, err);
	if (r == 0)
		r = read_file(self, file, err);
	if (r == 0 || ((r == SP_EDAMAGED || r == SP_EUNSUPPORTED) &&
			      sp_records_known(self->records, self->op, self->subtask)))
		return 0;
	sp_within(err, "%s", what);
	return sp_verify_error(self->findings, SP_FIND_RAW_DATA, &place, r, err);
}

static int read_channels(
	struct raw *self, const struct sp_channel_handle *handles, size_t n, struct sp_error *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < n; i++)
		r = read_handle(self, &handles[i].data, "in-flight data", err);
	return r;
}

static int read_subtask(struct raw *self, struct sp_error *err)
{
	const struct sp_subtask *subtask = self->subtask;
	int r = 0;

	for (size_t i = 0; r == 0 && i < subtask->n_raw_operator; i++)
		if (subtask->raw_operator[i].code != SP_OPERATOR_NONE)
			r = read_handle(
				self, &subtask->raw_operator[i].data, "raw operator state", err);
	if (r == 0 && subtask->raw_keyed.code != SP_KEYED_NONE)
		r = read_handle(self, &subtask->raw_keyed.data, "raw keyed state", err);
	if (r == 0)
		r = read_channels(self, subtask->input_channels, subtask->n_input_channels, err);
	if (r == 0)
		r = read_channels(
			self, subtask->result_subpartitions, subtask->n_result_subpartitions, err);
	for (size_t i = 0; r == 0 && i < subtask->n_legacy; i++)
		r = read_handle(self, &subtask->legacy[i], "state of Flink 1.1", err);
	return r;
}

int sp_verify_raw(struct sp_records *records, const struct sp_verify *verify,
	const struct sp_operator *op, struct sp_findings *findings, struct sp_error *err)
{
	struct raw self = { records, verify, op, NULL, findings, { 0 } };
	int r = 0;

	for (size_t i = 0; r == 0 && i < op->n_subtasks; i++) {
		self.subtask = &op->subtasks[i];
		r = read_subtask(&self, err);
	}
	sp_buffer_free(&self.block);
	return r;
}
