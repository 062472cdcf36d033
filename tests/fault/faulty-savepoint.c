/*
 * The whole program with a store whose n-th call fails: FAULT_AT=n, FAULT_CODE=io|transient; or is
 * when a signal comes: FAULT_AT=n, FAULT_SIGNAL=number.
 * Writes the number of calls that were made to the file FAULT_CALLS.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "store/faulty.h"

static void write_calls(const char *path)
{
	FILE *f = fopen(path, "w");

	if (f == NULL)
		sp_abort("FAULT_CALLS cannot be written");
	fprintf(f, "%lu\n", sp_faulty_calls());
	fclose(f);
}

int main(int argc, char **argv)
{
	const char *at = getenv("FAULT_AT");
	const char *code = getenv("FAULT_CODE");
	const char *calls = getenv("FAULT_CALLS");
	const char *number = getenv("FAULT_SIGNAL");
	unsigned long n = at == NULL ? 0 : strtoul(at, NULL, 10);
	int status;

	if (number != NULL)
		sp_faulty_set_signal(n, atoi(number));
	else
		sp_faulty_set(
			n, code != NULL && strcmp(code, "transient") == 0 ? SP_ETRANSIENT : SP_EIO);
	sp_store_wrap = sp_store_faulty_new;
	status = sp_main(argc, argv);
	if (calls != NULL)
		write_calls(calls);
	return status;
}
