Addresses of an image by areas of a layout that is stated.

  $ xenpt walk captures/deb-pv64-intel-guest.elf.zst ffff82d040202123 --context cpu0 --layout 4.17
  cpu0: 4-level, root 0xf9d9000, CPL 3 at 0x1039da <guest-low+0x1039da>
    cr0 80050033  cr4 340660  efer d00  pat 0007040600070406
    assumed: EFER.LMA=1 (CS.L); EFER.NXE=1; PAT as after reset

  ffff82d040202123  <xen-image+0x202123>

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

  $ xenpt walk captures/deb-pv64-intel-guest.elf.zst ffff82d040202123 --context cpu0 --layout 4.17 --format json | grep -o '"area":[^,]*,"area_offset":[^,]*'
  "area":"xen-image","area_offset":"0x202123"

What is an area of which root is for its kind to say: slot 0 of the idle table is Xen's, and slot 4
of a monitor table.

  $ xenpt map captures/rel-hap64-amd-guest.elf.zst --root 0x187a0:4level --root 0x1dc99:4level --layout 4.17 --va ..7fffffffffff
  root:0x187a0: 4-level, root 0x187a0000
    cr0 80010001  cr4 20  efer d00  pat 0007040600070406
    assumed: CR0.WP=1; CR4 without SMEP, SMAP and protection keys; EFER.NXE=1;
             PAT as after reset

  first            last               size  rwxu pg  target      flags
  0000020080000000-0000020080000fff     4K  rw-- 4K  001dc78000  P RW A D NX       per-domain-mirror+0x80000000
  0000020080001000-0000020080001fff     4K  rw-- 4K  001dc77000  P RW A D NX       per-domain-mirror+0x80001000
  0000020080004000-0000020080004fff     4K  rw-- 4K  001dc6e000  P RW A D NX       per-domain-mirror+0x80004000
  0000020080005000-0000020080005fff     4K  rw-- 4K  001dc6d000  P RW A D NX       per-domain-mirror+0x80005000
  16K mapped by 4 pages in 4 ranges; 4 tables

  root:0x1dc99: 4-level, root 0x1dc99000
    cr0 80010001  cr4 20  efer d00  pat 0007040600070406
    assumed: CR0.WP=1; CR4 without SMEP, SMAP and protection keys; EFER.NXE=1;
             PAT as after reset

  first            last               size  rwxu pg  target      flags
  000000000008f000-0000000000090fff     8K  r-x- 4K  000008f000  P A               low-identity+0x8f000
  8K mapped by 2 pages in 1 range; 4 tables

One area, and a layout of Linux.

  $ xenpt map captures/deb-pv64-intel-guest.elf.zst --context cpu0 --layout xen-4.17 --area stubs
  cpu0: 4-level, root 0xf9d9000, CPL 3 at 0x1039da <guest-low+0x1039da>
    cr0 80050033  cr4 340660  efer d00  pat 0007040600070406
    assumed: EFER.LMA=1 (CS.L); EFER.NXE=1; PAT as after reset

  first            last               size  rwxu pg  target      flags
  ffff82d07fffd000-ffff82d07fffefff     8K  r-x- 4K  000fc7f000  P A               one page, 2 times  stubs+0xffd000
  8K mapped by 2 pages in 1 range; 36 tables
  $ xenpt map captures/linux-nokaslr.elf.zst --layout linux-4-level --overview --va fffffe0000000000..fffffe0000010000
  cpu0: 4-level, root 0x5dd2000, CPL 3 at 0x4016c0 <user+0x4016c0>
    cr0 80050033  cr4 750ef0  efer d00  pat 0007040600070406  pkru 0
    assumed: EFER.LMA=1 (CS.L); EFER.NXE=1; PAT as after reset; PKRU=0

  first            last               size  rwxu pg  target      flags
  fffffe0000000000-fffffe0000001fff     8K  r--- 4K  0003313000  P A D G NX        2 pages, scattered  cpu-entry-area
  fffffe0000002000-fffffe0000002fff     4K  rw-- 4K  007dc18000  P RW A D G NX     cpu-entry-area+0x2000
  fffffe0000003000-fffffe0000007fff    20K  r--- 4K  007dc06000  P A D G NX        cpu-entry-area+0x3000
  fffffe0000009000-fffffe000000afff     8K  rw-- 4K  007dc0c000  P RW A D G NX     cpu-entry-area+0x9000
  fffffe000000c000-fffffe000000dfff     8K  rw-- 4K  007dc0e000  P RW A D G NX     cpu-entry-area+0xc000
  fffffe000000f000-fffffe0000010fff     8K  rw-- 4K  007dc10000  P RW A D G NX     cpu-entry-area+0xf000
  56K mapped by 14 pages in 6 ranges; 4 tables

What is not there, and what is not to be stated.

  $ xenpt map captures/deb-pv64-intel-guest.elf.zst --context cpu0 --layout xen-4.17 --area stub
  xenpt map: --area: xen-4.17 has no area 'stub', did you mean 'stubs'?
  [2]
  $ xenpt map captures/deb-pv64-intel-guest.elf.zst --context cpu0 --layout 4.99
  xenpt map: there is no layout of Xen 4.99
  [2]
  $ xenpt share captures/deb-pv64-intel-guest.elf.zst --root 0xf127:4level --layout 4.17
  xenpt share: --layout: roots are named, so that none are looked for by it
  [2]
  $ xenpt roots captures/deb-pv64-intel-guest.yaml --layout 4.17
  xenpt roots: --layout: captures/deb-pv64-intel-guest.yaml has the layout of its own machine: xen-4.17
  [2]
  $ xenpt walk captures/deb-pv64-intel-guest.yaml 1000 --layout 4.17
  xenpt walk: --layout: captures/deb-pv64-intel-guest.yaml has the layout of its own machine: xen-4.17
  [2]
