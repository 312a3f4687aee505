#!/usr/bin/env python3
"""Linux as dom0 of a real Xen under Bochs, where PVH domains that Xen's own tools make have EPT, and dom0
has XPTI with PCIDs: stopped in dom0's kernel, in its user mode, and in Xen, with the other CPU in a PVH
domain, and compared with the model of the machine and with the one that is derived from it.

    bochs_linux.py XENPT KERNELS SECTOR FOLDER SEEN [--record]

Part of the full set alone: XENPT_FULL=1.  What is compared is what bochs.py compares: tables of Xen and of
EPT, those of the guests, and CR3, CR4 and EPTP; then models, layouts and entries that are wrong have to be
noticed.  Debian's packages of Linux and of Xen's tools are downloaded into FOLDER, once.  SEEN has what was
found of the Xen that it names; --record writes it anew.
"""
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor

import bochs
import bochs_machine
import dom0
import layout
import machines
import mutants
import xen

# What runs in PVH domains, and what Xen is told; each is stopped three times.
BOOTS = [("64u paek", ""), ("2levelk 64x", "ept=exec-sp xpti=no")]
CONFIG = 'type = "pvh"\nmemory = 16\nvcpus = 2\ncpus = "1"\ncmdline = "two mode-%s hold-%s"'
# What dom0 does when they hold: user mode, its kernel, and hypercalls, each as often as not.
BUSY = "i=0; while [ $i -lt 50 ]; do i=$((i + 1)); done; read line </proc/uptime"
# It has no devices: a small buffer for these, and no memory map beyond what it is given.
ARGUMENTS = "console=hvc0 quiet swiotlb=512"
SECONDS = 900
MEGABYTES = 480

# Values of the layout that are others, by what notices them; entries of the machine's memory, as
# mutants.CHANGES has them; and words of the model.
LAYOUTS = [
    ("the directmap has no NX", "areas: { directmap: { leaf: P RW A D G } }"),
    ("an XPTI root has 4 pages of Xen's code", "xpti: { text-pages: 4 }"),
    ("the per-domain slot has no NX", "areas: { per-domain: { L4: P RW A D } }"),
    ("a monitor table has no mirror of the per-domain slot", "areas: { per-domain-mirror: { in: pv32 } }"),
]
CHANGES = [
    ("a page of a guest's is read only under EPT", "ept", 0x308000, 1, 2),
    ("a page of a guest's cannot be read under EPT", "ept", 0x308000, 1, 1),
    ("a superpage of a guest's can be executed", "ept", 0x600000, 2, 4),
    ("a superpage of a guest's is of no type", "ept", 0x600000, 2, 1 << 52),
    ("a page of a guest's is not cached under EPT", "ept", 0x308000, 1, 6 << 3),
    ("a page of a guest's has the memory type that the guest says", "ept", 0x308000, 1, 1 << 6),
    ("a table of a guest's memory is read only under EPT", "ept", 0x308000, 2, 2),
    ("a monitor table has another per-domain area", "hap", 0xffff820080000000, 4, 0x1000),
    ("an XPTI root's per-domain slot can be executed", "xpti", 0xffff820000000000, 4, 1 << 63),
]
MODELS = [
    ("a PVH domain has three vCPUs", "vcpus: 2", "vcpus: 3"),
    ("superpages can be executed", 'options: [""', 'options: ["ept=exec-sp"'),
    ("there is no XPTI", 'options: [""', 'options: ["xpti=no"'),
    ("Xen is 4.16", 'release: "4.17', 'release: "4.16'),
    ("the second stage is AMD's", "processor: haswell", "processor: naples"),
    ("a stack is somewhere else", "stacks: [0x1", "stacks: [0x0"),
]


def start(folder, packages, kernels, sector, nr, boot):
    setup = machines.linux("k", *boot)
    domains = {name: (CONFIG % (mode, where), kernels["pvh"]) for name, mode, where in machines.guests(setup)}
    kernel, archive = dom0.initramfs(packages, folder / ("tree%d" % nr), domains, BUSY)
    path = folder / ("linux%d" % nr)
    path.write_bytes(dom0.unpacked(kernel))
    return bochs_machine.Machine(sector, path, setup.cpu, "dom0_mem=320M,max:320M " + setup.options, ARGUMENTS, 1,
                                 archive, MEGABYTES)


def stop(machine, where):
    """In that of dom0 on CPU 0, and in a PVH domain on CPU 1."""
    while True:
        machine.stop()
        cpus = [machine.registers(i) for i in range(2)]
        if bochs.where_of(cpus[0]) == where and cpus[1]["eptp"]:
            return cpus
        machine.go_on()
        time.sleep(0.02)
        machine.alive("moment in the right mode")


