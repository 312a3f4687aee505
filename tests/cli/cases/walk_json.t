The elements of "walks", one for each context, address and access.

  $ xenpt walk captures/deb-pv64-intel-guest.elf.zst ffff82d040202123 --format json --access rw
  {"schema":"xenpt.walk/1","walks":[
    {"context":"cpu0","va":"0xffff82d040202123","area":null,"access":{"kind":"read","cpl":3,"ac":false,"implicit":false,"shadow_stack":false},"outcome":"mapped","maddr":"0xfa02123","page":"4K","rights":"r-x-","memory_type":"WB","allowed":false,"fault":{"kind":"#PF","vector":14,"error_code":5,"cr2":"0xffff82d040202123","code_words":"P U"},"rule":"user","decided_by":{"level":4,"at":"0xf9d9828","bits":"0x4"},"references":4,"updates":[],"steps":[
      {"level":4,"at":"0xf9d9828","entry":"0xffc7063","flags":["P","RW","A","D"]},
      {"level":3,"at":"0xffc7a08","entry":"0xffc6063","flags":["P","RW","A","D"]},
      {"level":2,"at":"0xffc6008","entry":"0xffc5063","flags":["P","RW","A","D"]},
      {"level":1,"at":"0xffc5010","entry":"0xfa02021","flags":["P","A"]}]},
    {"context":"cpu0","va":"0xffff82d040202123","area":null,"access":{"kind":"write","cpl":3,"ac":false,"implicit":false,"shadow_stack":false},"outcome":"mapped","maddr":"0xfa02123","page":"4K","rights":"r-x-","memory_type":"WB","allowed":false,"fault":{"kind":"#PF","vector":14,"error_code":7,"cr2":"0xffff82d040202123","code_words":"P W U"},"rule":"user","decided_by":{"level":4,"at":"0xf9d9828","bits":"0x4"},"references":4,"updates":[],"steps":[
      {"level":4,"at":"0xf9d9828","entry":"0xffc7063","flags":["P","RW","A","D"]},
      {"level":3,"at":"0xffc7a08","entry":"0xffc6063","flags":["P","RW","A","D"]},
      {"level":2,"at":"0xffc6008","entry":"0xffc5063","flags":["P","RW","A","D"]},
      {"level":1,"at":"0xffc5010","entry":"0xfa02021","flags":["P","A"]}]},
    {"context":"cpu1","va":"0xffff82d040202123","area":null,"access":{"kind":"read","cpl":3,"ac":false,"implicit":false,"shadow_stack":false},"outcome":"mapped","maddr":"0xfa02123","page":"4K","rights":"r-x-","memory_type":"WB","allowed":false,"fault":{"kind":"#PF","vector":14,"error_code":5,"cr2":"0xffff82d040202123","code_words":"P U"},"rule":"user","decided_by":{"level":4,"at":"0xf9d0828","bits":"0x4"},"references":4,"updates":[],"steps":[
      {"level":4,"at":"0xf9d0828","entry":"0xffc7063","flags":["P","RW","A","D"]},
      {"level":3,"at":"0xffc7a08","entry":"0xffc6063","flags":["P","RW","A","D"]},
      {"level":2,"at":"0xffc6008","entry":"0xffc5063","flags":["P","RW","A","D"]},
      {"level":1,"at":"0xffc5010","entry":"0xfa02021","flags":["P","A"]}]},
    {"context":"cpu1","va":"0xffff82d040202123","area":null,"access":{"kind":"write","cpl":3,"ac":false,"implicit":false,"shadow_stack":false},"outcome":"mapped","maddr":"0xfa02123","page":"4K","rights":"r-x-","memory_type":"WB","allowed":false,"fault":{"kind":"#PF","vector":14,"error_code":7,"cr2":"0xffff82d040202123","code_words":"P W U"},"rule":"user","decided_by":{"level":4,"at":"0xf9d0828","bits":"0x4"},"references":4,"updates":[],"steps":[
      {"level":4,"at":"0xf9d0828","entry":"0xffc7063","flags":["P","RW","A","D"]},
      {"level":3,"at":"0xffc7a08","entry":"0xffc6063","flags":["P","RW","A","D"]},
      {"level":2,"at":"0xffc6008","entry":"0xffc5063","flags":["P","RW","A","D"]},
      {"level":1,"at":"0xffc5010","entry":"0xfa02021","flags":["P","A"]}]}]}
  [1]
  $ xenpt walk captures/deb-pv64-intel-guest.elf.zst 8000000000000000 --context cpu1 --format json
  {"schema":"xenpt.walk/1","walks":[
    {"context":"cpu1","va":"0x8000000000000000","area":null,"access":{"kind":"read","cpl":3,"ac":false,"implicit":false,"shadow_stack":false},"outcome":"non-canonical","maddr":null,"page":null,"rights":"----","memory_type":null,"allowed":false,"fault":{"kind":"#GP","vector":13,"error_code":0,"cr2":null,"code_words":""},"rule":"non-canonical","decided_by":null,"references":0,"updates":[],"steps":[]}]}

