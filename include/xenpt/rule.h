/**
 * @file rule.h
 * What Xen checks or does in some releases and not in others: a row each, which can be switched.
 * Those for paravirtual guests, and all by name, are in pv.h.
 */
#ifndef XENPT_RULE_H
#define XENPT_RULE_H

#include "xenpt/layout.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Older branches that a rule can be in as well, at most. */
#define XENPT_PV_ALSO_MAX 4

/** One check of Xen's, or one thing that it does. */
struct xenpt_pv_rule {
    const char *name;            /**< "l1-writable". */
    const char *text;            /**< What must be so, or what is done. */
    const char *error;           /**< "EBUSY": what breaking it returns; NULL: Xen acts by it, and
                                      refuses nothing. */
    struct xenpt_release since;  /**< First release with it; all 0: always. */
    struct xenpt_release before; /**< First release without it; all 0: none. */
    const char *advisory;        /**< "XSA-182", or NULL. */
    const char *source;          /**< File, function and release of Xen that it was read in. */
    struct xenpt_release also[XENPT_PV_ALSO_MAX]; /**< Point releases of older branches, from which
                                                       on those have it too; all 0: no more. */
    bool policy; /**< No release has it: it is in force where somebody asks for it. */
};

/** Rules that can be switched, at most. */
#define XENPT_RULES_SWITCHED_MAX 16

/** Xen's rules where they are not those of its release: docs/rules.md has them by name. */
struct xenpt_rules_wanted {
    struct xenpt_release release; /**< Those of this release; major 0: Xen's own... */
    struct {
        const char *name;                 /**< ...but for the rule of this name... */
        bool on;                          /**< ...which is in force, or is not... */
    } switched[XENPT_RULES_SWITCHED_MAX]; /**< ...for each of these; a later one wins. */
    size_t nr;                            /**< Of @ref switched. */
};

#ifdef __cplusplus
}
#endif

#endif
