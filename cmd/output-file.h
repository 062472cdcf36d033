/* A file that is there when it is complete: written beside its place, then renamed. */
#ifndef SP_OUTPUT_FILE_H
#define SP_OUTPUT_FILE_H

#include <stdio.h>

#include "error.h"

struct sp_output_file {
	FILE *to; /* to be written to; errors show at the commit */
	char *path;
	char *temporary; /* NULL: `to` is the place itself: stdout, a pipe, a device */
};

/* "-" is stdout. `ret` is freed with sp_output_file_free() in any case. SP_EIO, SP_ETRANSIENT. */
int sp_output_file_open(const char *path, struct sp_output_file *ret, struct sp_error *err);

/* All is written: it appears in its place. */
int sp_output_file_commit(struct sp_output_file *file, struct sp_error *err);

/* What was not committed is gone. */
void sp_output_file_free(struct sp_output_file *file);

#endif
