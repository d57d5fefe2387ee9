/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The labels of the WHATWG Encoding Standard, and bytes that other converters get wrong. */
#include "src/card/card.h"
#include "src/card/card-charset.h"
#include "tests/unit/test.h"

#define BYTES(s) (s), sizeof(s) - 1

/* https://encoding.spec.whatwg.org/#names-and-labels: a name, then its labels. Those of
 * "replacement" and x-user-defined are left out: they are no charsets. */
static const char *const standard[][24] = {
        {"UTF-8", "unicode-1-1-utf-8", "unicode11utf8", "unicode20utf8", "utf-8", "utf8",
         "x-unicode20utf8"},
        {"IBM866", "866", "cp866", "csibm866", "ibm866"},
        {"ISO-8859-2", "csisolatin2", "iso-8859-2", "iso-ir-101", "iso8859-2", "iso88592",
         "iso_8859-2", "iso_8859-2:1987", "l2", "latin2"},
        {"ISO-8859-3", "csisolatin3", "iso-8859-3", "iso-ir-109", "iso8859-3", "iso88593",
         "iso_8859-3", "iso_8859-3:1988", "l3", "latin3"},
        {"ISO-8859-4", "csisolatin4", "iso-8859-4", "iso-ir-110", "iso8859-4", "iso88594",
         "iso_8859-4", "iso_8859-4:1988", "l4", "latin4"},
        {"ISO-8859-5", "csisolatincyrillic", "cyrillic", "iso-8859-5", "iso-ir-144", "iso8859-5",
         "iso88595", "iso_8859-5", "iso_8859-5:1988"},
        {"ISO-8859-6", "arabic", "asmo-708", "csiso88596e", "csiso88596i", "csisolatinarabic",
         "ecma-114", "iso-8859-6", "iso-8859-6-e", "iso-8859-6-i", "iso-ir-127", "iso8859-6",
         "iso88596", "iso_8859-6", "iso_8859-6:1987"},
        {"ISO-8859-7", "csisolatingreek", "ecma-118", "elot_928", "greek", "greek8", "iso-8859-7",
         "iso-ir-126", "iso8859-7", "iso88597", "iso_8859-7", "iso_8859-7:1987", "sun_eu_greek"},
        {"ISO-8859-8", "csiso88598e", "csisolatinhebrew", "hebrew", "iso-8859-8", "iso-8859-8-e",
         "iso-ir-138", "iso8859-8", "iso88598", "iso_8859-8", "iso_8859-8:1988", "visual",
         "csiso88598i", "iso-8859-8-i", "logical"},
        {"ISO-8859-10", "csisolatin6", "iso-8859-10", "iso-ir-157", "iso8859-10", "iso885910", "l6",
         "latin6"},
        {"ISO-8859-13", "iso-8859-13", "iso8859-13", "iso885913"},
        {"ISO-8859-14", "iso-8859-14", "iso8859-14", "iso885914"},
        {"ISO-8859-15", "csisolatin9", "iso-8859-15", "iso8859-15", "iso885915", "iso_8859-15",
         "l9"},
        {"ISO-8859-16", "iso-8859-16"},
        {"KOI8-R", "cskoi8r", "koi", "koi8", "koi8-r", "koi8_r"},
        {"KOI8-U", "koi8-ru", "koi8-u"},
        {"macintosh", "csmacintosh", "mac", "macintosh", "x-mac-roman"},
        {"windows-874", "dos-874", "iso-8859-11", "iso8859-11", "iso885911", "tis-620",
         "windows-874"},
        {"windows-1250", "cp1250", "windows-1250", "x-cp1250"},
        {"windows-1251", "cp1251", "windows-1251", "x-cp1251"},
        {"windows-1252", "ansi_x3.4-1968", "ascii", "cp1252", "cp819", "csisolatin1", "ibm819",
         "iso-8859-1", "iso-ir-100", "iso8859-1", "iso88591", "iso_8859-1", "iso_8859-1:1987", "l1",
         "latin1", "us-ascii", "windows-1252", "x-cp1252"},
        {"windows-1253", "cp1253", "windows-1253", "x-cp1253"},
        {"windows-1254", "cp1254", "csisolatin5", "iso-8859-9", "iso-ir-148", "iso8859-9",
         "iso88599", "iso_8859-9", "iso_8859-9:1989", "l5", "latin5", "windows-1254", "x-cp1254"},
        {"windows-1255", "cp1255", "windows-1255", "x-cp1255"},
        {"windows-1256", "cp1256", "windows-1256", "x-cp1256"},
        {"windows-1257", "cp1257", "windows-1257", "x-cp1257"},
        {"windows-1258", "cp1258", "windows-1258", "x-cp1258"},
        {"x-mac-cyrillic", "x-mac-cyrillic", "x-mac-ukrainian"},
        {"GBK", "chinese", "csgb2312", "csiso58gb231280", "gb2312", "gb_2312", "gb_2312-80", "gbk",
         "iso-ir-58", "x-gbk"},
        {"gb18030", "gb18030"},
        {"Big5", "big5", "big5-hkscs", "cn-big5", "csbig5", "x-x-big5"},
        {"EUC-JP", "cseucpkdfmtjapanese", "euc-jp", "x-euc-jp"},
        {"ISO-2022-JP", "csiso2022jp", "iso-2022-jp"},
        {"Shift_JIS", "csshiftjis", "ms932", "ms_kanji", "shift-jis", "shift_jis", "sjis",
         "windows-31j", "x-sjis"},
        {"EUC-KR", "cseuckr", "csksc56011987", "euc-kr", "iso-ir-149", "korean", "ks_c_5601-1987",
         "ks_c_5601-1989", "ksc5601", "ksc_5601", "windows-949"},
        {"UTF-16BE", "unicodefffe", "utf-16be"},
        {"UTF-16LE", "csunicode", "iso-10646-ucs-2", "ucs-2", "unicode", "unicodefeff", "utf-16",
         "utf-16le"},
};

