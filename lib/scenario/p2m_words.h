/* p2m_words.h - types, access rights and views of physical memory, as steps and expectations name
 * them; expect_p2m.c. */
#ifndef XENPT_SCENARIO_P2M_WORDS_H
#define XENPT_SCENARIO_P2M_WORDS_H

#include "scenario/verb.h"
#include "scenario/world.h"
#include "xenpt/p2m.h"

/* A view's number, or what it is without. */
bool p2m_view(struct world *w, const struct expr *e, uint32_t usual, uint32_t *ret);
/* A name that is none is a mistake; NULL: there is no key. */
void p2m_type_examine(struct scope *s, const struct node *node, const char *key, const char *type);
void p2m_access_examine(struct scope *s, const struct node *node, const char *name);
/* False: there are no such rights. */
bool p2m_access_named(const char *name, enum xenpt_p2m_access *ret);

#endif
