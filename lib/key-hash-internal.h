/*
 * Behind key-hash.h: what a key's type is made of (key-hash-type.c), hash codes right from bytes
 * (key-hash-fast.c), classes with a hash function of their own (key-hash-class.c), the functions
 * that programmers and their tools write (key-hash-formula.c), the orders of fields that come into
 * question (key-hash-order.c), and the search for those that explain the samples
 * (key-hash-infer.c; key-hash-columns.c has what it looks up there again and again).
 */
#ifndef SP_KEY_HASH_INTERNAL_H
#define SP_KEY_HASH_INTERNAL_H

#include "key-hash.h"
#include "value-hash.h"

/* What a type says about the hash codes of its values. */
struct sp_key_survey {
	bool has_row;       /* the rule depends on the release */
	bool has_pojo;      /* it has parts that have a hash function of their own, */
	bool has_product;   /* or may have one: case classes of the user */
	const char *reason; /* it has a part that nobody can hash; lives in the arena; else NULL */
	const char *doubt;  /* the same, if Kryo wrote what the type says; only values tell */
};

struct sp_key_survey sp_key_survey(const struct sp_type *type, struct sp_arena *arena);

/* Is it a case class of the user? Is it a tuple of Flink's Java API? */
bool sp_key_is_product(const struct sp_type *type);
bool sp_key_is_tuple(const struct sp_type *type);

/* "Row.hashCode() of Flink 1.12" */
const char *sp_key_row_rule_text(enum sp_row_rule row);

/* The type behind wrappers that write the same bytes. */
const struct sp_type *sp_key_type(const struct sp_type *type);

/* The hash code of a value at `p`, and the byte behind it; NULL: the bytes are none. */
typedef const uint8_t *sp_key_take(const uint8_t *p, const uint8_t *end, uint32_t *ret);

/* How keys are hashed right from their bytes: the fields of a tuple, or the key itself. */
#define SP_KEY_FAST_MAX 25 /* Tuple25 */
struct sp_key_fast {
	sp_key_take *takes[SP_KEY_FAST_MAX];
	size_t n; /* 0: they have to be decoded */
};

struct sp_key_fast sp_key_fast(const struct sp_type *type);

/* 1: *ret; 0: the bytes are not those of a key of this type. */
int sp_key_fast_hash(const struct sp_key_fast *fast, struct sp_slice key, int32_t *ret);

/* How a field counts. */
enum sp_key_column {
	SP_COLUMN_JAVA,         /* hashCode(), null 0 */
	SP_COLUMN_LOMBOK,       /* null 43, boolean 79 or 97 */
	SP_COLUMN_LOMBOK_BOXED, /* null 43 */
	SP_COLUMN_SCALA,        /* ## */
	SP_COLUMN_BOOLEAN_1_0,  /* boolean 1 or 0 */
	SP_COLUMN_BOOLEAN_0_1,  /* boolean 0 or 1 */
};
#define SP_COLUMNS 6

enum sp_key_fold {
	SP_FOLD_LINEAR, /* h = factor * h + field, from start */
	SP_FOLD_XOR,
	SP_FOLD_SUM,
	SP_FOLD_PRODUCT,       /* scala.util.hashing.MurmurHash3.productHash, Scala 2.11, 2.12 */
	SP_FOLD_NAMED_PRODUCT, /* the same with the name of the class, Scala 2.13 */
};

/* How functions fold the fields of an object into one number. */
struct sp_key_family {
	char name[32];
	enum sp_key_fold fold;
	enum sp_key_column column;
	uint32_t start, factor;
	bool for_booleans; /* the same as another one where no field is boolean */
};

/* The usual ones, the simplest first. */
const struct sp_key_family *sp_key_families(size_t *n);

/* 31-rules with other factors and starts, as some tools draw them by lot; in the arena. */
const struct sp_key_family *sp_key_other_families(struct sp_arena *arena, size_t *n);

/* Of n fields: fields[order[i]]; `name` is the hash code of the class's simple name. */
uint32_t sp_key_fold(const struct sp_key_family *family, const uint32_t *fields,
	const uint8_t *order, size_t n, uint32_t name);

