/*
 * Java's modified UTF-8 (java.io.DataOutput.writeUTF): UTF-16 code units of one to three bytes
 * each, U+0000 as c0 80, characters beyond the BMP as two surrogates of three bytes.
 */
#ifndef SP_MUTF8_H
#define SP_MUTF8_H

#include "buffer.h"
#include "bytes.h"

/* Is it what DataInput.readUTF accepts? Lone surrogates are. */
bool sp_mutf8_valid(struct sp_slice text);

/* Appends `text` as standard UTF-8; a lone surrogate becomes '?', as Java's own encoder has it. */
void sp_mutf8_to_utf8(struct sp_slice text, struct sp_buffer *out);

/* Appends one UTF-16 unit. */
void sp_mutf8_put(struct sp_buffer *out, uint32_t unit);

/*
 * Appends UTF-8 `text` as modified UTF-8. 0, or -1 where `text` is not UTF-8 (what was appended
 * until then stays).
 */
int sp_utf8_to_mutf8(struct sp_slice text, struct sp_buffer *out);

#endif
