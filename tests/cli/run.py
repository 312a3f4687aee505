#!/usr/bin/env python3
"""Runs transcripts of the command line, and compares what comes out with what they say.

    run.py --xenpt PROGRAM --captures FOLDER [--rebase] CASE...

A case is text.  What stands at the margin is for the reader.  A line "  $ COMMAND" is run by sh
in an empty folder, where "captures" leads to the captures and "xenpt" is the program, beside those
of tests/cli/tools; the lines that follow, each two blanks in, are what it writes to both outputs, and "  [N]" ends them if it
ends with N and not 0.  Commands of one case follow each other in the same folder.

--rebase writes what came out into the case.  Read the difference before you commit it: a
transcript holds the shape of what is written, while what is right is for other tests to say.
"""
import argparse
import os
import pathlib
import subprocess
import sys
import tempfile


def commands(lines):
    """Yields (line number of the command, command, what it is expected to write)."""
    i = 0
    while i < len(lines):
        at, i = i, i + 1
        if not lines[at].startswith("  $ "):
            continue
        while i < len(lines) and not lines[i].startswith("  $ ") and \
                (not lines[i] or lines[i].startswith("  ")):
            i += 1
        end = i
        while not lines[end - 1]:  # These stand before what follows.
            end -= 1
        yield at, lines[at][4:], lines[at + 1:end]


def run(command, folder, env):
    done = subprocess.run(["sh", "-c", command], cwd=folder, env=env, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=120,
                          umask=0o022)
    text = done.stdout.decode("utf-8", "replace")
    lines = [("  " + line).rstrip() for line in text.split("\n")]
    if lines[-1]:
        lines[-1] += " (no newline)"
    while lines and not lines[-1]:
        lines.pop()
    if done.returncode:
        lines.append("  [%d]" % done.returncode)
    return lines


def environment(xenpt, folder):
    env = {key: value for key, value in os.environ.items()
           if key in ("HOME", "ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS", "LLVM_PROFILE_FILE")}
    tools = pathlib.Path(__file__).resolve().parent / "tools"
    env["PATH"] = "%s:%s:/usr/local/bin:/usr/bin:/bin" % (folder / "bin", tools)
    env.update(LC_ALL="C.UTF-8", TZ="UTC", TERM="xterm")
    (folder / "bin").mkdir()
    (folder / "bin" / "xenpt").symlink_to(xenpt)
    return env


def check(case, args):
    lines = case.read_text().split("\n")
    out, last, failed = [], 0, 0
    with tempfile.TemporaryDirectory() as top:
        top = pathlib.Path(top)
        env = environment(args.xenpt.resolve(), top)
        folder = top / "here"
        folder.mkdir()
        (folder / "captures").symlink_to(args.captures.resolve())
        for at, command, expected in commands(lines):
            got = run(command, folder, env)
            out += lines[last:at + 1] + got
            last = at + 1 + len(expected)
            if got != expected:
                failed += 1
                if not args.rebase:
                    show(case, at, command, expected, got)
    if args.rebase and failed:
        case.write_text("\n".join(out + lines[last:]))
        print("%s: %d rewritten" % (case, failed))
    return failed


def show(case, at, command, expected, got):
    import difflib
    print("%s:%d: %s" % (case, at + 1, command))
    for line in difflib.unified_diff(expected, got, "expected", "got", lineterm=""):
        print(line)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--xenpt", type=pathlib.Path, required=True)
    parser.add_argument("--captures", type=pathlib.Path, required=True)
    parser.add_argument("--rebase", action="store_true")
    parser.add_argument("case", type=pathlib.Path, nargs="+")
    args = parser.parse_args()
    failed = sum(check(case, args) for case in args.case)
    sys.exit(bool(failed) and not args.rebase)


if __name__ == "__main__":
    main()
