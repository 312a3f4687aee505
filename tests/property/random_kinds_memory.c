/* random_kinds_memory.c - steps by the hypercall memory_op, of callers of all types. */
#include "random_text.h"

const struct rkind random_memory_kinds[] = {
    CALL(BY_ANY, 1, "increase-reservation: <caller><|, order: <few>><|, of: <domain>>"),
    CALL(BY_HVM, 2, "decrease-reservation: <caller>, gfns: <gfn>"),
    LOOSE_CALL(BY_HVM, 1, "decrease-reservation: <caller>, gfns: <large>, order: 9"),
    LOOSE_CALL(BY_DOM0, 1, "decrease-reservation: <caller>, gfns: <large>, order: 9, of: <hvm>"),
    LOOSE_CALL(BY_PV, 1, "decrease-reservation: <caller>, frames: <own-frame>, order: <1|2>"),
    CALL_BUT(BY_HVM, 2, "physmap-populate", "populate-physmap: <caller>, gfns: <gfn>"),
    CALL_BUT(BY_HVM, 1, "physmap-populate", "populate-physmap: <caller>, gfns: <large>, order: 9"),
    CALL_BUT(BY_DOM0, 2, "physmap-populate",
             "populate-physmap: <caller>, gfns: <large>, order: 9, of: <hvm>"
             "<|, on-demand: yes>"),
    CALL(BY_PV, 1, "populate-physmap: <caller>, gfns: <frames>, order: <1|2><|, address-bits: 28>"),
    LOOSE_CALL(BY_PV, 1,
               "exchange: <caller>, frames: <own-frame>, gfns: <frames>, order: <0|1|2>, "
               "to-order: <0|1|2>"),
    LOOSE_CALL(BY_ANY, 1, "transfer-page: <caller>, frame: <own-frame>, to: <domain>, gfn: <gfn>"),
    CALL_BUT(BY_HVM, 3, "physmap-alias",
             "add-to-physmap: <caller>, space: <shared-info|grant-table, idx: <few>|gmfn, "
             "idx: <gfn>|gmfn-range, idx: <gfn>>, gfn: <gfn>"),
    CALL_BUT(BY_DOM0, 2, "physmap-alias",
             "add-to-physmap: <caller>, of: <hvm>, space: <shared-info|grant-table, idx: "
             "<few>|gmfn, idx: <gfn>>, gfn: <gfn>"),
    CALL_BUT(BY_HVM, 1, "physmap-alias",
             "add-to-physmap: <caller>, space: grant-table, idx: <few>, gfn: <gfn>, "
             "status: yes"),
    CALL_BUT(BY_HVM, 4, "physmap-alias",
             "add-to-physmap: <caller>, space: gmfn-foreign, frames-of: <first>, idx: <gfn>, "
             "gfn: <gfn>, batch: yes"),
    CALL_BUT(BY_DOM0, 2, "physmap-alias",
             "add-to-physmap: <caller>, space: gmfn-foreign, frames-of: <first>, idx: <gfn>, "
             "gfn: <gfn>, of: <hvm>, batch: yes"),
    CALL(BY_HVM, 2, "remove-from-physmap: <caller>, gfn: <gfn>"),
    CALL(BY_DOM0, 1, "remove-from-physmap: <caller>, gfn: <gfn>, of: <hvm>"),
    CALL(BY_DOM0, 1, "pod-target: <caller>, of: <hvm>, frames: <frames>"),
    CALL(BY_ANY, 3,
         "acquire-resource: <caller>, of: <domain>, type: <grant-table|ioreq-server>, "
         "id: <few><|, frame: <few>><|, frames: <few>><|, gfn: <gfn>>"),
    CALL(BY_ANY, 1, "acquire-resource: <caller>, of: <domain>, type: vmtrace"),
    { NULL, 0, NULL, NULL, NULL, false, NULL, NULL, BY_DOMAIN, false },
};
