/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Kinds of faults of exporters, several examples of each: what a card says nevertheless, as the
 * properties that are written of it. */
#include "src/card/card.h"
#include "tests/unit/test.h"

#define V21(lines) "BEGIN:VCARD\r\nVERSION:2.1\r\n" lines "END:VCARD\r\n"
#define V30(lines) "BEGIN:VCARD\r\nVERSION:3.0\r\n" lines "END:VCARD\r\n"
#define V40(lines) "BEGIN:VCARD\r\nVERSION:4.0\r\n" lines "END:VCARD\r\n"
#define ANN "UID:urn:u\r\nFN:Ann\r\nN:;Ann;;;\r\n"

static const struct {
        const char *kind, *text, *property, *value; /* value NULL: the property is not there */
} values[] = {
        /* ---- quoted-printable that was folded ---- */
        {"soft break and fold within a letter",
         V21("FN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=D0=98=D0=\r\n =B4=D0=B0\r\n"), "FN",
         "Ида"},
        {"fold without a soft break within a letter",
         V21("FN;ENCODING=QUOTED-PRINTABLE:=D0=98=D0\r\n =B4=D0=B0\r\n"), "FN", "Ида"},
        {"fold within an escape", V21("FN;QUOTED-PRINTABLE:=D0=98=D\r\n 0=B4=D0=B0\r\n"), "FN",
         "Ида"},
        {"fold behind the sign of an escape", V21("FN;QUOTED-PRINTABLE:Zo=C3=\r\n =AB\r\n"), "FN",
         "Zoë"},
        {"soft break and fold between letters, and within one",
         V21("FN;QUOTED-PRINTABLE:=D0=98=\r\n =D0=B4=D0=\r\n =B0\r\n"), "FN", "Ида"},
        {"fold within a letter of three bytes",
         V21("FN;CHARSET=UTF-8;QUOTED-PRINTABLE:=E7=8E=\r\n =8B=\r\n\t=E5=B0=8F\r\n"), "FN",
         "王小"},
        {"fold within a letter of four bytes", V21("FN;QUOTED-PRINTABLE:=F0=9F=\r\n =98=80\r\n"),
         "FN", "😀"},
        {"fold within a letter of Shift_JIS",
         V21("FN;CHARSET=SHIFT_JIS;QUOTED-PRINTABLE:=95=5C=8E=\r\n =A6\r\n"), "FN", "表示"},
        {"fold within a letter in 3.0", V30("FN;ENCODING=QUOTED-PRINTABLE:Zo=C3=\r\n =AB\r\n"),
         "FN", "Zoë"},
        {"a blank that is text", V21("FN;QUOTED-PRINTABLE:Zo=C3=AB=\r\n Tor\r\n"), "FN", "Zoë Tor"},
        {"a blank that is text, without a soft break",
         V21("FN;QUOTED-PRINTABLE:Zo=C3=AB\r\n Tor\r\n"), "FN", "Zoë Tor"},
        {"tab that is text", V21("FN:A\r\nNOTE;QUOTED-PRINTABLE:a=\r\n\tb\r\n"), "NOTE", "a b"},

        /* ---- indentation, marks ---- */
        {"all lines indented",
         "  BEGIN:VCARD\n  VERSION:3.0\n  FN:Ann\n  NOTE:one\n   two\n  END:VCARD\n", "NOTE",
         "onetwo"},
        {"indented in 2.1",
         "  BEGIN:VCARD\n  VERSION:2.1\n  FN:Ann\n  NOTE:one\n   two\n  END:VCARD\n", "NOTE",
         "one two"},
        {"indented by tabs", "\tBEGIN:VCARD\n\tVERSION:3.0\n\tFN:Ann\n\tTEL:1\n\tEND:VCARD\n",
         "TEL", "1"},
        {"indented but for the first line",
         "BEGIN:VCARD\n    VERSION:3.0\n    FN:Ann\n    TEL:1\nEND:VCARD\n", "TEL", "1"},
        {"indented, with empty lines between",
         " BEGIN:VCARD\n\n VERSION:3.0\n\n FN:Ann\n\n TEL:1\n\n END:VCARD\n", "TEL", "1"},
        {"only the first line indented", "  BEGIN:VCARD\nFN:Ann\nTEL:1\n 2\nEND:VCARD\n", "TEL",
         "12"},
        {"a mark before the second card of a file",
         "\xef\xbb\xbf\xef\xbb\xbf"
         "BEGIN:VCARD\nFN:Ann\nTEL:1\nEND:VCARD\n",
         "TEL", "1"},
        {"no-break blanks before",
         "\xc2\xa0\xc2\xa0"
         "BEGIN:VCARD\nFN:Ann\nTEL:1\nEND:VCARD\n",
         "TEL", "1"},
        {"begin and version on one line", "BEGIN:VCARDVERSION:2.1\nFN:Ann\nTEL;CELL:1\nEND:VCARD\n",
         "TEL", "1"},
        {"end and begin in a text", V30("FN:Ann\r\nNOTE:END:VCARDBEGIN:VCARD\r\nTEL:1\r\n"), "TEL",
         "1"},
        {"the same, folded", V30("FN:Ann\r\nNOTE:a\r\n END:VCARDBEGIN:VCARD\r\nTEL:1\r\n"), "TEL",
         "1"},

        /* ---- line breaks ---- */
        {"line break in 2.1", V21("FN:A\r\nNOTE:first\\nsecond\r\n"), "NOTE", "first\nsecond"},
        {"capital line break in 2.1", V21("FN:A\r\nNOTE:first\\Nsecond\r\n"), "NOTE",
         "first\nsecond"},
        {"line break in an address of 2.1", V21("FN:A\r\nADR:;;Road 1\\nYard;;;;\r\n"), "ADR",
         ";;Road 1\nYard;;;;"},
        {"line break in a name of 2.1", V21("N:Doe\\nRoe;Ann\r\n"), "FN", "Ann Doe Roe"},
        {"a path in 2.1", V21("FN:A\r\nNOTE:see C:\\new\\names\r\n"), "NOTE", "see C:\\new\\names"},
        {"a server in 2.1", V21("FN:A\r\nNOTE:see \\\\\\\\nas\\names\r\n"), "NOTE",
         "see \\\\nas\\names"},
        {"backslash at the end", V30("FN:A\r\nNOTE:path is C:\\\r\n"), "NOTE", "path is C:\\"},
        {"backslash at the end in 2.1", V21("FN:A\r\nNOTE:path is C:\\\r\n"), "NOTE",
         "path is C:\\"},

        /* ---- days ---- */
        {"no year, Android", V30("FN:A\r\nBDAY:--02-14\r\n"), "BDAY", "--0214"},
        {"no year", V40("FN:A\r\nBDAY:--0214\r\n"), "BDAY", "--0214"},
        {"no year, one digit", V30("FN:A\r\nBDAY:--2-4\r\n"), "BDAY", "--0204"},
        {"no year, with a time", V30("FN:A\r\nBDAY:--02-14T00:00:00Z\r\n"), "BDAY", "--0214"},
        {"no year, as a text", V40("FN:A\r\nBDAY;VALUE=text:--02-14\r\n"), "BDAY", "--0214"},
        {"Apple's year", V30("FN:A\r\nBDAY:1604-02-14\r\n"), "BDAY", "--0214"},
        {"Apple's year, told", V30("FN:A\r\nBDAY;X-APPLE-OMIT-YEAR=1604:1604-02-14\r\n"), "BDAY",
         "--0214"},
        {"another year, told", V30("FN:A\r\nBDAY;X-APPLE-OMIT-YEAR=1900:1900-02-14\r\n"), "BDAY",
         "--0214"},
        {"a year that is not omitted", V30("FN:A\r\nBDAY;X-APPLE-OMIT-YEAR=1604:1985-02-14\r\n"),
         "BDAY", "19850214"},
        {"year 1", V30("FN:A\r\nBDAY:0001-02-14\r\n"), "BDAY", "--0214"},
        {"a lost time", V30("FN:A\r\nBDAY:19850312T\r\n"), "BDAY", "19850312"},
        {"year 0", V30("FN:A\r\nBDAY:0000-02-14\r\n"), "BDAY", "--0214"},
        {"year 0, basic", V40("FN:A\r\nANNIVERSARY:00000214\r\n"), "ANNIVERSARY", "--0214"},
        {"leap day without a year", V30("FN:A\r\nBDAY:--02-29\r\n"), "BDAY", "--0229"},
        {"midnight", V30("FN:A\r\nBDAY:1985-03-12T00:00:00Z\r\n"), "BDAY", "19850312"},
        {"midnight, to the millisecond", V30("FN:A\r\nBDAY:1985-03-12T00:00:00.000Z\r\n"), "BDAY",
         "19850312"},
        {"midnight somewhere", V30("FN:A\r\nBDAY:1985-03-12T00:00:00+01:00\r\n"), "BDAY",
         "19850312"},
        {"midnight, basic", V21("FN:A\r\nBDAY:19850312T000000\r\n"), "BDAY", "19850312"},
        {"midnight behind a blank", V30("FN:A\r\nBDAY:1985-03-12 00:00:00\r\n"), "BDAY",
         "19850312"},
        {"an hour of birth", V40("FN:A\r\nBDAY:19531015T231000Z\r\n"), "BDAY", "19531015T231000Z"},
        {"an hour of birth, extended", V30("FN:A\r\nBDAY:1953-10-15T23:10:00Z\r\n"), "BDAY",
         "19531015T231000Z"},
        {"slashes", V30("FN:A\r\nBDAY:1985/3/12\r\n"), "BDAY", "19850312"},
        {"one digit", V30("FN:A\r\nBDAY:1985-3-2\r\n"), "BDAY", "19850302"},
        {"day, month, year with dots", V30("FN:A\r\nBDAY:12.03.1985\r\n"), "BDAY", "19850312"},
        {"a day or a month first", V30("FN:A\r\nBDAY:03/12/1985\r\n"), "BDAY", "03/12/1985"},
        {"no such day", V30("FN:A\r\nBDAY:1985-13-12\r\n"), "BDAY", "1985-13-12"},
        {"no such day in February", V30("FN:A\r\nBDAY:1985-02-30\r\n"), "BDAY", "1985-02-30"},
        {"zeros", V30("FN:A\r\nBDAY:0000-00-00\r\n"), "BDAY", NULL},
        {"words", V40("FN:A\r\nBDAY;VALUE=text:circa 1800\r\n"), "BDAY", "circa 1800"},
        {"a year and a month", V40("FN:A\r\nBDAY:1985-03\r\n"), "BDAY", "1985-03"},
        {"a year", V40("FN:A\r\nBDAY:1985\r\n"), "BDAY", "1985"},
        {"a moment keeps its time", V40("FN:A\r\nREV:2020-01-02T00:00:00Z\r\n"), "REV",
         "20200102T000000Z"},
        {"Evolution's anniversary", V30("FN:A\r\nX-EVOLUTION-ANNIVERSARY:2010-06-05\r\n"),
         "ANNIVERSARY", "20100605"},

        /* ---- names ---- */
        {"the company", V30("N:;;;;\r\nFN:\r\nORG:Mill & Sons\\, Ltd;Repairs\r\n"), "FN",
         "Mill & Sons, Ltd"},
        {"a company with a semicolon", V30("ORG:Mill\\; Sons;Repairs;East\r\n"), "FN",
         "Mill; Sons"},
        {"the company in 2.1", V21("N:;;;;\r\nORG:Mill;Repairs\r\n"), "FN", "Mill"},
        {"a department alone", V40("ORG:;Repairs\r\nEMAIL:a@x.org\r\n"), "FN", "a@x.org"},

        /* ---- pictures by their content ---- */
        {"WebP", V30("FN:A\r\nPHOTO:UklGRiQAAABXRUJQVlA4IBgAAAAwAQCdASoBAAEAAwA0\r\n"), "PHOTO",
         "data:image/webp;base64,UklGRiQAAABXRUJQVlA4IBgAAAAwAQCdASoBAAEAAwA0"},
        {"HEIC", V30("FN:A\r\nPHOTO:AAAAGGZ0eXBoZWljAAAAAG1pZjFoZWlj\r\n"), "PHOTO",
         "data:image/heic;base64,AAAAGGZ0eXBoZWljAAAAAG1pZjFoZWlj"},
        {"AVIF", V30("FN:A\r\nPHOTO:AAAAHGZ0eXBhdmlmAAAAAGF2aWZtaWYx\r\n"), "PHOTO",
         "data:image/avif;base64,AAAAHGZ0eXBhdmlmAAAAAGF2aWZtaWYx"},
        {"JPEG", V30("FN:A\r\nPHOTO:/9j/4AAQSkZJRgABAQ==\r\n"), "PHOTO",
         "data:image/jpeg;base64,/9j/4AAQSkZJRgABAQ=="},
        {"PNG", V40("FN:A\r\nPHOTO:iVBORw0KGgoAAAAN\r\n"), "PHOTO",
         "data:image/png;base64,iVBORw0KGgoAAAAN"},
        {"GIF in 2.1", V21("FN:A\r\nPHOTO:R0lGODlhAQABAAAAACw=\r\n"), "PHOTO",
         "data:image/gif;base64,R0lGODlhAQABAAAAACw="},
        {"WebP that is called JPEG",
         V30("FN:A\r\nPHOTO;ENCODING=b;TYPE=JPEG:UklGRiQAAABXRUJQVlA4IA==\r\n"), "PHOTO",
         "data:image/webp;base64,UklGRiQAAABXRUJQVlA4IA=="},
        {"base64 of nothing known", V30("FN:A\r\nPHOTO:AAECAwQFBgcICQoLDA0ODxAREhMUFRYX\r\n"),
         "PHOTO", NULL},
};