/* Arrays do count by content: few tools forget that they have no hashCode() of their own. */
int sp_key_field_hash(const struct sp_value *field, enum sp_key_column column, enum sp_row_rule row,
	const struct sp_hash_hook *hook, uint32_t *ret);

#define SP_KEY_CLASSES_MAX 4
#define SP_KEY_FIELDS_MAX 32 /* that are looked at */

/* A class of the user's and its subclasses: one hash function. */
struct sp_key_class {
	const struct sp_type *type;
	uint32_t name; /* hash code of its simple name */
};

struct sp_key_classes {
	struct sp_key_class all[SP_KEY_CLASSES_MAX]; /* those inside of others come first */
	size_t n;
	bool products;     /* case classes of the user's are among them */
	const char *fault; /* why they cannot be told; NULL: they can */
};

struct sp_key_classes sp_key_classes(
	const struct sp_type *type, bool products, struct sp_arena *arena);

/* The class's number, -1: the value is not of one. */
int sp_key_class_of(const struct sp_key_classes *classes, const struct sp_value *v);

/* How an enum in a class counts. */
enum sp_key_enums {
	SP_ENUMS_NOT,
	SP_ENUMS_BY_NAME,
	SP_ENUMS_BY_ORDINAL,
};

/* As of a hook. */
int sp_key_enum_hash(enum sp_key_enums enums, const struct sp_value *v, uint32_t *ret);

struct sp_key_formula {
	struct sp_key_family family;
	struct sp_key_field {
		struct sp_slice name; /* n = 0: of a case class */
		size_t position;
	} fields[SP_KEY_FIELDS_MAX];
	size_t n;
};

/* The field in a value of the class or a subclass; NULL: it has none. */
const struct sp_value *sp_key_field(const struct sp_value *v, const struct sp_key_field *field);

struct sp_key_rule {
	enum sp_row_rule row;
	const char *text;
	enum sp_key_enums enums;
	const struct sp_key_formula *formulas; /* by class; NULL: nothing was inferred */
};

int sp_key_rule_hash(const struct sp_key_rule *rule, const struct sp_key_classes *classes,
	const struct sp_value *v, int32_t *ret);

struct sp_key_hash {
	struct sp_arena *arena;
	const struct sp_type *type;
	enum sp_kryo kryo;
	struct sp_key_fast fast;
	struct sp_key_classes classes;
	struct sp_key_rule rules[SP_KEY_RULES_MAX];
	size_t n_rules;
	const char *reason;
	double tried;
};

/* Samples that may lie in a wrong key group: one in so many. */
#define SP_KEY_WRONG_IN 10

/* "Key" of "my.package.Outer$Key" */
struct sp_slice sp_key_simple_name(struct sp_slice class_name);

/* "Objects.hash(id, name)", "Key: record(id, part), Part: record(a, b)"; in the hash's arena. */
const char *sp_key_rule_text(
	const struct sp_key_hash *hash, const struct sp_key_rule *rule, bool has_row);

/* Sets the rules from such a text (key-hash-spec.c). */
int sp_key_parse_rule(
	struct sp_key_hash *hash, const char *text, bool has_row, struct sp_error *err);

struct sp_key_samples {
	const struct sp_key_sample *keys;
	struct sp_key_sample_value {
		struct sp_value value;
		uint32_t key_group;
	} * all; /* decoded; those that nobody understands are left out */
	size_t n;
	int32_t max_parallelism;
};

/* Finds the rules; sets `reason` where there is none. */
void sp_key_infer(struct sp_key_hash *hash, const struct sp_key_survey *parts,
	const struct sp_key_samples *samples);

/* Which fields in which order, as numbers below n_fields; those of few fields first. */
struct sp_key_orders {
	uint8_t *bytes;
	uint32_t *at; /* order i: bytes at[i] to at[i + 1] */
	size_t n;
	bool complete; /* there are no others */
};

struct sp_key_orders sp_key_orders(size_t n_fields, size_t limit, struct sp_arena *arena);

#endif
