Addresses are hexadecimal, with or without 0x.

  $ raw-tables tables 1 1000:0=2067 2000:0=3067 3000:0=4067 4000:1=5067
  $ at() { xenpt walk tables --root 1000 -- "$@" 2>&1 | grep -e '^[0-9a-f]\{16\}$' -e '^xenpt'; }; at 1000; at 0x1000; at 0X1000; at 00001000; at 1000+8; at 1000-8; at ffffFFFFffffFFFF
  0000000000001000
  0000000000001000
  0000000000001000
  0000000000001000
  0000000000001008
  0000000000000ff8
  ffffffffffffffff







  $ at() { xenpt walk tables --root 1000 -- "$@" 2>&1 | grep -e '^[0-9a-f]\{16\}$' -e '^xenpt'; }; at 10000000000000000; at 0x; at ''; at 12g4; at 1000+; at 1000+x; at +5; at -5; at ffffffffffffffff+1; at 0-1; at 1_000; at "$(printf '%0600d' 1)"
  xenpt walk: address: '10000000000000000' has more than 64 bits
  xenpt walk: address: '0x' is no hexadecimal number, such as 0x1f000 or 1f000
  xenpt walk: '' is no address
  xenpt walk: '12g4' is no address: a hexadecimal number was expected, or --symbols FILE for names
  xenpt walk: offset: '' is no hexadecimal number, such as 0x1f000 or 1f000
  xenpt walk: offset: 'x' is no hexadecimal number, such as 0x1f000 or 1f000
  xenpt walk: '+5' is no address: a hexadecimal number was expected, or --symbols FILE for names
  xenpt walk: '-5' is no address: a hexadecimal number was expected, or --symbols FILE for names
  xenpt walk: 'ffffffffffffffff+1' is not within 64 bits
  xenpt walk: '0-1' is not within 64 bits
  xenpt walk: '1_000' is no address: a hexadecimal number was expected, or --symbols FILE for names
  xenpt walk: '0000000000000000000000000000000000000000...' is no address

Symbols, with --symbols.

  $ elf-symbols names start_xen=1000+100 data=1100+8 add=1200+8 at_end=2000+10
  $ xenpt walk tables start_xen start_xen+0x10 data-10 0xadd add+0 --root 1000 --symbols names | grep '^0'
  0000000000001000  <start_xen>
  0000000000001010  <start_xen+0x10>
  00000000000010f0  <start_xen+0xf0>
  0000000000000add
  0000000000001200  <add>
  $ xenpt walk tables add --root 1000 --symbols names
  xenpt walk: 'add' is a hexadecimal number and a symbol as well: write 0xadd or add+0
  [2]
  $ xenpt walk tables strat_xen --root 1000 --symbols names
  xenpt walk: 'strat_xen' is no hexadecimal number and no symbol, did you mean 'start_xen'?
  [2]
  $ xenpt walk tables nothing_like_it --root 1000 --symbols names
  xenpt walk: 'nothing_like_it' is no hexadecimal number and no symbol
  [2]
  $ xenpt walk tables start_xen --root 1000
  xenpt walk: 'start_xen' is no address: a hexadecimal number was expected, or --symbols FILE for names
  [2]
  $ xenpt walk tables 0 --root 1000 --symbols nofile
  xenpt walk: nofile: cannot open: No such file or directory
  [2]
  $ xenpt walk tables 0 --root 1000 --symbols tables
  xenpt walk: tables: offset 0x0: symbols come from an ELF file, and this is none
  [2]
  $ xenpt map tables --root 1000 --symbols names
  root:0x1: 4-level, root 0x1000
    cr0 80010001  cr4 20  efer d00  pat 0007040600070406
    assumed: CR0.WP=1; CR4 without SMEP, SMAP and protection keys; EFER.NXE=1;
             PAT as after reset

  first            last               size  rwxu pg  target      flags
  0000000000001000-0000000000001fff     4K  rwxu 4K  0000005000  P RW US A D       start_xen
  4K mapped by 1 page in 1 range; 4 tables
  $ xenpt map tables --root 1000 --symbols names --area start_xen --format json
  {"schema":"xenpt.map/1","contexts":[
    {"name":"root:0x1","root":"0x1000","format":"4-level","second":null,"assumed":"CR0.WP=1; CR4 without SMEP, SMAP and protection keys; EFER.NXE=1; PAT as after reset","ranges":[
      {"first":"0x1000","last":"0x1fff","maddr":"0x5000","page":"4K","rights":"rwxu","flags":["P","RW","US","A","D"],"area":"start_xen","area_offset":"0x0","leaves":1,"some":[]}],"pages":1,"bytes":"0x1000","tables":4,"others":[]}]}
  $ xenpt map tables --root 1000 --symbols names --area at_end | tail -1
  nothing is mapped; 4 tables
  $ xenpt map tables --root 1000 --symbols names --area start_zen
  xenpt map: --area: there is no 'start_zen', did you mean 'start_xen'?
  [2]
  $ xenpt map tables --root 1000 --area start_xen
  xenpt map: --area: nothing tells the name of an address: --layout NAME and --symbols FILE do
  [2]
  $ xenpt map tables --root 1000 --symbols names --va data..add+7 | tail -2
  0000000000001000-0000000000001fff     4K  rwxu 4K  0000005000  P RW US A D       start_xen
  4K mapped by 1 page in 1 range; 4 tables

