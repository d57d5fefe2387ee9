/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The words of the app that depend on nothing but their arguments. */
#include "config.h"
#include "src/app/card-words.h"
#include "src/app/errors.h"
#include "src/app/exchange-words.h"
#include "src/app/remaining.h"
#include "src/app/stranger.h"

#include "tests/unit/test.h"

/* ---- time ------------------------------------------------------------------------------------ */

static void test_remaining_seconds(void **state)
{
        assert_int_equal(remaining_seconds_at(0, 5000), 0);
        assert_int_equal(remaining_seconds_at(5000, 5000), 0);
        assert_int_equal(remaining_seconds_at(5001, 5000), 1);
        assert_int_equal(remaining_seconds_at(6000, 5000), 1);
        assert_int_equal(remaining_seconds_at(6001, 5000), 2);
        assert_int_equal(remaining_seconds_at(UINT64_MAX, 0), INT32_MAX);
}

static void test_remaining_clock(void **state)
{
        static const struct {
                guint seconds;
                const char *text;
        } rows[] = {{0, "0:00"}, {7, "0:07"}, {90, "1:30"}, {3599, "59:59"}, {7300, "2 h"}};

        for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
                g_autofree char *text = remaining_clock(rows[i].seconds);

                assert_string_equal(text, rows[i].text);
        }
}

static void test_remaining_since(void **state)
{
        static const struct {
                int day, hour, minute;
                const char *text;
        } rows[] = {
                {15, 12, 0, "just now"},        {15, 11, 59, "1 minute ago"},
                {15, 11, 30, "30 minutes ago"}, {15, 9, 5, "today, 09:05"},
                {15, 12, 1, "today, 12:01"},    {14, 23, 50, "yesterday, 23:50"},
                {1, 12, 0, "05/01/26"},
        };
        g_autoptr(GDateTime) now = g_date_time_new_local(2026, 5, 15, 12, 0, 30);

        for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
                g_autoptr(GDateTime) when = g_date_time_new_local(2026, 5, rows[i].day,
                                                                  rows[i].hour, rows[i].minute, 30);
                g_autofree char *text = remaining_since(when, now);

                assert_string_equal(text, rows[i].text);
        }
}

/* ---- errors ---------------------------------------------------------------------------------- */

static void test_errors_have_words(void **state)
{
        ErrorWords alone = errors_find("org.huddle.Error.Alone", FALSE);
        ErrorWords foreign = errors_find("org.example.Error.New", FALSE);

        assert_string_equal(alone.words, "Nobody else came.");
        assert_int_equal(alone.remedy, REMEDY_HOME);
        assert_string_equal(foreign.words, "Something failed.");
        assert_true(foreign.detail);
        assert_string_equal(errors_find(NULL, FALSE).words, foreign.words);
        /* of the agent, where the name means something else, and where it does not */
        assert_string_not_equal(errors_find("org.huddle.Error.NotFound", TRUE).words,
                                errors_find("org.huddle.Error.NotFound", FALSE).words);
        assert_string_equal(errors_find("org.huddle.Error.AlreadyUndone", TRUE).words,
                            errors_find("org.huddle.Error.AlreadyUndone", FALSE).words);
}

/* The list of errors of org.huddle.Manager1.xml: lines "Name: what it means". */
static void test_errors_documented(void **state)
{
        const char *top = g_getenv("top_srcdir");
        g_autofree char *path =
                g_build_filename(top ? top : ".", "daemon/objects/org.huddle.Manager1.xml", NULL);
        g_autofree char *xml = NULL;
        g_autoptr(GRegex) line =
                g_regex_new("^       ([A-Z][A-Za-z]+): ", G_REGEX_MULTILINE, 0, NULL);
        g_autoptr(GMatchInfo) match = NULL;
        const char *unknown = errors_find(NULL, FALSE).words;
        unsigned n = 0;

        assert_true(g_file_get_contents(path, &xml, NULL, NULL));
        for (g_regex_match(line, xml, 0, &match); g_match_info_matches(match);
             g_match_info_next(match, NULL), n++) {
                g_autofree char *name = g_match_info_fetch(match, 1);
                g_autofree char *full = g_strconcat("org.huddle.Error.", name, NULL);

                assert_case(name, !g_str_equal(errors_find(full, FALSE).words, unknown));
        }
        assert_true(n > 30);
}

