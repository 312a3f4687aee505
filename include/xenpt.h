/**
 * @file xenpt.h
 * All of libxenpt: every public header, and nothing of its own.
 */
#ifndef XENPT_H
#define XENPT_H

#include "xenpt/compare.h"
#include "xenpt/construction.h"
#include "xenpt/cpu.h"
#include "xenpt/derive.h"
#include "xenpt/diff.h"
#include "xenpt/draw.h"
#include "xenpt/edit.h"
#include "xenpt/error.h"
#include "xenpt/given.h"
#include "xenpt/grant.h"
#include "xenpt/hvm.h"
#include "xenpt/image.h"
#include "xenpt/iommu.h"
#include "xenpt/judge.h"
#include "xenpt/layout.h"
#include "xenpt/layout_diff.h"
#include "xenpt/layout_words.h"
#include "xenpt/machine.h"
#include "xenpt/map.h"
#include "xenpt/mem.h"
#include "xenpt/memtype.h"
#include "xenpt/model.h"
#include "xenpt/nested.h"
#include "xenpt/p2m.h"
#include "xenpt/paging.h"
#include "xenpt/physmap.h"
#include "xenpt/pv.h"
#include "xenpt/report.h"
#include "xenpt/roots.h"
#include "xenpt/rule.h"
#include "xenpt/scan.h"
#include "xenpt/scenario.h"
#include "xenpt/share.h"
#include "xenpt/suggest.h"
#include "xenpt/threat.h"
#include "xenpt/tlb.h"
#include "xenpt/touch.h"
#include "xenpt/types.h"
#include "xenpt/validate.h"
#include "xenpt/version.h"
#include "xenpt/view.h"
#include "xenpt/who.h"

#include "xenpt/expose.h"
#include "xenpt/owners.h"

#endif
