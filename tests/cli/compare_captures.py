#!/usr/bin/env python3
"""Holds every capture to the model beside it: nothing unexplained, nothing missing.

    compare_captures.py XENPT CAPTURES

The share of entries predicted exactly may not fall below what it is known to be.  And each change
of a model that is a change of the machine has to be noticed.
"""
import json
import pathlib
import re
import subprocess
import sys
import tempfile

LEAST = 0.98
# In these releases code was written through its own mapping at boot, and has kept D.
LEAST_OF = {"v15-pv64-intel-guest": 0.79, "v15-pvhd0-hap64-guest": 0.84}
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


def main():
    xenpt, captures = sys.argv[1], pathlib.Path(sys.argv[2])
    models = sorted(captures.glob("*.yaml"))
    failures = ["%d models" % len(models)] if len(models) != CAPTURES else []
    for model in models:
        summary = compare(xenpt, model, captures / (model.stem + ".elf.zst"))["summary"]
        compared = sum(summary[key] for key in ("exact", "allowed", "unexplained", "missing"))
        if summary["unexplained"] or summary["missing"]:
            failures.append("%s: %r" % (model.stem, summary))
        elif summary["exact"] < LEAST_OF.get(model.stem, LEAST) * compared:
            failures.append("%s: %d of %d exact" % (model.stem, summary["exact"], compared))
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
