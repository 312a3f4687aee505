Memory made by hand, read in every mode. 32-bit paging with PSE-36: a page of 4 MiB above 4 GiB.

  $ raw-tables legacy 1 -4 1000:0=2067 1000:1=402085 2000:3=5061 2000:4=6000
  $ xenpt walk legacy 3123 4000 400123 --root 1000 --mode 2level
  root:0x1: 2-level, root 0x1000
    cr0 80010001  cr4 10  efer 0  pat 0007040600070406
    assumed: CR0.WP=1; CR4 without SMEP, SMAP and protection keys; PAT as after
             reset

  0000000000003123

    entry  slot  at        value     flags
    L2       0  00001000  00002067  P RW US A D
    L1       3  0000200c  00005061  P A D

    mapped to 0x5123, rights r-x-, 4K page, memory type WB
    read at CPL 0: allowed

  0000000000004000

    entry  slot  at        value     flags
    L2       0  00001000  00002067  P RW US A D
    L1       4  00002010  00006000  <- P is 0

    not-present: the walk ends in L1, as for the whole 4K from 0x4000
    read at CPL 0: refused, #PF, error code 0x0, CR2 0x4000
        code    an entry is not present, in supervisor mode
        rule    an entry is not present
        source  Intel SDM vol. 3, "Page-Fault Exceptions"
        decided PTE at 0x2010: P is 0

  0000000000400123

    entry  slot  at        value     flags
    L2       1  00001004  00402085  P US PS

    mapped to 0x100400123, rights r-xu, 4M page, memory type WB
    read at CPL 0: allowed
        sets A in L2, 0x1004

Without PSE, or without PSE-36, the same entry is something else.

  $ xenpt walk legacy 400123 --root 1000 --mode 2level --cr4 0 | grep -A1 -e L2 -e mapped -e refused
    L2       1  00001004  00402085  P US PS
    L1       0  00402000  not in memory
  --
    read at CPL 0: refused, no fault that the architecture defines
        rule    a table lies where there is no memory
  $ xenpt walk legacy 400123 --root 1000 --mode 2level --no-pse36 | grep -A5 -e '<-' -e refused
    L2       1  00001004  00402085  P US PS  <- bit 13 is 1

    reserved: the walk ends in L2
    read at CPL 0: refused, #PF, error code 0x9, CR2 0x400123
        code    P RSVD: an entry that is present refused, in supervisor mode, a
                reserved bit is set
        rule    a present entry has a reserved bit set
        source  Intel SDM vol. 3, "Page-Fault Exceptions", reserved bits of each
                format's tables
        decided PDE at 0x1004: bit 13 is 1

PAE: PDPTEs are loaded with CR3, and one with a reserved bit cannot be.

  $ raw-tables pae 1 1020:0=2001 1020:1=2003 2000:0=3067 3000:1=8000000000005067
  $ xenpt walk pae 1000 40001000 --root 1020 --mode pae --access x
  root:0x1+0x20: PAE, root 0x1020
    cr0 80010001  cr4 20  efer 800  pat 0007040600070406
    assumed: CR0.WP=1; CR4 without SMEP, SMAP and protection keys; EFER.NXE=1;
             PAT as after reset

  0000000000001000

    entry  slot  at        value             flags
    L3       0  00001020  0000000000002001  P
    L2       0  00002000  0000000000003067  P RW US A D
    L1       1  00003008  8000000000005067  P RW US A D NX  <- NX is 1

    mapped to 0x5000, rights rw-u, 4K page, memory type WB
    fetch at CPL 0: refused, #PF, error code 0x11, CR2 0x1000
        code    P I: an entry that is present refused, in supervisor mode, an
                instruction fetch
        rule    a fetch from an address that some level makes non-executable
        source  Intel SDM vol. 3, "Determination of Access Rights"
        decided PTE at 0x3008: NX is 1

  0000000040001000

    entry  slot  at        value             flags
    L3       1  00001028  0000000000002003  P RW  <- RW is 1

    reserved: the walk ends in L3
    fetch at CPL 0: refused, #GP(0)
        rule    a present PDPTE has a reserved bit set: loading CR3 raises #GP
        source  Intel SDM vol. 3, "PDPTE Registers"
        decided PDPTE at 0x1028: RW is 1
  [1]

5-level paging, and the same tables read by 4 levels.

  $ raw-tables la57 1 1000:1ff=2063 2000:1ff=3063 3000:1ff=4063 4000:1ff=200000e3
  $ xenpt walk la57 ffffffffffe00000 --root 1000 --mode 5level
  root:0x1: 5-level, root 0x1000
    cr0 80010001  cr4 1020  efer d00  pat 0007040600070406
    assumed: CR0.WP=1; CR4 without SMEP, SMAP and protection keys; EFER.NXE=1;
             PAT as after reset

  ffffffffffe00000

    entry  slot  at        value             flags
    L5     511  00001ff8  0000000000002063  P RW A D
    L4     511  00002ff8  0000000000003063  P RW A D
    L3     511  00003ff8  0000000000004063  P RW A D
    L2     511  00004ff8  00000000200000e3  P RW A D PS

    mapped to 0x20000000, rights rwx-, 2M page, memory type WB
    read at CPL 0: allowed
  $ xenpt walk la57 ff00000000000000 --root 1000 --mode 4level | tail -5
    non-canonical
    read at CPL 0: refused, #GP(0)
        rule    the address is not canonical: its upper bits are not all copies
                of the topmost bit that is translated
        source  Intel SDM vol. 3, "Canonical Addressing"

