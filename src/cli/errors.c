/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "errors.h"
#include "out.h"
#include "said.h"

#include <string.h>

#define HUDDLE "org.huddle.Error."
#define DBUS "org.freedesktop.DBus.Error."

static const struct {
        const char *name;
        const char *message;
        Exit code;
        bool detail; /* print the daemon's message too */
} errors[] = {
        {HUDDLE "InvalidArgument", N_("that is not a valid value: see huddle(1)"), EXIT_USAGE,
         true},
        {HUDDLE "InvalidCode",
         N_("that is no code: type 4 to 8 digits, then the secret words, like 4821 maple tiger"),
         EXIT_USAGE, false},
        {HUDDLE "UnknownWord", N_("nothing was sent: look at the code again"), EXIT_USAGE, true},
        {HUDDLE "CardInvalid",
         N_("that is not a vCard that can be read: export it once more, as version 3.0"),
         EXIT_FAILED, true},
        {HUDDLE "CardTooLarge",
         N_("the card is too large: choose a smaller picture, or fewer values"), EXIT_FAILED,
         false},
        {HUDDLE "ConsentRequired",
         N_("nothing was sent: the text has not been accepted; register again to read it"),
         EXIT_REFUSED, false},
        {HUDDLE "WrongCode",
         N_("the confirmation code is wrong or has expired: register again to get another"),
         EXIT_REFUSED, false},
        {HUDDLE "WrongPassword",
         N_("there is no record with this number and password: ask a member for both again"),
         EXIT_REFUSED, false},
        {HUDDLE "Locked",
         N_("wrong passwords were tried too often with this number: try again in 15 minutes"),
         EXIT_REFUSED, false},
        {HUDDLE "Expired",
         N_("the record has expired and its cards are deleted: ask a member to send you theirs"),
         EXIT_REFUSED, false},
        {HUDDLE "Revoked",
         N_("one of the members has revoked the record: ask them for a new exchange"), EXIT_REFUSED,
         false},
        {HUDDLE "UsedUp",
         N_("the record has been fetched as often as it may be: ask a member for the cards"),
         EXIT_REFUSED, false},
        {HUDDLE "RecordRefused",
         N_("what the record holds does not fit together: nothing was taken; ask a member for the "
            "cards"),
         EXIT_REFUSED, false},
        {HUDDLE "AlreadyRegistered", N_("you have an account already: see huddle status"),
         EXIT_REFUSED, false},
        {HUDDLE "NotRegistered",
         N_("you have no account there yet: huddle register HANDLE, or --handle HANDLE --consent"),
         EXIT_REFUSED, false},
        {HUDDLE "HandleTaken", N_("somebody else has this handle: choose another"), EXIT_REFUSED,
         false},
        {HUDDLE "NoCard", N_("you have no card yet: huddle card set FN=\"Your Name\" TEL=…"),
         EXIT_REFUSED, false},
        {HUDDLE "Busy",
         N_("something of yours is still running: an exchange ends with huddle leave"),
         EXIT_REFUSED, false},
        {HUDDLE "NotFound", N_("there is no record of that exchange here: see huddle history"),
         EXIT_FAILED, false},
        {HUDDLE "NotOpener", N_("only the terminal that opened the group can close it: ask there"),
         EXIT_REFUSED, false},
        {HUDDLE "NoOtherGroup",
         N_("no other group with your code shows this word: see huddle admit"), EXIT_REFUSED,
         false},
        {HUDDLE "SameWord",
         N_("two groups show this word, so it says nothing: one of them has to start again"),
         EXIT_REFUSED, false},
        {HUDDLE "WrongState", N_("it is too early or too late for that: see huddle status"),
         EXIT_REFUSED, false},
        {HUDDLE "PhraseDiffers",
         N_("somebody else sees another phrase: a stranger may stand between you; agree on a new "
            "code and compare again"),
         EXIT_REFUSED, false},
        {HUDDLE "NoNetwork", N_("there is no network: nothing was sent; connect and try again"),
         EXIT_NETWORK, false},
        {HUDDLE "NetworkLogin",
         N_("this network asks for a login in the browser: open any page there, log in and try "
            "again"),
         EXIT_NETWORK, false},
        {HUDDLE "SearchFailed",
         N_("the local network cannot be searched for clouds: start avahi-daemon, or take a link"),
         EXIT_NETWORK, false},
        {HUDDLE "NoCloud",
         N_("you have no cloud yet: huddle cloud find, huddle host, or huddle cloud add LINK"),
         EXIT_REFUSED, false},
        {HUDDLE "UnknownCloud", N_("you do not have this cloud: add it with huddle cloud add LINK"),
         EXIT_REFUSED, false},
        {HUDDLE "CloudFixed",
         N_("the administrator of this machine allows no other cloud: use that of the "
            "configuration"),
         EXIT_REFUSED, false},
        {HUDDLE "CloudUnreachable", N_("the cloud cannot be reached: try again later"),
         EXIT_NETWORK, true},
        {HUDDLE "CloudKeyChanged",
         N_("the server at the cloud's address does not hold its key, and nothing was sent: ask "
            "the "
            "operator for the new one; then huddle cloud remove URL --force, and huddle cloud add "
            "LINK (or Identity in huddled.conf)"),
         EXIT_REFUSED, false},
        {HUDDLE "CloudRefused", N_("the cloud refused: try again later, or ask its operator"),
         EXIT_REFUSED, true},
        {HUDDLE "Alone", N_("nobody else came: agree on a moment, and press again"), EXIT_NOBODY,
         false},
        {HUDDLE "NotHeard",
         N_("people with your code have exchanged without you, for nobody of them hears you: ask "
            "them for their record, or press again in the same Wi-Fi or with Bluetooth on"),
         EXIT_NOBODY, false},
        {HUDDLE "Missed",
         N_("a group near you with your code had just closed: ask them for their record, or agree "
            "on a new code"),
         EXIT_NOBODY, false},
        {HUDDLE "OtherCode",
         N_("nobody came with your code, but somebody near you has pressed another one: compare "
            "the digits, and press again"),
         EXIT_NOBODY, false},
        {HUDDLE "Ambiguous", N_("two groups nearby use this code: agree on another one"),
         EXIT_REFUSED, false},
        {HUDDLE "TooLate", N_("the group had closed before you: ask them for the record number"),
         EXIT_REFUSED, false},
        {HUDDLE "GroupRefused",
         N_("what the cloud or the others sent did not fit together: your card was not released; "
            "try again with a new code"),
         EXIT_REFUSED, false},
        {HUDDLE "NoGuests",
         N_("guests take no part here: this terminal, or who opened the group, takes none"),
         EXIT_REFUSED, false},
        {HUDDLE "NotProven",
         N_("nobody else has the same secret words: your card was not released; say the code once "
            "more"),
         EXIT_REFUSED, false},
        {HUDDLE "CodeBurned",
         N_("other words were tried too often: your card was not released; agree on a new code"),
         EXIT_REFUSED, false},
        {HUDDLE "Stalled",
         N_("the others did not go on, or the cloud between you: no card has come; press again"),
         EXIT_NOBODY, false},
        {HUDDLE "AlreadyUndone",
         N_("that exchange has been undone already: there is nothing left to do"), EXIT_REFUSED,
         false},
        {HUDDLE "NotUndone", N_("that has not been undone: there is nothing to put back"),
         EXIT_REFUSED, false},
        {HUDDLE "BookRefused", N_("the address book does not work: see huddle book"), EXIT_FAILED,
         true},
        {HUDDLE "NotSaved",
         N_("this machine's disk is full, or cannot be written: make room, and try again"),
         EXIT_FAILED, false},
        {HUDDLE "Failed", N_("huddled failed: see its journal"), EXIT_FAILED, true},
        {DBUS "ServiceUnknown", N_("huddled is not running here: systemctl start huddled"),
         EXIT_NO_DAEMON, false},
        {DBUS "NameHasNoOwner", N_("huddled is not running here: systemctl start huddled"),
         EXIT_NO_DAEMON, false},
        {DBUS "NoServer", N_("there is no message bus to ask: start dbus"), EXIT_NO_DAEMON, false},
        {DBUS "FileNotFound", N_("there is no message bus to ask: start dbus"), EXIT_NO_DAEMON,
         false},
        {DBUS "Disconnected", N_("the message bus went away: try again once it is back"),
         EXIT_NO_DAEMON, false},
        {DBUS "NoReply", N_("huddled did not answer: see its journal"), EXIT_NO_DAEMON, false},
        {DBUS "Timeout", N_("huddled did not answer: see its journal"), EXIT_NO_DAEMON, false},
        {DBUS "TimedOut", N_("huddled could not be started: see its journal"), EXIT_NO_DAEMON,
         false},
        {DBUS "AccessDenied", N_("you may not do that: ask the administrator of this machine"),
         EXIT_REFUSED, true},
        {DBUS "LimitsExceeded",
         N_("that is too much at a time: nothing was done; send less, or wait for what still runs"),
         EXIT_REFUSED, true},
        {DBUS "UnknownObject", N_("that exchange is gone: see huddle history"), EXIT_FAILED, false},
        {DBUS "UnknownMethod",
         N_("huddled and this program are of different versions: restart huddled"), EXIT_FAILED,
         false},
        {DBUS "NoMemory", N_("out of memory: close other programs, and try again"), EXIT_FAILED,
         false},
};

