/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tcp-watch.h"

enum {
        TIMES = 4, /* as long as it takes to confirm something, a way may be silent */
        AGES = 2,  /* times that silence a request may wait while others of the way move */
};

void tcp_way_note(TcpWay *w, const TcpState *s)
{
        TcpState *all = &w->all;
        uint64_t patience = MIN(UINT64_C(1) * TIMES * tcp_takes_ms(s), (uint64_t)TCP_WATCH_MOST_MS);

        w->patience_ms = MAX(w->patience_ms, (uint32_t)patience);
        all->round_trip_ms = MAX(all->round_trip_ms, s->round_trip_ms);
        all->variation_ms = MAX(all->variation_ms, s->variation_ms);
        all->least_ms = w->n == 0 ? s->least_ms : MIN(all->least_ms, s->least_ms);
        all->quiet_ms = w->n == 0 ? s->quiet_ms : MIN(all->quiet_ms, s->quiet_ms);
        w->n++;
}

bool tcp_way_moves(const TcpWay *w, uint64_t age_ms)
{
        uint64_t quiet = MIN((uint64_t)w->all.quiet_ms, age_ms);

        return w->n > 0 && tcp_is_far(&w->all) && quiet < w->patience_ms &&
               age_ms < UINT64_C(1) * AGES * w->patience_ms;
}

void tcp_watch_add(TcpWatch *w, int fd)
{
        if (w->n < TCP_WATCH_MAX)
                w->fds[w->n++] = fd;
}

void tcp_watch_drop(TcpWatch *w, int fd)
{
        for (unsigned i = 0; i < w->n; i++)
                if (w->fds[i] == fd) {
                        w->fds[i] = w->fds[--w->n];
                        return;
                }
}

TcpWay tcp_watch_look(const TcpWatch *w)
{
        TcpWay way = {};
        TcpState s;

        for (unsigned i = 0; i < w->n; i++)
                if (tcp_measure(w->fds[i], &s))
                        tcp_way_note(&way, &s);
        return way;
}

bool tcp_watch_is_slow(const TcpWatch *w)
{
        TcpWay way = tcp_watch_look(w);

        return tcp_is_slow(&way.all) && tcp_way_moves(&way, 0);
}

void tcp_watch_adapt(const TcpWatch *w, bool slow, uint64_t n_bytes)
{
        uint64_t few = MIN(TCP_AT_ONCE_FEW + n_bytes / 2, (uint64_t)TCP_AT_ONCE_ALL);

        for (unsigned i = 0; i < w->n; i++) {
                if (slow)
                        tcp_be_patient(w->fds[i]);
                tcp_take_at_once(w->fds[i], slow ? (int)few : TCP_AT_ONCE_ALL);
        }
}
