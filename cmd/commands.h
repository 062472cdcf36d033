/* The commands, each in a file of its own; the table of them is in main.c. */
#ifndef SP_COMMANDS_H
#define SP_COMMANDS_H

#include "command.h"

extern const struct sp_command sp_command_completion;
extern const struct sp_command sp_command_convert;
extern const struct sp_command sp_command_diff;
extern const struct sp_command sp_command_dump;
extern const struct sp_command sp_command_help;
extern const struct sp_command sp_command_inspect;
extern const struct sp_command sp_command_rescale;
extern const struct sp_command sp_command_verify;

#endif
