#!/usr/bin/env python3
"""docs/real-xen.md, and what docs/validation.md says of a real Xen, from what a real Xen was seen to answer and what the model answers.

    report.py XEN_MODEL FOLDER --check PAGE VALIDATION | --write PAGE VALIDATION

Needs no Xen.  Fails if the model answers otherwise than the Xen that was asked, or if the page is
another one.
"""
import json
import pathlib
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import report_more
import seen


def run(program, *words):
    done = subprocess.run([program, *words], check=True, stdout=subprocess.PIPE,
                          universal_newlines=True)
    return [line.split("\t") for line in done.stdout.splitlines()]


def is_refused(answer):
    return any(word.startswith(("E", "status", "#PF")) or word.isupper()
               for word in answer.replace("/", " ").split())


def asked(program, banner, features, options, *words):
    """What the model says of that Xen."""
    return run(program, "--release", re.match(r"[\d.]*\d", banner).group(0), "--options", options, "--last",
               seen.LAST[options], "--with", seen.features_of(options, features), *words)


def confirmed(program, known):
    """Of each rule: how many answers are others without it, the first, and whose they are.

    What the first Xen tells without options is not looked for again, and other Xens are looked at
    without options alone: what they have more shows there.
    """
    ret = {}

    def ask(setup):
        banner, features, options = setup
        but = ",".join(rule for rule, row in ret.items() if row[0])
        return banner, asked(program, banner, features, options, "--but", but, "--each")

    def take(banner, lines):
        for rule, nr, first, in_force in lines:
            before = ret.get(rule, (0, "", False, ""))
            ret[rule] = before if before[0] else (int(nr), first, before[2] or in_force == "yes", banner)

    setups = [(banner, features, options) for banner, (features, of_it) in known.items() for options in of_it
              if not options or banner == list(known)[0]]
    take(*ask(setups[0]))
    with ThreadPoolExecutor(2) as pool:
        for found in list(pool.map(ask, setups[1:])):
            take(*found)
    return ret


def answers(program, known, wrong):
    """What was answered, of each case, by each Xen; and what the model says otherwise."""
    ret = {}
    for banner, (features, of_it) in known.items():
        for options, lines in of_it.items():
            said = seen.by_case([line for line, _ in asked(program, banner, features, options)])
            for case in set(said) | set(lines):
                if said.get(case) != lines.get(case):
                    wrong.append("Xen said     %s\nthe model    %s" % (lines.get(case), said.get(case)))
            ret[(banner, options)] = lines
    return ret


def unique(mutants):
    """Those that several Xens were asked once."""
    return list({m[0]: m for m in reversed(mutants)}.values())[::-1]


def compared(banner, layout):
    """What was found of the machines of one Xen."""
    lines = ["### Xen " + banner, "",
             "| machine | compared with | exact | allowed by a rule | unexplained | missing | "
             "pages by the guest's own tables |", "|---|---|---|---|---|---|---|"]
    for m in layout["machines"]:
        pages = ", ".join(str(g[2]) for g in layout["guests"] if g[0] == m[0] and m[1] == "model")
        lines.append("| %s | %s | %d | %d | %d | %d | %s |" % (*m, pages))
    for why in dict.fromkeys(why for _, why in layout["left_out"]):
        lines += ["", "Left out, since %s: %s." % (why, "; ".join(
            what for what, its in layout["left_out"] if its == why))]
    return "\n".join(lines)


OTHER_RELEASES = "that release has them not"
# Why a rule was never asked; a name that ends in - stands for all that begin so.
CLASSES = [
    ("32-bit guests, which this build has not",
     "linear-pae l2-xen-slot l3-pae-slot pae- user-base-64 ptwr-upper-half iret-ring-0 "
     "transfer-free grant-transfer-free steal-type"),
    ("two vCPUs at once, or a hypercall that is pre-empted: this kernel cannot say when",
     "lock-last preempt- pin-error-ref partial- linear-kept physmap-one-place physmap-held "
     "physmap-alias type-flush-after type-flush-from grant-transitive-same vcpu-info-runs"),
    ("flushes of TLBs and caches, which no answer shows",
     "type-flush linear-flush root-flush non-coherent memory-flush grant-flush cr3-flush "
     "toggle-flush iommu-"),
    ("EPT, shadows, an IOMMU, L1TF or MMCFG, which that machine has not",
     "physmap-gfn shadow- monitor-linear l1tf-safe quarantine-levels device- mmcfg-aligned"),
    ("a PVH dom0", "hvm-pins physmap-foreign-self "
     "physmap-foreign-frame ioreq-emulator paging-hardware"),
    ("xenstored, which is no part of Xen", "xenstore-"),
    ("a policy that no Xen has", "unpause-foreign"),
    ("more references, handles or memory than this kernel uses up",
     "type-overflow grant-handles pod-free"),
    ("what is refused anyway, by another rule or by the processor",
     "l2-superpage l2-superpage-new ldt-limit grant-transfer-external"),
    ("what was asked, and shows in no answer", "grant-unmap-parts walk-ps"),
]


