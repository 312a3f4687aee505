"""What report.py has besides: the parts of a Linux dom0 and of Bochs, and what docs/validation.md says of a real Xen."""
import json
import re

MARK = "\n<!-- tests/xen/report.py writes what is below. -->\n"
VALIDATION = MARK + """
## A real Xen

MMUs know nothing of Xen. Its rules for page tables were asked of a running Xen, and its own tables compared with a model's; [real-xen.md](real-xen.md) has each:

%s
"""


def linux(folder, wrong):
    """Names and values of page.md."""
    found = json.loads((folder / "linux.json").read_text())
    rows = found["machines"]
    worst = [sum(row[i] for row in rows) for i in (4, 5)]
    if any(worst) or not rows:
        wrong.append("linux.json has %d unexplained and %d missing" % tuple(worst))
    left_out = "".join(" Not of this build: %s." % name for name in found["left out"])
    return [("LINUX_XEN", found["xen"]), ("LINUX_MACHINES", len({row[0] for row in rows})),
            ("LINUX_MOMENTS", found["moments"]), ("LINUX_UNEXPLAINED", worst[0]),
            ("LINUX_MISSING", worst[1]), ("LINUX_LEFT_OUT", left_out),
            ("LINUX_ROWS", "\n".join("| %s | %s | %d | %d | %d | %d |" % tuple(row) for row in rows))]


def bochs(folder, wrong, compared, file="bochs.json", prefix="BOCHS"):
    """The same, of what ran under Bochs; @compared makes the table of one Xen."""
    known = json.loads((folder / file).read_text())
    machines, guests, registers, mutants = ([row for found in known.values() for row in found.get(key, [])]
                                            for key in ("machines", "guests", "registers", "mutants"))
    worst = [sum(row[i] for row in machines) for i in (4, 5)]
    if any(worst) or not machines or any(row[3] for row in guests):
        wrong.append("%s has %d unexplained, %d missing, or a guest's page" % (file, *worst))
    wrong += ["%s: %s, in %s: %s, and the model has %s" % (file, *row) for row in registers if row[2] != row[3]]
    wrong += ["%s: nothing notices that %s" % (file, row[0]) for row in mutants if not row[2]]
    bits = sorted({row[3].split()[-1] for row in registers if row[3].startswith("ept")})
    rows = dict.fromkeys("| %s | %s | %s |" % tuple(row[:3]) for row in registers)
    values = [("MACHINES", len({row[0] for row in machines})), ("GUESTS", sum(row[2] for row in guests)),
              ("EPT_BITS", ", ".join(bits)), ("REGISTERS", len(registers)),
              ("UNEXPLAINED", worst[0]), ("MISSING", worst[1]),
              ("COMPARED", "\n\n".join(compared(banner, {**found, "left_out": []}).replace("### ", "#### ")
                                       for banner, found in known.items())),
              ("ROWS", "\n".join(rows)), ("NR_MUTANTS", len(mutants)),
              ("MUTANTS", "\n".join("| %s | %s | %s |" % tuple(row) for row in mutants))]
    return [("%s_%s" % (prefix, name), value) for name, value in values]


def validation(page, path, wrong, write):
    """Keeps the part of docs/validation.md that says what the page's own sentences say."""
    before = path.read_text().split(MARK)[0]
    lines = ["* %s%s" % found for found in
             re.findall(r"^(\d+ machines: )?\*\*([^*]+)\*\*", page, re.M)]
    text = before + VALIDATION % "\n".join(lines)
    if write:
        path.write_text(text)
    elif path.read_text() != text:
        wrong.append("%s says something else of a real Xen: --target rebase" % path)
