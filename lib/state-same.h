/*
 * Do two descriptions of a state stand for values of the same bytes? Snapshots of one serializer
 * may differ all the same: that of a POJO names the subclasses that were met up to then.
 */
#ifndef SP_STATE_SAME_H
#define SP_STATE_SAME_H

#include "type.h"

bool sp_same_type(const struct sp_type *a, const struct sp_type *b);
bool sp_same_state(const struct sp_state *a, const struct sp_state *b);

#endif
