/* Which files a snapshot has, and what each byte of them belongs to. */
#ifndef SURVEY_H
#define SURVEY_H

#include "source.h"

enum where {
	IN_METADATA,
	IN_KEYED,
	IN_OPERATOR,
	IN_TABLE,
	IN_TABLE_VERSION,
	IN_MANIFEST,
	IN_OPTIONS,
	IN_HEADER,
	IN_CHANGELOG,
	IN_CHANNELS,
	IN_NOTHING,
	N_WHERE,
};

struct file {
	char *path;
	uint64_t size;
};

struct region {
	size_t file;
	uint64_t start, end;
	enum where where;
};

struct survey {
	struct file *files; /* the first is the metadata; owned */
	size_t n_files;
	struct region *regions; /* owned */
	size_t n_regions;
};

/* Of an intact snapshot; aborts where it is not. */
void survey_make(struct survey *self, struct sp_source *source);
void survey_free(struct survey *self);

enum where survey_where(const struct survey *self, size_t file, uint64_t at);

/* Up to where anything refers to the file. */
uint64_t survey_used(const struct survey *self, size_t file);

#endif
