Images are known by what is in them. Warnings are not part of the report.

  $ zstd -qdc captures/deb-pv64-amd-guest.elf.zst > core
  $ gzip -k core
  $ xenpt roots core; xenpt roots core.gz
  4 roots of a Xen were found, laid out as xen-4.17 is.

  root          kind            domain     sure      slots      contexts
  0xfc6e000     idle                       certain   5/512
                it lies in Xen's own image, where only the idle table does
  0xf113000     pv64-kernel     0xfdb4     certain   6/512      cpu1
                slot 4 is not the same as slot 260; slot 256 has ro-m2p
  0xf127000     pv64-kernel     0xfdb4     certain   7/512      cpu0
                slot 4 is not the same as slot 260; slot 256 has ro-m2p
  0xf114000     pv64-user       0xfdb4     likely    5/512
                slot 4 is not the same as slot 260; slot 256, the guests' M2P, is
                empty
  4 roots of a Xen were found, laid out as xen-4.17 is.

  root          kind            domain     sure      slots      contexts
  0xfc6e000     idle                       certain   5/512
                it lies in Xen's own image, where only the idle table does
  0xf113000     pv64-kernel     0xfdb4     certain   6/512      cpu1
                slot 4 is not the same as slot 260; slot 256 has ro-m2p
  0xf127000     pv64-kernel     0xfdb4     certain   7/512      cpu0
                slot 4 is not the same as slot 260; slot 256 has ro-m2p
  0xf114000     pv64-user       0xfdb4     likely    5/512
                slot 4 is not the same as slot 260; slot 256, the guests' M2P, is
                empty
  $ head -c 20000 core > cut
  $ xenpt roots cut
  xenpt: warning: cut: segment 3 (file offset 0x8000) lies beyond the end of the file, and is left out; 8 more do so
  xenpt: warning: cut: segment 2 (file offset 0x3000) runs past the end of the file: what is there is kept
  xenpt: warning: cut: it fits several layouts equally: xen-4.10, xen-4.11, xen-4.14, xen-4.15, xen-4.17, xen-4.18, xen-4.19, xen-4.20, xen-4.21; xen-4.21 is taken, --layout takes another
  3 roots of a Xen were found, laid out as xen-4.21 is.

  root          kind            domain     sure      slots      contexts
  0xf113000     pv64-kernel     0xfdb4     certain   6/512      cpu1
                slot 4 is not the same as slot 260; slot 256 has ro-m2p; slot 260
                has per-domain
  0xf127000     pv64-kernel     0xfdb4     certain   7/512      cpu0
                slot 4 is not the same as slot 260; slot 256 has ro-m2p; slot 260
                has per-domain
  0xf114000     pv64-user       0xfdb4     likely    5/512
                slot 4 is not the same as slot 260; slot 260 has per-domain; slot
                256, the guests' M2P, is empty
  $ xenpt roots cut --quiet
  3 roots of a Xen were found, laid out as xen-4.21 is.

  root          kind            domain     sure      slots      contexts
  0xf113000     pv64-kernel     0xfdb4     certain   6/512      cpu1
                slot 4 is not the same as slot 260; slot 256 has ro-m2p; slot 260
                has per-domain
  0xf127000     pv64-kernel     0xfdb4     certain   7/512      cpu0
                slot 4 is not the same as slot 260; slot 256 has ro-m2p; slot 260
                has per-domain
  0xf114000     pv64-user       0xfdb4     likely    5/512
                slot 4 is not the same as slot 260; slot 260 has per-domain; slot
                256, the guests' M2P, is empty
  $ xenpt roots cut 2> /dev/null
  3 roots of a Xen were found, laid out as xen-4.21 is.

  root          kind            domain     sure      slots      contexts
  0xf113000     pv64-kernel     0xfdb4     certain   6/512      cpu1
                slot 4 is not the same as slot 260; slot 256 has ro-m2p; slot 260
                has per-domain
  0xf127000     pv64-kernel     0xfdb4     certain   7/512      cpu0
                slot 4 is not the same as slot 260; slot 256 has ro-m2p; slot 260
                has per-domain
  0xf114000     pv64-user       0xfdb4     likely    5/512
                slot 4 is not the same as slot 260; slot 260 has per-domain; slot
                256, the guests' M2P, is empty
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
  No root of a Xen was found.
  $ xenpt roots core --raw --root 1000 | head -1
  root          kind            domain     sure      slots      contexts
