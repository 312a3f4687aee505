/**
 * @file draw.h
 * Views as pictures: what one looks at, where reports are read.
 *
 * A picture is bounded, whatever the machine: what is alike is drawn once, and a line at its foot
 * says what was folded.  The same view gives the same bytes.
 */
#ifndef XENPT_DRAW_H
#define XENPT_DRAW_H

#include "xenpt/expose.h"
#include "xenpt/scenario.h"
#include "xenpt/view.h"

#ifdef __cplusplus
extern "C" {
#endif

/** What there is to see. */
enum xenpt_picture {
    XENPT_PICTURE_SLOTS,    /**< The slots of each root's table, side by side; what several have
                                 in common is joined. */
    XENPT_PICTURE_TREE,     /**< The tables of each root from the top down, with runs folded. */
    XENPT_PICTURE_WALK,     /**< Walks, entry by entry, with references numbered. */
    XENPT_PICTURE_SHARING,  /**< Which roots lead to which tables. */
    XENPT_PICTURE_TIMELINE, /**< What each step of a scenario changed. */
    XENPT_PICTURE_EXPOSURE, /**< What each context exposes of whose memory, as a heat map. */
    XENPT_NR_PICTURES,      /**< How many there are. */
};

/** "slots", "tree", "walk", "sharing", "timeline", "exposure". */
XENPT_API const char *xenpt_picture_name(enum xenpt_picture picture);

/** In which form it is written. */
enum xenpt_picture_form {
    XENPT_PICTURE_SVG,      /**< Boxes and text that can be selected. */
    XENPT_PICTURE_PNG,      /**< Two pixels for each of SVG's; made by cairo. */
    XENPT_PICTURE_PDF,      /**< One page; made by cairo. */
    XENPT_PICTURE_DOT,      /**< Graphviz's language: tree and sharing. */
    XENPT_PICTURE_HTML,     /**< A page to look around in, in place of a picture: it has the tables
                                 of all contexts, and needs no network. */
    XENPT_NR_PICTURE_FORMS, /**< How many there are. */
};

/** What is to be drawn, and where it goes. */
struct xenpt_draw_options {
    enum xenpt_picture picture;                  /**< What; not read for HTML. */
    enum xenpt_picture_form form;                /**< In which form. */
    const char *title;                           /**< What it is a picture of, in words. */
    const struct xenpt_context *const *contexts; /**< Whose, in the order to show them... */
    size_t nr_contexts;                          /**< ...and how many. */
    const uint64_t *in;                          /**< WALK: the addresses... */
    size_t nr_in;                                /**< ...and how many. */
    const struct xenpt_run_result *run;          /**< TIMELINE: what came of a scenario that was run
                                                      with xenpt_run_options::trace. */
    const struct xenpt_expose_options *expose;   /**< EXPOSURE: of which contexts, of whose memory,
                                                      under which threat; @ref contexts is not
                                                      read. */
    /** Takes @p n bytes.  @return False: they cannot be written; nothing more will come. */
    bool (*write)(void *ctx, const char *bytes, size_t n);
    void *ctx; /**< Passed to @ref write. */
};

/**
 * Draws a picture of a view.
 * @param view  Not read for TIMELINE; NULL is fine then.
 * @return #XENPT_EUNSUPPORTED for a form that the picture has not, or that this library was built
 *         without; #XENPT_ESTATE if there is nothing to draw; #XENPT_EIO if it cannot be written;
 *         #XENPT_ENOMEM.
 */
XENPT_API XENPT_CHECK enum xenpt_code xenpt_draw(const struct xenpt_view *view,
                                                 const struct xenpt_draw_options *opt,
                                                 struct xenpt_error *err);

#ifdef __cplusplus
}
#endif

#endif
