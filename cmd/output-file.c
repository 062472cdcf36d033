#include "output-file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "interrupt.h"

static char *must(char *p)
{
	if (p == NULL)
		sp_abort("out of memory");
	return p;
}

/* Where a symbolic link leads, so that it stays one. */
static char *resolve(const char *path)
{
	char *real = realpath(path, NULL);

	return real != NULL ? real : must(strdup(path));
}

static bool is_place_itself(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && !S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode);
}

/* As open() would have it; mkstemp() makes files for their owner only. */
static mode_t usual_mode(const char *path)
{
	struct stat st;
	mode_t mask;

	if (stat(path, &st) == 0)
		return st.st_mode & 07777;
	mask = umask(0);
	umask(mask);
	return 0666 & ~mask;
}

static int open_temporary(struct sp_output_file *file, struct sp_error *err)
{
	int fd;

	if (asprintf(&file->temporary, "%s.XXXXXX", file->path) < 0)
		sp_abort("out of memory");
	fd = mkostemp(file->temporary, O_CLOEXEC);
	if (fd < 0) {
		free(file->temporary);
		file->temporary = NULL;
		return sp_fail_errno(err, errno, "%s", file->path);
	}
	fchmod(fd, usual_mode(file->path));
	file->to = fdopen(fd, "w");
	if (file->to == NULL)
		sp_abort("out of memory");
	return 0;
}

int sp_output_file_open(const char *path, struct sp_output_file *ret, struct sp_error *err)
{
	struct stat st;

	*ret = (struct sp_output_file){ 0 };
	if (strcmp(path, "-") == 0) {
		ret->path = must(strdup("stdout"));
		ret->to = stdout;
		return 0;
	}
	if (path[0] == '\0')
		return sp_fail(err, SP_EUSAGE, "the name of the file to be written is empty");
	ret->path = resolve(path);
	if (stat(ret->path, &st) == 0 && S_ISDIR(st.st_mode))
		return sp_fail_errno(err, EISDIR, "%s", ret->path);
	if (!is_place_itself(ret->path))
		return open_temporary(ret, err);
	ret->to = fopen(ret->path, "we");
	return ret->to != NULL ? 0 : sp_fail_errno(err, errno, "%s", ret->path);
}

/* Of a write that failed earlier: another one fails for the same. */
static int cause_of_failure(FILE *to)
{
	clearerr(to);
	errno = 0;
	putc('\n', to);
	return fflush(to) != 0 && errno != 0 ? errno : EIO;
}

int sp_output_file_commit(struct sp_output_file *file, struct sp_error *err)
{
	if (sp_interrupt_check(err) < 0)
		return err->code;
	if (fflush(file->to) != 0 || ferror(file->to) != 0)
		return sp_fail_errno(err, cause_of_failure(file->to), "%s", file->path);
	if (file->temporary == NULL)
		return 0;
	if (fsync(fileno(file->to)) != 0 || rename(file->temporary, file->path) != 0)
		return sp_fail_errno(err, errno, "%s", file->path);
	free(file->temporary);
	file->temporary = NULL;
	return 0;
}

void sp_output_file_free(struct sp_output_file *file)
{
	if (file->temporary != NULL)
		unlink(file->temporary);
	if (file->to != NULL && file->to != stdout)
		fclose(file->to);
	free(file->temporary);
	free(file->path);
	*file = (struct sp_output_file){ 0 };
}
