/*
 * What the commands share that write a snapshot: SRC and DST, the run with its progress, and what
 * is printed of it.
 */
#ifndef SP_MIGRATION_H
#define SP_MIGRATION_H

#include "command.h"
#include "migrate.h"
#include "output.h"

/* Every spelling of every layout; --help and completion show them. */
#define SP_LAYOUTS "canonical|hashmap|filesystem|fs|heap|rocksdb|memory|jobmanager"

struct sp_migration_call {
	const char *source, *target;   /* as the user gave them */
	struct sp_migration migration; /* source, store and directory belong to the call */
	struct sp_counters counters;
	double seconds; /* taken, or estimated */
	struct sp_migration_result result;
};

/* A call with what the common options say. */
void sp_migration_begin(const struct sp_globals *globals, struct sp_migration_call *ret);

/* Opens SRC and DST. `allowed` are PREFIXes, ended by NULL, or NULL. SP_EUSAGE: see check_apart. */
int sp_migration_open(struct sp_migration_call *call, char *const *allowed, struct sp_error *err);

/* Migrates and fills in result and seconds; shows progress meanwhile. */
int sp_migration_run(
	const struct sp_globals *globals, struct sp_migration_call *call, struct sp_error *err);

void sp_migration_end(struct sp_migration_call *call);

/* A layout by any of its names; SP_EUSAGE. */
int sp_parse_layout(
	const char *name, const char *option, const struct sp_format **ret, struct sp_error *err);

/* --- what is printed ----------------------------------------------------------------------- */

/* Columns of the summary; a command's own stand between head and tail. */
#define SP_SUMMARY_HEAD                                                                            \
	{ "source", "Source", SP_COLUMN_TEXT }, { "target", "Target", SP_COLUMN_TEXT },            \
		{ "layout", "Layout", SP_COLUMN_TEXT }, { "rows", "Rows", SP_COLUMN_INTEGER },     \
		{ "bytes_read", "Keyed state read", SP_COLUMN_BYTES },                             \
		{ "bytes_written", "Keyed state written", SP_COLUMN_BYTES },                       \
		{ "bytes_carried", "Carried over", SP_COLUMN_BYTES },                              \
		{ "files", NULL, SP_COLUMN_INTEGER },                                              \
	{                                                                                          \
		NULL, "Files", SP_COLUMN_TEXT                                                      \
	}
#define SP_SUMMARY_TAIL                                                                            \
	{ "flink", NULL, SP_COLUMN_TEXT }, { NULL, "Restored by", SP_COLUMN_TEXT },                \
		{ "metadata_version", "Metadata version", SP_COLUMN_INTEGER },                     \
		{ "readable_from", NULL, SP_COLUMN_TEXT },                                         \
		{ "readable_to", NULL, SP_COLUMN_TEXT },                                           \
		{ NULL, "Metadata read by", SP_COLUMN_TEXT },                                      \
	{                                                                                          \
		NULL, "Seconds", SP_COLUMN_TEXT                                                    \
	}

/* Adds the cells of these columns. */
void sp_summary_head(struct sp_table *table, const struct sp_migration_call *call);
void sp_summary_tail(struct sp_table *table, const struct sp_migration_call *call);

/* The same of the table of operators. */
#define SP_OPERATOR_HEAD                                                                           \
	{ "name", "Name", SP_COLUMN_TEXT }, { "uid", "Uid", SP_COLUMN_TEXT },                      \
		{ "id", "Operator id", SP_COLUMN_TEXT },                                           \
	{                                                                                          \
		"from", "From", SP_COLUMN_TEXT                                                     \
	}
#define SP_OPERATOR_TAIL                                                                           \
	{ "rows", "Rows", SP_COLUMN_INTEGER },                                                     \
		{ "bytes_read", "Keyed state read", SP_COLUMN_BYTES },                             \
		{ "bytes_written", "Written", SP_COLUMN_BYTES },                                   \
	{                                                                                          \
		"bytes_carried", "Carried over", SP_COLUMN_BYTES                                   \
	}

void sp_operator_head(struct sp_table *table, const struct sp_migration_operator *op);
void sp_operator_tail(struct sp_table *table, const struct sp_migration_call *call,
	const struct sp_migration_operator *op);

/* Prints both, as a document of `command` or for people. */
void sp_migration_print(const struct sp_globals *globals, const struct sp_migration_call *call,
	const char *command, const struct sp_table *const tables[2]);

#endif
