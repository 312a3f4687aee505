"""The machines that layout.py stops: what runs on which processor, where it holds still, and the
model of it.
"""
import collections
import os

# name of a kernel; words of Xen's command line and of the kernel's; where the guest holds; words
# of the domains that are made first; what Xen has to be built with; whether --full alone runs it.
Setup = collections.namedtuple("Setup", "kernel cpu options where more mode needs full vcpus")

PROCESSORS = {
    "amd": "processor: naples", "intel": "processor: skylake-client, without: [pcid]",
    # Of Bochs.
    "haswell": "processor: haswell", "skylake": "processor: skylake-server, without: [pku]",
    "icelake": "processor: ice-lake-server, without: [la57]",
}
BOCHS = ("haswell", "skylake", "icelake")
WHERE_TEXT = {"k": "guest kernel", "u": "guest user", "x": "Xen"}

# Sections of an image that was looked at, by what the tables themselves tell of it: the ends of
# code and of constants, and where data are.  Of another image they are read from the tables.
IMAGES = {
    "text to 0x361000, constants to 0x3b7000, data 0x45b000 to 0x5a7000":  # Debian's 4.17.7
        "{ text-end: 0x361000, rodata-end: 0x3b7000, data-first: 0x45b000, data-end: 0x5a7000, "
        "hole-first: 0x472000, boot-idt: 0x577000, boot-tss: 0x579000 }",
}


def pv64(cpu, options, where, more="", full=False):
    return Setup("pv64", cpu, options, where, more, "", "", full, 2)


def domus(where, words="64k paeu 2levelx", options="", full=False, cpu="amd"):
    """PVH domains that dom0 makes, one a word."""
    needs = "shadow" if "no-hap" in words else ""
    return Setup("domus", cpu, options, where, "", words, needs, full, 1)


def linux(where, words, options="", cpu="haswell"):
    """Linux as dom0, and PVH domains that Xen's tools make: of Bochs."""
    return Setup("linux", cpu, options, where, "", words, "", True, 1)


def pvh0(mode, where, options="dom0=pvh", full=False):
    needs = "shadow" if "shadow" in options else ""
    return Setup("pvh", "amd", options, where, "", mode, needs, full, 2)


def pv32(cpu, where, options="pv=32", full=False):
    return Setup("pv32", cpu, options, where, "", "", "pv32", full, 2)


SETUPS = [pv64(cpu, options, where)
          for cpu, options in [("amd", ""), ("amd", "xpti=yes"), ("intel", ""), ("intel", "xpti=no")]
          for where in "kux"]
SETUPS += [pv64("amd", "", "k", "d1 d2"), pv64("intel", "", "u", "d1")]
BY_DEFAULT = ["64k", "paeu", "2levelx"]
SETUPS += [pvh0(mode, where, full=mode + where not in BY_DEFAULT)
           for mode in ("64", "pae", "2level") for where in "kux"]
SETUPS += [pvh0(mode, where, "dom0=pvh,shadow", full=mode + where not in BY_DEFAULT)
           for mode in ("64", "pae", "2level") for where in "kux"]
SETUPS += [domus("k"), domus("u", full=True), domus("x", full=True),
           domus("k", "no-hap 64k paeu 2levelx"), domus("u", "no-hap 64x paek 2levelu", full=True)]
SETUPS += [pv32("amd", where) for where in "kux"]
SETUPS += [pv32("intel", where, full=where != "k") for where in "kux"]


def chosen():
    full = os.environ.get("XENPT_FULL") == "1"
    return [s for s in SETUPS if full or not s.full]


MODE_TEXT = {"64": "64-bit", "pae": "PAE", "2level": "2-level"}


def guests(s):
    """Names of the PVH domains, how they page, and where they hold."""
    if s.kernel == "pvh":
        return [("d0", s.mode, s.where)]
    words = s.mode.replace("no-hap", "").split() if s.kernel in ("domus", "linux") else []
    first = 3 if s.kernel == "domus" else 1
    return [("d%d" % (first + i), word[:-1], word[-1]) for i, word in enumerate(words)]


