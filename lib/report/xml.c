/* xml.c - texts and attributes of XML. */
#include "report/xml.h"

#include <inttypes.h>
#include <stdio.h>

void xml_text(struct out *o, const char *s)
{
    for (; *s; s++) {
        switch (*s) {
        case '&':
            out_text(o, "&amp;");
            break;
        case '<':
            out_text(o, "&lt;");
            break;
        case '>':
            out_text(o, "&gt;");
            break;
        case '"':
            out_text(o, "&quot;");
            break;
        default:
            /* XML has no other control characters. */
            out_char(o, (unsigned char)*s < ' ' && *s != '\n' && *s != '\t' ? '?' : *s);
        }
    }
}

void xml_attribute(struct out *o, const char *name, const char *value)
{
    out_char(o, ' ');
    out_text(o, name);
    out_text(o, "=\"");
    xml_text(o, value);
    out_char(o, '"');
}

void xml_number(struct out *o, const char *name, uint64_t n)
{
    char text[24];

    snprintf(text, sizeof(text), "%" PRIu64, n);
    xml_attribute(o, name, text);
}
