// SPDX-License-Identifier: GPL-2.0-or-later
// kde-contacts: a vCard on stdin as KDE's own library (KContacts) reads it, with which its phone book reads the folder
// that huddle-agent fills; as JSON on stdout. In C++ because the library has no other binding.
#include <KContacts/Addressee>
#include <KContacts/VCardConverter>
#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <cstdio>

static QJsonArray phones(const KContacts::Addressee &a)
{
        QJsonArray list;

        for (const KContacts::PhoneNumber &p : a.phoneNumbers())
                list.append(p.number());
        return list;
}

static QJsonArray addresses(const KContacts::Addressee &a)
{
        QJsonArray list;

        for (const KContacts::Address &p : a.addresses())
                list.append(QJsonArray{p.postOfficeBox(), p.extended(), p.street(), p.locality(), p.region(),
                                       p.postalCode(), p.country()});
        return list;
}

static QJsonObject person(const KContacts::Addressee &a)
{
        return {
                {"UID", a.uid()},
                {"FN", a.formattedName()},
                {"N", QJsonArray{a.familyName(), a.givenName(), a.additionalName(), a.prefix(), a.suffix()}},
                {"NICKNAME", a.nickName()},
                {"TEL", phones(a)},
                {"EMAIL", QJsonArray::fromStringList(a.emails())},
                {"ADR", addresses(a)},
                {"ORG", a.organization()},
                {"TITLE", a.title()},
                {"ROLE", a.role()},
                {"NOTE", a.note()},
                {"CATEGORIES", QJsonArray::fromStringList(a.categories())},
                {"anniversary", a.anniversary().toString(Qt::ISODate)},
                {"spouse", a.spousesName()},
                {"manager", a.managersName()},
                {"assistant", a.assistantsName()},
                {"blog", a.blogFeed().toString()},
                {"PHOTO", a.photo().isIntern() ? a.photo().rawData().size() : 0},
        };
}

int main()
{
        QFile in;
        QJsonArray people;

        if (!in.open(stdin, QIODevice::ReadOnly))
                return 1;
        for (const KContacts::Addressee &a : KContacts::VCardConverter().parseVCards(in.readAll()))
                people.append(person(a));
        (void)std::fputs(QJsonDocument(people).toJson(QJsonDocument::Compact).constData(), stdout);
        return 0;
}
