/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bad-neighbour.c - a hostile terminal in reach of Bluetooth LE, for test-hostile
 *
 *   bad-neighbour help HCI FILE                    offers help; keeps the first request in FILE
 *   bad-neighbour look HCI TOKEN                   looks for listeners other than this one
 *   bad-neighbour call HCI ADDRESS PSM HOW [FILE]  makes a channel to a listener
 *
 * Output of "help": "ready TOKEN", then "asked" for each request; it answers the requests by the
 * rows of a table, one after the other. Of "look": "ADDRESS PSM". Of "call", where HOW is a row of
 * another table: "connected", "answered" when something comes over the channel, and "closed" when
 * the other end closes it. It ends then, or with its standard input.
 *
 * It closes a channel only after it has connected: Linux 6.1 sometimes crashes otherwise
 * (docs/bluetooth.md), and that would kill this program.
 */
#include "daemon/radio/beacon.h"
#include "daemon/link/frame.h"

#include <bluetooth/bluetooth.h>
#include <bluetooth/hci.h>
#include <bluetooth/hci_lib.h>
#include <bluetooth/l2cap.h>
#include <err.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

enum {
        CONNECT_MS = 30 * 1000,
        DRIP_MS = 50,
        OFTEN = 20,
        FLOOD = 20,    /* requests: more than are taken at a time */
        CANCELS = 200, /* more than RELAY_PATIENCE */
        SMALL = ENVELOPE_REQUEST_HEAD + ENVELOPE_PAD_MIN + ENVELOPE_TAG,
        MTU = 1024, /* of both ends */
        PIECE = 512,
        DATA_HEAD = 2 + 16, /* of an advertisement, before the beacon */
        DATA_SIZE = DATA_HEAD + BEACON_SIZE,
        MGMT_HEAD = 6, /* BlueZ's doc/mgmt-api.txt; numbers are little endian */
        MGMT_START_DISCOVERY = 0x0023,
        MGMT_STOP_DISCOVERY = 0x0024,
        MGMT_ADD_ADVERTISING = 0x003e,
        MGMT_CONNECTABLE = 1,
        MGMT_FOUND = 0x0012,  /* an event: device found */
        MGMT_FOUND_HEAD = 14, /* address, its type, strength, flags, length of the data */
};

static uint8_t filling[FRAME_ANSWER_MAX] = {ENVELOPE_SUITE};
static const char *file;

/* ---- sockets ---- */

static int open_channel(int hci, uint16_t psm)
{
        struct sockaddr_l2 own = {
                .l2_family = AF_BLUETOOTH, .l2_bdaddr_type = BDADDR_LE_PUBLIC, .l2_psm = psm};
        struct bt_security security = {.level = BT_SECURITY_LOW};
        uint16_t mtu = MTU;
        int fd = socket(AF_BLUETOOTH, SOCK_SEQPACKET | SOCK_NONBLOCK, BTPROTO_L2CAP);

        if (fd < 0 || hci_devba(hci, &own.l2_bdaddr) < 0 ||
            bind(fd, (struct sockaddr *)&own, sizeof own) < 0 ||
            setsockopt(fd, SOL_BLUETOOTH, BT_SECURITY, &security, sizeof security) < 0 ||
            setsockopt(fd, SOL_BLUETOOTH, BT_RCVMTU, &mtu, sizeof mtu) < 0)
                err(2, "channel");
        return fd;
}

static bool wait_for(int fd, short events, int ms)
{
        struct pollfd p = {.fd = fd, .events = events};

        return poll(&p, 1, ms) == 1;
}

/* Notices a channel that is already closed. */
static int call(int hci, const char *address, int psm)
{
        struct sockaddr_l2 there = {.l2_family = AF_BLUETOOTH,
                                    .l2_bdaddr_type = BDADDR_LE_RANDOM,
                                    .l2_psm = htobs((uint16_t)psm)};
        int fd = open_channel(hci, 0), error = 0;
        socklen_t len = sizeof error;

        (void)str2ba(address, &there.l2_bdaddr);
        if (connect(fd, (struct sockaddr *)&there, sizeof there) < 0 && errno != EINPROGRESS)
                err(2, "connect");
        if (!wait_for(fd, POLLOUT, CONNECT_MS))
                errx(2, "no channel");
        if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) < 0 ||
            (error != 0 && error != ECONNRESET))
                errx(2, "no channel: %s", strerror(error));
        return fd;
}