static void test_values(void **state)
{
        for (size_t i = 0; i < ARRAY_LEN(values); i++) {
                _cleanup_(card_freep) Card *c = NULL;
                int r = card_parse(&c, values[i].text, strlen(values[i].text), NULL, NULL);
                const char *value = r == 0 ? card_value(c, values[i].property, 0) : NULL;

                if (r != 0)
                        fail_msg("%s: outcome %d", values[i].kind, r);
                if (!value != !values[i].value || (value && strcmp(value, values[i].value) != 0))
                        fail_msg("%s: %s", values[i].kind, value ? value : "nothing");
        }
}

static const struct {
        const char *kind, *text;
        CardVersion version;
        const char *written;
} written[] = {
        {"escaped comma", V30(ANN "TEL;TYPE=HOME\\,VOICE:1\r\n"), CARD_V40,
         V40(ANN "TEL;TYPE=home,voice:1\r\n")},
        {"escaped comma in quotes", V40(ANN "TEL;TYPE=\"work\\,cell\":1\r\n"), CARD_V40,
         V40(ANN "TEL;TYPE=work,cell:1\r\n")},
        {"comma that is escaped twice", V30(ANN "TEL;TYPE=HOME\\\\,VOICE:1\r\n"), CARD_V40,
         V40(ANN "TEL;TYPE=home,voice:1\r\n")},
        {"escaped semicolon", V30(ANN "TEL;TYPE=WORK\\;FAX:1\r\n"), CARD_V40,
         V40(ANN "TEL;TYPE=work,fax:1\r\n")},
        {"semicolon in quotes", V30(ANN "TEL;TYPE=\"HOME;VOICE\":1\r\n"), CARD_V40,
         V40(ANN "TEL;TYPE=home,voice:1\r\n")},
        {"blanks between", V30(ANN "TEL;TYPE=HOME, VOICE:1\r\n"), CARD_V40,
         V40(ANN "TEL;TYPE=home,voice:1\r\n")},
        {"escaped comma without TYPE=", V21(ANN "TEL;HOME\\,VOICE:1\r\n"), CARD_V40,
         V40(ANN "TEL;TYPE=home,voice:1\r\n")},
        {"anniversary thrice",
         V30(ANN "item1.X-ABDATE;VALUE=date-and-or-time:20100605\r\n"
                 "item1.X-ABLabel:_$!<Anniversary>!$_\r\n"
                 "X-ANNIVERSARY:20100605\r\nANNIVERSARY:20100605\r\n"),
         CARD_V40, V40(ANN "ANNIVERSARY:20100605\r\n")},
        {"Apple's anniversary alone",
         V30(ANN "item1.X-ABDATE;type=pref:2010-06-05\r\n"
                 "item1.X-ABLabel:_$!<Anniversary>!$_\r\n"),
         CARD_V40, V40(ANN "ANNIVERSARY;PREF=1:20100605\r\n")},
        {"Apple's anniversary twice, labels first",
         V30(ANN "item1.X-ABLabel:_$!<Anniversary>!$_\r\nitem1.X-ABDATE:2010-06-05\r\n"
                 "item2.X-ABDATE:2010-06-05\r\nitem2.X-ABLabel:_$!<Anniversary>!$_\r\n"),
         CARD_V40, V40(ANN "ANNIVERSARY:20100605\r\n")},
        {"another date of Apple's stays",
         V30(ANN "item1.X-ABDATE:2010-06-05\r\nitem1.X-ABLabel:Boat\r\nANNIVERSARY:20110101\r\n"),
         CARD_V40,
         V40(ANN "item1.X-ABDATE:2010-06-05\r\nitem1.X-ABLABEL:Boat\r\nANNIVERSARY:20110101\r\n")},
        {"anniversary in Evolution and elsewhere",
         V30(ANN "X-EVOLUTION-ANNIVERSARY:2010-06-05\r\nANNIVERSARY:20100605T000000Z\r\n"),
         CARD_V40, V40(ANN "ANNIVERSARY:20100605\r\n")},
        {"birthday twice", V30(ANN "BDAY:1985-03-12\r\nBDAY:1985-03-12T00:00:00Z\r\n"), CARD_V40,
         V40(ANN "BDAY:19850312\r\n")},
        {"no year in 3.0", V40(ANN "BDAY:--0214\r\n"), CARD_V30,
         V30(ANN "BDAY;X-APPLE-OMIT-YEAR=1604:1604-02-14\r\n")},
        {"dashes in 3.0", V30(ANN "BDAY:--02-14\r\n"), CARD_V30,
         V30(ANN "BDAY;X-APPLE-OMIT-YEAR=1604:1604-02-14\r\n")},
        {"midnight in 3.0", V40(ANN "ANNIVERSARY:20100605T000000\r\n"), CARD_V30,
         V30(ANN "X-ANNIVERSARY:2010-06-05\r\n")},
};

