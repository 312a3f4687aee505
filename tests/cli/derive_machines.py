#!/usr/bin/env python3
"""Models of many machines, each written as a memory image, from which a model is derived: nothing
is unexplained, nothing missing, and what was inferred is what was said.

    derive_machines.py XENPT [--all] [--jobs N] [--keep FOLDER]

The product of all releases, kinds of domains, processors of both vendors, XPTI, debug builds and
builds with larger tables is gone through; of hosts, CPUs, MMCFG, sizes and of what runs, the next
in turn.  Without --all it is every 41st of them.
"""
import argparse
import concurrent.futures
import itertools
import json
import pathlib
import re
import subprocess
import sys
import tempfile

STEP = 41  # Prime, so that it is in step with no row below.
LEAST = 0.995

RELEASES = ["4.2.5", "4.3.4", "4.4.4", "4.5.5", "4.6.6", "4.7.6", "4.8.5", "4.9.4", "4.10.4",
            "4.11.4", "4.12.4", "4.13.5", "4.14.6", "4.15.7", "4.16.7", "4.17.5", "4.18.6",
            "4.19.6", "4.20.4", "4.21.2", "4.22.0"]
# The releases that begin a layout.
LAYOUTS = [2, 3, 4, 6, 7, 8, 9, 10, 11, 14, 15, 17, 18, 19, 20, 21]
# Layouts that only an LDT tells apart, and the other of the two.
TWINS = {20: 19}

# Sizes, and e820 maps with more holes than a PC's.
HOSTS = [
    "256M", "4G", "20G", "600G", "6T",
    "[0x0..0x9fbff, 0x100000..0x1ffdffff]",
    "[0x0..0x9dfff, 0x100000..0x3fffffff, 0x40005000..0x7ff5ffff, 0x7ff80000..0x7fffffff, "
    "0x100000000..0x27fffffff, 0x300000000..0x47fffffff]",
    "[0x0..0x9ffff, 0x100000..0x6fffffff, 0x100000000..0x103fffffff, 0x8000000000..0x8fffffffff, "
    "0x10000000000..0x10fffffffff]",
    "[0x0..0x9ffff, 0x100000..0xbfedffff, 0xbff00000..0xbfffffff, 0x100000000..0x1ffffffff]",
    "[0x1000..0x9efff, 0x100000..0xe5fff000]",
    "[0x0..0x9fbff, 0x100000..0x20b02fff, 0x20b40000..0x7b2d3fff, 0x7b6ff000..0x7b7fffff, "
    "0x100000000..0x1c37fffff]",
]
CPUS = [1, 2, 4, 7]
MMCFG = [0, 256, 64]
MEMORY = ["16M", "18M", "33M"]
RUNNING = ["", "kernel", "user"]
INTEL = ["skylake-server", "haswell", "cascade-lake", "ice-lake-server", "sapphire-rapids"]
AMD = ["naples", "milan", "genoa"]

# Kinds of domains; what each is, its vCPUs, and what else is said of it.
DOMAINS = {
    "none": [],
    "pv64": [("pv64", 2, "ldt: yes")],
    "several": [("pv64", 1, ""), ("pv64", 4, ""), ("pv64", 2, "ldt: yes")],
    "pv32": [("pv64", 2, ""), ("pv32", 2, "ldt: yes")],
    "pv32-dom0": [("pv32", 2, "")],
    "hvm": [("pv64", 1, ""), ("hvm", 2, "")],
    "pvh": [("pv64", 1, ""), ("pvh", 2, "")],
    "shadow": [("pv64", 1, ""), ("hvm", 2, "paging: shadow")],
    "shadow-pae": [("pv64", 1, ""), ("hvm", 2, "paging: shadow, mode: pae")],
    "shadow-unpaged": [("pv64", 1, ""), ("hvm", 1, "paging: shadow, mode: unpaged")],
    "all": [("pv64", 2, "ldt: yes"), ("pv64", 1, ""), ("pv32", 2, ""), ("hvm", 2, ""),
            ("pvh", 1, "paging: shadow")],
    "pvh-dom0": [("pvh", 2, "")],
    "pvh-dom0-shadow": [("pvh", 2, "paging: shadow")],
    "pvh-dom0-others": [("pvh", 1, ""), ("pv64", 2, ""), ("hvm", 1, "")],
    "strict": [("pv64", 2, "m2p-strict: yes"), ("pv64", 1, "")],
    "logged": [("pv64", 1, ""), ("hvm", 1, "log-dirty: yes")],
    "views": [("pv64", 1, ""), ("hvm", 1, "views: 2")],
}


