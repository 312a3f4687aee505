Roots that CPU notes name, and their slots.

  $ xenpt roots captures/rel-pv32-amd-guest.elf.zst
  root          frame      format       slots     contexts
  0xf9c2000     0xf9c2     4-level      6/512     cpu0
  0xfcbb000     0xfcbb     4-level      6/512     cpu1
  $ xenpt roots captures/rel-pv32-amd-guest.elf.zst --slots --context cpu0
  root          frame      format       slots     contexts
  0xf9c2000     0xf9c2     4-level      6/512     cpu0

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
  {"schema":"xenpt.roots/1","roots":[
    {"mfn":"0xf9d9","kind":"4-level","domain":null,"confidence":"certain","root":"0xf9d9000","space":"machine","contexts":["cpu0"],"slots":{"0":"0xf12a067","256":"0x800000000fc73025","260":"0x800000000fdba063","261":"0xffc7063","262":"0xfd65063","272":"0xf127065"}},
    {"mfn":"0xf9d0","kind":"4-level","domain":null,"confidence":"certain","root":"0xf9d0000","space":"machine","contexts":["cpu1"],"slots":{"0":"0xf12a067","256":"0x800000000fc73025","260":"0x800000000fdba063","261":"0xffc7063","262":"0xffc4063"}}]}

A root that two contexts run on is one root.

  $ xenpt roots captures/rel-pv32-amd-guest.elf.zst --root f9c2000 --context cpu0 --context root:0xf9c2
  root          frame      format       slots     contexts
  0xf9c2000     0xf9c2     4-level      6/512     cpu0 root:0xf9c2

One table that is read in two ways is two.

  $ xenpt roots captures/rel-pv32-amd-guest.elf.zst --root f9c2000 --mode pae --context cpu0 --context root:0xf9c2
  root          frame      format       slots     contexts
  0xf9c2000     0xf9c2     4-level      6/512     cpu0
  0xf9c2000     0xf9c2     PAE          1/4       root:0xf9c2

Roots given by hand, and of two stages.

  $ xenpt roots captures/bochs-lin-hap64-guest.elf.zst --context cpu1 --second ept:1afa501e --slots
  root          frame      format       slots     contexts
  0x10c000      0x10c      4-level      1/512     cpu1  (guest-physical)
  0x1afa5000    0x1afa5    EPT          1/512     cpu1

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
  root          frame      format       slots     contexts
  0x1afa5000    0x1afa5    EPT          1/512     root:0x1afa5
  $ xenpt roots captures/bochs-lin-hap64-guest.elf.zst --root 1afa5000 --root 1dc99000 --context root:0x1dc99 --context cpu0
  root          frame      format       slots     contexts
  0x1dc99000    0x1dc99    4-level      5/512     root:0x1dc99
  0xe57c000     0xe57c     4-level      76/512    cpu0

Every kind of slot; a root that is not in memory, and none.

  $ raw-tables odd 1 -4 1000:0=2060 1000:1=2067 1000:2=1063 1000:3=2063 1000:4=600085 1000:3ff=2061
  $ xenpt roots odd --root 1000 --mode 2level --slots
  root          frame      format       slots     contexts
  0x1000        0x1        2-level      6/1024    root:0x1

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
  root          frame      format       slots     contexts
  0x100000      0x100      4-level      no memory root:0x100


  $ xenpt roots odd --root 0 --mode unpaged --slots
  root          frame      format       slots     contexts
  0x0           0x0        unpaged      0/0       root:0x0

  unpaged 0x0: no tables
  $ raw-tables pae 1 1020:0=2001 1020:3=2001
  $ xenpt roots pae --root 1020 --mode pae --slots
  root          frame      format       slots     contexts
  0x1020        0x1        PAE          2/4       root:0x1+0x20

  PAE 0x1020: 4 slots of 1G, 2 in use

       0  U..=
          . empty  U user's  = as a slot before

   slot  from      entry             flags             maps
      0  00000000  0000000000002001  P                 0B in 0 pages
      3  c0000000  0000000000002001  P                 as slot 0
