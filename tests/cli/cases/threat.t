What a guest's kernel reaches: what is its own, M2P as far as it is mapped, and what nobody has; of its tables no more than to read them.

  $ printf 'host: { ram: 1G, cpus: 3, processor: skylake-server }\nxen: { release: "4.17", livepatch: no, kexec: no }\ndomains:\n  d0: { type: pv64, memory: 64M, privileged: yes }\n  d1: { type: pv64, memory: 32M }\n  d2: { type: hvm, memory: 64M, mode: 4level }\nrunning: { cpu0: d0.v0.kernel, cpu1: d1.v0.kernel }\n' > threat.yaml
  $ xenpt threat threat.yaml --compromised d1
  compromised: d1.kernel
  becomes:     d1.user
  iommu:       stock

  whose    what         frames        read       write     execute        edit      retype
  -        m2p             512         512           -           -           -           -
  -        image           552           -           -           -           -           -
  -        xen            2305           -           -           -           -           -
  -        free         217697      217697      217697      217697           -           -
  -        mmio    17179607136           -           -           -           -           -
  d0       memory        16372           -           -           -           -           -
  d0       tables           12           -           -           -           -           -
  d0       shared            2           -           -           -           -           -
  d1       memory         8180        8180        8180        8180           -           -
  d1       tables           12          12           -          12          12          12
  d1       shared            2           2           2           2           -           -
  d2       memory        16400           -           -           -           -           -
  d2       shared            2           -           -           -           -           -

  m2p, read:
    d1.kernel: mapped: read mfn 0x3f200 (m2p), at 0xffff800000000000 of v0

  free, write:
    d1.kernel: populate: read+write+execute mfn 0x100 (free) [memory-max,
        memory-free]

  d1's memory, write:
    d1.kernel: mapped: read+write+execute mfn 0x3c000 (d1's memory), at
        0xffffffff80000000 of v0

  d1's tables, read:
    d1.kernel: mapped: read+execute mfn 0x3c413 (d1's l4), at 0xffffffff80413000
        of v0

  d1's shared, write:
    d1.kernel: map-own: read+write+execute mfn 0x3ff76 (d1's shared) [l1-owner,
        l1-writable]

dom0 has everybody's memory, and nobody's tables to write to, if its devices have their limits. A table, a page of the HVM guest's, a page of Xen's.

  $ xenpt threat threat.yaml --compromised dom0 --iommu strict --frames 3c413,34500..34501,3ff7d
  compromised: d0.kernel
  becomes:     d0.user, d0.device, d1.user, d1.kernel, d1.device, d2.user, d2.kernel, d2.device, d2.qemu
  iommu:       strict

  mfn 0x3c413: d1's tables, l4
   read, execute:
    d0.kernel: foreign-map: read+execute mfn 0x3c413 (d1's l4) [foreign-right,
        l1-writable]
   edit, retype:
    d0.kernel: foreign-edit: edit+retype mfn 0x3c413 (d1's l4) [foreign-right,
        entry-frame]

  mfn 0x34500..0x34501: d2's memory
   read, write, execute:
    d0.kernel: foreign-map: read+write+execute mfn 0x34500 (d2's memory)
        [foreign-right, l1-writable]
   edit:
    d0.kernel: foreign-physmap: edit mfn 0x34500 (d2's memory)

  mfn 0x3ff7d: xen
    out of reach

By default they have not; and by them it is Xen.

  $ xenpt threat threat.yaml --compromised dom0 --frames 3ff7d
  compromised: d0.kernel
  becomes:     d0.user, d0.device, d0.unchecked, d1.user, d1.kernel, d1.device, d1.unchecked, d2.user, d2.kernel, d2.device, d2.qemu, xen
  iommu:       stock

  mfn 0x3ff7d: xen
   read, write:
    d0.kernel: drive: becomes d0.device
    d0.device: dma: read+write mfn 0x3ff7d (xen)
   execute, edit, retype:
    d0.kernel: drive: becomes d0.device
    d0.device: dma: write mfn 0x3f400 (xen)
    d0.device: overwrite-xen: becomes xen
    xen: xen-map: execute+edit+retype mfn 0x3ff7d (xen)

A device model, as it mostly is, and restricted to its guest.

  $ xenpt threat threat.yaml --compromised d2.qemu --iommu strict --frames 34500,38000
  compromised: d2.qemu
  becomes:     d0.user, d0.kernel, d0.device, d1.user, d1.kernel, d1.device, d2.user, d2.kernel, d2.device
  iommu:       strict

  mfn 0x34500: d2's memory
   read, write:
    d2.qemu: device-model: read+write mfn 0x34500 (d2's memory)
   execute:
    d2.qemu: privcmd: becomes d0.kernel
    d0.kernel: foreign-map: execute mfn 0x34500 (d2's memory) [foreign-right,
        l1-writable]
   edit:
    d2.qemu: privcmd: becomes d0.kernel
    d0.kernel: foreign-physmap: edit mfn 0x34500 (d2's memory)

  mfn 0x38000: d0's memory
   read, write, execute:
    d2.qemu: privcmd: becomes d0.kernel
    d0.kernel: mapped: read+write+execute mfn 0x38000 (d0's memory), at
        0xffffffff80000000 of v0
  $ xenpt threat threat.yaml --compromised d2.qemu --iommu strict --qemu restricted --frames 34500,38000
  compromised: d2.qemu
  becomes:     d2.user, d2.kernel
  iommu:       strict

  mfn 0x34500: d2's memory
   read, write:
    d2.qemu: device-model: read+write mfn 0x34500 (d2's memory)
   execute:
    d2.qemu: device-model: write mfn 0x3ff67 (d2's memory)
    d2.qemu: overwrite-kernel: becomes d2.kernel
    d2.kernel: own-p2m: execute mfn 0x34500 (d2's memory), gfn 0x500

  mfn 0x38000: d0's memory
    out of reach

In a domain of its own.

  $ xenpt threat threat.yaml --compromised d2.qemu --stub-domain d1=d2 --frames 34500,38000
  compromised: d2.qemu
  becomes:     d1.user, d1.kernel, d2.user, d2.kernel
  iommu:       stock

  mfn 0x34500: d2's memory
   read, write:
    d2.qemu: device-model: read+write mfn 0x34500 (d2's memory)
   execute:
    d2.qemu: stub-domain: becomes d1.kernel
    d1.kernel: foreign-map: execute mfn 0x34500 (d2's memory) [foreign-right,
        l1-writable]
   edit:
    d2.qemu: stub-domain: becomes d1.kernel
    d1.kernel: foreign-physmap: edit mfn 0x34500 (d2's memory)

  mfn 0x38000: d0's memory
    out of reach

A rule less: XSA-182, by which a guest writes to its own root.

  $ xenpt threat threat.yaml --compromised d1 --without-rule fast-path --frames 3ff7d
  compromised: d1.kernel
  becomes:     d0.user, d0.kernel, d0.device, d0.unchecked, d1.user, d1.device, d1.unchecked, d2.user, d2.kernel, d2.device, d2.qemu, xen
  iommu:       stock

  mfn 0x3ff7d: xen
   read, write, execute:
    d1.kernel: raise-rights: write mfn 0x3c413 (d1's l4) [fast-path,
        linear-read-only]
    d1.kernel: write-entries: becomes d1.unchecked
    d1.unchecked: unchecked-entry: read+write+execute mfn 0x3ff7d (xen)
   edit, retype:
    d1.kernel: raise-rights: write mfn 0x3c413 (d1's l4) [fast-path,
        linear-read-only]
    d1.kernel: write-entries: becomes d1.unchecked
    d1.unchecked: unchecked-entry: write mfn 0x3f400 (xen)
    d1.unchecked: overwrite-xen: becomes xen
    xen: xen-map: edit+retype mfn 0x3ff7d (xen)

A device of a guest's, and no IOMMU.

  $ xenpt threat threat.yaml --compromised d1 --device-of d1 --iommu none --frames 3ff7d
  compromised: d1.kernel
  becomes:     d0.user, d0.kernel, d0.device, d0.unchecked, d1.user, d1.device, d1.unchecked, d2.user, d2.kernel, d2.device, d2.qemu, xen
  iommu:       none

  mfn 0x3ff7d: xen
   read, write:
    d1.kernel: drive: becomes d1.device
    d1.device: dma: read+write mfn 0x3ff7d (xen)
   execute, edit, retype:
    d1.kernel: drive: becomes d1.device
    d1.device: dma: write mfn 0x3f400 (xen)
    d1.device: overwrite-xen: becomes xen
    xen: xen-map: execute+edit+retype mfn 0x3ff7d (xen)

Mistakes.

  $ xenpt threat threat.yaml
  xenpt threat: who is compromised? --compromised d1.user, d1.kernel, d1.device, d1.qemu, dom0 or xen; threat.yaml has no threat of its own
  [2]
  $ xenpt threat threat.yaml --compromised d7
  xenpt threat: 'd7' is nobody who can be compromised: xen, or a domain with .user, .kernel, .device or .qemu behind it, such as d1.kernel, did you mean 'd0'?
  [2]
  $ xenpt threat threat.yaml --compromised d1.qemu
  xenpt threat: d1 has no device model
  [2]
  $ xenpt threat threat.yaml --compromised d1 --without-move fly
  xenpt threat: there is no move 'fly': docs/threats.md has them
  [2]
  $ xenpt threat threat.yaml --compromised d1 --without-rule fly
  xenpt threat: there is no rule 'fly': docs/rules.md has them
  [2]
  $ xenpt threat threat.yaml --compromised d1 --stub-domain d2
  xenpt threat: 'd2': a stub domain is said as d3=d2
  [2]
  $ xenpt threat threat.yaml --compromised d1 --device-of d1.user
  xenpt threat: 'd1.user' is no domain
  [2]
  $ xenpt threat threat.yaml --compromised d1 --frames 5..4
  xenpt threat: '5..4': no frames of a machine: their numbers ascend, and have 52 bits
  [2]
  $ xenpt threat captures/deb-pv64-intel-hc-xen.elf.zst --compromised d1
  xenpt threat: captures/deb-pv64-intel-hc-xen.elf.zst is no model: what somebody may do next is known of a machine's domains, and not of an image
  [2]

A scenario has threats of its own. They are worked out for a step, by its rules.

  $ printf 'host: { ram: 1G, cpus: 2 }\nxen: { release: "4.17", livepatch: no, kexec: no }\ndomains:\n  d0: { type: pv64, memory: 64M, privileged: yes }\n  d1: { type: pv64, memory: 32M }\n  d2: { type: pv64, memory: 32M }\nthreat:\n  apart: { compromised: d1, unreachable: [d2, xen], becomes-not: xen }\n  gone: { compromised: d2.user, unwritable: d1 tables }\nsteps:\n  - { grant-offer: d2, ref: 8, to: d1, frame: d2.gfn(8000), name: granted }\n  - { destroy: d2, name: gone }\n' > apart.yaml
  $ xenpt threat apart.yaml --frames 0
  threat: apart
    holds   unreachable: d2
    holds   unreachable: xen
    holds   becomes-not: xen

  compromised: d1.kernel
  becomes:     d1.user
  iommu:       stock

  mfn 0x0: xen
    out of reach

  threat: gone
    holds   unwritable: d1 tables

  compromised: d2.user
  iommu:       stock

  mfn 0x0: xen
    out of reach
  $ xenpt threat apart.yaml --frames 0 --at granted
  threat: apart
    broken  unreachable: d2
            one frame can be, by: d1.kernel: grant-map: read+write mfn 0x37f40
              (d2's memory), by grant 8 of d2 [grant-domid, grant-read-only,
              grant-writable]
    holds   unreachable: xen
    holds   becomes-not: xen

  compromised: d1.kernel
  becomes:     d1.user
  iommu:       stock

  mfn 0x0: xen
    out of reach

  threat: gone
    holds   unwritable: d1 tables

  compromised: d2.user
  iommu:       stock

  mfn 0x0: xen
    out of reach
  [1]
  $ xenpt threat apart.yaml --frames 0 --at gone --compromised gone
  threat: gone
    nobody of those who are compromised is there
  $ xenpt threat apart.yaml --frames 0 --compromised d1
  compromised: d1.kernel
  becomes:     d1.user
  iommu:       stock

  mfn 0x0: xen
    out of reach
  $ { cat apart.yaml; printf 'rules: -l4-xen-slot\n'; } > open.yaml
  $ xenpt threat open.yaml --frames 0 --compromised apart
  threat: apart
    broken  unreachable: d2
            8192 frames can be, the first by: d1.kernel: xen-slot: becomes xen
              [l4-xen-slot]; then xen: directmap: read+write mfn 0x36000 (d2's
              memory)
    broken  unreachable: xen
            2279 frames can be, the first by: d1.kernel: xen-slot: becomes xen
              [l4-xen-slot]; then xen: directmap: read+write mfn 0x0 (xen)
    broken  becomes-not: xen
            d1.kernel: xen-slot: becomes xen [l4-xen-slot]

  compromised: d1.kernel
  becomes:     d0.user, d0.kernel, d0.device, d0.unchecked, d1.user, d1.device, d1.unchecked, d2.user, d2.kernel, d2.device, d2.unchecked, xen
  iommu:       stock

  mfn 0x0: xen
   read, write:
    d1.kernel: xen-slot: becomes xen [l4-xen-slot]
    xen: directmap: read+write mfn 0x0 (xen)
   execute, edit, retype:
    d1.kernel: xen-slot: becomes xen [l4-xen-slot]
    xen: xen-map: execute+edit+retype mfn 0x0 (xen)
  [1]
  $ xenpt threat open.yaml --frames 0 --compromised d1 | head -n 3
  compromised: d1.kernel
  becomes:     d0.user, d0.kernel, d0.device, d0.unchecked, d1.user, d1.device, d1.unchecked, d2.user, d2.kernel, d2.device, d2.unchecked, xen
  iommu:       stock
  $ xenpt threat apart.yaml --compromised apart --iommu none
  xenpt threat: what a threat of a file takes for granted is said there: --iommu and so on are for parties that --compromised names
  [2]
  $ xenpt threat apart.yaml --compromised apart,d2
  xenpt threat: 'apart' is nobody who can be compromised: xen, or a domain with .user, .kernel, .device or .qemu behind it, such as d1.kernel
  [2]
  $ xenpt threat threat.yaml
  xenpt threat: who is compromised? --compromised d1.user, d1.kernel, d1.device, d1.qemu, dom0 or xen; threat.yaml has no threat of its own
  [2]

And of a Xen as it is built by default.

  $ sed 's/, livepatch: no, kexec: no//' threat.yaml > usual.yaml; xenpt threat usual.yaml --compromised dom0 --iommu strict --frames 3ff7d
  compromised: d0.kernel
  becomes:     d0.user, d0.device, d0.unchecked, d1.user, d1.kernel, d1.device, d1.unchecked, d2.user, d2.kernel, d2.device, d2.qemu, xen
  iommu:       strict

  mfn 0x3ff7d: xen
   read, write:
    d0.kernel: livepatch: becomes xen
    xen: directmap: read+write mfn 0x3ff7d (xen)
   execute, edit, retype:
    d0.kernel: livepatch: becomes xen
    xen: xen-map: execute+edit+retype mfn 0x3ff7d (xen)
