/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "shares.h"

#include <string.h>

/* Many people mark their entries as neither home nor work, and most mark a mobile number as nothing
 * else. So an entry without a mark is in both. */
static const struct {
        const char *name, *fields;
} builtin_shares[] = {
        {"all", "*"},
        {"private", "NICKNAME,PHOTO,TEL/-work,EMAIL/-work,ADR/-work,URL/-work,IMPP/"
                    "-work,X-SOCIALPROFILE/-work,"
                    "BDAY,ANNIVERSARY,GENDER,LANG"},
        {"work", "PHOTO,LOGO,ORG,TITLE,ROLE,TEL/-home,EMAIL/-home,ADR/-home,URL/-home,IMPP/-home,"
                 "X-SOCIALPROFILE/-home,CALURI,FBURL,KEY,LANG,TZ"},
};

static const char *shares_builtin(const char *name)
{
        for (size_t i = 0; i < ARRAY_LEN(builtin_shares); i++)
                if (strcmp(builtin_shares[i].name, name) == 0)
                        return builtin_shares[i].fields;
        return NULL;
}

static int shares_copy(char **ret, const char *text)
{
        *ret = strdup(text);
        return *ret ? 0 : -ENOMEM;
}

int shares_chosen(DaemonStore *s, uint32_t uid, char **ret)
{
        int r = daemon_store_share_get(s, uid, "", ret);

        return r == DAEMON_STORE_E_NOT_FOUND ? shares_copy(ret, builtin_shares[0].name) : r;
}

static int share_fields_of(DaemonStore *s, uint32_t uid, const char *name, char **ret)
{
        const char *fields = shares_builtin(name);
        int r = *name ? daemon_store_share_get(s, uid, name, ret) : (int)DAEMON_STORE_E_NOT_FOUND;

        if (r != DAEMON_STORE_E_NOT_FOUND)
                return r;
        return fields ? shares_copy(ret, fields) : (int)OUTCOME_NOT_FOUND;
}

int shares_fields(DaemonStore *s, uint32_t uid, const char *name, char **ret)
{
        _cleanup_free_ char *chosen = NULL;
        int r;

        if (name)
                return share_fields_of(s, uid, name, ret);
        r = shares_chosen(s, uid, &chosen);
        return r == 0 ? share_fields_of(s, uid, chosen, ret) : r;
}

int shares_find(DaemonStore *s, uint32_t uid, const Card *card, const char *share, char **ret)
{
        int r = shares_fields(s, uid, share, ret);

        if (r != OUTCOME_NOT_FOUND)
                return r;
        if (!share || !card_has_known_fields(card, share) ||
            (!strpbrk(share, ",/*") && !card_value(card, share, 0)))
                return OUTCOME_INVALID_ARGUMENT;
        return shares_copy(ret, share);
}

int shares_choose(DaemonStore *s, uint32_t uid, const char *name)
{
        _cleanup_free_ char *fields = NULL;
        int r = share_fields_of(s, uid, name, &fields);

        return r == 0 ? daemon_store_share_put(s, uid, "", name) : r;
}

/* Lower case, so that no property of a card has such a name. */
static bool share_is_name(const char *name)
{
        size_t len = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-");

        return len > 0 && len <= SHARE_NAME_MAX && name[len] == '\0';
}

typedef struct ShareSearch {
        const char *name;
        size_t n;
        bool found;
} ShareSearch;

static int share_see(void *userdata, const char *name, const char *fields)
{
        ShareSearch *x = userdata;

        x->n++;
        x->found = x->found || strcmp(name, x->name) == 0;
        return 0;
}

static int share_take_back(DaemonStore *s, uint32_t uid, const char *name)
{
        _cleanup_free_ char *chosen = NULL;
        int r = shares_chosen(s, uid, &chosen);

        if (r == 0 && strcmp(chosen, name) == 0 && !shares_builtin(name))
                return OUTCOME_WRONG_STATE;
        return r == 0 ? daemon_store_share_put(s, uid, name, NULL) : r;
}

int shares_define(DaemonStore *s, uint32_t uid, const char *name, const char *fields)
{
        ShareSearch search = {.name = name};
        int r;

        if (!share_is_name(name) || strlen(fields) > SHARE_FIELDS_MAX ||
            (*fields && !card_has_known_fields(NULL, fields)))
                return OUTCOME_INVALID_ARGUMENT;
        if (!*fields)
                return share_take_back(s, uid, name);
        r = daemon_store_share_walk(s, uid, share_see, &search);
        if (r != 0)
                return r;
        if (!search.found && search.n >= SHARES_MAX)
                return OUTCOME_LIMIT;
        return daemon_store_share_put(s, uid, name, fields);
}

typedef struct ShareWalk {
        int (*func)(void *userdata, const char *name, const char *fields);
        void *userdata;
} ShareWalk;

static int share_walk_own(void *userdata, const char *name, const char *fields)
{
        ShareWalk *w = userdata;

        return shares_builtin(name) ? 0 : w->func(w->userdata, name, fields);
}

int shares_walk(DaemonStore *s, uint32_t uid,
                int (*func)(void *userdata, const char *name, const char *fields), void *userdata)
{
        int r = 0;

        for (size_t i = 0; i < ARRAY_LEN(builtin_shares) && r == 0; i++) {
                _cleanup_free_ char *fields = NULL;

                r = share_fields_of(s, uid, builtin_shares[i].name, &fields);
                if (r == 0)
                        r = func(userdata, builtin_shares[i].name, fields);
        }
        return r == 0 ? daemon_store_share_walk(s, uid, share_walk_own,
                                                &(ShareWalk){func, userdata})
                      : r;
}
