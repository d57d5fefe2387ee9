/* SPDX-License-Identifier: GPL-2.0-or-later */
/* gathering.c - requests while the window is open: join, amend, ready, close, leave */
#include "src/base/log.h"
#include "handlers.h"
#include "groups.h"
#include "limits.h"
#include "others.h"
#include "watchers.h"
#include "cloud/match/looking.h"
#include "cloud/match/mixing.h"
#include "cloud/match/regroup.h"

#include <string.h>

enum { GUEST_GATHERING = 2, GUEST_MEMBERSHIPS = 8 }; /* of one guest's account */

/* ---- mutual sightings ---- */

typedef struct Peers {
        int64_t rows[SERIAL_HEARD_MAX];
        size_t n;
} Peers;

/* A walk ends with this: many members may share a token, but a member has few peers. */
enum { PEERS_FULL = 1 };

typedef struct PeerSearch {
        Store *store;
        const MemberRow *self;
        Peers *peers;
} PeerSearch;

static bool peers_have(const Peers *p, int64_t row)
{
        for (size_t i = 0; i < p->n; i++)
                if (p->rows[i] == row)
                        return true;
        return false;
}

static int gathering_add_peer(const MemberRow *m, void *userdata)
{
        const PeerSearch *search = userdata;
        Peers *p = search->peers;

        if (m->id != search->self->id && !peers_have(p, m->id))
                p->rows[p->n++] = m->id;
        return p->n == ARRAY_LEN(p->rows) ? PEERS_FULL : 0;
}

static int gathering_add_peers_with(const Token *t, void *userdata)
{
        PeerSearch *search = userdata;

        return store_members_by_token(search->store, t, gathering_add_peer, search);
}

/* The members that m heard and that heard m. */
static int gathering_find_mutual(Store *s, const MemberRow *m, Peers *ret)
{
        PeerSearch search = {s, m, ret};
        int r;

        ret->n = 0;
        r = store_mutual_walk(s, m, gathering_add_peers_with, &search);
        return MIN(r, 0);
}

/* Sets what m heard. Members whose sightings became mutual get a new revision, and so does m:
 * before are those that were mutual already. */
static int gathering_set_heard(Node *node, MemberRow *m, const Sighting *heard, size_t n,
                               const Peers *before)
{
        Store *s = node->store;
        Peers after;
        MemberRow peer;
        bool news = false;
        int r;

        r = store_heard_set(s, m->id, heard, n);
        if (r == 0)
                r = gathering_find_mutual(s, m, &after);
        for (size_t i = 0; r == 0 && i < after.n; i++) {
                if (peers_have(before, after.rows[i]))
                        continue;
                news = true;
                r = store_member_by_row(s, after.rows[i], &peer);
                if (r != 0)
                        break;
                peer.revision++;
                r = store_member_update(s, &peer);
                watchers_touch(node->watchers, peer.group, peer.id);
        }
        if (r == 0 && (news || before->n > after.n)) {
                m->revision++;
                watchers_touch(node->watchers, m->group, m->id);
        }
        return must(r);
}

static int gathering_tell_merged(const GroupRow *g, void *userdata)
{
        watchers_touch(userdata, g->id, 0);
        return 0;
}

/* New evidence may link m to other groups that gather: they are one then. Reads m anew. */
static int gathering_merge_linked(Node *node, MemberRow *m, uint64_t now_ms)
{
        const CloudSettings *s = node->settings;
        int r = regroup_linked(&s->matching, node->store, m->id, s->matching.max_members,
                               s->window_ms, now_ms, gathering_tell_merged, node->watchers);

        return r < 0 ? r : must(store_member_by_row(node->store, m->id, m));
}

/* ---- join ---- */

static int gathering_answer_join(Call *c, PbJoinVerdict verdict, const GroupRow *g)
{
        const CloudSettings *s = c->node->settings;
        PbJoined joined = PB_JOINED_INIT;
        WireResponse response = PB_RESPONSE_INIT;
        bool welcome = false;
        int r = 0;

        joined.verdict = verdict;
        if (g && s->guests && !call_is_guest(c))
                r = mixing_welcomes(&s->matching, c->node->store, g, &welcome);
        if (r < 0)
                return r;
        joined.guests_welcome = welcome;
        if (g) {
                joined.member_count = g->n_members;
                joined.deadline_in_ms =
                        g->deadline_ms > c->now_ms ? (uint32_t)(g->deadline_ms - c->now_ms) : 0;
        }
        response.body_case = PB_RESPONSE_BODY_JOINED;
        response.joined = &joined;
        r = call_answer(c, PB_STATUS_OK, &response);
        if (r < 0)
                return r;
        c->node->tally.joins[verdict]++;
        return CALL_TAKEN;
}