Two stages: every reference, with its stage.

  $ xenpt walk captures/bochs-lin-hap64-guest.elf.zst 103eb0 --context cpu1 --second ept:0x1afa501e --format json
  {"schema":"xenpt.walk/1","walks":[
    {"context":"cpu1","va":"0x103eb0","area":null,"access":{"kind":"read","cpl":0,"ac":false,"implicit":false,"shadow_stack":false},"outcome":"mapped","maddr":"0x16d03eb0","gaddr":"0x103eb0","page":"4K","rights":"rwx-","memory_type":"WB","allowed":true,"fault":null,"rule":null,"decided_by":null,"references":24,"updates":[],"steps":[
      {"level":4,"at":"0x1afa5000","entry":"0x9c0000001afac107","flags":["R","W","X","A"],"stage":"second"},
      {"level":3,"at":"0x1afac000","entry":"0x9c0000001afab107","flags":["R","W","X","A"],"stage":"second"},
      {"level":2,"at":"0x1afab000","entry":"0x9c00000017817107","flags":["R","W","X","A"],"stage":"second"},
      {"level":1,"at":"0x17817860","entry":"0x9c00000016d0c377","flags":["R","W","X","MT=6","IPAT","A","D","SVE"],"stage":"second"},
      {"level":4,"at":"0x16d0c000","entry":"0x10b067","flags":["P","RW","US","A","D"],"stage":"guest","gaddr":"0x10c000"},
      {"level":4,"at":"0x1afa5000","entry":"0x9c0000001afac107","flags":["R","W","X","A"],"stage":"second"},
      {"level":3,"at":"0x1afac000","entry":"0x9c0000001afab107","flags":["R","W","X","A"],"stage":"second"},
      {"level":2,"at":"0x1afab000","entry":"0x9c00000017817107","flags":["R","W","X","A"],"stage":"second"},
      {"level":1,"at":"0x17817858","entry":"0x9c00000016d0b377","flags":["R","W","X","MT=6","IPAT","A","D","SVE"],"stage":"second"},
      {"level":3,"at":"0x16d0b000","entry":"0x107067","flags":["P","RW","US","A","D"],"stage":"guest","gaddr":"0x10b000"},
      {"level":4,"at":"0x1afa5000","entry":"0x9c0000001afac107","flags":["R","W","X","A"],"stage":"second"},
      {"level":3,"at":"0x1afac000","entry":"0x9c0000001afab107","flags":["R","W","X","A"],"stage":"second"},
      {"level":2,"at":"0x1afab000","entry":"0x9c00000017817107","flags":["R","W","X","A"],"stage":"second"},
      {"level":1,"at":"0x17817838","entry":"0x9c00000016d07377","flags":["R","W","X","MT=6","IPAT","A","D","SVE"],"stage":"second"},
      {"level":2,"at":"0x16d07000","entry":"0x106067","flags":["P","RW","US","A","D"],"stage":"guest","gaddr":"0x107000"},
      {"level":4,"at":"0x1afa5000","entry":"0x9c0000001afac107","flags":["R","W","X","A"],"stage":"second"},
      {"level":3,"at":"0x1afac000","entry":"0x9c0000001afab107","flags":["R","W","X","A"],"stage":"second"},
      {"level":2,"at":"0x1afab000","entry":"0x9c00000017817107","flags":["R","W","X","A"],"stage":"second"},
      {"level":1,"at":"0x17817830","entry":"0x9c00000016d06377","flags":["R","W","X","MT=6","IPAT","A","D","SVE"],"stage":"second"},
      {"level":1,"at":"0x16d06818","entry":"0x103063","flags":["P","RW","A","D"],"stage":"guest","gaddr":"0x106818"},
      {"level":4,"at":"0x1afa5000","entry":"0x9c0000001afac107","flags":["R","W","X","A"],"stage":"second"},
      {"level":3,"at":"0x1afac000","entry":"0x9c0000001afab107","flags":["R","W","X","A"],"stage":"second"},
      {"level":2,"at":"0x1afab000","entry":"0x9c00000017817107","flags":["R","W","X","A"],"stage":"second"},
      {"level":1,"at":"0x17817818","entry":"0x9c00000016d03377","flags":["R","W","X","MT=6","IPAT","A","D","SVE"],"stage":"second"}]}]}
  $ xenpt walk captures/bochs-lin-hap64-guest.elf.zst fc009000 --root 1afa501e --mode ept4 --format json
  {"schema":"xenpt.walk/1","walks":[
    {"context":"root:0x1afa5","va":"0xfc009000","area":null,"access":{"kind":"read","cpl":0,"ac":false,"implicit":false,"shadow_stack":false},"outcome":"not-present","maddr":null,"page":null,"rights":"----","memory_type":null,"allowed":false,"fault":{"kind":"EPT violation","vector":null,"error_code":null,"cr2":null,"gaddr":"0xfc009000","exit_qualification":"0x181","code_words":"READ LINEAR FINAL"},"rule":"not-present","decided_by":{"level":1,"at":"0x1afa9048","bits":"0x7"},"references":4,"updates":[],"steps":[
      {"level":4,"at":"0x1afa5000","entry":"0x9c0000001afac107","flags":["R","W","X","A"]},
      {"level":3,"at":"0x1afac018","entry":"0x9c0000001afaa107","flags":["R","W","X","A"]},
      {"level":2,"at":"0x1afaaf00","entry":"0x9c0000001afa9107","flags":["R","W","X","A"]},
      {"level":1,"at":"0x1afa9048","entry":"0x8000000000000000","flags":[]}]}]}