static void test_labels(void **state)
{
        for (size_t i = 0; i < ARRAY_LEN(standard); i++) {
                const CardCharset *first = card_charset(standard[i][1]);

                for (size_t k = 1; k < ARRAY_LEN(standard[i]) && standard[i][k]; k++) {
                        assert_case(standard[i][k], card_charset(standard[i][k]));
                        assert_case(standard[i][k], card_charset(standard[i][k]) == first);
                }
        }
        assert_ptr_equal(card_charset(" \tShift_JIS\n"), card_charset("sjis"));
        assert_null(card_charset(""));
        assert_null(card_charset("  "));
        assert_null(card_charset("utf"));
        assert_null(card_charset("../../x"));
}

static const struct {
        const char *label, *bytes;
        size_t len;
        const char *text; /* NULL: the bytes are not of this charset */
} samples[] = {
        {"iso-8859-1",
         BYTES("O\x92"
               "Dell \x93Tor\x94 \x96 5 \x80"),
         "O’Dell “Tor” – 5 €"},
        {"us-ascii", BYTES("\x8awe\x9e \x85"), "Šwež …"},
        {"latin1", BYTES("\x81"), "\xc2\x81"}, /* as the standard has it */
        {"iso-8859-9", BYTES("\x80 \xdd\xf0\xfe\x99"), "€ İğş™"},
        {"latin5", BYTES("\x8c\xd0"), "ŒĞ"},
        {"iso-8859-11", BYTES("\x80\xa1\xd2"), "€กา"},
        {"tis-620", BYTES("\x85\xe0\xa1"), "…เก"},
        {"iso-8859-2", BYTES("\xa9\xb1\xbe"), "Šąž"},
        {"iso-8859-15", BYTES("\xa4\xbd"), "€œ"},
        {"iso-8859-16", BYTES("\xa4\xaa\xba\xde"), "€ȘșȚ"},
        {"koi8-r", BYTES("\xe9\xc4\xc1"), "Ида"},
        {"koi8-u", BYTES("\xa4\xa7\xad\xae\xbe"), "єїґўЎ"},
        {"cp866", BYTES("\x88\xa4\xa0\xf5"), "Идаї"},
        {"windows-1255", BYTES("\xf7\xe9\xf9\xe5\xef"), "קישון"},
        {"windows-1257", BYTES("\xd0\xe0\x80"), "Šą€"},
        {"windows-1258", BYTES("\xd0\xfe\x80"), "Đ₫€"},
        {"macintosh", BYTES("\x8a\xdb"), "ä€"},
        {"x-mac-cyrillic", BYTES("\x88\xa2\xff"), "ИҐ€"},
        {"shift_jis", BYTES("\xfb\xfc\x93\x63\x87\x8a\x87\x40"), "髙田㈱①"},
        {"sjis", BYTES("\xed\x95\xfa\xb1\x81\x60\x5c\x7e"), "﨑﨑～\\~"},
        {"x-sjis", BYTES("\xb1\xb2\xdd"), "ｱｲﾝ"},
        {"shift_jis", BYTES("\xfb"), NULL},
        {"euc-jp", BYTES("\xfc\xe2\xc5\xc4\xad\xea\xad\xa1"), "髙田㈱①"},
        {"x-euc-jp", BYTES("\x8e\xb1\x8f\xb0\xa1"), "ｱ丂"},
        {"iso-2022-jp", BYTES("\033$B-j-!;3\033(B"), "㈱①山"},
        {"gb2312", BYTES("\xd6\xec\xe9\x46\xbb\xf9"), "朱镕基"},
        {"gbk", BYTES("\x80 \xe9\x46"), "€ 镕"},
        {"gb18030", BYTES("\x95\x32\x82\x36\xa8\xbc"), "𠀀ḿ"},
        {"chinese", BYTES("\x87\x4b\xc4\xe3"), "嘖你"},
        {"big5", BYTES("\xf9\xd6\xb8\xcc\xa3\xe1"), "碁裡€"},
        {"big5-hkscs", BYTES("\xfa\xdf\xc6\xe7"), "𥝲ぁ"},
        {"euc-kr", BYTES("\x8c\x63\xb9\xe6\xb0\xa2\xc7\xcf"), "똠방각하"},
        {"ks_c_5601-1987", BYTES("\xc1\x78\x81\x41"), "햤갂"},
        {"utf-16", BYTES("I\0d\0a\0"), "Ida"},
        {"unicodefffe", BYTES("\0I\0d"), "Id"},
};

