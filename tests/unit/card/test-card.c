/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "src/card/card.h"
#include "src/card/card-lines.h"
#include "src/base/text.h"
#include "tests/unit/test.h"

#include <dbus/dbus.h>

#define V21(lines) "BEGIN:VCARD\r\nVERSION:2.1\r\n" lines "END:VCARD\r\n"
#define V30(lines) "BEGIN:VCARD\r\nVERSION:3.0\r\n" lines "END:VCARD\r\n"
#define V40(lines) "BEGIN:VCARD\r\nVERSION:4.0\r\n" lines "END:VCARD\r\n"
#define ANN "UID:u\r\nFN:Ann\r\nN:;Ann;;;\r\n"

/* Text with NULs in it keeps its length. */
#define BYTES(s) (s), sizeof(s) - 1

static const struct {
        const char *name, *text;
        size_t len;
        const char *property, *value; /* NULL: not there */
} good[] = {
        {"3.0", BYTES(V30("FN:Ann\r\n")), "FN", "Ann"},
        {"4.0", BYTES(V40("FN:Ann\r\n")), "FN", "Ann"},
        {"2.1", BYTES(V21("FN:Ann\r\n")), "FN", "Ann"},
        {"no version", BYTES("BEGIN:VCARD\nFN:Ann\nEND:VCARD\n"), "FN", "Ann"},
        {"version at the end", BYTES("BEGIN:VCARD\nFN:a\n b\nVERSION:2.1\nEND:VCARD\n"), "FN",
         "a b"},
        {"small letters", BYTES("begin:vcard\nversion:3.0\nfn:Ann\nend:vcard\n"), "FN", "Ann"},
        {"bare LF", BYTES("BEGIN:VCARD\nVERSION:3.0\nFN:Ann\nEND:VCARD\n"), "FN", "Ann"},
        {"bare CR", BYTES("BEGIN:VCARD\rVERSION:3.0\rFN:Ann\rEND:VCARD\r"), "FN", "Ann"},
        {"no line end at the end", BYTES("BEGIN:VCARD\nVERSION:3.0\nFN:Ann\nEND:VCARD"), "FN",
         "Ann"},
        {"text before the card", BYTES("hello\n\nBEGIN:VCARD\nVERSION:3.0\nFN:Ann\nEND:VCARD"),
         "FN", "Ann"},
        {"blanks around", BYTES(" \nBEGIN : x\nBEGIN:VCARD \nVERSION: 3.0\nFN: Ann \nEND:VCARD "),
         "FN", "Ann"},
        {"UTF-8 byte order mark", BYTES("\xef\xbb\xbf" V30("FN:Ann\r\n")), "FN", "Ann"},
        {"UTF-16 little endian",
         BYTES("\xff\xfe"
               "B\0E\0G\0I\0N\0:\0V\0C\0A\0R\0D\0\n\0F\0N\0:\0\xe4\0\n\0E\0N\0D\0:"
               "\0V\0C\0A\0R\0D\0"),
         "FN", "ä"},
        {"UTF-16 big endian, no mark",
         BYTES("\0B\0E\0G\0I\0N\0:\0V\0C\0A\0R\0D\0\n\0F\0N\0:\0\xe4\0\n\0E\0N\0D\0:"
               "\0V\0C\0A\0R\0D"),
         "FN", "ä"},

        {"folded", BYTES(V30("NOTE:one\r\n  two\r\n\tthree\r\nFN:Ann\r\n")), "NOTE",
         "one twothree"},
        {"folded in 2.1: the blank stays", BYTES(V21("NOTE:one\r\n two\r\nFN:Ann\r\n")), "NOTE",
         "one two"},
        {"folded within a character", BYTES(V30("FN:J\xc3\r\n \xa4ger\r\n")), "FN", "Jäger"},
        {"folded in the header", BYTES(V30("FN:A\r\nTEL;TYPE=HO\r\n ME:123\r\n")), "TEL", "123"},
        {"quoted-printable", BYTES(V21("FN;ENCODING=QUOTED-PRINTABLE:J=C3=A4ger\r\n")), "FN",
         "Jäger"},
        {"quoted-printable, bare", BYTES(V21("FN;QUOTED-PRINTABLE:J=C3=A4ger\r\n")), "FN", "Jäger"},
        {"quoted-printable, small digits",
         BYTES(V21("FN;ENCODING=quoted-printable:J=c3=a4ger\r\n")), "FN", "Jäger"},
        {"soft breaks", BYTES(V21("FN;QUOTED-PRINTABLE:J=\r\n=C3=\r\n=A4ger=\r\n\r\nTEL:1\r\n")),
         "FN", "Jäger"},
        {"soft break before an empty line", BYTES(V21("FN;QUOTED-PRINTABLE:J=C3=\n\n=A4ger\r\n")),
         "FN", "Jäger"},
        {"soft break before the end", BYTES(V21("FN;QUOTED-PRINTABLE:J=C3=A4ger=\r\n")), "FN",
         "Jäger"},
        {"soft break like a property", BYTES(V21("FN:A\nNOTE;QUOTED-PRINTABLE:see =\nURL:x\n")),
         "NOTE", "see URL:x"},
        {"soft break in name only", BYTES(V30("NOTE;X-A=QUOTED-PRINTABLE:a=\r\nFN:Ann\r\n")), "FN",
         "Ann"},
        {"encoding in quotes", BYTES(V21("FN;ENCODING=\"QUOTED-PRINTABLE\":J=C3=\r\n=A4ger\r\n")),
         "FN", "Jäger"},
        {"half an escape", BYTES(V21("FN;QUOTED-PRINTABLE:50 =3D 50=3\r\n")), "FN", "50 = 50=3"},
        {"newline encoded", BYTES(V21("FN:A\r\nNOTE;QUOTED-PRINTABLE:a=0D=0Ab=0Ac=0Dd\r\n")),
         "NOTE", "a\nb\nc\nd"},
        {"separator encoded", BYTES(V21("N;QUOTED-PRINTABLE:M=C3=BCller=3BAnn\r\n")), "N",
         "Müller;Ann"},

        {"latin 1", BYTES(V21("FN;CHARSET=ISO-8859-1:J\xe4ger\r\n")), "FN", "Jäger"},
        {"latin 1, quoted-printable",
         BYTES(V21("FN;CHARSET=ISO-8859-1;QUOTED-PRINTABLE:J=E4ger\r\n")), "FN", "Jäger"},
        {"windows-1251", BYTES(V21("FN;CHARSET=Windows-1251:\xce\xeb\xfc\xe3\xe0\r\n")), "FN",
         "Ольга"},
        {"Shift_JIS with a backslash byte", BYTES(V21("FN;CHARSET=SHIFT_JIS:\x95\x5c\x8e\xa6\r\n")),
         "FN", "表示"},
        {"ISO-2022-JP with a semicolon byte",
         BYTES(V21("FN:A\r\nTITLE;CHARSET=ISO-2022-JP:\033$B;3\033(B\r\n")), "TITLE", "山"},
        {"GB18030", BYTES(V21("FN;CHARSET=GB18030:\xc0\xee\xca\xe9\xcc\xd5\r\n")), "FN", "李书陶"},
        {"none named, not UTF-8", BYTES(V21("FN:Andr\xe9\r\n")), "FN", "André"},
        {"none named, windows-1252", BYTES(V30("FN:\x80 uro\r\n")), "FN", "€ uro"},
        {"letters that wait for a mark",
         BYTES(V21("FN;CHARSET=windows-1255:\xf7\xe9\xf9\xe5\xef\r\n")), "FN", "קישון"},
        {"beyond U+10FFFF", BYTES(V30("FN:\xf6\xbe\xbb\xb2\r\n")), "FN", "ö¾»²"},
        {"beyond U+10FFFF, claimed to be UTF-8",
         BYTES(V40("FN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=F6=BE=BB=B2\r\n")), "FN", "ö¾»²"},
        {"UTF-8 named, is not", BYTES(V30("FN;CHARSET=UTF-8:Andr\xe9\x21\r\n")), "FN", "André!"},
        {"cut off in a character", BYTES(V30("FN;CHARSET=UTF-8:Andr\xc3\r\n")), "FN", "Andr"},
        {"charset unknown", BYTES(V21("FN;CHARSET=Klingon:J\xe4ger\r\n")), "FN", "Jäger"},
        {"charset is a path", BYTES(V21("FN;CHARSET=../../x:Ann\r\n")), "FN", "Ann"},

        {"escapes", BYTES(V30("FN:A\r\nNOTE:a\\, b\\; c\\\\ d\\: e\\n\\Nf\r\n")), "NOTE",
         "a, b; c\\ d: e\n\nf"},
        {"unquoted comma and semicolon", BYTES(V30("FN:Doe, Ann; Dr\r\n")), "FN", "Doe, Ann; Dr"},
        {"backslash that escapes nothing", BYTES(V30("FN:A\r\nNOTE:C:\\temp\r\n")), "NOTE",
         "C:\\temp"},
        {"a path in 2.1", BYTES(V21("FN:A\r\nNOTE:C:\\new\\; x\r\n")), "NOTE", "C:\\new; x"},
        {"structured", BYTES(V30("N:Doe;Ann;B,C;Dr.;\r\n")), "N", "Doe;Ann;B,C;Dr.;"},
        {"escaped colon in a URL", BYTES(V30("FN:A\r\nURL:http\\://x.org/a\\,b\r\n")), "URL",
         "http://x.org/a,b"},
        {"backslash at the end", BYTES(V30("FN:Ann\\\r\n")), "FN", "Ann\\"},

        {"group", BYTES(V30("FN:A\r\nitem1.TEL:123\r\nitem1.X-ABLabel:Boat\r\n")), "TEL", "123"},
        {"property with a small name", BYTES(V30("FN:A\r\nx-abLabel:Boat\r\n")), "X-ABLABEL",
         "Boat"},
        {"bare types", BYTES(V21("FN:A\r\nTEL;HOME;;VOICE;:123\r\n")), "TEL", "123"},
        {"colon in quotes", BYTES(V40("FN:A\r\nADR;LABEL=\"a:b;c\":;;Road;;;;\r\n")), "ADR",
         ";;Road;;;;"},
        {"quotes left open", BYTES(V30("FN:A\r\nTEL;TYPE=\"HOME:123\r\n")), "TEL", "123"},
        {"tel URI", BYTES(V40("FN:A\r\nTEL;VALUE=uri:tel:+1-555;ext=5\r\n")), "TEL",
         "+1-555;ext=5"},
        {"Apple's date without a year",
         BYTES(V30("FN:A\r\nBDAY;X-APPLE-OMIT-YEAR=1604:1604-02-03\r\n")), "BDAY", "--0203"},
        {"date with dashes", BYTES(V30("FN:A\r\nBDAY:1996-04-15\r\n")), "BDAY", "19960415"},
        {"place", BYTES(V30("FN:A\r\nGEO:37.4;-122.1\r\n")), "GEO", "geo:37.4,-122.1"},
        {"anniversary of 3.0", BYTES(V30("FN:A\r\nX-ANNIVERSARY:2009-08-08\r\n")), "ANNIVERSARY",
         "20090808"},

        {"picture 2.1", BYTES(V21("FN:A\r\nPHOTO;JPEG;ENCODING=BASE64:\r\n /9j/\r\n QUJD\r\n\r\n")),
         "PHOTO", "data:image/jpeg;base64,/9j/QUJD"},
        {"picture, lines not folded", BYTES(V21("FN:A\nPHOTO;BASE64;PNG:QUJD\nREVG\n\nTEL:1\n")),
         "PHOTO", "data:image/png;base64,QUJDREVG"},
        {"picture 3.0", BYTES(V30("FN:A\r\nPHOTO;ENCODING=b;TYPE=GIF:QUJD\r\n")), "PHOTO",
         "data:image/gif;base64,QUJD"},
        {"picture without padding", BYTES(V30("FN:A\r\nPHOTO;ENCODING=b;TYPE=GIF:QUI\r\n")),
         "PHOTO", "data:image/gif;base64,QUI="},
        {"picture of the wrong type", BYTES(V30("FN:A\r\nPHOTO;ENCODING=b;TYPE=GIF:/9j/QUJD\r\n")),
         "PHOTO", "data:image/jpeg;base64,/9j/QUJD"},
        {"picture 4.0", BYTES(V40("FN:A\r\nPHOTO:data:image/png;base64\\,QU\r\n JD\r\n")), "PHOTO",
         "data:image/png;base64,QUJD"},
        {"picture elsewhere",
         BYTES(V30("FN:A\r\nPHOTO;VALUE=URL;TYPE=JPEG:http://x.org/a.jpg\r\n")), "PHOTO",
         "http://x.org/a.jpg"},
        {"picture with broken base64", BYTES(V30("FN:A\r\nPHOTO;ENCODING=b:QU!D\r\n")), "PHOTO",
         NULL},
        {"picture that is neither", BYTES(V30("FN:A\r\nPHOTO:none\r\n")), "PHOTO", NULL},
        {"text in base64", BYTES(V30("FN:A\r\nNOTE;ENCODING=b:SsOkZ2Vy\r\n")), "NOTE", "Jäger"},
        {"base64 of something unknown",
         BYTES(V21("FN:A\r\nX-PIC;TYPE=JPEG;ENCODING=BASE64:QUJD\r\n")), "X-PIC",
         "data:image/jpeg;base64,QUJD"},

        {"card within",
         BYTES(V21("AGENT:\r\nBEGIN:VCARD\r\nVERSION:2.1\r\nFN:Bob\r\nEND:VCARD\r\nFN:Ann\r\n")),
         "FN", "Ann"},
        {"card within, on its line",
         BYTES(V21("AGENT:BEGIN:VCARD\r\nFN:Bob\r\nEND:VCARD\r\nFN:Ann\r\n")), "FN", "Ann"},
        {"card within, escaped",
         BYTES(V30("AGENT:BEGIN:VCARD\\nFN:Bob\\nEND:VCARD\\n\r\nFN:Ann\r\n")), "AGENT", NULL},
        {"empty properties", BYTES(V30("FN:Ann\r\nTEL:\r\nADR;TYPE=HOME:;;;;;;\r\n")), "ADR", NULL},
        {"control characters", BYTES(V30("FN:A\001n\xc2\x9bn\x7f\r\n")), "FN", "Ann"},
        {"NUL", BYTES(V30("FN:A\0nn\r\n")), "FN", "Ann"},
        {"newline where none may be", BYTES(V30("FN:Ann\\nBEGIN:VCARD\r\n")), "FN",
         "Ann BEGIN:VCARD"},

        {"name from N", BYTES(V30("N:Doe;Ann;Bea;Dr.;MA\r\n")), "FN", "Dr. Ann Bea Doe MA"},
        {"name from N, Chinese", BYTES(V30("N:王;小明;;;\r\n")), "FN", "王小明"},
        {"name from N, Korean", BYTES(V30("N:김;서연;;;\r\n")), "FN", "김서연"},
        {"name from N, Japanese", BYTES(V30("N:山田;はな;;;\r\n")), "FN", "山田 はな"},
        {"name from N, Katakana", BYTES(V30("N:ミュラー;エヴァ;;;\r\n")), "FN", "ミュラー エヴァ"},
        {"name from N, two scripts", BYTES(V30("N:王;Ming;;;\r\n")), "FN", "Ming 王"},
        {"name from N, comma in it", BYTES(V30("N:Doe\\, x;Ann;;;\r\n")), "FN", "Ann Doe, x"},
        {"name from N, blanks around", BYTES(V30("N:;  Ann ;;;\r\n")), "FN", "Ann"},
        {"name from ORG", BYTES(V30("N:;;;;\r\nORG:Acme\r\n")), "FN", "Acme"},
        {"name from EMAIL", BYTES(V21("EMAIL;PREF:ann@x.org\r\n")), "FN", "ann@x.org"},
        {"name from TEL", BYTES(V21("TEL:123\r\nFN:\r\n")), "FN", "123"},
        {"N from FN", BYTES(V30("FN:Ann Doe, x\r\n")), "N", ";Ann Doe, x;;;"},
};

