/* parse.h - from a command line to settings. */
#ifndef SIM_PARSE_H
#define SIM_PARSE_H

#include "rows.h"

/*
 * Reads what follows the command's name.  What is no option is moved to the front of argv,
 * where settings->arguments finds it.
 */
enum xenpt_code parse(const struct command *command, int argc, char **argv, struct settings *ret,
                      struct xenpt_error *err);

#endif
