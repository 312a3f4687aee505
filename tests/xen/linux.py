#!/usr/bin/env python3
"""Linux as dom0 of a real Xen, with Xen's own tools and domains that these make: stopped, captured by
`xenpt capture`, and compared with the model of the machine and with the one that is derived from it.

    linux.py XENPT PV_KERNEL PVH_KERNEL FOLDER SEEN [--record]

Part of the full set alone: XENPT_FULL=1.  Debian's packages of Linux and of Xen's tools are downloaded
into FOLDER, once.  SEEN has what was found of the Xen that it names; --record writes it anew.
"""
import json
import os
import pathlib
import subprocess
import sys
import tempfile

import dom0
import xen
from asking import compare, inferred
from machines import IMAGES, PROCESSORS

# As machines.py has it, but for what is there of domains, and for where the stacks are.
MODEL = """\
host: { ram: [0x0..0x9fbff, 0x100000..0x1dfdffff], cpus: 2, %s }
xen: { release: "%s", options: [%s], image: %s, stacks: [%s] }
domains:
  d0: { type: pv64, memory: 320M, privileged: yes }
%s"""
PV = ('type = "pv"\nmemory = 32\nvcpus = 2\ncmdline = "hold-%s"',
      "{ type: pv64, memory: 32M, vcpus: 2, ldt: yes }")
PVH = ('type = "pvh"\nmemory = 16\nvcpus = 2', "{ type: pvh, memory: 16M, vcpus: 2 }")
SHADOW = (PVH[0] + "\nhap = 0", "{ type: pvh, memory: 16M, vcpus: 2, paging: shadow }")
# CPU, words of Xen's command line, and the domains that are made.
SETUPS = [
    ("amd", "", "PV64 and PVH", [("pv", PV, "x"), ("pvh", PVH, "")]),
    ("amd", "xpti=yes", "PV64 and PVH", [("pv", PV, "x"), ("pvh", PVH, "")]),
    ("amd", "", "PV64 and PVH under shadow paging", [("pv", PV, "k"), ("pvh", SHADOW, "")]),
    ("intel", "", "two PV64", [("pv", PV, "x"), ("pv", PV, "u")]),
]
CPUS = {"amd": "EPYC,-monitor,-smap", "intel": "Skylake-Client,-smap"}
# A Linux PV dom0 dies with SMAP on, under TCG: so neither has it.
WITHOUT = {"amd": ", without: [smap]", "intel": ""}
STACK = 0x8000
MOMENTS = 3


def name_of(setup):
    cpu, options, made, _ = setup
    return "%s %s, with %s" % (cpu, options or "by default", made)


def start(folder, packages, kernels, nr, setup):
    cpu, options, _, domains = setup
    configs = {}
    for i, (kind, (lines, _), where) in enumerate(domains, 1):
        configs["d%d" % i] = (lines % where if "%s" in lines else lines, kernels[kind])
    kernel, archive = dom0.initramfs(packages, folder / ("tree%d" % nr), configs)
    return xen.Machine(kernel, cpu=CPUS[cpu], memory="480M",
                       options="dom0_mem=320M %s" % options,
                       arguments="console=hvc0 quiet,%s" % archive)


def inside(registers):
    return registers["cpl"] == 0 and registers["rip"] >> 32 == 0xffff82d0


def stacks(machine):
    """Where Xen's are: what RSP leads to of a CPU that is in Xen."""
    found = {}
    while len(found) < 2:
        machine.stop()
        for cpu in range(2):
            registers = machine.registers(cpu)
            if inside(registers) and registers["rsp"] >> 40 == 0xffff83:
                found[cpu] = (registers["rsp"] & 0xffffffffff) // STACK * STACK
        machine.go_on()
        machine.alive("CPU in Xen")
    return ["%#x" % found[cpu] for cpu in range(2)]


