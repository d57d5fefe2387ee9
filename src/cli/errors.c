/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "errors.h"
#include "out.h"

#include <string.h>

#define HUDDLE "org.huddle.Error."
#define DBUS "org.freedesktop.DBus.Error."

static const struct {
        const char *name;
        const char *message;
        Exit code;
        bool detail; /* print the daemon's message too */
} errors[] = {
        {HUDDLE "InvalidArgument", "that is not a valid value", EXIT_USAGE, true},
        {HUDDLE "InvalidCode", "a code is 4 to 8 digits, then the secret words: 4821 maple tiger",
         EXIT_USAGE, false},
        {HUDDLE "UnknownWord", "look at the code again, nothing was sent", EXIT_USAGE, true},
        {HUDDLE "CardInvalid", "that is not a vCard that can be read", EXIT_FAILED, true},
        {HUDDLE "CardTooLarge", "the card is too large; a smaller picture helps", EXIT_FAILED,
         false},
        {HUDDLE "ConsentRequired", "nothing was sent: the text has not been accepted", EXIT_REFUSED,
         false},
        {HUDDLE "WrongCode", "the confirmation code is wrong or has expired", EXIT_REFUSED, false},
        {HUDDLE "WrongPassword", "there is no record with this number and password", EXIT_REFUSED,
         false},
        {HUDDLE "Locked",
         "wrong passwords were tried too often with this number: try again in 15 minutes",
         EXIT_REFUSED, false},
        {HUDDLE "Expired", "the record has expired: its cards are deleted", EXIT_REFUSED, false},
        {HUDDLE "Revoked", "one of the members has revoked the record", EXIT_REFUSED, false},
        {HUDDLE "UsedUp", "the record has been fetched as often as it may be", EXIT_REFUSED, false},
        {HUDDLE "RecordRefused", "what the record holds does not fit together: nothing was taken",
         EXIT_REFUSED, false},
        {HUDDLE "AlreadyRegistered", "you have an account already: see huddle status", EXIT_REFUSED,
         false},
        {HUDDLE "NotRegistered", "you have no account yet: huddle register HANDLE", EXIT_REFUSED,
         false},
        {HUDDLE "HandleTaken", "somebody else has this handle: choose another", EXIT_REFUSED,
         false},
        {HUDDLE "NoCard", "you have no card yet: huddle card set FN=\"Your Name\" TEL=…",
         EXIT_REFUSED, false},
        {HUDDLE "Busy", "something of yours is still running: an exchange ends with huddle leave",
         EXIT_REFUSED, false},
        {HUDDLE "NotFound", "there is no record of that exchange here", EXIT_FAILED, false},
        {HUDDLE "NotOpener", "only whoever opened the group can close it", EXIT_REFUSED, false},
        {HUDDLE "NoOtherGroup", "no other group with your code shows this word", EXIT_REFUSED,
         false},
        {HUDDLE "SameWord",
         "two groups show this word, so it says nothing: one of them has to start again",
         EXIT_REFUSED, false},
        {HUDDLE "WrongState", "it is too early or too late for that", EXIT_REFUSED, false},
        {HUDDLE "PhraseDiffers",
         "somebody else sees another phrase: a stranger may stand between you; agree on a new code "
         "and compare again",
         EXIT_REFUSED, false},
        {HUDDLE "NoNetwork", "there is no network", EXIT_NETWORK, false},
        {HUDDLE "CloudUnreachable", "the cloud cannot be reached", EXIT_NETWORK, true},
        {HUDDLE "CloudKeyChanged",
         "whoever answers at the cloud's address does not hold its key: nothing was sent; ask the "
         "operator",
         EXIT_REFUSED, false},
        {HUDDLE "CloudRefused", "the cloud refused", EXIT_REFUSED, true},
        {HUDDLE "Alone", "nobody else came", EXIT_NOBODY, false},
        {HUDDLE "Ambiguous", "two groups nearby use this code: agree on another one", EXIT_REFUSED,
         false},
        {HUDDLE "TooLate", "the group had closed before you: ask them for the record number",
         EXIT_REFUSED, false},
        {HUDDLE "GroupRefused",
         "what the cloud or the others sent did not fit together: your card was not released",
         EXIT_REFUSED, false},
        {HUDDLE "NotProven",
         "nobody else has the same secret words: your card was not released; say the code once "
         "more",
         EXIT_REFUSED, false},
        {HUDDLE "CodeBurned",
         "other words were tried too often: your card was not released; agree on a new code",
         EXIT_REFUSED, false},
        {HUDDLE "Stalled", "the others did not go on, or the cloud between you: no card has come",
         EXIT_NOBODY, false},
        {HUDDLE "AlreadyUndone", "that exchange has been undone already", EXIT_REFUSED, false},
        {HUDDLE "BookRefused", "the address book does not work", EXIT_FAILED, true},
        {HUDDLE "Failed", "huddled failed: see its journal", EXIT_FAILED, true},
        {DBUS "ServiceUnknown", "huddled is not running here: systemctl start huddled",
         EXIT_NO_DAEMON, false},
        {DBUS "NameHasNoOwner", "huddled is not running here: systemctl start huddled",
         EXIT_NO_DAEMON, false},
        {DBUS "NoServer", "there is no message bus to ask", EXIT_NO_DAEMON, false},
        {DBUS "FileNotFound", "there is no message bus to ask", EXIT_NO_DAEMON, false},
        {DBUS "Disconnected", "the message bus went away", EXIT_NO_DAEMON, false},
        {DBUS "NoReply", "huddled did not answer", EXIT_NO_DAEMON, false},
        {DBUS "Timeout", "huddled did not answer", EXIT_NO_DAEMON, false},
        {DBUS "TimedOut", "huddled could not be started", EXIT_NO_DAEMON, false},
        {DBUS "AccessDenied", "you may not do that", EXIT_REFUSED, true},
        {DBUS "LimitsExceeded", "too much at a time: try again later", EXIT_REFUSED, true},
        {DBUS "UnknownObject", "that exchange is gone", EXIT_FAILED, false},
        {DBUS "UnknownMethod", "huddled and this program are of different versions", EXIT_FAILED,
         false},
        {DBUS "NoMemory", "out of memory", EXIT_FAILED, false},
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
         "that is no address book: eds [BOOK], kde, folder [PATH], hook PATH", EXIT_USAGE},
        {HUDDLE "NotFound", "there is nothing of that in the address books", EXIT_FAILED},
        {HUDDLE "Busy", "huddle-agent is at work on another call of this kind: try again later",
         EXIT_REFUSED},
        {HUDDLE "Failed", "huddle-agent failed: see its journal", EXIT_FAILED},
        {DBUS "ServiceUnknown",
         "huddle-agent is not running here: systemctl --user start huddle-agent", EXIT_NO_DAEMON},
        {DBUS "NameHasNoOwner",
         "huddle-agent is not running here: systemctl --user start huddle-agent", EXIT_NO_DAEMON},
        {DBUS "NoReply", "huddle-agent did not answer", EXIT_NO_DAEMON},
        {DBUS "TimedOut", "huddle-agent could not be started", EXIT_NO_DAEMON},
        {DBUS "UnknownMethod", "huddle-agent and this program are of different versions",
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

Exit complain_error(const Cli *cli, const char *name, const char *detail)
{
        int i = find_error(name), of_agent = find_agent_error(cli, name);

        if (error_is_activation(name))
                return complain(cli, EXIT_NO_DAEMON, name, "%s could not be started: %s",
                                cli->asks_agent ? "huddle-agent" : "huddled", shown(detail));
        if (of_agent >= 0)
                return complain(cli, agent_errors[of_agent].code, name, "%s",
                                agent_errors[of_agent].message);
        if (i < 0)
                return complain(cli, EXIT_FAILED, name, "%s",
                                shown(detail && *detail ? detail : name));
        if (errors[i].detail && detail && *detail)
                return complain(cli, errors[i].code, name, "%s (%s)", errors[i].message,
                                shown(detail));
        return complain(cli, errors[i].code, name, "%s", errors[i].message);
}
