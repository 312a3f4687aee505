A file that is written appears once it is complete.

  $ raw-tables tables 1 1000:0=2067 2000:0=3067 3000:0=4067 4000:1=5067
  $ xenpt roots tables --root 1000 -o out; cat out; stat -c %a out; ls
  root          kind            domain     sure      slots      contexts
  0x1000        4-level                    given     1/512      root:0x1
  644
  captures
  out
  tables
  $ chmod 640 out; xenpt roots tables --root 1000 --output=out; stat -c %a out
  640
  $ echo old > out; xenpt map tables -o out; cat out; ls
  xenpt map: tables (raw) tells of no CPU: give a root by --root ADDRESS and --mode
  old
  captures
  out
  tables
  $ echo old > out; xenpt map tables --root 1000 --leaves --limit 2 -o out; cat out; ls
  xenpt map: root:0x1: more than 2 entries: --limit NUMBER allows more, --va looks at less, --fold takes each table once
  old
  captures
  out
  tables
  $ ln -s out link; xenpt roots tables --root 1000 -olink; readlink link; head -1 out
  out
  root          kind            domain     sure      slots      contexts
  $ ln -s nowhere dangling; xenpt roots tables --root 1000 -o dangling; head -1 dangling
  root          kind            domain     sure      slots      contexts
  $ xenpt roots tables --root 1000 -o no/such/folder
  xenpt roots: cannot write no/such/folder: No such file or directory
  [2]
  $ xenpt roots tables --root 1000 -o .
  xenpt roots: cannot write .: Is a directory
  [2]
  $ xenpt roots tables --root 1000 -o ''
  xenpt roots: --output: FILE is empty
  [2]
  $ xenpt roots tables --root 1000 -o /dev/null
  $ xenpt help -o out; head -1 out
  xenpt: walk, map and explain the page tables in a machine's memory image

Disks that are full, and pipes that nobody reads.

  $ xenpt roots tables --root 1000 > /dev/full
  xenpt roots: cannot write the report: No space left on device
  [2]
  $ xenpt roots tables --root 1000 -o /dev/full
  xenpt roots: cannot write the report: No space left on device
  [2]
  $ xenpt map captures/deb-linux-amd-kernel.elf.zst --leaves > /dev/full
  xenpt map: cannot write the report: No space left on device
  [2]
  $ xenpt map captures/deb-linux-amd-kernel.elf.zst --leaves --format json -o /dev/full
  xenpt map: cannot write the report: No space left on device
  [2]
  $ xenpt help > /dev/full
  xenpt help: cannot write the report: No space left on device
  [2]
  $ xenpt --help > /dev/full
  xenpt: cannot write the help
  [2]
  $ xenpt map --help > /dev/full
  xenpt map: cannot write the help
  [2]
  $ xenpt --version > /dev/full
  xenpt: cannot write the help
  [2]
  $ xenpt map captures/deb-linux-amd-kernel.elf.zst --leaves | head -1
  cpu0: 4-level, root 0xcc62000, CPL 3 at 0xffffffff810f4eaf

Colours are for terminals, unless they are asked for.

  $ xenpt walk tables 1000 --root 1000 --color always | cat -v
  ^[[1mroot:0x1^[[0m: 4-level, root 0x1000
  ^[[2m  cr0 80010001  cr4 20  efer d00  pat 0007040600070406^[[0m
    assumed: CR0.WP=1; CR4 without SMEP, SMAP and protection keys; EFER.NXE=1;
             PAT as after reset

  ^[[1m0000000000001000^[[0m

  ^[[1m  entry  slot  at        value             flags^[[0m
  ^[[1m  L4   ^[[0m    0  00001000  0000000000002067  P RW US A D
  ^[[1m  L3   ^[[0m    0  00002000  0000000000003067  P RW US A D
  ^[[1m  L2   ^[[0m    0  00003000  0000000000004067  P RW US A D
  ^[[1m  L1   ^[[0m    1  00004008  0000000000005067  P RW US A D

    ^[[32mmapped^[[0m to 0x5000, rights rwxu, 4K page, memory type WB
    read at CPL 0: ^[[32mallowed^[[0m
  $ xenpt walk tables 5000 --root 1000 --color always --cpl 3 | cat -v | tail -4
        ^[[2mcode^[[0m    U: an entry is not present, in user mode
        ^[[2mrule^[[0m    an entry is not present
        ^[[2msource^[[0m  Intel SDM vol. 3, "Page-Fault Exceptions"
        ^[[2mdecided^[[0m PTE at 0x4028: P is 0
  $ xenpt map tables --root 1000 --color always | cat -v
  ^[[1mroot:0x1^[[0m: 4-level, root 0x1000
  ^[[2m  cr0 80010001  cr4 20  efer d00  pat 0007040600070406^[[0m
    assumed: CR0.WP=1; CR4 without SMEP, SMAP and protection keys; EFER.NXE=1;
             PAT as after reset

  ^[[1mfirst            last               size  rwxu pg  target      flags^[[0m
  0000000000001000-0000000000001fff     4K  ^[[1;31mrwxu^[[0m 4K  0000005000  P RW US A D
  ^[[2m4K mapped by 1 page in 1 range^[[0m^[[2m; 4 tables^[[0m
  $ xenpt roots tables --root 1000 --color always --slots | cat -v
  ^[[1mroot          kind            domain     sure      slots      contexts^[[0m
  0x1000        4-level                    given     1/512      root:0x1

  ^[[1m4-level 0x1000^[[0m: 512 slots of 512G, 1 in use

  ^[[2m     0  ^[[0m^[[33mU^[[0m^[[2m...............................................................^[[0m
  ^[[2m    64  ^[[0m^[[2m................................................................^[[0m
  ^[[2m   128  ^[[0m^[[2m................................................................^[[0m
  ^[[2m   192  ^[[0m^[[2m................................................................^[[0m
  ^[[2m   256  ^[[0m^[[2m................................................................^[[0m
  ^[[2m   320  ^[[0m^[[2m................................................................^[[0m
  ^[[2m   384  ^[[0m^[[2m................................................................^[[0m
  ^[[2m   448  ^[[0m^[[2m................................................................^[[0m
          ^[[2m.^[[0m^[[2m empty^[[0m  ^[[33mU^[[0m^[[2m user's^[[0m

  ^[[1m slot  from              entry             flags             maps^[[0m
      0  0000000000000000  0000000000002067  P RW US A D       4K in 1 page
  $ xenpt map tables --root 1000 --color never | grep -c "$(printf '\033')"
  0
  [1]
  $ xenpt map tables --root 1000 | grep -c "$(printf '\033')"
  0
  [1]
  $ colours() { script -qec "xenpt map tables --root 1000 $1" /dev/null | grep -c "$(printf '\033')"; }; colours; colours '--color never'; NO_COLOR=1 colours; NO_COLOR= colours; TERM=dumb colours; colours '-o out'
  5
  0
  0
  5
  0
  0
  [1]
