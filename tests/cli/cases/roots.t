Roots that CPU notes name, and their slots.

  $ xenpt roots captures/rel-pv32-amd-guest.elf.zst
  3 roots of a Xen were found, laid out as xen-4.17 is.

  root          kind            domain     sure      slots      contexts
  0xfc99000     idle                       certain   5/512
                it lies in Xen's own image, where only the idle table does
  0xf9c2000     pv32            0xfd87     certain   6/512      cpu0
                slot 4 is the same as slot 260; slot 0 is in use, the guest's
  0xfcbb000     pv32            0xfd87     certain   6/512      cpu1
                slot 4 is the same as slot 260; slot 0 is in use, the guest's
  $ xenpt roots captures/rel-pv32-amd-guest.elf.zst --slots --context cpu0
  root          kind            domain     sure      slots      contexts
  0xf9c2000     4-level                    given     6/512      cpu0

  4-level 0xf9c2000: 512 slots of 512G, 6 in use

       0  U...S...........................................................
      64  ................................................................
     128  ................................................................
     192  ................................................................
     256  ..L.=SS.........................................................
     320  ................................................................
     384  ................................................................
     448  ................................................................
          . empty  S supervisor's  U user's  L linear: this table itself  = as a slot before

   slot  from              entry             flags             maps
      0  0000000000000000  000000000ed1d067  P RW US A D       6140K in 1024 pages
      4  0000020000000000  800000000fd87063  P RW A D NX       140K in 35 pages
    258  ffff810000000000  800000000f9c2063  P RW A D NX       this table itself
    260  ffff820000000000  800000000fd87063  P RW A D NX       as slot 4
    261  ffff828000000000  000000000fc98063  P RW A D          8436K in 576 pages
    262  ffff830000000000  800000000fc97063  P RW A D NX       262016K in 1118 pages
  $ xenpt roots captures/deb-pv64-intel-guest.elf.zst --format json
  {"schema":"xenpt.roots/1","layout":"xen-4.17","roots":[
    {"mfn":"0xfc6e","kind":"idle","domain":null,"confidence":"certain","why":"it lies in Xen's own image, where only the idle table does","stale":false,"format":"4-level","root":"0xfc6e000","space":"machine","contexts":[],"slots":{"0":"0xfc74063","256":"0x800000000fc73025","258":"0x800000000fc6e063","261":"0xfc6d063","262":"0x800000000fc6c063"}},
    {"mfn":"0xf9d0","kind":"xpti","domain":null,"confidence":"certain","why":"it has the guests' M2P (slot 256) and a small Xen of its own (slot 261), and no linear page table; of domain 0xfdba something ran there last","stale":false,"format":"4-level","root":"0xf9d0000","space":"machine","contexts":["cpu1"],"slots":{"0":"0xf12a067","256":"0x800000000fc73025","260":"0x800000000fdba063","261":"0xffc7063","262":"0xffc4063"}},
    {"mfn":"0xf9d9","kind":"xpti","domain":null,"confidence":"certain","why":"it has the guests' M2P (slot 256) and a small Xen of its own (slot 261), and no linear page table; of domain 0xfdba something ran there last","stale":false,"format":"4-level","root":"0xf9d9000","space":"machine","contexts":["cpu0"],"slots":{"0":"0xf12a067","256":"0x800000000fc73025","260":"0x800000000fdba063","261":"0xffc7063","262":"0xfd65063","272":"0xf127065"}},
    {"mfn":"0xf113","kind":"pv64-kernel","domain":"0xfdba","confidence":"certain","why":"slot 4 is not the same as slot 260; slot 256 has ro-m2p","stale":false,"format":"4-level","root":"0xf113000","space":"machine","contexts":[],"slots":{"0":"0xf12a067","256":"0x800000000fc73025","258":"0x800000000f113063","260":"0x800000000fdba063","261":"0xfc6d063","262":"0x800000000fc6c063"}},
    {"mfn":"0xf127","kind":"pv64-kernel","domain":"0xfdba","confidence":"certain","why":"slot 4 is not the same as slot 260; slot 256 has ro-m2p","stale":false,"format":"4-level","root":"0xf127000","space":"machine","contexts":[],"slots":{"0":"0xf12a067","256":"0x800000000fc73025","258":"0x800000000f127063","260":"0x800000000fdba063","261":"0xfc6d063","262":"0x800000000fc6c063","272":"0xf127065"}},
    {"mfn":"0xf114","kind":"pv64-user","domain":"0xfdba","confidence":"likely","why":"slot 4 is not the same as slot 260; slot 256, the guests' M2P, is empty","stale":false,"format":"4-level","root":"0xf114000","space":"machine","contexts":[],"slots":{"0":"0xf12a067","258":"0x800000000f114063","260":"0x800000000fdba063","261":"0xfc6d063","262":"0x800000000fc6c063"}}]}

