A guest's address through its own tables and EPT, each reference numbered: 24 of them.

  $ xenpt walk captures/bochs-lin-hap64-guest.elf.zst 103eb0 --context cpu1 --second ept:0x1afa501e
  cpu1: 4-level, root 0x10c000, CPL 0 at 0x103eb0
    cr0 80010031  cr4 2020  efer d00  pat 0007040600070406
    under EPT, root 0x1afa5000, WB, A and D flags off
    assumed: EFER.LMA=1 (CS.L); EFER.NXE=1; PAT as after reset

  0000000000103eb0

    ref  entry     slot  at        value             flags
         guest L4 entry, at guest-physical 0x10c000
      1  EPT L4       0  1afa5000  9c0000001afac107  R W X A AVL=192
      2  EPT L3       0  1afac000  9c0000001afab107  R W X A AVL=192
      3  EPT L2       0  1afab000  9c00000017817107  R W X A AVL=192
      4  EPT L1     268  17817860  9c00000016d0c377  R W X MT=6 IPAT A D AVL=192 SSS SVE
      5  guest L4     0  16d0c000  000000000010b067  P RW US A D
         guest L3 entry, at guest-physical 0x10b000
      6  EPT L4       0  1afa5000  9c0000001afac107  R W X A AVL=192
      7  EPT L3       0  1afac000  9c0000001afab107  R W X A AVL=192
      8  EPT L2       0  1afab000  9c00000017817107  R W X A AVL=192
      9  EPT L1     267  17817858  9c00000016d0b377  R W X MT=6 IPAT A D AVL=192 SSS SVE
     10  guest L3     0  16d0b000  0000000000107067  P RW US A D
         guest L2 entry, at guest-physical 0x107000
     11  EPT L4       0  1afa5000  9c0000001afac107  R W X A AVL=192
     12  EPT L3       0  1afac000  9c0000001afab107  R W X A AVL=192
     13  EPT L2       0  1afab000  9c00000017817107  R W X A AVL=192
     14  EPT L1     263  17817838  9c00000016d07377  R W X MT=6 IPAT A D AVL=192 SSS SVE
     15  guest L2     0  16d07000  0000000000106067  P RW US A D
         guest L1 entry, at guest-physical 0x106818
     16  EPT L4       0  1afa5000  9c0000001afac107  R W X A AVL=192
     17  EPT L3       0  1afac000  9c0000001afab107  R W X A AVL=192
     18  EPT L2       0  1afab000  9c00000017817107  R W X A AVL=192
     19  EPT L1     262  17817830  9c00000016d06377  R W X MT=6 IPAT A D AVL=192 SSS SVE
     20  guest L1   259  16d06818  0000000000103063  P RW A D
         the page, at guest-physical 0x103eb0
     21  EPT L4       0  1afa5000  9c0000001afac107  R W X A AVL=192
     22  EPT L3       0  1afac000  9c0000001afab107  R W X A AVL=192
     23  EPT L2       0  1afab000  9c00000017817107  R W X A AVL=192
     24  EPT L1     259  17817818  9c00000016d03377  R W X MT=6 IPAT A D AVL=192 SSS SVE

    mapped to 0x16d03eb0, rights rwx-, 4K page, memory type WB
    24 references to memory
    read at CPL 0: allowed

Nothing there, in the guest.

  $ xenpt walk captures/bochs-lin-hap64-guest.elf.zst 0 --context cpu1 --second ept:0x1afa501e | tail -7

    not-present: the walk ends in guest L1, as for the whole 4K from 0x0
    read at CPL 0: refused, #PF, error code 0x0, CR2 0x0
        code    an entry is not present, in supervisor mode
        rule    an entry is not present
        source  Intel SDM vol. 3, "Page-Fault Exceptions"
        decided guest PTE at guest-physical 0x106000: P is 0

