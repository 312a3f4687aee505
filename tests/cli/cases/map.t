The address space of a CPU on which a PV guest runs with XPTI.

  $ xenpt map captures/deb-pv64-intel-guest.elf.zst --context cpu1
  cpu1: 4-level, root 0xf9d0000, CPL 3 at 0x1034e2
    cr0 80050033  cr4 340660  efer d00  pat 0007040600070406
    assumed: EFER.LMA=1 (CS.L); EFER.NXE=1; PAT as after reset

  first            last               size  rwxu pg  target      flags
  0000000000001000-000000000010bfff  1068K  rwxu 4K  000f001000  P RW US A D?
  000000000010c000-000000000010cfff     4K  r-xu 4K  000f10c000  P US A D
  000000000010d000-000000000010dfff     4K  rwxu 4K  000fdbc000  P RW US
  000000000010e000-0000000000110fff    12K  rwxu 4K  000f10e000  P RW US A D
  0000000000111000-0000000000111fff     4K  r-xu 4K  000f111000  P US A D
  0000000000112000-0000000000112fff     4K  rwxu 4K  000f112000  P RW US A D
  0000000000113000-0000000000114fff     8K  r-xu 4K  000f113000  P US A D
  0000000000115000-0000000000126fff    72K  rwxu 4K  000f115000  P RW US A D
  0000000000127000-000000000012bfff    20K  r-xu 4K  000f127000  P US A
  000000000012c000-00000000003fffff  2896K  rwxu 4K  000f12c000  P RW US A
  ffff800000000000-ffff8000001fffff     2M  r--u 2M  000f400000  P US PS
  ffff820000000000-ffff820000000fff     4K  rw-- 4K  000f10c000  P RW A D NX
  ffff820000001000-ffff82000000dfff    52K  r--- 4K  000fd78000  P A NX            one page, 13 times
  ffff82000000e000-ffff82000000efff     4K  rw-- 4K  000fc6f000  P RW A D NX
  ffff82000000f000-ffff82000000ffff     4K  r--- 4K  000f127000  P A NX
  ffff820000010000-ffff820000010fff     4K  rw-- 4K  000f111000  P RW US A D
  ffff820000020000-ffff820000020fff     4K  rw-- 4K  000f10c000  P RW A D NX
  ffff820000021000-ffff82000002dfff    52K  r--- 4K  000fd78000  P A NX            one page, 13 times
  ffff82000002e000-ffff82000002efff     4K  rw-- 4K  000f9d2000  P RW A D NX
  ffff82000002f000-ffff82000002ffff     4K  r--- 4K  000f113000  P A NX
  ffff82d040201000-ffff82d040203fff    12K  r-x- 4K  000fa01000  P A
  ffff82d040577000-ffff82d040577fff     4K  rw-- 4K  000fd77000  P RW A D NX
  ffff82d040579000-ffff82d040579fff     4K  rw-- 4K  000fd79000  P RW A D NX
  ffff82d07fffd000-ffff82d07fffefff     8K  r-x- 4K  000fc7f000  P A               one page, 2 times
  ffff83000f9d1000-ffff83000f9d1fff     4K  rw-- 4K  000f9d1000  P RW A D NX
  ffff83000f9d4000-ffff83000f9d4fff     4K  rw-- 4K  000f9d4000  P RW A D NX
  ffff83000ffc8000-ffff83000ffc8fff     4K  r--- 4K  000ffc8000  P A D NX
  ffff83000ffc9000-ffff83000ffccfff    16K  rw-- 4K  000ffc9000  P RW A D NX
  ffff83000ffcd000-ffff83000ffcdfff     4K  r--- 4K  000ffcd000  P A D NX
  ffff83000ffce000-ffff83000ffcffff     8K  rw-- 4K  000ffce000  P RW A D NX
  6340K mapped by 1074 pages in 30 ranges; 19 tables

