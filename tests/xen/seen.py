"""The file of what Xens have answered: of each its banner, what it is built with, and the answers.

The first Xen's, without options, are all there; of other command lines and of other Xens what differs
from them, and what a domain does at last.  An answer is known by its case: "d0 grant-ref map".
"""
# Each command line of Xen, and how its domains are crashed in the end.
LAST = {"": "iret-frame", "pv-linear-pt=no": "iret-user-table", "gnttab=max-ver:1": "tss-of-its-own",
        "gnttab=no-transitive,no-transfer": "iret-frame", "dom0-iommu=passthrough": "iret-frame"}
# Of which the machine has an IOMMU, and a PCI device at 0000:00:05.0.
WITH_IOMMU = "dom0-iommu=passthrough"
BOARD = ["q35", "-device", "pci-testdev,addr=5", "-device", "amd-iommu"]
HEAD = "# What real Xens answered to each case.  Written by `ask.py --record`.\n"
CRASH = ": crash"


def key(line):
    return line.split(": ")[0]


def features_of(options, features):
    """What the model is told of a machine: what its Xen is built with, and its own."""
    return ",".join(list(features) + ["devices"] * (options == WITH_IOMMU))


def by_case(lines):
    return {key(line): line for line in lines}


def write(path, banner, features, answers):
    """@answers: {options: lines}; those of other Xens stay."""
    known = read(path) if path.exists() else {}
    known[banner] = (features, {options: by_case(lines) for options, lines in answers.items()})
    base, text = {}, HEAD
    for name, (has, of_it) in known.items():
        text += "xen: %s\nhas: %s\n" % (name, " ".join(has))
        for options, lines in of_it.items():
            text += "options: %s\n" % options
            text += "".join(line + "\n" for case, line in lines.items()
                            if base.get(case) != line or line.endswith(CRASH))
            base = base or lines
    path.write_text(text)


def read(path):
    """{banner: (features, {options: {case: line}})}, the first one first."""
    ret, base, of_it, lines = {}, None, None, None
    for line in path.read_text().splitlines():
        if line.startswith("xen: "):
            of_it = {}
            ret[line[len("xen: "):]] = ([], of_it)
        elif line.startswith("has:"):
            ret[list(ret)[-1]][0].extend(line.split()[1:])
        elif line.startswith("options:"):
            lines = {case: x for case, x in (base or {}).items() if not x.endswith(CRASH)}
            of_it[line[len("options:"):].strip()] = lines
            base = lines if base is None else base
        elif not line.startswith("#"):
            lines[key(line)] = line
    return ret