Nothing there, in EPT: the guest's page leads to memory that it does not have.

  $ xenpt walk captures/bochs-lin-hap64-guest.elf.zst 1000000 --context cpu1 --second ept:0x1afa501e --access w | tail -17
         guest L2 entry, at guest-physical 0x107040
     11  EPT L4       0  1afa5000  9c0000001afac107  R W X A AVL=192
     12  EPT L3       0  1afac000  9c0000001afab107  R W X A AVL=192
     13  EPT L2       0  1afab000  9c00000017817107  R W X A AVL=192
     14  EPT L1     263  17817838  9c00000016d07377  R W X MT=6 IPAT A D AVL=192 SSS SVE
     15  guest L2     8  16d07040  00000000010000e3  P RW A D PS
         the page, at guest-physical 0x1000000
     16  EPT L4       0  1afa5000  9c0000001afac107  R W X A AVL=192
     17  EPT L3       0  1afac000  9c0000001afab107  R W X A AVL=192
     18  EPT L2       8  1afab040  8000000000000000  <- R is 0, W is 0, X is 0

    second-stage: the walk ends in EPT L2
    write at CPL 0: refused, EPT violation, exit qualification 0x182 at 0x1000000
        code    WRITE LINEAR FINAL: a write, of the page itself
        rule    an entry is not present
        source  Intel SDM vol. 3, "EPT Violations"
        decided EPT PDE at 0x1afab040: R is 0, W is 0, X is 0

NPT, of a PVH dom0: any access of a guest counts as a user's, and tables are written.

  $ xenpt walk captures/rel-pvhd0-hap64-guest.elf.zst 0x103000 --context cpu0 --second npt:0xfcaf000 --access rw
  cpu0: 4-level, root 0x10c000, CPL 0 at 0x103eb2
    cr0 80010011  cr4 60  efer d00  pat 0007040600070406
    under NPT, root 0xfcaf000
    assumed: EFER.LMA=1 (CS.L); EFER.NXE=1; PAT as after reset

  0000000000103000

    ref  entry     slot  at        value             flags
         guest L4 entry, at guest-physical 0x10c000
      1  NPT L4       0  0fcaf000  000000000fca3067  P RW US A D
      2  NPT L3       0  0fca3000  000000000fca2067  P RW US A D
      3  NPT L2       0  0fca2000  000000000fca1067  P RW US A D
      4  NPT L1     268  0fca1860  000000000f80c067  P RW US A D
      5  guest L4     0  0f80c000  000000000010b067  P RW US A D
         guest L3 entry, at guest-physical 0x10b000
      6  NPT L4       0  0fcaf000  000000000fca3067  P RW US A D
      7  NPT L3       0  0fca3000  000000000fca2067  P RW US A D
      8  NPT L2       0  0fca2000  000000000fca1067  P RW US A D
      9  NPT L1     267  0fca1858  000000000f80b067  P RW US A D
     10  guest L3     0  0f80b000  0000000000107067  P RW US A D
         guest L2 entry, at guest-physical 0x107000
     11  NPT L4       0  0fcaf000  000000000fca3067  P RW US A D
     12  NPT L3       0  0fca3000  000000000fca2067  P RW US A D
     13  NPT L2       0  0fca2000  000000000fca1067  P RW US A D
     14  NPT L1     263  0fca1838  000000000f807067  P RW US A D
     15  guest L2     0  0f807000  0000000000106067  P RW US A D
         guest L1 entry, at guest-physical 0x106818
     16  NPT L4       0  0fcaf000  000000000fca3067  P RW US A D
     17  NPT L3       0  0fca3000  000000000fca2067  P RW US A D
     18  NPT L2       0  0fca2000  000000000fca1067  P RW US A D
     19  NPT L1     262  0fca1830  000000000f806067  P RW US A D
     20  guest L1   259  0f806818  0000000000103063  P RW A D
         the page, at guest-physical 0x103000
     21  NPT L4       0  0fcaf000  000000000fca3067  P RW US A D
     22  NPT L3       0  0fca3000  000000000fca2067  P RW US A D
     23  NPT L2       0  0fca2000  000000000fca1067  P RW US A D
     24  NPT L1     259  0fca1818  000000000f803067  P RW US A D

    mapped to 0xf803000, rights rwx-, 4K page, memory type WB
    24 references to memory
    read at CPL 0: allowed
    write at CPL 0: allowed

