#include "interrupt.h"

#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>

static volatile sig_atomic_t received;

static void note(int number)
{
	received = number;
}

void sp_interrupt_install(void)
{
	/* SA_RESETHAND: the second signal kills, for whoever cannot wait for the clean-up */
	struct sigaction action = { .sa_handler = note, .sa_flags = (int)SA_RESETHAND };

	sigemptyset(&action.sa_mask);
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	signal(SIGPIPE, SIG_IGN);
}

int sp_interrupt_signal(void)
{
	return received;
}

int sp_interrupt_check(struct sp_error *err)
{
	if (received == 0)
		return 0;
	return sp_fail(err, SP_EINTERRUPTED, "interrupted by %s",
		received == SIGINT ? "SIGINT" : "SIGTERM");
}
