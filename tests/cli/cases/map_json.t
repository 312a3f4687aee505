JSON follows every path, so that a program need not know of sharing.

  $ raw-tables tables 1 1000:0=2067 1000:100=1063 2000:0=3067 3000:0=4067 3000:1=4061 3000:3=2020e7 4000:0=5067 4000:1=6027
  $ xenpt map tables --root 1000 --format json
  {"schema":"xenpt.map/1","contexts":[
    {"name":"root:0x1","root":"0x1000","format":"4-level","second":null,"assumed":"CR0.WP=1; CR4 without SMEP, SMAP and protection keys; EFER.NXE=1; PAT as after reset","ranges":[
      {"first":"0x0","last":"0x1fff","maddr":"0x5000","page":"4K","rights":"rwxu","flags":["P","RW","US","A"],"area":null,"leaves":2,"some":["D"]},
      {"first":"0x200000","last":"0x201fff","maddr":"0x5000","page":"4K","rights":"r-x-","flags":["P","RW","US","A"],"area":null,"leaves":2,"some":["D"]},
      {"first":"0xffff800000000000","last":"0xffff800000000fff","maddr":"0x4000","page":"4K","rights":"rwx-","flags":["P","RW","US","A","D"],"area":null,"leaves":1,"some":[]},
      {"first":"0xffff800000001000","last":"0xffff800000001fff","maddr":"0x4000","page":"4K","rights":"r-x-","flags":["P","A","D"],"area":null,"leaves":1,"some":[]},
      {"first":"0xffff800000003000","last":"0xffff800000003fff","maddr":"0x202000","page":"4K","rights":"rwx-","flags":["P","RW","US","A","D","PAT"],"area":null,"leaves":1,"some":[]},
      {"first":"0xffff804000000000","last":"0xffff804000000fff","maddr":"0x3000","page":"4K","rights":"rwx-","flags":["P","RW","US","A","D"],"area":null,"leaves":1,"some":[]},
      {"first":"0xffff804020000000","last":"0xffff804020000fff","maddr":"0x2000","page":"4K","rights":"rwx-","flags":["P","RW","US","A","D"],"area":null,"leaves":1,"some":[]},
      {"first":"0xffff804020100000","last":"0xffff804020100fff","maddr":"0x1000","page":"4K","rights":"rwx-","flags":["P","RW","A","D"],"area":null,"leaves":1,"some":[]}],"pages":10,"bytes":"0xa000","tables":11,"others":[
      {"first":"0x600000","last":"0x7fffff","kind":"malformed","level":2,"entry":"0x2020e7","maddr":"0x0"}]}]}
  $ xenpt map tables --root 1000 --format json --fold
  {"schema":"xenpt.map/1","contexts":[
    {"name":"root:0x1","root":"0x1000","format":"4-level","second":null,"assumed":"CR0.WP=1; CR4 without SMEP, SMAP and protection keys; EFER.NXE=1; PAT as after reset","ranges":[
      {"first":"0x0","last":"0x1fff","maddr":"0x5000","page":"4K","rights":"rwxu","flags":["P","RW","US","A"],"area":null,"leaves":2,"some":["D"]}],"pages":2,"bytes":"0x2000","tables":4,"others":[
      {"first":"0x200000","last":"0x3fffff","kind":"shared","level":2,"entry":"0x4061","maddr":"0x4000","same_as":"0x0"},
      {"first":"0x600000","last":"0x7fffff","kind":"malformed","level":2,"entry":"0x2020e7","maddr":"0x0"},
      {"first":"0xffff800000000000","last":"0xffff807fffffffff","kind":"linear","level":4,"entry":"0x1063","maddr":"0x1000","same_as":"0x0"}]}]}
  $ xenpt map tables --root 1000 --format json --leaves --va ..3fffff
  {"schema":"xenpt.map/1","contexts":[
    {"name":"root:0x1","root":"0x1000","format":"4-level","second":null,"assumed":"CR0.WP=1; CR4 without SMEP, SMAP and protection keys; EFER.NXE=1; PAT as after reset","ranges":[
      {"first":"0x0","last":"0xfff","maddr":"0x5000","page":"4K","rights":"rwxu","flags":["P","RW","US","A","D"],"area":null},
      {"first":"0x1000","last":"0x1fff","maddr":"0x6000","page":"4K","rights":"rwxu","flags":["P","RW","US","A"],"area":null},
      {"first":"0x200000","last":"0x200fff","maddr":"0x5000","page":"4K","rights":"r-x-","flags":["P","RW","US","A","D"],"area":null},
      {"first":"0x201000","last":"0x201fff","maddr":"0x6000","page":"4K","rights":"r-x-","flags":["P","RW","US","A"],"area":null}],"pages":4,"bytes":"0x4000","tables":5,"others":[]}]}
  $ xenpt map tables --root 1000 --format json --fold --overview --exec
  {"schema":"xenpt.map/1","contexts":[
    {"name":"root:0x1","root":"0x1000","format":"4-level","second":null,"assumed":"CR0.WP=1; CR4 without SMEP, SMAP and protection keys; EFER.NXE=1; PAT as after reset","ranges":[
      {"first":"0x0","last":"0x1fff","maddr":"0x5000","page":"4K","rights":"rwxu","flags":["P","RW","US","A"],"area":null,"leaves":2,"some":["D"]}],"pages":2,"bytes":"0x2000","tables":4,"others":[
      {"first":"0x200000","last":"0x3fffff","kind":"shared","level":2,"entry":"0x4061","maddr":"0x4000","same_as":"0x0"},
      {"first":"0xffff800000000000","last":"0xffff807fffffffff","kind":"linear","level":4,"entry":"0x1063","maddr":"0x1000","same_as":"0x0"}]}]}

Two stages.

  $ xenpt map captures/bochs-lin-hap64-guest.elf.zst --context cpu1 --second ept:0x1afa501e --format json --va 117000..118000
  {"schema":"xenpt.map/1","contexts":[
    {"name":"cpu1","root":"0x10c000","format":"4-level","second":{"root":"0x1afa5000","format":"EPT"},"assumed":"EFER.LMA=1 (CS.L); EFER.NXE=1; PAT as after reset","ranges":[
      {"first":"0x117000","last":"0x117fff","maddr":"0x1afa7000","page":"4K","rights":"rwx-","flags":["P","RW","A","D"],"area":null,"gaddr":"0x117000","second_flags":["R","W","X","MT=6","IPAT","A","D","SVE"],"leaves":1,"some":[]},
      {"first":"0x118000","last":"0x118fff","maddr":"0x16d18000","page":"4K","rights":"rwx-","flags":["P","RW","A","D"],"area":null,"gaddr":"0x118000","second_flags":["R","W","X","MT=6","IPAT","A","D","SVE"],"leaves":1,"some":[]}],"pages":2,"bytes":"0x2000","tables":4,"others":[]}]}
