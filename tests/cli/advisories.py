"""advisories.py XENPT SOURCE: advisories are replayed under rules of before and after, and it matters which.

Of each file of examples/advisories all cells hold.  Where its first parameter is the rules or the release, each
value of it is put in the place of another one: the expectations of before must not hold after, nor the other way.
"""
import glob
import os
import re
import subprocess
import sys
import tempfile

# Of sharing between domains; others may join, and none of these may go.
NEEDED = (217, 224, 227, 234, 255, 288, 304, 321, 379, 388, 480)
RULES = re.compile(r"^  (rules|release): \[(.*)\]$", re.M)


def held(xenpt, path):
    return subprocess.run([xenpt, "run", path], stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL).returncode == 0


def swapped(xenpt, text, line, values):
    """Where the file uses them, all cells have one and the same: those of the others do not hold."""
    use = re.compile(r"(rules|release): \$%s\b" % line.group(1))
    failures = []
    for value in values:
        with tempfile.NamedTemporaryFile("w", suffix=".yaml") as f:
            f.write(use.sub(lambda m: "%s: %s" % (m.group(1), value), text))
            f.flush()
            if held(xenpt, f.name):
                failures.append("all that is said of others holds of %s" % value)
    return failures


def main():
    xenpt, source = sys.argv[1:]
    folder = os.path.join(source, "examples", "advisories")
    failures, told = [], 0
    for number in NEEDED:
        if not os.path.exists(os.path.join(folder, "xsa-%03d.yaml" % number)):
            failures.append("xsa-%03d.yaml is not there" % number)
    for path in sorted(glob.glob(os.path.join(folder, "xsa-*.yaml"))):
        name = os.path.basename(path)
        with open(path) as f:
            text = f.read()
        if not held(xenpt, path):
            failures.append(name + ": it does not hold")
        line = RULES.search(text)
        values = [v.strip() for v in line.group(2).split(",")] if line else []
        if len(values) < 2 or "except:\n" not in text:
            if int(name[4:7]) in NEEDED:
                failures.append(name + ": no rules of before and after")
            continue
        told += 1
        failures += [name + ": " + f for f in swapped(xenpt, text, line, values)]
    if told < len(NEEDED):
        failures.append("only %d have rules of before and after" % told)
    sys.exit("\n".join(failures) or 0)


if __name__ == "__main__":
    main()
