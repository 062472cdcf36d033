#include "unit.h"

#include "operator-chain.h"
#include "test-data.h"

static struct sp_snapshot *read_snapshot(const char *name)
{
	sp_auto_buffer bytes = { 0 };
	struct sp_snapshot *snapshot;
	struct sp_error err;

	test_data_read(name, &bytes);
	ck_ok(sp_metadata_read(sp_buffer_slice(&bytes), &snapshot, &err), err);
	return snapshot;
}

/* The operator whose id begins so. */
static size_t find(const struct sp_snapshot *snapshot, const char *prefix)
{
	char id[33];

	for (size_t i = 0; i < snapshot->n_operators; i++) {
		sp_operator_id_text(snapshot->operators[i].id, id);
		if (strncmp(id, prefix, strlen(prefix)) == 0)
			return i;
	}
	ck_abort_msg("no operator %s", prefix);
	return 0;
}

static void expect(const struct sp_snapshot *snapshot, const struct sp_chains *chains,
	const char *const pair[2], enum sp_chained want)
{
	const size_t a = find(snapshot, pair[0]), b = find(snapshot, pair[1]);

	ck_assert_msg(sp_chained(chains, a, b) == want, "%s and %s", pair[0], pair[1]);
	ck_assert_msg(sp_chained(chains, b, a) == want, "%s and %s", pair[1], pair[0]);
}

/* Source, keyed by nothing it is chained with; a keyed function and a sink behind it. */
START_TEST(ids_of_a_whole_job)
{
	static const char *const chain[] = { "20ba6b65", "c09dc291" };
	static const char *const apart[] = { "bc764cd8", "20ba6b65" };
	sp_auto(sp_snapshot) *snapshot =
		read_snapshot("snapshots/1.16-types-rocksdb-savepoint-native/_metadata");
	sp_auto(sp_chains) *chains = sp_chains_new(snapshot);

	expect(snapshot, chains, chain, SP_CHAINED_SURELY);
	expect(snapshot, chains, apart, SP_CHAINED_NOT);
}
END_TEST

#define SQL "metadata/2.2.0-sql-rocksdb-incremental.metadata"

static const char *const sql_chains[][2] = {
	{ "cf22443759", "b0ed7c7e49" }, /* src[109], Calc[110] */
	{ "2c5b16b214", "7f075008c7" }, /* src[120], Calc[121] */
	{ "2c5b16b214", "29dbeecc2b" }, /* src[120], Calc[126] */
	{ "40df73e218", "9abe7d7443" }, /* Join[130], Calc[131] */
	{ "1852332fec", "2a96c7f00e" }, /* GroupAggregate[112], its ConstraintEnforcer, TableTo… */
};

static const char *const sql_apart[][2] = {
	{ "b0ed7c7e49", "1852332fec" }, /* Calc[110], GroupAggregate[112] */
	{ "5f6f3866b7", "89a2a065ed" }, /* LocalWindowAggregate[140], GlobalWindowAggregate[142] */
	{ "65d72a1efc", "40df73e218" }, /* GroupAggregate[128], Join[130] */
	{ "7f075008c7", "ee2440830e" }, /* Calc[121], Deduplicate[123] */
};

/* The operators with uids can be chained behind any: let them be others. */
static void set_uids_apart(struct sp_snapshot *snapshot)
{
	for (size_t i = 0; i < snapshot->n_operators; i++)
		if (snapshot->operators[i].uid.n > 0)
			snapshot->operators[i].max_parallelism++;
}

START_TEST(ids_of_a_plan)
{
	sp_auto(sp_snapshot) *snapshot = read_snapshot(SQL);
	sp_auto(sp_chains) *chains = NULL;

	set_uids_apart(snapshot);
	chains = sp_chains_new(snapshot);
	for (size_t i = 0; i < sp_countof(sql_chains); i++)
		expect(snapshot, chains, sql_chains[i], SP_CHAINED_SURELY);
	for (size_t i = 0; i < sp_countof(sql_apart); i++)
		expect(snapshot, chains, sql_apart[i], SP_CHAINED_NOT);
}
END_TEST

START_TEST(uids_tell_nothing)
{
	static const char *const uids[] = { "8cab2cfea2", "e5a72f353f" };
	sp_auto(sp_snapshot) *snapshot = read_snapshot(SQL);
	sp_auto(sp_chains) *chains = sp_chains_new(snapshot);

	expect(snapshot, chains, uids, SP_CHAINED_PERHAPS);
	for (size_t i = 0; i < sp_countof(sql_chains); i++)
		expect(snapshot, chains, sql_chains[i], SP_CHAINED_PERHAPS);
}
END_TEST

/* Without its uid, the input of an operator is explained by it as it is by the input. */
START_TEST(mutual_explanations_tell_nothing)
{
	static const char *const pair[] = { "04fb28268c", "cf22443759" }; /* to-row, src[109] */
	sp_auto(sp_snapshot) *snapshot = read_snapshot(SQL);
	sp_auto(sp_chains) *chains = NULL;

	for (size_t i = 0; i < snapshot->n_operators; i++)
		snapshot->operators[i].uid = sp_slice(NULL, 0);
	chains = sp_chains_new(snapshot);
	expect(snapshot, chains, pair, SP_CHAINED_PERHAPS);
}
END_TEST

START_TEST(other_levels_are_other_tasks)
{
	static const char *const chain[] = { "20ba6b65", "c09dc291" };
	sp_auto(sp_snapshot) *snapshot =
		read_snapshot("snapshots/1.16-types-rocksdb-savepoint-native/_metadata");
	sp_auto(sp_chains) *chains = NULL;

	snapshot->operators[find(snapshot, "20ba6b65")].max_parallelism = 2;
	chains = sp_chains_new(snapshot);
	expect(snapshot, chains, chain, SP_CHAINED_NOT);
}
END_TEST

START_TEST(an_operator_of_version_1_is_a_task)
{
	static const char *const pair[] = { "8cab2cfea2", "e5a72f353f" };
	sp_auto(sp_snapshot) *snapshot = read_snapshot(SQL);
	sp_auto(sp_chains) *chains = NULL;

	snapshot->version = 1;
	chains = sp_chains_new(snapshot);
	expect(snapshot, chains, pair, SP_CHAINED_NOT);
}
END_TEST

static void fill(struct sp_snapshot *snapshot, struct sp_operator *operators, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		operators[i] = (struct sp_operator){ .parallelism = 2, .max_parallelism = 128 };
		sp_set_be64(operators[i].id, (i + 1) * 0x9e3779b97f4a7c15U);
		sp_set_be64(operators[i].id + 8, ~i);
	}
	*snapshot = (struct sp_snapshot){ .version = 3, .operators = operators, .n_operators = n };
}

START_TEST(large_jobs)
{
	static const size_t sizes[] = { 0, 1, 128, 1024, 5000 };
	struct sp_operator *operators = calloc(5000, sizeof(*operators));
	struct sp_snapshot snapshot;

	for (size_t i = 0; i < sp_countof(sizes); i++) {
		sp_auto(sp_chains) *chains = NULL;

		fill(&snapshot, operators, sizes[i]);
		chains = sp_chains_new(&snapshot);
		if (sizes[i] > 1)
			ck_assert_int_eq(sp_chained(chains, 0, sizes[i] - 1), SP_CHAINED_PERHAPS);
	}
	free(operators);
}
END_TEST

UNIT_MAIN("operator-chain", ids_of_a_whole_job, ids_of_a_plan, uids_tell_nothing,
	mutual_explanations_tell_nothing, other_levels_are_other_tasks,
	an_operator_of_version_1_is_a_task, large_jobs)
