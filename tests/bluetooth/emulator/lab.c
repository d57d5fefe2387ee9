/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lab.c - what the lab adds to btvirt's emulated controllers; build-btvirt includes it in
 * emulator/btdev.c.
 *
 * The air between the controllers is described by the file that the environment variable
 * BTVIRT_RADIO names. It is read again whenever it changes, each line
 *
 *   A B RSSI      between hciA and hciB, both ways
 *   A > B RSSI    what hciB receives of hciA
 *
 * with A and B a number or * for all, RSSI in dBm or "off" for out of range; a later line
 * overrules an earlier one, # begins a comment. Without a line, or without the file, everyone
 * hears everyone at -50 dBm.
 *
 * Out of range, no advertising is heard and no connection comes about; a connection there was
 * ends LAB_SUPERVISION ms later, its packets lost. */
#include <sys/stat.h>

#define LAB_TICK 250         /* ms */
#define LAB_SUPERVISION 2000 /* ms */
#define LAB_OFF 127
#define LAB_MAX MAX_BTDEV_ENTRIES

static struct {
        bool running;
        struct timespec changed;
        ino_t inode;
        int8_t rssi[LAB_MAX][LAB_MAX];   /* [transmitter][receiver] */
        bool reported[LAB_MAX][LAB_MAX]; /* [transmitter][receiver] */
        int lost[LAB_MAX][LAB_MAX];      /* ms out of range while connected */
        struct {                         /* LE (Extended) Create Connection under way */
                uint16_t opcode;
                uint8_t length;
                uint8_t data[255];
        } pending[LAB_MAX];
} lab;

static int lab_index(const struct btdev *dev)
{
        int i;

        for (i = 0; i < LAB_MAX; i++)
                if (btdev_list[i] == dev)
                        return i;
        return 0;
}

/* The file names controllers as hciN; N is the btdev's id, not its index here. */
static void lab_set(const char *a, const char *b, int8_t rssi)
{
        int i, j;

        for (i = 0; i < LAB_MAX; i++)
                for (j = 0; j < LAB_MAX; j++)
                        if (btdev_list[i] && btdev_list[j] &&
                            (*a == '*' || atoi(a) == btdev_list[i]->id) &&
                            (*b == '*' || atoi(b) == btdev_list[j]->id))
                                lab.rssi[i][j] = rssi;
}

static void lab_read(bool force)
{
        const char *path = getenv("BTVIRT_RADIO");
        char line[256], a[16], b[16], value[16];
        struct stat st;
        FILE *f;

        memset(&st, 0, sizeof(st));
        if (path && stat(path, &st) < 0)
                memset(&st, 0, sizeof(st));
        if (!force && st.st_ino == lab.inode && st.st_mtim.tv_sec == lab.changed.tv_sec &&
            st.st_mtim.tv_nsec == lab.changed.tv_nsec)
                return;
        lab.inode = st.st_ino;
        lab.changed = st.st_mtim;
        memset(lab.rssi, -50, sizeof(lab.rssi));
        f = path ? fopen(path, "re") : NULL;
        if (!f)
                return;
        while (fgets(line, sizeof(line), f)) {
                bool one_way = false;

                line[strcspn(line, "#\n")] = 0;
                if (sscanf(line, " %15s > %15s %15s", a, b, value) == 3)
                        one_way = true;
                else if (sscanf(line, " %15s %15s %15s", a, b, value) != 3)
                        continue;
                lab_set(a, b, strcmp(value, "off") ? atoi(value) : LAB_OFF);
                if (!one_way)
                        lab_set(b, a, strcmp(value, "off") ? atoi(value) : LAB_OFF);
        }
        fclose(f);
}

static bool lab_hears(const struct btdev *receiver, const struct btdev *transmitter)
{
        lab_read(false);
        return lab.rssi[lab_index(transmitter)][lab_index(receiver)] != LAB_OFF;
}

static bool lab_linked(const struct btdev *a, const struct btdev *b)
{
        return lab_hears(a, b) && lab_hears(b, a);
}

/* For an advertising report: what it says, and note that there was one. */
static int8_t lab_report(const struct btdev *receiver, const struct btdev *transmitter)
{
        int i = lab_index(transmitter), j = lab_index(receiver);

        lab.reported[i][j] = true;
        return lab.rssi[i][j];
}

static void lab_pend(struct btdev *dev, uint16_t opcode, const void *data, uint8_t length)
{
        int i = lab_index(dev);

        memmove(lab.pending[i].data, data, length);
        lab.pending[i].length = length;
        lab.pending[i].opcode = opcode;
}
