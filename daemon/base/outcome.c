/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "outcome.h"
#include "src/base/language.h"

#include <assert.h>
#include <stddef.h>

#define ERROR "org.huddle.Error."

static const struct {
        const char *name;
        const char *message;
} table[_OUTCOME_COUNT] = {
        [OUTCOME_OK] = {"", ""},
        [OUTCOME_INVALID_ARGUMENT] = {ERROR "InvalidArgument", N_("an argument is not valid")},
        [OUTCOME_INVALID_CODE] =
                {ERROR "InvalidCode",
                 "a code is 4 to 8 digits, then two or three secret words, or none"},
        [OUTCOME_UNKNOWN_WORD] = {ERROR "UnknownWord",
                                  "a word of the code is not in the word list"},
        [OUTCOME_CARD_INVALID] = {ERROR "CardInvalid", N_("this is not a vCard that can be read")},
        [OUTCOME_CARD_TOO_LARGE] = {ERROR "CardTooLarge", "the card is too large"},
        [OUTCOME_CONSENT_REQUIRED] = {ERROR "ConsentRequired",
                                      "the consent text has not been accepted"},
        [OUTCOME_WRONG_CODE] = {ERROR "WrongCode", "the code is wrong or has expired"},
        [OUTCOME_WRONG_PASSWORD] = {ERROR "WrongPassword",
                                    "there is no record with this number and password"},
        [OUTCOME_ALREADY_REGISTERED] = {ERROR "AlreadyRegistered",
                                        "this user has an account already"},
        [OUTCOME_NOT_REGISTERED] = {ERROR "NotRegistered",
                                    "this user has no account yet: register first"},
        [OUTCOME_HANDLE_TAKEN] = {ERROR "HandleTaken", "somebody else has this handle"},
        [OUTCOME_NO_CARD] = {ERROR "NoCard", "this user has no card yet: set it first"},
        [OUTCOME_BUSY] = {ERROR "Busy", "something of this user is still under way"},
        [OUTCOME_NOT_FOUND] = {ERROR "NotFound", "there is no such record"},
        [OUTCOME_NOT_OPENER] = {ERROR "NotOpener",
                                "only the terminal that opened the group may close it"},
        [OUTCOME_NO_OTHER_GROUP] = {ERROR "NoOtherGroup",
                                    "no other group with this code shows this word"},
        [OUTCOME_SAME_WORD] = {ERROR "SameWord",
                               "two groups show this word, so it says nothing: one of them has to "
                               "start again"},
        [OUTCOME_WRONG_STATE] = {ERROR "WrongState", "the exchange is not in a state for this"},
        [OUTCOME_LIMIT] = {"org.freedesktop.DBus.Error.LimitsExceeded",
                           N_("the limit of calls, accounts or profiles is reached")},
        [OUTCOME_LOCKED] =
                {ERROR "Locked",
                 "wrong passwords were tried too often with this number: try again in 15 minutes"},
        [OUTCOME_EXPIRED] = {ERROR "Expired", "the record has expired"},
        [OUTCOME_REVOKED] = {ERROR "Revoked", "a member has revoked the record"},
        [OUTCOME_USED_UP] = {ERROR "UsedUp", "the record has been fetched as often as it may be"},
        [OUTCOME_RECORD_REFUSED] =
                {ERROR "RecordRefused",
                 "the parts of the record, from the cloud and its members, do not fit together"},
        [OUTCOME_NO_CLOUD] = {ERROR "NoCloud", N_("there is no cloud yet")},
        [OUTCOME_CLOUD_UNUSABLE] = {ERROR "CloudUnreachable",
                                    N_("no usable cloud is configured: see huddled.conf(5)")},
        [OUTCOME_UNKNOWN_CLOUD] = {ERROR "UnknownCloud",
                                   "this cloud is not among those of the user"},
        [OUTCOME_CLOUD_FIXED] = {ERROR "CloudFixed", "the administrator has fixed the cloud"},
        [OUTCOME_SEARCH_FAILED] = {ERROR "SearchFailed",
                                   "the local network cannot be searched: Avahi does not answer, "
                                   "or the configuration has mDNS off"},
        [OUTCOME_NO_NETWORK] = {ERROR "NoNetwork", N_("there is no network")},
        [OUTCOME_NETWORK_LOGIN] = {ERROR "NetworkLogin",
                                   N_("this network asks for a login in the browser")},
        [OUTCOME_CLOUD_UNREACHABLE] = {ERROR "CloudUnreachable", N_("the cloud does not answer")},
        [OUTCOME_CLOUD_TLS] = {ERROR "CloudUnreachable",
                               N_("the cloud's certificate is not accepted: "
                                  "it is wrong, or this machine's clock is")},
        [OUTCOME_CLOUD_BUSY] = {ERROR "CloudUnreachable", N_("the cloud is busy: try again later")},
        [OUTCOME_CLOUD_KEY_CHANGED] =
                {ERROR "CloudKeyChanged",
                 N_("not the keys of the cloud known here: ask its operator for the new ones")},
        [OUTCOME_CLOUD_REFUSED] = {ERROR "CloudRefused", N_("the cloud refuses it")},
        [OUTCOME_ALONE] = {ERROR "Alone", "nobody else came"},
        [OUTCOME_NOT_HEARD] = {ERROR "NotHeard",
                               "a group with this code has closed, and nobody of it hears this "
                               "terminal"},
        [OUTCOME_MISSED] = {ERROR "Missed", "a group with this code has closed nearby just before"},
        [OUTCOME_OTHER_CODE] = {ERROR "OtherCode",
                                "nobody came with this code, and somebody nearby has another"},
        [OUTCOME_AMBIGUOUS] = {ERROR "Ambiguous",
                               "two groups nearby use this code: agree on another one"},
        [OUTCOME_TOO_LATE] = {ERROR "TooLate", "the group has closed already"},
        [OUTCOME_GROUP_REFUSED] = {ERROR "GroupRefused",
                                   "the messages of the cloud or the others did not fit together: "
                                   "nothing was released"},
        [OUTCOME_NO_GUESTS] = {ERROR "NoGuests", "guests take no part in this exchange"},
        [OUTCOME_GUESTS_OFF] = {ERROR "NoGuests",
                                N_("the configuration of this terminal takes no guests")},
        [OUTCOME_NOT_PROVEN] =
                {ERROR "NotProven",
                 "nobody else has proven the same secret words: nothing was released"},
        [OUTCOME_CODE_BURNED] = {ERROR "CodeBurned",
                                 "other words were tried too often with this code: "
                                 "nothing was released; agree on a new one"},
        [OUTCOME_PHRASE_DIFFERS] =
                {ERROR "PhraseDiffers",
                 "somebody else sees another phrase: a stranger may stand between you"},
        [OUTCOME_STALLED] = {ERROR "Stalled",
                             "the others, or the cloud between them, stopped: no card has come"},
        [OUTCOME_NOT_SAVED] = {ERROR "NotSaved",
                               N_("the disk is full, or cannot be written: make room")},
        [OUTCOME_FAILED] = {ERROR "Failed", N_("an error on this machine: see its journal")},
};

const char *outcome_name(Outcome o)
{
        assert(o < _OUTCOME_COUNT);
        return table[o].name;
}

const char *outcome_message(Outcome o)
{
        assert(o < _OUTCOME_COUNT);
        return table[o].message;
}
