/* random_kinds_life.c - steps by which domains and vCPUs come and go, and what CPUs execute; calls
 * that are pre-empted, and several in one. */
#include "random_text.h"

const struct rkind random_life_kinds[] = {
    DEED(1, "create: <new>, as: { type: <pv64|pv32|pvh|hvm>, memory: 5M<|, vcpus: 2> }"),
    DEED(1, "destroy: <created>"),
    DEED(1, "<pause|unpause>: <domain>"),
    DEED(2, "<pause|unpause|unpause>: <vcpu>"),
    DEED(2, "<up|up|down>: <vcpu>"),
    DEED(1, "<destroy|create>: <vcpu>"),
    LOOSE_DEED(BY_ANY, 3, "run: <context><|, on: <cpu>>"),
    DEED(1, "<enter-xen|leave-xen>: <vcpu>"),
    LOOSE_DEED(BY_PV, 1, "switch: <caller>, to: <user|kernel>"),
    LOOSE_CALL(BY_PV, 2,
               "mmuext-op: <caller>, op: <unpin|pin-l4|new-baseptr>, frame: <table>, "
               "preempt: <1|2|40>"),
    LOOSE_CALL(BY_PV, 2,
               "mmu-update: <caller>, at: maddr(<table>) + 8, value: maddr(<own-frame>) | "
               "<0x67|0x65>, preempt: <1|2|40>"),
    LOOSE_CALL(BY_PV, 3, "continue: <vcpu><|, preempt: <1|40>>"),
    LOOSE_CALL(BY_PV, 2,
               "multicall: <caller>, calls: [ { mmuext-op: <caller>, op: <unpin|pin-l1>, "
               "frame: <own-frame> }, { iret: <caller> } ]"),
    LOOSE_CALL(BY_PV, 2,
               "mmu-update: <caller>, requests: [ { at: maddr(<table>) + 8, value: 0 }, { "
               "at: maddr(<own-frame>), value: maddr(<own-frame>) | 0x67 } ]"),
    LOOSE_DEED(BY_PV, 1, "load-segment: <context>, selector: <7|15|0x33>"),
    { NULL, 0, NULL, NULL, NULL, false, NULL, NULL, BY_DOMAIN, false },
};
