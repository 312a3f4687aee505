"""Layouts and memory that are wrong: one value of a layout, or an entry of a machine's memory, is
another, and `xenpt compare` has to notice.
"""
import json
import pathlib
import subprocess

import machines
import xen
from asking import compare, image_root

# What is changed of the layout, on which machine, and where that shows.
AMD, AMD_XPTI = machines.pv64("amd", "", "k"), machines.pv64("amd", "xpti=yes", "k")
PVH, PVH_SHADOW = machines.pvh0("64", "k"), machines.pvh0("64", "k", "dom0=pvh,shadow")
PV32 = machines.pv32("amd", "k")
MUTANTS = [
    (AMD, "the directmap has no NX", "areas: { directmap: { leaf: P RW A D G } }"),
    (AMD, "the directmap can be read only", "areas: { directmap: { leaf: P A D G NX } }"),
    (AMD, "M2P, as Xen writes it, is not global",
     "areas: { rdwr-m2p: { leaf: P RW A D NX } }"),
    (AMD, "M2P, as guests read it, is Xen's alone", "areas: { ro-m2p: { leaf: P A } }"),
    (AMD, "the frametable has no NX", "areas: { frametable: { leaf: P RW A D G } }"),
    (AMD, "Xen's code can be written",
     "areas: { xen-image: { parts: { text: { leaf: P RW A G } } } }"),
    (AMD, "Xen's constants can be executed",
     "areas: { xen-image: { parts: { rodata: { leaf: P A G } } } }"),
    (AMD, "Xen's data can be executed",
     "areas: { xen-image: { parts: { data: { leaf: P RW A D G } } } }"),
    (AMD, "stack guards are pages 0 and 4", "stack: { guards: [0, 4] }"),
    (AMD, "stack guards can be written", "stack: { guard-leaf: P RW A D G NX }"),
    (AMD, "there are no stack guards", "stack: { guards: [] }"),
    (AMD, "stubs can be written", "areas: { stubs: { leaf: P RW A D G AVL=1 } }"),
    (AMD, "the IO-APIC is a page further",
     "areas: { fixmap: { parts: { io-apic: { first: 0x1eb000, last: 0x1ebfff }, "
     "local-apic: { first: 0x1ec000, last: 0x1ecfff } } } }"),
    (AMD, "the guest's GDT has no NX",
     "areas: { gdt-ldt: { parts: { gdt: { leaf: P RW A D } } } }"),
    (AMD, "the per-domain L3 has no NX", "areas: { per-domain: { L3: P RW A D } }"),
    (AMD, "the per-domain slot has no NX", "areas: { per-domain: { L4: P RW A D } }"),
    (AMD, "the linear slot has no NX", "areas: { guest-linear: { L4: P RW A D } }"),
    (AMD, "unset pages of a GDT can be written",
     "areas: { gdt-ldt: { parts: { gdt-unused: { leaf: P RW A D NX } } } }"),
    (AMD, "the LDT is mapped by Xen's own flags, without US",
     "areas: { gdt-ldt: { parts: { ldt: { leaf: P RW A D NX } } } }"),
    (AMD, "the trampoline can be written", "areas: { low-identity: { leaf: P RW A D } }"),
    (AMD, "the trampoline has NX", "areas: { low-identity: { leaf: P A NX } }"),
    (AMD, "the slot of M2P can be written", "areas: { ro-m2p: { L4: P RW US A NX } }"),
    (AMD, "the directmap's slot has no NX", "areas: { directmap: { L4: P RW A D } }"),
    (AMD_XPTI, "an XPTI root has 4 pages of Xen's code", "xpti: { text-pages: 4 }"),
    (AMD_XPTI, "an XPTI root has 2 pages of Xen's code", "xpti: { text-pages: 2 }"),
    (AMD_XPTI, "tables of an XPTI root are led to with NX", "xpti: { table: P RW A D NX }"),
    (AMD_XPTI, "an XPTI root has no stack guards", "xpti: { guards: no }"),
    (PVH, "a monitor table has no mirror of the per-domain slot", "areas: { per-domain-mirror: { in: pv32 } }"),
    (PVH, "that mirror has no NX", "areas: { per-domain-mirror: { L4: P RW A D } }"),
    (PVH, "a monitor table has M2P, as PV guests read it", "areas: { ro-m2p: { in: xen } }"),
    (PVH, "a monitor table has no linear slot", "areas: { guest-linear: { in: [idle, pv] } }"),
    (PVH, "PCI configuration space can be cached", "areas: { pci-mmcfg: { leaf: P RW A D G NX } }"),
    (PVH, "the slot of PCI configuration space has NX", "areas: { pci-mmcfg: { L4: P RW A D NX } }"),
    (PVH, "arguments of hypercalls are translated for 32-bit PV alone",
     "areas: { argument-translation: { in: pv32 } }"),
    (PVH, "pages for that have no AVL9", "areas: { argument-translation: { leaf: P RW A D NX } }"),
    (PVH_SHADOW, "the slot of the shadow's tables has no NX",
     "areas: { shadow-linear: { L4: P RW A D } }"),
    (PVH_SHADOW, "a monitor table has no slot of the shadow's tables",
     "areas: { shadow-linear: { in: pv64-shadow } }"),
    (PV32, "a 32-bit PV root has M2P, as 64-bit guests read it",
     "areas: { ro-m2p: { in: [idle, pv] } }"),
    (PV32, "and no mirror of the per-domain slot", "areas: { per-domain-mirror: { in: hvm } }"),
    (PV32, "the guest's tables are led to as Xen's alone", "areas: { guest-pae: { L4: P RW A } }"),
    (PV32, "M2P for 32-bit guests, as Xen writes it, is not global",
     "areas: { compat-m2p: { leaf: P RW A D NX } }"),
    (PV32, "arguments of hypercalls are translated for PVH alone",
     "areas: { argument-translation: { in: hvm } }"),
    (PV32, "its LDT is read only", "areas: { gdt-ldt: { parts: { ldt-pv32: { leaf: P US A D } } } }"),
]