static void test_written(void **state)
{
        for (size_t i = 0; i < ARRAY_LEN(written); i++) {
                _cleanup_(card_freep) Card *c = NULL;
                _cleanup_free_ char *text = NULL;
                size_t len;

                assert_case(written[i].kind, card_parse(&c, written[i].text,
                                                        strlen(written[i].text), NULL, NULL) == 0);
                assert_int_equal(card_write(&text, &len, c, written[i].version), 0);
                if (strcmp(text, written[i].written) != 0)
                        fail_msg("%s: %s", written[i].kind, text);
        }
}

/* Several cards of one file: what became of each, as its name, or "-" and the outcome's line. */
static const struct {
        const char *kind, *text, *cards;
} files[] = {
        {"glued", "BEGIN:VCARD\nFN:Ida\nEND:VCARDBEGIN:VCARD\nFN:Omar\nBDAY:19790809\nEND:VCARD\n",
         "Ida Omar "},
        {"glued in small letters", "begin:vcard\nfn:Ida\nend:vcardbegin:vcard\nfn:Omar\nend:vcard",
         "Ida Omar "},
        {"glued with a blank",
         "BEGIN:VCARD\r\nFN:Ida\r\nEND:VCARD BEGIN:VCARD\r\nFN:Omar\r\nEND:VCARD\r\n", "Ida Omar "},
        {"glued with a byte order mark",
         "BEGIN:VCARD\nFN:Ida\nEND:VCARD\xef\xbb\xbf"
         "BEGIN:VCARD\nFN:Omar\nEND:VCARD\n",
         "Ida Omar "},
        {"glued thrice",
         "BEGIN:VCARD\nFN:A\nEND:VCARDBEGIN:VCARD\nFN:B\nEND:VCARDBEGIN:VCARD\nFN:C\nEND:VCARD\n",
         "A B C "},
        {"glued, and all on the line behind it",
         "BEGIN:VCARD\nFN:A\nEND:VCARDBEGIN:VCARDFN:B\nEND:VCARD\n", "A B "},
        {"an end is missing",
         "BEGIN:VCARD\nFN:Ida\nTEL:1\nBEGIN:VCARD\nFN:Omar\nEND:VCARD\nBEGIN:VCARD\nFN:Lena\n"
         "END:VCARD\n",
         "-3 Omar Lena "},
        {"the end is missing in the middle",
         "BEGIN:VCARD\nFN:A\nEND:VCARD\nBEGIN:VCARD\nFN:B\n\nBEGIN:VCARD\nFN:C\nEND:VCARD\n",
         "A -3 C "},
        {"two ends are missing",
         "BEGIN:VCARD\nFN:A\nBEGIN:VCARD\nFN:B\nBEGIN:VCARD\nFN:C\nEND:VCARD\n", "-2 -2 C "},
        {"the last end is missing", "BEGIN:VCARD\nFN:A\nEND:VCARD\nBEGIN:VCARD\nFN:B\n", "A -2 "},
        {"an end within a value, and the next card",
         "BEGIN:VCARD\nFN:A\nTEL:1END:VCARD\nBEGIN:VCARD\nFN:B\nEND:VCARD\n", "-3 B "},
        {"a card within",
         "BEGIN:VCARD\nFN:Boss\nAGENT:\nBEGIN:VCARD\nFN:Help\nEND:VCARD\nTEL:1\nEND:VCARD\n"
         "BEGIN:VCARD\nFN:B\nEND:VCARD\n",
         "Boss B "},
        {"a card within, at the end",
         "BEGIN:VCARD\nFN:Boss\nAGENT;TYPE=x:\nBEGIN:VCARD\nFN:Help\nEND:VCARD\nEND:VCARD\n"
         "BEGIN:VCARD\nFN:B\nEND:VCARD\n",
         "Boss B "},
        {"a card within, all indented",
         "  BEGIN:VCARD\n  FN:Boss\n  AGENT:\n  BEGIN:VCARD\n  FN:Help\n  END:VCARD\n  TEL:1\n"
         "  END:VCARD\n  BEGIN:VCARD\n  FN:B\n  END:VCARD\n",
         "Boss B "},
        {"a card within without a word",
         "BEGIN:VCARD\nFN:Boss\nBEGIN:VCARD\nFN:Help\nEND:VCARD\nEND:VCARD\nBEGIN:VCARD\nFN:B\n"
         "END:VCARD\n",
         "Boss B "},
        {"cards of different indentation",
         "  BEGIN:VCARD\n  FN:A\n  END:VCARD\nBEGIN:VCARD\nFN:B\n  C\nEND:VCARD\n"
         "    BEGIN:VCARD\n    FN:D\n    END:VCARD\n",
         "A B C D "}, /* "B C" is one name */
};

