#include "unit.h"

#include "path.h"

static void assert_normal(const char *path, const char *expected)
{
	char *normal = sp_path_normalise(path);

	ck_assert_str_eq(normal, expected);
	free(normal);
}

START_TEST(normalises_as_flink)
{
	assert_normal("/a//b/./c/", "/a/b/c");
	assert_normal("/a/b/../../../c", "/c");
	assert_normal("\\a\\b", "/a/b");
	assert_normal("a/../../b", "../b");
	assert_normal("../../x", "../../x");
	assert_normal("/", "/");
	assert_normal("/..", "/");
	assert_normal("a b/%20+", "a b/%20+");
}
END_TEST

START_TEST(tells_the_root_of_a_uri)
{
	ck_assert_uint_eq(sp_path_root("/a"), 0);
	ck_assert_uint_eq(sp_path_root("file:/a"), 5);
	ck_assert_uint_eq(sp_path_root("file:///a"), 7);
	ck_assert_uint_eq(sp_path_root("s3://bucket/a"), 11);
	ck_assert_uint_eq(sp_path_root("a:b"), 0);
	ck_assert_uint_eq(sp_path_root("hdfs:///a"), 7);
}
END_TEST

START_TEST(tells_what_lies_below)
{
	ck_assert(sp_path_below("/a/b", "/a"));
	ck_assert(sp_path_below("/a", "/a"));
	ck_assert(!sp_path_below("/ab", "/a"));
	ck_assert(sp_path_below("/x", "/"));
	ck_assert(!sp_path_below("hdfs:/x", "/"));
}
END_TEST

UNIT_MAIN("path", normalises_as_flink, tells_the_root_of_a_uri, tells_what_lies_below)
