/*
 * scenario_schema.c - prints docs/schemas/scenario.json, from the rows that read a scenario.
 *
 * It is for editors, which complete by it, and takes what the reader takes; whether an expression
 * means something the reader alone knows.
 */
#include <stdio.h>
#include <string.h>

#include "scenario/enclaves.h"
#include "scenario/threat_blocks.h"
#include "scenario/verb.h"

/* A parameter can stand for any value. */
#define OR_PARAMETER "{\"type\":\"string\",\"pattern\":\"[$]\"}"

static void text(const char *s)
{
    putchar('"');
    for (; *s; s++)
        printf(*s == '"' || *s == '\\' ? "\\%c" : "%c", *s);
    putchar('"');
}

static void record(const struct record *r);

/* Of maps that a step has beside its own keys. */
static void list_of(const struct record *r)
{
    fputs("{\"type\":\"array\",\"items\":", stdout);
    record(r);
    putchar('}');
}

/* Of a table: by number, or from one to another. */
#define SLOTS                                                                                      \
    "{\"type\":\"object\",\"additionalProperties\":"                                               \
    "{\"anyOf\":[{\"$ref\":\"#/$defs/entry\"},{\"type\":\"string\"}]}}"

/* What rows say nothing of, since other code reads it. */
static const struct {
    const char *record, *key, *schema;
} trees[] = {
    { "host", "ram",
      "{\"type\":[\"string\",\"integer\",\"array\"],\"items\":{\"type\":\"string\"}}" },
    { "host", "processor", "{\"type\":\"string\"}" },
    { "host", "with", "{\"type\":[\"string\",\"array\"],\"items\":{\"type\":\"string\"}}" },
    { "host", "without", "{\"type\":[\"string\",\"array\"],\"items\":{\"type\":\"string\"}}" },
    { "xen", "options", "{\"type\":[\"string\",\"array\"],\"items\":{\"type\":\"string\"}}" },
    { "xen", "stacks",
      "{\"type\":[\"string\",\"array\"],\"items\":{\"type\":[\"string\",\"integer\"]}}" },
    { "model", "running", "{\"type\":\"object\",\"additionalProperties\":{\"type\":\"string\"}}" },
    { "domain", "frames",
      "{\"type\":\"object\",\"additionalProperties\":{\"type\":[\"string\",\"integer\"]}}" },
    { "domain", "tables",
      "{\"type\":\"object\",\"additionalProperties\":{\"$ref\":\"#/$defs/table\"}}" },
    { "table", "slots", SLOTS },
    { "table", "frame", "{\"type\":[\"string\",\"integer\"]}" },
    { "entry", "slots", SLOTS },
    { "entry", "to", "{\"type\":[\"string\",\"integer\"]}" },
    { "entry", "frame", "{\"type\":[\"string\",\"integer\"]}" },
    { "model", "name", "{\"type\":\"string\"}" },
    { "model", "about", "{\"type\":\"string\"}" },
    { "model", "include", "{\"type\":[\"string\",\"array\"],\"items\":{\"type\":\"string\"}}" },
    { "model", "parameters", "{\"type\":\"object\",\"maxProperties\":16}" },
    { "model", "except", "{\"type\":\"array\",\"items\":{\"type\":\"object\"}}" },
    { "model", "names",
      "{\"type\":\"object\",\"additionalProperties\":{\"type\":[\"string\",\"integer\"]}}" },
    { "model", "tlb",
      "{\"enum\":[\"modelled\",\"none\",\"skylake\",\"icelake\",\"zen2\",\"zen3\"]}" },
    { "model", "invariants", "{\"type\":[\"string\",\"array\"],\"items\":{\"type\":\"string\"}}" },
    { "model", "threat",
      "{\"type\":\"object\",\"additionalProperties\":{\"$ref\":\"#/$defs/threat\"}}" },
    { "threat", "after",
      "{\"type\":[\"string\",\"integer\",\"array\"],\"items\":{\"type\":[\"string\","
      "\"integer\"]}}" },
    { "enclave", "pages", "{\"type\":\"array\",\"items\":{\"$ref\":\"#/$defs/enclave-page\"}}" },
    { "model", "caches", "{\"enum\":[\"modelled\",\"none\"]}" },
    { "model", "expect", "{\"$ref\":\"#/$defs/expectations\"}" },
    { "model", "steps", "{\"$ref\":\"#/$defs/steps\"}" },
    { NULL, "expect", "{\"$ref\":\"#/$defs/expectations\"}" },
    { NULL, "steps", "{\"$ref\":\"#/$defs/steps\"}" },
    { NULL, "calls", "{\"$ref\":\"#/$defs/steps\"}" },
    { NULL, "for", "{\"type\":\"string\",\"pattern\":\"^[A-Za-z][A-Za-z0-9_-]* +in .\"}" },
    { NULL, "error-code",
      "{\"type\":[\"string\",\"integer\",\"array\"],\"items\":{\"type\":\"string\"}}" },
};

