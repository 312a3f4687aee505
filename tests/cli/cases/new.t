A scenario to begin with.

  $ xenpt new mine.yaml && xenpt run mine.yaml
  held    mine.yaml What a guest's user code has of Xen release=4.13: 5 of 5 hold
  held    mine.yaml What a guest's user code has of Xen release=4.17: 5 of 5 hold
  held    mine.yaml What a guest's user code has of Xen release=4.22: 5 of 5 hold
  $ xenpt new mine.yaml
  xenpt new: mine.yaml is there already, and is left as it is
  [2]
  $ xenpt new | cmp - mine.yaml
  $ xenpt new no/such/folder.yaml
  xenpt new: cannot write no/such/folder.yaml: No such file or directory
  [2]