/* Sends as much as the other end takes: a channel that is closed or not read takes no more. */
static void say(int fd, const uint8_t *bytes, size_t n)
{
        for (size_t at = 0; at < n;) {
                ssize_t sent = send(fd, bytes + at, n - at < PIECE ? n - at : PIECE, MSG_NOSIGNAL);

                if (sent < 0 && errno == EAGAIN && wait_for(fd, POLLOUT, 2000))
                        continue;
                if (sent <= 0)
                        return;
                at += (size_t)sent;
        }
}

static void say_frame(int fd, FrameKind kind, uint16_t number, size_t len)
{
        Frame frame = {
                .kind = kind, .number = number, .wait_ms = 20000, .body = filling, .len = len};
        uint8_t head[FRAME_HEAD + FRAME_WAIT];

        say(fd, head, frame_write_head(head, &frame));
        say(fd, filling, len);
}

/* ---- the calling side ---- */

static void nothing(int fd)
{
}

static void half(int fd)
{
        say(fd, (const uint8_t[]){FRAME_REQUEST, 0, 1, 0}, 4);
}

static void oversize(int fd)
{
        say(fd, (const uint8_t[]){FRAME_REQUEST, 0, 1, 0, 0xff, 0xff, 0xff, 0xff}, FRAME_HEAD);
}

static void garbage(int fd)
{
        uint8_t bytes[PIECE];

        randombytes_buf(bytes, sizeof bytes);
        bytes[0] |= 0x80; /* no kind of frame */
        say(fd, bytes, sizeof bytes);
}

static void wrong_way(int fd)
{
        say_frame(fd, FRAME_ANSWER, 1, ENVELOPE_RESPONSE_HEAD + ENVELOPE_PAD_MIN + ENVELOPE_TAG);
}

static void cancels(int fd)
{
        for (uint16_t i = 0; i < CANCELS; i++)
                say_frame(fd, FRAME_CANCEL, i, 0);
}

static void flood(int fd)
{
        for (uint16_t i = 0; i < FLOOD; i++)
                say_frame(fd, FRAME_REQUEST, i, SMALL);
}

/* The largest request, a byte at a time. */
static void drip(int fd)
{
        Frame frame = {.kind = FRAME_REQUEST, .len = ENVELOPE_REQUEST_MAX};
        uint8_t head[FRAME_HEAD + FRAME_WAIT];

        say(fd, head, frame_write_head(head, &frame));
        for (size_t at = 0; at < frame.len && !wait_for(STDIN_FILENO, POLLIN, DRIP_MS); at++)
                say(fd, filling + at, 1);
}

static void replay(int fd)
{
        FILE *f = fopen(file, "rb");

        if (!f)
                err(2, "%s", file);
        say(fd, filling, fread(filling, 1, sizeof filling, f));
        (void)fclose(f);
}

static const struct {
        const char *name;
        void (*misbehave)(int fd);
} ways[] = {
        {"nothing", nothing}, {"half", half},           {"oversize", oversize},
        {"garbage", garbage}, {"wrong-way", wrong_way}, {"cancels", cancels},
        {"flood", flood},     {"drip", drip},           {"replay", replay},
};

/* Waits until the channel is closed or standard input ends. */
static void see_it_out(int fd)
{
        struct pollfd p[] = {{.fd = fd, .events = POLLIN}, {.fd = STDIN_FILENO, .events = POLLIN}};
        uint8_t bytes[1024];

        while (poll(p, 2, -1) > 0 && !p[1].revents) {
                ssize_t n = recv(fd, bytes, sizeof bytes, 0);

                if (n <= 0 && errno != EAGAIN) {
                        printf("closed\n");
                        return;
                }
                if (n > 0)
                        printf("answered\n");
        }
}

/* Connects again and again, and leaves after more and more bytes of a request. */
static void often(int hci, const char *address, int psm)
{
        Frame frame = {.kind = FRAME_REQUEST,
                       .number = 1,
                       .wait_ms = 20000,
                       .body = filling,
                       .len = SMALL};
        uint8_t bytes[FRAME_HEAD + FRAME_WAIT + SMALL];

        memcpy(bytes + frame_write_head(bytes, &frame), filling, SMALL);
        for (size_t i = 0; i <= OFTEN; i++) {
                int fd = call(hci, address, psm);

                say(fd, bytes, i * sizeof bytes / OFTEN);
                (void)close(fd);
        }
        printf("done\n");
}

