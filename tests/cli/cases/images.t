Images are known by what is in them. Warnings are not part of the report.

  $ zstd -qdc captures/deb-pv64-amd-guest.elf.zst > core
  $ gzip -k core
  $ xenpt roots core; xenpt roots core.gz
  root          frame      format       slots     contexts
  0xf127000     0xf127     4-level      7/512     cpu0
  0xf113000     0xf113     4-level      6/512     cpu1
  root          frame      format       slots     contexts
  0xf127000     0xf127     4-level      7/512     cpu0
  0xf113000     0xf113     4-level      6/512     cpu1
  $ head -c 20000 core > cut
  $ xenpt roots cut
  xenpt: warning: cut: segment 3 (file offset 0x8000) lies beyond the end of the file, and is left out; 8 more do so
  xenpt: warning: cut: segment 2 (file offset 0x3000) runs past the end of the file: what is there is kept
  root          frame      format       slots     contexts
  0xf127000     0xf127     4-level      7/512     cpu0
  0xf113000     0xf113     4-level      6/512     cpu1
  $ xenpt roots cut --quiet
  root          frame      format       slots     contexts
  0xf127000     0xf127     4-level      7/512     cpu0
  0xf113000     0xf113     4-level      6/512     cpu1
  $ xenpt roots cut 2> /dev/null
  root          frame      format       slots     contexts
  0xf127000     0xf127     4-level      7/512     cpu0
  0xf113000     0xf113     4-level      6/512     cpu1
  $ head -c 100 core > stub
  $ xenpt roots stub
  xenpt roots: stub: offset 0x0: an ELF core with no memory in it: no PT_LOAD, no .xen_pages
  [2]
  $ head -c 3000 captures/deb-pv64-amd-guest.elf.zst > cut.zst
  $ xenpt roots cut.zst
  xenpt roots: cut.zst: offset 0xbb8: truncated zstd data: the file ends within a frame
  [2]
  $ xenpt roots no-such-file
  xenpt roots: no-such-file: cannot open: No such file or directory
  [2]
  $ xenpt roots .
  xenpt roots: .: not a file that can be mapped
  [2]
  $ : > empty
  $ xenpt roots empty --root 1000
  xenpt roots: empty: it is empty
  [2]

Bare memory, from some address on, and an ELF taken for it.

  $ raw-tables tables 1 1000:0=102067 2000:0=103067 3000:0=104067 4000:1=5067
  $ xenpt map tables --root 101000 --raw-base 100000 | tail -2
  0000000000001000-0000000000001fff     4K  rwxu 4K  0000005000  P RW US A D
  4K mapped by 1 page in 1 range; 4 tables
  $ xenpt roots core --raw
  xenpt roots: core (raw) tells of no CPU: give a root by --root ADDRESS and --mode
  [2]
  $ xenpt roots core --raw --root 1000 | head -1
  root          frame      format       slots     contexts