def name_of(s):
    more = s.more.replace(" ", " and ")
    if s.kernel in ("domus", "linux"):
        more = "%s PVH domains %s" % (" and ".join(MODE_TEXT[mode] for _, mode, _ in guests(s)),
                                      "under shadow paging" if "no-hap" in s.mode else "under HAP")
    return "%s %s,%s in %s%s" % (s.cpu, s.options or "by default",
                                 {"pvh": " " + MODE_TEXT.get(s.mode, ""),
                                  "pv32": " 32-bit PV", "linux": " Linux"}.get(s.kernel, ""),
                                 WHERE_TEXT[s.where], ", with " + more if more else "")


def board(s):
    """PVH dom0 needs an IOMMU."""
    return ["q35", "-device", "amd-iommu"] if "dom0=pvh" in s.options else ["pc"]


def arguments(s):
    if s.kernel == "pvh":
        return "two mode-%s hold-%s" % (s.mode, s.where)
    if s.kernel == "domus":
        return " ".join(word if word == "no-hap" else "pvh-" + word for word in s.mode.split())
    return "%s hold-%s" % (s.more, s.where)


def is_there(s, registers):
    """Whether a CPU is where the guest holds."""
    inside = registers["cpl"] == 0 and registers.get("rip", 0) >> 32 == 0xffff82d0
    if s.where == "x" or inside:
        return inside == (s.where == "x")
    return s.kernel == "pv64" or (registers["cpl"] == 3) == (s.where == "u")


# --- Models ---------------------------------------------------------------------------------

MODEL = """\
host: { ram: [0x0..%s, 0x100000..%s], cpus: 2, %s }
xen:
  release: "%s"
  options: ["%s"]
  image: %s
  stacks: [%s]
  pv32: %s
domains:
%srunning: { cpu0: %s, cpu1: %s }
"""
D0 = "  d0: { type: %s, memory: 32M, vcpus: %d, privileged: yes, ldt: %s }\n"
LINUX = "  d0: { type: pv64, memory: 320M, privileged: yes }\n"
# Domains that it makes first.
MORE = {
    "d1": "  d1: { type: pv64, memory: 16M }\n",
    "d2": "  d2: { type: pvh, memory: 4M }\n",
}
PVH = """\
  %s:
    type: pvh
    memory: %s
    vcpus: 2
    privileged: %s
    mode: %s
    paging: %s
    tables: { own: { level: %d, frame: 0x300, slots: %s } }
"""
# What guest/pvh.c makes.
WINDOW = ("{ name: l1, frame: 0x303, slots: { 0: { to: 0x308, flags: [P, US] }, "
          "1: { to: 0x309, flags: [P, RW, US%(nx)s] }, 2: { to: 0x30a, flags: [P, RW%(nx)s] }, "
          "3: { to: 0x30b, flags: [P%(nx)s] }, 4: { to: 0x30c, flags: [P, RW, PCD%(nx)s] }, "
          "5: { to: self, flags: [P%(nx)s] } } }")
NX = {"nx": ", NX"}
L2 = ("{ name: l2, frame: 0x302, %s slots: { 0..7: { to: 0, flags: [P, RW, PS, G] }, 16: "
      + WINDOW % NX + ", 17: { to: 0x400, flags: [P, US, PS, NX] }%s } }")
TABLES = {
    "64": "{ 0: { name: l3, frame: 0x301, slots: { 0: " + L2 % ("", "")
          + ", 511: { to: l2, flags: [P, RW] } } }, 255: { to: self, flags: [P, NX] }, "
          "511: { to: l3, flags: [P, NX] } }",
    "pae": "{ 0: " + L2 % ("flags: [P],", ", 511: { to: self, flags: [P, NX] }")
           + ", 3: { to: l2, flags: [P] } }",
    "2level": "{ 0..3: { to: 0, flags: [P, RW, PS, G] }, 8: " + WINDOW % {"nx": ""}
              + ", 9: { to: 0x400, flags: [P, US, PS] }, 1023: { to: self, flags: [P] } }",
}
MODES = {"64": "4level", "pae": "pae", "2level": "2level"}
REGISTERS = {mode: {"cr0": "0x80010011", "cr3": "0x300000", "cr4": cr4, "efer": efer}
             for mode, cr4, efer in [("64", "0xf0", "0xd00"), ("pae", "0xf0", "0x800"),
                                     ("2level", "0xd0", "0")]}