def model_of(setup, release, image, places):
    cpu, options, _, domains = setup
    processor = PROCESSORS[cpu]
    processor = processor.replace("[pcid]", "[pcid, smap]") if "without" in processor \
        else processor + WITHOUT[cpu]
    lines = "".join("  d%d: %s\n" % (i, words) for i, (_, (_, words), _) in enumerate(domains, 1))
    return MODEL % (processor, release, options, image, ", ".join(places), lines)


def weigh(xenpt, machine, folder, nr, setup):
    """Of some moments: what each comparison found, added up."""
    release, banner = xen.version(machine.log())
    sums, wrong = {}, []
    compared = [("derived", ["--derive"])]
    dump = folder / ("%d.elf.zst" % nr)
    machine.capture(xenpt, dump, "--tables")
    image = IMAGES.get(inferred(compare(xenpt, "--derive", dump), "image").split(", ", 1)[1])
    if image:
        model = folder / ("model%d.yaml" % nr)
        model.write_text(model_of(setup, release, image, stacks(machine)))
        compared.insert(0, ("model", [model]))
    for moment in range(MOMENTS):
        dump = folder / ("%d-%d.elf.zst" % (nr, moment))
        machine.capture(xenpt, dump, "--tables")
        for by, words in compared:
            document = compare(xenpt, *words, dump)
            s = document["summary"]
            seen = [s[key] for key in ("exact", "allowed", "unexplained", "missing")]
            sums[by] = [a + b for a, b in zip(sums.get(by, [0] * 4), seen)]
            if s["unexplained"] or s["missing"]:
                wrong.append("%s, %s: %d unexplained, %d missing\n%s" %
                             (name_of(setup), by, s["unexplained"], s["missing"],
                              json.dumps(document["differences"][:4], indent=1)))
    return banner, [[name_of(setup), by, *sums[by]] for by, _ in compared], wrong


def run(xenpt, kernels, packages):
    machines, left_out, wrong, banner = [], [], [], None
    with tempfile.TemporaryDirectory(prefix="xenpt-linux-") as name:
        folder = pathlib.Path(name)
        for nr, setup in enumerate(SETUPS):
            with start(folder, packages, kernels, nr, setup) as machine:
                log = machine.wait("xenpt: domains hold")
                release, banner = xen.version(log)
                xen.need_layout(xenpt, release)
                if "xenpt: FAILED: xl create" in log and "shadow" in setup[2]:
                    left_out.append(name_of(setup))
                    print("%s: this build makes no such domain" % name_of(setup))
                    continue
                if "xenpt: FAILED" in log:
                    raise xen.Failed("%s\n%s" % (name_of(setup), log[-3000:]))
                banner, rows, bad = weigh(xenpt, machine, folder, nr, setup)
                machines += rows
                wrong += bad
    return {"xen": banner, "moments": MOMENTS, "machines": machines, "left out": left_out}, wrong


def main():
    xenpt, path = sys.argv[1], pathlib.Path(sys.argv[5])
    kernels = {"pv": sys.argv[2], "pvh": sys.argv[3]}
    if not os.environ.get("XENPT_FULL"):
        xen.skip("part of the full set: XENPT_FULL=1")
    xen.needed()
    packages = pathlib.Path(sys.argv[4])
    packages.mkdir(parents=True, exist_ok=True)
    xen.CPU_SECONDS = 600
    found, wrong = run(xenpt, kernels, packages)
    for machine in found["machines"]:
        print("%-60s %-8s exact %5d, allowed %3d, unexplained %d, missing %d" % tuple(machine))
    if "--record" in sys.argv:
        path.write_text(json.dumps(found, indent=1) + "\n")
    sys.exit("\n".join(wrong) or 0)


if __name__ == "__main__":
    try:
        main()
    except xen.Failed as failed:
        sys.exit(str(failed))
    except subprocess.CalledProcessError as failed:
        sys.exit("%s: %s" % (failed, failed.stderr))