static void test_samples(void **state)
{
        for (size_t i = 0; i < ARRAY_LEN(samples); i++) {
                _cleanup_free_ char *text = NULL;
                size_t len = 0;
                int r = card_charset_convert(&text, &len, card_charset(samples[i].label), false,
                                             samples[i].bytes, samples[i].len);

                assert_case(samples[i].label, r == (samples[i].text ? 0 : (int)CARD_E_CHARSET));
                if (samples[i].text && strcmp(text, samples[i].text) != 0)
                        fail_msg("%s: %s, not %s", samples[i].label, text, samples[i].text);
                assert_case(samples[i].label, !text || strlen(text) == len);
        }
}

/* As a card names them: with a label that does not fit, and where the whole text is Unicode. */
static const struct {
        const char *name, *text;
        size_t len;
        const char *fn;
} cards[] = {
        {"windows-31j under its usual name",
         BYTES("BEGIN:VCARD\nFN;CHARSET=Shift_JIS:\xfb\xfc\x93\x63\nEND:VCARD\n"), "髙田"},
        {"the same in quoted-printable",
         BYTES("BEGIN:VCARD\nFN;CHARSET=shift-jis;QUOTED-PRINTABLE:=FB=FC=93c\nEND:VCARD\n"),
         "髙田"},
        {"blanks and quotes around",
         BYTES("BEGIN:VCARD\nFN;CHARSET=\" EUC-KR\":\x8c\x63\nEND:VCARD\n"), "똠"},
        {"letters of Windows under a label that has none there",
         BYTES("BEGIN:VCARD\nFN;CHARSET=ISO-8859-2:\x8aimon\nEND:VCARD\n"), "Šimon"},
        {"a byte that is no letter anywhere",
         BYTES("BEGIN:VCARD\nFN;CHARSET=ISO-8859-1:Zo\xeb\x81\nEND:VCARD\n"), "Zoë"},
        {"UTF-16 claimed of UTF-8", BYTES("BEGIN:VCARD\nFN;CHARSET=UTF-16:Ida\nEND:VCARD\n"),
         "Ida"},
        {"UTF-16 in quoted-printable",
         BYTES("BEGIN:VCARD\nFN;CHARSET=UTF-16LE;QUOTED-PRINTABLE:I=00=04=04\nEND:VCARD\n"), "IЄ"},
        {"a charset claimed of a text that is UTF-8 by its mark",
         BYTES("\xef\xbb\xbf"
               "BEGIN:VCARD\nFN;CHARSET=WINDOWS-1251:Ида\nEND:VCARD\n"),
         "Ида"},
        {"but not of what is encoded in it",
         BYTES("\xef\xbb\xbf"
               "BEGIN:VCARD\nFN;CHARSET=WINDOWS-1251;QUOTED-PRINTABLE:=C8=E4=E0\nEND:VCARD\n"),
         "Ида"},
        {"surrogates one by one, as Java writes them",
         BYTES("BEGIN:VCARD\nFN:A\xed\xa0\xbd\xed\xb8\x80\nEND:VCARD\n"), "A😀"},
        {"the same in quoted-printable",
         BYTES("BEGIN:VCARD\nFN;CHARSET=UTF-8;QUOTED-PRINTABLE:=ED=A0=BD=\n=ED=B8=80\n"
               "END:VCARD\n"),
         "😀"},
        {"two marks",
         BYTES("\xef\xbb\xbf\xef\xbb\xbf"
               "BEGIN:VCARD\nFN:Zoë\nEND:VCARD\n"),
         "Zoë"},
        {"a mark that was taken for letters",
         BYTES("\xc3\xaf\xc2\xbb\xc2\xbf"
               "BEGIN:VCARD\nFN:Zoë\nEND:VCARD\n"),
         "Zoë"},
        {"UTF-16 with two marks",
         BYTES("\xff\xfe\xff\xfe"
               "B\0E\0G\0I\0N\0:\0V\0C\0A\0R\0D\0\n\0F\0N\0:\0\xe4\0\n\0E\0N\0D\0:"
               "\0V\0C\0A\0R\0D\0"),
         "ä"},
        {"UTF-16 behind a mark of UTF-8",
         BYTES("\xef\xbb\xbf\xfe\xff"
               "\0B\0E\0G\0I\0N\0:\0V\0C\0A\0R\0D\0\n\0F\0N\0:\0\xe4\0\n\0E\0N\0D\0:"
               "\0V\0C\0A\0R\0D"),
         "ä"},
        {"UTF-16 and a charset",
         BYTES("B\0E\0G\0I\0N\0:\0V\0C\0A\0R\0D\0\n\0F\0N\0;\0C\0H\0A\0R\0S\0E\0T\0=\0S\0J\0I\0S\0:"
               "\0\xe4\0\n\0E\0N\0D\0:\0V\0C\0A\0R\0D\0"),
         "ä"},
};