static void test_read(void **state)
{
        for (size_t i = 0; i < ARRAY_LEN(good); i++) {
                _cleanup_(card_freep) Card *c = NULL;
                const char *value;

                assert_case(good[i].name,
                            card_parse(&c, good[i].text, good[i].len, NULL, NULL) == 0);
                value = card_value(c, good[i].property, 0);
                if (!value != !good[i].value || (value && strcmp(value, good[i].value) != 0))
                        fail_msg("%s: \"%s\"", good[i].name, value ? value : "(none)");
        }
}

static const struct {
        const char *defect, *text;
        size_t len;
        int outcome;
        unsigned line;
} broken[] = {
        {"nothing", BYTES(""), CARD_E_NO_CARD, 0},
        {"byte order mark alone", BYTES("\xef\xbb\xbf"), CARD_E_NO_CARD, 0},
        {"a calendar", BYTES("BEGIN:VCALENDAR\nEND:VCALENDAR\n"), CARD_E_NO_CARD, 0},
        {"cut off", BYTES("BEGIN:VCARD\nVERSION:3.0\nFN:Ann\n"), CARD_E_UNENDED, 3},
        {"cut off in a soft break", BYTES("BEGIN:VCARD\nVERSION:2.1\nFN;QUOTED-PRINTABLE:Ann=\n"),
         CARD_E_UNENDED, 3},
        {"cut off within a card within",
         BYTES("BEGIN:VCARD\nAGENT:\nBEGIN:VCARD\nFN:x\nEND:VCARD\n"), CARD_E_UNENDED, 5},
        {"line without a colon", BYTES("BEGIN:VCARD\nVERSION:3.0\nFN:Ann\nnonsense\nEND:VCARD\n"),
         CARD_E_SYNTAX, 4},
        {"version without a colon at the end of the text", BYTES("BEGIN:VCARD\r\nVERSION"),
         CARD_E_SYNTAX, 2},
        /* what the line before left behind is no version */
        {"version without a colon", BYTES("BEGIN:VCARD\nNOTE:xyzx\nVERSION\nFN:A\nEND:VCARD\n"),
         CARD_E_SYNTAX, 3},
        {"property without a name", BYTES("BEGIN:VCARD\nVERSION:3.0\n:Ann\nEND:VCARD\n"),
         CARD_E_SYNTAX, 3},
        {"group without a name", BYTES("BEGIN:VCARD\nVERSION:3.0\n.FN:Ann\nEND:VCARD\n"),
         CARD_E_SYNTAX, 3},
        {"name with a blank", BYTES("BEGIN:VCARD\nVERSION:3.0\nF N:Ann\nEND:VCARD\n"),
         CARD_E_SYNTAX, 3},
        {"parameter without a name", BYTES("BEGIN:VCARD\nVERSION:3.0\nFN;=x:Ann\nEND:VCARD\n"),
         CARD_E_SYNTAX, 3},
        {"version 5.0", BYTES("BEGIN:VCARD\nVERSION:5.0\nFN:Ann\nEND:VCARD\n"), CARD_E_VERSION, 1},
        {"no charset fits", BYTES("BEGIN:VCARD\nVERSION:2.1\nFN:\x81\x8d\nEND:VCARD\n"),
         CARD_E_CHARSET, 3},
        {"UTF-16 with half a pair",
         BYTES("\xff\xfe"
               "B\0\0\xd8"
               "A\0"),
         CARD_E_CHARSET, 0},
        {"no name", BYTES(V30("NOTE:hello\r\n")), CARD_E_NO_NAME, 4},
        {"empty name", BYTES(V30("FN:\r\nN:;;;;\r\n")), CARD_E_NO_NAME, 5},
};

