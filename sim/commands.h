/* commands.h - what each command runs. */
#ifndef SIM_COMMANDS_H
#define SIM_COMMANDS_H

#include "rows.h"

extern const struct names command_names;

enum ending command_walk(const struct settings *settings, struct xenpt_error *err);
enum ending command_map(const struct settings *settings, struct xenpt_error *err);
enum ending command_roots(const struct settings *settings, struct xenpt_error *err);
enum ending command_run(const struct settings *settings, struct xenpt_error *err);
enum ending command_new(const struct settings *settings, struct xenpt_error *err);
enum ending command_layout(const struct settings *settings, struct xenpt_error *err);
enum ending command_validate(const struct settings *settings, struct xenpt_error *err);
enum ending command_compare(const struct settings *settings, struct xenpt_error *err);
enum ending command_export(const struct settings *settings, struct xenpt_error *err);
enum ending command_diff(const struct settings *settings, struct xenpt_error *err);
enum ending command_who(const struct settings *settings, struct xenpt_error *err);
enum ending command_share(const struct settings *settings, struct xenpt_error *err);
enum ending command_threat(const struct settings *settings, struct xenpt_error *err);
enum ending command_render(const struct settings *settings, struct xenpt_error *err);
enum ending command_help(const struct settings *settings, struct xenpt_error *err);
enum ending command_expose(const struct settings *settings, struct xenpt_error *err);
enum ending command_check(const struct settings *settings, struct xenpt_error *err);
enum ending command_capture(const struct settings *settings, struct xenpt_error *err);

/* The whole program but for its process: parses, runs, complains on stderr. */
enum ending program(int argc, char **argv);

#endif
