/* The table of layouts. A new one is a file in this folder and a line here. */
#include "formats.h"

const struct sp_format *const sp_formats[] = {
	&sp_canonical,
	&sp_hashmap,
	&sp_memory,
	&sp_rocksdb,
	&sp_changelog,
	NULL,
};
