/* sharing.h - what steps and expectations of event channels, the xenstore and resources have in
 * common. */
#ifndef XENPT_SCENARIO_SHARING_H
#define XENPT_SCENARIO_SHARING_H

#include "scenario/verb.h"
#include "xenpt/xenstore.h"

/* --- step_event.c -------------------------------------------------------------------------- */

/* The name of a number that a step gets. */
struct got_number {
    const char *name;
    size_t which;
};

void got_examine(struct scope *s, const struct node *node, struct got_number *got);
void got_set(struct world *w, const struct got_number *got, uint64_t value);
bool number32_or(struct world *w, const struct expr *e, uint32_t usual, const char *what,
                 uint32_t *ret);

/* --- step_device.c ------------------------------------------------------------------------- */

extern const struct words device_kind_words, xenbus_state_words, end_words;

/* A device, by its kind, number and domains. */
struct device_args {
    uint32_t kind;
    const struct expr *id, *front, *back;
};
bool device_eval(struct world *w, const struct device_args *a, struct xenpt_xenbus_device *ret);

/* What came of something that is no hypercall, as if it were one. */
void answer_is_result(struct world *w, const char *error, const struct xenpt_pv_rule *rule);

#endif
