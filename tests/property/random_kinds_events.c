/* random_kinds_events.c - steps by event channels: bits of shared_info, and queues. */
#include "random_text.h"

const struct rkind random_event_kinds[] = {
    CALL(BY_ANY, 2, "event-alloc-unbound: <caller>, to: <domain><|, of: <domain>>"),
    CALL(BY_ANY, 2, "event-bind-interdomain: <caller>, to: <domain>, port: <port>"),
    CALL(BY_ANY, 2,
         "event-bind-virq: <caller>, virq: <timer|debug|console|dom-exc|tbuf|virq-5>, "
         "for: <0|0|1|9>"),
    CALL(BY_ANY, 1, "event-bind-ipi: <caller>, for: <0|0|1|9>"),
    CALL(BY_ANY, 4, "event-send: <caller>, port: <port>"),
    CALL(BY_ANY, 2, "event-close: <caller>, port: <port>"),
    CALL(BY_ANY, 1, "event-status: <caller><|, of: <domain>>, port: <port>"),
    DEED(2, "event-take: <domain>, port: <port>"),
    CALL(BY_ANY, 2,
         "event-init-control: <caller>, frame: <own-frame>, offset: <0|128|4096|4>, "
         "for: <0|0|1|9>"),
    CALL(BY_ANY, 2, "event-expand-array: <caller>, frame: <own-frame>"),
    CALL(BY_ANY, 1, "event-set-priority: <caller>, port: <port>, priority: <0|7|15|16>"),
    CALL(BY_ANY, 1, "event-unmask: <caller>, port: <port>"),
    CALL(BY_DOM0, 1, "map-pirq: <caller>, gsi: <20|1|23|24><|, of: <domain>><|, pirq: <few>>"),
    CALL(BY_ANY, 1, "event-bind-pirq: <caller>, pirq: <20|1|23|<few>><|, shared: yes>"),
    { NULL, 0, NULL, NULL, NULL, false, NULL, NULL, BY_DOMAIN, false },
};
