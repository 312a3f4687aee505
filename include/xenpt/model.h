/**
 * @file model.h
 * Models: descriptions of machines as YAML.
 *
 * A model says what a host is, which Xen runs on it and which domains there are; see
 * docs/models.md.  Every command takes one where it takes an image.
 */
#ifndef XENPT_MODEL_H
#define XENPT_MODEL_H

#include "xenpt/machine.h"

#ifdef __cplusplus
extern "C" {
#endif

/** A model that was read: a description, with all that it points to. */
struct xenpt_model;

/**
 * Reads a model from a file.  Close it with xenpt_model_close().
 *
 * @param fn   Gets every mistake of the file; may be NULL.
 * @param err  The first of them.
 * @return #XENPT_EPARSE or #XENPT_ERANGE if there are mistakes, #XENPT_EIO if it cannot be read.
 */
XENPT_API XENPT_CHECK enum xenpt_code xenpt_model_read(const char *path, xenpt_mistake_fn fn,
                                                       void *ctx, struct xenpt_model **ret,
                                                       struct xenpt_error *err);

/** The same, of @p n bytes that are in memory; @p file is what mistakes call them. */
XENPT_API XENPT_CHECK enum xenpt_code xenpt_model_parse(const char *file, const char *bytes,
                                                        size_t n, xenpt_mistake_fn fn, void *ctx,
                                                        struct xenpt_model **ret,
                                                        struct xenpt_error *err);

/** Frees a model; machines built from it must be gone.  NULL is fine. */
XENPT_API void xenpt_model_close(struct xenpt_model *model);

/** What it describes; borrowed. */
XENPT_API const struct xenpt_machine_desc *xenpt_model_desc(const struct xenpt_model *model);

/**
 * Builds the machine, and runs the vCPUs that the model says are running.  The model must
 * outlive the machine, which is to be destroyed by xenpt_machine_destroy().
 */
XENPT_API XENPT_CHECK enum xenpt_code xenpt_model_build(const struct xenpt_model *model,
                                                        struct xenpt_machine **ret,
                                                        struct xenpt_error *err);

#ifdef __cplusplus
}
#endif

#endif