static int find_error(const char *name)
{
        for (size_t i = 0; i < ARRAY_LEN(errors); i++)
                if (strcmp(errors[i].name, name) == 0)
                        return (int)i;
        return -1;
}

/* Errors that mean something else when they come from huddle-agent. Its own message follows. */
static const struct {
        const char *name;
        const char *message;
        Exit code;
} agent_errors[] = {
        {HUDDLE "InvalidArgument",
         N_("that is no address book: eds [BOOK], kde, folder [PATH], hook PATH"), EXIT_USAGE},
        {HUDDLE "NotFound", N_("there is nothing of that in the address books: see huddle history"),
         EXIT_FAILED},
        {HUDDLE "Busy", N_("huddle-agent is at work on another call of this kind: try again later"),
         EXIT_REFUSED},
        {HUDDLE "Failed", N_("huddle-agent failed: see its journal"), EXIT_FAILED},
        {DBUS "ServiceUnknown",
         N_("huddle-agent is not running here: systemctl --user start huddle-agent"),
         EXIT_NO_DAEMON},
        {DBUS "NameHasNoOwner",
         N_("huddle-agent is not running here: systemctl --user start huddle-agent"),
         EXIT_NO_DAEMON},
        {DBUS "NoReply", N_("huddle-agent did not answer: see its journal"), EXIT_NO_DAEMON},
        {DBUS "TimedOut", N_("huddle-agent could not be started: see its journal"), EXIT_NO_DAEMON},
        {DBUS "UnknownMethod",
         N_("huddle-agent and this program are of different versions: restart huddle-agent"),
         EXIT_FAILED},
};

static int find_agent_error(const Cli *cli, const char *name)
{
        for (size_t i = 0; cli->asks_agent && i < ARRAY_LEN(agent_errors); i++)
                if (strcmp(agent_errors[i].name, name) == 0)
                        return (int)i;
        return -1;
}

static bool error_is_activation(const char *name)
{
        return strncmp(name, DBUS "Spawn.", strlen(DBUS "Spawn.")) == 0;
}

Exit error_exit(const char *name)
{
        int i = find_error(name);

        if (error_is_activation(name))
                return EXIT_NO_DAEMON;
        return i < 0 ? EXIT_FAILED : errors[i].code;
}

/* On the session bus another service is meant. */
static bool error_is_absence(const Cli *cli, const char *name)
{
        return cli->choice == BUS_SESSION && !cli->asks_agent &&
               (strcmp(name, DBUS "ServiceUnknown") == 0 ||
                strcmp(name, DBUS "NameHasNoOwner") == 0);
}

Exit complain_error(const Cli *cli, const char *name, const char *detail)
{
        int i = find_error(name), of_agent = find_agent_error(cli, name);

        if (error_is_absence(cli, name))
                return complain(cli, EXIT_NO_DAEMON, name, "%s",
                                _("huddled is not running on the session bus: systemctl --user "
                                  "start huddled, or ask without --user"));
        if (error_is_activation(name))
                return complain(cli, EXIT_NO_DAEMON, name, _("%s could not be started: %s"),
                                cli->asks_agent ? "huddle-agent" : "huddled", said(detail));
        if (of_agent >= 0)
                return complain(cli, agent_errors[of_agent].code, name, "%s",
                                _(agent_errors[of_agent].message));
        if (i < 0)
                return complain(cli, EXIT_FAILED, name, "%s",
                                said(detail && *detail ? detail : name));
        if (errors[i].detail && detail && *detail)
                return complain(cli, errors[i].code, name, _("%s (%s)"), _(errors[i].message),
                                said(detail));
        return complain(cli, errors[i].code, name, "%s", _(errors[i].message));
}