A root that two contexts run on is one root.

  $ xenpt roots captures/rel-pv32-amd-guest.elf.zst --root f9c2000 --context cpu0 --context root:0xf9c2
  root          kind            domain     sure      slots      contexts
  0xf9c2000     4-level                    given     6/512      cpu0 root:0xf9c2

One table that is read in two ways is two.

  $ xenpt roots captures/rel-pv32-amd-guest.elf.zst --root f9c2000 --mode pae --context cpu0 --context root:0xf9c2
  root          kind            domain     sure      slots      contexts
  0xf9c2000     4-level                    given     6/512      cpu0
  0xf9c2000     PAE                        given     1/4        root:0xf9c2

Roots given by hand, and of two stages.

  $ xenpt roots captures/bochs-lin-hap64-guest.elf.zst --context cpu1 --second ept:1afa501e --slots
  root          kind            domain     sure      slots      contexts
  0x10c000      4-level                    given     1/512      cpu1  (guest-physical)
  0x1afa5000    EPT                        given     1/512      cpu1

  4-level 0x10c000: 512 slots of 512G, 1 in use

       0  U...............................................................
      64  ................................................................
     128  ................................................................
     192  ................................................................
     256  ................................................................
     320  ................................................................
     384  ................................................................
     448  ................................................................
          . empty  U user's

   slot  from              entry             flags             maps
      0  0000000000000000  000000000010b067  P RW US A D       16452K in 536 pages

  EPT 0x1afa5000: 512 slots of 512G, 1 in use

       0  #...............................................................
      64  ................................................................
     128  ................................................................
     192  ................................................................
     256  ................................................................
     320  ................................................................
     384  ................................................................
     448  ................................................................
          . empty  # in use

   slot  from              entry             flags             maps
      0  0000000000000000  9c0000001afac107  R W X A AVL=192   16456K in 537 pages
  $ xenpt roots captures/bochs-lin-hap64-guest.elf.zst --root 1afa5000 --mode ept4
  root          kind            domain     sure      slots      contexts
  0x1afa5000    EPT                        given     1/512      root:0x1afa5
  $ xenpt roots captures/bochs-lin-hap64-guest.elf.zst --root 1afa5000 --root 1dc99000 --context root:0x1dc99 --context cpu0
  root          kind            domain     sure      slots      contexts
  0x1dc99000    4-level                    given     5/512      root:0x1dc99
  0xe57c000     4-level                    given     76/512     cpu0

Every kind of slot; a root that is not in memory, and none.

  $ raw-tables odd 1 -4 1000:0=2060 1000:1=2067 1000:2=1063 1000:3=2063 1000:4=600085 1000:3ff=2061
  $ xenpt roots odd --root 1000 --mode 2level --slots
  root          kind            domain     sure      slots      contexts
  0x1000        2-level                    given     6/1024     root:0x1

  2-level 0x1000: 1024 slots of 4M, 6 in use

       0  ,UL=!...........................................................
      64  ................................................................
     128  ................................................................
     192  ................................................................
     256  ................................................................
     320  ................................................................
     384  ................................................................
     448  ................................................................
     512  ................................................................
     576  ................................................................
     640  ................................................................
     704  ................................................................
     768  ................................................................
     832  ................................................................
     896  ................................................................
     960  ...............................................................=
          . empty  , not present, not zero  U user's  L linear: this table itself  = as a slot before  ! illegal

   slot  from      entry     flags             maps
      0  00000000  00002060  A D               not present, not zero
      1  00400000  00002067  P RW US A D       0B in 0 pages
      2  00800000  00001063  P RW A D          this table itself
      3  00c00000  00002063  P RW A D          as slot 1
      4  01000000  00600085  P US PS           illegal
   1023  ffc00000  00002061  P A D             as slot 1
  $ xenpt roots odd --root 100000 --slots | head -3
  root          kind            domain     sure      slots      contexts
  0x100000      4-level                    given     no memory  root:0x100


  $ xenpt roots odd --root 0 --mode unpaged --slots
  root          kind            domain     sure      slots      contexts
  0x0           unpaged                    given     0/0        root:0x0

  unpaged 0x0: no tables
  $ raw-tables pae 1 1020:0=2001 1020:3=2001
  $ xenpt roots pae --root 1020 --mode pae --slots
  root          kind            domain     sure      slots      contexts
  0x1020        PAE                        given     2/4        root:0x1+0x20

  PAE 0x1020: 4 slots of 1G, 2 in use

       0  U..=
          . empty  U user's  = as a slot before

   slot  from      entry             flags             maps
      0  00000000  0000000000002001  P                 0B in 0 pages
      3  c0000000  0000000000002001  P                 as slot 0

