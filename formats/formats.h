/* The drivers; see formats.c for the table. */
#ifndef SP_FORMATS_H
#define SP_FORMATS_H

#include "format.h"

extern const struct sp_format sp_canonical;
extern const struct sp_format sp_hashmap;
extern const struct sp_format sp_memory;
extern const struct sp_format sp_rocksdb;
extern const struct sp_format sp_changelog;

#endif
