#!/usr/bin/env python3
"""Stops a real Xen in its guest's user mode, in its kernel and in Xen, and compares the tables that
are there with a model's: nothing unexplained, nothing missing.

    layout.py XENPT KERNELS SEEN [--record]

Each machine of machines.py is compared with the model of it, and with the one that is derived from
it; the guest's own tables, read through its second stage, with those of the model.  Then values of
the layout are changed, one at a time, and each has to be noticed.  With XENPT_FULL=1 it is all
machines, else those that are no variants of others.

KERNELS is the folder with the kernels.  SEEN has what was found of the Xens that it names; --record
writes that of this Xen anew.  What a Xen lacks is left out, and said.
"""
import json
import pathlib
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

import machines
import xen

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


def kernels_in(folder):
    return {"pv64": folder / "kernel.elf", "domus": folder / "kernel.elf", "pvh": folder / "pvh.elf",
            "pv32": folder / "pv32.elf"}


def stop(machine, setup):
    """Stops it where the guest holds: in Xen, where it is most of the time, when it is there."""
    while True:
        machine.stop()
        cpus = (0, 1) if setup.kernel == "domus" else (0,)
        if any(machines.is_there(setup, machine.registers(cpu)) for cpu in cpus):
            return
        machine.go_on()
        machine.alive("moment in the right mode")


def take(xenpt, kernels, folder, setup):
    """The dump of one machine, and what its banner says."""
    module = kernels["pvh"] if setup.kernel == "domus" else None
    with xen.Machine(kernels[setup.kernel], cpu=setup.cpu, options=setup.options,
                     arguments=machines.arguments(setup), vcpus=setup.vcpus,
                     board=machines.board(setup), module=module) as machine:
        log = machine.wait("xenpt: hold")
        xen.need_layout(xenpt, xen.version(log)[0])
        stop(machine, setup)
        path = pathlib.Path(folder, "%d.elf" % (hash(setup) & 0xffffffff))
        machine.capture(xenpt, path)
        return path, xen.version(log)