static char *repeated(const char *head, const char *piece, size_t n, const char *tail)
{
        size_t len = strlen(piece);
        char *text = malloc(strlen(head) + n * len + strlen(tail) + 1), *to;

        assert_non_null(text);
        to = stpcpy(text, head);
        for (size_t i = 0; i < n; i++, to += len)
                memcpy(to, piece, len);
        (void)strcpy(to, tail);
        return text;
}

/* What is lost where a card is forgiven its broken lines: the line and the property of each. */
static void on_lost(void *userdata, unsigned line, const char *property, CardLoss why)
{
        char *told = userdata;

        assert_int_equal(why, CARD_LOSS_SYNTAX);
        (void)sprintf(told + strlen(told), "%u %s,", line, property);
}

static void test_forgiving(void **state)
{
        static const char text[] =
                "BEGIN:VCARD\nVERSION:2.1\nFN:Ann\nnonsense\n"
                "NOTE;CHARSET=ISO-8859-1;QUOTED-PRINTABLE:one\ntw=F6, 3;4\nsee also: five\nTEL:1\n"
                "nonsense\nEMAIL;=x:a@x.org\nX Y:z\n.TEL:2\nUID:u\nN:;Ann\nEND:VCARD\n";
        _cleanup_(card_freep) Card *c = NULL;
        _cleanup_free_ char *written = NULL;
        char told[128] = "";
        CardReading how = {.forgiving = true, .lost = on_lost, .userdata = told};
        size_t len;

        assert_int_equal(card_parse(&c, text, sizeof text - 1, NULL, NULL), CARD_E_SYNTAX);
        assert_int_equal(card_parse_as(&c, text, sizeof text - 1, &how, NULL, NULL), 0);
        assert_int_equal(card_write(&written, &len, c, CARD_V30), 0);
        assert_string_equal(written,
                            V30("FN:Ann\r\nNOTE:one\\ntwö\\, 3\\;4\\nsee also: five\r\nTEL:1\r\n"
                                "UID:u\r\nN:;Ann;;;\r\n"));
        assert_string_equal(told, "4 ,9 ,10 EMAIL,11 ,12 ,");
}

/* The text that a broken line belongs to is not made longer than a value may be, and not in endless
 * steps. */
static void test_forgiven_bounds(void **state)
{
        _cleanup_free_ char *large = repeated("BEGIN:VCARD\nFN:A\nNOTE:a\n", "x", CARD_VALUE_MAX,
                                              "\nEND:VCARD\n"),
                            *many = repeated("BEGIN:VCARD\nFN:A\nNOTE:a\n", "x\n", 100000,
                                             "END:VCARD\n");
        _cleanup_(card_freep) Card *c = NULL;
        CardReading how = {.forgiving = true};

        assert_int_equal(card_parse_as(&c, large, strlen(large), &how, NULL, NULL),
                         CARD_E_TOO_LARGE);
        assert_int_equal(card_parse_as(&c, many, strlen(many), &how, NULL, NULL), 0);
        assert_int_equal(strlen(card_value(c, "NOTE", 0)), 1 + 256 * strlen("\nx"));
}

static void test_broken(void **state)
{
        for (size_t i = 0; i < ARRAY_LEN(broken); i++) {
                Card *c = NULL;
                unsigned line = 0;
                int r = card_parse(&c, broken[i].text, broken[i].len, NULL, &line);

                if (r != broken[i].outcome || c)
                        fail_msg("%s: outcome %d", broken[i].defect, r);
                if (r == CARD_E_SYNTAX || r == CARD_E_UNENDED || r == CARD_E_NO_NAME ||
                    (r == CARD_E_CHARSET && broken[i].line))
                        if (line != broken[i].line)
                                fail_msg("%s: line %u", broken[i].defect, line);
        }
}