One that runs in Xen: what several slots share and what maps itself takes one line.

  $ xenpt map captures/rel-pv32-amd-guest.elf.zst --context cpu0 --va 0000020000000000..ffff82ffffffffff
  cpu0: 4-level, root 0xf9c2000, CPL 1 at 0x10319a
    cr0 8005003b  cr4 50660  efer d00  pat 0007040600070406
    assumed: EFER.LMA=1 (a segment or table base above 4 GiB); EFER.NXE=1; PAT as
             after reset

  first            last               size  rwxu pg  target      flags
  0000020000000000-0000020000000fff     4K  rw-- 4K  000ed0c000  P RW A D NX
  0000020000001000-000002000000dfff    52K  r--- 4K  000fda4000  P A NX            one page, 13 times
  000002000000e000-000002000000efff     4K  rw-- 4K  000fc9a000  P RW A D NX
  0000020000010000-0000020000010fff     4K  rw-- 4K  000ed11000  P RW A D
  0000020000020000-0000020000020fff     4K  rw-- 4K  000ed0c000  P RW A D NX
  0000020000021000-000002000002dfff    52K  r--- 4K  000fda4000  P A NX            one page, 13 times
  000002000002e000-000002000002efff     4K  rw-- 4K  000f9d4000  P RW A D NX
  0000020080000000-0000020080000fff     4K  rw-- 4K  000f9c4000  P RW A D NX
  0000020080001000-0000020080001fff     4K  rw-- 4K  000f9c3000  P RW A D NX
  0000020080004000-0000020080004fff     4K  rw-- 4K  000fcbd000  P RW A D NX
  0000020080005000-0000020080005fff     4K  rw-- 4K  000fcbc000  P RW A D NX
  ffff810000000000-ffff817fffffffff   512G  rw-- linear: the L4 at f9c2000 read as an L3
  ffff820000000000-ffff827fffffffff   512G  rw-- the L3 at fd87000 again, as from 0000020000000000 on
  ffff828000000000-ffff8280001fffff     2M  rw-- 2M  000f400000  P RW A D PS G NX
  ffff82c000000000-ffff82c000000fff     4K  rw-- 4K  000fdd3000  P RW A D G NX
  ffff82c000201000-ffff82c000201fff     4K  rw-- 4K  000ffe1000  P RW PCD A D G NX
  ffff82c000203000-ffff82c000203fff     4K  rw-- 4K  000ffe1000  P RW PCD A D G NX
  ffff82c000205000-ffff82c000205fff     4K  rw-- 4K  000ffe1000  P RW PCD A D G NX
  ffff82c000207000-ffff82c000207fff     4K  rw-- 4K  000ffe1000  P RW PCD A D G NX
  ffff82c000209000-ffff82c000209fff     4K  rw-- 4K  000ffe1000  P RW PCD A D G NX
  ffff82c00020b000-ffff82c00020bfff     4K  rw-- 4K  000ffe1000  P RW PCD A D G NX
  ffff82c00020d000-ffff82c00020dfff     4K  rw-- 4K  000ffe1000  P RW PCD A D G NX
  ffff82c00020f000-ffff82c00020ffff     4K  rw-- 4K  000ffe1000  P RW PCD A D G NX
  ffff82c000211000-ffff82c000211fff     4K  rw-- 4K  000ffe1000  P RW PCD A D G NX
  ffff82c000213000-ffff82c000213fff     4K  rw-- 4K  000ffe1000  P RW PCD A D G NX
  ffff82c000215000-ffff82c000215fff     4K  rw-- 4K  000ffe1000  P RW PCD A D G NX
  ffff82c000217000-ffff82c000217fff     4K  rw-- 4K  000fd83000  P RW A D G NX
  ffff82c000218000-ffff82c000218fff     4K  rw-- 4K  000fd82000  P RW A D G NX
  ffff82cffff2a000-ffff82cffff2afff     4K  rw-- 4K  00fed00000  P RW PCD A D G NX
  ffff82cffff2b000-ffff82cffff2bfff     4K  rw-- 4K  000ffe1000  P RW A D G NX
  ffff82cffffea000-ffff82cffffeafff     4K  rw-- 4K  00fec00000  P RW PCD A D G NX
  ffff82cffffeb000-ffff82cffffebfff     4K  rw-- 4K  00fee00000  P RW PCD A D G NX
  ffff82d000000000-ffff82d0001fffff     2M  rw-- 2M  000f200000  P RW A D PS G NX
  ffff82d040200000-ffff82d04037ffff  1536K  r-x- 4K  000fa00000  P A G
  ffff82d040380000-ffff82d0403dafff   364K  r--- 4K  000fb80000  P A G NX
  ffff82d040486000-ffff82d04049dfff    96K  rw-- 4K  000fc86000  P RW A D G NX
  ffff82d04059e000-ffff82d0405d2fff   212K  rw-- 4K  000fd9e000  P RW A D G NX
  ffff82d0405d3000-ffff82d0405d3fff     4K  rw-- 4K  000f9d0000  P RW A D G NX
  ffff82d07fffd000-ffff82d07fffefff     8K  r-x- 4K  000fdfa000  P A G             one page, 2 times
  ffff82e000000000-ffff82e0001fffff     2M  rw-- 2M  000f600000  P RW A D PS G NX
  8576K mapped by 611 pages in 38 ranges; 19 tables; 1 met before; 1 linear