# TCG marks PDPTEs as accessed, which is no flag of theirs: there is a copy that it does not read.
ROOTS = {"64": "0x300000", "pae": "0x300800", "2level": "0x300000"}
# Frames that it gives back, and two in whose place others are: the model has not done that.
CHANGED = list(range(0x500, 0x508))
# Of what were superpages, those that are smaller pages since it executes or gives back some.  Under EPT
# only smaller pages can be executed (CVE-2018-12207: ept_set_entry() of 4.17), and the model has the
# superpages: whether one can be executed is not compared.  The first 2 MiB are smaller pages in the model,
# and those of dom0's own domains; Xen's tools make a superpage of these, too.
def split(s):
    return range(0 if s.kernel == "linux" else 0x200, 0x600)


def pvh_domains(s, shadow):
    """Its PVH domains, and the steps by which they load their registers."""
    ret, steps = "", ["{ name: begin, run: %s.v0.guest }" % guests(s)[0][0]]
    for name, mode, _ in guests(s):
        ret += PVH % (name, "32M" if name == "d0" else "16M", "yes" if name == "d0" else "no",
                      MODES[mode], "shadow" if shadow and s.needs == "shadow" else "usual",
                      {"64": 4, "pae": 3, "2level": 2}[mode], TABLES[mode])
        words = ", ".join("%s: %s" % pair for pair in REGISTERS[mode].items())
        steps += ["{ load: %s.v%d, %s }" % (name, i, words) for i in (0, 1)]
    steps.append("{ name: last, run: %s.v0.guest }" % guests(s)[0][0])
    return ret, "steps: [%s]\n" % ", ".join(steps)


def model(s, release, image, stacks, pv32, shadow=True):
    """The machine of a setup, as a model says it; without shadow paging, if that is said."""
    low, last, host, steps = "0x9fbff", "0xffdffff", PROCESSORS[s.cpu], ""
    if s.cpu in BOCHS:
        low, last = "0x9efff", "0xffeffff"
    domains = D0 % ("pv32" if s.kernel == "pv32" else "pv64", s.vcpus, "no" if s.kernel == "domus" else "yes")
    domains += "".join(MORE[word] for word in s.more.split())
    running = ["d0.v0.user" if s.where == "u" and s.kernel == "pv64" else "d0.v0.kernel",
               "d0.v1.kernel"]
    if s.kernel == "pvh":
        last = "0xffdefff"
        host += ", mmcfg: { base: 0xb0000000 }"
        domains, steps = pvh_domains(s, shadow)
    elif s.kernel in ("domus", "linux"):
        more, steps = pvh_domains(s, shadow)
        domains = (LINUX if s.kernel == "linux" else domains) + more
    if guests(s):
        running = ["%s.v%d.guest" % (guests(s)[0][0], i) for i in (0, 1)]
    if s.kernel == "linux": # Which is pinned to CPU 0, as the others are to CPU 1.
        last, running[0] = "0x1dfeffff", "d0.v0.user" if s.where == "u" else "d0.v0.kernel"
    options = s.options if shadow else s.options.replace(",shadow", "")
    return MODEL % (low, last, host, release, '", "'.join(options.split()), image, stacks, "yes" if pv32 else "no",
                    domains, *running) + steps


# --- What no model can know, read from the tables ---------------------------------------------

def sections(ranges, xpti):
    """Of the idle root's pages of Xen's image, as `xenpt map` lists them, the sections."""
    first = int(ranges[0]["first"], 16) & ~0x3fffffff
    ends = [(r["rights"], int(r["first"], 16) - first, int(r["last"], 16) + 1 - first)
            for r in ranges
            if int(r["first"], 16) - int(r["maddr"], 16) ==  # Not what is mapped behind it.
            int(ranges[0]["first"], 16) - int(ranges[0]["maddr"], 16)]
    found = {}
    for rights, begin, end in ends:
        if rights == "r-x-":
            found["text-end"] = end
        elif rights == "r---":
            found["rodata-end"] = end
        else:
            found.setdefault("data-first", begin)
            found.setdefault("hole-first", end)
            found["data-end"] = end
    data = [int(r["first"], 16) - first for r in xpti if r["rights"] == "rw--"]
    if data:
        found["boot-idt"], found["boot-tss"] = data[0], data[-1]
    return "{ %s }" % ", ".join("%s: 0x%x" % (key, found[key]) for key in found)


def stacks_of(ranges):
    """Of its pages of the directmap: guards are pages 0 and 5 of a stack."""
    pages = {int(r["maddr"], 16) for r in ranges if r["rights"] == "r---"}
    return ", ".join("0x%x" % page for page in sorted(pages, reverse=True) if page + 0x5000 in pages)
