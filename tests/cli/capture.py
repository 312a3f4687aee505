#!/usr/bin/env python3
"""xenpt capture against a QEMU that is none (fake_qmp.py): what it writes, and each way to fail.

    capture.py XENPT CAPTURES

After a failure the folder is as it was before, and a machine that ran has been told to go on.
"""
import json
import os
import pathlib
import resource
import signal
import subprocess
import sys
import tempfile

import fake_qmp

XENPT, CAPTURES = os.path.abspath(sys.argv[1]), pathlib.Path(sys.argv[2]).resolve()
NAME = "deb-pv64-amd-guest"
CPUS = json.loads((CAPTURES / (NAME + ".json")).read_text())["vcpus"]
CORE = subprocess.run(["zstd", "-dcq", CAPTURES / (NAME + ".elf.zst")], check=True,
                      stdout=subprocess.PIPE).stdout
ERROR = {"class": "GenericError", "desc": "it does not want to"}
wrong = []


def check(what, holds, seen=""):
    if not holds:
        wrong.append("%s\n%s" % (what, seen))


def run(*words, files=None):
    """Of xenpt; @files: bytes that a file may have."""
    def limit():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (files, files))
    return subprocess.run([XENPT, *map(str, words)], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          universal_newlines=True, check=False, preexec_fn=limit if files else None)


class Folder:
    """A new one, which is the current one meanwhile."""

    def __enter__(self):
        self.folder = tempfile.TemporaryDirectory(prefix="xenpt-capture-")
        os.chdir(self.folder.name)
        pathlib.Path("old.elf").write_text("old")
        return self

    def __exit__(self, *_):
        os.chdir("/")
        self.folder.cleanup()

    @staticmethod
    def files():
        return sorted(path.name for path in pathlib.Path(".").iterdir() if not path.is_socket())


def fails(what, words, expected, cont=None, files=None, **how):
    """Ends with 2 and says @expected; @cont: whether the machine was told to go on."""
    with Folder() as folder:
        with fake_qmp.Qemu("qmp", CORE, CPUS, **how) as qemu:
            done = run("capture", "--qmp", "qmp", "-o", "old.elf", *words, files=files)
        check("%s: ends with %d" % (what, done.returncode), done.returncode == 2)
        check("%s: says something else" % what,
              all(part in done.stderr for part in expected) and done.stderr.count("\n") == 1 and
              done.stderr.startswith("xenpt capture: "), done.stderr)
        check("%s: prints a report" % what, not done.stdout, done.stdout)
        check("%s: leaves files" % what, folder.files() == ["old.elf"], folder.files())
        check("%s: spoils a file" % what, pathlib.Path("old.elf").read_text() == "old")
        if cont is not None:
            check("%s: cont %s" % (what, qemu.asked), qemu.asked.count("cont") == int(cont))
            check("%s: cont comes last" % what, not cont or qemu.asked[-1] == "cont", qemu.asked)


def succeeds(what, words, expected, asked, **how):
    """Returns bytes of the core and the registers' file."""
    with Folder() as folder:
        with fake_qmp.Qemu("qmp", CORE, CPUS, **how) as qemu:
            done = run("capture", "--qmp", "qmp", "-o", "new.elf", "--registers", "new.json", *words)
        check("%s: ends with %d" % (what, done.returncode), done.returncode == 0, done.stderr)
        if done.returncode:
            return b"", {}
        check("%s: prints" % what, all(part in done.stdout for part in expected), done.stdout)
        check("%s: asks" % what, [c for c in qemu.asked if c in ("stop", "cont")] == asked, qemu.asked)
        check("%s: files" % what, folder.files() == ["new.elf", "new.json", "old.elf"], folder.files())
        if "--tables" in words:
            seen = [run("roots", path).stdout for path in ("new.elf", CAPTURES / (NAME + ".elf.zst"))]
            check("%s: other roots" % what, seen[0] == seen[1] and "pv64-kernel" in seen[0], seen)
        words = json.loads(pathlib.Path("new.json").read_text())
        walk = run("walk", "new.elf", "ffff830000000000", "--context", "cpu0", "--format", "json",
                   "--registers", "new.json")
        check("%s: EFER" % what, json.loads(walk.stdout or "{}") and "EFER" not in walk.stdout,
              walk.stdout + walk.stderr)
        return pathlib.Path("new.elf").read_bytes(), words


