/* Values as the vectors write them; see the grammar in text.c. */
#ifndef TEXT_H
#define TEXT_H

#include "buffer.h"
#include "value.h"

void text_of_value(const struct sp_value *value, struct sp_buffer *out);

#endif
