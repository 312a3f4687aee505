/* source.h - the machine that a command looks at, and the contexts of it that were asked for. */
#ifndef SIM_SOURCE_H
#define SIM_SOURCE_H

#include <jansson.h>

#include "settings.h"
#include "xenpt/scenario.h"

struct source {
    const char *path;
    const struct settings *settings;
    struct xenpt_image *image;     /* Or a machine: */
    struct xenpt_machine *machine; /* of a model, or of a scenario's run. */
    struct xenpt_model *model;
    struct xenpt_machine *own_machine; /* The model's. */
    struct xenpt_runner *runner;
    struct xenpt_run *run;
    json_t *registers;            /* Of --registers, or NULL. */
    struct areas *areas;          /* Of --layout, or NULL. */
    const struct xenpt_view *own; /* Of either. */
    struct xenpt_view view;       /* Its own, with the contexts below in place of those it has. */
    struct xenpt_context *contexts;
    const struct xenpt_context **shown; /* Those asked for, in order. */
    size_t nr_shown;
};

/* Names an image's addresses by areas of a layout. */
enum xenpt_code source_name_areas(struct source *s, const char *layout, struct xenpt_error *err);
enum xenpt_code source_open(struct source *ret, const char *path, const struct settings *settings,
                            struct xenpt_error *err);

/* --- source_model.c ------------------------------------------------------------------------ */

/* Whether a file is one, by its name. */
bool source_is_model(const char *path);
enum xenpt_code source_open_model(struct source *s, const char *path,
                                  const struct settings *settings, struct xenpt_error *err);
/*
 * Runs a model as the scenario that it may be, if that was not done: for what its names stand for.
 * The machine of that is its own, and the same.
 */
enum xenpt_code source_run(struct source *s, struct xenpt_error *err);
/* Fails unless a machine's layout has an area of that name. */
enum xenpt_code source_area(const struct source *s, const char *name, struct xenpt_error *err);
/* Fails if something is given that says nothing of such a source: of an image --at and --set, since
 * a scenario has steps and parameters; of a model what says how a file of memory is read. */
enum xenpt_code source_check_given(const struct source *s, const struct settings *settings,
                                   struct xenpt_error *err);
/* An error if there is none to look at: for commands that do not find roots themselves. */
enum xenpt_code source_need_contexts(const struct source *s, const char *path,
                                     struct xenpt_error *err);
void source_close(struct source *s);

#endif
