/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "press.h"
#include "bus.h"
#include "out.h"
#include "src/card/card.h"

#include <assert.h>
#include <string.h>
#include <time.h>

void press_done(Press *p)
{
        free(p->path);
        json_decref(p->properties);
        *p = (Press){0};
}

const char *press_text(const Press *p, const char *property)
{
        const char *text = json_string_value(json_object_get(p->properties, property));

        return text ? text : "";
}

const char *press_state(const Press *p)
{
        return press_text(p, "State");
}

unsigned press_count(const Press *p)
{
        return (unsigned)json_integer_value(json_object_get(p->properties, "MemberCount"));
}

unsigned press_guests(const Press *p)
{
        return (unsigned)json_integer_value(json_object_get(p->properties, "GuestCount"));
}

bool press_is_guest(const json_t *member)
{
        return json_is_true(json_array_get(member, 3));
}

bool press_is_over(const Press *p)
{
        const char *state = press_state(p);

        return strcmp(state, "delivered") == 0 || strcmp(state, "failed") == 0 ||
               strcmp(state, "left") == 0;
}

unsigned press_seconds_left(const Press *p)
{
        json_int_t deadline = json_integer_value(json_object_get(p->properties, "Deadline"));
        struct timespec now;
        int64_t left;

        (void)clock_gettime(CLOCK_BOOTTIME, &now);
        left = deadline - ((int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000);
        return deadline > 0 && left > 0 ? (unsigned)((left + 999) / 1000) : 0;
}

bool press_other(const Press *p, size_t i, PressOther *ret)
{
        const json_t *fields = json_array_get(json_object_get(p->properties, "Others"), i);
        const char *word = json_string_value(json_array_get(fields, 0));

        if (!word)
                return false;
        *ret = (PressOther){
                .word = word,
                .members = (unsigned)json_integer_value(json_array_get(fields, 1)),
                .admitted = json_is_true(json_array_get(fields, 2)),
                .admits = json_is_true(json_array_get(fields, 3)),
                .same_word = json_is_true(json_array_get(fields, 4)),
        };
        return true;
}

DBusMessage *press_admit_call(const Press *p, const char *word, bool yes)
{
        DBusMessage *call = bus_method(p->path, HUDDLE_EXCHANGE, "Admit");
        dbus_bool_t value = yes;

        if (call && !dbus_message_append_args(call, DBUS_TYPE_STRING, &word, DBUS_TYPE_BOOLEAN,
                                              &value, DBUS_TYPE_INVALID)) {
                dbus_message_unref(call);
                call = NULL;
        }
        return call;
}

Exit press_find_running(Cli *cli, Press *ret)
{
        json_auto_t *objects = NULL;
        const char *path;
        json_t *interfaces;
        Exit code = bus_objects(cli, &objects);

        assert(!ret->path && !ret->properties);
        if (code != EXIT_DONE)
                return code;
        json_object_foreach(objects, path, interfaces)
        {
                Press p = {.properties = json_object_get(interfaces, HUDDLE_EXCHANGE)};

                if (!p.properties || press_is_over(&p))
                        continue;
                ret->path = strdup(path);
                ret->properties = json_incref(p.properties);
                return ret->path ? EXIT_DONE : complain(cli, EXIT_FAILED, NULL, _("out of memory"));
        }
        return EXIT_DONE;
}

static json_t *press_texts(const Card *c, const char *property)
{
        json_t *list = json_array();
        const char *text;

        for (size_t i = 0; (text = card_value(c, property, i)); i++)
                (void)json_array_append_new(list, json_string(text));
        return list;
}

/* A card that cannot be parsed is shown as text. */
static json_t *press_contact(const char *vcard)
{
        _cleanup_(card_freep) Card *c = NULL;

        if (card_parse(&c, vcard, strlen(vcard), NULL, NULL) != 0)
                return json_pack("{s:s, s:s}", "name", "?", "vcard", vcard);
        return json_pack("{s:s, s:s, s:o, s:o, s:s}", "name", card_name(c), "uid", card_uid(c),
                         "TEL", press_texts(c, "TEL"), "EMAIL", press_texts(c, "EMAIL"), "vcard",
                         vcard);
}

Exit press_contacts(Cli *cli, const char *path, json_t **ret)
{
        json_auto_t *reply = NULL;
        json_t *list, *vcard;
        size_t i;
        Exit code = bus_call(cli, bus_method(path, HUDDLE_EXCHANGE, "GetContacts"), &reply);

        if (code != EXIT_DONE)
                return code;
        list = json_array();
        json_array_foreach(json_array_get(reply, 0), i, vcard)(void)
                json_array_append_new(list, press_contact(json_string_value(vcard)));
        *ret = list;
        return EXIT_DONE;
}

void press_print_contacts(const json_t *contacts)
{
        size_t i;
        json_t *c;

        json_array_foreach(contacts, i, c)
        {
                const char *phone = json_string_value(json_array_get(json_object_get(c, "TEL"), 0));
                const char *mail =
                        json_string_value(json_array_get(json_object_get(c, "EMAIL"), 0));

                (void)printf("%s%s%s%s%s", shown(json_string_value(json_object_get(c, "name"))),
                             phone ? "  " : "", shown(phone), mail ? "  " : "", shown(mail));
                if (json_is_true(json_object_get(c, "undone")))
                        (void)printf(_("  (undone)"));
                (void)putchar('\n');
        }
}
