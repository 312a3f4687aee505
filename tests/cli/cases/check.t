What has to be so whatever happened, asked of a real machine's tables: it is, as far as they tell.

  $ xenpt check captures/bochs-rel-xpti-pcid-user-user.elf.zst
  invariants
    I1 tables-read-only  holds (1014 looked at)
        not seen: Tables that no root leads to at the moment. What an HVM guest
        pages by itself is memory like other memory of its.
    I2 own-memory        holds (1023 looked at)
        not seen: Frames of other domains that are no tables, free ones, and of
        Xen's heap those that Xen maps nowhere but in its directmap: whose they
        are only the frametable says.
    I3 xen-slots         holds (310 looked at)
        not seen: In Xen's own root and XPTI's, slots that are filled as is
        needed; of areas that depend on a build or a guest's wishes, whether they
        are there.
    I4 linear-tables     holds (1 looked at)
        not seen: pv-linear-pt=no, which no table tells of; the depth that Xen
        counts, of tables that no root leads to.
    I5 counts            not judged: counts are in the frametable, and no page table says them
    I6 flushed           not judged: no memory has what a CPU remembers
    I7 m2p               not judged: there is no second stage
    I9 legal-entries     holds (5854 looked at)
        not seen: Tables of HVM guests' own; bits above the processor's width of
        addresses, unless --maxphyaddr says it.

A guest under a second stage, two invariants of it; whoever looks for one has to know its name.

  $ xenpt check captures/deb-pvhd0-hap64-guest.elf.zst --invariant tables-read-only,m2p
  invariants
    I1 tables-read-only  not judged: there is no guest's root
    I7 m2p               not judged: there is no second stage

  $ xenpt check captures/deb-pvhd0-hap64-guest.elf.zst --invariant table
  xenpt check: invariant: 'table' is none of: tables-read-only own-memory xen-slots linear-tables counts flushed m2p legal-entries all
  [2]

Where there is no Xen, nothing is said to hold.

  $ xenpt check captures/linux-nokaslr.elf.zst
  xenpt check: there is no Xen: its own root was not found
  [2]

Policies beside invariants, and policies alone.

  $ xenpt check captures/deb-pvhd0-hap64-guest.elf.zst --invariant linear-tables --policy superpages
  invariants
    I4 linear-tables     not judged: there is no PV guest's root

  policies
    nothing is against them

  $ xenpt check captures/deb-pvhd0-hap64-guest.elf.zst --policy user-xen
  policies
    nothing is against them

XSA-148: an L2 entry became a page of 2 MiB over the tables that it had led to; a core of that machine.

  $ printf 'host: { ram: 1G, cpus: 2 }\nxen: { release: "4.6" }\ndomains:\n  d0: { type: pv64, memory: 64M, privileged: yes }\n  d1: { type: pv64, memory: 32M }\nrules: xen-4.6\nnames: { l1: d1.gfn(4096), l2: d1.gfn(4097), l3: d1.gfn(4098) }\nsteps:\n  - { mmuext-op: d1.v0, op: pin-l1, frame: l1 }\n  - { mmu-update: d1.v0, table: l2, slot: 0, value: maddr(l1) | 0x67 }\n  - { mmu-update: d1.v0, table: l3, slot: 0, value: maddr(l2) | 0x67 }\n  - { mmu-update: d1.v0, table: d1.v0.root, slot: 5, value: maddr(l3) | 0x67 }\n  - { mmu-update: d1.v0, table: l2, slot: 0, value: maddr(l1) | 0xe7 }\n' > xsa-148.yaml
  $ xenpt check xsa-148.yaml --at 5 --invariant tables-read-only,own-memory
  invariants
    I1 tables-read-only: root:0x3c413, 0x3ffcb, 0000028000000000, guest-low+0x28000000000: mfn 0x3d001 can be written: it is a page table, an L2 of 0x3ffcb
          L4  00003c413028  000000003d002067  P RW US A D
          L3  00003d002000  000000003d001067  P RW US A D
        > L2  00003d001000  000000003d0000e7  P RW US A D PS
    I1 tables-read-only  broken: 1 finding (4085 looked at)
        not seen: Tables that no root leads to at the moment. What an HVM guest
        pages by itself is memory like other memory of its.
    I2 own-memory        holds (4101 looked at)
        not seen: Frames of other domains that are no tables, free ones, and of
        Xen's heap those that Xen maps nowhere but in its directmap: whose they
        are only the frametable says.
  [1]

  $ xenpt check xsa-148.yaml --at 4 --invariant tables-read-only
  invariants
    I1 tables-read-only  holds (4084 looked at)
        not seen: Tables that no root leads to at the moment. What an HVM guest
        pages by itself is memory like other memory of its.

  $ xenpt check xsa-148.yaml --at 5 --invariant tables-read-only --format json
  {"schema":"xenpt.check/1","checks":[
    {"broken":[
      {"invariant":"tables-read-only","number":"I1","context":{"name":"root:0x3c413","root":"0x3c413000","format":"4-level","kind":"pv64-kernel","domain":"0x3ffcb"},"va":"0x28000000000","level":2,"at":"0x3d001000","entry":"0x3d0000e7","entries":1,"maddr":"0x3d001000","text":"mfn 0x3d001 can be written: it is a page table, an L2 of 0x3ffcb","area":"guest-low","area_offset":"0x28000000000","walk":[
        {"level":4,"at":"0x3c413028","entry":"0x3d002067","flags":["P","RW","US","A","D"],"found":false},
        {"level":3,"at":"0x3d002000","entry":"0x3d001067","flags":["P","RW","US","A","D"],"found":false},
        {"level":2,"at":"0x3d001000","entry":"0x3d0000e7","flags":["P","RW","US","A","D","PS"],"found":true}]}],"invariants":[
      {"name":"tables-read-only","number":"I1","text":"No page that a guest can write is a page table that some root leads to, or in a GDT or LDT of a PV guest's.","verdict":"broken","why_not":null,"unseen":"Tables that no root leads to at the moment. What an HVM guest pages by itself is memory like other memory of its.","looked":4085,"unread":0,"findings":1}],"left_out":0}]}
  [1]
