#!/usr/bin/env python3
"""render.py XENPT FOLDER: every picture of every capture and example.

Each is well-formed, no larger than a page, made in little time, the same when it is made again, and
names what it is of.  PNG and PDF are what they say; DOT is what Graphviz reads, if that is here.
"""
import concurrent.futures
import glob
import os
import shutil
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as xml

SVG = "{http://www.w3.org/2000/svg}"
HTML_BYTES = 2_000_000
ADDRESSES = ["ffff830000000000", "401000", "ffff82d040200000"]


def render(xenpt, *words, ok=True):
    p = subprocess.run([xenpt, "render", "--quiet", *words], capture_output=True, timeout=60)
    assert (p.returncode == 0) == ok, (words, p.stderr.decode())
    return p.stdout if ok else p.stderr.decode()


def check_svg(data, what):
    root = xml.fromstring(data)
    width, height = int(root.get("width")), int(root.get("height"))
    assert root.tag == SVG + "svg" and 300 < width <= 1500 and 80 < height <= 2700, (what, width, height)
    assert len(data) < 200_000, (what, len(data))
    texts = [t.text for t in root.iter(SVG + "text")]
    assert any(os.path.basename(what[0]) in t for t in texts), what
    for box in root.iter(SVG + "rect"):
        x, y = int(box.get("x", 0)), int(box.get("y", 0))
        assert x + int(box.get("width")) <= width and y + int(box.get("height")) <= height, what
    return texts


def one(xenpt, source):
    views = ["slots", "tree", "walk", "sharing", "exposure"]
    if source.endswith(".yaml") and "/examples/" in source:
        views.append("timeline")
    for view in views:
        words = [source, "--view", view] + (ADDRESSES if view == "walk" else [])
        check_svg(render(xenpt, *words), (source, view))
    if source.endswith(".elf.zst"):
        size = len(render(xenpt, source, "--format", "html"))
        assert size < HTML_BYTES, (source, size)
    return len(views)


def check_forms(xenpt, source):
    assert render(xenpt, source, "--view", "slots") == render(xenpt, source, "--view", "slots", "--format", "svg")
    p = subprocess.run([xenpt, "render", source, "--view", "slots", "--format", "png"], capture_output=True)
    if b"without cairo" in p.stderr:
        return "without cairo"
    assert p.stdout.startswith(b"\x89PNG\r\n\x1a\n") and p.stdout.endswith(b"IEND\xaeB`\x82")
    pdf = render(xenpt, source, "--view", "tree", "--format", "pdf")
    assert pdf.startswith(b"%PDF-") and pdf.rstrip().endswith(b"%%EOF") and b"/Count 1" in pdf
    assert pdf == render(xenpt, source, "--view", "tree", "--format", "pdf")
    return "with cairo"


def check_dot(xenpt, source):
    if not shutil.which("dot"):
        return "no Graphviz"
    for view in ["tree", "sharing"]:
        data = render(xenpt, source, "--view", view, "--format", "dot")
        p = subprocess.run(["dot", "-Tplain"], input=data, capture_output=True, timeout=60)
        assert p.returncode == 0 and not p.stderr, p.stderr
        assert p.stdout.count(b"\nnode ") == data.count(b"[fillcolor") + data.count(b"[label"), view
    return "Graphviz reads it"


def check_refusals(xenpt, source, example):
    for words, said in [
        ([source], "--view says what is to be seen"),
        ([source, "--view", "slots", "--format", "json"], "svg png pdf dot html"),
        ([source, "--view", "slots", "--format", "html"], "HTML has all there is"),
        ([source, "--view", "walk"], "needs an address"),
        ([source, "1000", "--view", "slots"], "only --view walk is of an address"),
        ([source, "--view", "timeline"], "a timeline is of a scenario"),
        ([source, "--view", "slots", "--format", "dot"], "no graph"),
        ([example, "--view", "slots", "--layout", "4.17"], "has the layout of its own machine"),
        ([source, "--view", "walls"], "walk"),
    ]:
        err = render(xenpt, *words, ok=False)
        assert said in err and err.count("\n") == 1, (words, err)
    # What cannot be drawn leaves what was there as it is.
    with tempfile.TemporaryDirectory() as folder:
        out = os.path.join(folder, "out.svg")
        with open(out, "w", encoding="ascii") as f:
            f.write("before")
        render(xenpt, source, "--view", "slots", "--format", "dot", "-o", out, ok=False)
        with open(out, encoding="ascii") as f:
            assert f.read() == "before"
        assert os.listdir(folder) == ["out.svg"]


def main():
    xenpt, folder = sys.argv[1:]
    captures = sorted(glob.glob(f"{folder}/tests/captures/*.elf.zst"))
    examples = sorted(glob.glob(f"{folder}/examples/*.yaml"))
    assert len(captures) > 30 and len(examples) > 10
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        n = sum(pool.map(lambda s: one(xenpt, s), captures + examples))
    hypercall = f"{folder}/tests/captures/deb-pv64-intel-hc-xen.elf.zst"
    texts = check_svg(render(xenpt, hypercall, "--view", "slots"), (hypercall, "slots"))
    for word in ["directmap", "ro-m2p", "gdt-ldt", "guest-linear", "262", "L3 0xfc6c"]:
        assert word in texts, word
    print(n, "pictures;", check_forms(xenpt, hypercall), "and", check_dot(xenpt, hypercall))
    check_refusals(xenpt, hypercall, examples[0])


main()
