#!/usr/bin/env python3
"""A real Xen under Bochs: XPTI with PCIDs, and PVH domains under VMX and EPT, which QEMU's TCG has not.

    bochs.py XENPT KERNELS SECTOR SEEN [--record]

Machines are stopped where layout.py stops them, and held to the model of each and to the one that is
derived from it.  And registers: which kind of root CR3 leads to with which PCID, and CR4's bits of these,
of each CPU that is in a guest, have to be the model's; so has what an EPTP leads to.  With XENPT_FULL=1
it is all machines, else those of PCIDs by default.

KERNELS is the folder with the kernels, SECTOR is bochs_boot.S.  SEEN has what was found of the Xens that it
names; --record writes that of this Xen anew.
"""
import json
import os
import pathlib
import struct
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor

import bochs_machine
import layout
import machines
import xen
from asking import image_root

SETUPS = [machines.pv64("skylake", "", where) for where in "kux"]
FULL = [machines.pv64("icelake", options, where) for options in ("xpti=yes", "pcid=yes", "") for where in "kux"]
FULL += [machines.pv64("skylake", "pcid=no", "k"), machines.pv64("skylake", "xpti=no pcid=no-xpti", "u")]
# An Ice Lake of Bochs's has no IF_PSCHANGE_MC_NO, so Xen takes it for one that CVE-2018-12207 concerns: EPT on another.
FULL += [machines.domus(words[-1], words, cpu="haswell") for words in ("64k", "paek", "2levelk", "64u", "paex")]
FULL += [machines.domus("k", "2levelk", "ept=exec-sp", cpu="haswell")]
PCIDE, PGE = 1 << 17, 1 << 7
# What CPU it is on, in the words of a model; in Xen it is by the root, which interrupts leave as it is.
PLACES = {"k": "d0.v0.kernel", "u": "d0.v0.user"}
IN_XEN = {"pv64-kernel": "d0.v0.xen", "pv64-user": "d0.v0.xen-user"}
EPT_BITS = 0x1e  # Write-back, a walk of four levels, and no A and D: asm/hvm/vmx/vmcs.h, 4.17.


def where_of(registers):
    """Where a CPU is: in the guest's kernel or user mode, in Xen on a PV guest's behalf, or nowhere."""
    if registers["cpl"] == 0:
        return "x" if registers["rip"] >> 32 == 0xffff82d0 else None
    return "k" if registers["rip"] >> 63 else "u"


def is_there(setup, cpus):
    if setup.kernel == "domus":
        return any(machines.is_there(setup, cpu) and (setup.where == "x" or cpu["eptp"]) for cpu in cpus)
    return any(where_of(cpu) == setup.where for cpu in cpus)


def take(xenpt, kernels, sector, folder, setup):
    """The dump of one machine, its CPUs, and what its banner says."""
    module = kernels["pvh"] if setup.kernel == "domus" else None
    with bochs_machine.Machine(sector, kernels[setup.kernel], setup.cpu, setup.options, machines.arguments(setup),
                               setup.vcpus, module) as machine:
        banner = xen.version(machine.wait("xenpt: hold"))
        xen.need_layout(xenpt, banner[0])
        while True:
            machine.stop()
            cpus = [machine.registers(i) for i in range(2)]
            if is_there(setup, cpus):
                break
            machine.go_on()
            time.sleep(0.05)
            machine.alive("moment in the right mode")
        path = pathlib.Path(folder, "%d.elf" % (hash(setup) & 0xffffffff))
        machine.capture(xenpt, path)
        return path, cpus, banner


# --- Registers ------------------------------------------------------------------------------

def exported(xenpt, folder, model, context):
    """CR3 and CR4 of CPU 0 of a model, which runs that."""
    path = pathlib.Path(folder, model.stem + "-exported.elf")
    subprocess.run([xenpt, "export", model, "--run", context, "-o", path], check=True, stdout=subprocess.DEVNULL)
    data = path.read_bytes()
    path.unlink()
    at = data.index(b"QEMU\0\0\0\0" + struct.pack("<II", 1, 440)) + 8
    return struct.unpack_from("<QQ", data, at + 392 + 24)


def root_kinds(document):
    """{frame of the image's: kind of root}"""
    return {int(pair["image"].split(":")[1], 16): pair["kind"] for pair in document["pairs"]}


def model_kind(xenpt, model, cr3):
    done = subprocess.run([xenpt, "roots", model, "--format", "json", "--quiet"], check=True, stdout=subprocess.PIPE)
    return next(root["kind"] for root in json.loads(done.stdout)["roots"] if int(root["mfn"], 16) == cr3 >> 12)


