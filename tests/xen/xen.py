"""A Xen under QEMU's TCG, with a kernel as its dom0: started, waited for, stopped, looked at, ended.

Where there is no QEMU or no Xen, skip() ends the program with the status by which ctest knows that
a test was skipped.  XENPT_XEN names another Xen than Debian's.
"""
import atexit
import gzip
import json
import os
import pathlib
import re
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import time

DEBIAN = "/boot/xen-4.17-amd64.gz"
SKIPPED = 77
# Other work may leave little of the processors: what counts is the time that QEMU had.
CPU_SECONDS = 90
WALL_SECONDS = 900
IMAGE_SIZE = 512 << 10

CPUS = {
    # Xen's idle loop executes MONITOR, and TCG answers #GP.
    "amd": "EPYC,-monitor",
    "intel": "Skylake-Client",
}


class Failed(Exception):
    """The machine did not do what it was started for."""


def skip(why):
    print("skipped: " + why)
    sys.exit(SKIPPED)


def find_xen():
    return os.environ.get("XENPT_XEN") or DEBIAN


def needed():
    """Skips if what all of this needs is not there."""
    if not shutil.which("qemu-system-x86_64"):
        skip("there is no qemu-system-x86_64")
    if not os.path.exists(find_xen()):
        skip("there is no %s: Debian's xen-hypervisor-4.17-amd64 has it" % find_xen())


def unpacked(path, folder):
    """QEMU takes the 32-bit multiboot ELF that is in it."""
    data = pathlib.Path(path).read_bytes()
    if data[:2] == b"\x1f\x8b":
        data = gzip.decompress(data)
    if data[:4] != b"\x7fELF":
        raise Failed("%s is no ELF file, compressed or not" % path)
    ret = pathlib.Path(folder, "xen")
    ret.write_bytes(data)
    return ret