A mistake in the last address spoils no report.

  $ xenpt walk tables $(seq 400) zz --root 1000
  xenpt walk: 'zz' is no address: a hexadecimal number was expected, or --symbols FILE for names
  [2]

Ranges.

  $ xenpt map tables --root 1000 --va 1fff | tail -1
  4K mapped by 1 page in 1 range; 4 tables
  $ xenpt map tables --root 1000 --va 2000..1000
  xenpt map: --va: '2000..1000' ends before it begins
  [2]
  $ xenpt map tables --root 1000 --va 1000..zz
  xenpt map: --va: 'zz' is no address: a hexadecimal number was expected, or --symbols FILE for names
  [2]
  $ xenpt map tables --root 1000 --va zz..
  xenpt map: --va: 'zz' is no address: a hexadecimal number was expected, or --symbols FILE for names
  [2]
  $ xenpt map tables --root 1000 --va ..
  root:0x1: 4-level, root 0x1000
    cr0 80010001  cr4 20  efer d00  pat 0007040600070406
    assumed: CR0.WP=1; CR4 without SMEP, SMAP and protection keys; EFER.NXE=1;
             PAT as after reset

  first            last               size  rwxu pg  target      flags
  0000000000001000-0000000000001fff     4K  rwxu 4K  0000005000  P RW US A D
  4K mapped by 1 page in 1 range; 4 tables
  $ xenpt map tables --root 1000 --mode 2level --va 1000.. | tail -1
  nothing is mapped; 2 tables
  $ xenpt map tables --root 1000 --mode 2level --va 100000000..
  xenpt map: root:0x1: the part 0x100000000..0xffffffffffffffff is none of 2-level's input addresses, 0..0xffffffff
  [2]

  $ xenpt map tables --root 1000 --va 0 | tail -1
  nothing is mapped; 4 tables

Counts are decimal.

  $ xenpt map tables --root 1000 --limit 0x10 | tail -1
  4K mapped by 1 page in 1 range; 4 tables
  $ xenpt map tables --root 1000 --limit 1K | tail -1
  4K mapped by 1 page in 1 range; 4 tables
  $ xenpt map tables --root 1000 --limit 3
  xenpt map: root:0x1: more than 3 entries: --limit NUMBER allows more, --va looks at less
  [2]
  $ xenpt map tables --root 1000 --limit 3 --leaves
  xenpt map: root:0x1: more than 3 entries: --limit NUMBER allows more, --va looks at less, --fold takes each table once
  [2]
  $ xenpt map tables --root 1000 --limit 0 | tail -1
  4K mapped by 1 page in 1 range; 4 tables
  $ raw-tables itself 1 $(for i in $(seq 0 511); do printf '1000:%x=1063 ' $i; done)
  $ xenpt map itself --root 1000 --leaves --user > /dev/null
  xenpt map: root:0x1: more than 67108864 entries: --limit NUMBER allows more, --va looks at less, --fold takes each table once
  [2]
  $ xenpt map tables --root 1000 --limit 1f
  xenpt map: --limit: '1f' is no number, such as 4096, 0x1000, 4K or 2M
  [2]
  $ xenpt map tables --root 1000 --limit ''
  xenpt map: --limit: '' is no number, such as 4096, 0x1000, 4K or 2M
  [2]
  $ xenpt map tables --root 1000 --limit 1KK
  xenpt map: --limit: '1KK' is no number, such as 4096, 0x1000, 4K or 2M
  [2]
  $ xenpt map tables --root 1000 --limit 99999999999999999999
  xenpt map: --limit: '99999999999999999999' has more than 64 bits
  [2]
  $ xenpt map tables --root 1000 --limit 99999999T
  xenpt map: --limit: '99999999T' has more than 64 bits
  [2]
  $ xenpt map tables --root 1000 --limit 0x11111111111111111
  xenpt map: --limit: '0x11111111111111111' has more than 64 bits
  [2]
  $ xenpt map tables --root 1000 --cr4 20g
  xenpt map: --cr4: '20g' is no hexadecimal number, such as 0x1f000 or 1f000
  [2]
  $ xenpt map tables --root 11111111111111111
  xenpt map: --root: '11111111111111111' has more than 64 bits
  [2]
