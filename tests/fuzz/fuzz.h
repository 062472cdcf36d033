/* What a fuzz target has: run by libFuzzer, or by driver.c where there is none. */
#ifndef FUZZ_H
#define FUZZ_H

#include <stddef.h>
#include <stdint.h>

/* Reads hostile bytes. Gives 0; aborts where a promise was broken. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif
