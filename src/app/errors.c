/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"
#include "errors.h"
#include "stranger.h"

#include <glib/gi18n.h>

#define HUDDLE "org.huddle.Error."
#define DBUS "org.freedesktop.DBus.Error."

typedef struct ErrorRow {
        const char *name;
        const char *words;
        Remedy remedy;
        gboolean detail;
} ErrorRow;

static const ErrorRow rows[] = {
        {HUDDLE "InvalidArgument", N_("That cannot be used."), REMEDY_NONE, TRUE},
        {HUDDLE "InvalidCode", N_("A code is 4 to 8 digits, then two or three words."), REMEDY_NONE,
         FALSE},
        {HUDDLE "UnknownWord", N_("One of the words is not in the list. Nothing was sent."),
         REMEDY_NONE, TRUE},
        {HUDDLE "CardInvalid", N_("This is no contact card that can be read."), REMEDY_CARD, TRUE},
        {HUDDLE "CardTooLarge", N_("The card is too large. A smaller picture helps."), REMEDY_CARD,
         FALSE},
        {HUDDLE "ConsentRequired", N_("Nothing was sent: you have not accepted the terms yet."),
         REMEDY_WELCOME, FALSE},
        {HUDDLE "WrongCode", N_("The confirmation code is wrong or has expired."), REMEDY_RETRY,
         FALSE},
        {HUDDLE "WrongPassword", N_("No cards are kept under this number and password."),
         REMEDY_RETRY, FALSE},
        {HUDDLE "Locked",
         N_("Wrong passwords were tried too often with this number. Try again in 15 minutes."),
         REMEDY_NONE, FALSE},
        {HUDDLE "Expired", N_("These cards have expired and are deleted."), REMEDY_NONE, FALSE},
        {HUDDLE "Revoked", N_("Somebody of the group has withdrawn these cards."), REMEDY_NONE,
         FALSE},
        {HUDDLE "UsedUp", N_("These cards have been fetched as often as they may be."), REMEDY_NONE,
         FALSE},
        {HUDDLE "RecordRefused", N_("What is kept there does not fit together. Nothing was taken."),
         REMEDY_NONE, FALSE},
        {HUDDLE "AlreadyRegistered", N_("You have an account already."), REMEDY_HOME, FALSE},
        {HUDDLE "NotRegistered", N_("You have no account yet."), REMEDY_WELCOME, FALSE},
        {HUDDLE "HandleTaken", N_("Somebody else has this name. Choose another."), REMEDY_NONE,
         FALSE},
        {HUDDLE "NoCard", N_("You have no card to give yet."), REMEDY_CARD, FALSE},
        {HUDDLE "Busy", N_("Something of yours is still running."), REMEDY_HOME, FALSE},
        {HUDDLE "NotFound", N_("Nothing is kept of this exchange any more."), REMEDY_NONE, FALSE},
        {HUDDLE "NotOpener", N_("Only the person that started the group can close it."),
         REMEDY_NONE, FALSE},
        {HUDDLE "NoOtherGroup", N_("That group is not waiting any more."), REMEDY_NONE, FALSE},
        {HUDDLE "SameWord", N_("Two groups show this word. One of them has to start again."),
         REMEDY_NONE, FALSE},
        {HUDDLE "WrongState", N_("It is too early or too late for that."), REMEDY_NONE, FALSE},
        {HUDDLE "PhraseDiffers",
         N_("Somebody sees another phrase. A stranger may stand between you: agree on a new code."),
         REMEDY_HOME, FALSE},
        {HUDDLE "NoNetwork", N_("There is no network."), REMEDY_RETRY, FALSE},
        {HUDDLE "NetworkLogin", N_("This network asks for a login. Open any page in the browser."),
         REMEDY_RETRY, FALSE},
        {HUDDLE "CloudUnreachable", N_("The cloud cannot be reached."), REMEDY_RETRY, FALSE},
        {HUDDLE "SearchFailed", N_("The local network cannot be searched."), REMEDY_NONE, FALSE},
        {HUDDLE "NoCloud", N_("No cloud is set up yet."), REMEDY_SETTINGS, FALSE},
        {HUDDLE "UnknownCloud", N_("You do not use this cloud yet."), REMEDY_SETTINGS, FALSE},
        {HUDDLE "CloudFixed", N_("This device may use the cloud of its administrator alone."),
         REMEDY_NONE, FALSE},
        {HUDDLE "CloudKeyChanged",
         N_("What answers at the cloud’s address is not your cloud. Nothing was sent."),
         REMEDY_SETTINGS, FALSE},
        {HUDDLE "CloudRefused", N_("The cloud refused."), REMEDY_RETRY, TRUE},
        {HUDDLE "Alone", N_("Nobody else came."), REMEDY_HOME, FALSE},
        {HUDDLE "NotHeard",
         N_("People with your code have exchanged without you: nobody of them hears you. Ask them "
            "for number and password."),
         REMEDY_FETCH, FALSE},
        {HUDDLE "Missed", N_("A group near you had just closed. Ask for its number and password."),
         REMEDY_FETCH, FALSE},
        {HUDDLE "OtherCode",
         N_("Nobody came with your code, but somebody near you has pressed another one. Compare "
            "the digits."),
         REMEDY_HOME, FALSE},
        {HUDDLE "Ambiguous", N_("Two groups nearby use this code. Agree on another one."),
         REMEDY_HOME, FALSE},
        {HUDDLE "TooLate",
         N_("The group closed before you came. Ask them for number and password."), REMEDY_FETCH,
         FALSE},
        {HUDDLE "GroupRefused", N_("What came did not fit together."), REMEDY_HOME, FALSE},
        {HUDDLE "NoGuests", N_("Guests take no part here."), REMEDY_HOME, FALSE},
        {HUDDLE "NotProven", N_("Nobody else has the same words. Say the code once more."),
         REMEDY_HOME, FALSE},
        {HUDDLE "CodeBurned", N_("Other words were tried too often. Agree on a new code."),
         REMEDY_HOME, FALSE},
        {HUDDLE "Stalled", N_("The others did not go on. No card has come."), REMEDY_HOME, FALSE},
        {HUDDLE "AlreadyUndone", N_("This exchange has been undone already."), REMEDY_NONE, FALSE},
        {HUDDLE "NotUndone", N_("This has not been undone."), REMEDY_NONE, FALSE},
        {HUDDLE "BookRefused", N_("The address book does not work."), REMEDY_SETTINGS, TRUE},
        {HUDDLE "NotSaved",
         N_("The disk of this device is full, or cannot be written. Make room, and try again."),
         REMEDY_RETRY, FALSE},
        {HUDDLE "Failed", N_("Something failed inside Huddle."), REMEDY_RETRY, TRUE},
        {DBUS "ServiceUnknown", N_("Huddle’s service is not running."), REMEDY_RETRY, FALSE},
        {DBUS "NameHasNoOwner", N_("Huddle’s service is not running."), REMEDY_RETRY, FALSE},
        {DBUS "NoReply", N_("Huddle’s service did not answer."), REMEDY_RETRY, FALSE},
        {DBUS "Timeout", N_("Huddle’s service did not answer."), REMEDY_RETRY, FALSE},
        {DBUS "TimedOut", N_("Huddle’s service could not be started."), REMEDY_RETRY, FALSE},
        {DBUS "Disconnected", N_("Huddle’s service went away."), REMEDY_RETRY, FALSE},
        {DBUS "AccessDenied", N_("You may not do that."), REMEDY_NONE, FALSE},
        {DBUS "LimitsExceeded", N_("That is too much at a time."), REMEDY_RETRY, TRUE},
        {DBUS "UnknownObject", N_("This exchange is gone."), REMEDY_HOME, FALSE},
        {DBUS "UnknownMethod", N_("Huddle’s service is of another version."), REMEDY_NONE, FALSE},
        {DBUS "UnknownInterface", N_("Huddle’s service is of another version."), REMEDY_NONE,
         FALSE},
        {DBUS "InvalidArgs", N_("Huddle’s service is of another version."), REMEDY_NONE, FALSE},
};

