/*
 * What the search for a hash function looks up again and again: the hash code of every field of
 * every object in the samples, in each way that functions count it (key-hash-columns.c).
 */
#ifndef SP_KEY_HASH_SEARCH_H
#define SP_KEY_HASH_SEARCH_H

#include "key-hash-internal.h"

struct sp_key_object;

/* A class, its objects in the samples, and the formula in question. */
struct sp_key_unit {
	struct sp_key_field fields[SP_KEY_FIELDS_MAX]; /* that can be hashed in every object */
	uint32_t inner[SP_KEY_FIELDS_MAX];             /* the units that are in a field, as bits */
	size_t n_fields;
	bool has_boolean;
	struct sp_key_object *objects;
	size_t n_objects, capacity;
	struct sp_key_orders orders;
	uint32_t stamp; /* of the formulas of the units inside */
	uint32_t name;
	const struct sp_key_family *family;
	const uint8_t *order;
	size_t n;
	bool is_first; /* of the formulas that are tried */
};

struct sp_key_search {
	struct sp_hash_hook hook;
	struct sp_arena *arena;
	const struct sp_key_classes *classes;
	const struct sp_key_samples *samples;
	struct sp_key_unit units[SP_KEY_CLASSES_MAX];
	uint32_t roots; /* units that are not in others, as bits */
	enum sp_row_rule row;
	enum sp_key_enums enums;
	bool probing; /* objects can be hashed, whatever their hash code will be */
	uint32_t stamp;
};

/* Finds the objects of the classes in the samples and the fields that count. */
void sp_key_search_begin(struct sp_key_search *s);

/* The formula of a unit has changed, and so have fields of those around it. */
void sp_key_search_changed(struct sp_key_search *s, size_t unit);

/* The units whose formulas are part of the hash code, as bits: others are in no field that counts.
 */
uint32_t sp_key_search_counted(const struct sp_key_search *s);

#endif
