#!/usr/bin/env python3
"""Asks a real Xen the cases, and holds the answers to what it answered before and to the model's.

    ask.py XEN_MODEL KERNEL SEEN [--record]

SEEN has the answers of the Xens that it names.  Of another one (XENPT_XEN) only the model is asked.
--record writes those of this one anew.
"""
import pathlib
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import seen
import xen

# Words of Xen's command line, which are the model's as well.
SETUPS = list(seen.LAST)


def answers(kernel, options):
    board, word = (seen.BOARD, " iommu") if options == seen.WITH_IOMMU else (("pc",), "")
    with xen.Machine(kernel, options=options, arguments=seen.LAST[options] + word, board=board) as machine:
        text = machine.wait("xenpt: end")
        return (xen.version(text), re.findall(r"^xenpt: has (?!devices)(\S+)$", text, re.M),
                re.findall(r"^(d[0-9] .*)$", text, re.M))


def model(program, release, features, options):
    done = subprocess.run([program, "--release", release, "--options", options,
                           "--last", seen.LAST[options], "--with",
                           seen.features_of(options, features)], check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, universal_newlines=True)
    if done.returncode:
        raise xen.Failed("the model of a Xen %s: %s" % (release, done.stderr.strip()))
    return [line.split("\t")[0] for line in done.stdout.splitlines()]


def differences(what, options, found, expected):
    """In words; the cases are the same."""
    found, wrong = seen.by_case(found), []
    if set(found) != set(expected):
        wrong.append("%r: of %s, other cases were answered: %s" %
                     (options, what, ", ".join(sorted(set(found) ^ set(expected)))))
    for case, line in found.items():
        if expected.get(case, line) != line:
            wrong.append("%r: Xen says   %s\n    %s %s" %
                         (options, line, what.ljust(10), expected[case]))
    return wrong


def main():
    program, kernel, path = sys.argv[1:4]
    xen.needed()
    with ThreadPoolExecutor(2) as pool:
        results = dict(zip(SETUPS, pool.map(lambda options: answers(kernel, options), SETUPS)))
    (release, banner), features, _ = results[""]
    found, wrong = {options: lines for options, (_, _, lines) in results.items()}, []
    for options, lines in found.items():
        if len(set(map(seen.key, lines))) != len(lines):
            wrong.append("%r: two cases have one name" % options)
        wrong += differences("the model", options, lines,
                             seen.by_case(model(program, release, features, options)))
    if "--record" in sys.argv:
        seen.write(pathlib.Path(path), banner, features, found)
    else:
        known = seen.read(pathlib.Path(path))
        for options, lines in found.items() if banner in known else ():
            wrong += differences("before", options, lines, known[banner][1].get(options, {}))
        if banner not in known:
            print("this is another Xen than %s has: only the model is asked" % path)
    print("%s%s" % (banner, "".join(", with " + name for name in features)))
    print("%d answers, %d differ" % (sum(map(len, found.values())), len(wrong)))
    sys.exit("\n".join(wrong) or 0)


if __name__ == "__main__":
    try:
        main()
    except xen.Failed as failed:
        sys.exit(str(failed))
