#include <inttypes.h>

#include "inspect.h"
#include "path.h"
#include "text.h"

static const struct sp_column columns[] = {
	{ "location", "Location", SP_COLUMN_TEXT },
	{ "metadata_version", "Metadata version", SP_COLUMN_INTEGER },
	{ "metadata_bytes", "Metadata size", SP_COLUMN_BYTES },
	{ "checkpoint_id", "Checkpoint id", SP_COLUMN_INTEGER },
	{ "kind", NULL, SP_COLUMN_TEXT },
	{ "kind_from", NULL, SP_COLUMN_TEXT },
	{ "savepoint_format", NULL, SP_COLUMN_TEXT },
	{ NULL, "Kind", SP_COLUMN_TEXT },
	{ "layout", "Layout", SP_COLUMN_TEXT },
	{ "written_from", NULL, SP_COLUMN_TEXT },
	{ "written_to", NULL, SP_COLUMN_TEXT },
	{ NULL, "Written by", SP_COLUMN_TEXT },
	{ "readable_from", NULL, SP_COLUMN_TEXT },
	{ "readable_to", NULL, SP_COLUMN_TEXT },
	{ NULL, "Metadata read by", SP_COLUMN_TEXT },
	{ "operators_count", "Operators", SP_COLUMN_INTEGER },
	{ "state_bytes", NULL, SP_COLUMN_INTEGER },
	{ "inline_bytes", NULL, SP_COLUMN_INTEGER },
	{ "files_count", NULL, SP_COLUMN_INTEGER },
	{ "files_bytes", NULL, SP_COLUMN_INTEGER },
	{ NULL, "State", SP_COLUMN_TEXT },
	{ "channel_bytes", NULL, SP_COLUMN_INTEGER },
	{ NULL, "In-flight data", SP_COLUMN_TEXT },
	{ "references_inline", NULL, SP_COLUMN_INTEGER },
	{ "references_relative", NULL, SP_COLUMN_INTEGER },
	{ "references_absolute", NULL, SP_COLUMN_INTEGER },
	{ "references_segment", NULL, SP_COLUMN_INTEGER },
	{ "references_missing", NULL, SP_COLUMN_INTEGER },
	{ "references_moved", NULL, SP_COLUMN_INTEGER },
	{ "self_contained", NULL, SP_COLUMN_BOOL },
	{ NULL, "Self-contained", SP_COLUMN_TEXT },
	{ "relocatable", NULL, SP_COLUMN_BOOL },
	{ NULL, "Relocatable", SP_COLUMN_TEXT },
	{ "moved_from", "Moved from", SP_COLUMN_TEXT },
	{ "dialect", "Dialect", SP_COLUMN_TEXT },
	{ "trailing_bytes", NULL, SP_COLUMN_INTEGER },
	{ NULL, "Trailing bytes", SP_COLUMN_TEXT },
	{ "master_states", NULL, SP_COLUMN_INTEGER },
	{ NULL, "Master states", SP_COLUMN_TEXT },
};

/* --- savepoint or checkpoint -------------------------------------------------------------- */

static bool is_checkpoint_name(const char *name)
{
	int end = 0;

	sscanf(name, "chk-%*[0-9]%n", &end);
	return end > 0 && name[end] == '\0';
}

/* savepoint-<6 hex>-<12 hex> */
static bool is_savepoint_name(const char *name)
{
	static const char hex[] = "0123456789abcdef";

	return strncmp(name, "savepoint-", 10) == 0 && strspn(name + 10, hex) == 6 &&
	       name[16] == '-' && strspn(name + 17, hex) == 12 && name[29] == '\0';
}

struct kind {
	const char *kind;   /* NULL: not known */
	const char *from;   /* "properties", "inferred"; NULL: not known */
	const char *format; /* of a savepoint: "canonical", "native" */
	char reason[128];   /* of what was inferred */
};

static bool has_canonical_handle(const struct sp_snapshot *snapshot)
{
	for (size_t i = 0; i < snapshot->n_operators; i++)
		for (size_t j = 0; j < snapshot->operators[i].n_subtasks; j++)
			if (snapshot->operators[i].subtasks[j].managed_keyed.code ==
				SP_KEYED_SAVEPOINT)
				return true;
	return false;
}

static bool has_role(const struct sp_survey *survey, enum sp_role role)
{
	for (size_t i = 0; i < survey->n; i++)
		if (survey->list[i].reference.role == role)
			return true;
	return false;
}