Filters.

  $ xenpt map captures/rel-pv32-amd-guest.elf.zst --context cpu0 --writable --exec --va ffff800000000000..
  cpu0: 4-level, root 0xf9c2000, CPL 1 at 0x10319a
    cr0 8005003b  cr4 50660  efer d00  pat 0007040600070406
    assumed: EFER.LMA=1 (a segment or table base above 4 GiB); EFER.NXE=1; PAT as
             after reset

  first            last               size  rwxu pg  target      flags
  nothing is mapped; 26 tables
  $ xenpt map captures/rel-pv32-amd-guest.elf.zst --context cpu0 --user
  cpu0: 4-level, root 0xf9c2000, CPL 1 at 0x10319a
    cr0 8005003b  cr4 50660  efer d00  pat 0007040600070406
    assumed: EFER.LMA=1 (a segment or table base above 4 GiB); EFER.NXE=1; PAT as
             after reset

  first            last               size  rwxu pg  target      flags
  0000000000104000-0000000000104fff     4K  rwxu 4K  000ed04000  P RW US A D
  0000000000113000-0000000000113fff     4K  rwxu 4K  000ed13000  P RW US A D
  8K mapped by 2 pages in 2 ranges; 33 tables
  $ xenpt map captures/rel-pv32-amd-guest.elf.zst --context cpu0 --va ffff82d040200123
  cpu0: 4-level, root 0xf9c2000, CPL 1 at 0x10319a
    cr0 8005003b  cr4 50660  efer d00  pat 0007040600070406
    assumed: EFER.LMA=1 (a segment or table base above 4 GiB); EFER.NXE=1; PAT as
             after reset

  first            last               size  rwxu pg  target      flags
  ffff82d040200000-ffff82d040200fff     4K  r-x- 4K  000fa00000  P A G
  4K mapped by 1 page in 1 range; 4 tables
  $ xenpt map captures/rel-pv32-amd-guest.elf.zst --context cpu0 --va 0x5000..0x6000 | tail -2
  0000000000005000-0000000000006fff     8K  rwx- 4K  000ec05000  P RW A
  8K mapped by 2 pages in 1 range; 4 tables
  $ xenpt map captures/rel-pv32-amd-guest.elf.zst --context cpu0 --va ..0x1000 | tail -2
  0000000000001000-0000000000001fff     4K  rwx- 4K  000ec01000  P RW A
  4K mapped by 1 page in 1 range; 4 tables
  $ xenpt map captures/rel-pv32-amd-guest.elf.zst --va 700000000000..700000001000
  cpu0: 4-level, root 0xf9c2000, CPL 1 at 0x10319a
    cr0 8005003b  cr4 50660  efer d00  pat 0007040600070406
    assumed: EFER.LMA=1 (a segment or table base above 4 GiB); EFER.NXE=1; PAT as
             after reset

  first            last               size  rwxu pg  target      flags
  nothing is mapped; 1 table

  cpu1: 4-level, root 0xfcbb000, CPL 1 at 0x102fb2
    cr0 8005003b  cr4 50660  efer d00  pat 0007040600070406
    assumed: EFER.LMA=1 (a segment or table base above 4 GiB); EFER.NXE=1; PAT as
             after reset

  first            last               size  rwxu pg  target      flags
  nothing is mapped; 1 table