EPT by itself. A root may be the address of a table or an EPTP.

  $ xenpt walk captures/bochs-lin-hap64-guest.elf.zst 103eb0 fc009000 --root 1afa5000 --mode ept4 --access w
  root:0x1afa5: EPT, root 0x1afa5000

  0000000000103eb0

    entry  slot  at        value             flags
    L4       0  1afa5000  9c0000001afac107  R W X A AVL=192
    L3       0  1afac000  9c0000001afab107  R W X A AVL=192
    L2       0  1afab000  9c00000017817107  R W X A AVL=192
    L1     259  17817818  9c00000016d03377  R W X MT=6 IPAT A D AVL=192 SSS SVE

    mapped to 0x16d03eb0, rights rwx-, 4K page, memory type WB
    write at CPL 0: allowed

  00000000fc009000

    entry  slot  at        value             flags
    L4       0  1afa5000  9c0000001afac107  R W X A AVL=192
    L3       3  1afac018  9c0000001afaa107  R W X A AVL=192
    L2     480  1afaaf00  9c0000001afa9107  R W X A AVL=192
    L1       9  1afa9048  8000000000000000  <- R is 0, W is 0, X is 0

    not-present: the walk ends in L1, as for the whole 4K from 0xfc009000
    write at CPL 0: refused, EPT violation, exit qualification 0x182 at 0xfc009000
        code    WRITE LINEAR FINAL: a write, of the page itself
        rule    an entry is not present
        source  Intel SDM vol. 3, "EPT Violations"
        decided EPT PTE at 0x1afa9048: R is 0, W is 0, X is 0
  [1]
  $ xenpt walk captures/bochs-lin-hap64-guest.elf.zst 103eb0 --root 1afa501e --mode ept4 --access w | head -3
  root:0x1afa5: EPT, root 0x1afa5000

  0000000000103eb0

PDPTEs of a PAE guest are loaded with CR3, and no part of the walk - but under NPT.

  $ raw-tables pae 4 101000:0=102067 102000:0=103067 103000:0=2000e7 111000:0=112007 112000:0=113007 113000:0=2000b7 201020:0=2001 202000:0=3067 203000:1=5067
  $ xenpt walk pae 1000 --root 1020 --mode pae --second ept:111000
  root:0x1+0x20: PAE, root 0x1020
    cr0 80010001  cr4 20  efer 800  pat 0007040600070406
    under EPT, root 0x111000, WB, A and D flags off
    assumed: CR0.WP=1; CR4 without SMEP, SMAP and protection keys; EFER.NXE=1;
             PAT as after reset

  0000000000001000

    ref  entry     slot  at        value             flags
         guest L3 entry, at guest-physical 0x1020
      -  EPT L4       0  00111000  0000000000112007  R W X
      -  EPT L3       0  00112000  0000000000113007  R W X
      -  EPT L2       0  00113000  00000000002000b7  R W X MT=6 PS
      -  guest L3     0  00201020  0000000000002001  P
         guest L2 entry, at guest-physical 0x2000
      1  EPT L4       0  00111000  0000000000112007  R W X
      2  EPT L3       0  00112000  0000000000113007  R W X
      3  EPT L2       0  00113000  00000000002000b7  R W X MT=6 PS
      4  guest L2     0  00202000  0000000000003067  P RW US A D
         guest L1 entry, at guest-physical 0x3008
      5  EPT L4       0  00111000  0000000000112007  R W X
      6  EPT L3       0  00112000  0000000000113007  R W X
      7  EPT L2       0  00113000  00000000002000b7  R W X MT=6 PS
      8  guest L1     1  00203008  0000000000005067  P RW US A D
         the page, at guest-physical 0x5000
      9  EPT L4       0  00111000  0000000000112007  R W X
     10  EPT L3       0  00112000  0000000000113007  R W X
     11  EPT L2       0  00113000  00000000002000b7  R W X MT=6 PS

    mapped to 0x205000, rights rwxu, 4K page, memory type WB
    11 references to memory
    read at CPL 0: allowed
  $ xenpt walk pae 1000 --root 1020 --mode pae --second npt:101000 | grep -e '^ *[0-9-]*  [gN]' -e refer
         guest L3 entry, at guest-physical 0x1020
      1  NPT L4       0  00101000  0000000000102067  P RW US A D
      2  NPT L3       0  00102000  0000000000103067  P RW US A D
      3  NPT L2       0  00103000  00000000002000e7  P RW US A D PS
      4  guest L3     0  00201020  0000000000002001  P
         guest L2 entry, at guest-physical 0x2000
      5  NPT L4       0  00101000  0000000000102067  P RW US A D
      6  NPT L3       0  00102000  0000000000103067  P RW US A D
      7  NPT L2       0  00103000  00000000002000e7  P RW US A D PS
      8  guest L2     0  00202000  0000000000003067  P RW US A D
         guest L1 entry, at guest-physical 0x3008
      9  NPT L4       0  00101000  0000000000102067  P RW US A D
     10  NPT L3       0  00102000  0000000000103067  P RW US A D
     11  NPT L2       0  00103000  00000000002000e7  P RW US A D PS
     12  guest L1     1  00203008  0000000000005067  P RW US A D
     13  NPT L4       0  00101000  0000000000102067  P RW US A D
     14  NPT L3       0  00102000  0000000000103067  P RW US A D
     15  NPT L2       0  00103000  00000000002000e7  P RW US A D PS
    15 references to memory

