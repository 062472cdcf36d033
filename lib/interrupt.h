/*
 * SIGINT and SIGTERM: noted by a handler, asked for between rows and blocks, so that whoever is
 * writing ends with SP_EINTERRUPTED and cleans up as after any other error.
 */
#ifndef SP_INTERRUPT_H
#define SP_INTERRUPT_H

#include "error.h"

/* Catches SIGINT and SIGTERM (a second one of them ends the process) and ignores SIGPIPE. */
void sp_interrupt_install(void);

/* The number of the signal that asked to stop, 0 if none did. */
int sp_interrupt_signal(void);

/* SP_EINTERRUPTED if a signal asked to stop, else 0. */
int sp_interrupt_check(struct sp_error *err);

#endif
