/*
 * Values in the window of an input, which may have to grow before a value is all in it.
 */
#ifndef SP_VALUE_INPUT_H
#define SP_VALUE_INPUT_H

#include "input.h"
#include "value.h"

/*
 * Moves `at`, counted from the position, over one value, all of which is in the window then.
 * Errors name the file and the offset.
 */
int sp_input_cross(struct sp_input *in, const struct sp_type *type, enum sp_kryo kryo, size_t *at,
	struct sp_error *err);

/* Puts the file in front of a message that has an offset in it; of a framed range that, too. */
int sp_input_within(struct sp_error *err, const struct sp_input *in);

#endif
