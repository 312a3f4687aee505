"""What report.py has besides: the part of a Linux dom0, and what docs/validation.md says of a real Xen."""
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
