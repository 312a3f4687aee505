#!/usr/bin/env python3
"""Every page that `xenpt map` reports of a captured CPU, against what QEMU printed for it.

    tlb.py XENPT CAPTURES

NAME.tlbN.zst beside a capture is what QEMU's monitor answered to "info tlb" on CPU N: a line a
leaf entry, with its input address, where it leads, and its flags NX G PS D A PCD PWT US RW as
X G P D A C T U W.  QEMU masks bit 7 at level 1, where it is PAT and not PS.
"""
import pathlib
import re
import subprocess
import sys

LETTERS = [("NX", "X"), ("G", "G"), ("PS", "P"), ("D", "D"), ("A", "A"), ("PCD", "C"),
           ("PWT", "T"), ("US", "U"), ("RW", "W")]
RANGE = re.compile(rb'"first":"0x(\w+)","last":"0x(\w+)","maddr":"0x(\w+)","page":"(\w+)",'
                   rb'"rights":"....","flags":\[([^]]*)\]')
SIZES = {b"4K": 1 << 12, b"2M": 1 << 21, b"1G": 1 << 30}


def mapped(xenpt, capture, cpu):
    text = subprocess.run([xenpt, "map", capture, "--context", cpu, "--leaves", "--format", "json"],
                          stdout=subprocess.PIPE, check=True).stdout
    words, lines = {}, []
    for first, last, maddr, page, flags in RANGE.findall(text):
        if flags not in words:
            names = flags.decode().replace('"', "").split(",")
            words[flags] = "".join(letter if name in names else "-" for name, letter in LETTERS)
        if int(last, 16) - int(first, 16) + 1 != SIZES[page]:
            sys.exit("%s %s: %s is no page of %s" % (capture, cpu, first, page))
        lines.append("%016x: %016x %s" % (int(first, 16), int(maddr, 16), words[flags]))
    return lines


def main():
    xenpt, captures = sys.argv[1], pathlib.Path(sys.argv[2])
    texts = sorted(captures.glob("*.tlb?.zst"))
    for text in texts:
        name, cpu = text.name[:-len(".tlb0.zst")], "cpu" + text.name[-len("0.zst")]
        printed = subprocess.run(["zstd", "-qdc", text], stdout=subprocess.PIPE,
                                 check=True).stdout.decode().split()
        printed = list(map(" ".join, zip(printed[0::3], printed[1::3], printed[2::3])))
        got = mapped(xenpt, captures / (name + ".elf.zst"), cpu)
        if got != printed:
            wrong = [pair for pair in zip(printed, got) if pair[0] != pair[1]]
            sys.exit("%s %s: QEMU has %d lines, xenpt %d; the first that differ: %s" %
                     (name, cpu, len(printed), len(got), wrong[:1]))
    print("%d CPUs" % len(texts))
    sys.exit(not texts)


if __name__ == "__main__":
    main()
