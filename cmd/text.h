/*
 * Text for people: what comes from files is shown without letting it steer the terminal.
 */
#ifndef SP_TEXT_H
#define SP_TEXT_H

#include "buffer.h"
#include "bytes.h"

/*
 * Appends UTF-8 `text` with control characters, characters that turn the direction of writing and
 * bytes that are not UTF-8 as \n, \x1b, \u202e.
 */
void sp_text_escape(struct sp_slice text, struct sp_buffer *out);

/* Appends UTF-8 `text` as a JSON string with its quotes; bytes that are not UTF-8 become U+FFFD. */
void sp_text_json(struct sp_slice text, struct sp_buffer *out);

/* "512 B", "1.2 MiB"; writes at most 16 bytes. */
const char *sp_text_size(uint64_t bytes, char ret[16]);

/* Appends modified UTF-8 `text` escaped as above. */
void sp_text_escape_mutf8(struct sp_slice text, struct sp_buffer *out);

/* The buffer's text with a zero byte behind it; lives as long as the buffer is not written to. */
const char *sp_text_of(struct sp_buffer *buffer);

/* The one of `words` (ended by NULL) that `text` is most likely a slip of; NULL: none is close. */
const char *sp_text_closest(const char *text, const char *const *words);

#endif