static int misbehave(int hci, const char *address, int psm, const char *how)
{
        int fd;

        if (strcmp(how, "often") == 0) {
                often(hci, address, psm);
                return 0;
        }
        fd = call(hci, address, psm);
        printf("connected\n");
        for (size_t i = 0; i < sizeof ways / sizeof *ways; i++)
                if (strcmp(ways[i].name, how) == 0) {
                        ways[i].misbehave(fd);
                        see_it_out(fd);
                        return 0;
                }
        errx(2, "no such way: %s", how);
}

/* ---- the helping side ---- */

/* The head of our service data, before the beacon: the UUID, last byte first. */
static void write_head(uint8_t ret[static DATA_HEAD])
{
        uint8_t uuid[16];
        size_t len;

        (void)sodium_hex2bin(uuid, sizeof uuid, BEACON_UUID, strlen(BEACON_UUID), "-", &len, NULL);
        ret[0] = DATA_SIZE - 1;
        ret[1] = 0x21;
        for (size_t i = 0; i < sizeof uuid; i++)
                ret[2 + i] = uuid[sizeof uuid - 1 - i];
}

static int open_management(void)
{
        struct sockaddr_hci all = {.hci_family = AF_BLUETOOTH,
                                   .hci_dev = HCI_DEV_NONE,
                                   .hci_channel = HCI_CHANNEL_CONTROL};
        int fd = socket(AF_BLUETOOTH, SOCK_RAW, BTPROTO_HCI);

        if (fd < 0 || bind(fd, (struct sockaddr *)&all, sizeof all) < 0)
                err(2, "management");
        return fd;
}

static void manage(int fd, int hci, uint16_t opcode, const void *parameters, size_t n)
{
        uint8_t command[64] = {
                (uint8_t)opcode, (uint8_t)(opcode >> 8), (uint8_t)hci, 0, (uint8_t)n, 0};

        memcpy(command + MGMT_HEAD, parameters, n);
        if (write(fd, command, MGMT_HEAD + n) < 0)
                err(2, "management");
}

/* A connectable advertisement as in daemon/radio/beacon.h; each connection ends it. */
static void advertise(int hci, const Beacon *beacon)
{
        struct {
                uint8_t instance;
                uint32_t flags;
                uint16_t duration, timeout;
                uint8_t data_len, response_len, data[DATA_SIZE];
        } __attribute__((packed))
        parameters = {.instance = 1, .flags = htobl(MGMT_CONNECTABLE), .data_len = DATA_SIZE};
        int fd = open_management();

        write_head(parameters.data);
        beacon_write(beacon, parameters.data + DATA_HEAD);
        manage(fd, hci, MGMT_ADD_ADVERTISING, &parameters, sizeof parameters);
        (void)close(fd);
}

/* Whether an event reports a listener that is not yet known. */
static bool tells(const uint8_t *event, ssize_t n, int hci, const char *known)
{
        const uint8_t *data = event + MGMT_HEAD + MGMT_FOUND_HEAD;
        uint8_t head[DATA_HEAD];
        char token[2 * TOKEN_SIZE + 1];
        Beacon beacon;

        if (n < MGMT_HEAD + MGMT_FOUND_HEAD + DATA_SIZE || event[0] != MGMT_FOUND ||
            event[1] != 0 || event[2] != hci)
                return false;
        write_head(head);
        if (memcmp(data, head, DATA_HEAD) != 0 ||
            beacon_read(&beacon, data + DATA_HEAD, BEACON_SIZE) != 0)
                return false;
        (void)sodium_bin2hex(token, sizeof token, beacon.token.b, sizeof beacon.token.b);
        return beacon.psm != 0 && strcmp(token, known) != 0;
}