static int gathering_answer_member(Call *c, const MemberRow *m, const GroupRow *g)
{
        bool opener = id_compare(&g->opener, &m->member_id) == 0;

        return gathering_answer_join(c, opener ? PB_JOIN_OPENED : PB_JOIN_JOINED, g);
}

/* The same serial again. */
static int gathering_join_again(Call *c, const MemberRow *m)
{
        GroupRow g;
        int r;

        if (m->account != c->account.id ||
            memcmp(m->commitment.b, c->request->join->commitment.data, sizeof m->commitment.b) != 0)
                return PB_STATUS_CONFLICT;
        if (m->left)
                return PB_STATUS_WRONG_PHASE;
        r = store_group_get(c->node->store, m->group, &g);
        if (r != 0)
                return must(r);
        return gathering_answer_member(c, m, &g);
}

static uint64_t gathering_window(const CloudSettings *s, uint32_t wish_s)
{
        return wish_s == 0 ? s->window_ms : MIN((uint64_t)wish_s * 1000, s->max_window_ms);
}

static int gathering_open_group(Call *c, const MemberRow *m, GroupRow *ret)
{
        const CloudSettings *s = c->node->settings;
        GroupRow g = {
                .phase = GROUP_GATHERING,
                .opened_ms = m->press_ms,
                .deadline_ms = m->press_ms + gathering_window(s, c->request->join->window_s),
                .expires_ms = c->now_ms + s->expiry_ms,
                .revision = 1,
                .opener = m->member_id,
                .n_members = 1,
                .party = !m->words,
                .look_ms = looking_first(m, c->now_ms),
        };
        int r;

        strcpy(g.route, m->route);
        r = store_group_add(c->node->store, &g);
        if (r != 0)
                return must(r);
        *ret = g;
        return 0;
}

/* A terminal comes to guests alone: it is as if it had opened the group, and its window begins. */
static void gathering_take_over(Call *c, const MemberRow *m, GroupRow *g)
{
        g->opener = m->member_id;
        g->opened_ms = m->press_ms;
        g->deadline_ms =
                m->press_ms + gathering_window(c->node->settings, c->request->join->window_s);
        g->window_end_ms = 0; /* guests have said that all are there, but not this one */
        g->look_ms = looking_first(m, c->now_ms);
}

/* Status OK, BUSY (it is full), or negative errno. */
static int gathering_enter_group(Call *c, const MemberRow *m, int64_t id, GroupRow *ret)
{
        int r = store_group_get(c->node->store, id, ret);

        if (r != 0)
                return must(r);
        if (ret->n_members >= c->node->settings->matching.max_members)
                return PB_STATUS_BUSY;
        if (mixing_guests_alone(ret) && m->mark != MARK_GUEST)
                gathering_take_over(c, m, ret);
        ret->n_members++;
        ret->party |= !m->words;
        if (!m->words && ret->look_ms == 0)
                ret->look_ms = looking_first(m, c->now_ms);
        return group_changed(c->node, ret);
}

/* Similarities name nobody, so they may be logged. */
static void log_decision(const MatchDecision *d)
{
        static const char *const names[] = {"opens a group", "joins", "is ambiguous", "is refused",
                                            "is a guest where none may come"};

        log_debug("a serial %s: route %.2f, place %.2f, time %.2f, composite %.3f, next best %.3f",
                  names[d->verdict], d->like.route, d->like.place, d->like.time, d->like.composite,
                  d->second.composite);
}

/* What a guest tells is the screen it has read: it is tied to that member, and hears nobody. */
static int gathering_set_evidence(Call *c, MemberRow *m, const Serial *serial,
                                  const MemberRow *screen)
{
        static const Peers nobody;

        if (screen->id != 0 && screen->group == m->group)
                return must(store_tie_add(c->node->store, m->id, screen->id));
        if (m->mark == MARK_GUEST || serial->n_heard == 0) /* without sightings nothing is mutual */
                return 0;
        return gathering_set_heard(c->node, m, serial->heard, serial->n_heard, &nobody);
}

/* A guest whom a screen has brought in is where that is. A fix would link it to others as well, who
 * may be anywhere, and they would be one group with those who are there. */
static void gathering_place_guest(MemberRow *m, const MemberRow *screen)
{
        if (screen->id != 0 && screen->group == m->group)
                m->fix.known = false;
}

