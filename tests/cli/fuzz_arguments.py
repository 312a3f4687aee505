#!/usr/bin/env python3
"""Command lines made up from the words that the program knows, and from worse.

Whatever it is given, the program ends by itself with 0, 1 or 2, and with 2 it says why in one
line.  The seed is printed with a failure: fuzz_arguments.py XENPT CAPTURE SEED repeats it.
"""
import os
import random
import re
import subprocess
import sys
import tempfile

COUNT = int(os.environ.get("XENPT_LINES", 500))
ODD = ["", "-", "--", "=", "--=", "-=", "--no-", "\xff", "%s%n", "0x", "9" * 40, "-1", "..", "a..b",
       "ffff800000000000..", "+", "x+", "symbol+0x", "ept:", "npt:0x1", "root:0x0", "nx,,smep",
       "0xffffffffffffffff", "18446744073709551615", "1T", "/dev/null", "/nonexistent", "."]


def options_of(xenpt):
    """By command: its options, each with its argument's name, or none, and the words it takes."""
    text = subprocess.run([xenpt, "help", "--as", "markdown"], stdout=subprocess.PIPE,
                          check=True).stdout.decode()
    found = {}
    for line in text.split("\n"):
        section = re.match(r"## (?:xenpt (\w+)|Options)", line)
        if section:
            into = found.setdefault(section.group(1), [])
        row = re.match(r"\| `(?:-\w, )?(--[\w-]+)(?: (\S+))?` \|(.*)", line)
        if row and row.group(1) != "--output":
            names = re.search(r"One of: `([^`]*)`", row.group(3))
            into.append((row.group(1), row.group(2), names.group(1).split() if names else []))
    common = found.pop(None)
    return {name: own if name == "help" else own + common for name, own in found.items()}


def value(dice, argument, names, capture):
    pick = dice.random()
    if pick < 0.1:
        return dice.choice(ODD)
    if argument == "FILE":
        return capture
    if argument == "LETTERS":
        return "".join(dice.choice("rwx") for _ in range(dice.randrange(1, 5)))
    if argument == "NAME" and pick < 0.7:
        return dice.choice(["cpu0", "cpu1", "root:0xf127"])
    if argument == "FEATURES":
        return ",".join(dice.choice(names) for _ in range(dice.randrange(1, 4)))
    if names and not names[0].endswith(":"):
        return dice.choice(names)
    start = dice.choice(names) if names else ""
    return start + "%x" % (dice.getrandbits(dice.randrange(1, 53)) & ~dice.choice([0, 0xfff]))


def command_line(dice, capture, options):
    command = dice.choice(["walk", "map", "roots", "help"])
    line = [command] if dice.random() < 0.97 else [dice.choice(ODD)]
    if command != "help":
        line.append(capture)
    if command == "walk":
        line += [value(dice, None, [], capture) for _ in range(dice.randrange(1, 4))]
    for name, argument, names in dice.sample(options[command],
                                             min(dice.randrange(6), len(options[command]))):
        if dice.random() < 0.95:
            line.append(name)
        else:
            line.append(dice.choice(ODD))
        if argument and dice.random() < 0.97:
            word = value(dice, argument, names, capture)
            if dice.random() < 0.3:
                line[-1] += "=" + word
            else:
                line.append(word)
    return line


def main():
    xenpt, capture = sys.argv[1], sys.argv[2]
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else random.SystemRandom().getrandbits(32)
    dice = random.Random(seed)
    options = options_of(xenpt)
    os.chdir(tempfile.mkdtemp())
    ended = [0] * 3
    for _ in range(COUNT):
        line = command_line(dice, capture, options)
        # A map of what leads back to itself has no end worth waiting for.
        if line[0] == "map" and not any(word.startswith("--limit") for word in line):
            line.append("--limit=20000")
        done = subprocess.run([xenpt] + [word.encode("latin-1") for word in line],
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, timeout=60)
        said = done.stderr.decode("latin-1").strip().split("\n")
        complains = said[-1].startswith("xenpt") and " warning: " not in said[-1]
        if done.returncode not in (0, 1, 2) or (done.returncode == 2) != complains:
            sys.exit("seed %d: %r ends with %d and says:\n%s" %
                     (seed, line, done.returncode, "\n".join(said)))
        ended[done.returncode] += 1
    os.rmdir(os.getcwd())  # Nothing was left behind.
    if min(ended[0], ended[2]) < COUNT / 5:
        sys.exit("seed %d: ends of each kind: %s; one of them is hardly tried" % (seed, ended))


if __name__ == "__main__":
    main()