Each leaf by itself; without regard to where pages lead.

  $ xenpt map captures/deb-linux-amd-user.elf.zst --leaves --va ffff82cffff2a000..ffff82d040203fff
  cpu0: 4-level, root 0xcc61000, CPL 3 at 0x42b0c0
    cr0 80050033  cr4 150660  efer d00  pat 0007040600070406
    assumed: EFER.LMA=1 (CS.L); EFER.NXE=1; PAT as after reset

  first            last               size  rwxu pg  target      flags
  ffff82cffff2a000-ffff82cffff2afff     4K  rw-- 4K  00fed00000  P RW PCD A D G NX
  ffff82cffff2b000-ffff82cffff2bfff     4K  rw-- 4K  0018fe1000  P RW A D G NX
  ffff82cffffea000-ffff82cffffeafff     4K  rw-- 4K  00fec00000  P RW PCD A D G NX
  ffff82cffffeb000-ffff82cffffebfff     4K  rw-- 4K  00fee00000  P RW PCD A D G NX
  ffff82d040200000-ffff82d040200fff     4K  r-x- 4K  0018a00000  P A G
  ffff82d040201000-ffff82d040201fff     4K  r-x- 4K  0018a01000  P A G
  ffff82d040202000-ffff82d040202fff     4K  r-x- 4K  0018a02000  P A G
  ffff82d040203000-ffff82d040203fff     4K  r-x- 4K  0018a03000  P A G
  32K mapped by 8 pages in 8 ranges; 6 tables

  cpu1: 4-level, root 0x18c6e000, CPL 0 at 0xffff82d0402f9c06
    cr0 8005003b  cr4 1506e0  efer d00  pat 0007040600070406
    assumed: EFER.LMA=1 (CS.L); EFER.NXE=1; PAT as after reset

  first            last               size  rwxu pg  target      flags
  ffff82cffff2a000-ffff82cffff2afff     4K  rw-- 4K  00fed00000  P RW PCD A D G NX
  ffff82cffff2b000-ffff82cffff2bfff     4K  rw-- 4K  0018fe1000  P RW A D G NX
  ffff82cffffea000-ffff82cffffeafff     4K  rw-- 4K  00fec00000  P RW PCD A D G NX
  ffff82cffffeb000-ffff82cffffebfff     4K  rw-- 4K  00fee00000  P RW PCD A D G NX
  ffff82d040200000-ffff82d040200fff     4K  r-x- 4K  0018a00000  P A G
  ffff82d040201000-ffff82d040201fff     4K  r-x- 4K  0018a01000  P A G
  ffff82d040202000-ffff82d040202fff     4K  r-x- 4K  0018a02000  P A G
  ffff82d040203000-ffff82d040203fff     4K  r-x- 4K  0018a03000  P A G
  32K mapped by 8 pages in 8 ranges; 6 tables
  $ xenpt map captures/deb-linux-amd-kernel.elf.zst --overview --va ffff888000000000..ffff88800fffffff | head -20
  cpu0: 4-level, root 0xcc62000, CPL 3 at 0xffffffff810f4eaf
    cr0 80050033  cr4 150660  efer d00  pat 0007040600070406
    assumed: EFER.LMA=1 (CS.L); EFER.NXE=1; PAT as after reset

  first            last               size  rwxu pg  target      flags
  ffff888000000000-ffff88800009efff   636K  rw-u 4K  0008000000  P RW US A D?
  ffff88800009f000-ffff8880000fffff   388K  rw-u 4K  000009f000  P RW US PWT PCD A D NX
  ffff888000100000-ffff888000ffffff    15M  rw-u 4K  0008100000  P RW US A
  ffff888001000000-ffff888001e01fff 14344K  r--u 4K  0009000000  P US A D
  ffff888001e02000-ffff888001ffffff  2040K  rw-u 4K  0009e02000  P RW US A D NX
  ffff888002000000-ffff8880028eafff  9132K  r--u 4K  000a000000  P US A D NX
  ffff8880028eb000-ffff888002a0ffff  1172K  rw-u 4K  000a8eb000  P RW US A D NX
  ffff888002a10000-ffff888002a10fff     4K  r--u 4K  000aa10000  P US A D NX
  ffff888002a11000-ffff888002a11fff     4K  rw-u 4K  000aa11000  P RW US A D NX
  ffff888002a12000-ffff888002a13fff     8K  r--u 4K  000aa12000  P US A D NX
  ffff888002a14000-ffff888002a14fff     4K  rw-u 4K  000aa14000  P RW US A D NX
  ffff888002a15000-ffff888002a19fff    20K  r--u 4K  000aa15000  P US A D NX
  ffff888002a1a000-ffff888003311fff  9184K  rw-u 4K  000aa1a000  P RW US A D NX
  ffff888003312000-ffff888003312fff     4K  r--u 4K  000b312000  P US A D NX
  ffff888003313000-ffff888003313fff     4K  rw-u 4K  000b313000  P RW US A D NX

