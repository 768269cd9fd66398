/*
 * The commands of tercelc: one file each, command_NAME.c, whose function gives its row of the command table in main.c.
 * The options of a command are parsed into static variables of its file: the only mutable ones that there are.
 */
#ifndef TERCEL_COMPILER_COMMANDS_COMMANDS_H
#define TERCEL_COMPILER_COMMANDS_COMMANDS_H

#include "base/option_table.h"

struct command command_build(void);
struct command command_check(void);
struct command command_disasm(void);
struct command command_keygen(void);
struct command command_list(void);
struct command command_parse(void);
struct command command_show(void);
struct command command_sign(void);
struct command command_verify(void);

#endif
