A machine, written as a memory image, and how to look at all that is in it.

  $ printf '%s\n' 'host: { ram: 4G, cpus: 3, processor: skylake-server }' 'xen: { release: "4.17", options: [xpti=yes] }' 'domains:' '  d0: { type: pv64, memory: 64M, privileged: yes }' '  d1: { type: pvh, memory: 32M }' '  d2: { type: hvm, memory: 32M, paging: shadow, mode: pae }' 'running: { cpu0: d0.v0.kernel, cpu1: d1.v0.guest }' > model.yaml
  $ xenpt export model.yaml -o core.elf
  core.elf: 3 CPUs, 101 pages in 28 runs, 421888 bytes

  How to look at what is in it:
    idle                --root 0xbfe86:4level
    cpu0.xpti           --root 0x13fdbc:4level
    cpu1.xpti           --root 0x13fdb8:4level
    cpu2.xpti           --root 0x13fdb4:4level
    d0.v0.kernel        --root 0x13fdbc:4level
    d0.v0.xen           --root 0x138421:4level
    d0.v0.user          --root 0x13fdbc:4level
    d0.v0.xen-user      --root 0x138806:4level
    d1.v0.guest         --root 0x10000 --mode 4level --second ept:0x13fda6000
    d1.v0.xen           --root 0x13fd8d:4level
    d1.p2m              --root 0x13fda6:ept4
    d2.v0.guest         --root 0xbfffcc00 --mode pae
    d2.v0.xen           --root 0x13fd70:4level
    d2.p2m              --root 0x13fd86:npt4
    cpu0                --context cpu0
    cpu1                --context cpu1 --second ept:0x13fda6000
    cpu2                --context cpu2

It is of the machine that was written, each entry where it is expected.

  $ xenpt compare model.yaml core.elf | tail -n 4
  shadow-linear                        1           0           0           0           1
  all                               4848           0           0           0           6

  100.00% predicted exactly; 69 tables, 1145 frames that correspond
  $ xenpt roots core.elf
  10 roots of a Xen were found, laid out as xen-4.17 is.

  root          kind            domain     sure      slots      contexts
  0xbfe86000    idle                       certain   5/512      cpu2
                it lies in Xen's own image, where only the idle table does
  0x13fdb4000   xpti                       certain   3/512
                it has the guests' M2P (slot 256) and a small Xen of its own
                (slot 261), and no linear page table
  0x13fdb8000   xpti                       certain   3/512
                it has the guests' M2P (slot 256) and a small Xen of its own
                (slot 261), and no linear page table
  0x13fdbc000   xpti                       certain   6/512      cpu0
                it has the guests' M2P (slot 256) and a small Xen of its own
                (slot 261), and no linear page table; of domain 0x13fdaf
                something ran there last
  0x13fd70000   shadow          0x13fd8b   certain   6/512
                slot 4 is the same as slot 260; slot 259 has shadow-linear
  0x13fd8d000   hap             0x13fdab   likely    5/512
                slot 4 is the same as slot 260; its domain has no gdt-ldt
  0x138421000   pv64-kernel     0x13fdaf   certain   7/512
                slot 4 is not the same as slot 260; slot 256 has ro-m2p
  0x138806000   pv64-user       0x13fdaf   likely    5/512
                slot 4 is not the same as slot 260; slot 256, the guests' M2P, is
                empty
  0x13fd86000   npt                        likely    1/512
                all that is below are user pages, in tables of one parent each,
                and none is one of them
  0x13fda6000   ept                        certain   1/512
                its entries are Xen's EPT entries, and so are those of all tables
                below
  0x10000       4-level                    given     no memory  cpu1

