/*
 * Key hashes: which Java hash function puts the keys of an operator into their key groups. The
 * snapshot does not say it; of built-in types it is known, but for Row, whose rule depends on the
 * release; that of user-defined classes is inferred from keys and the key groups they lie in, and
 * proved over all of them.
 *
 * A key hash is a set of rules that come into question. Whoever walks all keys asks each time which
 * of them hold; a rule that holds for every key is proved.
 */
#ifndef SP_KEY_HASH_H
#define SP_KEY_HASH_H

#include "type.h"
#include "value.h"

struct sp_key_hash; /* does not change once it is made; workers share it */

/* A key, as its serializer wrote it, and where it was found. */
struct sp_key_sample {
	struct sp_slice key;
	uint32_t key_group;
};

/* Distinct keys of an operator that an inference should be given, where there are so many. */
#define SP_KEY_SAMPLES 256

/* Has the type a hash function of its own, which has to be inferred from samples? */
bool sp_key_hash_is_inferred(const struct sp_type *type);

/* May one state a function for keys of this type: has it classes of its own, or Row? */
bool sp_key_hash_can_be_stated(const struct sp_type *type);

/*
 * The rules for keys of this type, which has to outlive them. Samples serve inference, and tell
 * what Kryo really wrote; a few that lie in a wrong key group do not mislead it. Fails only with
 * SP_EDAMAGED, where a sample cannot be decoded. Of the samples, the first SP_KEY_SAMPLES count.
 */
int sp_key_hash_new(const struct sp_type *type, enum sp_kryo kryo, int32_t max_parallelism,
	const struct sp_key_sample *samples, size_t n_samples, struct sp_key_hash **ret,
	struct sp_error *err);

/*
 * The rule that somebody states for keys with classes of their own, in the words of
 * sp_key_hash_rule(): "record(id, name)"; upper and lower case are the same. Where it does not say
 * which rule of Row, all of them come into question; of keys with Row, but without such classes,
 * this rule is all there is to be stated. SP_EUSAGE names what is not understood; SP_EUNSUPPORTED
 * for types that nobody can hash.
 */
int sp_key_hash_parse(const struct sp_type *type, enum sp_kryo kryo, const char *rule,
	struct sp_key_hash **ret, struct sp_error *err);

/* Takes NULL. */
void sp_key_hash_free(struct sp_key_hash *hash);
SP_DEFINE_CLEANUP(sp_key_hash, sp_key_hash_free)

/* Rules left; 0: none is known. At most SP_KEY_RULES_MAX. */
#define SP_KEY_RULES_MAX 32
size_t sp_key_hash_rules(const struct sp_key_hash *hash);

/* "Row.hashCode() of Flink 1.13 and later", "Objects.hash(id, name)" */
const char *sp_key_hash_rule(const struct sp_key_hash *hash, size_t rule);

/* Had Flink the rule in a release from `from` to `to`? Only Row's rules are not of all. */
bool sp_key_hash_is_of(const struct sp_key_hash *hash, size_t rule, sp_release from, sp_release to);

/* Why there is no rule: "enums hash by identity", "no usual formula over the fields of Pojo X
 * explains the keys"; NULL where there is one. */
const char *sp_key_hash_reason(const struct sp_key_hash *hash);

/* The functions that were tried; 1 where it was known. log2 of it is what the keys must outweigh
 * (serializers: infer, then prove). */
double sp_key_hash_tried(const struct sp_key_hash *hash);

/* Bits by which an inferred function has to outweigh the others: a chance of one in a million. */
#define SP_KEY_MARGIN_BITS 20

/*
 * Bits by which so many distinct keys, each in the key group that the rule gives it, outweigh the
 * functions that were tried: the chance that the rule is a wrong one is 2 to the minus that.
 */
double sp_key_hash_margin(const struct sp_key_hash *hash, uint64_t keys, int32_t max_parallelism);

/*
 * The hash code of a key under each rule. `arena` is for what is decoded, and NULL where
 * sp_key_hash_is_fast(). SP_EDAMAGED where the key cannot be decoded; SP_EUNSUPPORTED where this
 * one, of a class that its type does not tell (Kryo, a subclass of a POJO), has no hash code.
 */
int sp_key_hash_codes(const struct sp_key_hash *hash, struct sp_slice key, struct sp_arena *arena,
	int32_t codes[SP_KEY_RULES_MAX], struct sp_error *err);

/* Strings, numbers: hashed right from their bytes. */
bool sp_key_hash_is_fast(const struct sp_key_hash *hash);

#endif
