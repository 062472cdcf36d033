#include "value-input.h"

#include <inttypes.h>

int sp_input_within(struct sp_error *err, const struct sp_input *in)
{
	if (!in->framed)
		return sp_within(err, "%s", in->file->place);
	return sp_within(err, "%s: offset 0x%" PRIx64 ", uncompressed", in->file->place, in->start);
}

/*
 * Where the window ends in the value, it at least doubles, so that in all no byte is crossed more
 * than a few times.
 */
int sp_input_cross(struct sp_input *in, const struct sp_type *type, enum sp_kryo kryo, size_t *at,
	struct sp_error *err)
{
	for (;;) {
		size_t there = in->window.n - in->used;
		uint64_t base = (in->framed ? 0 : in->start) + in->taken + *at;
		struct sp_value_reader values = sp_value_reader(
			sp_slice(sp_input_bytes(in) + *at, there - *at), base, kryo);
		int r = sp_value_skip(&values, type, err);
		size_t more = values.missing > there - *at ? values.missing : there - *at;

		if (r == 0) {
			*at = there - sp_left(&values.in);
			return 0;
		}
		if (r != SP_EDAMAGED || values.missing == 0 ||
			!sp_input_can_hold(in, (uint64_t)there + values.missing))
			return sp_input_within(err, in);
		if (sp_input_gather(in, there + more, err) < 0)
			return err->code;
		if (in->window.n - in->used == there) /* the range ends here */
			return sp_input_within(err, in);
	}
}