What a CPU maps is in it, and what the others do.

  $ pages() { grep -o '"first".*"flags":[^]]*' "$1"; }; for c in cpu0 d0.v0.xen d1.v0.guest d1.p2m d2.v0.guest; do xenpt map model.yaml --context $c --leaves --format json > ours; xenpt map other.elf $(xenpt export model.yaml --run $c -o other.elf | awk -v c=$c '$1 == c { $1 = ""; print }') --leaves --format json > theirs; pages ours > a; pages theirs > b; cmp a b; echo $c: $(wc -l < b); done
  cpu0: 2085
  d0.v0.xen: 7822
  d1.v0.guest: 513
  d1.p2m: 545
  d2.v0.guest: 991
  $ xenpt export model.yaml -o other.elf | head -n 1; cmp core.elf other.elf
  other.elf: 3 CPUs, 101 pages in 28 runs, 421888 bytes

A vCPU that is to be somewhere else.

  $ xenpt export model.yaml --run d0.v0.user --run d2.v0.guest -o user.elf | head -n 1
  user.elf: 3 CPUs, 101 pages in 28 runs, 421888 bytes
  $ xenpt roots core.elf --context cpu0; xenpt roots user.elf --context cpu0
  root          kind            domain     sure      slots      contexts
  0x13fdbc000   4-level                    given     6/512      cpu0
  root          kind            domain     sure      slots      contexts
  0x13fdbc000   4-level                    given     5/512      cpu0

What is computed, on demand.

  $ xenpt export model.yaml --contents -o full.elf | head -n 1
  full.elf: 3 CPUs, 2181 pages in 29 runs, 8941568 bytes
  $ xenpt compare model.yaml full.elf | tail -n 1
  100.00% predicted exactly; 69 tables, 1145 frames that correspond

What cannot be.

  $ xenpt export model.yaml
  xenpt export: it needs a file to write: --output FILE
  [2]
  $ xenpt export core.elf -o other.elf
  xenpt export: core.elf is no model
  [2]
  $ xenpt export model.yaml --run d0.v1.user -o other.elf
  xenpt export: --run: there is no context 'd0.v1.user'
  [2]
  $ xenpt export model.yaml -o no/such/folder
  xenpt export: cannot write no/such/folder: No such file or directory
  [2]
  $ echo old > kept; xenpt export none.yaml -o kept; cat kept
  xenpt export: none.yaml: cannot read it: No such file or directory
  old
  $ xenpt export model.yaml -o /dev/full
  xenpt export: cannot write the report: No space left on device
  [2]

What a device in quarantine reaches is a tree that an IOMMU walks.

  $ printf '%s\n' 'host: { ram: 4G, processor: rome, quarantine: yes }' 'xen: { release: "4.18" }' 'domains: { d0: { type: pv64, memory: 16M, privileged: yes } }' > quarantine.yaml
  $ xenpt export quarantine.yaml -o quarantine.elf | grep quarantine
  quarantine.elf: 1 CPU, 47 pages in 11 runs, 196608 bytes
    quarantine          --root 0x13fdd1:iommu3
  $ xenpt walk quarantine.elf 123456000 --root 13fdd1:iommu3
  root:0x13fdd1: AMD IOMMU mode 3, root 0x13fdd1000
    assumed: CR0.WP=1; CR4 without SMEP, SMAP and protection keys; PAT as after
             reset

  0000000123456000

    entry  slot  at         value             flags
    L3       4  13fdd1020  600000013fdd2401  PR NEXT=2 IR IW
    L2     282  13fdd28d0  600000013fdd3201  PR NEXT=1 IR IW
    L1      86  13fdd32b0  700000013fdd4001  PR NEXT=0 FC IR IW

    mapped to 0x13fdd4000, rights rw--, 4K page, memory type WB
    read at CPL 0: allowed
  $ xenpt map quarantine.yaml --context quarantine
  quarantine: AMD IOMMU mode 3, root 0x13fdd1000

  first            last               size  rwxu pg  target      flags
  0000000000000000-00000000001fffff     2M  rw-- 4K  013fdd4000  PR NEXT=0 IR IW   one page, 512 times
  0000000000200000-000000003fffffff  1022M  rw-- the L1 at 13fdd3000 again, 511 times, as from 0000000000000000 on
  0000000040000000-0000007fffffffff   511G  rw-- the L2 at 13fdd2000 again, 511 times, as from 0000000000000000 on
  2M mapped by 512 pages in 1 range; 3 tables; 2 met before
