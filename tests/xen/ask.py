#!/usr/bin/env python3
"""Asks a real Xen the cases, and holds the answers to what it answered before and to the model's.

    ask.py XEN_MODEL KERNEL SEEN [--record]

SEEN has the answers of the Xen that it names.  Of another one (XENPT_XEN) only the model is asked.
--record writes it anew.
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
    with xen.Machine(kernel, options=options, arguments=seen.LAST[options]) as machine:
        text = machine.wait("xenpt: end")
        return xen.version(text), re.findall(r"^(d[0-9] .*)$", text, re.M)


def model(program, release, options):
    done = subprocess.run([program, "--release", release, "--options", options,
                           "--last", seen.LAST[options]], check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, universal_newlines=True)
    if done.returncode:
        raise xen.Failed("the model of a Xen %s: %s" % (release, done.stderr.strip()))
    return [line.split("\t")[0] for line in done.stdout.splitlines()]


def differences(what, options, found, expected):
    """In words; the cases are the same, in the same order."""
    key = lambda line: line.split(": ")[0]
    wrong = []
    if [key(x) for x in found] != [key(x) for x in expected]:
        wrong.append("%r: %d cases were answered, and there are %d" %
                     (options, len(found), len(expected)))
    others = dict((key(line), line) for line in expected)
    for line in found:
        if others.get(key(line), line) != line:
            wrong.append("%r: Xen says   %s\n    %s %s" %
                         (options, line, what.ljust(10), others[key(line)]))
    return wrong


def main():
    program, kernel, path = sys.argv[1:4]
    xen.needed()
    with ThreadPoolExecutor(2) as pool:
        results = dict(zip(SETUPS, pool.map(lambda options: answers(kernel, options), SETUPS)))
    release, banner = results[""][0]
    wrong = []
    for options, (_, lines) in results.items():
        wrong += differences("the model", options, lines,
                             model(program, release, options))
    if "--record" in sys.argv:
        seen.write(pathlib.Path(path), banner,
                   {options: lines for options, (_, lines) in results.items()})
    else:
        known_banner, known = seen.read(pathlib.Path(path))
        if known_banner == banner:
            for options, (_, lines) in results.items():
                wrong += differences("before", options, lines, known[options])
        else:
            print("this is another Xen than %s has: only the model is asked" % path)
    print(banner)
    print("%d answers, %d differ" % (sum(len(r[1]) for r in results.values()), len(wrong)))
    sys.exit("\n".join(wrong) or 0)


if __name__ == "__main__":
    try:
        main()
    except xen.Failed as failed:
        sys.exit(str(failed))
