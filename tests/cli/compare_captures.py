#!/usr/bin/env python3
"""Holds every capture to the model beside it, and to the one that is derived from it: nothing
unexplained, nothing missing.

    compare_captures.py XENPT CAPTURES

The share of entries predicted exactly may not fall below what it is known to be.  What is inferred
has to be what whoever took the dump saw, which the .json beside it tells.  And each change of a
model that is a change of the machine has to be noticed.
"""
import json
import pathlib
import re
import subprocess
import sys
import tempfile

LEAST = 0.98
LEAST_OF = {
    # In these releases code is patched through its own mapping at boot, and most of it has kept D.
    "v15-pv64-intel-guest": 0.96, "v15-pvhd0-hap64-guest": 0.94,
    # What firmware has reserved is dom0's own in its second stage, and no model tells of it.
    "rel-pvhd0-hap64-guest": 0.95, "rel-pvhd0-hap64-xen": 0.95,
    "rel-pvhd0-sh64-guest": 0.95, "rel-pvhd0-sh64-xen": 0.95,
    # There, memory types are worked out when dom0 touches a page.
    "bochs-pvhd0-ept-guest": 0.83, "bochs-pvhd0-ept-xen": 0.83,
}
CAPTURES = 41
# What is changed in which model, and where that must show.
CHANGES = [
    ("deb-pv64-intel-guest", r"0x100000\.\.0xffdffff", "0x100000..0x1ffdffff", "directmap"),
    ("deb-pv64-intel-guest", r"\"4\.17\.7\"", "\"4.18.6\"", None),
    ("deb-pv64-amd-user-user", r"vcpus: 2", "vcpus: 3", "gdt-ldt"),
    ("deb-pv64-intel-guest", r"text-end: 0x361000", "text-end: 0x362000", "xen-image"),
    ("deb-pv64-intel-guest", r"0xffc8000\]", "0xffc0000]", "directmap"),
    ("rel-pv32-amd-guest", r"cpus: 2", "cpus: 3", "stubs"),
    ("rel-pv64-intel-q35-guest", r"0xb0000000", "0xc0000000", "pci-mmcfg"),
    # RAM that is not there: it is no guard of a stack.
    ("v12-pv64-intel-guest", r"0xffdffff", "0xffe1fff", "directmap"),
    # Only the hardware domain's larger pages can be executed.
    ("bochs-lin-hap64-guest", r"type: pvh,", "type: pvh, privileged: yes,", "p2m"),
]


def compare(xenpt, model, image):
    done = subprocess.run([xenpt, "compare", model, image, "--format", "json", "--quiet"],
                          stdout=subprocess.PIPE, check=False)
    if done.returncode not in (0, 1):
        sys.exit("%s: ends with %d" % (image, done.returncode))
    document = json.loads(done.stdout)
    summary = document["summary"]
    differs = summary["unexplained"] + summary["missing"]
    if bool(differs) != bool(done.returncode) or len(document["differences"]) != differs:
        sys.exit("%s: %d differences, and it ends with %d" % (image, differs, done.returncode))
    return document


def weigh(name, summary):
    compared = sum(summary[key] for key in ("exact", "allowed", "unexplained", "missing"))
    if summary["unexplained"] or summary["missing"]:
        return ["%s: %r" % (name, summary)]
    if summary["exact"] < LEAST_OF.get(name, LEAST) * compared:
        return ["%s: %d of %d exact" % (name, summary["exact"], compared)]
    return []


def said(document, what):
    return [x["value"] for x in document["inferred"] if x["what"] == what]


def inferred(name, document, sidecar):
    """What the account says, against what was inferred."""
    wrong = []
    release = re.match(r"\d+\.(\d+)", sidecar["xen_build"])
    layout = re.match(r"xen-4\.(\d+)", said(document, "layout")[0])
    if int(layout.group(1)) > int(release.group(1)):
        wrong.append("the layout of a later release: " + layout.group(0))
    if not said(document, "CPUs")[0].startswith("%d," % len(sidecar["vcpus"])):
        wrong.append("CPUs")
    usable = [line for line in sidecar["e820"] if "usable" in line]
    last = max((int(re.search(r", ([0-9a-f]+)\]", line).group(1), 16) for line in usable), default=0)
    ram = int(said(document, "RAM")[0].rsplit("0x", 1)[1], 16)
    if usable and (last | 0xfff) - ram not in (0, 0x1000):
        wrong.append("RAM to 0x%x" % ram)
    domains = {(d["perdomain_l3_mfn"], "PVH" if d["hvm"] else "32" if d["is_32bit"] else "64",
                len(d["vcpus"])) for d in sidecar["domains"]}
    found = set()
    for value in said(document, "domain"):
        m = re.match(r"0x(\w+): (?:(\d\d)-bit PV|HVM or (PVH), \w+), (\d+) vCPU", value)
        found.add((m.group(1), m.group(2) or m.group(3), int(m.group(4))))
    if domains and domains != found:
        wrong.append("domains %r, not %r" % (sorted(found), sorted(domains)))
    return ["%s: %s" % (name, text) for text in wrong]


def main():
    xenpt, captures = sys.argv[1], pathlib.Path(sys.argv[2])
    models = sorted(captures.glob("*.yaml"))
    failures = ["%d models" % len(models)] if len(models) != CAPTURES else []
    for model in models:
        image = captures / (model.stem + ".elf.zst")
        failures += weigh(model.stem, compare(xenpt, model, image)["summary"])
        document = compare(xenpt, "--derive", image)
        failures += weigh(model.stem, document["summary"])
        sidecar = json.loads((captures / (model.stem + ".json")).read_text())
        failures += inferred(model.stem, document, sidecar)
    with tempfile.TemporaryDirectory() as folder:
        for name, old, new, area in CHANGES:
            changed, n = re.subn(old, new, (captures / (name + ".yaml")).read_text(), count=1)
            if n != 1:
                sys.exit("%s: there is no %s" % (name, old))
            path = pathlib.Path(folder, "model.yaml")
            path.write_text(changed)
            found = compare(xenpt, path, captures / (name + ".elf.zst"))
            areas = {d["area"] for d in found["differences"]}
            if not areas or (area and area not in areas):
                failures.append("%s: %s is not noticed, or elsewhere: %r" % (name, new, areas))
    sys.exit("\n".join(failures) or 0)


if __name__ == "__main__":
    main()
