#!/usr/bin/env python3
"""`xenpt capture` of a real Xen, under a real QEMU: what was captured is compared with the machine
that is derived from it, and nothing is unexplained or missing; whole, compressed, and tables alone.

    capture.py XENPT KERNEL
"""
import json
import pathlib
import signal
import subprocess
import sys
import tempfile

import xen
from layout import compare


def say(xenpt, *words):
    return subprocess.run([xenpt, *map(str, words)], stdout=subprocess.PIPE, check=True,
                          universal_newlines=True).stdout


def check(holds, what, seen=""):
    if not holds:
        raise xen.Failed("%s\n%s" % (what, seen))


def interrupt(xenpt, machine, folder):
    """While memory comes: the machine runs again, and nothing is left."""
    path = folder / "interrupted.elf"
    process = subprocess.Popen([xenpt, "capture", "--qmp", machine.socket, "-o", path],
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, universal_newlines=True)
    while process.poll() is None:
        parts = list(folder.glob("interrupted.elf.*"))
        if parts and parts[0].stat().st_size:
            process.send_signal(signal.SIGINT)
            break
    said = process.communicate()[1]
    if not process.returncode:
        path.unlink()
        return False  # It was faster.
    check("interrupted" in said and "stopped" not in said, "an interrupt", said)
    check(process.returncode == 2 and not list(folder.iterdir()), "an interrupt leaves a file")
    check(machine.ask("query-status")["status"] == "running", "after an interrupt it is stopped")
    return True


def capture_all(xenpt, machine, folder):
    """Of a machine that runs, and does so again after each; then of one that is stopped."""
    paths = []
    for name, words in [("whole.elf", []), ("whole.elf.zst", []), ("tables.elf", ["--tables"]),
                        ("stopped.elf.zst", ["--tables"])]:
        if name.startswith("stopped"):
            machine.stop()
        before = machine.ask("query-status")["status"]
        path = folder / name
        said = machine.capture(xenpt, path, "--registers", str(path) + ".json", *words)
        check(machine.ask("query-status")["status"] == before, "%s: it is not %s" % (name, before), said)
        paths.append(path)
    machine.go_on()
    machine.capture(xenpt, folder / "kept.elf", "--tables", "--keep-stopped")
    check(machine.ask("query-status")["status"] == "paused", "--keep-stopped: it runs")
    return paths


def weigh(xenpt, path):
    summary = compare(xenpt, "--derive", path)["summary"]
    print("%-16s exact %5d, allowed %3d, unexplained %d, missing %d" %
          (path.name, *(summary[key] for key in ("exact", "allowed", "unexplained", "missing"))))
    check(summary["exact"] > 1000 and not summary["unexplained"] and not summary["missing"],
          "%s: %s" % (path.name, summary))
    return summary


def main():
    xenpt, kernel = sys.argv[1], sys.argv[2]
    xen.needed()
    with tempfile.TemporaryDirectory(prefix="xenpt-capture-") as name, \
            xen.Machine(kernel, cpu="intel", arguments="d1 hold-k", vcpus=2) as machine:
        folder = pathlib.Path(name)
        machine.wait("xenpt: hold")
        check(any(interrupt(xenpt, machine, folder) for _ in range(20)), "it is never interrupted")
        paths = capture_all(xenpt, machine, folder)
        check(len({str(weigh(xenpt, path)) for path in paths}) == 1, "they differ")
        known = []
        for path in paths:
            efer = {cpu["efer"] for cpu in json.loads((folder / (path.name + ".json")).read_text())["vcpus"]}
            check(efer == {"d01"}, "EFER of %s is %s" % (path.name, efer))
            found = json.loads(say(xenpt, "roots", path, "--format", "json"))["roots"]
            roots = [(root["root"], root["kind"]) for root in found]
            check(len(roots) >= 7, "%s: there are %d roots" % (path.name, len(roots)))
            known = known or roots
            check(roots == known, "%s: other roots" % path.name, roots)
        check((folder / "tables.elf").stat().st_size < 1 << 20, "tables are more than tables")


if __name__ == "__main__":
    try:
        main()
    except xen.Failed as failed:
        sys.exit(str(failed))