/* The kernel does not connect while it discovers. */
static int look(int hci, const char *known)
{
        const uint8_t le[] = {1 << BDADDR_LE_PUBLIC | 1 << BDADDR_LE_RANDOM};
        int fd = open_management();
        uint8_t event[1024];
        char address[18];
        ssize_t n = 0;

        do {
                if (!wait_for(fd, POLLIN, 1000))
                        /* the discovery may have ended */
                        manage(fd, hci, MGMT_START_DISCOVERY, le, sizeof le);
                else
                        n = read(fd, event, sizeof event);
        } while (!tells(event, n, hci, known));
        manage(fd, hci, MGMT_STOP_DISCOVERY, le, sizeof le);
        (void)ba2str((const bdaddr_t *)(event + MGMT_HEAD), address);
        printf("%s %u\n", address, event[MGMT_HEAD + MGMT_FOUND_HEAD + DATA_SIZE - 1]);
        return 0;
}

static void answer_made_up(int fd, uint16_t number)
{
        say_frame(fd, FRAME_ANSWER, number,
                  ENVELOPE_RESPONSE_HEAD + ENVELOPE_PAD_MIN + ENVELOPE_TAG);
}

static void answer_another(int fd, uint16_t number)
{
        answer_made_up(fd, (uint16_t)(number + 1));
}

static void answer_garbage(int fd, uint16_t number)
{
        garbage(fd);
}

static void answer_too_much(int fd, uint16_t number)
{
        say(fd,
            (const uint8_t[]){FRAME_ANSWER, 0, (uint8_t)number, (uint8_t)(number >> 8), 0, 0, 0,
                              0x7f},
            FRAME_HEAD);
}

static void keep(const uint8_t *bytes, size_t n)
{
        FILE *f = fopen(file, "wbx"); /* only the first */

        if (!f)
                return;
        (void)fwrite(bytes, 1, n, f);
        (void)fclose(f);
}

static void serve(int fd, unsigned turn)
{
        static void (*const answers[])(int fd, uint16_t number) = {answer_garbage, answer_another,
                                                                   answer_too_much, answer_made_up};
        static uint8_t bytes[2 * FRAME_REQUEST_MAX];
        size_t n = 0, used;
        Frame frame;

        while (n < FRAME_REQUEST_MAX && wait_for(fd, POLLIN, CONNECT_MS)) {
                ssize_t got = recv(fd, bytes + n, sizeof bytes - n, 0);

                if (got <= 0)
                        break;
                n += (size_t)got;
                if (frame_read(&frame, &used, bytes, n, true) <= 0)
                        continue;
                keep(bytes, used);
                printf("asked\n");
                answers[turn % (sizeof answers / sizeof *answers)](fd, frame.number);
                (void)wait_for(fd, POLLIN, CONNECT_MS); /* for its reaction */
                break;
        }
        (void)close(fd);
}

static int help(int hci)
{
        int listening = open_channel(hci, 0);
        struct pollfd p[] = {{.fd = listening, .events = POLLIN},
                             {.fd = STDIN_FILENO, .events = POLLIN}};
        struct sockaddr_l2 own;
        socklen_t len = sizeof own;
        char token[2 * TOKEN_SIZE + 1];
        Beacon beacon;

        if (listen(listening, 4) < 0 || getsockname(listening, (struct sockaddr *)&own, &len) < 0)
                err(2, "listen");
        beacon.psm = (uint8_t)btohs(own.l2_psm);
        randombytes_buf(beacon.token.b, sizeof beacon.token.b);
        advertise(hci, &beacon);
        (void)sodium_bin2hex(token, sizeof token, beacon.token.b, sizeof beacon.token.b);
        printf("ready %s\n", token);
        for (unsigned turn = 0; poll(p, 2, -1) > 0 && !p[1].revents;) {
                int fd = accept(listening, NULL, NULL);

                if (fd < 0)
                        continue;
                serve(fd, turn++);
                advertise(hci, &beacon);
        }
        return 0;
}

int main(int argc, char **argv)
{
        setlinebuf(stdout);
        if (sodium_init() < 0)
                return 2;
        file = argv[argc - 1];
        if (argc >= 6 && strcmp(argv[1], "call") == 0)
                return misbehave(atoi(argv[2]), argv[3], atoi(argv[4]), argv[5]);
        if (argc == 4 && strcmp(argv[1], "help") == 0)
                return help(atoi(argv[2]));
        if (argc == 4 && strcmp(argv[1], "look") == 0)
                return look(atoi(argv[2]), argv[3]);
        errx(2, "usage: bad-neighbour help HCI FILE | look HCI TOKEN | call HCI ADDRESS PSM HOW "
                "[FILE]");
}