static const struct {
        const char *name, *text;
        CardVersion version;
        const char *written;
} written[] = {
        {"types", V21(ANN "TEL;HOME;VOICE;PREF:1\r\n"), CARD_V30,
         V30(ANN "TEL;TYPE=HOME,VOICE,PREF:1\r\n")},
        {"types in 4.0", V21(ANN "TEL;HOME;VOICE;PREF:1\r\n"), CARD_V40,
         V40(ANN "TEL;TYPE=home,voice;PREF=1:1\r\n")},
        {"types in quotes", V40(ANN "TEL;TYPE=\"home,voice\":1\r\n"), CARD_V30,
         V30(ANN "TEL;TYPE=HOME,VOICE:1\r\n")},
        {"type that somebody typed", V30(ANN "TEL;TYPE=my boat:1\r\n"), CARD_V40,
         V40(ANN "TEL;TYPE=my boat:1\r\n")},
        {"the internet is implied", V30(ANN "EMAIL;TYPE=INTERNET,HOME:a@x.org\r\n"), CARD_V30,
         V30(ANN "EMAIL;TYPE=HOME:a@x.org\r\n")},
        {"what reorders or hides text goes",
         V30("UID:u\r\nFN:Ann\xe2\x80\xae"
             "gpj\xe2\x81\xa6.exe\xe2\x80\xa8\xef\xbb\xbf\r\nN:;Ann;;;\r\n"
             "TEL;X-A=\xe2\x80\xad"
             "b:\xe2\x80\xaa+1\xe2\x80\xac\r\n"
             "URL:http://x.org/\xe2\x80\xae"
             "a\r\nNOTE:\xc2\x85"
             "a\\nb\r\n"),
         CARD_V40,
         V40("UID:u\r\nFN:Anngpj.exe\r\nN:;Ann;;;\r\nTEL;X-A=b:+1\r\nURL:http://x.org/a\r\n"
             "NOTE:a\\nb\r\n")},
        {"a mark of direction stays between letters alone",
         V40("UID:u\r\nFN:ש\xe2\x80\x8fל\xe2\x80\x8f\r\nN:;x;;;\r\nTEL:\xe2\x80\x8e"
             "1\xe2\x80\x8f-2\r\n"),
         CARD_V40, V40("UID:u\r\nFN:ש\xe2\x80\x8fל\r\nN:;x;;;\r\nTEL:1-2\r\n")},
        {"group of one goes", V40(ANN "a.TEL:1\r\nb.ORG:A\r\n"), CARD_V30,
         V30(ANN "TEL:1\r\nORG:A\r\n")},
        {"group stays", V30(ANN "item1.TEL:1\r\nitem1.X-ABLABEL:Boat\r\n"), CARD_V40,
         V40(ANN "item1.TEL:1\r\nitem1.X-ABLABEL:Boat\r\n")},
        {"parameters stay", V40(ANN "NOTE;LANGUAGE=de;X-A=\"b:c\":x\r\n"), CARD_V30,
         V30(ANN "NOTE;LANGUAGE=de;X-A=\"b:c\":x\r\n")},
        {"parameter with a quote", V40(ANN "NOTE;X-A=a^'b^^c^nd:x\r\n"), CARD_V40,
         V40(ANN "NOTE;X-A=a^'b^^c^nd:x\r\n")},
        {"parameter with a quote, 3.0", V40(ANN "NOTE;X-A=a^'b:x\r\n"), CARD_V30,
         V30(ANN "NOTE;X-A=a'b:x\r\n")},
        {"picture", V40(ANN "PHOTO:data:image/png;base64,QUJD\r\n"), CARD_V30,
         V30(ANN "PHOTO;ENCODING=b;TYPE=PNG:QUJD\r\n")},
        {"picture in 4.0", V21(ANN "PHOTO;PNG;BASE64:QUJD\r\n\r\n"), CARD_V40,
         V40(ANN "PHOTO:data:image/png;base64,QUJD\r\n")},
        {"picture that does not say that it is base64", V30(ANN "PHOTO;TYPE=PNG:R0lGODlh\r\n"),
         CARD_V30, V30(ANN "PHOTO;ENCODING=b;TYPE=GIF:R0lGODlh\r\n")},
        {"picture that is none", V30(ANN "PHOTO;TYPE=PNG:QUJD\r\n"), CARD_V30, V30(ANN)},
        {"blanks in a URI", V30(ANN "URL: http://x.org/a b\r\n c \r\n"), CARD_V30,
         V30(ANN "URL:http://x.org/a%20bc\r\n")},
        {"blanks in a URI, 2.1", V21(ANN "URL:http://x.org/a\r\n b\r\n"), CARD_V30,
         V30(ANN "URL:http://x.org/ab\r\n")},
        {"picture elsewhere", V30(ANN "PHOTO;VALUE=uri;TYPE=GIF:http://x.org/\r\n"), CARD_V30,
         V30(ANN "PHOTO;VALUE=uri;TYPE=GIF:http://x.org/\r\n")},
        {"picture elsewhere, 4.0", V30(ANN "PHOTO;VALUE=uri;TYPE=GIF:http://x.org/\r\n"), CARD_V40,
         V40(ANN "PHOTO;MEDIATYPE=image/gif:http://x.org/\r\n")},
        {"key of no known type", V30(ANN "KEY;ENCODING=b:QUJD\r\n"), CARD_V30,
         V30(ANN "KEY;ENCODING=b:QUJD\r\n")},
        {"media type that is none",
         V40(ANN "PHOTO;MEDIATYPE=x/0123456789012345678901234567890ä:http://x.org/\r\n"), CARD_V30,
         V30(ANN "PHOTO;VALUE=uri:http://x.org/\r\n")},
        {"birthday", V40(ANN "BDAY:19960415\r\n"), CARD_V30, V30(ANN "BDAY:1996-04-15\r\n")},
        {"birthday in 4.0", V30(ANN "BDAY:1996-04-15\r\n"), CARD_V40, V40(ANN "BDAY:19960415\r\n")},
        {"birthday without a year", V40(ANN "BDAY:--0415\r\n"), CARD_V30,
         V30(ANN "BDAY;X-APPLE-OMIT-YEAR=1604:1604-04-15\r\n")},
        {"birthday as text", V30(ANN "BDAY:in spring\r\n"), CARD_V40,
         V40(ANN "BDAY;VALUE=text:in spring\r\n")},
        {"no such day", V40(ANN "BDAY:19723101\r\n"), CARD_V40,
         V40(ANN "BDAY;VALUE=text:19723101\r\n")},
        {"day and time", V30(ANN "BDAY:1953-10-15T23:10:00Z\r\n"), CARD_V40,
         V40(ANN "BDAY:19531015T231000Z\r\n")},
        {"anniversary", V40(ANN "ANNIVERSARY:20090808\r\n"), CARD_V30,
         V30(ANN "X-ANNIVERSARY:2009-08-08\r\n")},
        {"gender", V40(ANN "GENDER:O;x\r\n"), CARD_V30, V30(ANN "X-GENDER:O;x\r\n")},
        {"class", V30(ANN "CLASS:PRIVATE\r\n"), CARD_V40, V40(ANN "X-CLASS:PRIVATE\r\n")},
        {"place", V40(ANN "GEO:geo:1.5,-2.5;u=3\r\n"), CARD_V30, V30(ANN "GEO:1.5;-2.5\r\n")},
        {"place with commas", V30(ANN "GEO:48,5;-16,25\r\n"), CARD_V30,
         V30(ANN "GEO:48.5;-16.25\r\n")},
        {"place in 4.0", V30(ANN "GEO:1.5;-2.5\r\n"), CARD_V40, V40(ANN "GEO:geo:1.5,-2.5\r\n")},
        {"phone as URI", V40(ANN "TEL;VALUE=uri;TYPE=cell:tel:+1-555\r\n"), CARD_V30,
         V30(ANN "TEL;TYPE=CELL:+1-555\r\n")},
        {"label", V30(ANN "ADR;TYPE=HOME:;;Road;;;;\r\nLABEL;TYPE=HOME:Road\\nTown\r\n"), CARD_V40,
         V40(ANN "ADR;TYPE=home;LABEL=Road^nTown:;;Road;;;;\r\n")},
        {"label in 3.0", V40(ANN "ADR;TYPE=home;LABEL=\"Road\\nTown, A\":;;Road;;;;\r\n"), CARD_V30,
         V30(ANN "ADR;TYPE=HOME:;;Road;;;;\r\nLABEL;TYPE=HOME:Road\\nTown\\, A\r\n")},
        {"label without address", V30(ANN "LABEL:Road\r\n"), CARD_V30, V30(ANN "LABEL:Road\r\n")},
        {"label without address, 4.0", V30(ANN "LABEL:Road\r\n"), CARD_V40,
         V40(ANN "ADR;LABEL=Road:;;;;;;\r\n")},
        {"two labels of the same types",
         V30(ANN "LABEL:stray\r\nADR:;;A;;;;\r\nLABEL:a\r\nADR:;;B;;;;\r\nLABEL:b\r\n"), CARD_V40,
         V40(ANN "ADR;LABEL=stray:;;;;;;\r\nADR;LABEL=a:;;A;;;;\r\nADR;LABEL=b:;;B;;;;\r\n")},
        {"sorting", V30("UID:u\r\nFN:Ann\r\nN:x;Ann;;;\r\nSORT-STRING:X\r\n"), CARD_V40,
         V40("UID:u\r\nFN:Ann\r\nN;SORT-AS=X:x;Ann;;;\r\n")},
        {"short structures are filled", V21("UID:u\r\nFN:Ann\r\nN:Doe;Ann\r\nADR:;;Road\r\n"),
         CARD_V30, V30("UID:u\r\nFN:Ann\r\nN:Doe;Ann;;;\r\nADR:;;Road;;;;\r\n")},
        {"bare comma of 2.1", V21(ANN "ADR:;;A, B\r\n"), CARD_V30, V30(ANN "ADR:;;A\\, B;;;;\r\n")},
        {"lists", V30(ANN "CATEGORIES:a,b\\,c\r\n"), CARD_V40, V40(ANN "CATEGORIES:a,b\\,c\r\n")},
        {"list with blanks and nothing in it", V30(ANN "CATEGORIES:,a , b\\, ,,c\\,,\r\n"),
         CARD_V30, V30(ANN "CATEGORIES:a,b\\,,c\\,\r\n")},
        {"several nicknames", V30(ANN "a.NICKNAME;LANGUAGE=en:Jim,J\\,im,,Jimmie,\r\n"), CARD_V30,
         V30(ANN "a.NICKNAME;LANGUAGE=en:Jim\r\na.NICKNAME;LANGUAGE=en:J\\,im\r\n"
                 "a.NICKNAME;LANGUAGE=en:Jimmie\\,\r\n")},
        {"nickname with a bare comma", V40(ANN "NICKNAME:Bob, the builder\r\n"), CARD_V40,
         V40(ANN "NICKNAME:Bob\\, the builder\r\n")},
        {"bare commas in an address", V30(ANN "ADR:;,a;b,c, d\\n;e,\\nf,;g,;;\r\n"), CARD_V30,
         V30(ANN "ADR:;,a;b,c\\, d\\n;e\\,\\nf\\,;g\\,;;\r\n")},
        {"unknown property", V30(ANN "X-THING;A=b:1;2\\;3\\n\r\n"), CARD_V40,
         V40(ANN "X-THING;A=b:1;2\\;3\\n\r\n")},
        {"bare comma in an unknown property", V30(ANN "X-ABADR:Road 1,2, Town\r\n"), CARD_V30,
         V30(ANN "X-ABADR:Road 1\\,2\\, Town\r\n")},
        {"unknown URI", V30(ANN "X-AT;VALUE=uri:http://x.org/a,b\\;c\r\n"), CARD_V40,
         V40(ANN "X-AT;VALUE=uri:http://x.org/a,b;c\r\n")},
        {"unknown URI, 3.0", V40(ANN "X-AT;VALUE=uri:http://x.org/a,b;c\r\n"), CARD_V30,
         V30(ANN "X-AT;VALUE=uri:http://x.org/a\\,b\\;c\r\n")},
        {"unknown picture", V40(ANN "X-PIC;VALUE=uri:data:image/png;base64,QUJD\r\n"), CARD_V30,
         V30(ANN "X-PIC;ENCODING=b;TYPE=PNG:QUJD\r\n")},
        {"unknown picture, 4.0", V30(ANN "X-PIC;TYPE=png;ENCODING=b;VALUE=binary:QUJD\r\n"),
         CARD_V40, V40(ANN "X-PIC;VALUE=uri:data:image/png;base64,QUJD\r\n")},
        {"unknown media of no known type", V40(ANN "X-PIC;VALUE=uri:data:x/y;base64,QUJD\r\n"),
         CARD_V30, V30(ANN "X-PIC;VALUE=uri:data:x/y\\;base64\\,QUJD\r\n")},
        {"text where a URI is usual", V40(ANN "RELATED;VALUE=text:Eve, Bob\r\n"), CARD_V40,
         V40(ANN "RELATED;VALUE=text:Eve\\, Bob\r\n")},
        {"more parts than there are",
         V30("UID:u\r\nFN:Ann\r\nN:a;b;c;d;e;f,g;;\r\nADR:1;2;3;4;5;6;7;8 ; ;\r\n"), CARD_V30,
         V30("UID:u\r\nFN:Ann\r\nN:a;b;c;d;e\\;f,g\r\nADR:1;2;3;4;5;6;7\\;8\r\n")},
        {"parts of RFC 9554",
         V40("UID:u\r\nFN:Ann\r\nN:a;b;;;;f;\r\nADR:;;3;;;;7;8;9;;;;;;;;;\r\n"), CARD_V40,
         V40("UID:u\r\nFN:Ann\r\nN:a;b;;;;f\r\nADR:;;3;;;;7;8;9\r\n")},
        {"parts of RFC 9554, 3.0",
         V40("UID:u\r\nFN:Ann\r\nN:a;b;;;;f;\r\nADR:;;3;;;;;8;9;;;;;;;;;\r\n"), CARD_V30,
         V30("UID:u\r\nFN:Ann\r\nN:a;b;;;\r\nADR:;;3;;;;\r\n")},
        {"empty parts at the end", V30(ANN "ORG:A;;B;;\r\n"), CARD_V30, V30(ANN "ORG:A;;B\r\n")},
        {"types as Android has them",
         V21(ANN "TEL;X-CUSTOM(CHARSET=UTF-8,ENCODING=QUOTED-PRINTABLE,=C3=84=3B b):1\r\n"
                 "TEL;X-CUSTOM(Boat):2\r\n"),
         CARD_V30, V30(ANN "TEL;TYPE=\"Ä; b\":1\r\nTEL;TYPE=BOAT:2\r\n")},
        {"URI or text", V40(ANN "RELATED:http://x.org/a,b\r\nRELATED:Eve, Bob\r\n"), CARD_V40,
         V40(ANN "RELATED:http://x.org/a,b\r\nRELATED;VALUE=text:Eve\\, Bob\r\n")},
        {"names that are none", V30(ANN "a_b.X-a/b_c;D_e=f:1\r\na-B.TEL ;TYPE = work:2\r\n"),
         CARD_V30, V30(ANN "a-b.X-A-B-C;D-E=f:1\r\na-B.TEL;TYPE=WORK:2\r\n")},
        {"version in short", "BEGIN:VCARD\r\nVERSION: 3\r\n" ANN "NOTE:a\\nb\r\nEND:VCARD\r\n",
         CARD_V30, V30(ANN "NOTE:a\\nb\r\n")},
        {"name with an underscore", V21(ANN "X-WAB-SPOUSE_NAME;X_A=b:Eve\r\n"), CARD_V30,
         V30(ANN "X-WAB-SPOUSE-NAME;X-A=b:Eve\r\n")},
        {"dropped on purpose", V30(ANN "PRODID:x\r\nNAME:x\r\nPROFILE:x\r\nAGENT:x\r\nROLE:\r\n"),
         CARD_V30, V30(ANN)},
        {"UID that is no URI", V30(ANN), CARD_V40,
         V40("UID;VALUE=text:u\r\nFN:Ann\r\nN:;Ann;;;\r\n")},
        {"UID that is one", V30("UID:urn:x\r\nFN:Ann\r\nN:;Ann;;;\r\n"), CARD_V40,
         V40("UID:urn:x\r\nFN:Ann\r\nN:;Ann;;;\r\n")},
        {"folded between characters", V30(ANN "NOTE:äääääääääääääääääääääääääääääääääääääää\r\n"),
         CARD_V30, V30(ANN "NOTE:äääääääääääääääääääääääääääääääääää\r\n ääää\r\n")},
        {"a line of 75 bytes is not folded",
         V30(ANN "NOTE:0123456789012345678901234567890123456789012345678901234567890123456789\r\n"),
         CARD_V30,
         V30(ANN
             "NOTE:0123456789012345678901234567890123456789012345678901234567890123456789\r\n")},
};