static void test_files(void **state)
{
        for (size_t i = 0; i < ARRAY_LEN(files); i++) {
                char found[128] = "";
                const char *text = files[i].text;
                size_t used = 1;

                for (; used > 0 && *text; text += used) {
                        _cleanup_(card_freep) Card *c = NULL;
                        unsigned line = 0;
                        int r = card_parse(&c, text, strlen(text), &used, &line);
                        char *to = found + strlen(found);

                        if (r == 0)
                                (void)sprintf(to, "%s ", card_name(c));
                        else if (r == CARD_E_UNENDED)
                                (void)sprintf(to, "-%u ", line);
                        else if (r != CARD_E_NO_CARD)
                                fail_msg("%s: outcome %d", files[i].kind, r);
                }
                if (strcmp(found, files[i].cards) != 0)
                        fail_msg("%s: %s", files[i].kind, found);
        }
}

/* What is left out, and why. */
static const struct {
        const char *kind, *text, *told;
} losses[] = {
        {"a word for a picture", V30(ANN "PHOTO:none\r\n"), "6 PHOTO 3,"},
        {"base64 of nothing known", V30(ANN "PHOTO:AAECAwQFBgcICQoLDA0ODxAREhMUFRYX\r\n"),
         "6 PHOTO 4,"},
        {"broken base64", V30(ANN "PHOTO;ENCODING=b:QU!D\r\n"), "6 PHOTO 2,"},
        {"zeros", V30(ANN "BDAY:0000-00-00\r\n"), "6 BDAY 5,"},
        {"another birthday", V30(ANN "BDAY:1985-03-12\r\nBDAY:1985-03-13\r\n"), "0 BDAY 6,"},
        {"the same birthday", V30(ANN "BDAY:1985-03-12\r\nBDAY:19850312\r\n"), ""},
        {"another anniversary", V30(ANN "ANNIVERSARY:20100605\r\nX-ANNIVERSARY:20110605\r\n"),
         "0 ANNIVERSARY 6,"},
        {"somebody else", V21(ANN "AGENT:\r\nBEGIN:VCARD\r\nEND:VCARD\r\n"), "6 AGENT 0,"},
};