/* screen: the member whose screen a guest has read; id 0: nobody's. */
static int gathering_settle_join(Call *c, MemberRow *m, const Serial *serial,
                                 const MemberRow *screen, const MatchDecision *d)
{
        Store *s = c->node->store;
        GroupRow g;
        int r = -EINVAL; /* no verdict */

        switch (d->verdict) {
        case MATCH_AMBIGUOUS:
                return gathering_answer_join(c, PB_JOIN_AMBIGUOUS, NULL);
        case MATCH_REFUSED:
                return gathering_answer_join(c, PB_JOIN_REFUSED, NULL);
        case MATCH_NO_GUESTS:
                return PB_STATUS_NO_GUESTS;
        case MATCH_OPEN:
                r = gathering_open_group(c, m, &g);
                break;
        case MATCH_JOIN:
                r = gathering_enter_group(c, m, d->group, &g);
                break;
        }
        if (r != 0)
                return r;
        m->group = g.id;
        gathering_place_guest(m, screen);
        r = store_member_add(s, m);
        if (r == 0)
                r = gathering_set_evidence(c, m, serial, screen);
        if (r == 0 && m->mark == MARK_GUEST)
                r = store_account_keep(s, m->account, g.expires_ms);
        if (r == 0 && m->revision > 0)
                r = store_member_update(s, m);
        if (r == 0)
                r = gathering_merge_linked(c->node, m, c->now_ms);
        if (r == 0)
                r = others_missed(c->node, m);
        if (r == 0)
                r = store_group_get(s, m->group, &g);
        if (r != 0)
                return must(r);
        return gathering_answer_member(c, m, &g);
}

/* Status OK, or BUSY: the account has too much already, or asks too often. */
static int gathering_check_limits(Call *c)
{
        const CloudSettings *settings = c->node->settings;
        Store *s = c->node->store;
        uint32_t gathering, members;
        uint32_t most_gathering = MIN(settings->gathering_per_account,
                                      call_is_guest(c) ? GUEST_GATHERING : UINT32_MAX);
        uint32_t most_members =
                MIN(settings->memberships, call_is_guest(c) ? GUEST_MEMBERSHIPS : UINT32_MAX);
        uint64_t bytes;
        int r = store_count_gathering(s, c->account.id, &gathering);

        if (r == 0)
                r = store_account_use(s, c->account.id, settings->memberships, &members, &bytes);
        if (r != 0)
                return must(r);
        if (gathering >= most_gathering || members >= most_members ||
            !limits_take(c->node->limits, c->account.id, settings->joins_per_hour, c->now_ms))
                return PB_STATUS_BUSY;
        return PB_STATUS_OK;
}

/* 0: the member is new and may join; else as a handler. */
static int gathering_check_new(Call *c, const Id *member_id)
{
        Store *s = c->node->store;
        MemberRow m;
        int r;

        r = store_member_get(s, member_id, &m);
        if (r <= 0)
                return r < 0 ? r : gathering_join_again(c, &m);
        r = store_spent(s, member_id);
        if (r <= 0)
                return r < 0 ? r : PB_STATUS_WRONG_PHASE;
        return gathering_check_limits(c);
}

/* Sightings that count: those by radio of a terminal. Of a guest, who has no radio, the screen that
 * it has read: as if it had heard the member whose screen that is. */
static int gathering_sift_heard(Call *c, Serial *serial, MemberRow *ret_screen)
{
        bool guest = call_is_guest(c);
        size_t n = 0;
        int r = STORE_E_NOT_FOUND;

        ret_screen->id = 0;
        for (size_t i = 0; i < serial->n_heard; i++) {
                const Sighting *heard = &serial->heard[i];

                if (!guest && heard->transport != SIGHTING_SCREEN)
                        serial->heard[n++] = *heard;
                else if (guest && heard->transport == SIGHTING_SCREEN && r == STORE_E_NOT_FOUND)
                        r = store_member_by_screen(c->node->store, &heard->token, ret_screen);
        }
        if (r == 0)
                serial->heard[n++] =
                        (Sighting){.token = ret_screen->token, .transport = SIGHTING_SCREEN};
        serial->n_heard = n;
        return MIN(r, 0);
}

static GuestMark gathering_mark(const Call *c)
{
        if (call_is_guest(c))
                return MARK_GUEST;
        switch (c->request->join->guests) {
        case PB_GUESTS_WELCOME:
                return MARK_WELCOME;
        case PB_GUESTS_REFUSED:
                return MARK_REFUSED;
        default:
                return MARK_NONE;
        }
}

int handle_join(Call *c)
{
        const PbJoin *w = c->request->join;
        const CloudSettings *settings = c->node->settings;
        MatchDecision decision;
        MemberRow m = {
                .account = c->account.id,
                .arrival_ms = c->now_ms,
                .relayed = c->way == API_RELAYED,
                .words = w->words,
                .mark = gathering_mark(c),
        };
        MemberRow screen;
        Serial serial;
        int r;

        wire_id_read(&m.member_id, w->member_id);
        r = gathering_check_new(c, &m.member_id);
        if (r != 0)
                return r;
        wire_serial_read(&serial, w->serial);
        memcpy(m.commitment.b, w->commitment.data, sizeof m.commitment.b);
        memcpy(m.route, serial.route, sizeof m.route);
        m.fix = serial.fix;
        m.token = serial.token;
        m.press_ms = c->now_ms - MIN(serial.press_age_ms, c->now_ms);
        r = gathering_sift_heard(c, &serial, &screen);
        if (r == 0)
                r = matcher_decide(&settings->matching, c->node->store, &m, serial.heard,
                                   serial.n_heard, gathering_window(settings, w->window_s),
                                   c->now_ms, &decision);
        if (r < 0)
                return r;
        log_decision(&decision);
        return gathering_settle_join(c, &m, &serial, &screen, &decision);
}

