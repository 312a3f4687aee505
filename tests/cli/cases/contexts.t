Contexts are the CPUs of the image, and what --root adds.

  $ xenpt walk captures/deb-pv64-amd-guest.elf.zst ffff830000000000 --access w | grep -e ^cpu -e mapped
  cpu0: 4-level, root 0xf127000, CPL 3 at 0x1039b2
    mapped to 0x0, rights rw--, 4K page, memory type WB
  cpu1: 4-level, root 0xf113000, CPL 3 at 0x1034d2
    mapped to 0x0, rights rw--, 4K page, memory type WB
  $ xenpt walk captures/deb-pv64-amd-guest.elf.zst ffff830000000000 --context cpu1 --context cpu0 | grep ^cpu
  cpu1: 4-level, root 0xf113000, CPL 3 at 0x1034d2
  cpu0: 4-level, root 0xf127000, CPL 3 at 0x1039b2
  $ xenpt walk captures/deb-pv64-amd-guest.elf.zst 0 --root f9d1000 | head -4
  root:0xf9d1: 4-level, root 0xf9d1000
    cr0 80010001  cr4 20  efer d00  pat 0007040600070406
    assumed: CR0.WP=1; CR4 without SMEP, SMAP and protection keys; EFER.NXE=1;
             PAT as after reset
  $ xenpt walk captures/deb-pv64-amd-guest.elf.zst 0 --context cup0
  xenpt walk: --context: there is no 'cup0'; there are cpu0 cpu1, did you mean 'cpu0'?
  [2]
  $ xenpt walk captures/deb-pv64-amd-guest.elf.zst 0 --root f9d1000 --context root:f9d1
  xenpt walk: --context: there is no 'root:f9d1'; there are cpu0 cpu1 root:0xf9d1, did you mean 'root:0xf9d1'?
  [2]
  $ raw-tables empty 1
  $ xenpt map empty
  xenpt map: empty (raw) tells of no CPU: give a root by --root ADDRESS and --mode
  [2]
  $ xenpt map empty --context cpu0
  xenpt map: --context: there is no 'cpu0'; there are none
  [2]