def test_success():
    for what, how in {"as it is": {}, "a byte at a time, with events": {"pieces": True}}.items():
        core, registers = succeeds(what, [], ["new.elf: 2 CPUs, 143360 bytes", "that runs on"],
                                   ["stop", "cont"], **how)
        check("%s: another core" % what, core == CORE)
        for seen, cpu in zip(registers["vcpus"], CPUS):
            check("%s: registers" % what, seen == {key: cpu[key] for key in seen}, seen)
            check("%s: some are missing" % what, set(cpu) - set(seen) == {"long", "cs64", "xen"})
        check("%s: %s" % (what, registers), registers["qemu_version"]["minor"] == 2 and
              registers["status"] == "running" and registers["name"] == "new.elf")
    succeeds("kept stopped", ["--keep-stopped"], ["that is stopped now"], ["stop"])
    succeeds("it is paused", [], ["that was not running: paused"], [], status="paused")
    succeeds("it has panicked", [], ["that was not running: guest-panicked"], [],
             status="guest-panicked")
    succeeds("QEMU before 2.11", [], [], ["stop", "cont"],
             refuse={"query-memory-size-summary": {"class": "CommandNotFound", "desc": "none"}})
    succeeds("tables", ["--tables"], ["35 pages of tables below 4 roots"], ["stop", "cont"])
    with Folder():
        with fake_qmp.Qemu("qmp", CORE, CPUS):
            done = run("capture", "--qmp", "unix:qmp", "-o", "c.elf.zst")
        check("compressed", done.returncode == 0 and subprocess.run(
            ["zstd", "-dcq", "c.elf.zst"], stdout=subprocess.PIPE, check=False).stdout == CORE)
        check("compressed: as large", pathlib.Path("c.elf.zst").stat().st_size < len(CORE) / 4)


def test_registers():
    """What is not of this image is refused; EFER shows in what is printed."""
    core = CAPTURES / (NAME + ".elf.zst")
    walk = ["walk", core, "ffff830000000000", "--context", "cpu0"]
    done = run(*walk, "--registers", CAPTURES / (NAME + ".json"))
    check("the capture's own JSON", done.returncode == 0 and "EFER" not in done.stdout, done.stdout)
    check("without it", "EFER.NXE=1" in run(*walk).stdout)
    with Folder():
        for text, expected in [
                ("{", "r.json:1:1: "), ("[]", "vcpus, was expected"), ("{}", "vcpus, was expected"),
                ('{"vcpus": [{"cr3": "f127000"}]}', "vcpus[0]: efer and cr3 are wanted"),
                ('{"vcpus": [{"cr3": "f127000", "efer": "x"}]}', "vcpus[0]: efer and cr3"),
                ('{"vcpus": [{"cr3": 5, "efer": "1"}]}', "vcpus[0]: efer and cr3"),
                ('{"vcpus": [{"cr3": "1000", "efer": "d01"}]}',
                 "CR3 of cpu0 is 0x1000 there, and 0xf127000 in the image")]:
            pathlib.Path("r.json").write_text(text)
            done = run(*walk, "--registers", "r.json")
            check("registers %s" % text, done.returncode == 2 and expected in done.stderr, done.stderr)
        done = run(*walk, "--registers", "none.json")
        check("no registers", done.returncode == 2 and "none.json" in done.stderr, done.stderr)
        pathlib.Path("r.json").write_text('{"vcpus": [{"cr3": "f127000", "efer": "500"}]}')
        done = run(*walk, "--registers", "r.json")
        check("without NXE, NX is reserved", "RSVD" in done.stdout, done.stdout)


def test_words():
    with Folder() as folder:
        pathlib.Path("file").write_text("")
        for words, expected in [
                ([], "--qmp SOCKET"), (["--qmp", "q"], "--output FILE"),
                (["--qmp", "none", "-o", "o"], "none: cannot connect: No such file"),
                (["--qmp", "file", "-o", "o"], "file: cannot connect: Connection refused"),
                (["--qmp", "x" * 200, "-o", "o"], "at most 107 characters"),
                (["--qmp", "q", "-o", "no/o"], "cannot write no/o"),
                (["--qmp", "q", "-o", "."], "."),
                (["--qmp", "q", "-o", "/dev/null"], "/dev/null is no file"),
                (["--qmp", "q", "-o", "o", "--registers", "/dev/full"], "/dev/full is no file"),
                (["--qmp", "q", "-o", "o", "--registers", "./o"], "are one file"),
                (["--qmp", "q", "-o", "o", "--timeout", "0"], "1 to 86400 seconds"),
                (["--qmp", "q", "-o", "o", "--timeout", "1000000"], "1 to 86400 seconds"),
                (["core.elf"], "core.elf")]:
            done = run("capture", *words)
            check("%s" % words, done.returncode == 2 and expected in done.stderr and
                  done.stderr.count("\n") == 1, done.stderr)
            check("%s leaves files" % words, folder.files() == ["file", "old.elf"], folder.files())


