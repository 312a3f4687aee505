#!/usr/bin/env python3
"""A dom0 that is PVH asks Debian's Xen 4.17, and writes by DOMID_XEN to Xen's table of machine to
physical frames: pvh0.py KERNEL.
"""
import re
import sys

import xen

SEEN = """\
p0 physmap-foreign-self its own: ok EPERM ok EPERM ok ESRCH
p0 unknown-domain physical memory of nobody's: ok ESRCH ESRCH
p0 physmap-foreign-frame none of d1's: ok EINVAL ok EINVAL
p0 physmap-foreign-hardware for another domain: EACCES
p0 physmap-foreign-frame memory, twice: ok ok ok ok 20480 0
p0 physmap-foreign-frame a root, before it is pinned and then: ok ok ok ok 20480 0 ok ok ok ok ok 20480 0 ok
p0 hvm-pins of d1: ok ok EINVAL EOPNOTSUPP EOPNOTSUPP EINVAL EOPNOTSUPP EOPNOTSUPP
p0 physmap-remove what is d1's: ok ok ok ENOENT
p0 physmap-remove where another one comes: ok ok ok ENXIO 28672 ok
""".splitlines()

xen.needed()
try:
    with xen.Machine(sys.argv[1], options="dom0=pvh", board=("q35", "-device", "amd-iommu")) as machine:
        text = machine.wait("xenpt: end")
except xen.Failed as failed:
    sys.exit(str(failed))
found = re.findall(r"^p0 .*$", text, re.M)
wrong = ["Xen says %s\nbefore   %s" % pair for pair in zip(found, SEEN) if pair[0] != pair[1]]
if len(found) != len(SEEN):
    wrong.append("%d cases were answered, and not %d" % (len(found), len(SEEN)))
if not re.search(r"^xenpt: m2p [0-9a-f]+ [0-9a-f]+ 00005a5a12345678$", text, re.M):
    wrong.append("what was written to M2P is not there")
sys.exit("\n".join(wrong) or 0)
