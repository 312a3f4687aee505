/**
 * @file report.h
 * Reports: walks, maps and roots, as text for people or JSON for programs.
 *
 * A report is one document.  It is begun, given any number of items of its kind, and
 * finished; what it writes goes through a function of the caller's as it comes, so that a map
 * of any length takes no memory.
 */
#ifndef XENPT_REPORT_H
#define XENPT_REPORT_H

#include "xenpt/audit.h"
#include "xenpt/compare.h"
#include "xenpt/diff.h"
#include "xenpt/expose.h"
#include "xenpt/judge.h"
#include "xenpt/layout.h"
#include "xenpt/map.h"
#include "xenpt/scenario.h"
#include "xenpt/threat.h"
#include "xenpt/validate.h"
#include "xenpt/who.h"

#ifdef __cplusplus
extern "C" {
#endif

/** What a report is made of. */
enum xenpt_report_form {
    XENPT_REPORT_TEXT,     /**< Columns, for people.  May change from one release to the next. */
    XENPT_REPORT_JSON,     /**< One object, of the schema that its kind has: docs/json.md. */
    XENPT_REPORT_JUNIT,    /**< XML as JUnit has it: of a validation and of scenarios. */
    XENPT_REPORT_MARKDOWN, /**< A document, of a validation only; no timings are in it. */
    XENPT_REPORT_TAP,      /**< The Test Anything Protocol, version 13: of scenarios only. */
};

/** What a report is about. */
enum xenpt_report_kind {
    XENPT_REPORT_WALK,        /**< Items by xenpt_report_walk(); "xenpt.walk/1". */
    XENPT_REPORT_MAP,         /**< Items by xenpt_report_map(); "xenpt.map/1". */
    XENPT_REPORT_ROOTS,       /**< One item by xenpt_report_roots(); "xenpt.roots/1". */
    XENPT_REPORT_LAYOUTS,     /**< Items by xenpt_report_layout_name(); "xenpt.layouts/1". */
    XENPT_REPORT_LAYOUT,      /**< Items by xenpt_report_layout(); "xenpt.layout/1". */
    XENPT_REPORT_LAYOUT_DIFF, /**< One item by xenpt_report_layout_diff(). */
    XENPT_REPORT_VALIDATE,    /**< One item by xenpt_report_validation(); "xenpt.validate/1". */
    XENPT_REPORT_DIFF,        /**< Items by xenpt_report_diff(); "xenpt.diff/1". */
    XENPT_REPORT_WHO,         /**< Items by xenpt_report_who(); "xenpt.who/1". */
    XENPT_REPORT_SHARE,       /**< One item by xenpt_report_share(); "xenpt.share/1". */
    XENPT_REPORT_COMPARE,     /**< One item by xenpt_report_compare(); "xenpt.compare/1". */
    XENPT_REPORT_RUN,         /**< Items by xenpt_report_run(); "xenpt.run/1". */
    XENPT_REPORT_THREAT,      /**< Items by xenpt_report_threat(); "xenpt.threat/1". */
    XENPT_REPORT_EXPOSE,      /**< Items by xenpt_report_expose() and xenpt_report_policies();
                                   "xenpt.expose/1". */
    XENPT_REPORT_CHECK,       /**< Items by xenpt_report_audit() and xenpt_report_policies();
                                   "xenpt.check/1". */
    XENPT_NR_REPORT_KINDS,    /**< How many there are. */
};

/** Where a report goes, and in which form. */
struct xenpt_report_options {
    enum xenpt_report_form form; /**< One that the kind of report has. */
    bool colour;                 /**< Text: with the terminal's escape sequences. */
    /** Takes @p n bytes.  @return False: they cannot be written; nothing more will come. */
    bool (*write)(void *ctx, const char *bytes, size_t n);
    void *ctx; /**< Passed to @ref write. */
};

/** A report that is being written.  It belongs to one thread. */
struct xenpt_report;

/**
 * Begins a report.  Destroy it with xenpt_report_destroy(), finished or not.
 * @return #XENPT_EUNSUPPORTED for a form that this kind has not.
 */
XENPT_API XENPT_CHECK enum xenpt_code xenpt_report_create(enum xenpt_report_kind kind,
                                                          const struct xenpt_report_options *opt,
                                                          struct xenpt_report **ret,
                                                          struct xenpt_error *err);
/** Frees a report; what was not finished stays incomplete.  NULL is fine. */
XENPT_API void xenpt_report_destroy(struct xenpt_report *report);

/** Ends the document.  @return #XENPT_EIO if some of it could not be written. */
XENPT_API XENPT_CHECK enum xenpt_code xenpt_report_finish(struct xenpt_report *report,
                                                          struct xenpt_error *err);

/** What to ask of one address. */
struct xenpt_question {
    uint64_t in;                /**< The address. */
    const char *name;           /**< How the asker calls it, or NULL. */
    unsigned int kinds;         /**< Bit k set: try an enum xenpt_access_kind k; 0: a read. */
    struct xenpt_access access; /**< How else it is accessed; its kind is not read. */
};

/**
 * Walks one address of @p context, through both stages if there are two, and writes each step
 * and the verdict on each access: in JSON one element of "walks" an access.
 * @param allowed  Set to whether all of the accesses are allowed; may be NULL.
 */
XENPT_API XENPT_CHECK enum xenpt_code xenpt_report_walk(struct xenpt_report *report,
                                                        const struct xenpt_view *view,
                                                        const struct xenpt_context *context,
                                                        const struct xenpt_question *question,
                                                        bool *allowed, struct xenpt_error *err);

/** Writes what @p context maps, as xenpt_map() with @p opt reports it. */
XENPT_API XENPT_CHECK enum xenpt_code xenpt_report_map(struct xenpt_report *report,
                                                       const struct xenpt_view *view,
                                                       const struct xenpt_context *context,
                                                       const struct xenpt_map_options *opt,
                                                       struct xenpt_error *err);

/** Roots that were looked for, for xenpt_report_roots(). */
struct xenpt_report_found {
    const struct xenpt_root *roots; /**< In the order to show them. */
    size_t nr;                      /**< Of @ref roots. */
    const char *layout;             /**< By what they were recognised: "xen-4.17"; NULL: nothing was
                                         found. */
};

/**
 * Writes the roots that were found, and those of these contexts; each root once, with the contexts
 * that run on it.
 * @param found  May be NULL: none were looked for.
 * @param slots  Text: also draw each root's top-level table, slot by slot.
 */
XENPT_API XENPT_CHECK enum xenpt_code
xenpt_report_roots(struct xenpt_report *report, const struct xenpt_view *view,
                   const struct xenpt_context *const contexts[], size_t nr_contexts,
                   const struct xenpt_report_found *found, bool slots, struct xenpt_error *err);

/**
 * Writes who reaches a piece of memory, as xenpt_who() finds it.  In text, contexts that reach it
 * by the same address in the same way take one line.
 */
XENPT_API XENPT_CHECK enum xenpt_code xenpt_report_who(struct xenpt_report *report,
                                                       const struct xenpt_view *view,
                                                       const struct xenpt_who *who,
                                                       const struct xenpt_who_question *question,
                                                       struct xenpt_error *err);

/** Contexts of two views, for xenpt_report_diff(). */
struct xenpt_report_diff {
    const char *const *names;      /**< What they are called: all that are these two, or map what
                                        they map. */
    size_t nr_names;               /**< Of @ref names. */
    struct xenpt_diff_side before; /**< Its context is NULL: there was none... */
    struct xenpt_diff_side after;  /**< ...or there is none any more; not both. */
};

/**
 * Writes what differs between two contexts, as xenpt_diff() finds it; or that there is only one.
 * @param[out] counts  How much it was; all 0 where there is only one.
 */
XENPT_API XENPT_CHECK enum xenpt_code xenpt_report_diff(struct xenpt_report *report,
                                                        const struct xenpt_report_diff *diff,
                                                        struct xenpt_diff_counts *counts,
                                                        struct xenpt_error *err);

/** Writes what these contexts have in common, as xenpt_share() finds it. */
XENPT_API XENPT_CHECK enum xenpt_code
xenpt_report_share(struct xenpt_report *report, const struct xenpt_view *view,
                   const struct xenpt_context *const contexts[], size_t nr_contexts,
                   struct xenpt_error *err);

/** Writes a layout as one of a list: its name, its releases, its variants. */
XENPT_API XENPT_CHECK enum xenpt_code xenpt_report_layout_name(struct xenpt_report *report,
                                                               const struct xenpt_layout *layout,
                                                               struct xenpt_error *err);

/** Writes a layout: its areas with their slots, parts and flags, and what else it says. */
XENPT_API XENPT_CHECK enum xenpt_code xenpt_report_layout(struct xenpt_report *report,
                                                          const struct xenpt_layout *layout,
                                                          struct xenpt_error *err);

/** Writes what differs between two layouts, from @p a to @p b; "xenpt.layout-diff/1". */
XENPT_API XENPT_CHECK enum xenpt_code xenpt_report_layout_diff(struct xenpt_report *report,
                                                               const struct xenpt_layout *a,
                                                               const struct xenpt_layout *b,
                                                               struct xenpt_error *err);

/** Writes what came of asking MMUs. */
XENPT_API XENPT_CHECK enum xenpt_code
xenpt_report_validation(struct xenpt_report *report, const struct xenpt_validation *validation,
                        struct xenpt_error *err);

/** All that there is to say of a comparison. */
struct xenpt_report_comparison {
    const struct xenpt_inference *inferred;    /**< What the model was made from; or NULL... */
    size_t nr_inferred;                        /**< ...and how many. */
    const struct xenpt_pairing *pairing;       /**< Which contexts correspond. */
    const struct xenpt_comparison *result;     /**< What was counted. */
    const struct xenpt_difference *difference; /**< What is to be told... */
    size_t nr_differences;                     /**< ...and how many. */
};

/** Writes a comparison: what was inferred, the pairs, counts by area, and each difference. */
XENPT_API XENPT_CHECK enum xenpt_code
xenpt_report_compare(struct xenpt_report *report, const struct xenpt_report_comparison *comparison,
                     struct xenpt_error *err);

/** Frames to be told of. */
struct xenpt_report_frames {
    uint64_t first; /**< The first... */
    uint64_t last;  /**< ...and the last. */
};

/**
 * Writes what a threat reaches: who the compromised parties become; how many frames of whom they
 * can do what with, and a shortest way to some of them; of frames that are asked for each right,
 * and the shortest way to it.
 * @param frames  May be NULL: none.
 */
XENPT_API XENPT_CHECK enum xenpt_code xenpt_report_threat(struct xenpt_report *report,
                                                          const struct xenpt_threat *threat,
                                                          const struct xenpt_report_frames *frames,
                                                          size_t nr, struct xenpt_error *err);

/** The same of a threat of a scenario, after its name and what came of its claims. */
XENPT_API XENPT_CHECK enum xenpt_code
xenpt_report_run_threat(struct xenpt_report *report, const struct xenpt_run_threat *of,
                        const struct xenpt_report_frames *frames, size_t nr,
                        struct xenpt_error *err);

/**
 * Writes what contexts expose, as xenpt_expose() finds it.
 * @param ranges  Also write each range of machine memory.
 */
XENPT_API XENPT_CHECK enum xenpt_code xenpt_report_expose(struct xenpt_report *report,
                                                          const struct xenpt_view *view,
                                                          const struct xenpt_expose_options *opt,
                                                          bool ranges, struct xenpt_error *err);

/**
 * Writes what is against policies, as xenpt_expose_policies() finds it, with the walks.
 * @param found  Set to how many findings there are.
 */
XENPT_API XENPT_CHECK enum xenpt_code xenpt_report_policies(struct xenpt_report *report,
                                                            const struct xenpt_view *view,
                                                            const struct xenpt_expose_options *opt,
                                                            unsigned int policies, uint64_t *found,
                                                            struct xenpt_error *err);

/**
 * Writes what comes of xenpt_audit(), with the walk of each finding.
 * @param left_out  Roots that were not looked at, to be told of.
 * @param found     Set to how many findings there are.
 */
XENPT_API XENPT_CHECK enum xenpt_code xenpt_report_audit(struct xenpt_report *report,
                                                         const struct xenpt_view *view,
                                                         const struct xenpt_audit_facts *facts,
                                                         unsigned int which, size_t left_out,
                                                         uint64_t *found, struct xenpt_error *err);

/** Writes what came of a scenario. */
XENPT_API XENPT_CHECK enum xenpt_code xenpt_report_run(struct xenpt_report *report,
                                                       const struct xenpt_run_result *result,
                                                       struct xenpt_error *err);

#ifdef __cplusplus
}
#endif

#endif
