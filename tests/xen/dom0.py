"""A Linux dom0 of Debian's packages: its kernel, Xen's tools, and an initramfs that starts domains.

Packages are downloaded once, into a folder, and unpacked there; nothing is installed.
"""
import fcntl
import lzma
import os
import pathlib
import re
import shutil
import struct
import subprocess

import xen

PACKAGES = ["xen-utils-4.17", "libxenmisc4.17", "libxencall1", "libxenevtchn1", "libxenforeignmemory1",
            "libxengnttab1", "libxendevicemodel1", "libxenhypfs1", "libxenstore4", "libxentoolcore1",
            "libxentoollog1", "libyajl2", "busybox-static"]
MODULES = ["xen-privcmd", "xenfs/xenfs", "xen-evtchn", "xen-gntdev"]
TOOLS = ["xl", "xenstored", "xen-init-dom0", "xenconsoled", "libxl-save-helper"]
LIBRARIES = ["usr/lib/x86_64-linux-gnu", "lib/x86_64-linux-gnu", "usr/lib/xen-4.17/lib/x86_64-linux-gnu"]
# What Xen's tools are started by; it ends in a word for who waits.
INIT = """\
#!/bin/busybox sh
/bin/busybox mkdir -p /etc/xen /proc /sys /dev /run/xen /run/lock /var/lib/xen /var/log/xen /tmp
/bin/busybox mount -t proc proc /proc
/bin/busybox mount -t sysfs sys /sys
/bin/busybox mount -t devtmpfs dev /dev
/bin/busybox mkdir -p /dev/pts
/bin/busybox mount -t devpts devpts /dev/pts
/bin/busybox ln -s /run /var/run
/bin/busybox ln -s /run/lock /var/lock
echo 'autoballoon="off"' >/etc/xen/xl.conf
export PATH=/bin LD_LIBRARY_PATH=/lib
for module in privcmd fs evtchn gntdev; do insmod /modules/*$module.ko; done
mount -t xenfs xenfs /proc/xen
xenstored || echo "xenpt: FAILED: xenstored"
xenconsoled --log=none || echo "xenpt: FAILED: xenconsoled"
xen-init-dom0 || echo "xenpt: FAILED: xen-init-dom0"
for config in /domains/*; do
    xl create -q -e $config || echo "xenpt: FAILED: xl create $config"
done
sleep 3
xl vcpu-list
echo "xenpt: domains hold"
while :; do @THEN@; done
"""


def kernel_package():
    text = subprocess.run(["apt-cache", "depends", "linux-image-amd64"], stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL, universal_newlines=True, check=False).stdout
    found = re.search(r"Depends: (linux-image-\d\S*)", text)
    return found.group(1) if found else None


def download(folder):
    """The packages in a folder, or skips."""
    kernel = shutil.which("apt-get") and kernel_package()
    if not kernel:
        xen.skip("there is no apt-get that knows linux-image-amd64")
    for package in PACKAGES + [kernel]:
        if list(folder.glob(package + "_*.deb")):
            continue
        done = subprocess.run(["apt-get", "-qq", "download", package], cwd=folder, check=False,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, universal_newlines=True)
        if not list(folder.glob(package + "_*.deb")):
            xen.skip("%s cannot be had: %s" % (package, done.stderr.strip()))
    return kernel


def unpack(folder):
    """All of them as one tree; of the kernel what is needed of it."""
    with open(folder / "lock", "w") as lock: # Another test may be at it.
        fcntl.flock(lock, fcntl.LOCK_EX)
        return unpack_locked(folder, folder / "root")


def unpack_locked(folder, root):
    kernel = download(folder)
    done = folder / "unpacked"
    names = "\n".join(sorted(path.name for path in folder.glob("*.deb")))
    if done.exists() and done.read_text() == names:
        return root
    shutil.rmtree(root, ignore_errors=True)
    root.mkdir()
    for package in PACKAGES:
        for path in folder.glob(package + "_*.deb"):
            subprocess.run(["dpkg-deb", "-x", path, root], check=True)
    archive = next(folder.glob(kernel + "_*.deb"))
    with subprocess.Popen(["dpkg-deb", "--fsys-tarfile", archive], stdout=subprocess.PIPE) as tar:
        subprocess.run(["tar", "-x", "-C", root, "--wildcards", "./boot/vmlinuz*",
                        "*/kernel/drivers/xen/*.ko"], stdin=tar.stdout, check=True)
    done.write_text(names)
    return root


def needed_by(path):
    text = subprocess.run(["objdump", "-p", path], stdout=subprocess.PIPE, check=True,
                          universal_newlines=True).stdout
    return re.findall(r"NEEDED\s+(\S+)", text)


def copy_libraries(root, tree, programs):
    """What they need, and what that needs: of the packages, else of this system."""
    # Threads are ended by libgcc's help.
    todo, done = ["libgcc_s.so.1"] + [name for path in programs for name in needed_by(path)], set()
    while todo:
        name = todo.pop()
        if name in done:
            continue
        done.add(name)
        places = [pathlib.Path(base, place, name) for base in (root, "/") for place in LIBRARIES]
        path = next((place for place in places if place.exists()), None)
        if not path:
            xen.skip("there is no %s, which Xen's tools need" % name)
        shutil.copy(path.resolve(), tree / "lib" / name)
        todo += needed_by(path)
    shutil.copy("/lib64/ld-linux-x86-64.so.2", tree / "lib64")


def unpacked(kernel):
    """What is in a bzImage, if Python can tell: Linux, Documentation/x86/boot.rst, payload_offset.  An
    ELF file, which is loaded as it is; else Xen unpacks it.
    """
    data = pathlib.Path(kernel).read_bytes()
    offset, length = struct.unpack_from("<II", data, 0x248)
    first = (data[0x1f1] + 1) * 512 + offset
    try:
        return lzma.LZMADecompressor().decompress(data[first:first + length])
    except lzma.LZMAError:
        return data


def initramfs(folder, tree, domains, then="sleep 1000"):
    """Writes an archive beside @tree.  @domains: {name: (lines of its configuration, its kernel)}; @then is
    done again and again when they hold.
    """
    root = unpack(folder)
    for name in ("bin", "lib", "lib64", "modules", "domains", "kernels"):
        (tree / name).mkdir(parents=True)
    shutil.copy(root / "bin/busybox", tree / "bin")
    for name in ("sh", "insmod", "mount", "sleep", "echo", "cat"):
        (tree / "bin" / name).symlink_to("busybox")
    programs = [root / "usr/lib/xen-4.17/bin" / name for name in TOOLS]
    for program in programs:
        shutil.copy(program, tree / "bin")
    copy_libraries(root, tree, programs)
    for name in MODULES:
        shutil.copy(next(root.glob("lib/modules/*/kernel/drivers/xen/%s.ko" % name)), tree / "modules")
    for name, (lines, kernel) in domains.items():
        shutil.copy(kernel, tree / "kernels" / name)
        (tree / "domains" / name).write_text('name = "%s"\nkernel = "/kernels/%s"\n%s\n' %
                                             (name, name, lines))
    (tree / "init").write_text(INIT.replace("@THEN@", then))
    (tree / "init").chmod(0o755)
    names = "\n".join(os.path.relpath(path, tree) for path in sorted(tree.rglob("*")))
    archive = tree.with_suffix(".cpio")
    with open(archive, "wb") as to:
        subprocess.run([tree / "bin/busybox", "cpio", "-o", "-H", "newc"], cwd=tree, check=True,
                       input=names.encode(), stdout=to, stderr=subprocess.DEVNULL)
    return next(root.glob("boot/vmlinuz*")), archive