static const char *tree(const char *of, const char *key)
{
    for (size_t i = 0; i < ARRAY_SIZE(trees); i++)
        if (!strcmp(trees[i].key, key) && (!trees[i].record || !strcmp(trees[i].record, of)))
            return trees[i].schema;
    return "{}";
}

static void one_of(const struct row *row)
{
    fputs("{\"enum\":[", stdout);
    for (size_t i = 0; i < row->words->nr; i++) {
        fputs(i ? "," : "", stdout);
        text(row->words->rows[i].name);
    }
    fputs("]}", stdout);
}

static void value(const char *of, const struct row *row)
{
    static const char *const types[NR_ROW_TYPES] = {
        [ROW_TEXT] = "{\"type\":[\"string\",\"number\"]}",
        [ROW_NUMBER] = "{\"type\":[\"string\",\"integer\"],\"minimum\":0}",
        [ROW_COUNT] = "{\"type\":[\"string\",\"integer\"],\"minimum\":0}",
        [ROW_BOOL] = "{\"enum\":[true,false,\"yes\",\"no\",\"true\",\"false\"]}",
    };

    if (row->type == ROW_ONE)
        one_of(row);
    else if (row->type == ROW_KIND)
        fputs(row->kind->schema, stdout);
    else if (row->type == ROW_TREE && row->record)
        list_of(row->record);
    else if (row->type == ROW_TREE)
        fputs(tree(of, row->key), stdout);
    else if (row->type == ROW_RECORD)
        record(row->record);
    else
        fputs(types[row->type] ? types[row->type] : "{}", stdout);
}

static void property(const char *of, const struct row *row)
{
    text(row->key);
    fputs(":{\"description\":", stdout);
    text(row->text);
    if (row->type == ROW_RECORDS) {
        fputs(",\"type\":\"object\",\"additionalProperties\":", stdout);
        record(row->record);
        putchar('}');
        return;
    }
    fputs(",\"anyOf\":[", stdout);
    value(of, row);
    fputs("," OR_PARAMETER "]}", stdout);
}

static void record(const struct record *r)
{
    bool any = false;

    fputs("{\"type\":\"object\",\"description\":", stdout);
    text(r->text);
    fputs(",\n\"additionalProperties\":false,\"required\":[", stdout);
    for (size_t i = 0; i < r->nr; i++)
        if (r->rows[i].required) {
            fputs(any ? "," : "", stdout);
            text(r->rows[i].key);
            any = true;
        }
    fputs("],\n\"properties\":{\n", stdout);
    for (size_t i = 0; i < r->nr; i++) {
        property(r->name, &r->rows[i]);
        fputs(i + 1 < r->nr ? ",\n" : "}}", stdout);
    }
}

static void list(const char *name, const struct verb *const verbs[])
{
    printf("\"%s\":{\"type\":\"array\",\"items\":{\"oneOf\":[\n", name);
    for (size_t i = 0; verbs[i]; i++) {
        fputs(i ? ",\n" : "", stdout);
        record(&verbs[i]->record);
    }
    fputs("]}}", stdout);
}

/* A file may take from those that it includes what it has not, so that nothing is needed. */
int main(void)
{
    static const struct record *const parts[] = { &range_record,   &table_record,
                                                  &entry_record,   &threat_record,
                                                  &enclave_record, &enclave_page_record };

    fputs("{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\n"
          "\"title\":\"A scenario of xenpt\",\n"
          "\"type\":\"object\",\"additionalProperties\":false,\n"
          "\"anyOf\":[{\"required\":[\"host\",\"xen\"]},{\"required\":[\"include\"]}],\n"
          "\"properties\":{\n",
          stdout);
    for (size_t i = 0; i < model_record.nr; i++) {
        property(model_record.name, &model_record.rows[i]);
        fputs(i + 1 < model_record.nr ? ",\n" : "},\n", stdout);
    }
    fputs("\"$defs\":{\n", stdout);
    list("steps", step_verbs);
    fputs(",\n", stdout);
    list("expectations", expect_verbs);
    fputs(",\n\"domain\":", stdout);
    record(&domain_record);
    for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
        printf(",\n\"%s\":", parts[i]->name);
        record(parts[i]);
    }
    puts("}}");
    return 0;
}
