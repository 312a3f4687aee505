/*
 * out_text.c - results as lines of text, by COM1; the screen shows how far they are.
 *
 * blob.h says how the lines look.
 */
#include "out.h"
#include "screen.h"
#include "serial.h"
#include "text.h"

#define SHOWN_EVERY 64u
#define NR_OUTCOMES (RESULT_ENTRY + 1)

static uint32_t outcomes[NR_OUTCOMES];

static void field(struct text *text, uint64_t value)
{
    text_words(text, " ");
    text_hex(text, value);
}

static void end_line(struct text *text)
{
    uint32_t sum = 0;

    for (uint32_t i = 0; i < text->n; i++)
        sum += (uint8_t)text->c[i];
    text_words(text, " =");
    text_hex(text, sum & 0xffff);
    text_words(text, "\r\n");
    serial_write(text->c, text->n);
    text->n = 0;
}

static void show(const char *words)
{
    struct text text = { .n = 0 };

    text_words(&text, words);
    screen_write(text.c, text.n);
}

static void begin(const struct results_header *head)
{
    static struct text line;
    const uint32_t *word = (const uint32_t *)(const void *)&head->machine;

    serial_init();
    text_words(&line, "XPTR");
    field(&line, head->version);
    field(&line, head->id);
    field(&line, head->first);
    end_line(&line);
    text_words(&line, "M");
    for (uint32_t i = 0; i < sizeof(head->machine) / sizeof(*word); i++)
        field(&line, word[i]);
    end_line(&line);
    screen_clear();
    show("xenpt probe: results leave by COM1, 115200 baud, 8 bits, no parity\n\n");
}

static bool result(const struct results_header *head, const struct result *result,
                   const struct result_changed *changed)
{
    static struct text line;

    text_words(&line, "R");
    field(&line, head->first + head->nr_results);
    field(&line, result->outcome);
    field(&line, result->vector);
    field(&line, result->flags);
    field(&line, result->code);
    field(&line, result->address);
    field(&line, result->value);
    field(&line, result->linear);
    for (uint32_t i = 0; i < result->nr_changed; i++) {
        field(&line, changed[i].word);
        text_words(&line, ":");
        text_hex(&line, changed[i].value);
    }
    end_line(&line);
    outcomes[result->outcome]++;
    return true;
}

static void show_count(const struct results_header *head)
{
    static const char *const names[NR_OUTCOMES] = { " made, ", " faults, ", " exits, ",
                                                    " states refused, ", " entries refused " };
    static struct text line;

    line.n = 0;
    text_decimal(&line, head->nr_results);
    text_words(&line, " accesses: ");
    for (uint32_t i = 0; i < NR_OUTCOMES; i++) {
        text_decimal(&line, outcomes[i]);
        text_words(&line, names[i]);
    }
    screen_again();
    screen_write(line.c, line.n);
}

static void count(const struct results_header *head)
{
    if (head->nr_results % SHOWN_EVERY == 0)
        show_count(head);
}

static void end(const struct results_header *head)
{
    static const char *const ends[] = {
        [END_RUNNING] = "It has not ended.",
        [END_DONE] = "All is done. This machine can be switched off.",
        [END_NO_BLOB] = "There is no blob, or one of another version, or a damaged one.",
        [END_NO_ROOM] = "The room for results is used up.",
        [END_CANNOT] = "This machine lacks what the blob asks for.",
    };
    static struct text line;

    text_words(&line, "END");
    field(&line, head->end);
    field(&line, head->nr_results);
    end_line(&line);
    show_count(head);
    show("\n\n");
    show(ends[head->end]);
}

const struct out_way out_text = { begin, result, count, end };