Roots that nobody names: of shadow paging, with stale ones; of a release whose guests' roots do not tell
kernel from user; of a machine without Xen; and of memory that tells of no CPU.

  $ xenpt roots captures/rel-sh64-amd-guest.elf.zst
  19 roots of a Xen were found, laid out as xen-4.17 is.

  root          kind            domain     sure      slots      contexts
  0x1dc99000    idle                       certain   5/512
                it lies in Xen's own image, where only the idle table does
  0x18713000    shadow          0x1dc81    certain   6/512
                slot 4 is the same as slot 260; slot 259 has shadow-linear
  0x187a7000    shadow          0x1dc81    possible  6/512
                slot 4 is the same as slot 260; slot 259 has shadow-linear; its
                domain has 3 of these for 2 vCPUs: it may be stale
  0x19f9d000    shadow          0x1dc81    possible  6/512
                slot 4 is the same as slot 260; slot 259 has shadow-linear; its
                domain has 3 of these for 2 vCPUs: it may be stale
  0x18712000    hvm-shadow      0x1dc81    certain   1/512      cpu1
                slot 259 of the monitor table 0x18713 leads to it
  0x12a10000    pv64-kernel     0x1dd87    certain   74/512
                slot 4 is not the same as slot 260; slot 256 has ro-m2p
  0x14c5c000    pv64-kernel     0x1dd87    certain   75/512
                slot 4 is not the same as slot 260; slot 256 has ro-m2p
  0x164a6000    pv64-kernel     0x1dd87    certain   76/512     cpu0
                slot 4 is not the same as slot 260; slot 256 has ro-m2p
  0x165a0000    pv64-kernel     0x1dd87    certain   77/512
                slot 4 is not the same as slot 260; slot 256 has ro-m2p
  0x165a2000    pv64-kernel     0x1dd87    certain   77/512
                slot 4 is not the same as slot 260; slot 256 has ro-m2p
  0x165ac000    pv64-kernel     0x1dd87    certain   77/512
                slot 4 is not the same as slot 260; slot 256 has ro-m2p
  0x14c57000    pv64-user       0x1dd87    likely    6/512
                slot 4 is not the same as slot 260; slot 256, the guests' M2P, is
                empty
  0x165d3000    pv64-user       0x1dd87    likely    8/512
                slot 4 is not the same as slot 260; slot 256, the guests' M2P, is
                empty
  0x1673e000    pv64-user       0x1dd87    likely    7/512
                slot 4 is not the same as slot 260; slot 256, the guests' M2P, is
                empty
  0x16754000    pv64-user       0x1dd87    likely    8/512
                slot 4 is not the same as slot 260; slot 256, the guests' M2P, is
                empty
  0x16a0b000    pv64-user       0x1dd87    likely    8/512
                slot 4 is not the same as slot 260; slot 256, the guests' M2P, is
                empty
  0x14c62000    pv64-kernel     0x1dd87    certain   74/512     (stale)
                slot 4 is not the same as slot 260; slot 256 has ro-m2p; stale:
                its guest maps it writable, at 0xffff888004c62000
  0x16536000    pv64-kernel     0x1dd87    certain   74/512     (stale)
                slot 4 is not the same as slot 260; slot 256 has ro-m2p; stale:
                its guest maps it writable, at 0xffff888006536000
  0x1dc80000    npt             0x1dc81    likely    1/512
                all that is below are user pages, in tables of one parent each,
                and none is one of them
  $ xenpt roots captures/v5-pv64-amd-guest.elf.zst
  4 roots of a Xen were found, laid out as xen-4.4 is.

  root          kind            domain     sure      slots      contexts
  0xfc71000     idle                       certain   5/512
                it lies in Xen's own image, where only the idle table does
  0xed13000     pv64-kernel     0xf9cb     possible  6/512      cpu1
                slot 0 is in use, the guest's; its domain has no
                argument-translation; it may as well be pv64-user
  0xed14000     pv64-kernel     0xf9cb     possible  6/512
                slot 0 is in use, the guest's; its domain has no
                argument-translation; it may as well be pv64-user
  0xed27000     pv64-kernel     0xf9cb     possible  7/512      cpu0
                slot 0 is in use, the guest's; slot 272 is in use, the guest's;
                it may as well be pv64-user
  $ xenpt roots captures/linux-nokaslr.elf.zst
  No root of a Xen was found.

  root          kind            domain     sure      slots      contexts
  0x5dd2000     4-level                    given     71/512     cpu0
  $ raw-tables nothing 4
  $ xenpt roots nothing
  No root of a Xen was found.
  $ xenpt roots nothing --format json
  {"schema":"xenpt.roots/1","layout":null,"roots":[]}
  $ xenpt map nothing
  xenpt map: nothing (raw) tells of no CPU: give a root by --root ADDRESS and --mode
  [2]

