/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "card.h"
#include "text.h"
#include "test.h"

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
        {"version at the end", BYTES("BEGIN:VCARD\nFN:a\\nb\nVERSION:2.1\nEND:VCARD\n"), "FN", "a\\nb"},
        {"small letters", BYTES("begin:vcard\nversion:3.0\nfn:Ann\nend:vcard\n"), "FN", "Ann"},
        {"bare LF", BYTES("BEGIN:VCARD\nVERSION:3.0\nFN:Ann\nEND:VCARD\n"), "FN", "Ann"},
        {"bare CR", BYTES("BEGIN:VCARD\rVERSION:3.0\rFN:Ann\rEND:VCARD\r"), "FN", "Ann"},
        {"no line end at the end", BYTES("BEGIN:VCARD\nVERSION:3.0\nFN:Ann\nEND:VCARD"), "FN", "Ann"},
        {"text before the card", BYTES("hello\n\nBEGIN:VCARD\nVERSION:3.0\nFN:Ann\nEND:VCARD"), "FN", "Ann"},
        {"blanks around", BYTES(" \nBEGIN : x\nBEGIN:VCARD \nVERSION: 3.0\nFN: Ann \nEND:VCARD "), "FN",
         "Ann"},
        {"UTF-8 byte order mark", BYTES("\xef\xbb\xbf" V30("FN:Ann\r\n")), "FN", "Ann"},
        {"UTF-16 little endian",
         BYTES("\xff\xfe"
               "B\0E\0G\0I\0N\0:\0V\0C\0A\0R\0D\0\n\0F\0N\0:\0\xe4\0\n\0E\0N\0D\0:\0V\0C\0A\0R\0D\0"),
         "FN", "ä"},
        {"UTF-16 big endian, no mark",
         BYTES("\0B\0E\0G\0I\0N\0:\0V\0C\0A\0R\0D\0\n\0F\0N\0:\0\xe4\0\n\0E\0N\0D\0:\0V\0C\0A\0R\0D"), "FN",
         "ä"},

        {"folded", BYTES(V30("NOTE:one\r\n  two\r\n\tthree\r\nFN:Ann\r\n")), "NOTE", "one twothree"},
        {"folded in 2.1: the blank stays", BYTES(V21("NOTE:one\r\n two\r\nFN:Ann\r\n")), "NOTE", "one two"},
        {"folded within a character", BYTES(V30("FN:J\xc3\r\n \xa4ger\r\n")), "FN", "Jäger"},
        {"folded in the header", BYTES(V30("FN:A\r\nTEL;TYPE=HO\r\n ME:123\r\n")), "TEL", "123"},
        {"quoted-printable", BYTES(V21("FN;ENCODING=QUOTED-PRINTABLE:J=C3=A4ger\r\n")), "FN", "Jäger"},
        {"quoted-printable, bare", BYTES(V21("FN;QUOTED-PRINTABLE:J=C3=A4ger\r\n")), "FN", "Jäger"},
        {"quoted-printable, small digits", BYTES(V21("FN;ENCODING=quoted-printable:J=c3=a4ger\r\n")), "FN",
         "Jäger"},
        {"soft breaks", BYTES(V21("FN;QUOTED-PRINTABLE:J=\r\n=C3=\r\n=A4ger=\r\n\r\nTEL:1\r\n")), "FN",
         "Jäger"},
        {"soft break before an empty line", BYTES(V21("FN;QUOTED-PRINTABLE:J=C3=\n\n=A4ger\r\n")), "FN",
         "Jäger"},
        {"soft break before the end", BYTES(V21("FN;QUOTED-PRINTABLE:J=C3=A4ger=\r\n")), "FN", "Jäger"},
        {"soft break like a property", BYTES(V21("FN:A\nNOTE;QUOTED-PRINTABLE:see =\nURL:x\n")), "NOTE",
         "see URL:x"},
        {"half an escape", BYTES(V21("FN;QUOTED-PRINTABLE:50 =3D 50=3\r\n")), "FN", "50 = 50=3"},
        {"newline encoded", BYTES(V21("FN:A\r\nNOTE;QUOTED-PRINTABLE:a=0D=0Ab=0Ac=0Dd\r\n")), "NOTE",
         "a\nb\nc\nd"},
        {"separator encoded", BYTES(V21("N;QUOTED-PRINTABLE:M=C3=BCller=3BAnn\r\n")), "N", "Müller;Ann"},

        {"latin 1", BYTES(V21("FN;CHARSET=ISO-8859-1:J\xe4ger\r\n")), "FN", "Jäger"},
        {"latin 1, quoted-printable", BYTES(V21("FN;CHARSET=ISO-8859-1;QUOTED-PRINTABLE:J=E4ger\r\n")), "FN",
         "Jäger"},
        {"windows-1251", BYTES(V21("FN;CHARSET=Windows-1251:\xce\xeb\xfc\xe3\xe0\r\n")), "FN", "Ольга"},
        {"Shift_JIS with a backslash byte", BYTES(V21("FN;CHARSET=SHIFT_JIS:\x95\x5c\x8e\xa6\r\n")), "FN",
         "表示"},
        {"ISO-2022-JP with a semicolon byte",
         BYTES(V21("FN:A\r\nTITLE;CHARSET=ISO-2022-JP:\033$B;3\033(B\r\n")), "TITLE", "山"},
        {"GB18030", BYTES(V21("FN;CHARSET=GB18030:\xc0\xee\xca\xe9\xcc\xd5\r\n")), "FN", "李书陶"},
        {"none named, not UTF-8", BYTES(V21("FN:Andr\xe9\r\n")), "FN", "André"},
        {"none named, windows-1252", BYTES(V30("FN:\x80 uro\r\n")), "FN", "€ uro"},
        {"UTF-8 named, is not", BYTES(V30("FN;CHARSET=UTF-8:Andr\xe9\x21\r\n")), "FN", "André!"},
        {"cut off in a character", BYTES(V30("FN;CHARSET=UTF-8:Andr\xc3\r\n")), "FN", "Andr"},
        {"charset unknown", BYTES(V21("FN;CHARSET=Klingon:J\xe4ger\r\n")), "FN", "Jäger"},
        {"charset is a path", BYTES(V21("FN;CHARSET=../../x:Ann\r\n")), "FN", "Ann"},

        {"escapes", BYTES(V30("FN:A\r\nNOTE:a\\, b\\; c\\\\ d\\: e\\n\\Nf\r\n")), "NOTE",
         "a, b; c\\ d: e\n\nf"},
        {"unquoted comma and semicolon", BYTES(V30("FN:Doe, Ann; Dr\r\n")), "FN", "Doe, Ann; Dr"},
        {"backslash that escapes nothing", BYTES(V30("FN:A\r\nNOTE:C:\\temp\r\n")), "NOTE", "C:\\temp"},
        {"2.1 knows no \\n", BYTES(V21("FN:A\r\nNOTE:C:\\new\\; x\r\n")), "NOTE", "C:\\new; x"},
        {"structured", BYTES(V30("N:Doe;Ann;B,C;Dr.;\r\n")), "N", "Doe;Ann;B,C;Dr.;"},
        {"escaped colon in a URL", BYTES(V30("FN:A\r\nURL:http\\://x.org/a\\,b\r\n")), "URL",
         "http://x.org/a,b"},
        {"backslash at the end", BYTES(V30("FN:Ann\\\r\n")), "FN", "Ann\\"},

        {"group", BYTES(V30("FN:A\r\nitem1.TEL:123\r\nitem1.X-ABLabel:Boat\r\n")), "TEL", "123"},
        {"property with a small name", BYTES(V30("FN:A\r\nx-abLabel:Boat\r\n")), "X-ABLABEL", "Boat"},
        {"bare types", BYTES(V21("FN:A\r\nTEL;HOME;;VOICE;:123\r\n")), "TEL", "123"},
        {"colon in quotes", BYTES(V40("FN:A\r\nADR;LABEL=\"a:b;c\":;;Road;;;;\r\n")), "ADR", ";;Road;;;;"},
        {"quotes left open", BYTES(V30("FN:A\r\nTEL;TYPE=\"HOME:123\r\n")), "TEL", "123"},
        {"tel URI", BYTES(V40("FN:A\r\nTEL;VALUE=uri:tel:+1-555;ext=5\r\n")), "TEL", "+1-555;ext=5"},
        {"Apple's date without a year", BYTES(V30("FN:A\r\nBDAY;X-APPLE-OMIT-YEAR=1604:1604-02-03\r\n")),
         "BDAY", "--0203"},
        {"date with dashes", BYTES(V30("FN:A\r\nBDAY:1996-04-15\r\n")), "BDAY", "19960415"},
        {"place", BYTES(V30("FN:A\r\nGEO:37.4;-122.1\r\n")), "GEO", "geo:37.4,-122.1"},
        {"anniversary of 3.0", BYTES(V30("FN:A\r\nX-ANNIVERSARY:2009-08-08\r\n")), "ANNIVERSARY",
         "20090808"},

        {"picture 2.1", BYTES(V21("FN:A\r\nPHOTO;JPEG;ENCODING=BASE64:\r\n /9j/\r\n QUJD\r\n\r\n")), "PHOTO",
         "data:image/jpeg;base64,/9j/QUJD"},
        {"picture, lines not folded", BYTES(V21("FN:A\nPHOTO;BASE64;PNG:QUJD\nREVG\n\nTEL:1\n")), "PHOTO",
         "data:image/png;base64,QUJDREVG"},
        {"picture 3.0", BYTES(V30("FN:A\r\nPHOTO;ENCODING=b;TYPE=GIF:QUJD\r\n")), "PHOTO",
         "data:image/gif;base64,QUJD"},
        {"picture without padding", BYTES(V30("FN:A\r\nPHOTO;ENCODING=b;TYPE=GIF:QUI\r\n")), "PHOTO",
         "data:image/gif;base64,QUI="},
        {"picture of the wrong type", BYTES(V30("FN:A\r\nPHOTO;ENCODING=b;TYPE=GIF:/9j/QUJD\r\n")), "PHOTO",
         "data:image/jpeg;base64,/9j/QUJD"},
        {"picture 4.0", BYTES(V40("FN:A\r\nPHOTO:data:image/png;base64\\,QU\r\n JD\r\n")), "PHOTO",
         "data:image/png;base64,QUJD"},
        {"picture elsewhere", BYTES(V30("FN:A\r\nPHOTO;VALUE=URL;TYPE=JPEG:http://x.org/a.jpg\r\n")),
         "PHOTO", "http://x.org/a.jpg"},
        {"picture with broken base64", BYTES(V30("FN:A\r\nPHOTO;ENCODING=b:QU!D\r\n")), "PHOTO", NULL},
        {"picture that is neither", BYTES(V30("FN:A\r\nPHOTO:none\r\n")), "PHOTO", NULL},
        {"text in base64", BYTES(V30("FN:A\r\nNOTE;ENCODING=b:SsOkZ2Vy\r\n")), "NOTE", "Jäger"},
        {"base64 of something unknown", BYTES(V21("FN:A\r\nX-PIC;TYPE=JPEG;ENCODING=BASE64:QUJD\r\n")),
         "X-PIC", "data:image/jpeg;base64,QUJD"},

        {"card within",
         BYTES(V21("AGENT:\r\nBEGIN:VCARD\r\nVERSION:2.1\r\nFN:Bob\r\nEND:VCARD\r\nFN:Ann\r\n")), "FN",
         "Ann"},
        {"card within, on its line", BYTES(V21("AGENT:BEGIN:VCARD\r\nFN:Bob\r\nEND:VCARD\r\nFN:Ann\r\n")),
         "FN", "Ann"},
        {"card within, escaped", BYTES(V30("AGENT:BEGIN:VCARD\\nFN:Bob\\nEND:VCARD\\n\r\nFN:Ann\r\n")),
         "AGENT", NULL},
        {"empty properties", BYTES(V30("FN:Ann\r\nTEL:\r\nADR;TYPE=HOME:;;;;;;\r\n")), "ADR", NULL},
        {"control characters", BYTES(V30("FN:A\001n\xc2\x9bn\x7f\r\n")), "FN", "Ann"},
        {"NUL", BYTES(V30("FN:A\0nn\r\n")), "FN", "Ann"},
        {"newline where none may be", BYTES(V30("FN:Ann\\nBEGIN:VCARD\r\n")), "FN", "Ann BEGIN:VCARD"},

        {"name from N", BYTES(V30("N:Doe;Ann;Bea;Dr.;MA\r\n")), "FN", "Dr. Ann Bea Doe MA"},
        {"name from N, comma in it", BYTES(V30("N:Doe\\, x;Ann;;;\r\n")), "FN", "Ann Doe, x"},
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

                assert_case(good[i].name, card_parse(&c, good[i].text, good[i].len, NULL, NULL) == 0);
                value = card_value(c, good[i].property, 0);
                if (!value != !good[i].value || (value && strcmp(value, good[i].value) != 0))
                        fail_msg("%s: \"%s\"", good[i].name, value ? value : "(none)");
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_read),
        };

        return cmocka_run_group_tests_name("card", tests, NULL, NULL);
}