def compare(xenpt, *words):
    done = subprocess.run([xenpt, "compare", *map(str, words), "--format", "json", "--quiet"],
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
    if done.returncode not in (0, 1):
        raise xen.Failed("%r: %s" % (words, done.stderr.decode()))
    return json.loads(done.stdout)


def listed(xenpt, dump, *words):
    """What `xenpt map` lists, of one context."""
    done = subprocess.run([xenpt, "map", dump, "--format", "json", "--quiet", *words],
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
    if done.returncode:
        raise xen.Failed("%r: %s" % (words, done.stderr.decode()))
    return json.loads(done.stdout)["contexts"][0]["ranges"]


def inferred(document, what):
    return " ".join(i["value"] for i in document["inferred"] if i["what"] == what)


def image_root(document, kind):
    return [p["image"].split(":")[1] + "000" for p in document["pairs"] if p["kind"] == kind]


def models_of(xenpt, folder, setup, dump, document, release):
    """Files with models of a machine, of it and of it without shadow paging, where what the guest's
    tables say can be read; document is what was derived.
    """
    layout = ["--layout", inferred(document, "layout")]
    idle = ["--root", image_root(document, "idle")[0], *layout]
    image = inferred(document, "image").split(", ", 1)[1]
    image = machines.IMAGES.get(image) or machines.sections(
        listed(xenpt, dump, *idle, "--area", "xen-image"),
        [r for root in image_root(document, "xpti")
         for r in listed(xenpt, dump, "--root", root, *layout, "--area", "xen-image")])
    stacks = machines.stacks_of(listed(xenpt, dump, *idle, "--area", "directmap"))
    ret = []
    for shadow in (True, False):
        path = pathlib.Path(folder, "%s-%d.yaml" % (dump.stem, shadow))
        path.write_text(machines.model(setup, release, image, stacks,
                                       inferred(document, "build") == "with 32-bit PV", shadow))
        ret.append(path)
    return ret


def pages(ranges):
    """Of each page of a guest's, what it is to the guest."""
    ret = {}
    for r in ranges:
        if "gaddr" not in r:
            continue
        first, last, to = (int(r[key], 16) for key in ("first", "last", "gaddr"))
        flags = [flag for flag in r["flags"] if flag not in ("A", "D")]
        for i in range(0, last + 1 - first, 4096):
            ret[first + i] = [to + i, r["rights"], flags]
    return ret


def guest_tables(xenpt, setup, model, dump, document):
    """Of each PVH domain its mode, how many pages its own tables map, and those that they map
    otherwise in the model.  Which second stage is whose no table tells: the one that fits best.
    """
    ret, stages = [], ["npt:" + root for root in image_root(document, "npt")]
    for name, mode, _ in machines.guests(setup):
        registers = [word for register, value in machines.REGISTERS[mode].items()
                     if register != "cr3" for word in ("--" + register, value)]
        said = pages(listed(xenpt, model, "--context", name + ".v0.guest", "--leaves", "--at", "last"))
        best = None
        for stage in stages:
            seen = pages(listed(xenpt, dump, "--root", machines.ROOTS[mode], "--mode",
                                machines.MODES[mode], "--second", stage, "--leaves", *registers))
            # The guest has given these back, or put something else in their place.
            differ = sorted(hex(va) for va in set(seen) | set(said)
                            if seen.get(va) != said.get(va) and
                            (seen.get(va) or said.get(va))[0] >> 12 not in machines.CHANGED)
            if best is None or len(differ) < len(best[2]):
                best = mode, len(seen), differ, stage
        stages.remove(best[3])
        ret.append(best[:3])
    return ret


def weigh(xenpt, folder, setup, dump, release):
    """Summaries by the model of the machine, and by the derived one; and the guest's tables."""
    derived = compare(xenpt, "--derive", dump)
    model, plain = models_of(xenpt, folder, setup, dump, derived, release)
    ret = {"model": compare(xenpt, model, dump), "derived": derived}
    return ret, guest_tables(xenpt, setup, plain, dump, derived), model


def mutant(xenpt, folder, dump, overlay):
    """What notices a layout that was changed: areas, with how many entries."""
    path = pathlib.Path(folder, "mutant.yaml")
    path.write_text("name: mutant\nfrom: xen-4.17\nsystem: xen\nreleases: { first: 4.17, last: 4.17 }\n"
                    "text: One value of it is wrong.\nsource: none\n%s\n" % overlay)
    return noticed_in(xenpt, "--derive", dump, "--layout", path)


def noticed_in(xenpt, *words):
    try:
        document = compare(xenpt, *words)
    except xen.Failed:
        return ["no machine is derived"]
    found = {}
    for difference in document["differences"]:
        area = difference["area"] or "a root"
        found[area] = found.get(area, 0) + 1
    if document["only_model"]:
        found["no root"] = len(document["only_model"])
    return ["%s: %d" % (area, nr) for area, nr in sorted(found.items())]


def abilities(xenpt, kernels, folder):
    """What this Xen is: its release, its banner, and what is not in it, with how that shows."""
    plain = machines.SETUPS[0]
    dump, (release, banner) = take(xenpt, kernels, folder, plain)
    lacks = {}
    if inferred(compare(xenpt, "--derive", dump), "build") != "with 32-bit PV":
        lacks["pv32"] = "it is built without 32-bit PV"
    shadow = next(s for s in machines.SETUPS if s.needs == "shadow")
    dump, _ = take(xenpt, kernels, folder, shadow)
    if "shadow" not in inferred(compare(xenpt, "--derive", dump), "domain"):
        lacks["shadow"] = "it is built without shadow paging: " + shadow.options + " has HAP"
    return release, banner, lacks


def run_machines(xenpt, kernels, folder, setups, release):
    found, wrong = {"machines": [], "guests": []}, []

    def one(setup):
        dump, _ = take(xenpt, kernels, folder, setup)
        return dump, weigh(xenpt, folder, setup, dump, release)

    with ThreadPoolExecutor(2) as pool:
        taken = dict(zip(setups, pool.map(one, setups)))
    for setup, (_, (documents, guests, _)) in taken.items():
        name = machines.name_of(setup)
        for by, document in documents.items():
            s = document["summary"]
            found["machines"].append([name, by, s["exact"], s["allowed"], s["unexplained"],
                                      s["missing"]])
            if s["unexplained"] or s["missing"]:
                wrong.append("%s, %s: %d unexplained, %d missing\n%s" %
                             (name, by, s["unexplained"], s["missing"],
                              json.dumps(document["differences"][:3], indent=1)))
        for mode, nr, differ in guests:
            found["guests"].append([name, machines.MODE_TEXT[mode], nr, len(differ)])
            if differ or not nr:
                wrong.append("%s, %s: %d pages of the guest's, and others at %s" %
                             (name, mode, nr, ", ".join(differ[:8]) or "none"))
    return {setup: (dump, weighed[2]) for setup, (dump, weighed) in taken.items()}, found, wrong


def changed(xenpt, folder, dump, model, kind, address, level, bits):
    """What notices another entry in the machine's memory, by the model of it."""
    right = compare(xenpt, "--derive", dump)
    root = image_root(right, kind)[0]
    mode = ["--mode", "npt4"] if kind == "npt" else []
    done = subprocess.run([xenpt, "walk", dump, hex(address), "--root", root, *mode, "--format", "json",
                           "--quiet"], stdout=subprocess.PIPE, check=False)
    step = next(s for s in json.loads(done.stdout)["walks"][0]["steps"] if s["level"] == level)
    path = pathlib.Path(folder, "changed.elf")
    xen.change(dump, path, int(step["at"], 16), bits)
    named = ["--root", "0x%x:npt" % (int(root, 16) >> 12)] if kind == "npt" else []
    ret = noticed_in(xenpt, model, path, *named)
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


def tell(banner, found):
    print("Xen " + banner)
    for machine in found["machines"]:
        print("%-46s %-8s exact %5d, allowed %3d, unexplained %d, missing %d" % tuple(machine))
    for guest in found["guests"]:
        print("%-46s %s: %d pages by the guest's own tables, %d otherwise" % tuple(guest))
    for what, where, areas in found["mutants"]:
        print("%-50s %s" % (what, areas or "NOT NOTICED"))
    for what, why in found["left_out"]:
        print("left out: %s, since %s" % (what, why))


def compare_record(path, banner, found, record):
    """Rows that are not as they were recorded; another Xen has none."""
    known = json.loads(path.read_text())
    if record:
        known[banner] = found
        path.write_text(json.dumps(known, indent=1) + "\n")
    elif banner not in known:
        print("%s has nothing of this Xen" % path)
    elif any(row not in known[banner][key] for key in found for row in found[key]):
        print("%s has something else: frames that an allocator chose otherwise" % path)


def main():
    xenpt, kernels, path = sys.argv[1], pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3])
    kernels = kernels_in(kernels)
    xen.needed()
    with tempfile.TemporaryDirectory(prefix="xenpt-layout-") as folder:
        release, banner, lacks = abilities(xenpt, kernels, folder)
        setups = [s for s in machines.chosen() if s.needs not in lacks]
        dumps, found, wrong = run_machines(xenpt, kernels, folder, setups, release)
        found["mutants"] = []
        if release.startswith("4.17"):
            found["mutants"], more = run_mutants(xenpt, folder, dumps)
            wrong += more
    found["left_out"] = [[machines.name_of(s), lacks[s.needs]] for s in machines.chosen()
                         if s.needs in lacks]
    tell(banner, found)
    compare_record(path, banner, found, "--record" in sys.argv)
    sys.exit("\n".join(wrong) or 0)


if __name__ == "__main__":
    try:
        main()
    except xen.Failed as failed:
        sys.exit(str(failed))
