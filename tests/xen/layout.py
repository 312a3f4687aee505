#!/usr/bin/env python3
"""Stops a real Xen in its guest's user mode, in its kernel and in Xen, and compares the tables that
are there with a model's: nothing unexplained, nothing missing.

    layout.py XENPT KERNEL SEEN [--record]

Each machine is compared with the model of it, and with the one that is derived from it.  Then
values of the layout are changed, one at a time, and each has to be noticed.  SEEN has what was
found of the Xen that it names; --record writes it anew.  Of another Xen, whose sections are not
known, only the derived machine is compared.
"""
import json
import pathlib
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

import xen

# Where the sections of a build's image end: no model can know.
SECTIONS = {
    "4.17.7 (Debian 4.17.7+13-g2445b30a44-0+deb12u1) debug=n":
        "{ text-end: 0x361000, rodata-end: 0x3b7000, data-first: 0x45b000, data-end: 0x5a7000, "
        "hole-first: 0x472000, boot-idt: 0x577000, boot-tss: 0x579000 }",
}
PROCESSORS = {"amd": "processor: naples", "intel": "processor: skylake-client, without: [pcid]"}
WHERE = {"k": "kernel", "u": "user", "x": "kernel"}
WHERE_TEXT = {"k": "guest kernel", "u": "guest user", "x": "Xen"}
MODEL = """\
host: { ram: [0x0..0x9fbff, 0x100000..0xffdffff], cpus: 2, %s }
xen:
  release: "%s"
  options: [%s]
  image: %s
  stacks: [0xffd0000, 0xffc8000]
domains:
  d0: { type: pv64, memory: 32M, vcpus: 2, privileged: yes, ldt: yes }
%srunning: { cpu0: d0.v0.%s, cpu1: d0.v1.kernel }
"""
# Domains that it makes first.
MORE = {
    "": "",
    "d1": "  d1: { type: pv64, memory: 16M }\n",
    "d1 d2": "  d1: { type: pv64, memory: 16M }\n  d2: { type: pvh, memory: 4M }\n",
}
# CPU, words of Xen's command line, where the guest holds, and which domains it makes first.
SETUPS = [(cpu, options, where, "")
          for cpu, options in [("amd", ""), ("amd", "xpti=yes"), ("intel", ""), ("intel", "xpti=no")]
          for where in "kux"] + [("amd", "", "k", "d1 d2"), ("intel", "", "u", "d1")]

# What is changed of the layout, on which machine, and where that shows.
AMD, AMD_XPTI = ("amd", "", "k", ""), ("amd", "xpti=yes", "k", "")
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
]


def name_of(setup):
    cpu, options, where, more = setup
    return "%s %s, in %s%s" % (cpu, options or "by default", WHERE_TEXT[where],
                               ", with " + more.replace(" ", " and ") if more else "")


def stop(machine, where):
    """Stops it; in Xen, where it is most of the time, when it is there."""
    while True:
        machine.stop()
        registers = machine.registers(0)
        inside = registers["cpl"] == 0 and registers["rip"] >> 32 == 0xffff82d0
        if inside == (where == "x"):
            return
        machine.go_on()
        machine.alive("moment in the right mode")


def take(xenpt, kernel, folder, setup):
    """The dump of one machine, and what its banner says."""
    cpu, options, where, more = setup
    arguments = "%s hold-%s" % (more, where)
    with xen.Machine(kernel, cpu=cpu, options=options, arguments=arguments, vcpus=2) as machine:
        log = machine.wait("xenpt: hold")
        xen.need_layout(xenpt, xen.version(log)[0])
        stop(machine, where)
        path = pathlib.Path(folder, "%d.elf" % (hash(setup) & 0xffffffff))
        machine.capture(xenpt, path)
        return path, xen.version(log)


def compare(xenpt, *words):
    done = subprocess.run([xenpt, "compare", *map(str, words), "--format", "json", "--quiet"],
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
    if done.returncode not in (0, 1):
        raise xen.Failed("%r: %s" % (words, done.stderr.decode()))
    return json.loads(done.stdout)


def weigh(xenpt, folder, setup, dump, release, banner):
    """Summaries by the model of the machine, if there is one, and by the derived one."""
    cpu, options, where, more = setup
    ret = {}
    if banner in SECTIONS:
        model = pathlib.Path(folder, dump.stem + ".yaml")
        model.write_text(MODEL % (PROCESSORS[cpu], release, options, SECTIONS[banner],
                                  MORE[more], WHERE[where]))
        ret["model"] = compare(xenpt, model, dump)
    ret["derived"] = compare(xenpt, "--derive", dump)
    return ret


def mutant(xenpt, folder, dump, overlay):
    """What notices a layout that was changed: areas, with how many entries."""
    path = pathlib.Path(folder, "mutant.yaml")
    path.write_text("name: mutant\nfrom: xen-4.17\nsystem: xen\nreleases: { first: 4.17, last: 4.17 }\n"
                    "text: One value of it is wrong.\nsource: none\n%s\n" % overlay)
    document = compare(xenpt, "--derive", dump, "--layout", path)
    found = {}
    for difference in document["differences"]:
        found[difference["area"]] = found.get(difference["area"], 0) + 1
    return ["%s: %d" % (area or "a root", nr) for area, nr in sorted(found.items())]


def run(xenpt, kernel, folder):
    with ThreadPoolExecutor(2) as pool:
        taken = dict(zip(SETUPS, pool.map(lambda s: take(xenpt, kernel, folder, s), SETUPS)))
    release, banner = next(iter(taken.values()))[1]
    machines, wrong = [], []
    for setup, (dump, _) in taken.items():
        for by, document in weigh(xenpt, folder, setup, dump, release, banner).items():
            s = document["summary"]
            machines.append([name_of(setup), by, s["exact"], s["allowed"], s["unexplained"],
                             s["missing"]])
            if s["unexplained"] or s["missing"]:
                wrong.append("%s, %s: %d unexplained, %d missing\n%s" %
                             (name_of(setup), by, s["unexplained"], s["missing"],
                              json.dumps(document["differences"][:3], indent=1)))
    mutants = []
    if release.startswith("4.17"):
        for setup, what, overlay in MUTANTS:
            found = mutant(xenpt, folder, taken[setup][0], overlay)
            mutants.append([what, name_of(setup), ", ".join(found)])
            if not found:
                wrong.append("%s: nothing notices that" % what)
    return banner, {"machines": machines, "mutants": mutants}, wrong


def main():
    xenpt, kernel, path = sys.argv[1], sys.argv[2], pathlib.Path(sys.argv[3])
    xen.needed()
    with tempfile.TemporaryDirectory(prefix="xenpt-layout-") as folder:
        banner, found, wrong = run(xenpt, kernel, folder)
    for machine in found["machines"]:
        print("%-42s %-8s exact %5d, allowed %3d, unexplained %d, missing %d" % tuple(machine))
    for what, where, areas in found["mutants"]:
        print("%-50s %s" % (what, areas or "NOT NOTICED"))
    if "--record" in sys.argv:
        path.write_text(json.dumps({"xen": banner, **found}, indent=1) + "\n")
    elif json.loads(path.read_text()) != {"xen": banner, **found}:
        print("%s has something else: another Xen, or frames that its allocator chose otherwise" %
              path)
    sys.exit("\n".join(wrong) or 0)


if __name__ == "__main__":
    try:
        main()
    except xen.Failed as failed:
        sys.exit(str(failed))
