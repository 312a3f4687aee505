#!/usr/bin/env python3
"""readers.py XENPT FOLDER: reports of `xenpt run` for other programs, read by others' readers.

junitparser and Perl's TAP::Parser read what came of scenarios that end in every way, and count
what the JSON counts.
"""
import collections
import json
import subprocess
import sys

sys.path.append("/usr/lib/python3/dist-packages")
import junitparser  # noqa: E402

TAP = r"""
use strict; use TAP::Parser;
my $p = TAP::Parser->new({ source => \*STDIN, merge => 0 }) or die;
my %n;
while (my $r = $p->next) {
    if ($r->is_test) {
        $n{ $r->has_skip ? "skipped" : $r->is_ok ? "held" : "bad" }++;
        die "no name" unless length $r->description;
    }
    die "not TAP: " . $r->as_string if $r->is_unknown;
}
die join "; ", $p->parse_errors if $p->parse_errors;
printf "%d %d %d\n", map { $n{$_} // 0 } qw(held bad skipped);
"""


def run(xenpt, folder, form):
    files = [f"{folder}/ends.yaml", f"{folder}/mistakes.yaml"]
    p = subprocess.run([xenpt, "run", "--format", form, *files], capture_output=True, text=True)
    assert p.returncode == 2, p
    assert p.stderr.strip().endswith("could not be told; the report says why"), p.stderr
    return p.stdout


def by_json(text):
    n = collections.Counter()
    for s in json.loads(text)["scenarios"]:
        n["error"] += len(s.get("mistakes", []))
        n["error"] += "error" in s
        stopped = set()
        for e in s["expectations"]:
            n[e["verdict"]] += 1
            if e["verdict"] == "error":
                stopped.add(e["step"])
        n["error"] += sum(st["verdict"] == "error" and st["step"] not in stopped
                          for st in s.get("steps", []))
    return n


def by_junit(text):
    n = collections.Counter()
    words = {junitparser.Failure: "failed", junitparser.Error: "error",
             junitparser.Skipped: "skipped"}
    for suite in junitparser.JUnitXml.fromstring(text.encode()):
        inside = collections.Counter()
        for case in suite:
            assert case.name and case.classname
            ends = [words[type(r)] for r in case.result]
            assert len(ends) < 2
            inside[ends[0] if ends else "held"] += 1
        assert suite.tests == sum(inside.values()), suite.name
        assert suite.failures == inside["failed"] and suite.errors == inside["error"]
        assert suite.skipped == inside["skipped"]
        n += inside
    return n


def by_tap(text):
    p = subprocess.run(["perl", "-e", TAP], input=text, capture_output=True, text=True)
    assert not p.returncode, p.stderr
    return [int(x) for x in p.stdout.split()]


def main():
    xenpt, folder = sys.argv[1:]
    n = by_json(run(xenpt, folder, "json"))
    assert n["held"] and n["failed"] and n["error"], n
    junit = by_junit(run(xenpt, folder, "junit"))
    assert junit == +n, (junit, n)
    held, bad, skipped = by_tap(run(xenpt, folder, "tap"))
    assert (held, bad, skipped) == (n["held"], n["failed"] + n["error"], n["skipped"]), n


main()
