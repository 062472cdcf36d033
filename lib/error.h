/*
 * Errors: one struct that is filled where the cause is found and gains a place on each level up.
 *
 * Functions that can fail return an int: < 0 is one of enum sp_code, 0 is done (or the end),
 * 1 is "here is one". `struct sp_error *err` is the last parameter and never NULL. Nobody but
 * cmd/main.c prints an error.
 */
#ifndef SP_ERROR_H
#define SP_ERROR_H

#include <stdbool.h>

#define sp_printf(fmt, args) __attribute__((format(printf, fmt, args), nonnull(fmt)))

enum sp_code {
	SP_EUSAGE = -1,       /* the call is wrong: unknown option, impossible combination */
	SP_EUNSUPPORTED = -2, /* the input is sound, but this cannot be done to it */
	SP_EDAMAGED = -3,     /* the input is damaged */
	SP_EIO = -4,          /* input/output failed for good */
	SP_ETRANSIENT = -5,   /* input/output failed, another try may succeed */
	SP_EINTERRUPTED = -6, /* a signal asked to stop */
};

struct sp_error {
	enum sp_code code;
	char message[2048]; /* UTF-8, no line feed; "place: place: cause" */
	char hint[512];     /* advice, "" for none */
};

/* Sets code and message and clears the hint. Gives `code`. */
int sp_fail(struct sp_error *err, enum sp_code code, const char *fmt, ...) sp_printf(3, 4);

/*
 * Sets the message to "<fmt>: <text of errno_value>" and a code that fits errno_value
 * (SP_EIO, SP_ETRANSIENT for what may pass by itself). Gives that code.
 */
int sp_fail_errno(struct sp_error *err, int errno_value, const char *fmt, ...) sp_printf(3, 4);

/*
 * Puts "<fmt>: " in front of the message, but for an interruption, which has no place. Gives the
 * code that the error has.
 */
int sp_within(struct sp_error *err, const char *fmt, ...) sp_printf(2, 3);

/* Sets the advice, unless there is some already. Gives the code that the error has. */
int sp_hint(struct sp_error *err, const char *fmt, ...) sp_printf(2, 3);

/* The exit status a command ends with for this code; see savepoint(1), EXIT STATUS. */
int sp_exit_status(enum sp_code code);

/* Out of memory, or another fault of our own that no caller can repair: says so and aborts. */
_Noreturn void sp_abort(const char *what);

/* Frees at the end of the scope what a variable of type `struct name *` points at. */
#define sp_auto(name) __attribute__((cleanup(name##_cleanup))) struct name

/* Defines the cleanup function that sp_auto(name) calls; stands beside the declaration of free. */
#define SP_DEFINE_CLEANUP(name, free_fn)                                                           \
	static inline void name##_cleanup(struct name **p)                                         \
	{                                                                                          \
		free_fn(*p);                                                                       \
	}

/* Hands over what `p` points at and leaves NULL behind, so that sp_auto frees nothing. */
#define sp_steal(p)                                                                                \
	__extension__({                                                                            \
		__typeof__(p) sp_stolen = (p);                                                     \
		(p) = NULL;                                                                        \
		sp_stolen;                                                                         \
	})

#define sp_countof(array) (sizeof(array) / sizeof((array)[0]))

/* The struct of which `ptr` is the member `member`. */
#define sp_container_of(ptr, type, member) ((type *)((char *)(ptr)-offsetof(type, member)))

#endif