Protection keys, SMAP, and an access that is the processor's own.

  $ raw-tables keys 1 1000:0=2067 2000:0=3067 3000:0=4067 4000:1=1800000000005067
  $ xenpt walk keys 1000 --root 1000 --cr4 600020 --pkru c0 --cpl 3 --access r
  root:0x1: 4-level, root 0x1000
    cr0 80010001  cr4 600020  efer d00  pat 0007040600070406  pkru c0
    assumed: CR0.WP=1; EFER.NXE=1; PAT as after reset

  0000000000001000

    entry  slot  at        value             flags
    L4       0  00001000  0000000000002067  P RW US A D
    L3       0  00002000  0000000000003067  P RW US A D
    L2       0  00003000  0000000000004067  P RW US A D
    L1       1  00004008  1800000000005067  P RW US A D PK=3  <- PK is 3

    mapped to 0x5000, rights rwxu, 4K page, memory type WB
    read at CPL 3: refused, #PF, error code 0x25, CR2 0x1000
        code    P U PK: an entry that is present refused, in user mode, a
                protection key
        rule    the protection key of the page denies data access, or writes
        source  Intel SDM vol. 3, "Protection Keys"
        decided PTE at 0x4008: PK is 3
  [1]
  $ xenpt walk keys 1000 --root 1000 --cr4 600020 --access r | grep -e refused -e rule
    read at CPL 0: refused, #PF, error code 0x1, CR2 0x1000
        code    P: an entry that is present refused, in supervisor mode
        rule    a supervisor-mode data access to a user-mode address
  $ xenpt walk keys 1000 --root 1000 --cr4 600020 --access r --ac
  root:0x1: 4-level, root 0x1000
    cr0 80010001  cr4 600020  efer d00  pat 0007040600070406  pkru 0
    assumed: CR0.WP=1; EFER.NXE=1; PAT as after reset

  0000000000001000

    entry  slot  at        value             flags
    L4       0  00001000  0000000000002067  P RW US A D
    L3       0  00002000  0000000000003067  P RW US A D
    L2       0  00003000  0000000000004067  P RW US A D
    L1       1  00004008  1800000000005067  P RW US A D PK=3

    mapped to 0x5000, rights rwxu, 4K page, memory type WB
    read at CPL 0, EFLAGS.AC set: allowed
  $ xenpt walk keys 1000 --root 1000 --cr4 600020 --access r --ac --implicit --cpl 3 | grep -e refused
    read at CPL 3, implicit, EFLAGS.AC set: refused, #PF, error code 0x1, CR2 0x1000
        code    P: an entry that is present refused, in supervisor mode

A shadow stack is a page that is read-only and dirty.

  $ raw-tables shadow 1 1000:0=2067 2000:0=3067 3000:0=4067 4000:1=5065 4000:2=6025
  $ xenpt walk shadow 1000 2000 --root 1000 --cr4 800020 --cpl 3 --shadow-stack --access rw | grep -e '^  [rw]' -e rule
    read at CPL 3, to a shadow stack: allowed
    write at CPL 3, to a shadow stack: allowed
    read at CPL 3, to a shadow stack: refused, #PF, error code 0x45, CR2 0x2000
        rule    a shadow-stack access to a page that is no shadow stack of that
    write at CPL 3, to a shadow stack: refused, #PF, error code 0x47, CR2 0x2000
        rule    a shadow-stack access to a page that is no shadow stack of that

A reserved bit, of a processor with narrower addresses.

  $ raw-tables wide 1 1000:0=2067 2000:0=3067 3000:0=400000004067
  $ xenpt walk wide 1000 --root 1000 --maxphyaddr 46
  root:0x1: 4-level, root 0x1000
    cr0 80010001  cr4 20  efer d00  pat 0007040600070406
    assumed: CR0.WP=1; CR4 without SMEP, SMAP and protection keys; EFER.NXE=1;
             PAT as after reset

  0000000000001000

    entry  slot  at        value             flags
    L4       0  00001000  0000000000002067  P RW US A D
    L3       0  00002000  0000000000003067  P RW US A D
    L2       0  00003000  0000400000004067  P RW US A D  <- bit 46 is 1

    reserved: the walk ends in L2
    read at CPL 0: refused, #PF, error code 0x9, CR2 0x1000
        code    P RSVD: an entry that is present refused, in supervisor mode, a
                reserved bit is set
        rule    a present entry has a reserved bit set
        source  Intel SDM vol. 3, "Page-Fault Exceptions", reserved bits of each
                format's tables
        decided PDE at 0x3000: bit 46 is 1
  $ xenpt walk wide 1000 --root 1000 | tail -6
    L1       1  400000004008  not in memory

    no-memory: the walk ends in L1
    read at CPL 0: refused, no fault that the architecture defines
        rule    a table lies where there is no memory
        decided PTE at 0x400000004008

No paging, and a table that is not in memory.

  $ xenpt walk wide 1234 --root 0 --mode unpaged
  root:0x0: unpaged
    cr0 1  cr4 0  efer 0  pat 0007040600070406

  0000000000001234

    mapped to 0x1234, rights rwxu, memory type WB
    read at CPL 0: allowed
  $ xenpt walk wide 1234 --root 100000000
  root:0x100000: 4-level, root 0x100000000
    cr0 80010001  cr4 20  efer d00  pat 0007040600070406
    assumed: CR0.WP=1; CR4 without SMEP, SMAP and protection keys; EFER.NXE=1;
             PAT as after reset

  0000000000001234

    entry  slot  at         value             flags
    L4       0  100000000  not in memory

    no-memory: the walk ends in L4
    read at CPL 0: refused, no fault that the architecture defines
        rule    a table lies where there is no memory
        decided PML4E at 0x100000000
