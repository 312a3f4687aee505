"""A Xen under Bochs, which has what QEMU's TCG lacks: PCIDs, and VMX with EPT.

Bochs starts no kernel by itself, so there is a disk, with bochs_boot.S in its first sector.  Its debugger
stops it, and says each CPU's registers and which block of memory is where in the process; memory is
read from the process, which is this one's child, and compared with what the debugger says is there.
"""
import atexit
import os
import pathlib
import re
import select
import shutil
import signal
import struct
import subprocess
import tempfile
import termios
import threading
import time
import tty

import xen

# It logs nothing: whoever is interrupted while it logs waits for itself, since that is logged, too.
BIOS = ["/usr/share/bochs/BIOS-bochs-latest", "/usr/share/vgabios/vgabios.bin"]
RC = """\
config_interface: textconfig
display_library: term
romimage: file=%s
vgaromimage: file=%s
cpu: model=%s, count=2, ips=20000000, reset_on_triple_fault=0, ignore_bad_msrs=1
memory: guest=%d, host=%d
pci: enabled=1, chipset=i440fx
clock: sync=none, time0=local
ata0-master: type=disk, path=disk, mode=flat, cylinders=%d, heads=16, spt=63
boot: disk
log: log
panic: action=fatal
error: action=ignore
info: action=ignore
com1: enabled=1, mode=file, dev=serial
speaker: enabled=0
sound: driver=dummy
"""
MODELS = {"icelake": "corei7_icelake_u", "skylake": "corei7_skylake_x", "haswell": "corei7_haswell_4770"}
SECTOR = 512
CYLINDER = 16 * 63 * SECTOR
BLOCK = 128 << 10
PAGE = 4096
# Where things are before Xen begins, as bochs_boot.S loads them: what Xen is told, and its modules.
TOLD = 0x100000
MODULES = 0x1000000
RECORDS = 0x180
MOST_RECORDS = 9


def needed():
    """Skips if what all of this needs is not there."""
    if not shutil.which("bochs"):
        xen.skip("there is no bochs")
    for path in BIOS:
        if not os.path.exists(path):
            xen.skip("there is no %s: Debian's bochsbios and vgabios have them" % path)
    if not os.path.exists(xen.find_xen()):
        xen.skip("there is no %s: Debian's xen-hypervisor-4.17-amd64 has it" % xen.find_xen())


# --- The disk -------------------------------------------------------------------------------

def parts(elf):
    """Where a 32-bit ELF file begins, and what it has where: [(address, bytes)]."""
    entry, first = struct.unpack_from("<II", elf, 24)
    ret = []
    for i in range(struct.unpack_from("<H", elf, 44)[0]):
        kind, offset, _, address, size, memory = struct.unpack_from("<6I", elf, first + 32 * i)
        if kind == 1:
            ret.append((address, elf[offset:offset + size].ljust(memory, b"\0")))
    return entry, ret


def told(line, modules, megabytes):
    """The Multiboot information: how much memory, Xen's command line, and modules with theirs, which are
    where (first, end) says.
    """
    has = 1 << 0 | 1 << 2 | 1 << 3 | 1 << 9
    strings, at = b"", TOLD + 116 + 16 * len(modules)

    def string(text):
        nonlocal strings
        ret = at + len(strings)
        strings += text.encode() + b"\0"
        return ret

    head = struct.pack("<7I", has, 636, (megabytes - 1) * 1024 - 64, 0, string(line), len(modules), TOLD + 116)
    head = head.ljust(64, b"\0") + struct.pack("<I", string("xenpt"))
    table = b"".join(struct.pack("<4I", first, end, string(text), 0) for first, end, text in modules)
    return head.ljust(116, b"\0") + table + strings


