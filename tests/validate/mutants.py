#!/usr/bin/env python3
"""Breaks lib/arch, a rule at a time, and says which MMU's results show it.

    mutants.py SOURCE BUILD [--accesses N] [--only NAME...] [--recorded FOLDER]
    mutants.py SOURCE --check

The MMUs that are here are asked once (mutant_run record); each mutant is then compiled and
answers the same.  Exits with 1 if a mutant goes unnoticed that is not marked `beyond`.  --check
breaks nothing: whether what is to be replaced is there, each rule of rules.c is broken by some
mutant or has a reason not to be, and docs/mutants.md has all of them.
"""
import argparse
import collections
import concurrent.futures
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

# What answers are made of; whatever else is in lib/arch is linked as it is.
UNITS = ["walk", "judge", "decide", "paging", "nested", "root", "format"]


def read_rows(path):
    rows, row, field = [], None, None
    for number, line in enumerate(path.read_text().splitlines(), 1):
        word, _, rest = line.partition(" ")
        if field in ("-", "+") and line.startswith("  "):
            row[field] += "\n" + line
            continue
        field = None
        if not line or line.startswith("#"):
            continue
        if word == "mutant":
            row = {"mutant": rest}
            rows.append(row)
        elif word == "unbroken":
            row = None
        elif row is None or word not in ("rule", "file", "-", "+", "beyond"):
            sys.exit(f"{path}:{number}: expected mutant, rule, file, -, + or beyond: {line}")
        else:
            row[word] = rest
            field = word
    return rows


def misplaced(row, lib):
    """Why it cannot be applied, or None."""
    found = (lib / "arch" / row["file"]).read_text().count(row["-"])
    return None if found == 1 else (f"mutant {row['mutant']}: found {found} times in "
                                    f"{row['file']}, not once:\n{row['-']}")


def apply(row, lib):
    path = lib / "arch" / row["file"]
    why = misplaced(row, lib)
    if why:
        sys.exit(why)
    path.write_text(path.read_text().replace(row["-"], row["+"]))


def check(rows, path, source):
    """What is amiss, before anything is broken."""
    wrong = [why for why in (misplaced(row, source / "lib") for row in rows) if why]
    names = [row["mutant"] for row in rows]
    wrong += [f"two mutants are called {name}" for name in sorted({n for n in names if
                                                                   names.count(n) > 1})]
    rules = re.findall(r'\[XENPT_RULE_\w+\] = \{\s*"([^"]+)"',
                       (source / "lib/arch/rules.c").read_text())
    unbroken = re.findall(r"^unbroken (\S+) \S", path.read_text(), re.M)
    broken = {name.strip() for row in rows for name in row["rule"].partition(":")[0].split(",")}
    wrong += [f"rules.c: no mutant breaks {rule}, and nothing says why" for rule in rules
              if rule not in broken and rule not in unbroken]
    wrong += [f"unbroken {rule}: {'a mutant breaks it' if rule in broken else 'no such rule'}"
              for rule in unbroken if rule in broken or rule not in rules]
    page = (source / "docs/mutants.md").read_text()
    wrong += [f"docs/mutants.md does not have {name}: run mutants.py" for name in names
              if not re.search(rf"^{re.escape(name)} ", page, re.M)]
    print("\n".join(wrong) or f"{len(rows)} mutants, {len(rules)} rules")
    return bool(wrong or not rules)


def build(row, args, folder):
    """The program with one thing broken."""
    lib = folder / "lib"
    shutil.copytree(args.source / "lib", lib, ignore=shutil.ignore_patterns("guest"))
    apply(row, lib)
    objects = []
    units = UNITS if row["file"].endswith(".h") else [row["file"].removesuffix(".c")]
    for unit in units:
        out = folder / f"{unit}.o"
        # No warnings: what is broken may leave a variable unused.
        subprocess.run(["cc", "-std=c17", "-O1", "-w", f"-I{lib}", f"-I{args.source}/include", "-c",
                        lib / "arch" / f"{unit}.c", "-o", out], check=True)
        objects.append(out)
    return link(args, folder, objects, units)


def link(args, folder, objects, units):
    program = folder / "mutant_run"
    rest = [o for module in ("base", "mem", "arch", "view", "analysis", "validate")
            for o in args.build.glob(f"lib/{module}/CMakeFiles/xenpt_{module}.dir/**/*.o")
            if module != "arch" or o.name.split(".")[0] not in units]
    own = list(args.build.glob("tests/validate/CMakeFiles/mutant_run.dir/*.o"))
    subprocess.run(["cc", *own, *objects, *rest, args.build / "tests/oracle/libxenpt_oracle.a", "-o",
                    program], check=True)
    return program


def replay(program, folder, usual=None):
    """By MMU and suite: disagreements, and how much was compared.  With what is usual: as far as
    it takes to notice."""
    more = ["0", usual] if usual else []
    out = subprocess.run([program, "replay", folder, *more], check=True, capture_output=True,
                         text=True, timeout=1200).stdout
    return parse(out)


def parse(out):
    return {tuple(line.split()[:2]): tuple(map(int, line.split()[2:])) for line in out.splitlines()}


def try_mutant(row, args, recorded, usual):
    with tempfile.TemporaryDirectory(prefix="mutant-") as name:
        known = pathlib.Path(name) / "usual"
        known.write_text("".join(f"{mmu} {suite} {differ} {compared}\n"
                                 for (mmu, suite), (differ, compared) in usual.items()))
        found = replay(build(row, args, pathlib.Path(name)), recorded, known)
    caught = collections.defaultdict(int)
    for key, (differ, compared) in found.items():
        # An answer that is not known any more is as good a sign as a wrong one.
        if differ > usual[key][0] or compared < usual[key][1]:
            caught[key] += 1
    return row, caught


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("source", type=pathlib.Path)
    parser.add_argument("build", type=pathlib.Path, nargs="?")
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--accesses", default="60000", help="of each suite on each MMU")
    parser.add_argument("--only", nargs="+")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--recorded", type=pathlib.Path,
                        help="a folder to record in, or which has been recorded in before")
    args = parser.parse_args()
    path = pathlib.Path(__file__).with_name("mutants.txt")
    rows = read_rows(path)
    if args.check:
        return check(rows, path, args.source)
    if not args.build:
        parser.error("which build?")
    rows = [r for r in rows if not args.only or r["mutant"] in args.only]
    recorded = args.recorded or pathlib.Path(tempfile.mkdtemp(prefix="mutants-"))
    program = args.build / "tests/validate/mutant_run"
    if not recorded.is_dir() or not any(recorded.iterdir()):
        recorded.mkdir(exist_ok=True)
        subprocess.run([program, "record", recorded, args.accesses], check=True)
    usual = replay(program, recorded)
    missed = 0
    print(f"{'mutant':<20} {'noticed by':<44} rule")
    with concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
        for row, caught in pool.map(lambda r: try_mutant(r, args, recorded, usual), rows):
            # The oracle is no MMU: it is named only where it is the only one.
            real = sorted({k[0] for k in caught if k[0] != "oracle"})
            by = ", ".join(real) or ("oracle" if caught else "")
            if not by:
                by = "beyond" if "beyond" in row else "NOBODY"
                missed += by == "NOBODY"
            print(f"{row['mutant']:<20} {by:<44} {row['rule']}", flush=True)
    if not args.recorded:
        shutil.rmtree(recorded)
    print(f"{len(rows)} mutants, {missed} unnoticed")
    return missed > 0


if __name__ == "__main__":
    sys.exit(main())
