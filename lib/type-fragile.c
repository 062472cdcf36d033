#include "type-fragile.h"

#include <inttypes.h>

#include "mutf8.h"
#include "type-part.h"

#define SCALA_PACKAGE "org.apache.flink.api.scala."

#define IDENTITY_RESULT "which differs in every JVM: its key groups cannot be found again"

struct walk {
	const struct sp_fragile_place *place;
	struct sp_buffer path;
	bool by_content; /* arrays of a Row, which hashes them by their elements */
	bool of_users;   /* within a class whose hash code users wrote */
	sp_fragile_fn *found;
	void *arg;
};

const char *sp_fragility_text(enum sp_fragility kind)
{
	static const char *const texts[] = {
		[SP_FRAGILE_KRYO] = "kryo",
		[SP_FRAGILE_JAVA] = "java",
		[SP_FRAGILE_USER] = "user",
		[SP_FRAGILE_SUBCLASS] = "subclass",
		[SP_FRAGILE_SCALA] = "scala",
		[SP_FRAGILE_LEGACY] = "legacy",
		[SP_FRAGILE_IDENTITY] = "identity",
		[SP_FRAGILE_RETIRED] = "retired",
	};

	return texts[kind];
}

void sp_fragile_class(const struct sp_type *type, struct sp_buffer *out)
{
	if (type->class_name.n > 0)
		sp_mutf8_to_utf8(type->class_name, out);
	else
		sp_mutf8_to_utf8(type->snapshot_class, out);
}

/* --- what is fragile ---------------------------------------------------------------------- */

static bool is_of_scala(const struct sp_type *type)
{
	const size_t n = strlen(SCALA_PACKAGE);

	return type->snapshot_class.n > n && memcmp(type->snapshot_class.p, SCALA_PACKAGE, n) == 0;
}

static bool is_array(enum sp_type_kind kind)
{
	return (kind >= SP_BOOLEAN_ARRAY && kind <= SP_STRING_ARRAY) || kind == SP_OBJECT_ARRAY;
}

/* Releases have two numbers: 1.20 is followed by 2.0. */
static sp_release release_after(sp_release release)
{
	if (release >= SP_RELEASE_NEWEST)
		return 0;
	return release == SP_RELEASE(1, 20) ? SP_RELEASE(2, 0) : release + 1;
}

static void tell(
	struct walk *self, const struct sp_type *type, enum sp_fragility kind, const char *why)
{
	const struct sp_release_range range = sp_type_own_releases(type, self->place->kryo);
	struct sp_fragile fragile = {
		.kind = kind,
		.type = type,
		.why = why,
		.breaks_in = kind == SP_FRAGILE_IDENTITY ? 0 : release_after(range.to),
	};

	sp_buffer_u8(&self->path, '\0');
	self->path.n--;
	fragile.part = (const char *)self->path.p;
	self->found(&fragile, self->arg);
}

static const char *kryo_reason(enum sp_kryo kryo)
{
	return kryo == SP_KRYO_2 ? "written by Kryo 2, which Flink 2.0 replaced by Kryo 5; the "
				   "bytes follow the "
				   "fields of the class and the order of registrations"
				 : "written by Kryo 5, which no Flink 1.x reads; the bytes follow "
				   "the fields of "
				   "the class and the order of registrations";
}

static void tell_serializer(struct walk *self, const struct sp_type *type)
{
	switch (type->kind) {
	case SP_KRYO: tell(self, type, SP_FRAGILE_KRYO, kryo_reason(self->place->kryo)); return;
	case SP_JAVA_OBJECT:
		tell(self, type, SP_FRAGILE_JAVA,
			"Java serialization: a changed class without a serialVersionUID of its own "
			"fails to load");
		return;
	case SP_LEGACY:
		tell(self, type, SP_FRAGILE_LEGACY,
			"a snapshot from before Flink 1.7, or a Java-serialized serializer, which "
			"Flink 1.17 and later refuse");
		return;
	case SP_OPAQUE:
		tell(self, type, SP_FRAGILE_USER,
			type->snapshot_class.n == 0
				? "no serializer snapshot: only the job knows how it is read"
				: "a serializer that is not one of Flink's: only its own class "
				  "reads the values");
		return;
	case SP_COMPOSITE:
		tell(self, type, SP_FRAGILE_USER,
			"a composite serializer that is not known: only its own class reads the "
			"values");
		return;
	case SP_VALUE:
	case SP_COPYABLE_VALUE:
		tell(self, type, SP_FRAGILE_USER,
			"a Value writes and reads itself: its code alone tells the bytes");
		return;
	default: return;
	}
}

static void tell_subclasses(struct walk *self, const struct sp_type *type)
{
	if (type->kind == SP_POJO && type->n_non_registered > 0)
		tell(self, type, SP_FRAGILE_SUBCLASS,
			"values are of subclasses that are not registered: each carries the name "
			"of its class, which must not be renamed");
}

/* A hash code that no other JVM gives. */
static void tell_identity(struct walk *self, const struct sp_type *type)
{
	if (type->kind == SP_ENUM)
		tell(self, type, SP_FRAGILE_IDENTITY,
			self->of_users ? "enums hash by identity unless the class around it hashes "
					 "their names, " IDENTITY_RESULT
				       : "enums hash by identity, " IDENTITY_RESULT);
	else if (is_array(type->kind) && !self->by_content)
		tell(self, type, SP_FRAGILE_IDENTITY,
			self->of_users
				? "arrays hash by identity unless the class around it hashes "
				  "their elements, " IDENTITY_RESULT
				: "arrays hash by identity, " IDENTITY_RESULT);
}

/* Classes that are gone for another reason than those above. */
static void tell_retired(struct walk *self, const struct sp_type *type)
{
	const struct sp_release_range range = sp_type_own_releases(type, self->place->kryo);

	if (is_of_scala(type))
		tell(self, type, SP_FRAGILE_SCALA,
			"a serializer of Flink's Scala API, which Flink 2.0 removed");
	else if (type->kind != SP_KRYO && type->kind != SP_LEGACY && range.to < SP_RELEASE_NEWEST)
		tell(self, type, SP_FRAGILE_RETIRED,
			"a snapshot that later releases of Flink do not have or do not read");
}

/* --- the walk ----------------------------------------------------------------------------- */

static void walk(struct walk *self, const struct sp_type *type);

static void walk_part(struct walk *self, const struct sp_type_part *part)
{
	const size_t n = self->path.n;

	if (part->type == NULL)
		return;
	sp_buffer_printf(&self->path, ", ");
	sp_type_part_text(part, &self->path);
	walk(self, part->type);
	self->path.n = n;
}

static void walk(struct walk *self, const struct sp_type *type)
{
	const bool by_content = self->by_content, of_users = self->of_users;

	tell_serializer(self, type);
	tell_subclasses(self, type);
	tell_retired(self, type);
	if (self->place->is_key)
		tell_identity(self, type);
	self->by_content = type->kind == SP_ROW || (by_content && type->kind == SP_OBJECT_ARRAY);
	self->of_users |= type->kind == SP_POJO;
	for (size_t i = 0; i < sp_type_n_parts(type); i++) {
		const struct sp_type_part part = sp_type_part(type, i);

		walk_part(self, &part);
	}
	self->by_content = by_content;
	self->of_users = of_users;
}

void sp_type_fragile(const struct sp_type *type, const struct sp_fragile_place *place,
	sp_fragile_fn *found, void *arg)
{
	struct walk self = { .place = place, .found = found, .arg = arg };

	sp_buffer_printf(&self.path, "%s", place->role);
	walk(&self, type);
	sp_buffer_free(&self.path);
}
