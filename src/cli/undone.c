/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "undone.h"
#include "bus.h"

#include <string.h>

json_t *undone_ask(const Cli *cli)
{
        json_t *cards = bus_ask_agent(cli, "ListCards");

        return cards ? cards : json_array();
}

static const char *undone_text(const json_t *card, const char *key)
{
        const char *text = json_string_value(json_object_get(card, key));

        return text ? text : "";
}

static bool is_undone(const char *state)
{
        return strcmp(state, "undone") == 0 || strcmp(state, "kept") == 0;
}

void undone_count(const json_t *cards, const char *path, const char *name, unsigned *ret_all,
                  unsigned *ret_undone)
{
        json_auto_t *out = json_object(); /* by card: whether it is out of all books so far */
        const char *id;
        json_t *card, *value;
        size_t i;

        json_array_foreach(cards, i, card)
        {
                const char *hash = undone_text(card, "Card");
                bool before = !json_is_false(json_object_get(out, hash));

                if (strcmp(undone_text(card, "Exchange"), path) == 0 &&
                    (!name || strcmp(undone_text(card, "Name"), name) == 0))
                        (void)json_object_set_new(
                                out, hash,
                                json_boolean(before && is_undone(undone_text(card, "State"))));
        }
        *ret_all = (unsigned)json_object_size(out);
        *ret_undone = 0;
        json_object_foreach(out, id, value) *ret_undone += json_is_true(value);
}