def weigh(xenpt, folder, setup, dump, cpus, release):
    documents, guests, model = layout.weigh(xenpt, folder, setup, dump, release)
    rows = bochs.pv_registers(xenpt, folder, setup, [cpu for cpu in cpus if not cpu["eptp"]], model, documents["model"])
    return documents, guests, rows + bochs.ept_registers(setup, cpus, documents["derived"]), model


def noticed_models(xenpt, folder, setup, dump, cpus, model, documents):
    """Rows of models that are wrong."""
    ret, right = [], documents["model"]
    for what, before, after in MODELS:
        text = model.read_text()
        path = folder / "wrong.yaml"
        path.write_text(text.replace(before, after, 1))
        if before not in text:
            raise xen.Failed("%s: the model has no %s" % (what, before))
        ret.append([what, machines.name_of(setup),
                    ", ".join(mutants.noticed_in(xenpt, path, dump, unpaired=len(right["only_model"])))])
    path.write_text(model.read_text().replace("processor: haswell", "processor: haswell, without: [pcid]"))
    rows = bochs.pv_registers(xenpt, folder, setup, cpus[:1], path, right)
    ret.append(["the processor has no PCIDs", machines.name_of(setup), ", ".join(
        "CR3 and CR4 of the CPU in %s: 1" % row[1] for row in rows if row[2] != row[3])])
    return ret


def noticed(xenpt, folder, setup, dump, cpus, model, documents):
    name = machines.name_of(setup)
    ret = [[what, name, ", ".join(mutants.mutant(xenpt, folder, dump, overlay))] for what, overlay in LAYOUTS]
    ret += [[what, name, ", ".join(mutants.changed(xenpt, folder, dump, model, *how))] for what, *how in CHANGES]
    return ret + noticed_models(xenpt, folder, setup, dump, cpus, model, documents)


def one(xenpt, kernels, sector, packages, folder, nr):
    """What was found with one boot: the banner, what bochs.add() is told of each moment, and mutants."""
    moments, wrong = [], []
    with start(folder, packages, kernels, sector, nr, BOOTS[nr]) as machine:
        log = machine.wait("xenpt: domains hold")
        release, banner = xen.version(log)
        xen.need_layout(xenpt, release)
        if "xenpt: FAILED" in log:
            raise xen.Failed(log[-3000:])
        print("booted in %d s of Bochs's" % machine.cpu_seconds(), flush=True)
        for where in "kux":
            setup, dump = machines.linux(where, *BOOTS[nr]), folder / ("%d%s.elf" % (nr, where))
            cpus = stop(machine, where)
            machine.capture(xenpt, dump)
            machine.go_on()
            documents, guests, rows, model = weigh(xenpt, folder, setup, dump, cpus, release)
            moments.append((setup, documents, guests, rows))
            if not nr and where == "k":
                wrong = noticed(xenpt, folder, setup, dump, cpus, model, documents)
            dump.unlink()
    return banner, moments, wrong


def run(xenpt, kernels, sector, packages):
    found, wrong = {"machines": [], "guests": [], "registers": [], "mutants": []}, []
    with tempfile.TemporaryDirectory(prefix="xenpt-bochs-linux-") as name, ThreadPoolExecutor(2) as pool:
        for banner, moments, mutated in pool.map(
                lambda nr: one(xenpt, kernels, sector, packages, pathlib.Path(name), nr), range(len(BOOTS))):
            for moment in moments:
                bochs.add(found, wrong, *moment)
            found["mutants"] += mutated
    wrong += ["%s: nothing notices that" % row[0] for row in found["mutants"] if not row[2]]
    return banner, found, wrong


def main():
    xenpt, kernels, sector = sys.argv[1], layout.kernels_in(pathlib.Path(sys.argv[2])), sys.argv[3]
    path = pathlib.Path(sys.argv[5])
    if not os.environ.get("XENPT_FULL"):
        xen.skip("part of the full set: XENPT_FULL=1")
    bochs_machine.needed()
    packages = pathlib.Path(sys.argv[4])
    packages.mkdir(parents=True, exist_ok=True)
    xen.CPU_SECONDS, xen.WALL_SECONDS = SECONDS, 4 * SECONDS
    banner, found, wrong = run(xenpt, kernels, sector, packages)
    layout.tell(banner, {**found, "left_out": []})
    for row in found["registers"]:
        print("%s, in %s: %s, and of the model %s" % tuple(row))
    layout.compare_record(path, banner, found, "--record" in sys.argv)
    sys.exit("\n".join(wrong) or 0)


if __name__ == "__main__":
    try:
        main()
    except xen.Failed as failed:
        sys.exit(str(failed))
    except subprocess.CalledProcessError as failed:
        sys.exit("%s: %s" % (failed, failed.stderr))