# What is changed in the machine's memory: in a root of that kind, the entry that an address's walk
# ends with, or that of a level, and which bits.
# (Without US a page of a second stage is one that Xen looks at again when it is used: p2m-pt.c.)
NX = 1 << 63
CHANGES = [
    (PVH, "a page of a guest's is read only", "npt", 0x308000, 1, 2),
    (PVH, "a page of a guest's cannot be executed", "npt", 0x308000, 1, NX),
    (PVH, "a page of a guest's is that of another", "npt", 0x308000, 1, 0x1000),
    (PVH, "a page of a guest's is not cached", "npt", 0x308000, 1, 0x10),
    (PVH, "a table of a guest's memory is read only", "npt", 0x308000, 2, 2),
    (PVH, "a monitor table's directmap can be executed", "hap", 0xffff830000200000, 4, NX),
    (PVH, "a monitor table has another per-domain area", "hap", 0xffff820080000000, 4, 0x1000),
    (PVH, "a monitor table's linear slot leads elsewhere", "hap", 0xffff810000000000, 4, 0x1000),
    (PV32, "a 32-bit PV root leads to the guest's tables with NX", "pv32", 0xc0000000, 4, NX),
    (PV32, "its directmap can be reached by the guest", "pv32", 0xffff830000200000, 4, 4),
    (PV32, "its linear slot can be executed", "pv32", 0xffff810000000000, 4, NX),
    (PV32, "a page of its GDT is read only", "pv32", 0xffff820000000000, 1, 2),
    (PVH_SHADOW, "a monitor table's shadow can be executed", "shadow", 0xffff818000000000, 4, NX),
]


def mutant(xenpt, folder, dump, overlay):
    """What notices a layout that was changed: areas, with how many entries."""
    path = pathlib.Path(folder, "mutant.yaml")
    path.write_text("name: mutant\nfrom: xen-4.17\nsystem: xen\nreleases: { first: 4.17, last: 4.17 }\n"
                    "text: One value of it is wrong.\nsource: none\n%s\n" % overlay)
    return noticed_in(xenpt, "--derive", dump, "--layout", path)


def noticed_in(xenpt, *words, unpaired=None):
    """Areas, with how many entries differ; and roots of the model's that the image has not, if there
    are others than the number that it had not before.
    """
    try:
        document = compare(xenpt, *words)
    except xen.Failed:
        return ["no machine is derived"]
    found = {}
    for difference in document["differences"]:
        area = difference["area"] or "a root"
        found[area] = found.get(area, 0) + 1
    if unpaired is not None and len(document["only_model"]) != unpaired:
        found["no root"] = len(document["only_model"]) - unpaired
    return ["%s: %d" % (area, nr) for area, nr in sorted(found.items())]


def changed(xenpt, folder, dump, model, kind, address, level, bits):
    """What notices another entry in the machine's memory, by the model of it."""
    right = compare(xenpt, model, dump)
    root = image_root(right, kind)[0]
    mode = ["--mode", kind + "4"] if kind in ("npt", "ept") else []
    done = subprocess.run([xenpt, "walk", dump, hex(address), "--root", root, *mode, "--format", "json",
                           "--quiet"], stdout=subprocess.PIPE, check=False)
    step = next(s for s in json.loads(done.stdout)["walks"][0]["steps"] if s["level"] == level)
    path = pathlib.Path(folder, "changed.elf")
    xen.change(dump, path, int(step["at"], 16), bits)
    named = ["--root", "0x%x:%s" % (int(root, 16) >> 12, kind)] if mode else []
    ret = noticed_in(xenpt, model, path, *named, unpaired=len(right["only_model"]))
    path.unlink()
    return ret


def run_mutants(xenpt, folder, dumps):
    found, wrong = [], []
    for setup, what, *how in MUTANTS + CHANGES:
        if setup not in dumps:
            continue
        dump, model = dumps[setup]
        noticed = mutant(xenpt, folder, dump, *how) if len(how) == 1 else changed(
            xenpt, folder, dump, model, *how)
        found.append([what, machines.name_of(setup), ", ".join(noticed)])
        if not noticed:
            wrong.append("%s: nothing notices that" % what)
    return found, wrong
