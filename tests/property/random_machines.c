/* random_machines.c - the machines that steps at random are made on. */
#include "random_steps.h"

#define HOST_OF(processor)                                                                         \
    "host: { ram: 1G, cpus: 4, processor: " processor ", mmcfg: { base: 0xe0000000 } }\n"
#define XEN_OF(release, more) "xen: { release: \"" release "\", pv32: yes" more " }\n"
#define GUESTS                                                                                     \
    "domains:\n"                                                                                   \
    "  d0: { type: pv64, memory: 8M, privileged: yes }\n"                                          \
    "  d1: { type: pv64, memory: 8M, vcpus: 2, linear-pt: yes, ldt: yes }\n"                       \
    "  d2: { type: pv32, memory: 8M }\n"
#define SHADOWED                                                                                   \
    "domains:\n"                                                                                   \
    "  d0: { type: pv64, memory: 8M, privileged: yes, paging: shadow }\n"                          \
    "  d1: { type: pv64, memory: 8M, vcpus: 2, ldt: yes, paging: shadow }\n"                       \
    "  d2: { type: pv32, memory: 8M, paging: shadow }\n"
#define PVH "  d3: { type: pvh, memory: 8M }\n"
#define SERVED                                                                                     \
    "  d3: { type: hvm, memory: 8M, vcpus: 2 }\n"                                                  \
    "  d4: { type: pv64, memory: 6M, target: d3 }\n"
/* Devices of all of them, whose tables follow types, grants and memory. */
#define DEVICES_OF(processor, iommu)                                                               \
    "host: { ram: 1G, cpus: 4, processor: " processor ", iommu: " iommu                            \
    ", mmcfg: { base: 0xe0000000 } }\n"
#define WITH_DEVICES                                                                               \
    "domains:\n"                                                                                   \
    "  d0: { type: pv64, memory: 8M, privileged: yes }\n"                                          \
    "  d1: { type: pv64, memory: 8M, vcpus: 2, linear-pt: yes, ldt: yes, devices: [nic] }\n"       \
    "  d2: { type: pv32, memory: 8M, devices: [disk] }\n"                                          \
    "  d3: { type: pvh, memory: 8M, devices: [gpu] }\n"
#define RUNNING                                                                                    \
    "running: { cpu0: d0.v0.kernel, cpu1: d1.v0.kernel, cpu2: d2.v0.kernel, cpu3: d1.v1.kernel "   \
    "}\n"

/* A dom0 that is PVH maps others' memory by its own. */
#define UNDER_PVH                                                                                  \
    "domains:\n"                                                                                   \
    "  d0: { type: pvh, memory: 8M, privileged: yes }\n"                                           \
    "  d1: { type: pv64, memory: 8M, vcpus: 2, linear-pt: yes, ldt: yes }\n"                       \
    "  d2: { type: pv32, memory: 8M }\n"                                                           \
    "  d3: { type: pvh, memory: 8M, mode: pae }\n"

const struct random_machine random_machines[] = {
    { "4.17, XPTI",
      HOST_OF("skylake-server") XEN_OF("4.17", ", options: altp2m") GUESTS SERVED RUNNING },
    { "4.22", HOST_OF("rome") XEN_OF("4.22", "") GUESTS PVH RUNNING },
    { "4.13, no XPTI", HOST_OF("haswell") XEN_OF("4.13", ", options: [xpti=no, altp2m]") GUESTS
      "  d3: { type: hvm, memory: 8M, mode: 2level }\n" RUNNING },
    { "4.17, shadows", HOST_OF("rome") XEN_OF("4.17", "") SHADOWED
      "  d3: { type: hvm, memory: 8M, paging: shadow }\n" RUNNING },
    { "4.17, devices", DEVICES_OF("skylake-server", "intel")
                           XEN_OF("4.17", ", options: iommu=dom0-strict") WITH_DEVICES RUNNING },
    { "4.22, devices", DEVICES_OF("rome", "amd") XEN_OF("4.22", ", options: iommu=dom0-strict")
                           WITH_DEVICES RUNNING },
    { "4.20, apart", DEVICES_OF("ice-lake-server", "intel")
                         XEN_OF("4.20", ", options: [\"iommu=dom0-strict,no-sharept\", altp2m]")
                             WITH_DEVICES RUNNING },
    { "4.20, PVH dom0", HOST_OF("skylake-server") XEN_OF("4.20", ", options: dom0=pvh") UNDER_PVH
      "running: { cpu0: d0.v0.guest, cpu1: d1.v0.kernel, cpu2: "
      "d2.v0.kernel, cpu3: d1.v1.kernel }\n" },
    { "4.17, sharing", HOST_OF("skylake-server") XEN_OF("4.17", ", mem-sharing: yes") GUESTS PVH
      "  d4: { type: hvm, memory: 8M }\n" RUNNING },
    { NULL, NULL },
};