def words_of(kind, cr3, cr4):
    return "%s, PCID %d, PCIDE %d, PGE %d" % (kind, cr3 & 0xfff, bool(cr4 & PCIDE), bool(cr4 & PGE))


def pv_registers(xenpt, folder, setup, cpus, model, document):
    """Rows: of each CPU that is in the guest, what it has loaded, and what the model's has."""
    kinds, ret = root_kinds(document), {}
    for cpu in cpus:
        where = where_of(cpu)
        place = IN_XEN.get(kinds[cpu["cr3"] >> 12]) if where == "x" else PLACES.get(where)
        if not place: # A CPU that is idle in Xen has another root.
            continue
        cr3, cr4 = exported(xenpt, folder, model, place)
        ret[where] = [machines.name_of(setup), machines.WHERE_TEXT[where],
                      words_of(kinds[cpu["cr3"] >> 12], cpu["cr3"], cpu["cr4"]),
                      words_of(model_kind(xenpt, model, cr3), cr3, cr4)]
    return list(ret.values())


def ept_registers(setup, cpus, document):
    """Rows: of each CPU that is in a PVH guest, what its EPTP leads to."""
    roots = [int(root, 16) for root in image_root(document, "ept")]
    return [[machines.name_of(setup), "PVH guest",
             "%s, bits %#x" % ("ept" if cpu["eptp"] & ~0xfff in roots else "no EPT root", cpu["eptp"] & 0xfff),
             "ept, bits %#x" % EPT_BITS] for cpu in cpus if cpu["eptp"]]


# --- All of it ------------------------------------------------------------------------------

def one(xenpt, kernels, sector, folder, setup):
    dump, cpus, (release, banner) = take(xenpt, kernels, sector, folder, setup)
    documents, guests, model = layout.weigh(xenpt, folder, setup, dump, release)
    if setup.kernel == "domus":
        rows = ept_registers(setup, cpus, documents["derived"])
    else:
        rows = pv_registers(xenpt, folder, setup, cpus, model, documents["model"])
    dump.unlink()
    print("seen: " + machines.name_of(setup), flush=True)
    return banner, documents, guests, rows


def add(found, wrong, setup, documents, guests, rows):
    name = machines.name_of(setup)
    for by, document in documents.items():
        s = document["summary"]
        found["machines"].append([name, by, s["exact"], s["allowed"], s["unexplained"], s["missing"]])
        if s["unexplained"] or s["missing"]:
            wrong.append("%s, %s: %d unexplained, %d missing\n%s" %
                         (name, by, s["unexplained"], s["missing"], json.dumps(document["differences"][:3], indent=1)))
    for mode, nr, differ in guests:
        found["guests"].append([name, machines.MODE_TEXT[mode], nr, len(differ)])
        if differ or not nr:
            wrong.append("%s, %s: %d pages of the guest's, and others at %s" %
                         (name, mode, nr, ", ".join(differ[:8]) or "none"))
    found["registers"] += rows
    wrong += ["%s, in %s: %s, and the model has %s" % tuple(row) for row in rows if row[2] != row[3]]


def run(xenpt, kernels, sector):
    setups = SETUPS + (FULL if os.environ.get("XENPT_FULL") == "1" else [])
    found, wrong, banner = {"machines": [], "guests": [], "registers": []}, [], None
    with tempfile.TemporaryDirectory(prefix="xenpt-bochs-dumps-") as folder, ThreadPoolExecutor(2) as pool:
        for setup, (banner, *more) in zip(setups, pool.map(
                lambda setup: one(xenpt, kernels, sector, folder, setup), setups)):
            add(found, wrong, setup, *more)
    return banner, found, wrong


def main():
    xenpt, kernels, sector = sys.argv[1], layout.kernels_in(pathlib.Path(sys.argv[2])), sys.argv[3]
    path = pathlib.Path(sys.argv[4])
    bochs_machine.needed()
    xen.CPU_SECONDS = 240
    banner, found, wrong = run(xenpt, kernels, sector)
    layout.tell(banner, {**found, "mutants": [], "left_out": []})
    for row in found["registers"]:
        print("%s, in %s: %s, and of the model %s" % tuple(row))
    layout.compare_record(path, banner, found, "--record" in sys.argv)
    sys.exit("\n".join(wrong) or 0)


if __name__ == "__main__":
    try:
        main()
    except xen.Failed as failed:
        sys.exit(str(failed))