Registers that are stated take the place of those that were read or assumed.

  $ xenpt roots captures/deb-pv64-amd-guest.elf.zst --cr4 20 --efer 500 --pat 0606060606060606 --pkru 5 --context cpu1 | tail -1
  0xf113000     4-level                    given     6/512      cpu1
  $ xenpt walk captures/deb-pv64-amd-guest.elf.zst 1000 --context cpu0 --cr4 3406e0 --efer d00 --pat 0006060606060600 | sed -n 1,3p
  cpu0: 4-level, root 0xf127000, CPL 3 at 0x1039b2
    cr0 8005003b  cr4 3406e0  efer d00  pat 0006060606060600


  $ xenpt walk captures/deb-pv64-amd-guest.elf.zst 1000 --context cpu0 --cr4 400020 --pkru 5 --cr0 80000001 | sed -n 1,3p
  cpu0: 4-level, root 0xf127000, CPL 3 at 0x1039b2
    cr0 80000001  cr4 400020  efer d00  pat 0007040600070406  pkru 5
    assumed: EFER.LMA=1 (CS.L); EFER.NXE=1; PAT as after reset
  $ xenpt walk captures/deb-pv64-amd-guest.elf.zst 1000 --context cpu0 --cr4 1000020 --pkrs 5 | sed -n 1,3p
  cpu0: 4-level, root 0xf127000, CPL 3 at 0x1039b2
    cr0 8005003b  cr4 1000020  efer d00  pat 0007040600070406  pkrs 5
    assumed: EFER.LMA=1 (CS.L); EFER.NXE=1; PAT as after reset
  $ xenpt walk captures/deb-pv64-amd-guest.elf.zst 1000 --context cpu0 --no-nx | sed -n 1,3p
  cpu0: 4-level, root 0xf127000, CPL 3 at 0x1039b2
    cr0 8005003b  cr4 340660  efer 500  pat 0007040600070406
    assumed: EFER.LMA=1 (CS.L); EFER.NXE=0; PAT as after reset
  $ xenpt walk captures/deb-pv64-amd-guest.elf.zst 1000 --context cpu0 --cr4 0
  xenpt walk: cpu0: EFER.LMA is set with CR4.PAE clear: no processor can be in this state
  [2]
  $ xenpt walk captures/deb-pv64-amd-guest.elf.zst 1000 --context cpu0 --cr0 20000000
  xenpt walk: cpu0: CR0.NW is set with CR0.CD clear: no processor can be in this state
  [2]
  $ xenpt walk captures/deb-pv64-amd-guest.elf.zst 1000 --without pcid --cr4 20020
  xenpt walk: cpu0: CR4.PCIDE is set, and this processor lacks it
  [2]
  $ xenpt walk empty 1000 --root 1000 --cr4 0 --efer 0
  xenpt walk: --root: the registers that were given select 2-level paging, and --mode 4level another
  [2]
  $ xenpt walk empty 1000 --root 1000 --mode pae --efer 500
  xenpt walk: --root: the registers that were given select 4-level paging, and --mode pae another
  [2]
  $ xenpt walk empty 1000 --root 1001 --cr4 20020 | sed -n 1,2p
  root:0x1: 4-level, root 0x1000
    cr0 80010001  cr4 20020  efer d00  pat 0007040600070406  pcid 1
  $ xenpt walk empty 1000 --root f9d
  xenpt walk: --root: the root 0xf9d is not the address of a table: its low bits are not 0 (of a frame number, write the address: 0xf9d000; of a CR3 with a PCID, state CR4.PCIDE: --cr4 20020)
  [2]
  $ xenpt walk empty 1000 --root 8001 --mode ept4
  xenpt walk: --root: EPTP 0x8001: its memory type (bits 2:0) is neither 0 (UC) nor 6 (WB)
  [2]
  $ xenpt walk empty 1000 --root 803e --mode ept4 --without ept-5level
  xenpt walk: --root: EPTP 0x803e: its walk length (bits 5:3, less 1) is not 4
  [2]
  $ xenpt walk empty 1000 --root 1000 --second ept:5
  xenpt walk: --second: EPTP 0x5: its memory type (bits 2:0) is neither 0 (UC) nor 6 (WB)
  [2]
  $ xenpt walk empty 1000 --root 1000 --second npt:5
  xenpt walk: --second: the root 0x5 is not the address of a table: its low bits are not 0 (of a frame number, write the address: 0x5000)
  [2]
  $ xenpt walk empty 1000 --root 1000 --second enpt:5000
  xenpt walk: --second: 'enpt:5000' is no second stage, such as ept:0x1e5601e or npt:0xfca4000
  [2]
  $ xenpt walk empty 1000 --root 1000 --second ept:
  xenpt walk: --second: '' is no hexadecimal number, such as 0x1f000 or 1f000
  [2]
  $ xenpt walk empty 1000 --root 1000 --mode npt4 --second ept:5000
  xenpt walk: --second: root:0x1 is itself a second stage: NPT
  [2]
  $ xenpt walk empty 1000 --root 8000000000001000
  xenpt walk: --root: CR3 0x8000000000001000: bit 63 (no flush) is reserved with CR4.PCIDE clear
  [2]

AMD reserves what Intel ignores.

  $ raw-tables global 1 1000:0=2167 2000:0=30e7
  $ xenpt walk global 0 --root 1000 | grep -e mapped -e reserved
    reserved: the walk ends in L3
                reserved bit is set
        rule    a present entry has a reserved bit set
        source  Intel SDM vol. 3, "Page-Fault Exceptions", reserved bits of each
  $ xenpt walk global 0 --root 1000 --vendor amd | grep -e mapped -e reserved
    reserved: the walk ends in L4
                reserved bit is set
        rule    a present entry has a reserved bit set
        source  Intel SDM vol. 3, "Page-Fault Exceptions", reserved bits of each
  $ xenpt walk global 0 --root 1000 --efer 1d00 --maxphyaddr 48 | grep -e mapped -e reserved
    reserved: the walk ends in L4
                reserved bit is set
        rule    a present entry has a reserved bit set
        source  Intel SDM vol. 3, "Page-Fault Exceptions", reserved bits of each