def why_not(rule, in_force):
    if not in_force:
        return OTHER_RELEASES
    for why, names in CLASSES:
        if any(rule == n or n.endswith("-") and rule.startswith(n) for n in names.split()):
            return why
    return "nothing: no case has been written yet"


def never(rules):
    """Rows of a table: each reason, and the rules it is the reason for."""
    by_why = {}
    for rule, (nr, _, in_force, _) in rules.items():
        if not nr:
            by_why.setdefault(why_not(rule, in_force), []).append("`%s`" % rule)
    return "\n".join("| %s | %d | %s |" % (why, len(names), ", ".join(names))
                     for why, names in by_why.items())


def page(program, folder):
    known, wrong = seen.read(folder / "seen.txt"), []
    banners = list(known)
    found = answers(program, known, wrong)
    rules = confirmed(program, known)
    yes = [rule for rule in rules if rules[rule][0]]
    no = [rule for rule in rules if not rules[rule][0]]
    cases = {case: line.split(": ", 1)[1] for lines in found.values() for case, line in lines.items()}
    refused = sum(is_refused(answer) for answer in cases.values())
    elsewhere = ["`%s`" % rule for rule in yes if rules[rule][3] != banners[0]]
    layouts = json.loads((folder / "layout.json").read_text())
    rows = {key: [row for layout in layouts.values() for row in layout[key]]
            for key in ("machines", "guests", "mutants")}
    worst = [sum(m[i] for m in rows["machines"]) for i in (4, 5)]
    if any(worst) or any(g[3] for g in rows["guests"]):
        wrong.append("layout.json has %d unexplained, %d missing, or a guest's page" % tuple(worst))
    wrong += ["nothing notices that %s" % m[0] for m in rows["mutants"] if not m[2]]
    nr_answers = sum(map(len, found.values()))
    options = list(dict.fromkeys(o for _, of_it in known.values() for o in of_it))
    text = open(folder / "page.md").read()
    for name, value in [
            ("BANNERS", "\n".join("| %s | %s | %d |" % (
                banner, ", ".join(features) or "", sum(map(len, of_it.values())))
                for banner, (features, of_it) in known.items())), ("ANSWERS", nr_answers), ("CASES", len(cases)), ("REFUSED", refused),
            ("SETUPS", ", ".join("`%s`" % o if o else "none" for o in options)),
            ("CONFIRMED", len(yes)), ("RULES", len(rules)), ("DIFFER", len(wrong)),
            ("ROWS", "\n".join("| `%s` | %d | %s |" % (r, rules[r][0], rules[r][1]) for r in yes)),
            ("MACHINES", len({(x, m[0]) for x in layouts for m in layouts[x]["machines"]})),
            ("UNEXPLAINED", worst[0]), ("MISSING", worst[1]),
            ("GUESTS", sum(g[2] for g in rows["guests"])),
            ("COMPARED", "\n\n".join(compared(x, layouts[x]) for x in layouts)),
            ("MUTANTS", len({m[0] for m in rows["mutants"]})),
            ("LAYOUT_ROWS", "\n".join("| %s | %s | %s |" % tuple(m) for m in unique(rows["mutants"]))),
            ("ELSEWHERE", ", ".join(elsewhere)), ("NR_ELSEWHERE", len(elsewhere)), ("NEVER", never(rules)), ("NR_NEVER", len(no)), *report_more.linux(folder, wrong),
            *report_more.bochs(folder, wrong, compared),
            *report_more.bochs(folder, wrong, compared, "bochs_linux.json", "BOCHS_LINUX")]:
        text = text.replace("@%s@" % name, str(value))
    return text, wrong


def main():
    program, folder, what, path = sys.argv[1], pathlib.Path(sys.argv[2]), sys.argv[3], sys.argv[4]
    text, wrong = page(program, folder)
    report_more.validation(text, pathlib.Path(sys.argv[5]), wrong, what == "--write")
    if what == "--write":
        pathlib.Path(path).write_text(text)
    elif pathlib.Path(path).read_text() != text:
        wrong.append("%s is not what is made now: --target rebase" % path)
    sys.exit("\n".join(wrong) or 0)


if __name__ == "__main__":
    main()