Through two stages, and a second stage by itself.

  $ xenpt map captures/bochs-lin-hap64-guest.elf.zst --context cpu1 --second ept:0x1afa501e
  cpu1: 4-level, root 0x10c000, CPL 0 at 0x103eb0
    cr0 80010031  cr4 2020  efer d00  pat 0007040600070406
    under EPT, root 0x1afa5000, WB, A and D flags off
    assumed: EFER.LMA=1 (CS.L); EFER.NXE=1; PAT as after reset

  first            last               size  rwxu pg  guest addr  target      flags
  0000000000001000-0000000000103fff  1036K  rwx- 4K  0000001000  0016c01000  P RW A D / R W X MT=6 IPAT A D SVE
  0000000000104000-0000000000104fff     4K  rwxu 4K  0000104000  0016d04000  P RW US A D / R W X MT=6 IPAT A D SVE
  0000000000105000-0000000000116fff    72K  rwx- 4K  0000105000  0016d05000  P RW A D / R W X MT=6 IPAT A D SVE
  0000000000117000-0000000000117fff     4K  rwx- 4K  0000117000  001afa7000  P RW A D / R W X MT=6 IPAT A D SVE
  0000000000118000-000000000011afff    12K  rwx- 4K  0000118000  0016d18000  P RW A D / R W X MT=6 IPAT A D SVE
  000000000011b000-000000000011bfff     4K  rwxu 4K  000011b000  0016d1b000  P RW US A D / R W X MT=6 IPAT A D SVE
  000000000011c000-00000000001fffff   912K  rwx- 4K  000011c000  0016d1c000  P RW A D / R W X MT=6 IPAT A D SVE
  0000000000200000-00000000003fffff     2M  rw-- 2M  0000200000  0017a00000  P RW A D PS / R W MT=6 IPAT PS A D SVE
  0000000000400000-00000000005fffff     2M  rw-- 2M  0000400000  001d400000  P RW A D PS / R W MT=6 IPAT PS A D SVE
  0000000000600000-00000000007fffff     2M  rw-- 2M  0000600000  0016a00000  P RW A D PS / R W MT=6 IPAT PS A D SVE
  0000000000800000-00000000009fffff     2M  rw-- 2M  0000800000  0016800000  P RW A D PS / R W MT=6 IPAT PS A D SVE
  0000000000a00000-0000000000bfffff     2M  rw-- 2M  0000a00000  0017e00000  P RW A D PS / R W MT=6 IPAT PS A D SVE
  0000000000c00000-0000000000dfffff     2M  rw-- 2M  0000c00000  0017c00000  P RW A D PS / R W MT=6 IPAT PS A D SVE
  0000000000e00000-0000000000ffffff     2M  rw-- 2M  0000e00000  001d200000  P RW A D PS / R W MT=6 IPAT PS A D SVE
  0000000001000000-00000000fbffffff  4016M  guest-physical 1000000 is not mapped by the second stage, and 2007 more
  00000000fc000000-00000000fc000fff     4K  rwx- 4K  00fc000000  001dc48000  P RW A D PS / R W X MT=6 IPAT A D SVE
  00000000fc001000-00000000fc001fff     4K  rwx- 4K  00fc001000  001dc47000  P RW A D PS / R W X MT=6 IPAT A D SVE
  00000000fc002000-00000000fc002fff     4K  rwx- 4K  00fc002000  001dc46000  P RW A D PS / R W X MT=6 IPAT A D SVE
  00000000fc003000-00000000fc003fff     4K  rwx- 4K  00fc003000  001dc45000  P RW A D PS / R W X MT=6 IPAT A D SVE
  00000000fc004000-00000000fc004fff     4K  rwx- 4K  00fc004000  001dc44000  P RW A D PS / R W X MT=6 IPAT A D SVE
  00000000fc005000-00000000fc005fff     4K  rwx- 4K  00fc005000  001dc43000  P RW A D PS / R W X MT=6 IPAT A D SVE
  00000000fc006000-00000000fc006fff     4K  rwx- 4K  00fc006000  001dc42000  P RW A D PS / R W X MT=6 IPAT A D SVE
  00000000fc007000-00000000fc007fff     4K  rwx- 4K  00fc007000  001dc41000  P RW A D PS / R W X MT=6 IPAT A D SVE
  00000000fc008000-00000000fc008fff     4K  rwx- 4K  00fc008000  001dc49000  P RW A D PS / R W X MT=6 IPAT A D SVE
  00000000fc009000-00000000fedfffff 47068K  guest-physical fc009000 is not mapped by the second stage, and 524 more
  00000000fee00000-00000000fee00fff     4K  rwx- 4K  00fee00000  0016f78000  P RW A D PS / R W X MT=6 IPAT A D SVE
  00000000fee01000-00000000feff7fff  2012K  guest-physical fee01000 is not mapped by the second stage, and 502 more
  00000000feff8000-00000000feff8fff     4K  rwx- 4K  00feff8000  001dc40000  P RW A D PS / R W X MT=6 IPAT A D SVE
  00000000feff9000-00000000feff9fff     4K  rwx- 4K  00feff9000  001dc3f000  P RW A D PS / R W X MT=6 IPAT A D SVE
  00000000feffa000-00000000feffafff     4K  rwx- 4K  00feffa000  001dc3e000  P RW A D PS / R W X MT=6 IPAT A D SVE
  00000000feffb000-00000000feffbfff     4K  rwx- 4K  00feffb000  001dc3d000  P RW A D PS / R W X MT=6 IPAT A D SVE
  00000000feffc000-00000000feffcfff     4K  rwx- 4K  00feffc000  001dc3c000  P RW A D PS / R W X MT=6 IPAT A D SVE
  00000000feffd000-00000000feffdfff     4K  rwx- 4K  00feffd000  001dc3b000  P RW A D PS / R W X MT=6 IPAT A D SVE
  00000000feffe000-00000000feffefff     4K  rwx- 4K  00feffe000  001dc3a000  P RW A D PS / R W X MT=6 IPAT A D SVE
  00000000fefff000-00000000feffffff     4K  rwx- 4K  00fefff000  001dc39000  P RW A D PS / R W X MT=6 IPAT A D SVE
  00000000ff000000-00000000ffffffff    16M  guest-physical ff000000 is not mapped by the second stage, and 7 more
  16452K mapped by 536 pages in 32 ranges; 7 tables; 4 not mapped by the second stage
  $ xenpt map captures/bochs-lin-hap64-guest.elf.zst --root 1afa501e --mode ept4 --exec | head -8
  root:0x1afa5: EPT, root 0x1afa5000

  first            last               size  rwxu pg  target      flags
  0000000000000000-0000000000116fff  1116K  rwx- 4K  0016c00000  R W X MT=6 IPAT A D SVE
  0000000000117000-0000000000117fff     4K  rwx- 4K  001afa7000  R W X MT=6 IPAT A D SVE
  0000000000118000-00000000001fffff   928K  rwx- 4K  0016d18000  R W X MT=6 IPAT A D SVE
  00000000fc000000-00000000fc000fff     4K  rwx- 4K  001dc48000  R W X MT=6 IPAT A D SVE
  00000000fc001000-00000000fc001fff     4K  rwx- 4K  001dc47000  R W X MT=6 IPAT A D SVE

