/* random_kinds_p2m.c - steps about the physical memory of HVM and PVH guests: types, rights, views,
 * logs, pagers, and what guests do themselves. */
#include "random_text.h"

const struct rkind random_p2m_kinds[] = {
    DEED(2, "set-p2m-type: <hvm>, gfn: <gfn>, type: <ram_rw|ram_ro>"),
    DEED(2, "set-mem-access: <hvm>, gfns: <gfn>, access: <rwx|r|rx|n|rx2rw|n2rwx>"),
    DEED(1, "set-mem-access: <hvm>, gfns: <gfn>, access: <rwx|r|rx>, view: <few>"),
    DEED(2, "altp2m: <hvm>, op: <on|create|create|off>"),
    DEED(1, "altp2m: <hvm>, op: destroy, view: <few>"),
    DEED_OF(BY_HVM, 3, "altp2m: <own>, op: remap, view: <few>, gfn: <gfn><|, to: <gfn>>"),
    DEED(2, "altp2m: <hvm>, op: remap, view: <few>, gfn: <gfn><|, to: <gfn>>"),
    DEED_OF(BY_HVM, 2, "altp2m: <own>, op: switch, view: <few>, vcpu: <caller>"),
    DEED(2, "log-dirty: <domain>, op: <enable|clean|disable>"),
    CALL(BY_DOM0, 4,
         "mem-paging: <caller>, op: <enable|nominate|nominate|evict|evict|prepare|"
         "disable>, of: <hvm>, gfn: <gfn>"),
    LOOSE_DEED(BY_HVM, 4, "access: <read|write|fetch>, in: <context>, at: <gfn>000"),
    LOOSE_DEED(BY_HVM, 2, "guest-write: <gfn>008, of: <caller>, value: <0|0x67|0x1067>"),
    LOOSE_DEED(BY_HVM, 1, "load: <caller>, <cr3: <few>000|cr4: 0x20|cr4: 0xa0|cr0: 0x80010031>"),
    LOOSE_DEED(BY_PV, 2, "access: <read|write>, in: <context>, at: <page>"),
    LOOSE_DEED(BY_HVM, 1,
               "emulate: <context>, at: <page>, instruction: <8b 00|89 00|0f 01 30>, rax: <page>"),
    LOOSE_CALL(
        BY_DOM0, 3,
        "mem-sharing: <caller>, op: <nominate|nominate|enable|debug>, of: <hvm>, gfn: <gfn>"),
    LOOSE_CALL(BY_DOM0, 3,
               "mem-sharing: <caller>, op: <share|share|add-physmap>, of: <hvm>, gfn: <gfn>, "
               "client: <hvm>, client-gfn: <gfn>"),
    { NULL, 0, NULL, NULL, NULL, false, NULL, NULL, BY_DOMAIN, false },
};
