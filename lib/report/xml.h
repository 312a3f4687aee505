/* xml.h - texts and attributes of XML. */
#ifndef XENPT_REPORT_XML_H
#define XENPT_REPORT_XML_H

#include "report/out.h"

/* A text; what XML cannot have becomes a question mark. */
void xml_text(struct out *o, const char *s);
/* ' name="value"' */
void xml_attribute(struct out *o, const char *name, const char *value);
void xml_number(struct out *o, const char *name, uint64_t n);

#endif
