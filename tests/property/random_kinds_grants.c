/* random_kinds_grants.c - steps by the hypercall grant_table_op, and entries of grant tables. */
#include "random_text.h"

#define LAST                                                                                       \
    {                                                                                              \
        NULL, 0, NULL, NULL, NULL, false, NULL, NULL, BY_DOMAIN, false                             \
    }

const struct rkind random_grant_kinds[] = {
    DEED(3, "grant-offer: <hvm>, ref: <ref>, to: <domain>, frame: <frame><|, read-only: yes>"),
    DEED_OF(BY_ANY, 3, "grant-offer: <own>, ref: <ref>, to: <domain>, frame: <own-frame>"),
    DEED(2, "grant-offer: <domain>, ref: <ref>, to: <domain>, frame: <frame>, "
            "<type: transfer|from: 16, length: 64>"),
    DEED(2,
         "grant-offer: <domain>, ref: <ref>, to: <domain>, type: transitive, grant-of: <domain>, "
         "grant: <ref>"),
    DEED(1, "grant-offer: <domain>, ref: <ref>, type: nothing"),
    CALL(BY_HVM, 3, "grant-map: <caller>, of: <domain>, ref: <ref>, gfn: <gfn><|, read-only: yes>"),
    CALL(BY_HVM, 3, "grant-unmap: <caller>, handle: <few><, gfn: <gfn>|>"),
    CALL(BY_PV, 1, "grant-unmap: <caller>, handle: <few>, at: <page><|, by: <page>>"),
    CALL(BY_ANY, 2,
         "grant-copy: <caller>, from-ref: <ref>, from-of: <domain>, "
         "to-<frame: <own-frame>|ref: <ref>, to-of: <domain>>, length: "
         "<16|64|4096><|, from-offset: 16|, to-offset: 4090>"),
    CALL(BY_HVM, 2, "grant-set-version: <caller>, version: <1|2|3>"),
    CALL(BY_ANY, 2, "grant-setup-table: <caller>, <|of: <domain>, >frames: <few>"),
    LOOSE_CALL(BY_ANY, 2,
               "grant-transfer: <caller>, <frame: <own-frame>|gfn: <gfn>>, to: <domain>, "
               "ref: <ref>"),
    CALL(BY_ANY, 1, "grant-swap: <caller>, ref: <ref>, with: <ref>"),
    CALL(BY_ANY, 1,
         "grant-cache-flush: <caller>, frame: <<own-frame>|<frame>>, "
         "op: <clean|both|drop|nothing><|, offset: 4000, length: 100>"),
    CALL(BY_ANY, 1, "grant-query-size: <caller><|, of: <domain>>"),
    CALL(BY_ANY, 1, "grant-get-version: <caller><|, of: <domain>>"),
    CALL(BY_ANY, 1, "grant-status-frames: <caller>, frames: <few><|, of: <domain>>"),
    LAST,
};
