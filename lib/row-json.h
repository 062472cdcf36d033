/* Rows as people read them: the parts of their keys and values, decoded, as JSON. */
#ifndef SP_ROW_JSON_H
#define SP_ROW_JSON_H

#include "row-key.h"

/*
 * Appends {"key": …, "namespace": …, "map_key": …}: of a row's composite key, with its key group.
 * The namespace is left out where it is VoidNamespace, the map key where there is none; of a timer
 * there is "timestamp", too. What cannot be taken apart is {"key": {"opaque": hex}}.
 */
void sp_row_key_json(
	const struct sp_key_layout *layout, struct sp_slice key, struct sp_buffer *out);

/*
 * Appends the value of a row of this state: elements of a list as an array, of a map what the map
 * key stands for, null of a timer.
 */
void sp_row_value_json(const struct sp_key_layout *layout, const struct sp_state *state,
	struct sp_slice value, struct sp_buffer *out);

#endif