static const ErrorRow agent_rows[] = {
        {HUDDLE "InvalidArgument", N_("That is no address book."), REMEDY_SETTINGS, TRUE},
        {HUDDLE "NotFound", N_("There is nothing of that in the address books."), REMEDY_NONE,
         FALSE},
        {HUDDLE "Busy", N_("The address books are still at work."), REMEDY_RETRY, FALSE},
        {HUDDLE "Failed", N_("The address books cannot be used."), REMEDY_RETRY, TRUE},
        {DBUS "ServiceUnknown", N_("The address books’ service is not running."), REMEDY_RETRY,
         FALSE},
        {DBUS "NameHasNoOwner", N_("The address books’ service is not running."), REMEDY_RETRY,
         FALSE},
        {DBUS "NoReply", N_("The address books did not answer."), REMEDY_RETRY, FALSE},
        {DBUS "TimedOut", N_("The address books’ service could not be started."), REMEDY_RETRY,
         FALSE},
        {DBUS "UnknownMethod", N_("The address books’ service is of another version."), REMEDY_NONE,
         FALSE},
};

static const ErrorRow unknown = {NULL, N_("Something failed."), REMEDY_RETRY, TRUE};

static const ErrorRow *errors_row(const ErrorRow *table, gsize n, const char *name)
{
        for (gsize i = 0; i < n; i++)
                if (g_strcmp0(table[i].name, name) == 0)
                        return &table[i];
        return NULL;
}