def minor(release):
    return int(release.split(".")[1])


def possible(release, kind, amd, xpti, bigmem):
    since = {"pvh-dom0": 11, "pvh-dom0-shadow": 11, "pvh-dom0-others": 11, "strict": 5, "views": 6}
    return (minor(release) >= since.get(kind, 0) and (not bigmem or minor(release) >= 6) and
            (not xpti or minor(release) >= 8) and not (kind == "views" and amd))


def machines():
    turn = itertools.count()
    for release, kind, amd, xpti, debug, bigmem in itertools.product(
            RELEASES, DOMAINS, (False, True), (False, True), (False, True), (False, True)):
        if not possible(release, kind, amd, xpti, bigmem):
            continue
        n = next(turn)
        yield {
            "release": release, "kind": kind, "xpti": xpti, "debug": debug, "bigmem": bigmem,
            "processor": (AMD if amd else INTEL)[n % (3 if amd else 5)],
            "ram": HOSTS[n % 11], "cpus": CPUS[n // 3 % 4], "mmcfg": MMCFG[n // 7 % 3],
            "memory": MEMORY[n // 5 % 3], "running": RUNNING[n // 2 % 3],
            "pv32": bool(n // 13 % 3) or any(d[0] == "pv32" for d in DOMAINS[kind]),
        }


def model(m):
    domains = DOMAINS[m["kind"]]
    options = ["xpti=" + ("yes" if m["xpti"] else "no")] if minor(m["release"]) >= 8 else []
    if m["pv32"]:
        options.append("pv=32")
    if domains and domains[0][0] == "pvh":
        options.append("dom0=pvh" + (",shadow" if domains[0][2] else ""))
    if m["kind"] == "views":
        options.append("altp2m=yes")
    host = ["ram: " + m["ram"], "cpus: %d" % m["cpus"], "processor: " + m["processor"]]
    if m["mmcfg"]:
        host.append("mmcfg: { base: 0xe0000000, buses: %d }" % m["mmcfg"])
    xen = ['release: "%s"' % m["release"], 'options: "%s"' % " ".join(options)]
    xen += ["%s: yes" % key for key in ("debug", "pv32") if m[key]]
    if m["bigmem"]:
        xen.append("variant: bigmem")
    text = "host: { %s }\nxen: { %s }\n" % (", ".join(host), ", ".join(xen))
    for i, (kind, vcpus, more) in enumerate(domains):
        text += "%s  d%d: { type: %s, memory: %s, vcpus: %d%s%s }\n" % (
            "" if i else "domains:\n", i, kind, m["memory"], vcpus,
            "" if i else ", privileged: yes", ", " + more if more else "")
    if domains and m["running"]:
        mode = "guest" if domains[0][0] == "pvh" else m["running"]
        text += "running: { cpu0: d0.v0.%s }\n" % mode
    return text


def word_of(domain):
    kind, vcpus, more = domain
    name = {"pv64": "64-bit PV", "pv32": "32-bit PV"}.get(
        kind, "HVM or PVH, " + ("shadow" if "shadow" in more else "HAP"))
    return "%s, %d vCPU%s%s" % (name, vcpus, "" if vcpus == 1 else "s",
                                ", with an LDT" if "ldt" in more else "")


def pages(ranges):
    """Whole pages of RAM; below 1 MiB everything is mapped, whatever e820 says."""
    whole = [((int(a, 16) + 0xfff) & ~0xfff, (int(b, 16) + 1) & ~0xfff)
             for a, b in re.findall(r"0x(\w+)\.\.0x(\w+)", ranges)]
    return [r for r in whole if r[0] >= 0x100000]


def inferred(m, document):
    said = {}
    for x in document["inferred"]:
        said.setdefault(x["what"], []).append(x["value"])
    domains = DOMAINS[m["kind"]]
    layout = int(re.match(r"xen-4\.(\d+)", said["layout"][0]).group(1))
    right = max(n for n in LAYOUTS if n <= minor(m["release"]))
    wrong = []
    if layout not in (right, TWINS.get(right)):
        wrong.append("layout")
    if (":bigmem" in said["layout"][0]) != m["bigmem"]:
        wrong.append("variant")
    if int(said["CPUs"][0].split(",")[0]) != m["cpus"]:
        wrong.append("CPUs")
    # Up to 4.14 there is an M2P for 32-bit guests in every build.
    if layout >= 15 and ("without" in said["build"][0]) == m["pv32"]:
        wrong.append("build")
    # What tells a debug build is in each PV domain; with much RAM it is so in every build.
    pv = any(d[0].startswith("pv6") or d[0] == "pv32" for d in domains)
    if pv and layout > 2 and m["ram"] != "6T" and ("debug" in said["build"][0]) != m["debug"]:
        wrong.append("debug build")
    if int(said.get("MMCFG", ["0 buses"])[0].split()[0]) != m["mmcfg"]:
        wrong.append("MMCFG")
    found = sorted(value.split(": ", 1)[1] for value in said.get("domain", []))
    if found != sorted(word_of(d) for d in domains):
        wrong.append("domains")
    logged = any("log" in value for value in said.get("memory", []))
    if logged != (m["kind"] == "logged"):
        wrong.append("log of dirty pages")
    if m["ram"].startswith("["):
        ram = pages(said["RAM"][0])
        if not ram or ram != pages(m["ram"])[:len(ram)]:
            wrong.append("RAM")
    # Before 4.6 roots for user mode have what those for the kernel have.
    if [name for name in document["only_model"]
            if minor(m["release"]) >= 6 or not name.endswith(".user")]:
        wrong.append("only in the model: %r" % document["only_model"])
    return wrong


def check(xenpt, m, path):
    text = model(m)
    path.with_suffix(".yaml").write_text(text)
    image = path.with_suffix(".elf")
    done = subprocess.run([xenpt, "export", path.with_suffix(".yaml"), "-o", image],
                          capture_output=True, text=True, check=False)
    if done.returncode:
        return [done.stderr.strip()], 1
    done = subprocess.run([xenpt, "compare", "--derive", image, "--format", "json"],
                          capture_output=True, text=True, check=False)
    if done.returncode not in (0, 1):
        return [done.stderr.strip()], 1
    document = json.loads(done.stdout)
    n = document["summary"]
    share = n["exact"] / (n["exact"] + n["allowed"] + n["unexplained"] + n["missing"])
    wrong = inferred(m, document)
    if n["unexplained"] or n["missing"]:
        wrong.append("unexplained %d, missing %d" % (n["unexplained"], n["missing"]))
    if share < LEAST:
        wrong.append("%.2f%% exact" % (100 * share))
    if not wrong:
        image.unlink()
        path.with_suffix(".yaml").unlink()
    return wrong, share


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("xenpt")
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--keep", type=pathlib.Path)
    args = parser.parse_args()
    chosen = list(machines())[::1 if args.all else STEP]
    shares = failed = 0
    with tempfile.TemporaryDirectory() as folder, \
            concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
        folder = args.keep or pathlib.Path(folder)
        folder.mkdir(exist_ok=True)
        done = pool.map(lambda n: check(args.xenpt, chosen[n], folder / str(n)),
                        range(len(chosen)))
        for m, (wrong, share) in zip(chosen, done):
            shares += share
            failed += bool(wrong)
            if wrong:
                print("%s\n%s" % ("; ".join(wrong), model(m)))
    print("%d machines, %d failed; %.3f%% exact" % (len(chosen), failed,
                                                   100 * shares / len(chosen)))
    sys.exit(failed > 0)


if __name__ == "__main__":
    main()
