#!/usr/bin/env python3
"""What is read of a Xen's banner: of every Xen that a capture is of, and of made-up ones.

    versions.py XENPT CAPTURES
"""
import json
import pathlib
import sys

import xen

MADE_UP = [
    ("Xen version 4.17.5-pre (me@here) (gcc (GCC) 13) debug=y Mon", "4.17.5", "4.17.5-pre (me@here) debug=y"),
    ("Xen version 4.21-unstable (me@) (clang 17) debug=n", "4.21", "4.21-unstable (me@) debug=n"),
    ("Xen version 4.2.5 (me@here) (gcc) Sun Nov", "4.2.5", "4.2.5 (me@here) debug unknown"),
]


def refused(what, *words):
    try:
        what(*words)
    except xen.Failed as failed:
        return str(failed)
    raise SystemExit("%r is not refused" % (words,))


def main():
    xenpt, captures, nr = sys.argv[1], pathlib.Path(sys.argv[2]), 0
    for path in sorted(captures.glob("*.json")):
        machine = json.loads(path.read_text())
        banner = machine["xen_version"]
        release, text = xen.version("(XEN) Xen version %s\n(XEN) more\n" % banner)
        assert machine["xen_build"].startswith(release), (path.name, release)
        assert text.startswith(banner[:banner.index(")") + 1]) and text.endswith("debug=n"), text
        xen.need_layout(xenpt, release)
        nr += 1
    for line, release, text in MADE_UP:
        assert xen.version("(XEN) %s\n" % line) == (release, text), xen.version(line)
    assert nr > 20, nr
    assert "there is no banner" in refused(xen.version, "Linux version 6.1\n")
    said = refused(xen.need_layout, xenpt, "4.99.1")
    assert "there is no layout of Xen 4.99" in said and "docs/layouts.md" in said, said
    print("%d banners" % (nr + len(MADE_UP)))


if __name__ == "__main__":
    main()