ErrorWords errors_find(const char *name, gboolean of_agent)
{
        const ErrorRow *row =
                of_agent ? errors_row(agent_rows, G_N_ELEMENTS(agent_rows), name) : NULL;

        if (!row)
                row = errors_row(rows, G_N_ELEMENTS(rows), name);
        if (!row)
                row = &unknown;
        return (ErrorWords){_(row->words), row->remedy, row->detail};
}

ErrorWords errors_explain(const GError *error, gboolean of_agent, char **ret_text)
{
        g_autofree char *name = g_dbus_error_get_remote_error(error);
        g_autoptr(GError) plain = g_error_copy(error);
        g_autofree char *message = NULL;
        ErrorWords words;

        if (!name && error->domain == G_DBUS_ERROR)
                name = g_dbus_error_encode_gerror(error);
        if (!name && g_error_matches(error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT))
                name = g_strdup(DBUS "NoReply");
        words = errors_find(name, of_agent);
        g_dbus_error_strip_remote_error(plain);
        message = stranger_text(plain->message);
        *ret_text = words.detail && *message ? g_strdup_printf("%s %s", words.words, message)
                                             : g_strdup(words.words);
        return words;
}

static const struct {
        const char *label, *route;
} remedies[] = {
        [REMEDY_NONE] = {NULL, NULL},
        [REMEDY_RETRY] = {N_("Try Again"), NULL},
        [REMEDY_HOME] = {N_("Begin Anew"), "home"},
        [REMEDY_WELCOME] = {N_("Get Started"), "welcome"},
        [REMEDY_CARD] = {N_("My Card"), "card"},
        [REMEDY_SETTINGS] = {N_("Settings"), "settings"},
        [REMEDY_FETCH] = {N_("Fetch Cards"), "fetch"},
};

const char *remedy_label(Remedy remedy)
{
        return remedies[remedy].label ? _(remedies[remedy].label) : NULL;
}

const char *remedy_route(Remedy remedy)
{
        return remedies[remedy].route;
}
