/* Results for every release, of every real snapshot: planned, written, and read again. */
#include "made.h"
#include "migrate.h"
#include "real.h"

#define R SP_RELEASE

static const sp_release releases[] = { R(1, 11), R(1, 12), R(1, 13), R(1, 14), R(1, 15), R(1, 16),
	R(1, 17), R(1, 18), R(1, 19), R(1, 20), R(2, 0), R(2, 1), R(2, 2) };

static int migrate(struct sp_source *source, const char *target, sp_release release,
	struct sp_migration_result *ret, struct sp_error *err)
{
	sp_auto(sp_store) *store = sp_store_file_new();
	struct sp_counters counters = { 0 };
	const struct sp_migration migration = {
		.source = source,
		.target = &sp_canonical,
		.store = store,
		.directory = target,
		.jobs = 1,
		.memory = 1 << 24,
		.tmpdir = "/tmp",
		.inline_threshold = SP_INLINE_THRESHOLD,
		.release = release,
		.counters = &counters,
	};

	return sp_migrate(&migration, ret, err);
}

static size_t n_written, n_refused;

static void check_result(const char *name, const char *target, sp_release release, int32_t version)
{
	sp_auto(sp_source) *source = NULL;
	struct sp_releases readable;
	struct sp_error err;

	ck_ok(sp_source_open(target, &source, &err), err);
	sp_releases_of(source->snapshot, &readable);
	ck_assert_msg(release >= readable.read_from && release <= readable.read_to,
		"%s: made for %d, read by %d to %d", name, release, readable.read_from,
		readable.read_to);
	ck_assert_int_eq(source->snapshot->version, version);
}

static int32_t version_for(sp_release release)
{
	return release >= R(2, 1) ? 6 : release >= R(2, 0) ? 5 : release >= R(1, 16) ? 4 : 3;
}

static void migrate_for(const char *name, struct sp_source *source, const char *scratch,
	sp_release release, bool own)
{
	char *target = sp_path_join(scratch, "result");
	struct sp_migration_result result;
	struct sp_error err;
	int r = migrate(source, target, release, &result, &err);

	if (r == 0) {
		ck_assert_int_eq(result.release, release);
		check_result(name, target, release, version_for(release));
		n_written++;
		scratch_remove(target);
		target = NULL;
	} else {
		ck_assert_msg(
			r == SP_EUNSUPPORTED && !own, "%s for %d: %s", name, release, err.message);
		n_refused++;
	}
	sp_migration_result_free(&result);
	free(target);
}

static void migrate_snapshot(const char *name, const char *directory)
{
	char *scratch = scratch_make();
	sp_auto(sp_source) *source = NULL;
	struct sp_migration_result result;
	struct sp_error err;
	int major, minor;
	char *first = sp_path_join(scratch, "first");

	ck_assert_int_eq(sscanf(name, "%d.%d", &major, &minor), 2);
	ck_ok(sp_source_open(directory, &source, &err), err);
	if (migrate(source, first, 0, &result, &err) == 0)
		for (size_t i = 0; i < sp_countof(releases); i++)
			migrate_for(
				name, source, scratch, releases[i], releases[i] == R(major, minor));
	sp_migration_result_free(&result);
	free(first);
	scratch_remove(scratch);
}

START_TEST(results_are_read_by_the_release_they_are_for)
{
	ck_assert_int_ge(real_for_each(migrate_snapshot), 15);
	ck_assert_uint_gt(n_written, 100);
	ck_assert_uint_gt(n_refused, 20);
}
END_TEST

UNIT_MAIN("migrate-release", results_are_read_by_the_release_they_are_for)
