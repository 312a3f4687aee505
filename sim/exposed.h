/* exposed.h - what exposure is asked about: whose memory is, and contexts with what they are for.
 */
#ifndef SIM_EXPOSED_H
#define SIM_EXPOSED_H

#include "finding.h"

struct exposed {
    const struct source *source;
    const struct finding *finding; /* Of an image. */
    const struct settings *settings;
    struct xenpt_owners *owners;
    struct xenpt_context *own; /* Copies, where more is known of a context than it says. */
    const struct xenpt_context **contexts;
    size_t nr;
};

/* The contexts that were asked for; without, CPUs and roots of a Xen.  exposed_end() is called
 * even if it fails. */
enum xenpt_code exposed_begin(struct exposed *ret, const struct source *source,
                              const struct finding *finding, const struct settings *settings,
                              struct xenpt_error *err);
/* A question about a threat. */
struct xenpt_expose_options exposed_asked(const struct exposed *e, enum xenpt_fear threat);
void exposed_end(struct exposed *e);

#endif
