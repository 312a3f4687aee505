/* iommu_fixture.h - machines with an IOMMU, in pieces of a model's text. */
#ifndef XENPT_TEST_IOMMU_FIXTURE_H
#define XENPT_TEST_IOMMU_FIXTURE_H

#include "scenario_fixture.h"

#define INTEL         "host: { ram: 1G, cpus: 3, iommu: intel }\n"
#define AMD           "host: { ram: 1G, cpus: 3, processor: rome, iommu: amd }\n"
#define V17           "xen: { release: \"4.17\" }\n"
#define WITH(options) "xen: { release: \"4.17\", options: \"" options "\" }\n"
#define D0            "  d0: { type: pv64, memory: 64M, privileged: yes }\n"
#define PVH0          "  d0: { type: pvh, memory: 64M, privileged: yes }\n"
#define DOMAINS                                                                                    \
    "domains:\n" D0 "  d1: { type: pv64, memory: 32M, devices: [nic] }\n"                          \
    "  d2: { type: pvh, memory: 32M, devices: [gpu] }\n"                                           \
    "  d3: { type: pv32, memory: 32M, devices: [disk] }\n"                                         \
    "running: { cpu0: d0.v0.kernel, cpu1: d1.v0.kernel, cpu2: d3.v0.kernel }\n"
#define PV32         "xen: { release: \"4.17\", pv32: yes }\n"
#define AT(frame)    "bus(" frame ")"
#define MAPPED(f, r) "{ mapped: " AT(f) ", in: d1.device, frame: " f ", rights: " r " }"
#define UNMAPPED(f)  "{ unmapped: " AT(f) ", in: d1.device }"
#define STEPS(...)   "steps:\n  [ " __VA_ARGS__ " ]\n"
#define EXPECT(...)  "expect: [ " __VA_ARGS__ " ]\n"
#define BUILT                                                                                      \
    "expect:\n"                                                                                    \
    "  - { mapped: bus(d1.gfn(8000)), in: d1.device, frame: d1.gfn(8000), rights: rw- }\n"         \
    "  - { unmapped: bus(d1.v0.root), in: d1.device }\n"                                           \
    "  - { unmapped: bus(mfn(d1.v0.kernel.entry-at(0xffffffff80000000))), in: d1.device }\n"       \
    "  - { unmapped: bus(mfn(d1.v0.user.entry-at(0x400000))), in: d1.device }\n"                   \
    "  - { unmapped: bus(d3.v0.root), in: d3.device }\n"                                           \
    "  - { unreachable: d0, from: [d1.device, d3.device] }\n"                                      \
    "  - { unreachable: d2, from: d1.device }\n"                                                   \
    "  - { invariant: device-types, in: [d1.device, d2.device, d3.device] }\n"                     \
    "  - { invariant: device-memory, in: [d1.device, d2.device, d3.device] }\n"                    \
    "  - { invariant: legal-entries, in: every device context }\n"
#define TAKE                                                                                       \
    "{ grant-offer: d1, ref: 8, to: d2, frame: d1.gfn(8000) }, { grant-map: d2.v0, of: d1, "       \
    "ref: 8, gfn: 0x500"
#define LET_GO "{ grant-unmap: d2.v0, handle: 0, gfn: 0x500, expect: [ "

#endif