By the layout of another release, or of a path; roots by frame and mode; contexts by name.

  $ xenpt roots captures/rel-pv32-amd-guest.elf.zst --layout 4.13 | grep -v '^ '
  3 roots of a Xen were found, laid out as xen-4.11 is.

  root          kind            domain     sure      slots      contexts
  0xfc99000     idle                       certain   5/512
  0xf9c2000     pv64-user       0xfd87     likely    6/512      cpu0
  0xfcbb000     pv64-user       0xfd87     likely    6/512      cpu1
  $ xenpt roots captures/rel-pv32-amd-guest.elf.zst --layout 4.1
  xenpt roots: there is no layout of Xen 4.1
  [2]
  $ xenpt roots captures/rel-pv32-amd-guest.elf.zst --layout ./absent.yaml
  xenpt roots: ./absent.yaml: cannot read it: No such file or directory
  [2]
  $ xenpt roots captures/rel-pvhd0-hap64-guest.elf.zst --root 0xfcaf:npt --root 0xfca4:4level
  root          kind            domain     sure      slots      contexts
  0xfcaf000     NPT                        given     1/512      root:0xfcaf
  0xfca4000     4-level                    given     6/512      root:0xfca4
  $ xenpt roots captures/rel-pvhd0-hap64-guest.elf.zst --root 0xfcaf:nqt
  xenpt roots: --root: 'nqt' is none of: 2level pae 4level 5level unpaged ept4 ept5 npt2 nptpae npt4 npt5 iommu3 iommu4 vtd3 vtd4
  [2]
  $ xenpt roots captures/rel-pvhd0-hap64-guest.elf.zst --root 0x10000000000:npt
  xenpt roots: --root: there is no frame 0x10000000000
  [2]
  $ xenpt map captures/rel-pvhd0-hap64-guest.elf.zst --context root:0xfca4 --va ffff820000000000..ffff827fffffffff
  root:0xfca4: 4-level, root 0xfca4000
    cr0 80010001  cr4 20  efer d00  pat 0007040600070406
    assumed: CR0.WP=1; CR4 without SMEP, SMAP and protection keys; EFER.NXE=1;
             PAT as after reset

  first            last               size  rwxu pg  target      flags
  ffff820080000000-ffff820080000fff     4K  rw-- 4K  000ff37000  P RW A D NX
  ffff820080001000-ffff820080001fff     4K  rw-- 4K  000ff36000  P RW A D NX
  8K mapped by 2 pages in 2 ranges; 4 tables
