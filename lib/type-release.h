/*
 * Which releases of Flink can read a type: the snapshot classes that they know, and the Kryo that
 * wrote the values.
 */
#ifndef SP_TYPE_RELEASE_H
#define SP_TYPE_RELEASE_H

#include "snapshot.h"
#include "type.h"
#include "value.h"

/* The releases that can read something; to < from: none. */
struct sp_release_range {
	sp_release from, to;
};

/* The releases that both ranges have. */
struct sp_release_range sp_release_range_meet(struct sp_release_range a, struct sp_release_range b);

static inline bool sp_release_in(struct sp_release_range range, sp_release release)
{
	return release >= range.from && release <= range.to;
}

/*
 * The releases that can read values and snapshot of this type, its parts included. What users
 * wrote themselves counts as readable. `kryo` wrote the values. Where *part is not NULL, it
 * becomes the first part that `release` cannot read, or NULL.
 */
struct sp_release_range sp_type_releases(const struct sp_type *type, enum sp_kryo kryo,
	sp_release release, const struct sp_type **part);

/* The same of the type itself, without its parts. */
struct sp_release_range sp_type_own_releases(const struct sp_type *type, enum sp_kryo kryo);

#endif
