#!/usr/bin/env python3
"""Holds the JSON that the program writes to docs/schemas and docs/json.md.

    schema.py XENPT SOURCE-FOLDER

Every document has to be valid; every key in it has to be in its schema; and every key in a
schema has to be in the page that explains it, and in some document here.
"""
import json
import pathlib
import re
import subprocess
import sys
import tempfile

TYPES = {"object": dict, "array": list, "string": str, "boolean": bool, "null": type(None),
         "integer": int}
TABLES = """1000:0=2067 1000:100=1063 2000:0=3067 2000:1=7000067 3000:0=4067 3000:1=4061
    3000:3=2020e7 4000:0=5067 4000:1=6027 4000:2=a003 4000:7=9027
    101000:0=102007 102000:0=103007 103000:0=2000b7 103000:1=4000b4
    201000:0=2067 202000:0=3067 203000:0=4067 204000:0=5067 204000:1=201067 204000:2=601067
    301000:0=302007 302000:0=303007 303000:0=2000e5"""
ROOT = ["--root", "1000", "--symbols", "names"]
EPT = ["--second", "ept:101000"]
MODEL = "captures/rel-pv64-intel-q35-guest.yaml"
CAPTURE = "captures/rel-pvhd0-hap64-guest.elf.zst"
THREAT = """host: { ram: 1G }
xen: { release: "4.17" }
domains:
  d0: { type: pv64, memory: 64M, privileged: yes }
  d1: { type: pv64, memory: 32M }
threat: { weak: { compromised: dom0, unreachable: d1 } }
"""

COMMANDS = [
    ["walk", "tables", "0", "2000", "600000", "8000000000000000", "40000000", *ROOT, "--access", "rwx"],
    ["walk", "tables", "0", *ROOT, "--cpl", "3", "--access", "w", "--shadow-stack"],
    ["walk", "tables", "0", "1000", "2000", "200000", *ROOT, *EPT],
    ["walk", "tables", "0", "200000", "400000", "1000000000000", "--root", "101000", "--mode", "ept4",
     "--access", "w"],
    ["walk", CAPTURE, "0", "103000", "--context", "cpu0", "--second", "npt:fcaf000", "--access", "x"],
    ["walk", "tables", "0", *ROOT, "--second", "npt:301000"],
    ["walk", "tables", "0", "--root", "0", "--mode", "unpaged"],
    ["map", "tables", *ROOT],
    ["map", "tables", *ROOT, "--fold"],
    ["map", "tables", *ROOT, "--leaves"],
    ["map", "tables", *ROOT, "--overview"],
    ["map", "tables", *ROOT, *EPT],
    ["map", "tables", "--root", "101000", "--mode", "ept4"],
    ["map", "tables", "--root", "0", "--mode", "unpaged"],
    ["map", CAPTURE],
    ["run", "scenario", "--keep-going", "--trace", "--journal"],
    ["walk", MODEL, "ffff830000200000", "ffff820000000000", "ffff82c000100000", "ffffffff80410030", "--context", "d0.v0.kernel"],
    ["map", MODEL, "--context", "idle"],
    ["roots", MODEL],
    ["roots", CAPTURE],
    ["roots", "tables", *ROOT, *EPT],
    ["layout"],
    ["layout", "4.17"],
    ["layout", "4.8:bigmem"],
    ["layout", "linux-5-level"],
    ["layout", "4.2", "4.22"],
    ["validate", "--mmu", "cpu,results", "--matrix", "user"],
    ["who", "captures/deb-pv64-intel-hc-xen.elf.zst", "f127"],
    ["who", "captures/rel-hap64-amd-guest.yaml", "d1.p2m=32000"],
    ["diff", "captures/deb-pv64-intel-guest.elf.zst", "captures/deb-pv64-intel-hc-xen.elf.zst"],
    ["diff", "captures/rel-hap64-amd-guest.yaml", "captures/rel-hap64-amd-guest.yaml"],
    ["share", "captures/deb-pv64-intel-hc-xen.elf.zst"],
    ["share", "tables", *ROOT],
    ["compare", "captures/deb-pv64-intel-guest.yaml", "captures/deb-pv64-intel-guest.elf.zst", "--allowed"],
    ["compare", "captures/deb-pv64-intel-guest.yaml", "captures/deb-pv64-amd-guest.elf.zst"],
    ["compare", "--derive", "captures/rel-xl2-intel-xen.elf.zst"],
    ["threat", "threat.yaml", "--frames", "0..100"],
    ["threat", "captures/rel-hap64-amd-guest.yaml", "--compromised", "d0", "--frames", "fcaf,0..2000"],
    ["expose", "captures/bochs-rel-xpti-pcid-user-user.elf.zst", "--threat", "none,meltdown", "--ranges"],
    ["expose", "captures/bochs-rel-xpti-pcid-user-user.elf.zst", "--policy", "all"],
    ["check", "captures/bochs-rel-xpti-pcid-user-user.elf.zst", "--invariant", "all", "--policy", "all"],
    ["check", "examples/advisories/xsa-148.yaml", "--set", "rules=xen-4.6", "--at", "5"],
]
# These take an emulator, and one that disagrees.
EMULATOR = {"freedoms", "accesses", "name", "seen", "what", "like", "case", "model", "answer", "rule",
            "votes", "agrees", "known", "alone", "text", "source"}
