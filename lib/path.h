/*
 * Paths as Flink has them (org.apache.flink.core.fs.Path): URIs without escapes.
 */
#ifndef SP_PATH_H
#define SP_PATH_H

#include "bytes.h"

/*
 * `path` normalised: '\' becomes '/', repeated slashes collapse, '.' and '..' go, no slash at the
 * end. An absolute path stays absolute; '..' never climbs above its root; a relative one keeps
 * leading '..'. To be freed.
 */
char *sp_path_normalise(const char *path);

/* `directory`/`name`, normalised. To be freed. */
char *sp_path_join(const char *directory, const char *name);

/* Length of "scheme:" and of "//authority" at the start of a URI; 0 for a plain path. */
size_t sp_path_root(const char *uri);

/* The part behind the last '/'; borrowed. */
const char *sp_path_base(const char *path);

/* The part before the last '/', "/" at the root. To be freed. */
char *sp_path_parent(const char *path);

/* Does `path` lie in `directory`, or is it that directory? Both normalised. */
bool sp_path_below(const char *path, const char *directory);

#endif
