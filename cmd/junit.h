/* JUnit XML of findings, as build servers read it. */
#ifndef SP_JUNIT_H
#define SP_JUNIT_H

#include <stdio.h>

#include "verify.h"

/*
 * Writes it to `to`, where errors show later: a test suite of the snapshot, with a test case for
 * each group of checks, of the snapshot as a whole and of each operator; errors and warnings are
 * failures, notes stand in <system-out>.
 */
void sp_junit_write(FILE *to, const struct sp_verify *verify, const struct sp_findings *findings);

#endif