static void on_lost(void *userdata, unsigned line, const char *property, CardLoss why)
{
        char *told = userdata;

        (void)sprintf(told + strlen(told), "%u %s %u,", line, property, why);
}

static void test_losses(void **state)
{
        for (size_t i = 0; i < ARRAY_LEN(losses); i++) {
                _cleanup_(card_freep) Card *c = NULL;
                char told[128] = "";
                CardReading how = {.lost = on_lost, .userdata = told};

                assert_case(losses[i].kind,
                            card_parse_as(&c, losses[i].text, strlen(losses[i].text), &how, NULL,
                                          NULL) == 0);
                if (strcmp(told, losses[i].told) != 0)
                        fail_msg("%s: %s", losses[i].kind, told);
        }
}

/* A name that is made of something else is bounded, between characters. */
static void test_made_name(void **state)
{
        char text[4096] = "BEGIN:VCARD\nVERSION:3.0\nORG:";

        for (int i = 0; i < 1000; i++)
                (void)strcat(text, i % 2 ? "ë" : "o");
        (void)strcat(text, "\nEND:VCARD\n");
        for (int i = 0; i < 2; i++) {
                _cleanup_(card_freep) Card *c = NULL;

                assert_int_equal(card_parse(&c, text, strlen(text), NULL, NULL), 0);
                assert_in_range(strlen(card_name(c)), 254, 256);
                assert_true(text_is_utf8(card_name(c), strlen(card_name(c))));
                assert_int_equal(strlen(card_value(c, "ORG", 0)), 1500 + i);
                (void)memmove(strstr(text, "ORG:") + 5, strstr(text, "ORG:") + 4,
                              strlen(strstr(text, "ORG:") + 4) + 1); /* shifts by a byte */
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_values),    cmocka_unit_test(test_written),
                cmocka_unit_test(test_files),     cmocka_unit_test(test_losses),
                cmocka_unit_test(test_made_name),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