class Machine:
    """Use as a context: what was started is ended with it."""
    NAME = "QEMU"

    def __init__(self, kernel, cpu="amd", options="", arguments="", vcpus=1, memory="256M", smp=2,
                 board=("pc",), module=None):
        self.folder = tempfile.TemporaryDirectory(prefix="xenpt-xen-")
        self.serial = pathlib.Path(self.folder.name, "serial")
        self.qmp = None
        xen = unpacked(find_xen(), self.folder.name)
        path = pathlib.Path(self.folder.name, "qmp")
        self.socket = pathlib.Path(self.folder.name, "qmp-capture")
        image = pathlib.Path(self.folder.name, "kernel")
        # Of one size, whatever is in it: where Xen has its own pages depends on that.
        image.write_bytes(pathlib.Path(kernel).read_bytes().ljust(IMAGE_SIZE, b"\0"))
        initrd = "%s %s" % (image, arguments)
        if module:
            initrd += ",%s" % shutil.copy(module, pathlib.Path(self.folder.name, "module"))
        words = ("console=com1 com1=115200,8n1 loglvl=info guest_loglvl=none noreboot "
                 "console_to_ring dom0_mem=32M dom0_max_vcpus=%d %s" % (vcpus, options))
        self.command = [
            "qemu-system-x86_64", "-accel", "tcg", "-machine", *board, "-cpu", CPUS.get(cpu, cpu),
            "-m", memory, "-smp", str(smp), "-kernel", str(xen),
            "-initrd", initrd, "-append", words.strip(),
            "-display", "none", "-vga", "none", "-net", "none", "-no-reboot",
            "-serial", "file:%s" % self.serial, "-qmp", "unix:%s,server=on,wait=off" % path,
            "-qmp", "unix:%s,server=on,wait=off" % self.socket]
        self.qemu = subprocess.Popen(self.command, stdin=subprocess.DEVNULL,
                                     stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        atexit.register(self.end)
        self.began = time.monotonic()
        self.connect(path)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.end()

    def end(self):
        if self.qemu.poll() is None:
            self.qemu.kill()
        self.qemu.wait()
        if self.qmp:
            self.qmp.close()
            self.qmp = None
        self.folder.cleanup()

    # --- QMP --------------------------------------------------------------------------------

    def connect(self, path):
        sock = socket.socket(socket.AF_UNIX)
        while True:
            self.alive("QMP")
            try:
                sock.connect(str(path))
                break
            except OSError:
                time.sleep(0.02)
        sock.settimeout(WALL_SECONDS)
        self.qmp = sock.makefile("rw")
        json.loads(self.qmp.readline())
        self.ask("qmp_capabilities")

    def ask(self, command, **arguments):
        self.qmp.write(json.dumps({"execute": command, "arguments": arguments}) + "\n")
        self.qmp.flush()
        while True:
            line = self.qmp.readline()
            if not line:
                raise Failed("QEMU has ended")
            answer = json.loads(line)
            if "error" in answer:
                raise Failed("%s: %s" % (command, answer["error"]["desc"]))
            if "return" in answer:
                return answer["return"]

    # --- Waiting ----------------------------------------------------------------------------

    def cpu_seconds(self):
        try:
            fields = pathlib.Path("/proc/%d/stat" % self.qemu.pid).read_text().rsplit(")")[1].split()
        except OSError:
            return 0
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def alive(self, what):
        if self.qemu.poll() is not None:
            raise Failed("%s has ended before %s\n%s" % (self.NAME, what, self.log()[-2000:]))
        if self.cpu_seconds() > CPU_SECONDS or time.monotonic() - self.began > WALL_SECONDS:
            raise Failed("no %s in time\n%s" % (what, self.log()[-2000:]))

    def log(self):
        try:
            return self.serial.read_bytes().decode("latin-1").replace("\r", "")
        except OSError:
            return ""

    def wait(self, marker):
        """Until the whole line that @marker is in is there."""
        while True:
            text = self.log()
            if re.search(re.escape(marker) + ".*\n", text):
                return text
            for sign in ("STOPPED:", "Panic on CPU", "FATAL", "Xen BUG"):
                if sign in text:
                    raise Failed(text[text.index(sign):][:2000])
            self.alive(marker)
            time.sleep(0.05)

    # --- Looking ----------------------------------------------------------------------------

    def stop(self):
        self.ask("stop")

    def go_on(self):
        self.ask("cont")

    def registers(self, cpu):
        text = self.ask("human-monitor-command", **{"command-line": "info registers",
                                                    "cpu-index": cpu})
        ret = {name.lower(): int(value, 16) for name, value in
               re.findall(r"\b([A-Z][A-Z0-9]+) ?=([0-9a-f]{8,16})\b", text)}
        ret["cpl"] = int(re.search(r"CPL=(\d)", text).group(1))
        return ret

    def capture(self, xenpt, path, *words):
        """What `xenpt capture` says, and writes to @path."""
        done = subprocess.run([xenpt, "capture", "--qmp", str(self.socket), "-o", str(path), *map(str, words)],
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False,
                              universal_newlines=True)
        if done.returncode:
            raise Failed(done.stderr)
        return done.stdout


def change(dump, to, address, bits):
    """A copy of a dump in which these bits of the word at a machine address are others."""
    data = bytearray(pathlib.Path(dump).read_bytes())
    first, size, number = struct.unpack_from("<Q14xHH", data, 32)
    for i in range(number):
        kind, _, offset, _, begin, length = struct.unpack_from("<IIQQQQ", data, first + i * size)
        if kind == 1 and begin <= address < begin + length:
            at = offset + address - begin
            struct.pack_into("<Q", data, at, struct.unpack_from("<Q", data, at)[0] ^ bits)
    pathlib.Path(to).write_bytes(data)


def version(log):
    """The release, as "4.17.7", and what the banner says of the build."""
    line = re.search(r"Xen version (\d+\.\d+[^ ]*) \(([^)]*)\)(?:.*? (debug=\w+))?", log)
    if not line:
        raise Failed("there is no banner of a Xen in\n" + log[:2000])
    return (re.match(r"\d+\.\d+(\.\d+)?", line.group(1)).group(0),
            "%s (%s) %s" % (line.group(1), line.group(2), line.group(3) or "debug unknown"))


def need_layout(xenpt, release):
    """That there is one of that release."""
    done = subprocess.run([xenpt, "layout", release], stdout=subprocess.DEVNULL,
                          stderr=subprocess.PIPE, universal_newlines=True, check=False)
    if done.returncode:
        raise Failed("this is a Xen %s, and %s: `xenpt layout` lists those that are known, and "
                     "docs/layouts.md tells how one is written" %
                     (release, done.stderr.strip().replace("xenpt layout: ", "")))
