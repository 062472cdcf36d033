#include "made.h"

#include "source.h"

static struct sp_source *open_made(struct made *made, const char *directory)
{
	struct sp_source *source;
	struct sp_error err;

	made_write(made, directory);
	ck_ok(sp_source_open(directory, &source, &err), err);
	return source;
}

static void assert_opens(struct sp_source *source, const struct sp_handle *handle,
	const char *place, const char *text)
{
	sp_auto(sp_file) *file = NULL;
	sp_auto_buffer bytes = { 0 };
	struct sp_error err;

	ck_ok(sp_source_open_handle(source, handle, &file, &err), err);
	ck_assert_str_eq(file->place, place);
	ck_ok(sp_file_read_all(file, 1000, &bytes, &err), err);
	ck_assert_msg(sp_slice_is(sp_buffer_slice(&bytes), text), "'%.*s' in %s", (int)bytes.n,
		(const char *)bytes.p, place);
}

static void assert_fails(struct sp_source *source, const struct sp_handle *handle,
	enum sp_code code, const char *message)
{
	struct sp_file *file = NULL;
	struct sp_error err;

	ck_assert_int_eq(sp_source_open_handle(source, handle, &file, &err), code);
	ck_assert_msg(strstr(err.message, message) != NULL, "%s", err.message);
}

static void make_directories(const char *path)
{
	char *parent = sp_path_parent(path);

	if (access(parent, F_OK) != 0)
		make_directories(parent);
	ck_assert_int_eq(mkdir(path, 0777), 0);
	free(parent);
}

static char *put_file(struct made *made, const char *directory, const char *name, const char *text)
{
	char *path = made_path(made, directory, name);
	char *parent = sp_path_parent(path);

	if (access(parent, F_OK) != 0)
		make_directories(parent);
	free(parent);
	made_put(path, sp_slice_of(text));
	return path;
}

/* A checkpoint <root>/<job id>/chk-1 below the scratch directory. */
#define JOB "0123456789abcdef0123456789abcdef"

static char *make_checkpoint(struct made *made, const char *root)
{
	char *path = sp_arena_printf(made->arena, "%s/%s/" JOB "/chk-1", made->scratch, root);

	make_directories(path);
	return path;
}

static struct sp_handle relative(const char *name, int64_t size)
{
	return (struct sp_handle){
		.code = SP_HANDLE_RELATIVE, .name = sp_slice_of(name), .size = size
	};
}

START_TEST(opens_a_directory_or_its_metadata)
{
	struct made made;
	sp_auto(sp_source) *a = NULL;
	sp_auto(sp_source) *b = NULL;
	struct sp_source *none;
	struct sp_error err;

	made_begin(&made, 3);
	a = open_made(&made, made.source);
	ck_ok(sp_source_open(a->metadata_path, &b, &err), err);
	ck_assert_str_eq(a->directory, made.source);
	ck_assert_str_eq(b->directory, made.source);
	ck_assert_str_eq(a->tree, made.source);
	ck_assert_int_eq(sp_source_open(made.scratch, &none, &err), SP_EIO);
	ck_assert_int_eq(sp_source_open(made.target, &none, &err), SP_EIO);
	made_end(&made);
}
END_TEST

START_TEST(takes_relative_references_from_the_metadata)
{
	struct made made;
	sp_auto(sp_source) *source = NULL;
	struct sp_handle handle;
	char *chk, *path;

	made_begin(&made, 3);
	chk = make_checkpoint(&made, "checkpoints");
	source = open_made(&made, chk);
	path = put_file(&made, chk, "own", "own");
	handle = relative("own", 3);
	assert_opens(source, &handle, path, "own");
	path = put_file(&made, made.scratch, "checkpoints/" JOB "/shared/file", "shared");
	handle = relative("../shared/file", 6);
	assert_opens(source, &handle, path, "shared");
	made_end(&made);
}
END_TEST

START_TEST(refuses_references_out_of_the_tree)
{
	static const char *allowed[2];
	struct made made;
	sp_auto(sp_source) *source = NULL;
	struct sp_handle up = relative("../outside/file", 7);
	struct sp_handle absolute;
	char *path;

	made_begin(&made, 3);
	source = open_made(&made, made.source);
	path = put_file(&made, made.scratch, "outside/file", "outside");
	absolute = made_absolute(path, 7);
	assert_fails(source, &up, SP_EUNSUPPORTED, "lies outside of the snapshot's own");
	assert_fails(source, &absolute, SP_EUNSUPPORTED, "lies outside of the snapshot's own");

	allowed[0] = made_path(&made, made.scratch, "out"); /* a prefix of the name only */
	source->allowed = allowed;
	source->n_allowed = 1;
	assert_fails(source, &absolute, SP_EUNSUPPORTED, "lies outside of the snapshot's own");
	allowed[1] = made_path(&made, made.scratch, "outside");
	source->n_allowed = 2;
	assert_opens(source, &up, path, "outside");
	assert_opens(source, &absolute, path, "outside");
	made_end(&made);
}
END_TEST