def test_no_qmp():
    fails("a shell", [], ["not QMP: a line of JSON was expected, and it said SSH-2.0"],
          hello="SSH-2.0-OpenSSH\r\n")
    fails("other JSON", [], ["not QMP: it does not greet"], hello='{"hello": 1}\r\n')
    fails("a list", [], ["not QMP: a line of JSON"], hello="[1]\r\n")
    fails("silence", ["--timeout", "1"], ["no answer to QMP's greeting", "in 1 seconds"], hello=None)


def test_refused():
    """An error of each command; those behind `stop` have the machine go on."""
    behind = ("stop", "human-monitor-command", "getfd", "dump-guest-memory")
    for command in ("qmp_capabilities", "query-status", "query-cpus-fast", *behind):
        expected = ["QEMU refuses %s: GenericError: it does not want to" % command]
        fails("%s refused" % command, [], expected, command in behind,
              refuse={command: ERROR})
    fails("cont refused", [], ["the machine may still be stopped", "refuses cont"], True,
          refuse={"cont": ERROR})
    fails("both refused", [], ["refuses dump-guest-memory", "; the machine may still be stopped: ",
                               "refuses cont"], True,
          refuse={"cont": ERROR, "dump-guest-memory": ERROR})
    fails("it refuses in a way of its own", [], ["refuses getfd: it does not say what"], True,
          refuse={"getfd": {"x": 1}})
    fails("kept stopped, but for failures", ["--keep-stopped"], ["refuses dump-guest-memory"], True,
          refuse={"dump-guest-memory": ERROR})
    fails("it was paused, and stays so", [], ["refuses dump-guest-memory"], False,
          refuse={"dump-guest-memory": ERROR}, status="paused")


def test_answers():
    fails("no CPU", [], ["has no CPU"], False, answer={"query-cpus-fast": []})
    fails("ARM", [], ["its CPUs are aarch64"], False, target="aarch64")
    fails("registers are a number", [], ["registers are no text"], True,
          answer={"human-monitor-command": 5})
    fails("registers without CR3", [], ["of CPU 0 has no CR3"], True,
          answer={"human-monitor-command": "RIP=1 CR0=1 CR4=1 EFER=1"})
    fails("it does not stop", [], ["it does not stop"], None, answer={
        "query-status": {"running": True, "status": "running"}})


def test_gone():
    for command in ("qmp_capabilities", "query-status", "stop", "human-monitor-command", "getfd",
                    "dump-guest-memory"):
        fails("gone at %s" % command, [], ["QEMU has ended", command], leave=(command,))
    for command in ("query-status", "getfd", "dump-guest-memory"):
        fails("no answer to %s" % command, ["--timeout", "1"],
              ["no answer to %s in 1 seconds" % command], command != "query-status", hang=(command,))
    fails("no answer to cont", ["--timeout", "1"], ["may still be stopped", "no answer to cont"], True,
          hang=("cont",))


def test_dumps():
    global CORE
    core = CORE
    for what, bytes_, expected in [
            ("nothing", b"", ["what QEMU sent as a dump"]),
            ("text", b"hello, world\n" * 1000, ["what QEMU sent as a dump is raw"]),
            ("an ELF header's begin", core[:40], ["what QEMU sent as a dump"]),
            ("half a core", core[:len(core) // 2], ["is not whole", "the machine has 143360"]),
            ("less memory", core[:-4096], ["is not whole: it has 139264 bytes"])]:
        CORE = bytes_
        for words in ([], ["--tables"]):
            fails("%s, %s" % (what, words), words, expected, True, memory=143360)
    CORE = core


def test_disk():
    """A file may have so many bytes, and not one more."""
    fails("no room", [], ["what QEMU sends cannot be kept: File too large"], True, files=65536)
    fails("no room for all", ["--tables"], ["what QEMU sends cannot be kept: File too large"], True,
          files=65536)


def test_signals():
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        with Folder() as folder:
            process = []
            qemu = fake_qmp.Qemu("qmp", CORE * 20, CPUS,
                                 during=lambda: process[0].send_signal(getattr(signal, name)))
            with qemu:
                process.append(subprocess.Popen(
                    [XENPT, "capture", "--qmp", "qmp", "-o", "old.elf"], stdout=subprocess.PIPE,
                    stderr=subprocess.PIPE, universal_newlines=True))
                said = process[0].communicate()[1]
            check("%s: says" % name, "interrupted at dump-guest-memory" in said and "stopped" not in said, said)
            check("%s: ends" % name, process[0].returncode == 2)
            check("%s: goes on" % name, qemu.asked[-1] == "cont" and qemu.running, qemu.asked)
            check("%s: leaves files" % name, folder.files() == ["old.elf"], folder.files())


def main():
    tests = [test for name, test in sorted(globals().items()) if name.startswith("test_")]
    for test in tests:
        test()
    print("%d groups of cases" % len(tests))
    sys.exit("\n".join(wrong) or 0)


if __name__ == "__main__":
    main()