Formats of 32 bits; what is illegal, and what is not in memory.

  $ raw-tables legacy 1 -4 1000:0=2067 1000:1=400085 1000:2=800085 1000:3=c00085 1000:4=7f000067 2000:3=5061 2000:4=6063
  $ xenpt map legacy --root 1000 --mode 2level
  root:0x1: 2-level, root 0x1000
    cr0 80010001  cr4 10  efer 0  pat 0007040600070406
    assumed: CR0.WP=1; CR4 without SMEP, SMAP and protection keys; PAT as after
             reset

  first    last       size  rwxu pg  target      flags
  00003000-00003fff     4K  r-x- 4K  0000005000  P A D
  00004000-00004fff     4K  rwx- 4K  0000006000  P RW A D
  00400000-00ffffff    12M  r-xu 4M  0000400000  P US PS
  01000000-013fffff     4M  the table at 7f000000 is not in memory
  12296K mapped by 5 pages in 3 ranges; 3 tables; 1 with tables not in memory
  $ raw-tables odd 1 1000:0=2067 2000:0=3067 2000:1=80000000000020e7 3000:0=4067 3000:1=4067 3000:2=4067 3000:3=2020e7 3000:4=4020e7 4000:0=5067 4000:1=5067 4000:2=1800000000005067
  $ xenpt map odd --root 1000 --no-nx
  root:0x1: 4-level, root 0x1000
    cr0 80010001  cr4 20  efer 500  pat 0007040600070406
    assumed: CR0.WP=1; CR4 without SMEP, SMAP and protection keys; EFER.NXE=0;
             PAT as after reset

  first            last               size  rwxu pg  target      flags
  0000000000000000-0000000000001fff     8K  rwxu 4K  0000005000  P RW US A D       one page, 2 times
  0000000000002000-0000000000002fff     4K  rwxu 4K  0000005000  P RW US A D PK=3
  0000000000200000-00000000005fffff     4M  rwxu the L1 at 4000 again, 2 times, as from 0000000000000000 on
  0000000000600000-00000000009fffff     4M  illegal PDE 00000000002020e7: bit 13 is 1, and 1 more
  0000000040000000-000000007fffffff     1G  illegal PDPTE 80000000000020e7: NX is 1, bit 13 is 1
  12K mapped by 3 pages in 2 ranges; 4 tables; 1 met before; 2 illegal
  $ xenpt map odd --root 1000 --unfold --va ..3fffffff
  root:0x1: 4-level, root 0x1000
    cr0 80010001  cr4 20  efer d00  pat 0007040600070406
    assumed: CR0.WP=1; CR4 without SMEP, SMAP and protection keys; EFER.NXE=1;
             PAT as after reset

  first            last               size  rwxu pg  target      flags
  0000000000000000-0000000000001fff     8K  rwxu 4K  0000005000  P RW US A D       one page, 2 times
  0000000000002000-0000000000002fff     4K  rwxu 4K  0000005000  P RW US A D PK=3
  0000000000200000-0000000000201fff     8K  rwxu 4K  0000005000  P RW US A D       one page, 2 times
  0000000000202000-0000000000202fff     4K  rwxu 4K  0000005000  P RW US A D PK=3
  0000000000400000-0000000000401fff     8K  rwxu 4K  0000005000  P RW US A D       one page, 2 times
  0000000000402000-0000000000402fff     4K  rwxu 4K  0000005000  P RW US A D PK=3
  0000000000600000-00000000009fffff     4M  illegal PDE 00000000002020e7: bit 13 is 1, and 1 more
  36K mapped by 9 pages in 6 ranges; 6 tables; 1 illegal
  $ xenpt map odd --root 5000
  root:0x5: 4-level, root 0x5000
    cr0 80010001  cr4 20  efer d00  pat 0007040600070406
    assumed: CR0.WP=1; CR4 without SMEP, SMAP and protection keys; EFER.NXE=1;
             PAT as after reset

  first            last               size  rwxu pg  target      flags
  nothing is mapped; 1 table
  $ xenpt map odd --root 0 --mode unpaged
  root:0x0: unpaged
    cr0 1  cr4 0  efer 0  pat 0007040600070406

  first    last       size  rwxu pg  target      flags
  00000000-ffffffff     4G  rwxu -   0000000000
  4G mapped by 1 page in 1 range; 0 tables