/* ---- later ---- */

/* After the close only latecomers matter. */
static int gathering_amend_closed(Call *c, const MemberRow *m, const Sighting *heard, size_t n)
{
        int r = others_heard_late(c->node, m, heard, n);

        if (r == 0)
                r = store_member_update(c->node->store, m);
        return r == STORE_E_NOT_FOUND ? PB_STATUS_WRONG_PHASE : must(r);
}

/* Returns how many sightings of an Amend count. */
static size_t gathering_read_heard(const MemberRow *m, const PbAmend *w,
                                   Sighting ret[static SERIAL_HEARD_MAX])
{
        size_t n = wire_heard_read(ret, w->heard, w->n_heard), kept = 0;

        for (size_t i = 0; i < n && m->mark != MARK_GUEST; i++)
                if (ret[i].transport != SIGHTING_SCREEN)
                        ret[kept++] = ret[i];
        return kept;
}

static int gathering_note_tie(int64_t id, void *userdata)
{
        return 1;
}

/* A guest that is tied to somebody is where that is (gathering_place_guest). */
static int gathering_set_fix(Store *s, const MemberRow *m, const PbAmend *w)
{
        Fix fix = {true, w->latitude_e7, w->longitude_e7, w->accuracy_m};
        int r = m->mark == MARK_GUEST ? store_ties_walk(s, m->id, gathering_note_tie, NULL) : 0;

        return r == 0 ? store_fix_set(s, m->id, &fix) : MIN(r, 0);
}

/* What was heard may have been all that a closing group waited for. */
static int gathering_waited(Call *c, const MemberRow *m)
{
        GroupRow g;
        int r = must(store_group_get(c->node->store, m->group, &g));

        return r < 0 ? r : group_close_if_waited(c->node, &g, c->now_ms);
}

int handle_amend(Call *c)
{
        const PbAmend *w = c->request->amend;
        Store *s = c->node->store;
        Sighting heard[SERIAL_HEARD_MAX];
        size_t n;
        Peers before;
        MemberRow m;
        GroupRow g;
        int r;

        r = call_group(c, w->member_id, &m, &g);
        if (r != PB_STATUS_OK)
                return r;
        if (w->sequence <= m.evidence_sequence)
                return g.phase == GROUP_GATHERING ? PB_STATUS_OK : PB_STATUS_WRONG_PHASE;
        m.evidence_sequence = w->sequence;
        n = gathering_read_heard(&m, w, heard);
        if (g.phase != GROUP_GATHERING)
                return gathering_amend_closed(c, &m, heard, n);
        r = gathering_find_mutual(s, &m, &before);
        if (r == 0)
                r = gathering_set_heard(c->node, &m, heard, n, &before);
        if (r == 0 && w->has_fix)
                r = gathering_set_fix(s, &m, w);
        if (r == 0)
                r = store_member_update(s, &m);
        if (r == 0)
                r = gathering_merge_linked(c->node, &m, c->now_ms);
        if (r == 0)
                r = others_missed(c->node, &m);
        return r == 0 ? gathering_waited(c, &m) : must(r);
}

int handle_ready(Call *c)
{
        MemberRow m;
        GroupRow g;
        int r;

        r = call_group(c, c->request->ready->member_id, &m, &g);
        if (r != PB_STATUS_OK || m.ready)
                return r;
        m.ready = true;
        r = store_member_update(c->node->store, &m);
        if (r != 0)
                return must(r);
        return group_close_if_ready(c->node, &g, c->now_ms);
}

int handle_close(Call *c)
{
        MemberRow m;
        GroupRow g;
        int r;

        r = call_group(c, c->request->close->member_id, &m, &g);
        if (r != PB_STATUS_OK)
                return r;
        if (id_compare(&g.opener, &m.member_id) != 0)
                return PB_STATUS_CONFLICT;
        return g.phase == GROUP_GATHERING ? group_close_soon(c->node, &g, c->now_ms) : PB_STATUS_OK;
}

int handle_leave(Call *c)
{
        MemberRow m;
        int r = call_member(c, c->request->leave->member_id, &m);

        if (r == PB_STATUS_NO_MEMBER)
                return PB_STATUS_OK; /* gone already */
        return r != PB_STATUS_OK ? r : group_leave(c->node, &m, c->now_ms);
}