static void infer(struct kind *ret, const char *kind, const char *format, const char *reason)
{
	ret->kind = kind;
	ret->from = "inferred";
	ret->format = format;
	snprintf(ret->reason, sizeof(ret->reason), "%s", reason);
}

/* What only one of the two can have. */
static void infer_kind(const struct sp_survey *survey, struct kind *ret)
{
	const char *name = sp_path_base(survey->source->directory);

	if (has_canonical_handle(survey->source->snapshot))
		infer(ret, "savepoint", "canonical", "it has savepoint state handles");
	else if (has_role(survey, SP_ROLE_INPUT_CHANNEL) ||
		 has_role(survey, SP_ROLE_RESULT_SUBPARTITION))
		infer(ret, "checkpoint", NULL, "it has in-flight data");
	else if (survey->changelog)
		infer(ret, "checkpoint", NULL, "it has a changelog");
	else if (is_checkpoint_name(name))
		infer(ret, "checkpoint", NULL, "by the name of its directory");
	else if (is_savepoint_name(name))
		infer(ret, "savepoint", NULL, "by the name of its directory");
	else if (survey->source->snapshot->version >= 3 && survey->n_absolute > 0)
		infer(ret, "checkpoint", NULL, "it refers to files by absolute paths");
}

static struct kind kind_of(const struct sp_survey *survey)
{
	const struct sp_properties *properties = &survey->source->snapshot->properties;
	struct kind ret = { .from = "properties" };

	switch (properties->type) {
	case SP_TYPE_SAVEPOINT:
		ret.kind = "savepoint";
		ret.format = properties->native ? "native" : "canonical";
		break;
	case SP_TYPE_CHECKPOINT: ret.kind = "checkpoint"; break;
	case SP_TYPE_FULL_CHECKPOINT: ret.kind = "full checkpoint"; break;
	case SP_TYPE_UNKNOWN:
		ret.from = NULL;
		infer_kind(survey, &ret);
		break;
	}
	return ret;
}

static void add_kind(const struct sp_survey *survey, struct sp_table *table)
{
	const struct kind kind = kind_of(survey);
	const struct sp_snapshot *snapshot = survey->source->snapshot;

	sp_table_text(table, kind.kind);
	sp_table_text(table, kind.from);
	sp_table_text(table, kind.format);
	if (kind.kind == NULL)
		sp_table_format(table, "savepoint or checkpoint (%s)",
			snapshot->version < 4 ? "this version does not say"
					      : "no checkpoint properties");
	else if (kind.reason[0] != '\0')
		sp_table_format(table, "%s (%s)", kind.kind, kind.reason);
	else if (kind.format != NULL)
		sp_table_format(table, "%s savepoint", kind.format);
	else
		sp_table_text(table, kind.kind);
}

/* --- where its files are ------------------------------------------------------------------ */

static void add_reason(struct sp_buffer *reasons, size_t n, const char *one, const char *many)
{
	if (n > 0)
		sp_buffer_printf(
			reasons, "%s%zu %s", reasons->n > 0 ? ", " : "", n, n == 1 ? one : many);
}

static void add_verdict(struct sp_table *table, struct sp_buffer *reasons)
{
	sp_table_bool(table, reasons->n == 0);
	if (reasons->n == 0)
		sp_table_text(table, "yes");
	else
		sp_table_format(table, "no: %s", sp_text_of(reasons));
}

/* Are all bytes below the directory of the metadata? */
static void add_self_contained(const struct sp_survey *survey, struct sp_table *table)
{
	sp_auto_buffer reasons = { 0 };

	add_reason(&reasons, survey->n_missing, "missing file", "references to missing files");
	add_reason(&reasons, survey->n_outside, "reference to a file outside of the directory",
		"references to files outside of the directory");
	add_reason(&reasons, survey->n_elsewhere, "reference to another storage system",
		"references to another storage system");
	add_verdict(table, &reasons);
}

/* Does Flink find all of it wherever the directory is copied to? */
static void add_relocatable(const struct sp_survey *survey, struct sp_table *table)
{
	sp_auto_buffer reasons = { 0 };

	add_reason(&reasons, survey->n_absolute, "absolute path", "absolute paths");
	add_reason(&reasons, survey->n_segments, "segment of merged files (absolute path)",
		"segments of merged files (absolute paths)");
	add_reason(&reasons, survey->n_upward, "relative path out of the directory",
		"relative paths out of the directory");
	if (survey->merged_files && survey->n_segments == 0)
		sp_buffer_printf(&reasons, "%sdirectories of merged files (absolute paths)",
			reasons.n > 0 ? ", " : "");
	add_verdict(table, &reasons);
}

