/*
 * Operator state: what the stream of a managed operator handle holds. A header declares the states
 * of one subtask; the elements of list states, and each broadcast state as a whole, start at the
 * offsets that the handle lists. The layout is drawn in operator-state-header.c.
 *
 * Elements pass through a window: neither a stream nor an element is ever in memory as a whole.
 */
#ifndef SP_OPERATOR_STATE_H
#define SP_OPERATOR_STATE_H

#include "outlet.h"
#include "source.h"

#define SP_OPERATOR_VERSION_MIN 1     /* OperatorBackendSerializationProxy.VERSION of 1.2 */
#define SP_OPERATOR_VERSION_PROXIED 5 /* of 1.7 to 1.17: the oldest that all of 1.11+ read */
#define SP_OPERATOR_VERSION_MAX 6     /* of 1.18 and later */

struct sp_operator_header {
	int32_t version;
	bool compressed;         /* snappy-framed behind the header (version 6) */
	struct sp_state *states; /* list states, then broadcast states; `type` is not used */
	enum sp_mode *modes;     /* of the states */
	size_t n_states;
	size_t n_lists;
	struct sp_slice bytes; /* the whole header */
};

/* Version and flag, from the first bytes of the stream. SP_EDAMAGED for an unknown version. */
int sp_operator_header_peek(
	struct sp_cursor *in, int32_t *version, bool *compressed, struct sp_error *err);

/* The same of a file. SP_EDAMAGED also where it is shorter than that. */
int sp_operator_peek(
	struct sp_file *file, int32_t *version, bool *compressed, struct sp_error *err);

/*
 * Parses a header (versions 2 to 6) that ends exactly at the end of `bytes`. `base` is its offset
 * in the file. The result lives in `arena` and borrows nothing. Of versions 2 to 4 the types are
 * of kind SP_LEGACY or what their old snapshots tell. SP_EUNSUPPORTED for version 1, whose
 * serializers are Java objects without a length.
 */
int sp_operator_header_read(struct sp_slice bytes, uint64_t base, struct sp_arena *arena,
	const struct sp_operator_header **ret, struct sp_error *err);

/*
 * The releases of Flink that read a header of this version; compressed, they are those whose every
 * patch release reads what is behind it (see operator-state-header.c).
 */
void sp_operator_header_releases(
	int32_t version, bool compressed, sp_release *from, sp_release *to);

/*
 * One header that declares every state of several headers once: list states in order of their
 * first appearance, then broadcast states. Lives in `arena`, its states in those of the others.
 * Of a state that is described in several ways, all for values of the same bytes, the first is
 * taken, as Flink does. SP_EUNSUPPORTED where one name has different kinds, modes or serializers,
 * and for headers before version 5, whose serializers later releases do not read.
 */
int sp_operator_headers_unite(const struct sp_operator_header *const *headers, size_t n,
	struct sp_arena *arena, const struct sp_operator_header **ret, struct sp_error *err);

/* An empty slot of version 1, or what file merging writes of an operator without such state. */
static inline bool sp_operator_handle_is_empty(const struct sp_operator_handle *handle)
{
	return handle->code == SP_OPERATOR_NONE ||
	       (handle->code == SP_OPERATOR_MERGED &&
		       handle->data.code == SP_HANDLE_EMPTY_SEGMENT && handle->n_states == 0);
}

/* --- reading ------------------------------------------------------------------------------ */

struct sp_operator_reader;

/* Opens the stream of a handle and reads its header. `source` and `handle` are borrowed. */
int sp_operator_reader_open(struct sp_source *source, const struct sp_operator_handle *handle,
	struct sp_operator_reader **ret, struct sp_error *err);

/*
 * The same where the header was read before and is borrowed. NULL: raw state, which has no header;
 * its states are those that the handle lists.
 */
int sp_operator_reader_reopen(struct sp_source *source, const struct sp_operator_handle *handle,
	const struct sp_operator_header *header, struct sp_operator_reader **ret,
	struct sp_error *err);
/* Takes NULL. */
void sp_operator_reader_free(struct sp_operator_reader *reader);
SP_DEFINE_CLEANUP(sp_operator_reader, sp_operator_reader_free)

/* Lives as long as the reader; NULL of raw state. */
const struct sp_operator_header *sp_operator_reader_header(const struct sp_operator_reader *reader);

