/*
 * The commands of tercel-instrument: one file each, command_NAME.c, whose function gives its row of the command table
 * in main.c. The options of a command are parsed into static variables of its file: the only mutable ones that there
 * are.
 */
#ifndef TERCEL_INSTRUMENT_COMMANDS_COMMANDS_H
#define TERCEL_INSTRUMENT_COMMANDS_COMMANDS_H

#include "base/option_table.h"

struct command command_check(void);
struct command command_cloudformation(void);
struct command command_dockerfile(void);
struct command command_plan(void);
struct command command_remove(void);
struct command command_task_definition(void);
struct command command_terraform_external(void);

#endif