/* In 4.0 the UID of these cards is marked as the text that it is. */
static char *with_uid_type(const char *text, CardVersion version)
{
        const char *uid = version == CARD_V40 ? strstr(text, "UID:u\r\n") : NULL;
        char *copy = NULL;

        if (asprintf(&copy, uid ? "%.*sUID;VALUE=text:%s" : "%.*s%s", uid ? (int)(uid - text) : 0,
                     text, uid ? uid + 4 : text) < 0)
                return NULL;
        return copy;
}

static void test_write(void **state)
{
        for (size_t i = 0; i < ARRAY_LEN(written); i++) {
                _cleanup_(card_freep) Card *c = NULL;
                _cleanup_free_ char *text = NULL, *expected = with_uid_type(written[i].written,
                                                                            written[i].version);
                size_t len;

                assert_case(written[i].name, card_parse(&c, written[i].text,
                                                        strlen(written[i].text), NULL, NULL) == 0);
                assert_case(written[i].name, card_write(&text, &len, c, written[i].version) == 0);
                if (strlen(text) != len || strcmp(text, expected) != 0)
                        fail_msg("%s: %s", written[i].name, text);
        }
}

/* What was written reads as what was read: for each row above, in both versions. */
static void test_round_trip(void **state)
{
        static const CardVersion versions[] = {CARD_V30, CARD_V40};

        for (size_t i = 0; i < 2 * ARRAY_LEN(written); i++) {
                _cleanup_(card_freep) Card *c = NULL, *again = NULL;
                _cleanup_free_ char *text = NULL, *text_again = NULL;
                size_t len, len_again;
                const char *name = written[i / 2].name;

                assert_int_equal(card_parse(&c, written[i / 2].text, strlen(written[i / 2].text),
                                            NULL, NULL),
                                 0);
                assert_int_equal(card_write(&text, &len, c, versions[i % 2]), 0);
                assert_case(name, card_parse(&again, text, len, NULL, NULL) == 0);
                assert_int_equal(card_write(&text_again, &len_again, again, versions[i % 2]), 0);
                if (strcmp(text, text_again) != 0)
                        fail_msg("%s: %s\nthen %s", name, text, text_again);
        }
}

static void test_many_cards(void **state)
{
        static const char text[] = "junk\n" V30(
                "FN:Ann\r\n") "BEGIN:VCARD\nnonsense\nEND:VCARD\n" V21("FN:Bob\r\n") "\n\n";
        static const int outcomes[] = {0, CARD_E_SYNTAX, 0, CARD_E_NO_CARD};
        static const char *const names[] = {"Ann", NULL, "Bob", NULL};
        size_t at = 0;

        for (size_t i = 0; i < ARRAY_LEN(outcomes); i++) {
                _cleanup_(card_freep) Card *c = NULL;
                size_t used = 0;

                assert_int_equal(card_parse(&c, text + at, sizeof text - 1 - at, &used, NULL),
                                 outcomes[i]);
                if (names[i])
                        assert_string_equal(card_name(c), names[i]);
                at += used;
        }
        assert_int_equal(at, sizeof text - 1);
}

static void test_many_cards_utf16(void **state)
{
        static const char one[] = "B\0E\0G\0I\0N\0:\0V\0C\0A\0R\0D\0\n\0F\0N\0:\0\xe4\0="
                                  "\xd8\0\xde\n\0E\0N\0D\0:\0V\0C\0A\0R\0D\0\n";
        char text[2 + 2 * sizeof one];
        size_t at = 0, used;

        memcpy(text, "\xff\xfe", 2);
        memcpy(text + 2, one, sizeof one);
        memcpy(text + 2 + sizeof one, one, sizeof one);
        for (int i = 0; i < 2; i++) {
                _cleanup_(card_freep) Card *c = NULL;

                assert_int_equal(card_parse(&c, text + at, sizeof text - at, &used, NULL), 0);
                assert_string_equal(card_name(c), "ä😀");
                at += used;
        }
        assert_int_equal(at, sizeof text);
}

/* ---- bounds --------------------------------------------------------------------------------- */

static const struct {
        const char *name, *head, *piece;
        size_t n;
        const char *tail;
        int outcome;
} big[] = {
        {"as many properties as may be", "BEGIN:VCARD\nFN:A\nN:A\nUID:u\n", "TEL:1\n",
         CARD_PROPERTIES_MAX - 3, "END:VCARD\n", 0},
        {"one property too many", "BEGIN:VCARD\nFN:A\n", "TEL:1\n", CARD_PROPERTIES_MAX,
         "END:VCARD\n", CARD_E_TOO_LARGE},
        {"value too large", "BEGIN:VCARD\nFN:A\nNOTE:", "x", CARD_VALUE_MAX + 1, "\nEND:VCARD\n",
         CARD_E_TOO_LARGE},
        {"largest value", "BEGIN:VCARD\nFN:A\nNOTE:", "x", CARD_VALUE_MAX, "\nEND:VCARD\n", 0},
        {"text too large", "BEGIN:VCARD\nFN:A\n", "X:\n", CARD_TEXT_MAX, "END:VCARD\n",
         CARD_E_TOO_LARGE},
        {"a small card in a large file", "BEGIN:VCARD\nFN:A\nEND:VCARD\n", "x", 2 * CARD_TEXT_MAX,
         "", 0},
        {"too many parameters", "BEGIN:VCARD\nFN:A\nTEL", ";A=b", 100, ":1\nEND:VCARD\n",
         CARD_E_SYNTAX},
        {"too many types", "BEGIN:VCARD\nFN:A\nTEL;TYPE=a", ",b", 100, ":1\nEND:VCARD\n",
         CARD_E_SYNTAX},
        {"name too long", "BEGIN:VCARD\nFN:A\nX-", "A", 200, ":1\nEND:VCARD\n", CARD_E_SYNTAX},
        {"nothing but folds", "BEGIN:VCARD\nFN:A\nNOTE", "\n ", CARD_TEXT_MAX / 4,
         ":x\nEND:VCARD\n", 0},
        {"nothing but CR", "BEGIN:VCARD\nFN:A\n", "\r", CARD_TEXT_MAX / 2, "END:VCARD\n", 0},
        {"cards in cards", "BEGIN:VCARD\nFN:A\n", "BEGIN:VCARD\n", CARD_TEXT_MAX / 16,
         "END:VCARD\n", CARD_E_UNENDED},
        {"soft breaks", "BEGIN:VCARD\nFN:A\nNOTE;QUOTED-PRINTABLE:x", "=\n", CARD_TEXT_MAX / 4,
         "y\nEND:VCARD\n", 0},
        {"quotes", "BEGIN:VCARD\nFN:A\nNOTE;A=", "\"", CARD_TEXT_MAX / 2, ":x\nEND:VCARD\n", 0},
        {"labels", "BEGIN:VCARD\nFN:A\n", "LABEL:x\n", CARD_PROPERTIES_MAX - 3, "END:VCARD\n", 0},
};

