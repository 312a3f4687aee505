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
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

import machines
import xen
from asking import compare, image_root, inferred, listed
from mutants import run_mutants


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


def pages(ranges, split):
    """Of each page of a guest's, what it is to the guest; of these frames, not whether it is executed."""
    ret = {}
    for r in ranges:
        if "gaddr" not in r:
            continue
        first, last, to = (int(r[key], 16) for key in ("first", "last", "gaddr"))
        flags = [flag for flag in r["flags"] if flag not in ("A", "D")]
        for i in range(0, last + 1 - first, 4096):
            rights = r["rights"].replace("x", "-") if to + i >> 12 in split else r["rights"]
            ret[first + i] = [to + i, rights, flags]
    return ret


def guest_tables(xenpt, setup, model, dump, document):
    """Of each PVH domain its mode, how many pages its own tables map, and those that they map
    otherwise in the model.  Which second stage is whose no table tells: the one that fits best.
    """
    ret, stages = [], [kind + ":" + root for kind in ("npt", "ept") for root in image_root(document, kind)]
    split = machines.split(setup) if image_root(document, "ept") else ()
    for name, mode, _ in machines.guests(setup):
        registers = [word for register, value in machines.REGISTERS[mode].items()
                     if register != "cr3" for word in ("--" + register, value)]
        said = pages(listed(xenpt, model, "--context", name + ".v0.guest", "--leaves", "--at", "last"), split)
        best = None
        for stage in stages:
            seen = pages(listed(xenpt, dump, "--root", machines.ROOTS[mode], "--mode",
                                machines.MODES[mode], "--second", stage, "--leaves", *registers), split)
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
