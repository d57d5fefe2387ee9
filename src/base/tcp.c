/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tcp.h"

#include <linux/tcp.h> /* that of the C library has no tcpi_min_rtt */
#include <netinet/in.h>
#include <sys/socket.h>

enum {
        TCP_STATE_ESTABLISHED = 1,
        TCP_SLOW_MS = 500,
        TCP_FAR_MS = 50,        /* two packets of a connection's begin at less than 25 kbit/s */
        TCP_UNHEARD_MS = 30000, /* on a slow way, TCP_USER_TIMEOUT */
};

void tcp_prepare(int fd, int segment)
{
        int on = 1;

        (void)setsockopt(fd, IPPROTO_TCP, TCP_MAXSEG, &segment, sizeof segment);
        (void)setsockopt(fd, IPPROTO_TCP, TCP_THIN_LINEAR_TIMEOUTS, &on, sizeof on);
}

bool tcp_measure(int fd, TcpState *ret)
{
        struct tcp_info info = {};
        socklen_t len = sizeof info;

        if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len) < 0 ||
            info.tcpi_state != TCP_STATE_ESTABLISHED)
                return false;
        *ret = (TcpState){
                .round_trip_ms = info.tcpi_rtt / 1000,
                .variation_ms = info.tcpi_rttvar / 1000,
                .least_ms = info.tcpi_min_rtt / 1000,
                .quiet_ms = info.tcpi_last_ack_recv < info.tcpi_last_data_recv
                                    ? info.tcpi_last_ack_recv
                                    : info.tcpi_last_data_recv,
        };
        return true;
}

uint32_t tcp_takes_ms(const TcpState *s)
{
        return s->round_trip_ms + 4 * s->variation_ms;
}

bool tcp_is_far(const TcpState *s)
{
        return s->least_ms >= TCP_FAR_MS;
}

bool tcp_is_slow(const TcpState *s)
{
        return tcp_is_far(s) && tcp_takes_ms(s) > TCP_SLOW_MS && s->round_trip_ms > 2 * s->least_ms;
}

void tcp_be_patient(int fd)
{
        int off = 0;
        unsigned most_ms = 0;
        socklen_t len = sizeof most_ms;

        (void)setsockopt(fd, IPPROTO_TCP, TCP_THIN_LINEAR_TIMEOUTS, &off, sizeof off);
        if (getsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &most_ms, &len) < 0 || most_ms == 0)
                return;
        most_ms = TCP_UNHEARD_MS;
        (void)setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &most_ms, sizeof most_ms);
}

void tcp_take_at_once(int fd, int bytes)
{
        (void)setsockopt(fd, IPPROTO_TCP, TCP_WINDOW_CLAMP, &bytes, sizeof bytes);
}
