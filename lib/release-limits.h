/*
 * Where releases of Flink part, beyond the codes of the metadata (release.c) and the classes of
 * serializers (type-release.c). A migration refuses by these, a prediction tells them.
 */
#ifndef SP_RELEASE_LIMITS_H
#define SP_RELEASE_LIMITS_H

#include "source.h"
#include "type.h"
#include "value.h"

#define SP_CANONICAL_MIN SP_RELEASE(1, 13) /* the first whose heap backend restores it */
#define SP_FINISHED_MIN SP_RELEASE(1, 14)  /* FLIP-147 */
/* SourceCoordinatorSerdeUtils.CURRENT_VERSION became 1, which Flink 1.11 refuses. */
#define SP_COORDINATOR_1_MIN SP_RELEASE(1, 12)
/* 1.17 refuses headers of state and timers that Flink 1.6, and 1.7 of timers, wrote. */
#define SP_OLD_HEADERS_MAX SP_RELEASE(1, 16)
#define SP_KEYED_HEADER_CURRENT 6 /* KeyedBackendSerializationProxy.VERSION since 1.7 */
#define SP_TIMERS_CURRENT 2       /* InternalTimerServiceSerializationProxy.VERSION since 1.8 */

bool sp_has_finished(const struct sp_operator *op);

/* The state of a source's coordinator in version 1? */
bool sp_is_coordinator_1(const struct sp_handle *handle);

/*
 * Begins the first key group of a raw keyed handle with the magic and a version of timers? Timers
 * of before 1.4.1 do not, and cannot be told from other bytes. 1: *version; 0: no; < 0.
 */
int sp_timers_version(struct sp_source *source, const struct sp_keyed_handle *handle,
	int32_t *version, struct sp_error *err);

/*
 * Appends why `release` cannot read a part of a type that sp_type_releases() gave: "Kryo com.x.Y:
 * Flink 2.2 has Kryo 5, which …".
 */
void sp_type_unread_text(
	const struct sp_type *part, enum sp_kryo kryo, sp_release release, struct sp_buffer *out);

#endif