failures = []


def fail(where, what):
    failures.append("%s: %s" % (where, what))


def check(schema, value, where, root, seen):
    """The part of JSON Schema that docs/schemas is written in."""
    if "$ref" in schema:
        return check(root["$defs"][schema["$ref"].rsplit("/", 1)[1]], value, where, root, seen)
    if "const" in schema and value != schema["const"]:
        fail(where, "is %r" % value)
    if "enum" in schema and value not in schema["enum"]:
        fail(where, "is %r" % value)
    types = schema.get("type", [])
    types = types if isinstance(types, list) else [types]
    if types and type(value) not in [TYPES[name] for name in types]:
        return fail(where, "is of type %s" % type(value).__name__)
    if isinstance(value, str) and not re.search(schema.get("pattern", ""), value):
        fail(where, "is %r" % value)
    if isinstance(value, int) and not \
            schema.get("minimum", value) <= value <= schema.get("maximum", value):
        fail(where, "is %d" % value)
    for item in value if isinstance(value, list) else []:
        check(schema["items"], item, where + "[]", root, seen)
    if isinstance(value, dict):
        for key in schema.get("required", []):
            if key not in value:
                fail(where, "has no " + key)
        for key, item in value.items():
            inner = schema.get("properties", {}).get(key) or schema.get("additionalProperties")
            if inner is None:
                fail(where, "has %s, which no schema tells of" % key)
                continue
            seen.add(key)
            check(inner, item, where + "." + key, root, seen)
    return None


def keys(schema):
    if isinstance(schema, dict):
        for name, inner in schema.items():
            yield from inner if name == "properties" else []
            yield from keys(inner)


def main():
    xenpt, source = sys.argv[1], pathlib.Path(sys.argv[2])
    tools = source / "tests/cli/tools"
    page = (source / "docs/json.md").read_text()
    schemas = {name: json.loads((source / "docs/schemas" / (name + ".json")).read_text())
               for name in ("walk", "map", "roots", "diff", "who", "share", "compare", "layouts", "layout", "layout-diff", "validate", "run", "expose", "threat", "check")}
    seen = {name: set() for name in schemas}
    with tempfile.TemporaryDirectory() as folder:
        pathlib.Path(folder, "captures").symlink_to(source / "tests/captures")
        pathlib.Path(folder, "examples").symlink_to(source / "examples")
        pathlib.Path(folder, "scenario").symlink_to(source / "tests/scenario")
        subprocess.run([tools / "raw-tables", "tables", "8", *TABLES.split()], cwd=folder, check=True)
        subprocess.run([tools / "elf-symbols", "names", "here=0+1000"], cwd=folder, check=True)
        pathlib.Path(folder, "threat.yaml").write_text(THREAT)
        for words in COMMANDS:
            quiet = [] if words[0] in ("layout", "run", "threat") else ["--quiet"]
            done = subprocess.run([xenpt, *words, "--format", "json", *quiet], cwd=folder,
                                  stdout=subprocess.PIPE, check=False)
            # Some of the scenarios are to have mistakes.
            if done.returncode not in ((2,) if words[0] == "run" else (0, 1)):
                fail(" ".join(words), "ends with %d" % done.returncode)
                continue
            document = json.loads(done.stdout)
            name = document["schema"].split("/")[0].replace("xenpt.", "")
            check(schemas[name], document, " ".join(words), schemas[name], seen[name])
    for name, schema in schemas.items():
        for key in set(keys(schema)):
            if key not in seen[name] and not key.isdigit() and \
                    not (name == "validate" and key in EMULATOR):
                fail(name, "no document here has " + key)
            if "`%s`" % key not in page and '"%s"' % key not in page:
                fail("docs/json.md", "says nothing of " + key)
    try:
        import jsonschema
        for schema in schemas.values():
            jsonschema.Draft202012Validator.check_schema(schema)
    except (ImportError, AttributeError):
        pass
    sys.exit("\n".join(failures) or 0)


if __name__ == "__main__":
    main()
