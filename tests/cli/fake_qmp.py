"""A QEMU that is none: it speaks QMP, sends a core that is at hand, and fails where it is told to."""
import json
import os
import socket
import threading

GREETING = {"QMP": {"version": {"qemu": {"major": 7, "minor": 2, "micro": 22}, "package": ""},
                    "capabilities": []}}


def segment(name, words):
    return "%-3s=%04x %016x %08x %08x DPL=0" % ((name,) + tuple(int(word, 16) for word in words))


def info_registers(cpu):
    """What QEMU's monitor prints of a CPU that a capture's JSON has."""
    hexadecimal = {key: int(value, 16) for key, value in cpu.items() if isinstance(value, str)}
    return "\r\n".join(
        ["XCR3=0000000000000001 RBX=0000000000000000 RSP=%016x" % hexadecimal["rsp"],
         "RIP=%016x RFL=%08x [---Z-P-] CPL=%d II=0 A20=1 SMM=0 HLT=%d" %
         (hexadecimal["rip"], hexadecimal["rflags"], cpu["cpl"], cpu["hlt"])] +
        [segment(name, cpu[name.lower()])
         for name in ("ES", "CS", "SS", "DS", "FS", "GS", "LDT", "TR")] +
        ["GDT=     %016x %08x" % tuple(int(word, 16) for word in cpu["gdt"]),
         "IDT=     %016x %08x" % tuple(int(word, 16) for word in cpu["idt"]),
         "CR0=%08x CR2=%016x CR3=%016x CR4=%08x" %
         tuple(hexadecimal[name] for name in ("cr0", "cr2", "cr3", "cr4")),
         "DR0=0000000000000000 DR1=0000000000000000",
         "CCS=0000000000000000 CCD=0000000000000000 CCO=EFLAGS",
         "EFER=%016x" % hexadecimal["efer"], ""])


class Qemu:
    """Listens in a thread of its own, for one client.  @asked: the commands that came.

    @refuse: {command: error}; @answer: {command: what it returns}; @hang: commands without an
    answer; @leave: commands at which it goes; @hello: what it says first, or None: nothing.
    @core: bytes to send; @during: called when half of them are sent.  @status: before it is stopped.
    """

    def __init__(self, path, core, cpus, **how):
        self.how = {"refuse": {}, "answer": {}, "hang": (), "leave": (), "during": None,
                    "status": "running", "memory": 4096, "target": "x86_64", "pieces": False,
                    "hello": json.dumps(GREETING) + "\r\n", **how}
        self.core, self.cpus = core, cpus
        self.asked, self.errors = [], []
        self.running = self.how["status"] == "running"
        self.fd = None
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(path)
        self.listener.listen(1)
        self.listener.settimeout(30)
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.listener.shutdown(socket.SHUT_RDWR)  # Nobody came.
        self.thread.join(30)
        self.listener.close()
        assert not self.thread.is_alive(), "the client is still there"
        assert not self.errors, self.errors

    def serve(self):
        try:
            client, _ = self.listener.accept()
        except OSError:
            return
        try:
            self.talk(client)
        except (BrokenPipeError, ConnectionResetError):
            pass
        except Exception as error:  # pylint: disable=broad-except
            self.errors.append(repr(error))
        finally:
            if self.fd is not None:
                os.close(self.fd)
            client.close()

    def receive(self, client):
        text, fds, _, _ = socket.recv_fds(client, 1 << 16, 1)
        if fds:
            self.fd = fds[0]
        return text

    def say(self, client, what):
        text = (json.dumps(what) + "\r\n").encode()
        if not self.how["pieces"]:
            return client.sendall(text)
        event = b'{"event": "RESUME", "timestamp": {"seconds": 1, "microseconds": 2}}\r\n'
        for byte in event + text:
            client.sendall(bytes([byte]))

    def talk(self, client):
        if self.how["hello"]:
            client.sendall(self.how["hello"].encode())
        text = b""
        while True:
            more = self.receive(client)
            if not more:
                return
            text += more
            while b"\n" in text:
                line, text = text.split(b"\n", 1)
                if not self.obey(client, json.loads(line)):
                    return

    def obey(self, client, request):
        command = request["execute"]
        self.asked.append(command)
        if command in self.how["leave"]:
            return False
        if command in self.how["hang"]:
            return True
        error = self.how["refuse"].get(command)
        sent = command != "dump-guest-memory" or self.dump()
        if error or not sent:
            answer = {"error": error or {"class": "GenericError", "desc": "dump: Broken pipe"}}
        else:
            answer = {"return": self.returned(command, request.get("arguments", {}))}
        self.say(client, {**answer, "id": request["id"]})
        return True

    def returned(self, command, arguments):
        if command in self.how["answer"]:
            return self.how["answer"][command]
        if command == "query-status":
            status = self.how["status"] if self.running or self.how["status"] != "running" else "paused"
            return {"running": self.running, "singlestep": False, "status": status}
        if command == "query-cpus-fast":
            return [{"cpu-index": i, "target": self.how["target"]} for i in range(len(self.cpus))]
        if command == "query-memory-size-summary":
            return {"base-memory": self.how["memory"], "plugged-memory": 0}
        if command == "human-monitor-command":
            assert arguments["command-line"] == "info registers", arguments
            return info_registers(self.cpus[arguments["cpu-index"]])
        if command in ("stop", "cont"):
            self.running = command == "cont"
        if command == "getfd":
            assert self.fd is not None, "there is no descriptor beside getfd"
        return {}

    def dump(self):
        """False: the other end of the pipe is closed."""
        fd, self.fd = self.fd, None
        half = len(self.core) // 2
        try:
            for part in (self.core[:half], self.core[half:]):
                while part:
                    part = part[os.write(fd, part):]
                if self.how["during"]:
                    self.how["during"]()
                    self.how["during"] = None
        except BrokenPipeError:
            return False
        finally:
            os.close(fd)
        return True