A misconfiguration, and one of a guest's table.

  $ raw-tables ept 4 101000:0=102007 102000:0=103007 103000:0=2000b7 103000:1=4000b2 201000:0=2067 202000:0=3067 203000:0=2000e7
  $ xenpt walk ept 200000 --root 101000 --mode ept4
  root:0x101: EPT, root 0x101000

  0000000000200000

    entry  slot  at        value             flags
    L4       0  00101000  0000000000102007  R W X
    L3       0  00102000  0000000000103007  R W X
    L2       1  00103008  00000000004000b2  W MT=6 PS  <- W is 1

    reserved: the walk ends in L2
    read at CPL 0: refused, EPT misconfiguration at 0x200000
        rule    a present EPT entry has a reserved bit set, rights without R, or
                a memory type that does not exist
        source  Intel SDM vol. 3, "EPT Misconfigurations"
        decided EPT PDE at 0x103008: W is 1
  $ xenpt walk ept 1234 --root 1000 --second ept:101000 --access r
  root:0x1: 4-level, root 0x1000
    cr0 80010001  cr4 20  efer d00  pat 0007040600070406
    under EPT, root 0x101000, WB, A and D flags off
    assumed: CR0.WP=1; CR4 without SMEP, SMAP and protection keys; EFER.NXE=1;
             PAT as after reset

  0000000000001234

    ref  entry     slot  at        value             flags
         guest L4 entry, at guest-physical 0x1000
      1  EPT L4       0  00101000  0000000000102007  R W X
      2  EPT L3       0  00102000  0000000000103007  R W X
      3  EPT L2       0  00103000  00000000002000b7  R W X MT=6 PS
      4  guest L4     0  00201000  0000000000002067  P RW US A D
         guest L3 entry, at guest-physical 0x2000
      5  EPT L4       0  00101000  0000000000102007  R W X
      6  EPT L3       0  00102000  0000000000103007  R W X
      7  EPT L2       0  00103000  00000000002000b7  R W X MT=6 PS
      8  guest L3     0  00202000  0000000000003067  P RW US A D
         guest L2 entry, at guest-physical 0x3000
      9  EPT L4       0  00101000  0000000000102007  R W X
     10  EPT L3       0  00102000  0000000000103007  R W X
     11  EPT L2       0  00103000  00000000002000b7  R W X MT=6 PS
     12  guest L2     0  00203000  00000000002000e7  P RW US A D PS
         the page, at guest-physical 0x201234
     13  EPT L4       0  00101000  0000000000102007  R W X
     14  EPT L3       0  00102000  0000000000103007  R W X
     15  EPT L2       1  00103008  00000000004000b2  W MT=6 PS  <- W is 1

    second-stage: the walk ends in EPT L2
    read at CPL 0: refused, EPT misconfiguration at 0x201234
        rule    a present EPT entry has a reserved bit set, rights without R, or
                a memory type that does not exist
        source  Intel SDM vol. 3, "EPT Misconfigurations"
        decided EPT PDE at 0x103008: W is 1
  [1]
  $ raw-tables ept 4 101000:0=102007 102000:0=103007 103000:0=2000b4 201000:0=2067
  $ xenpt walk ept 1234 --root 1000 --second ept:101000 --access r
  root:0x1: 4-level, root 0x1000
    cr0 80010001  cr4 20  efer d00  pat 0007040600070406
    under EPT, root 0x101000, WB, A and D flags off
    assumed: CR0.WP=1; CR4 without SMEP, SMAP and protection keys; EFER.NXE=1;
             PAT as after reset

  0000000000001234

    ref  entry     slot  at        value             flags
         guest L4 entry, at guest-physical 0x1000
      1  EPT L4       0  00101000  0000000000102007  R W X
      2  EPT L3       0  00102000  0000000000103007  R W X
      3  EPT L2       0  00103000  00000000002000b4  X MT=6 PS  <- R is 0

    second-stage: the walk ends in EPT L2
    read at CPL 0: refused, EPT violation, exit qualification 0xa1 at 0x1000
        code    READ X LINEAR: a read, EPT lets execute, of a guest's table
        rule    a read of an address that some level makes unreadable
        source  Intel SDM vol. 3, "EPT Violations"
        decided EPT PDE at 0x103000: R is 0
  [1]