static void test_errors_explain(void **state)
{
        g_autoptr(GError) failed = g_dbus_error_new_for_dbus_error("org.huddle.Error.CloudRefused",
                                                                   "no room for \xe2\x80\xae"
                                                                   "evil");
        g_autoptr(GError) late = g_error_new(G_IO_ERROR, G_IO_ERROR_TIMED_OUT, "too late");
        g_autofree char *first = NULL, *second = NULL;

        assert_int_equal(errors_explain(failed, FALSE, &first).remedy, REMEDY_RETRY);
        assert_non_null(strstr(first, "The cloud refused."));
        assert_non_null(strstr(first, "no room for"));
        assert_null(strstr(first, "GDBus.Error"));
        assert_null(strstr(first, "\xe2\x80\xae"));
        (void)errors_explain(late, FALSE, &second);
        assert_string_equal(second, "Huddle’s service did not answer.");
}

/* The one button has a label, and leads somewhere or repeats. */
static void test_remedies(void **state)
{
        for (int r = REMEDY_RETRY; r <= REMEDY_FETCH; r++) {
                assert_non_null(remedy_label((Remedy)r));
                assert_true((r == REMEDY_RETRY) == (remedy_route((Remedy)r) == NULL));
        }
        assert_null(remedy_label(REMEDY_NONE));
}

/* ---- strangers ------------------------------------------------------------------------------- */

static void test_stranger(void **state)
{
        g_autofree char *plain = stranger_text("<b>Zoë</b>"), *empty = stranger_text("");
        g_autofree char *none = stranger_text(NULL), *turned = stranger_text("a\xe2\x80\xae"
                                                                             "b\n");
        g_autofree char *many = g_strnfill(5000, 'x'), *cut = stranger_text(many);

        assert_string_equal(plain, "\xe2\x81\xa8<b>Zoë</b>\xe2\x81\xa9");
        assert_string_equal(empty, "");
        assert_string_equal(none, "");
        assert_null(strstr(turned, "\xe2\x80\xae"));
        assert_null(strchr(turned, '\n'));
        assert_true(strlen(cut) <= STRANGER_TEXT_MAX + 6);
        assert_true(g_utf8_validate(cut, -1, NULL));
}

/* ---- exchanges ------------------------------------------------------------------------------- */

static void test_exchange_phases(void **state)
{
        assert_int_equal(exchange_phase("listening"), PHASE_GATHER);
        assert_int_equal(exchange_phase("gathering"), PHASE_GATHER);
        assert_int_equal(exchange_phase("proving"), PHASE_CHECK);
        assert_int_equal(exchange_phase("delivered"), PHASE_DONE);
        assert_int_equal(exchange_phase("left"), PHASE_ENDED);
        assert_int_equal(exchange_phase("a state of later"), PHASE_CHECK);
        assert_int_equal(exchange_phase(NULL), PHASE_CHECK);
}

/* While people are waited for, why nobody may come. */
static void test_exchange_elsewhere(void **state)
{
        ExchangeFacts facts = {.state = "gathering", .members = 1, .elsewhere = "code"};

        assert_non_null(strstr(exchange_headline(&facts), "another code"));
        facts.elsewhere = "closed";
        assert_non_null(strstr(exchange_headline(&facts), "their record"));
        facts.elsewhere = "";
        assert_non_null(strstr(exchange_headline(&facts), "Say the code aloud"));
        facts = (ExchangeFacts){.state = "opening", .members = 2, .elsewhere = "closed"};
        assert_null(strstr(exchange_headline(&facts), "record"));
}