/* State number `i` of those that the handle lists, and how many bytes the stream has of it. */
const struct sp_operator_state *sp_operator_reader_listed(
	const struct sp_operator_reader *reader, size_t i, uint64_t *bytes);

/*
 * Turns to the elements of the state with this name. 1: there it is, with any number of elements;
 * 0: the header does not declare it or the handle does not list it, so that Flink has none.
 */
int sp_operator_reader_select(struct sp_operator_reader *reader, struct sp_slice name);

/* Passes over the next n elements of the state. */
void sp_operator_reader_skip(struct sp_operator_reader *reader, uint64_t n);

/* Goes to the next element of the state; of a broadcast state to all of it. 1; 0: the end. */
int sp_operator_reader_next(struct sp_operator_reader *reader);

/*
 * The next bytes of the element, uncompressed, borrowed until the next call. 1: some; 0: the
 * element's end. Checksums of compressed elements are verified.
 */
int sp_operator_reader_piece(
	struct sp_operator_reader *reader, struct sp_slice *ret, struct sp_error *err);

/*
 * Appends the next bytes of the element. 1; 0: the element's end. SP_EUNSUPPORTED where the buffer
 * would hold more than `most` bytes.
 */
int sp_operator_reader_fill(struct sp_operator_reader *reader, size_t most, struct sp_buffer *out,
	struct sp_error *err);

/* "an element of more than … bytes", which --memory would not hold: SP_EUNSUPPORTED. */
int sp_fail_large_element(size_t most, struct sp_error *err);

/* How messages and reports call it: "SPLIT", "UNION", "BROADCAST". */
const char *sp_mode_kind_text(enum sp_mode mode);

/*
 * Can the state be written anew with nothing lost? SP_EDAMAGED where the handle lists a state that
 * the header does not declare, as Flink fails on it; SP_EUNSUPPORTED for compressed state of Flink
 * 1.18.0 and 1.18.1, whose elements do not stand at their offsets.
 */
int sp_operator_reader_check(const struct sp_operator_reader *reader, struct sp_error *err);

/* --- writing ------------------------------------------------------------------------------ */

struct sp_operator_writer;

/*
 * Writes a stream that `release` reads (version 5 or 6, not compressed): the header now, then what
 * is put. `outlet` and `header` are borrowed.
 */
int sp_operator_writer_new(struct sp_outlet *outlet, const struct sp_operator_header *header,
	sp_release release, struct sp_operator_writer **ret, struct sp_error *err);

/* The same of raw state: there is no header to be written, `states` only tells names and modes. */
struct sp_operator_writer *sp_operator_writer_raw(
	struct sp_outlet *outlet, const struct sp_operator_header *states);
/* Takes NULL. */
void sp_operator_writer_free(struct sp_operator_writer *writer);
SP_DEFINE_CLEANUP(sp_operator_writer, sp_operator_writer_free)

/*
 * Begins an element of the header's state number `state`; of a broadcast state all of it, once.
 * States are to come in the order of the header.
 */
void sp_operator_writer_begin(struct sp_operator_writer *writer, size_t state);

/* Bytes of the element. */
int sp_operator_writer_write(
	struct sp_operator_writer *writer, struct sp_slice bytes, struct sp_error *err);

/* The next n elements, or as many as are left, of the state that the reader was turned to. */
int sp_operator_writer_copy(struct sp_operator_writer *writer, size_t state,
	struct sp_operator_reader *from, uint64_t n, struct sp_error *err);

/*
 * The handle of what was written, in `arena`. Finishes the outlet. Broadcast states that were not
 * begun are written without entries, since Flink fails where one has no data.
 */
int sp_operator_writer_finish(struct sp_operator_writer *writer, struct sp_arena *arena,
	struct sp_operator_handle *ret, struct sp_error *err);

/*
 * Writes all that the readers have into one stream: lists one after the other, in the order of the
 * readers; a broadcast state, of which each holds a copy, from the first that has it. States that
 * no reader has any data of are left out.
 */
int sp_operator_merge(struct sp_operator_reader *const *readers, size_t n, struct sp_outlet *outlet,
	sp_release release, struct sp_arena *arena, struct sp_operator_handle *ret,
	struct sp_error *err);

#endif