START_TEST(finds_a_tree_that_was_moved)
{
	struct made made;
	sp_auto(sp_source) *source = NULL;
	struct sp_handle there = made_absolute("file:/old/home/" JOB "/shared/one", 3);
	struct sp_handle s3 = made_absolute("s3://bucket/old/home/" JOB "/shared/two", 3);
	struct sp_handle gone = made_absolute("file:/old/home/" JOB "/shared/three", 3);
	struct sp_located at;
	struct sp_error err;
	char *chk, *one, *two;

	made_begin(&made, 3);
	chk = make_checkpoint(&made, "new");
	source = open_made(&made, chk);
	one = put_file(&made, made.scratch, "new/" JOB "/shared/one", "one");
	two = put_file(&made, made.scratch, "new/" JOB "/shared/two", "two");
	assert_opens(source, &there, one, "one");
	ck_ok(sp_source_locate(source, &there, &at, &err), err);
	ck_assert_int_eq(at.presence, SP_PRESENT_MOVED);
	ck_assert(!at.outside);
	sp_located_free(&at);
	assert_opens(source, &s3, two, "two");
	assert_fails(source, &gone, SP_EDAMAGED, "/shared/three: referenced file is missing");
	made_end(&made);
}
END_TEST

START_TEST(reads_a_copy_though_the_original_is_there)
{
	struct made made;
	sp_auto(sp_source) *source = NULL;
	struct sp_handle handle;
	char *chk, *original, *copy;

	made_begin(&made, 3);
	make_checkpoint(&made, "original");
	chk = make_checkpoint(&made, "copy");
	original = put_file(&made, made.scratch, "original/" JOB "/shared/one", "old");
	copy = put_file(&made, made.scratch, "copy/" JOB "/shared/one", "new");
	source = open_made(&made, chk);
	handle = made_absolute(original, 3);
	assert_opens(source, &handle, copy, "new");
	ck_assert_int_eq(unlink(copy), 0); /* the original lies outside of the copy's tree */
	assert_fails(source, &handle, SP_EUNSUPPORTED, "lies outside of the snapshot's own");
	made_end(&made);
}
END_TEST

START_TEST(opens_a_segment_as_a_file_of_its_own)
{
	struct made made;
	sp_auto(sp_source) *source = NULL;
	sp_auto(sp_file) *file = NULL;
	struct sp_handle segment = { .code = SP_HANDLE_SEGMENT, .start = 3, .size = 4 };
	struct sp_handle empty = { .code = SP_HANDLE_EMPTY_SEGMENT };
	struct sp_error err;
	char bytes[8];
	char *path;
	size_t got;

	made_begin(&made, 6);
	source = open_made(&made, made.source);
	path = put_file(&made, made.source, "merged", "0123456789");
	segment.name = sp_slice_of(path);
	assert_opens(source, &segment, path, "3456");
	assert_opens(source, &empty, source->metadata_path, "");

	ck_ok(sp_source_open_handle(source, &segment, &file, &err), err);
	ck_assert_uint_eq(file->size, 4);
	ck_assert_ptr_null(file->local_path); /* not a whole file */
	ck_ok(file->ops->read(file, 2, bytes, sizeof(bytes), &got, &err), err);
	ck_assert_uint_eq(got, 2);
	ck_assert_mem_eq(bytes, "56", 2);
	ck_ok(file->ops->read(file, 4, bytes, sizeof(bytes), &got, &err), err);
	ck_assert_uint_eq(got, 0);

	segment.size = 7;
	assert_opens(source, &segment, path, "3456789");
	segment.size = 8;
	assert_fails(source, &segment, SP_EDAMAGED, "reaches beyond the file's end at 0xa");
	segment.start = 11;
	segment.size = 0;
	assert_fails(source, &segment, SP_EDAMAGED, "reaches beyond the file's end");
	segment.start = -1;
	assert_fails(source, &segment, SP_EDAMAGED, "reaches beyond the file's end");
	segment.start = INT64_MAX;
	segment.size = INT64_MAX;
	assert_fails(source, &segment, SP_EDAMAGED, "reaches beyond the file's end");
	made_end(&made);
}
END_TEST

START_TEST(compares_sizes_where_they_are_known)
{
	struct made made;
	sp_auto(sp_source) *source = NULL;
	struct sp_handle handle = relative("file", 5);
	char *path;

	made_begin(&made, 3);
	source = open_made(&made, made.source);
	path = put_file(&made, made.source, "file", "four");
	assert_fails(source, &handle, SP_EDAMAGED, "4 bytes long, but the metadata says 5");
	handle.size = 0;
	assert_fails(source, &handle, SP_EDAMAGED, "4 bytes long, but the metadata says 0");
	handle.size = -1; /* unknown */
	assert_opens(source, &handle, path, "four");
	handle.name = sp_slice_of(".");
	assert_fails(source, &handle, SP_EDAMAGED, "referenced file is missing");
	handle.code = SP_HANDLE_NONE;
	assert_fails(source, &handle, SP_EDAMAGED, "handle without data");
	made_end(&made);
}
END_TEST

UNIT_MAIN("source", opens_a_directory_or_its_metadata, takes_relative_references_from_the_metadata,
	refuses_references_out_of_the_tree, finds_a_tree_that_was_moved,
	reads_a_copy_though_the_original_is_there, opens_a_segment_as_a_file_of_its_own,
	compares_sizes_where_they_are_known)