static void test_bounds(void **state)
{
        for (size_t i = 0; i < ARRAY_LEN(big); i++) {
                _cleanup_free_ char *text =
                        repeated(big[i].head, big[i].piece, big[i].n, big[i].tail);
                _cleanup_(card_freep) Card *c = NULL;
                int r = card_parse(&c, text, strlen(text), NULL, NULL);

                if (r != big[i].outcome)
                        fail_msg("%s: %d", big[i].name, r);
        }
}

/* ---- parts ---------------------------------------------------------------------------------- */

static Card *parsed(const char *text)
{
        Card *c = NULL;

        assert_int_equal(card_parse(&c, text, strlen(text), NULL, NULL), 0);
        return c;
}

static const char full[] = V40("UID;VALUE=text:u\r\nFN:Ann\r\nN:;Ann;;;\r\nTEL:1\r\nTEL:2\r\nPHOTO:"
                               "data:image/png;base64,QUJD\r\n"
                               "NICKNAME:A\r\nEMAIL:a@x.org\r\n");

static void test_split_and_join(void **state)
{
        _cleanup_(card_freep) Card *c = parsed(full), *whole = NULL, *half = NULL;
        _cleanup_free_ char *name = NULL, *rest = NULL;

        assert_int_equal(card_split(&name, &rest, c), 0);
        assert_null(strstr(name, "TEL"));
        assert_null(strstr(name, "EMAIL"));
        assert_null(strstr(rest, "PHOTO"));
        assert_null(strstr(rest, "Ann"));
        assert_int_equal(card_join(&whole, name, strlen(name), rest, strlen(rest)), 0);
        assert_string_equal(card_name(whole), "Ann");
        assert_string_equal(card_uid(whole), "u");
        assert_string_equal(card_value(whole, "TEL", 1), "2");
        assert_string_equal(card_value(whole, "PHOTO", 0), "data:image/png;base64,QUJD");
        assert_int_equal(card_join(&half, name, strlen(name), NULL, 0), 0);
        assert_null(card_value(half, "TEL", 0));
}

static const struct {
        const char *defect, *name, *rest;
        int outcome;
} bad_halves[] = {
        {"name in 3.0", V30("FN:Ann\r\n"), NULL, CARD_E_VERSION},
        {"rest in 2.1", V40("FN:Ann\r\n"), V21("TEL:1\r\n"), CARD_E_VERSION},
        {"no version", "BEGIN:VCARD\nFN:Ann\nEND:VCARD\n", NULL, CARD_E_VERSION},
        {"not UTF-8", V40("FN:Andr\xe9\r\n"), NULL, CARD_E_CHARSET},
        {"rest not UTF-8", V40("FN:Ann\r\n"), V40("NOTE:\xe9\r\n"), CARD_E_CHARSET},
        {"rest is no card", V40("FN:Ann\r\n"), "hello", CARD_E_NO_CARD},
        {"no name", V40("NOTE:x\r\n"), V40("FN:Ann\r\n"), CARD_E_NO_NAME},
};

/* Encodings have no place in 4.0, and what is in them is no less a stranger's: D-Bus takes nothing
 * but UTF-8. */
static void test_encoded_halves_are_text(void **state)
{
        static const char name[] =
                V40("FN;ENCODING=QUOTED-PRINTABLE;CHARSET=UTF-8:=F6=BE=BB=B2\r\n");
        static const char rest[] =
                V40("NOTE;ENCODING=QUOTED-PRINTABLE:=FF=FE=F6=BE=BB=B2=00=ED=A0=80\r\n");
        _cleanup_(card_freep) Card *c = NULL;
        _cleanup_free_ char *text = NULL;
        size_t len;

        assert_int_equal(card_join(&c, name, strlen(name), rest, strlen(rest)), 0);
        assert_int_equal(card_write(&text, &len, c, CARD_V30), 0);
        assert_true(dbus_validate_utf8(text, NULL));
}

static void test_bad_halves(void **state)
{
        for (size_t i = 0; i < ARRAY_LEN(bad_halves); i++) {
                Card *c = NULL;
                int r = card_join(&c, bad_halves[i].name, strlen(bad_halves[i].name),
                                  bad_halves[i].rest,
                                  bad_halves[i].rest ? strlen(bad_halves[i].rest) : 0);

                if (r != bad_halves[i].outcome || c)
                        fail_msg("%s: %d", bad_halves[i].defect, r);
        }
}

/* The rest cannot change the name on the card. */
static void test_rest_keeps_to_its_half(void **state)
{
        static const char name[] = V40("UID:u\r\nFN:Ann\r\nTEL:early\r\n");
        static const char rest[] =
                V40("UID:other\r\nFN:Bob\r\nPHOTO:data:image/png;base64,QUJD\r\nTEL:1\r\n");
        _cleanup_(card_freep) Card *c = NULL;

        assert_int_equal(card_join(&c, name, strlen(name), rest, strlen(rest)), 0);
        assert_string_equal(card_uid(c), "u");
        assert_string_equal(card_name(c), "Ann");
        assert_null(card_value(c, "FN", 1));
        assert_null(card_value(c, "PHOTO", 0));
        assert_string_equal(card_value(c, "TEL", 0), "1");
        assert_null(card_value(c, "TEL", 1));
}

static void test_share(void **state)
{
        static const char *const bad[] = {
                "",     ",",     "TEL,",  ",TEL",          "TEL,,EMAIL", "TEL EMAIL", "TEL;EMAIL",
                "TEL/", "TEL/-", "/work", "TEL/work/home", "*,TEL",      "TEL/wo rk"};
        _cleanup_(card_freep) Card *c = parsed(full);

        for (size_t i = 0; i < ARRAY_LEN(bad); i++)
                assert_case(bad[i], card_share(c, bad[i]) == -EINVAL);
        assert_int_equal(card_share(c, "tel,ORG"), 0);
        assert_string_equal(card_value(c, "TEL", 1), "2");
        assert_null(card_value(c, "EMAIL", 0));
        assert_null(card_value(c, "PHOTO", 0));
        assert_string_equal(card_name(c), "Ann");
        assert_non_null(card_value(c, "N", 0));
        assert_string_equal(card_uid(c), "u");
}

static void test_share_by_type(void **state)
{
        static const char text[] =
                V30(ANN "TEL;TYPE=WORK,VOICE:1\r\nTEL;TYPE=HOME:2\r\nTEL;TYPE=CELL:3\r\n"
                        "item1.EMAIL;TYPE=WORK:w@x\r\nitem1.X-ABLabel:office\r\n"
                        "item2.EMAIL;TYPE=HOME:h@x\r\nitem2.X-ABLabel:secret love\r\nX-ABLabel:of "
                        "nothing\r\n"
                        "NOTE:n\r\n");
        static const struct {
                const char *fields;
                const char *numbers, *addresses, *labels; /* what is left, in one piece */
        } rows[] = {
                {"*", "123", "w@xh@x", "officesecret loveof nothing"},
                {"TEL", "123", "", ""},
                {"tel/WORK", "1", "", ""},
                {"TEL/-work", "23", "", ""},
                {"TEL/work,TEL/cell", "13", "", ""},
                {"EMAIL/work,TEL/-home", "13", "w@x", "office"},
                {"EMAIL/fax", "", "", ""},
        };

        for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
                static const char *const names[] = {"TEL", "EMAIL", "X-ABLABEL"};
                const char *const wanted[] = {rows[i].numbers, rows[i].addresses, rows[i].labels};
                _cleanup_(card_freep) Card *c = parsed(text);

                assert_case(rows[i].fields, card_share(c, rows[i].fields) == 0);
                for (size_t k = 0; k < ARRAY_LEN(names); k++) {
                        char left[128] = "";
                        const char *value;

                        for (size_t n = 0; (value = card_value(c, names[k], n)); n++)
                                strcat(left, value);
                        assert_case(rows[i].fields, strcmp(left, wanted[k]) == 0);
                }
                assert_case(rows[i].fields, (card_value(c, "NOTE", 0) != NULL) == (i == 0));
                assert_string_equal(card_name(c), "Ann");
        }
}

/* Which of the numbers of a card go with "work" and with "private": its types tell, or it is
 * private. */
static const struct {
        const char *kind, *lines;
        bool work, private;
} uses[] = {
        {"no type", "TEL:1\r\n", true, true},
        {"a mobile", "TEL;TYPE=CELL,VOICE:1\r\n", true, true},
        {"home", "TEL;TYPE=HOME:1\r\n", false, true},
        {"work", "TEL;TYPE=WORK:1\r\n", true, false},
        {"home and work", "TEL;TYPE=HOME,WORK:1\r\n", false, false},
        {"escaped comma", "TEL;TYPE=HOME\\,VOICE:1\r\n", false, true},
        {"escaped comma, work", "TEL;TYPE=WORK\\,VOICE:1\r\n", true, false},
        {"a type that is not known", "TEL;TYPE=DOMICILE:1\r\n", false, true},
        {"one with what does not belong there", "TEL;TYPE=HOME)VOICE:1\r\n", false, true},
        {"one that another program numbered", "TEL;TYPE=HOME2:1\r\n", false, true},
        {"one that nobody registered", "TEL;TYPE=X-HOME:1\r\n", false, true},
        {"a fax at home", "TEL;TYPE=HOMEFAX:1\r\n", false, true},
        {"one under another name", "TEL;X-LABEL=Cabin:1\r\n", false, true},
        {"a label that is none of an envelope", "TEL;LABEL=Home:1\r\n", false, true},
        {"a type that is not known, of work", "TEL;TYPE=WORK,BOAT:1\r\n", true, false},
        {"Evolution's", "TEL;TYPE=X-EVOLUTION-CALLBACK:1\r\n", true, true},
        {"Apple's home", "a.TEL:1\r\na.X-ABLabel:_$!<Home>!$_\r\n", false, true},
        {"Apple's work", "a.TEL:1\r\na.X-ABLabel:_$!<Work>!$_\r\n", true, false},
        {"Apple's main number", "a.TEL:1\r\na.X-ABLabel:_$!<Main>!$_\r\n", true, true},
        {"a label of the user's", "a.TEL:1\r\na.X-ABLabel:Cabin\r\n", false, true},
        {"a label that begins like work", "a.TEL:1\r\na.X-ABLabel:Workshop\r\n", false, true},
        {"a label in another language", "TEL;X-CUSTOM(CHARSET=UTF-8,B\xc3\xbcro):1\r\n", false,
         true},
};

