/* SPDX-License-Identifier: GPL-2.0-or-later */
/* page-guest-show.c - what there is to see of an exchange. Text that is returned is ours, and stays
 * until the next call. */
#include "page-guest.h"

#include "host.h"
#include "store.h"

#include "src/protocol/cloud-words.h"
#include "daemon/exchange/exchange-outcome.h"

#include <string.h>

HOST_EXPORT(guest_url) const char *engine_guest_url(void);
HOST_EXPORT(guest_words) const char *engine_guest_words(void);
HOST_EXPORT(guest_consent) const char *engine_guest_consent(void);
HOST_EXPORT(guest_code_text) const char *engine_guest_code_text(void);
HOST_EXPORT(guest_refusal) const char *engine_guest_refusal(void);
HOST_EXPORT(guest_state) const char *engine_guest_state(void);
HOST_EXPORT(guest_error) const char *engine_guest_error(void);
HOST_EXPORT(guest_remaining) double engine_guest_remaining(void);
HOST_EXPORT(guest_count) unsigned engine_guest_count(void);
HOST_EXPORT(guest_guests) unsigned engine_guest_guests(void);
HOST_EXPORT(guest_flags) unsigned engine_guest_flags(void);
HOST_EXPORT(guest_phrase) const char *engine_guest_phrase(void);
HOST_EXPORT(guest_level) const char *engine_guest_level(void);
HOST_EXPORT(guest_members) size_t engine_guest_members(void);
HOST_EXPORT(guest_member_name) const char *engine_guest_member_name(size_t i);
HOST_EXPORT(guest_member_progress) unsigned engine_guest_member_progress(size_t i);
HOST_EXPORT(guest_member_guest) int engine_guest_member_guest(size_t i);
HOST_EXPORT(guest_others) size_t engine_guest_others(void);
HOST_EXPORT(guest_other_word) const char *engine_guest_other_word(size_t i);
HOST_EXPORT(guest_other_flags) unsigned engine_guest_other_flags(size_t i);
HOST_EXPORT(guest_other_members) unsigned engine_guest_other_members(size_t i);
HOST_EXPORT(guest_own_word) const char *engine_guest_own_word(void);

const char *engine_guest_url(void)
{
        return guest.link.url;
}

/* Of the cloud, for people to compare. */
const char *engine_guest_words(void)
{
        static char words[CLOUD_WORDS_SIZE];

        cloud_words(words, &guest.pin.identity);
        return words;
}

const char *engine_guest_consent(void)
{
        return guest.consent;
}

const char *engine_guest_code_text(void)
{
        static char text[CODE_TEXT_MAX];

        text[0] = '\0';
        if (guest.exchange)
                exchange_code(guest.exchange, text);
        if (!text[0] && guest.link.code.route[0]) /* not yet, or once more */
                code_format(&guest.link.code, text);
        return text;
}

/* The name of an outcome. */
const char *engine_guest_refusal(void)
{
        return outcome_name(guest.refusal);
}

/* "" without an exchange: none was begun, or it is over and its cards are all there is. */
const char *engine_guest_state(void)
{
        return guest.exchange ? exchange_state_name(exchange_state(guest.exchange)) : "";
}

const char *engine_guest_error(void)
{
        return outcome_name(guest.exchange ? exchange_outcome(exchange_error(guest.exchange))
                                           : OUTCOME_OK);
}

/* Milliseconds until the deadline that is shown; less than 0: none. */
double engine_guest_remaining(void)
{
        uint64_t at = guest.exchange ? exchange_deadline(guest.exchange) : 0,
                 now = clock_now(host_clock);

        return at == 0 ? -1 : at > now ? (double)(at - now) : 0;
}

unsigned engine_guest_count(void)
{
        ExchangeSummary summary;

        if (guest.exchange && exchange_member_count(guest.exchange) > 0)
                return exchange_member_count(guest.exchange);
        page_store_summary(&summary);
        return summary.members;
}

unsigned engine_guest_guests(void)
{
        return guest.exchange ? exchange_guest_count(guest.exchange) : 0;
}

enum {
        FLAG_OPENER = 1,
        FLAG_HELD = 2,
        FLAG_RELEASED = 4,
        FLAG_INCOMPLETE = 8, /* the phrase does not cover everybody */
        FLAG_CLOSED_ELSEWHERE = 16,
        FLAG_MISSED_ELSEWHERE = 32,
        FLAG_CODE_ELSEWHERE = 64,
        FLAG_SECRET = 128, /* the code has words */
};

unsigned engine_guest_flags(void)
{
        const Exchange *x = guest.exchange;
        unsigned flags = 0;

        if (!x)
                return 0;
        flags |= exchange_opener(x) ? FLAG_OPENER : 0;
        flags |= exchange_held(x) ? FLAG_HELD : 0;
        flags |= exchange_card_released(x) ? FLAG_RELEASED : 0;
        flags |= exchange_phrase_status(x) == PHRASE_INCOMPLETE ? FLAG_INCOMPLETE : 0;
        flags |= exchange_elsewhere(x) == ELSEWHERE_CLOSED ? FLAG_CLOSED_ELSEWHERE : 0;
        flags |= exchange_elsewhere(x) == ELSEWHERE_MISSED ? FLAG_MISSED_ELSEWHERE : 0;
        flags |= exchange_elsewhere(x) == ELSEWHERE_CODE ? FLAG_CODE_ELSEWHERE : 0;
        flags |= strchr(engine_guest_code_text(), ' ') ? FLAG_SECRET : 0;
        return flags;
}

const char *engine_guest_phrase(void)
{
        static ExchangeSummary summary;

        if (guest.exchange && exchange_phrase(guest.exchange)[0])
                return exchange_phrase(guest.exchange);
        page_store_summary(&summary);
        return summary.phrase;
}

/* "unchecked", "proven" or "compared". */
const char *engine_guest_level(void)
{
        static const char *const names[] = {"unchecked", "proven", "compared"};
        static ExchangeSummary summary;

        if (guest.exchange)
                return names[exchange_level(guest.exchange)];
        page_store_summary(&summary);
        return summary.level;
}

static const ExchangeMember *guest_member(size_t i)
{
        const ExchangeMember *members;

        (void)exchange_members(guest.exchange, &members);
        return &members[i];
}

size_t engine_guest_members(void)
{
        const ExchangeMember *members;

        return guest.exchange ? exchange_members(guest.exchange, &members) : 0;
}

/* "" until it is released. */
const char *engine_guest_member_name(size_t i)
{
        return guest_member(i)->name;
}

unsigned engine_guest_member_progress(size_t i)
{
        return guest_member(i)->progress;
}

int engine_guest_member_guest(size_t i)
{
        return guest_member(i)->guest;
}

static const ExchangeOther *guest_other(size_t i)
{
        const ExchangeOther *others;

        (void)exchange_others(guest.exchange, &others);
        return &others[i];
}

size_t engine_guest_others(void)
{
        const ExchangeOther *others;

        return guest.exchange ? exchange_others(guest.exchange, &others) : 0;
}

const char *engine_guest_other_word(size_t i)
{
        return guest_other(i)->word;
}

/* 1: we admit it, 2: it admits us, 4: two have this word. */
unsigned engine_guest_other_flags(size_t i)
{
        const ExchangeOther *o = guest_other(i);

        return (o->admitted ? 1U : 0U) | (o->admits ? 2U : 0U) | (o->same_word ? 4U : 0U);
}

unsigned engine_guest_other_members(size_t i)
{
        return guest_other(i)->members;
}

const char *engine_guest_own_word(void)
{
        return guest.exchange ? exchange_own_word(guest.exchange) : "";
}
