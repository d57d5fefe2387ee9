/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "card-types.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

static const char home_words[] = "home,homefax,home fax,home-fax,home phone,personal,private";
static const char work_words[] = "work,workfax,work fax,work-fax,work phone,business,company";
/* Types that say neither, of vCard 2.1 to 4.0 and RFC 4770, of Apple's programs, Evolution and
 * Android, and services of X-SOCIALPROFILE and IMPP. */
static const char other_words[] =
        "voice,cell,mobile,fax,msg,pager,page,text,textphone,video,bbs,modem,car,isdn,pcs,pref,"
        "preferred,main,iphone,apple watch,other,otherfax,other fax,internet,x400,smtp,aol,"
        "applelink,attmail,cis,eworld,ibmmail,mcimail,powershare,prodigy,tlx,telex,dom,intl,postal,"
        "parcel,callback,radio,tty-tdd,ttytdd,assistant,mms,main-number,uri,url,homepage,blog,"
        "profile,ftp,website,aim,bluesky,facebook,flickr,gadugadu,gadu-gadu,github,gitlab,gtalk,"
        "google "
        "talk,google-talk,googletalk,groupwise,icq,instagram,jabber,linkedin,mastodon,matrix,"
        "messenger,msn,myspace,qq,signal,sip,skype,snapchat,telegram,threema,tiktok,twitter,viber,"
        "wechat,whatsapp,xing,xmpp,yahoo,youtube";

/* The word in a type: without X-, the marks of Apple's programs ("_$!<Home>!$_"), and a number that
 * tells several of a kind apart ("home2"). */
static void types_word(char *ret, size_t size, const char *type)
{
        static const char before[] = "_$!<", evolution[] = "x-evolution-";
        size_t len;

        if (strncmp(type, before, sizeof before - 1) == 0)
                type += sizeof before - 1;
        else if (strncasecmp(type, evolution, sizeof evolution - 1) == 0)
                type += sizeof evolution - 1;
        else if (strncasecmp(type, "x-", 2) == 0)
                type += 2;
        len = strcspn(type, ">");
        while (len > 1 && isdigit((unsigned char)type[len - 1]))
                len--;
        (void)snprintf(ret, size, "%.*s", (int)MIN(len, size), type);
}

typedef enum Meaning {
        MEANING_HOME = 1 << 0,
        MEANING_WORK = 1 << 1,
        MEANING_UNKNOWN = 1 << 2,
} Meaning;

static unsigned types_meaning_of(const char *type)
{
        char word[64];

        types_word(word, sizeof word, type);
        if (card_is_listed(home_words, word))
                return MEANING_HOME;
        if (card_is_listed(work_words, word))
                return MEANING_WORK;
        return card_is_listed(other_words, word) ? 0 : MEANING_UNKNOWN;
}

static bool types_is_label_of(const CardProperty *label, const CardProperty *p)
{
        return label->group && p->group && strcmp(label->name, "X-ABLABEL") == 0 &&
               strcasecmp(label->group, p->group) == 0;
}

/* Some programs have a name of their own for the type. That of an ADR is what an envelope says. */
static bool types_is_parameter(const char *name, const char *of)
{
        if (strcmp(name, "LABEL") == 0)
                return strcmp(of, "ADR") != 0;
        return card_is_listed("TYPE,X-TYPE,X-LABEL,X-ABLABEL,X-CUSTOM-TYPE", name);
}

static unsigned types_meaning(const Card *c, const CardProperty *p)
{
        unsigned meaning = 0;

        for (size_t i = 0; i < p->params.n; i++)
                if (types_is_parameter(p->params.list[i].name, p->name))
                        meaning |= types_meaning_of(p->params.list[i].value);
        for (size_t i = 0; p->group && i < c->properties.n; i++)
                if (types_is_label_of(&c->properties.list[i], p))
                        meaning |= types_meaning_of(c->properties.list[i].text);
        return meaning;
}

bool card_is_private(const Card *c, const CardProperty *p)
{
        unsigned meaning = types_meaning(c, p);

        return (meaning & MEANING_HOME) ||
               ((meaning & MEANING_UNKNOWN) && !(meaning & MEANING_WORK));
}

bool card_is_of_work(const Card *c, const CardProperty *p)
{
        return types_meaning(c, p) & MEANING_WORK;
}