static void test_share_by_use(void **state)
{
        for (size_t i = 0; i < ARRAY_LEN(uses); i++) {
                char text[512];
                _cleanup_(card_freep) Card *work = NULL, *private = NULL;

                (void)snprintf(text, sizeof text, V30(ANN "%s"), uses[i].lines);
                work = parsed(text);
                private = parsed(text);
                assert_int_equal(card_share(work, "TEL/-home"), 0);
                assert_int_equal(card_share(private, "TEL/-work"), 0);
                assert_case(uses[i].kind, (card_value(work, "TEL", 0) != NULL) == uses[i].work);
                assert_case(uses[i].kind,
                            (card_value(private, "TEL", 0) != NULL) == uses[i].private);
        }
}

/* What is about the address book that a card came from never leaves, whatever is shared. */
static const struct {
        const char *lines, *left; /* what goes, or NULL: nothing */
} leaks[] = {
        {"SOURCE:https://dav.brook.example/me.vcf\r\n", NULL},
        {"X-EVOLUTION-WEBDAV-HREF:https://x.org/ida/me.vcf\r\n", NULL},
        {"X-EVOLUTION-WEBDAV-ETAG:1\r\n", NULL},
        {"X-GOOGLE-ETAG:1\r\n", NULL},
        {"X-FOO-HREF:/users/ida.b/\r\n", NULL},
        {"X-BAR-CARDDAV-URL:x\r\n", NULL},
        {"X-RADICALE-NAME:me.vcf\r\n", NULL},
        {"X-ADDRESSBOOKSERVER-PHONEME:x\r\n", NULL},
        {"CATEGORIES:Creditors,Family\r\n", NULL},
        {"MEMBER:urn:uuid:1\r\n", NULL},
        {"CLIENTPIDMAP:1;urn:uuid:1\r\n", NULL},
        {"PHOTO:https://cloud.example/remote.php/dav/addressbooks/users/ida/me.vcf?photo\r\n",
         NULL},
        {"PHOTO:https://dav.example/ida.jpg\r\n", NULL},
        {"PHOTO:file:///home/ida/.local/share/evolution/ida.jpg\r\n", NULL},
        {"URL:file:///home/ida/index.html\r\n", NULL},
        {"URL:https://ida:secret@cloud.example/\r\n", NULL},
        {"CALURI:https://ida:secret@cal.example/ida?a@b\r\n", NULL},
        {"URL:https://x.example/a:b@c\r\n", "URL:https://x.example/a:b@c\r\n"},
        {"LOGO:content://com.android.contacts/1\r\n", NULL},
        {"X-THING;VALUE=uri:https://x.org/carddav/ida\r\n", NULL},
        {"PHOTO:https://example.org/david.jpg\r\n", "PHOTO:https://example.org/david.jpg\r\n"},
        {"CALURI:https://dav.example/calendars/ida\r\n",
         "CALURI:https://dav.example/calendars/ida\r\n"},
        {"URL:https://dav.example/~ida\r\n", "URL:https://dav.example/~ida\r\n"},
        {"X-BOAT:Tom\r\n", "X-BOAT:Tom\r\n"},
        {"EMAIL;X-EVOLUTION-DEST-UID=u7;PID=1.1;TYPE=work:a@x\r\n", "EMAIL;TYPE=work:a@x\r\n"},
};

static int on_left_out(void *userdata, const char *field)
{
        (void)field;
        (*(unsigned *)userdata)++;
        return 0;
}

static void test_leaks(void **state)
{
        static const char *const shares[] = {
                "*", "PHOTO,LOGO,URL,CALURI,SOURCE,CATEGORIES,MEMBER,CLIENTPIDMAP,X-THING,X-BOAT,"
                     "EMAIL,X-EVOLUTION-WEBDAV-HREF,X-EVOLUTION-WEBDAV-ETAG,X-GOOGLE-ETAG"};

        for (size_t i = 0; i < ARRAY_LEN(leaks) * ARRAY_LEN(shares); i++) {
                const char *share = shares[i % ARRAY_LEN(shares)],
                           *lines = leaks[i / ARRAY_LEN(shares)].lines,
                           *left = leaks[i / ARRAY_LEN(shares)].left;
                char text[512], wanted[512];
                _cleanup_(card_freep) Card *c = NULL;
                _cleanup_free_ char *shared = NULL;
                unsigned told = 0;
                size_t len;

                (void)snprintf(text, sizeof text, V40("UID:urn:u\r\nFN:Ann\r\nN:;Ann;;;\r\n%s"),
                               lines);
                (void)snprintf(wanted, sizeof wanted, V40("UID:urn:u\r\nFN:Ann\r\nN:;Ann;;;\r\n%s"),
                               left ? left : "");
                c = parsed(text);
                assert_int_equal(card_walk_unshared(c, share, on_left_out, &told), 0);
                assert_case(lines, told == !left);
                assert_int_equal(card_share(c, share), 0);
                assert_int_equal(card_write(&shared, &len, c, CARD_V40), 0);
                if (strcmp(shared, wanted) != 0)
                        fail_msg("%s: %s", lines, shared);
        }
}

static void test_known_fields(void **state)
{
        static const char *const known[] = {"*",    "TEL",        "tel/work,EMAIL", "X-FOO",
                                            "LANG", "CLASS,NOTE", "X-ABLABEL",      "GENDER"};
        static const char *const unknown[] = {"famly", "TEL,FAX", "TLE/work", "X-", "BEGIN", ""};
        _cleanup_(card_freep) Card *c = parsed(V30(ANN "FAX:1\r\n"));

        for (size_t i = 0; i < ARRAY_LEN(known); i++)
                assert_case(known[i], card_has_known_fields(NULL, known[i]));
        for (size_t i = 0; i < ARRAY_LEN(unknown); i++)
                assert_case(unknown[i], !card_has_known_fields(NULL, unknown[i]));
        assert_true(card_has_known_fields(c, "TEL,FAX"));
}

/* Lists of people, and people. */
static void test_groups(void **state)
{
        static const struct {
                const char *text;
                bool group;
        } rows[] = {
                {V30(ANN "X-ADDRESSBOOKSERVER-KIND:group\r\n"), true},
                {V40(ANN "KIND:GROUP\r\n"), true},
                {V40(ANN "MEMBER:urn:uuid:1\r\n"), true},
                {V30(ANN "X-ADDRESSBOOKSERVER-MEMBER:urn:uuid:1\r\n"), true},
                {V30(ANN "X-EVOLUTION-LIST:TRUE\r\nEMAIL:a@x\r\n"), true},
                {V30(ANN "X-EVOLUTION-LIST:FALSE\r\n"), false},
                {V40(ANN "KIND:individual\r\n"), false},
                {V40(ANN "KIND:org\r\n"), false},
                {V30(ANN "NOTE:KIND:group\r\n"), false},
        };

        for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
                _cleanup_(card_freep) Card *c = parsed(rows[i].text);

                assert_case(rows[i].text, card_is_group(c) == rows[i].group);
        }
}

static void on_passed(void *userdata, const char *name)
{
        (void)strcat(strcat((char *)userdata, name), ",");
}

static void test_skip_groups(void **state)
{
#define GROUP(name) V40("FN:" name "\r\nKIND:group\r\n")
        static const struct {
                const char *text;
                int outcome;
                const char *passed, *rest;
        } rows[] = {
                {GROUP("Choir") V30("FN:Ida\r\n"), 0, "Choir,", V30("FN:Ida\r\n")},
                {GROUP("Choir") GROUP("Team") V30("FN:Ida\r\n") GROUP("Club"), 0, "Choir,Team,",
                 V30("FN:Ida\r\n") GROUP("Club")},
                {V30("FN:Ida\r\n"), 0, "", V30("FN:Ida\r\n")},
                {GROUP("Choir"), CARD_E_GROUPS, "Choir,", ""},
                {GROUP("Choir") "BEGIN:VCARD\r\n", 0, "Choir,", "BEGIN:VCARD\r\n"},
                {"nothing", 0, "", "nothing"},
        };

        for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
                char passed[64] = "";
                size_t from = 0;
                CardReading how = {0};

                assert_int_equal(card_skip_groups(&from, rows[i].text, strlen(rows[i].text), &how,
                                                  on_passed, passed),
                                 rows[i].outcome);
                assert_string_equal(passed, rows[i].passed);
                assert_string_equal(rows[i].text + from, rows[i].rest);
        }
}

