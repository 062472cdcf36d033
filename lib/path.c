#include "path.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

static char *copy(const char *text, size_t n)
{
	char *p = strndup(text, n);

	if (p == NULL)
		sp_abort("out of memory");
	return p;
}

/* Takes the last segment of out[0..n) away; gives the new length. */
static size_t drop_segment(const char *out, size_t n)
{
	while (n > 0 && out[n - 1] != '/')
		n--;
	return n > 1 ? n - 1 : n;
}

static bool last_is_up(const char *out, size_t n)
{
	return n >= 2 && memcmp(out + n - 2, "..", 2) == 0 && (n == 2 || out[n - 3] == '/');
}

char *sp_path_normalise(const char *path)
{
	char *in = copy(path, strlen(path));
	char *out = copy(path, strlen(path) + 1);
	bool absolute;
	size_t n = 0;
	char *rest = NULL;

	for (char *p = in; *p != '\0'; p++)
		if (*p == '\\')
			*p = '/';
	absolute = in[0] == '/';
	if (absolute)
		out[n++] = '/';
	for (char *s = strtok_r(in, "/", &rest); s != NULL; s = strtok_r(NULL, "/", &rest)) {
		if (strcmp(s, ".") == 0)
			continue;
		if (strcmp(s, "..") == 0 && (absolute || (n > 0 && !last_is_up(out, n)))) {
			n = drop_segment(out, n);
			continue;
		}
		if (n > 0 && out[n - 1] != '/')
			out[n++] = '/';
		memcpy(out + n, s, strlen(s));
		n += strlen(s);
	}
	out[n] = '\0';
	free(in);
	return out;
}

char *sp_path_join(const char *directory, const char *name)
{
	char *joined, *normal;

	if (asprintf(&joined, "%s/%s", directory, name) < 0)
		sp_abort("out of memory");
	normal = sp_path_normalise(joined);
	free(joined);
	return normal;
}

size_t sp_path_root(const char *uri)
{
	size_t n = 0;

	if (!isalpha((unsigned char)uri[0]))
		return 0;
	while (isalnum((unsigned char)uri[n]) || (uri[n] != '\0' && strchr("+-.", uri[n]) != NULL))
		n++;
	if (uri[n] != ':' || uri[n + 1] != '/')
		return 0;
	n++;
	if (strncmp(uri + n, "//", 2) == 0)
		n += 2 + strcspn(uri + n + 2, "/");
	return n;
}

const char *sp_path_base(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash == NULL ? path : slash + 1;
}

char *sp_path_parent(const char *path)
{
	const char *slash = strrchr(path, '/');

	if (slash == NULL)
		return copy(".", 1);
	return copy(path, slash == path ? 1 : (size_t)(slash - path));
}

bool sp_path_below(const char *path, const char *directory)
{
	size_t n = strlen(directory);

	if (strcmp(directory, "/") == 0)
		return path[0] == '/';
	return strncmp(path, directory, n) == 0 && (path[n] == '/' || path[n] == '\0');
}