def disk(boot, hypervisor, line, modules, megabytes):
    """Its bytes.  @modules: [(bytes, command line)]."""
    entry, todo = parts(hypervisor)
    at, places = MODULES, []
    for data, text in modules:
        todo.append((at, data))
        places.append((at, at + len(data), text))
        at += -(-len(data) // PAGE) * PAGE
    todo.append((TOLD, told(line, places, megabytes)))
    if len(todo) > MOST_RECORDS:
        raise xen.Failed("a Xen of %d parts" % len(todo))
    ret = bytearray(boot)
    struct.pack_into("<II", ret, RECORDS, entry, TOLD)
    for i, (address, data) in enumerate(todo):
        sectors = -(-len(data) // SECTOR)
        struct.pack_into("<3I", ret, RECORDS + 8 + 12 * i, address, len(ret) // SECTOR, sectors)
        ret += data.ljust(sectors * SECTOR, b"\0")
    return ret.ljust(-(-len(ret) // CYLINDER) * CYLINDER, b"\0")


# --- The machine ----------------------------------------------------------------------------

def screen_of(pid):
    """The terminal that it makes itself, to draw its screen on."""
    for path in pathlib.Path("/proc/%d/fdinfo" % pid).iterdir():
        found = re.search(r"tty-index:\s*(\d+)", path.read_text())
        if found and os.readlink("/proc/%d/fd/%s" % (pid, path.name)).endswith("ptmx"):
            return "/dev/pts/" + found.group(1)
    return None


def read_screen(pid):
    """Or it waits, when much was drawn, until somebody reads it; ends with it."""
    screen = None
    try:
        path = screen_of(pid)
        screen = os.open(path, os.O_RDWR | os.O_NOCTTY) if path else None
        if path:
            tty.setraw(screen)
        while path and os.read(screen, 1 << 16):
            pass
    except (OSError, termios.error):
        pass
    finally:
        if screen is not None:
            os.close(screen)


class Machine(xen.Machine):
    """As that of QEMU is used."""
    NAME = "Bochs"

    def __init__(self, boot, kernel, cpu="icelake", options="", arguments="", vcpus=1, module=None,
                 megabytes=256):
        self.folder = tempfile.TemporaryDirectory(prefix="xenpt-bochs-")
        self.serial = pathlib.Path(self.folder.name, "serial")
        self.qmp, self.megabytes, self.base = None, megabytes, None
        hypervisor = xen.unpacked(xen.find_xen(), self.folder.name).read_bytes()
        # Of one size, whatever is in it: where Xen has its own pages depends on that.
        modules = [(pathlib.Path(kernel).read_bytes().ljust(xen.IMAGE_SIZE, b"\0"), "kernel " + arguments)]
        if module:
            modules.append((pathlib.Path(module).read_bytes(), "module"))
        line = ("xen console=com1 com1=115200,8n1 loglvl=info guest_loglvl=none noreboot console_to_ring "
                "x2apic=off dom0_vcpus_pin dom0_mem=32M dom0_max_vcpus=%d %s" % (vcpus, options))
        data = disk(pathlib.Path(boot).read_bytes(), hypervisor, line.strip(), modules, megabytes)
        pathlib.Path(self.folder.name, "disk").write_bytes(data)
        pathlib.Path(self.folder.name, "rc").write_text(
            RC % (*BIOS, MODELS[cpu], megabytes, megabytes, len(data) // CYLINDER))
        self.qemu = subprocess.Popen(["bochs", "-q", "-f", "rc"], cwd=self.folder.name, stdin=subprocess.PIPE,
                                     stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        atexit.register(self.end)
        self.began = time.monotonic()
        self.answer()
        threading.Thread(target=read_screen, args=(self.qemu.pid,), daemon=True).start()
        self.go_on()

    # --- Its debugger -----------------------------------------------------------------------

    def answer(self, interrupt=False):
        """What it says until it is ready for a command; which it is interrupted for, if it has to be."""
        ret = b""
        while not re.search(rb"<bochs:\d+> $", ret):
            if interrupt: # Again and again: one is lost that comes before it has taken the command.
                self.qemu.send_signal(signal.SIGINT)
            if select.select([self.qemu.stdout], [], [], 1)[0]:
                ret += os.read(self.qemu.stdout.fileno(), 1 << 16)
                interrupt = False
            self.alive("answer of the debugger")
        return ret.decode("latin-1")

    def command(self, line):
        self.qemu.stdin.write(line.encode() + b"\n")
        self.qemu.stdin.flush()

    def asked(self, line):
        self.command(line)
        return self.answer()

    def stop(self):
        self.answer(interrupt=True)

    def go_on(self):
        self.command("c")

    # --- Looking ----------------------------------------------------------------------------

    def state(self, cpu):
        """All that it says of a CPU, as {"CS.selector": 8}."""
        ret, inside = {}, []
        for line in self.asked('show "cpu%d"' % cpu).splitlines():
            found = re.match(r" *(\w+) = (\S+)", line)
            if found and found.group(2) == "{":
                inside.append(found.group(1))
            elif found and re.match(r"0x|-?\d|true|false", found.group(2)):
                text = found.group(2)
                ret[".".join(inside[1:] + [found.group(1)])] = int(text == "true") \
                    if text in ("true", "false") else int(text, 0)
            elif line.strip() == "}" and inside:
                inside.pop()
        return ret

    def registers(self, cpu):
        state = self.state(cpu)
        ret = {name.lower(): state[name] for name in ("RIP", "RSP", "CR0", "CR3", "CR4")}
        ret["efer"] = state["MSR.EFER"]
        ret["cpl"] = state["SS.dpl"]
        ret["eptp"] = state["VMX.VMCS_CACHE.VMEXEC_CTRLS.eptptr"] if state["VMX.in_vmx_guest"] else 0
        return ret

    def bytes_at(self, address, nr):
        text = self.asked("xp /%dbx %#x" % (nr, address))
        return bytes(int(byte, 16) for line in re.findall(r">:((?:\t0x[0-9a-f]{2})+)", text)
                     for byte in line.split())

    def blocks(self):
        """{block of the machine's memory: block of the process's}, of those that were ever used."""
        text = self.asked('show "memory"')
        return {int(a): int(b) for a, b in re.findall(r"blk(\d+) = (\d+)", text)}

    def find_memory(self, process, blocks):
        """Where the process has block 0 of it: where the bytes are that are at some address."""
        address = next(a for block in sorted(blocks, reverse=True)
                       for a in range(block * BLOCK, block * BLOCK + BLOCK, 16 * PAGE)
                       if len(set(self.bytes_at(a, 64))) > 16)
        sample = self.bytes_at(address, 64)
        offset = blocks[address // BLOCK] * BLOCK + address % BLOCK
        for line in pathlib.Path("/proc/%d/maps" % self.qemu.pid).read_text().splitlines():
            first, end = (int(word, 16) for word in line.split()[0].split("-"))
            if end - first < self.megabytes << 20 or " rw" not in line:
                continue
            # It begins at some page: the one by which that is what is there.
            for base in range(first, end - (self.megabytes << 20) + 1, PAGE):
                if os.pread(process, 64, base + offset) == sample:
                    return base
        raise xen.Failed("the machine's memory is not where it is looked for in Bochs")

    def write_memory(self, to, at):
        """Into a file, from this offset on; what was never used is a hole, and reads as zero."""
        blocks = self.blocks()
        process = os.open("/proc/%d/mem" % self.qemu.pid, os.O_RDONLY)
        try:
            if self.base is None:
                self.base = self.find_memory(process, blocks)
            for block in blocks:
                data = os.pread(process, BLOCK, self.base + blocks[block] * BLOCK)
                if data.count(0) != BLOCK:
                    os.pwrite(to, data, at + block * BLOCK)
                    self.check(block, data)
        finally:
            os.close(process)
        os.ftruncate(to, at + (self.megabytes << 20))

    def check(self, block, data):
        """Of some blocks, that the debugger says the same of them."""
        where = block * 40503 % BLOCK & ~63
        if block % 16 == 0 and self.bytes_at(block * BLOCK + where, 64) != data[where:where + 64]:
            raise xen.Failed("Bochs has something else at %#x than was read" % (block * BLOCK + where))

    def capture(self, xenpt, path, *words):
        """A core with its memory and its CPUs, as QEMU would write it."""
        notes = b"".join(note(cpu, self.state(cpu)) for cpu in range(2))
        head = struct.pack("<4s5B7xHHIQQQIHHHHHH", b"\x7fELF", 2, 1, 1, 0, 0, 4, 62, 1, 0, 64, 0, 0, 64, 56, 2,
                           0, 0, 0)
        head += struct.pack("<IIQQQQQQ", 4, 0, PAGE, 0, 0, len(notes), len(notes), 0)
        head += struct.pack("<IIQQQQQQ", 1, 0, 2 * PAGE, 0, 0, self.megabytes << 20, self.megabytes << 20, 0)
        to = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        try:
            os.pwrite(to, head, 0)
            os.pwrite(to, notes, PAGE)
            self.write_memory(to, 2 * PAGE)
        finally:
            os.close(to)


def segment(state, name):
    """Of QEMUCPUState: a selector, and what the descriptor says."""
    of = {key: state.get("%s.%s" % (name, key), 0)
          for key in ("selector", "p", "dpl", "segment", "type", "base", "limit_scaled", "limit", "granularity",
                      "d_b", "l")}
    flags = (of["type"] << 8 | of["segment"] << 12 | of["dpl"] << 13 | of["p"] << 15 | of["l"] << 21
             | of["d_b"] << 22 | of["granularity"] << 23)
    return struct.pack("<IIIIQ", of["selector"], of["limit_scaled"] or of["limit"], flags, 0, of["base"])


def note(cpu, state):
    """What QEMU writes of a CPU: NT_PRSTATUS, and its own note."""
    general = ["RAX", "RBX", "RCX", "RDX", "RSI", "RDI", "RSP", "RBP"] + ["R%d" % i for i in range(8, 16)]
    body = struct.pack("<II", 1, 440) + struct.pack("<18Q", *(state[name] for name in general), state["RIP"],
                                                     state["EFLAGS"])
    body += b"".join(segment(state, name) for name in
                     ("CS", "DS", "ES", "FS", "GS", "SS", "LDTR", "TR", "GDTR", "IDTR"))
    body += struct.pack("<6Q", state["CR0"], 0, state["CR2"], state["CR3"], state["CR4"], state["MSR.kernelgsbase"])
    status = bytearray(336)
    struct.pack_into("<I", status, 32, cpu + 1)
    for at, value in ((16, state["RIP"]), (17, state["CS.selector"]), (18, state["EFLAGS"]), (19, state["RSP"]),
                      (20, state["SS.selector"])):
        struct.pack_into("<Q", status, 112 + 8 * at, value)
    return (struct.pack("<III8s", 5, len(status), 1, b"CORE") + status
            + struct.pack("<III8s", 5, len(body), 0, b"QEMU") + body)