/* What is said about one's own card follows CardReleased, in every state. */
static void test_exchange_headline(void **state)
{
        static const char *const states[] = {"opening", "proving", "releasing"};

        for (gsize i = 0; i < G_N_ELEMENTS(states); i++) {
                ExchangeFacts in = {.state = states[i]}, out = {.state = states[i], .released = 1};

                assert_null(strstr(exchange_headline(&in), "on its way"));
                assert_non_null(strstr(exchange_headline(&out), "on its way"));
        }
        assert_string_equal(exchange_end_text(&(ExchangeFacts){.state = "failed"}),
                            "Your card stayed here.");
        assert_string_equal(exchange_end_text(&(ExchangeFacts){.state = "left", .released = TRUE}),
                            "Your card was out already.");
        assert_string_equal(exchange_headline(&(ExchangeFacts){.state = "releasing", .held = TRUE}),
                            "The countdown stands still.");
        assert_null(strstr(exchange_headline(&(ExchangeFacts){.state = "listening"}), "cloud"));
        assert_string_equal(
                exchange_headline(&(ExchangeFacts){.state = "listening", .offline = TRUE}),
                "The cloud does not answer. Trying again…");
}

/* ---- cards ----------------------------------------------------------------------------------- */

static void test_card_lines(void **state)
{
        static const struct {
                const char *card, *text;
        } rows[] = {
                {"{'State': <'added'>}", "New contact"},
                {"{'State': <'merged'>, 'Into': <'Zoë'>}",
                 "Merged into \xe2\x81\xa8Zoë\xe2\x81\xa9"},
                {"{'State': <'merged'>}", "Merged into your contact"},
                {"{'State': <'added'>, 'Apart': <'name'>, 'ApartFrom': <'Zoë'>}",
                 "New contact. It has nothing but the name of \xe2\x81\xa8Zoë\xe2\x81\xa9."},
                {"{'State': <'undone'>, 'LeftOut': <uint32 1>}",
                 "Taken out again (1 value left out)"},
                {"{'State': <'waiting'>, 'LeftOut': <uint32 2>}",
                 "Waits for the address book (2 values left out)"},
                {"{'State': <'of a later version'>}", ""},
                {"{'State': <uint32 7>}", ""},
        };

        for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
                g_autoptr(GVariant) card =
                        g_variant_parse(G_VARIANT_TYPE_VARDICT, rows[i].card, NULL, NULL, NULL);
                g_autofree char *text = card_words_line(card);

                assert_string_equal(text, rows[i].text);
        }
}

static void test_undone(void **state)
{
        g_autofree char *some = card_words_undone(30, 2), *all = card_words_undone(30, 30);

        assert_string_equal(some, "2 undone");
        assert_string_equal(all, "undone");
}

static void test_past(void **state)
{
        g_autoptr(GDateTime) now = g_date_time_new_from_unix_local(1000000020);
        g_autoptr(GVariant) good = g_variant_parse(
                G_VARIANT_TYPE_VARDICT,
                "{'Time': <uint64 1000000000>, 'Cards': <uint32 2>, 'Level': <'proven'>}", NULL,
                NULL, NULL);
        g_autoptr(GVariant) bad =
                g_variant_parse(G_VARIANT_TYPE_VARDICT, "{'Time': <uint64 18446744073709551615>}",
                                NULL, NULL, NULL);
        g_autofree char *title = NULL, *line = NULL, *bad_title = NULL, *bad_line = NULL;

        card_words_past(good, now, &title, &line);
        assert_string_equal(title, "2 cards");
        assert_string_equal(line, "just now · proven");
        card_words_past(bad, now, &bad_title, &bad_line);
        assert_string_equal(bad_title, "0 cards");
        assert_string_equal(bad_line, " · not checked");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_remaining_seconds),
                cmocka_unit_test(test_remaining_clock),
                cmocka_unit_test(test_remaining_since),
                cmocka_unit_test(test_errors_have_words),
                cmocka_unit_test(test_errors_documented),
                cmocka_unit_test(test_errors_explain),
                cmocka_unit_test(test_remedies),
                cmocka_unit_test(test_stranger),
                cmocka_unit_test(test_exchange_phases),
                cmocka_unit_test(test_exchange_elsewhere),
                cmocka_unit_test(test_exchange_headline),
                cmocka_unit_test(test_card_lines),
                cmocka_unit_test(test_past),
                cmocka_unit_test(test_undone),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
