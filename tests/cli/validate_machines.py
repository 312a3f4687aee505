#!/usr/bin/env python3
"""validate_machines.py XENPT: the tables of every kind of domain, asked of the emulators that are here.

A scenario is asked about as its own tables, at the step that is named, and every suite that it
has tables for is asked; by rule there would be others.
"""
import json
import os
import shutil
import subprocess
import sys
import tempfile

HEAD = "name: t\nhost: {{ ram: 4G, cpus: 2, processor: {processor} }}\n"
INTEL, AMD = "cascade-lake", "milan"
ON_INTEL, ON_AMD = {"4level", "ept"}, {"4level", "npt"}

# Processor, Xen's line, domains and steps; the suites of their tables.
KINDS = {
    "pv64": (AMD, 'release: "4.17", options: [xpti=no]', "d1: { type: pv64, memory: 64M }",
             ["d1.v0.user"], {"4level"}),
    "xpti": (INTEL, 'release: "4.17", options: [xpti=yes]', "d1: { type: pv64, memory: 64M }",
             ["d1.v0.user"], {"4level"}),
    "pv32": (AMD, 'release: "4.13", pv32: yes', "d1: { type: pv32, memory: 64M }", ["d1.v0.kernel"],
             {"4level"}),
    "ept": (INTEL, 'release: "4.17"', "d1: { type: pvh, memory: 64M }", ["d1.v0.guest"], ON_INTEL),
    "npt": (AMD, 'release: "4.17"', "d1: { type: hvm, memory: 64M }", ["d1.v0.guest"], ON_AMD),
    "shadow": (INTEL, 'release: "4.17"', "d1: { type: hvm, memory: 64M, paging: shadow }",
               ["d1.v0.guest"], {"4level"}),
}


def scenario(processor, xen, domain, steps):
    text = HEAD.format(processor=processor) + f"xen: {{ {xen} }}\ndomains:\n"
    text += "  d0: { type: pv64, memory: 64M, privileged: yes }\n"
    text += f"  {domain}\nsteps:\n"
    return text + "".join(f"  - run: {s}\n    on: cpu1\n" for s in steps)


def ask(xenpt, path, mmus, *more):
    p = subprocess.run([xenpt, "validate", path, "--mmu", mmus, "--cases", "200", "--format", "json",
                        *more], capture_output=True, text=True)
    assert p.returncode == 0, (path, p.stdout[-2000:], p.stderr)
    return json.loads(p.stdout)["validations"][0]


def main():
    xenpt = sys.argv[1]
    mmus = [mmu for program, names in (("qemu-system-x86_64", ["qemu:max"]),
                                       ("bochs", ["bochs:icelake", "bochs:ryzen"]))
            for mmu in names if shutil.which(program)]
    if not mmus:
        print("neither QEMU nor Bochs is here")
        sys.exit(77)
    folder = tempfile.mkdtemp()
    for name, (*machine, suites) in KINDS.items():
        path = f"{folder}/{name}.yaml"
        with open(path, "w", encoding="ascii") as f:
            f.write(scenario(*machine))
        # What takes one stage is asked of one emulator: each takes a while to start.
        some = mmus if len(suites) > 1 else mmus[:1]
        for at in ("0", "1") if name == "xpti" else ("1",):
            v = ask(xenpt, path, ",".join(some), "--at", at)
            asked = {s["suite"] for m in v["mmus"] for s in m["suites"] if s["accesses"]}
            possible = suites - {"ept"} if "bochs:icelake" not in mmus else suites
            assert asked == possible, (name, at, asked, possible)
            assert v["asked"] > 0 and v["disagreed"] == 0, (name, at, v)
            assert v["source"], v
        print(f"{name}: {', '.join(sorted(asked))}")
        os.remove(path)
    os.rmdir(folder)


main()
