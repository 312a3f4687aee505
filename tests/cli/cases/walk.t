An address of Xen, asked about from a guest's user mode: the walk, and what refuses it.

  $ xenpt walk captures/deb-pv64-intel-guest.elf.zst ffff82d040202123 --context cpu0
  cpu0: 4-level, root 0xf9d9000, CPL 3 at 0x1039da
    cr0 80050033  cr4 340660  efer d00  pat 0007040600070406
    assumed: EFER.LMA=1 (CS.L); EFER.NXE=1; PAT as after reset

  ffff82d040202123

    entry  slot  at        value             flags
    L4     261  0f9d9828  000000000ffc7063  P RW A D  <- US is 0
    L3     321  0ffc7a08  000000000ffc6063  P RW A D
    L2       1  0ffc6008  000000000ffc5063  P RW A D
    L1       2  0ffc5010  000000000fa02021  P A

    mapped to 0xfa02123, rights r-x-, 4K page, memory type WB
    read at CPL 3: refused, #PF, error code 0x5, CR2 0xffff82d040202123
        code    P U: an entry that is present refused, in user mode
        rule    a user-mode access to a supervisor-mode address
        source  Intel SDM vol. 3, "Determination of Access Rights"
        decided PML4E at 0xf9d9828: US is 0

The same CPU as a supervisor, and every kind of access. The exit code says that not all are
allowed, since --access was given.

  $ xenpt walk captures/deb-pv64-intel-guest.elf.zst ffff82d040202123 --context cpu0 --cpl 0 --access rwx
  cpu0: 4-level, root 0xf9d9000, CPL 3 at 0x1039da
    cr0 80050033  cr4 340660  efer d00  pat 0007040600070406
    assumed: EFER.LMA=1 (CS.L); EFER.NXE=1; PAT as after reset

  ffff82d040202123

    entry  slot  at        value             flags
    L4     261  0f9d9828  000000000ffc7063  P RW A D
    L3     321  0ffc7a08  000000000ffc6063  P RW A D
    L2       1  0ffc6008  000000000ffc5063  P RW A D
    L1       2  0ffc5010  000000000fa02021  P A

    mapped to 0xfa02123, rights r-x-, 4K page, memory type WB
    read at CPL 0: allowed
    write at CPL 0: refused, #PF, error code 0x3, CR2 0xffff82d040202123
        code    P W: an entry that is present refused, a write, in supervisor
                mode
        rule    a write to an address that some level makes read-only
        source  Intel SDM vol. 3, "Determination of Access Rights"
        decided PTE at 0xffc5010: RW is 0
    fetch at CPL 0: allowed
  [1]

Allowed accesses say which A and D flags they set, and in which order.

  $ xenpt walk captures/deb-pv64-amd-user-user.elf.zst 1ff000 --context cpu1 --access w
  cpu1: 4-level, root 0xf113000, CPL 3 at 0x1034d2
    cr0 8005003b  cr4 340660  efer d00  pat 0007040600070406
    assumed: EFER.LMA=1 (CS.L); EFER.NXE=1; PAT as after reset

  00000000001ff000

    entry  slot  at        value             flags
    L4       0  0f113000  000000000f12a067  P RW US A D
    L3       0  0f12a000  000000000f129067  P RW US A D
    L2       0  0f129000  000000000f128067  P RW US A D
    L1     511  0f128ff8  001000000f1ff027  P RW US A AVL=1

    mapped to 0xf1ff000, rights rwxu, 4K page, memory type WB
    write at CPL 3: allowed
        sets D in L1, 0xf128ff8

Two addresses of one context share its header; large pages; addresses that are none.

  $ xenpt walk captures/deb-pv64-amd-guest.elf.zst 0xffff800000000000 0x8000000000000000 --context cpu0
  cpu0: 4-level, root 0xf127000, CPL 3 at 0x1039b2
    cr0 8005003b  cr4 340660  efer d00  pat 0007040600070406
    assumed: EFER.LMA=1 (CS.L); EFER.NXE=1; PAT as after reset

  ffff800000000000

    entry  slot  at        value             flags
    L4     256  0f127800  800000000fc72025  P US A NX
    L3       0  0fc72000  800000000f9d8025  P US A NX
    L2       0  0f9d8000  000000000f400085  P US PS

    mapped to 0xf400000, rights r--u, 2M page, memory type WB
    read at CPL 3: allowed
        sets A in L2, 0xf9d8000

  8000000000000000

    non-canonical
    read at CPL 3: refused, #GP(0)
        rule    the address is not canonical: its upper bits are not all copies
                of the topmost bit that is translated
        source  Intel SDM vol. 3, "Canonical Addressing"
  $ xenpt walk captures/deb-pv64-amd-guest.elf.zst 0x8000000000000000 --context cpu0 --stack-segment | grep refused
    read at CPL 3, through SS: refused, #SS(0)

A hole says how much of the address space it stands for.

  $ xenpt walk captures/deb-pv64-amd-guest.elf.zst 0000700000000000 --context cpu1
  cpu1: 4-level, root 0xf113000, CPL 3 at 0x1034d2
    cr0 8005003b  cr4 340660  efer d00  pat 0007040600070406
    assumed: EFER.LMA=1 (CS.L); EFER.NXE=1; PAT as after reset

  0000700000000000

    entry  slot  at        value             flags
    L4     224  0f113700  0000000000000000  <- P is 0

    not-present: the walk ends in L4, as for the whole 512G from 0x700000000000
    read at CPL 3: refused, #PF, error code 0x4, CR2 0x700000000000
        code    U: an entry is not present, in user mode
        rule    an entry is not present
        source  Intel SDM vol. 3, "Page-Fault Exceptions"
        decided PML4E at 0xf113700: P is 0