static void test_cards(void **state)
{
        for (size_t i = 0; i < ARRAY_LEN(cards); i++) {
                _cleanup_(card_freep) Card *c = NULL;

                assert_case(cards[i].name,
                            card_parse(&c, cards[i].text, cards[i].len, NULL, NULL) == 0);
                if (strcmp(card_name(c), cards[i].fn) != 0)
                        fail_msg("%s: %s", cards[i].name, card_name(c));
        }
}

/* The same card in UTF-32, with and without its mark, in both orders. */
static void test_utf32(void **state)
{
        static const char card[] = "BEGIN:VCARD\nFN:Id\xe4\nEND:VCARD\n";

        for (int form = 0; form < 4; form++) {
                char text[4 * sizeof card + 4];
                size_t len = 0, used = 0;
                bool big = form % 2;

                for (size_t i = form < 2; i < sizeof card; i++) {
                        uint32_t c = i == 0 ? 0xfeff : (unsigned char)card[i - 1];

                        for (int b = 0; b < 4; b++)
                                text[len++] = (char)(c >> (big ? 24 - 8 * b : 8 * b));
                }
                for (size_t before = 0; before < 2; before++) {
                        _cleanup_(card_freep) Card *c = NULL;

                        assert_int_equal(card_parse(&c, text, len, &used, NULL), 0);
                        assert_string_equal(card_name(c), "Idä");
                        assert_int_equal(used, len);
                }
        }
}

/* A charset that fits nothing is told, and by which line. */
static void test_refused(void **state)
{
        static const char text[] = "BEGIN:VCARD\nVERSION:2.1\nFN:\x81\x8d\nEND:VCARD\n";
        Card *c = NULL;
        unsigned line = 0;

        assert_int_equal(card_parse(&c, text, sizeof text - 1, NULL, &line), CARD_E_CHARSET);
        assert_int_equal(line, 3);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_labels),  cmocka_unit_test(test_samples),
                cmocka_unit_test(test_cards),   cmocka_unit_test(test_utf32),
                cmocka_unit_test(test_refused),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