static void add_references(const struct sp_survey *survey, struct sp_table *table)
{
	sp_table_number(table, (int64_t)survey->n_inline);
	sp_table_number(table, (int64_t)survey->n_relative);
	sp_table_number(table, (int64_t)survey->n_absolute);
	sp_table_number(table, (int64_t)survey->n_segments);
	sp_table_number(table, (int64_t)survey->n_missing);
	sp_table_number(table, (int64_t)survey->n_moved);
	add_self_contained(survey, table);
	add_relocatable(survey, table);
	sp_table_text(table, survey->source->moved_from);
}

/* --- the rest ----------------------------------------------------------------------------- */

static void add_release_range(
	struct sp_table *table, sp_release from, sp_release to, const char *none)
{
	char a[16], b[16];

	sp_release_text(from, a);
	sp_release_text(to, b);
	if (from == 0 || to == 0 || from > to) {
		sp_table_none(table);
		sp_table_none(table);
		sp_table_text(table, none);
		return;
	}
	sp_table_text(table, a);
	sp_table_text(table, b);
	if (from == to)
		sp_table_format(table, "Flink %s", a);
	else
		sp_table_format(table, "Flink %s to %s", a, b);
}

static void add_releases(const struct sp_survey *survey, struct sp_table *table)
{
	struct sp_releases releases;

	sp_releases_of(survey->source->snapshot, &releases);
	add_release_range(table, releases.written_from, releases.written_to,
		"no release of Flink (another tool)");
	add_release_range(table, releases.read_from, releases.read_to, "no release of Flink");
}

static void add_sizes(const struct sp_survey *survey, struct sp_table *table)
{
	const struct sp_snapshot *snapshot = survey->source->snapshot;
	uint64_t all = 0, channel = 0;
	char total[16], files[16], in_metadata[16];

	for (size_t i = 0; i < snapshot->n_operators; i++) {
		all = sp_sum_bytes(all, sp_operator_bytes(&survey->sums[i]));
		channel = sp_sum_bytes(channel, survey->sums[i].channel);
	}
	sp_table_number(table, (int64_t)snapshot->n_operators);
	sp_table_number(table, (int64_t)all);
	sp_table_number(table, (int64_t)survey->inline_bytes);
	sp_table_number(table, (int64_t)survey->n_files);
	sp_table_number(table, (int64_t)survey->file_bytes);
	sp_table_format(table, "%s (%zu file%s of %s, inline %s)", sp_text_size(all, total),
		survey->n_files, survey->n_files == 1 ? "" : "s",
		sp_text_size(survey->file_bytes, files),
		sp_text_size(survey->inline_bytes, in_metadata));
	sp_table_number(table, (int64_t)channel);
	if (channel > 0)
		sp_table_format(table, "%s (unaligned checkpoint)", sp_text_size(channel, total));
	else
		sp_table_none(table);
}

static const char *dialect_text(enum sp_dialect dialect)
{
	switch (dialect) {
	case SP_DIALECT_CHANNELS_1_11: return "in-flight data as only Flink 1.11 reads it";
	case SP_DIALECT_CHANGELOG_1_14: return "changelog as only Flink 1.14 reads it";
	case SP_DIALECT_NORMAL: break;
	}
	return NULL;
}

static void add_remarks(const struct sp_snapshot *snapshot, struct sp_table *table)
{
	sp_table_text(table, dialect_text(snapshot->dialect));
	sp_table_number(table, (int64_t)snapshot->trailing_bytes);
	if (snapshot->trailing_bytes > 0)
		sp_table_format(table, "%" PRIu64 " behind the last field, ignored by Flink",
			snapshot->trailing_bytes);
	else
		sp_table_none(table);
	sp_table_number(table, (int64_t)snapshot->n_master_states);
	if (snapshot->n_master_states > 0)
		sp_table_format(table, "%zu", snapshot->n_master_states);
	else
		sp_table_none(table);
}

struct sp_table *sp_inspect_header(const struct sp_survey *survey)
{
	const struct sp_snapshot *snapshot = survey->source->snapshot;
	struct sp_table *table = sp_table_new(columns, sp_countof(columns));

	sp_table_text(table, survey->source->location);
	sp_table_number(table, snapshot->version);
	sp_table_number(table, (int64_t)snapshot->metadata_size);
	sp_table_number(table, snapshot->checkpoint_id);
	add_kind(survey, table);
	sp_table_text(table, survey->layout);
	add_releases(survey, table);
	add_sizes(survey, table);
	add_references(survey, table);
	add_remarks(snapshot, table);
	return table;
}
