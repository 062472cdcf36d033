#include "unit.h"

#include <pthread.h>
#include <string.h>

#include "path.h"
#include "scratch.h"
#include "source.h"

static char *root;
static struct sp_source source;

static void set_up(void)
{
	root = scratch_make();
	source = (struct sp_source){
		.store = sp_store_file_new(), .directory = root, .tree = root, .metadata_path = root
	};
}

static void tear_down(void)
{
	sp_store_free(source.store);
	free(source.moved_from);
	scratch_remove(root);
}

static void make_file(const char *name)
{
	char *path = sp_path_join(root, name);
	FILE *f = fopen(path, "w");

	ck_assert(f != NULL);
	fputs("1234567890", f);
	fclose(f);
	free(path);
}

static int locate(enum sp_handle_code code, struct sp_slice name, struct sp_located *ret)
{
	const struct sp_handle handle = { .code = code, .name = name, .size = 10 };
	struct sp_error err;

	return sp_source_locate(&source, &handle, ret, &err);
}

static void expect(enum sp_handle_code code, struct sp_slice name, enum sp_presence presence)
{
	struct sp_located at;

	ck_assert_int_eq(locate(code, name, &at), 0);
	ck_assert_int_eq(at.presence, presence);
	sp_located_free(&at);
}

START_TEST(finds_files)
{
	set_up();
	make_file("f");
	expect(SP_HANDLE_RELATIVE, sp_slice_of("f"), SP_PRESENT);
	expect(SP_HANDLE_RELATIVE, sp_slice_of("g"), SP_MISSING);
	expect(SP_HANDLE_FILE, sp_slice_of("/no/such/g"), SP_MISSING);
	expect(SP_HANDLE_FILE, sp_slice_of("/no/such/f"), SP_PRESENT_MOVED);
	ck_assert_str_eq(source.moved_from, "/no/such");
	tear_down();
}
END_TEST

/* Java refuses such a path, where C would read the file before the zero. */
START_TEST(finds_no_file_with_a_zero_in_its_name)
{
	struct sp_located at;

	set_up();
	make_file("f");
	expect(SP_HANDLE_FILE, sp_slice("/f\0", 3), SP_MISSING);
	ck_assert_int_eq(locate(SP_HANDLE_RELATIVE, sp_slice("f\xc0\x80g", 4), &at), 0);
	ck_assert_int_eq(at.presence, SP_MISSING);
	ck_assert(sp_path_below(at.path, root)); /* messages name the place */
	sp_located_free(&at);
	expect(SP_HANDLE_RELATIVE, sp_slice("f\0g", 3), SP_MISSING);
	tear_down();
}
END_TEST

START_TEST(does_not_call_missing_what_lies_elsewhere)
{
	struct sp_located at;

	set_up();
	make_file("f");
	ck_assert_int_eq(
		locate(SP_HANDLE_FILE, sp_slice_of("s3://bucket/x/g"), &at), SP_EUNSUPPORTED);
	ck_assert_int_eq(locate(SP_HANDLE_FILE, sp_slice_of("s3://bucket"), &at), SP_EUNSUPPORTED);
	expect(SP_HANDLE_FILE, sp_slice_of("file://host"), SP_MISSING);
	expect(SP_HANDLE_FILE, sp_slice_of("s3://bucket/x/f"), SP_PRESENT_MOVED);
	tear_down();
}
END_TEST

static void *locate_many(void *arg)
{
	(void)arg;
	for (int i = 0; i < 200; i++) {
		struct sp_located at;

		if (locate(SP_HANDLE_FILE, sp_slice_of("/no/such/f"), &at) == 0)
			sp_located_free(&at);
	}
	return NULL;
}

START_TEST(settles_a_move_between_threads)
{
	pthread_t threads[4];

	set_up();
	make_file("f");
	for (size_t i = 0; i < 4; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, locate_many, NULL), 0);
	for (size_t i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	ck_assert_str_eq(source.moved_from, "/no/such");
	tear_down();
}
END_TEST

UNIT_MAIN("source-locate", finds_files, finds_no_file_with_a_zero_in_its_name,
	does_not_call_missing_what_lies_elsewhere, settles_a_move_between_threads)