/* A list of which each value would have a long parameter of its own. */
static void test_each_bounds(void **state)
{
        enum { VALUES = 100, SHORT = 1, LONG = 64 * 1024 };

        for (size_t i = 0; i < 2; i++) {
                int param = i == 0 ? SHORT : LONG;
                _cleanup_(card_freep) Card *c = NULL;
                _cleanup_free_ char *text = NULL;
                size_t len;
                FILE *f = open_memstream(&text, &len);

                assert_non_null(f);
                (void)fprintf(f, "BEGIN:VCARD\r\nVERSION:4.0\r\n" ANN "NICKNAME;X-A=%0*d:n", param,
                              0);
                for (int k = 1; k < VALUES; k++)
                        (void)fputs(",n", f);
                (void)fputs("\r\nEND:VCARD\r\n", f);
                assert_int_equal(fclose(f), 0);
                assert_int_equal(card_parse(&c, text, len, NULL, NULL),
                                 param == SHORT ? 0 : CARD_E_TOO_LARGE);
                if (param == SHORT)
                        assert_string_equal(card_value(c, "NICKNAME", VALUES - 1), "n");
        }
}

static void test_suit_kcontacts(void **state)
{
        static const char text[] =
                V30(ANN "a.TEL;TYPE=CELL:1\r\nA.X-ABLABEL:my boat\r\nA.URL:http://x.org/\r\n"
                        "b.X-ABLABEL:_$!<Other>!$_\r\nb.EMAIL:a@x.org\r\n"
                        "c.X-ABLABEL:of nothing\r\nX-ABLABEL:nor this\r\nd.TEL:2\\;ext=3\r\n"
                        "NOTE:a\\;b\\,c\\\\\\;d\\ne\r\nORG:A\\;B;C\r\n");
        _cleanup_(card_freep) Card *c = NULL;
        _cleanup_free_ char *without = NULL;
        size_t len;

        assert_int_equal(card_parse(&c, text, sizeof text - 1, NULL, NULL), 0);
        assert_int_equal(card_suit_kcontacts(c), 0);
        assert_int_equal(card_write(&without, &len, c, CARD_V30), 0);
        assert_string_equal(without,
                            V30(ANN
                                "TEL;TYPE=CELL;TYPE=my boat:1\r\nURL;TYPE=my boat:http://x.org/\r\n"
                                "EMAIL;TYPE=OTHER:a@x.org\r\nX-ABLABEL:of nothing\r\n"
                                "X-ABLABEL:nor this\r\nTEL:2;ext=3\r\nNOTE:a;b\\,c\\\\;d\\ne\r\n"
                                "ORG:A\\;B;C\r\n"));
}

/* Of 400 values and 100 labels in one group no product is made, nor of a label as long as a
 * book. */
static void test_suit_kcontacts_bounds(void **state)
{
        enum { VALUES = 400, LABELS = 100, LONG = 100 * 1024 };
        _cleanup_(card_freep) Card *c = NULL;
        _cleanup_free_ char *text = NULL, *suited = NULL;
        size_t len, before;
        FILE *f = open_memstream(&text, &before);

        assert_non_null(f);
        (void)fputs("BEGIN:VCARD\r\nVERSION:3.0\r\n" ANN, f);
        for (int i = 0; i < VALUES; i++)
                (void)fprintf(f, "%c.TEL:%d\r\n", i % 2 ? 'a' : 'b', i);
        for (int i = 0; i < LABELS; i++)
                (void)fprintf(f, "a.X-ABLABEL:label %d\r\n", i);
        (void)fprintf(f, "b.X-ABLABEL:%0*d\r\nEND:VCARD\r\n", (int)LONG, 0);
        assert_int_equal(fclose(f), 0);
        assert_int_equal(card_parse(&c, text, before, NULL, NULL), 0);
        assert_int_equal(card_suit_kcontacts(c), 0);
        assert_int_equal(card_write(&suited, &len, c, CARD_V30), 0);
        assert_true(len < 2 * before);
        assert_non_null(strstr(suited, "TEL;TYPE=label 0:1\r\n"));
        assert_non_null(strstr(suited, "TEL:0\r\n"));
        assert_non_null(strstr(suited, "\r\nX-ABLABEL:label 1\r\n"));
}

static void test_set(void **state)
{
        static const char *const bad[][2] = {{"BEGIN", "x"}, {"AGENT", "x"},  {"A B", "x"},
                                             {"", "x"},      {"TEL", "\xff"}, {"PHOTO", "no uri"}};
        _cleanup_(card_freep) Card *c = NULL;

        assert_int_equal(card_new(&c, ""), CARD_E_NO_NAME);
        assert_int_equal(card_new(&c, "Ann; Doe"), 0);
        assert_string_equal(card_name(c), "Ann; Doe");
        assert_int_equal(card_set(c, "tel", "1"), 0);
        assert_int_equal(card_append(c, "TEL", "2"), 0);
        assert_string_equal(card_value(c, "TEL", 1), "2");
        assert_int_equal(card_set(c, "TEL", "3"), 0);
        assert_null(card_value(c, "TEL", 1));
        assert_int_equal(card_set(c, "TEL", ""), 0);
        assert_null(card_value(c, "TEL", 0));
        assert_int_equal(card_set(c, "NICKNAME", "Nan,Nancy"), 0);
        assert_string_equal(card_value(c, "NICKNAME", 1), "Nancy");
        assert_int_equal(card_set(c, "NOTE", "a\nEND:VCARD"), 0);
        assert_string_equal(card_value(c, "NOTE", 0), "a\nEND:VCARD");
        for (size_t i = 0; i < ARRAY_LEN(bad); i++)
                assert_case(bad[i][0], card_append(c, bad[i][0], bad[i][1]) == -EINVAL);
}

static void test_uid(void **state)
{
        _cleanup_(card_freep) Card *c = parsed(V30("FN:Ann\r\n")),
                                   *other = parsed(V30("FN:Ann\r\n"));

        assert_int_equal(strlen(card_uid(c)),
                         strlen("urn:uuid:00000000-0000-4000-8000-000000000000"));
        assert_memory_equal(card_uid(c), "urn:uuid:", 9);
        assert_int_equal(card_uid(c)[9 + 14], '4');
        assert_string_not_equal(card_uid(c), card_uid(other));
        assert_int_equal(card_set_uid(c, "a;b"), 0);
        assert_string_equal(card_uid(c), "a;b");
        assert_int_equal(card_set_uid(c, ""), -EINVAL);
        assert_int_equal(card_set_uid(c, "\xff"), -EINVAL);
}

/* ---- text ----------------------------------------------------------------------------------- */

static void assert_as_dbus(const unsigned char *bytes, size_t len)
{
        char text[5] = "";

        memcpy(text, bytes, len);
        if (text_is_utf8(text, strlen(text)) != (dbus_validate_utf8(text, NULL) != FALSE))
                fail_msg("%02x %02x %02x %02x", bytes[0], bytes[1], bytes[2], bytes[3]);
}

/* All of one and two bytes; of three and four, all beginnings with the continuations at every
 * boundary. */
static void test_utf8_as_dbus(void **state)
{
        static const unsigned char edges[] = {0x01, 0x7f, 0x80, 0x81, 0x8f, 0x90,
                                              0x9f, 0xa0, 0xbe, 0xbf, 0xc0, 0xff};
        unsigned char b[4] = {0};

        for (unsigned i = 0x100; i < 0x10000; i++) {
                b[0] = (unsigned char)(i >> 8);
                b[1] = (unsigned char)i;
                assert_as_dbus(b, b[1] ? 2 : 1);
                for (size_t j = 0; j < ARRAY_LEN(edges); j++) {
                        b[2] = edges[j];
                        assert_as_dbus(b, 3);
                        for (size_t k = 0; k < ARRAY_LEN(edges); k++) {
                                b[3] = edges[k];
                                assert_as_dbus(b, 4);
                        }
                }
        }
        assert_false(text_is_utf8("a\0b", 3));
        assert_true(text_is_utf8("", 0));
}

/* Its value is empty, whatever lies behind it in memory. */
static void test_line_without_colon(void **state)
{
        static const char line[] = "VERSION";
        CardLines l;
        size_t len = 1;

        assert_int_equal(card_lines_init(&l, line, sizeof line - 1), 0);
        assert_true(card_lines_next(&l));
        assert_int_equal(l.colon, l.len);
        (void)card_lines_value(&l, &len);
        assert_int_equal(len, 0);
        assert_false(card_lines_is_named(&l, "VERSION"));
        assert_false(card_lines_is(&l, "VERSION", ""));
        card_lines_done(&l);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_read),
                cmocka_unit_test(test_broken),
                cmocka_unit_test(test_forgiving),
                cmocka_unit_test(test_line_without_colon),
                cmocka_unit_test(test_forgiven_bounds),
                cmocka_unit_test(test_write),
                cmocka_unit_test(test_round_trip),
                cmocka_unit_test(test_many_cards),
                cmocka_unit_test(test_many_cards_utf16),
                cmocka_unit_test(test_bounds),
                cmocka_unit_test(test_split_and_join),
                cmocka_unit_test(test_encoded_halves_are_text),
                cmocka_unit_test(test_bad_halves),
                cmocka_unit_test(test_rest_keeps_to_its_half),
                cmocka_unit_test(test_share),
                cmocka_unit_test(test_share_by_type),
                cmocka_unit_test(test_share_by_use),
                cmocka_unit_test(test_leaks),
                cmocka_unit_test(test_known_fields),
                cmocka_unit_test(test_groups),
                cmocka_unit_test(test_skip_groups),
                cmocka_unit_test(test_each_bounds),
                cmocka_unit_test(test_suit_kcontacts),
                cmocka_unit_test(test_suit_kcontacts_bounds),
                cmocka_unit_test(test_set),
                cmocka_unit_test(test_uid),
                cmocka_unit_test(test_utf8_as_dbus),
        };

        return cmocka_run_group_tests_name("card", tests, NULL, NULL);
}
