/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "probe.h"
#include "lines.h"
#include "src/base/language.h"

#include <assert.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

typedef enum Stage { PROBE_CREATES, PROBE_READS, PROBE_REMOVES, PROBE_ENDS } Stage;

struct Probe {
        sd_event_source *turn;
        Sink *sink;
        Stage stage;
        int answer;
        char *id, *text;
        char uid[SINK_UID_SIZE];
        ProbeDone done;
        void *userdata;
};

static void probe_on_done(void *userdata, int r, const char *text)
{
        Probe *p = userdata;

        free(p->text);
        p->text = text ? strdup(text) : NULL;
        p->answer = r;
        (void)sd_event_source_set_enabled(p->turn,
                                          /* on failure the caller runs into its timeout */
                                          SD_EVENT_ONESHOT);
}

static void probe_create(Probe *p)
{
        char text[256];

        (void)snprintf(text, sizeof text,
                       "BEGIN:VCARD\r\nVERSION:3.0\r\nUID:%s\r\nFN:Huddle "
                       "test\r\nN:test;Huddle;;;\r\nEND:VCARD\r\n",
                       p->uid);
        p->sink->ops->create(p->sink, p->id, text);
}

static bool probe_is_ours(const char *text)
{
        _cleanup_(lines_done) Lines l = {0};
        const Line *fn = text && lines_read(&l, text) == 0 ? lines_find(&l, "FN", 0) : NULL;

        return fn && strcmp(fn->value, "Huddle test") == 0;
}

static void probe_finish(Probe *p, const char *trouble)
{
        p->done(p->userdata, trouble);
}

static int probe_on_turn(sd_event_source *source, void *userdata)
{
        Probe *p = userdata;
        Stage stage = p->stage++;

        assert(stage <= PROBE_ENDS);
        if (p->answer != 0) {
                probe_finish(p, *p->sink->trouble ? p->sink->trouble
                                                  : N_("the test entry did not stay what it was"));
                return 0;
        }
        if (stage == PROBE_CREATES)
                probe_create(p);
        else if (stage == PROBE_READS && !p->sink->ops->write_only)
                p->sink->ops->read(p->sink, p->id);
        else if (stage == PROBE_READS)
                probe_on_done(p, 0, NULL);
        else if (stage == PROBE_REMOVES && !p->sink->ops->write_only && !probe_is_ours(p->text))
                probe_finish(p, N_("what was read back is not what was written"));
        else if (stage == PROBE_REMOVES)
                p->sink->ops->remove(p->sink, p->id, p->text);
        else
                probe_finish(p, "");
        return 0;
}

Probe *probe_free(Probe *p)
{
        if (!p)
                return NULL;
        sink_free(p->sink);
        sd_event_source_disable_unref(p->turn);
        free(p->id);
        free(p->text);
        free(p);
        return NULL;
}

int probe_new(Probe **ret, sd_event *event, Sink *sink, ProbeDone done, void *userdata)
{
        _cleanup_(probe_freep) Probe *p = calloc(1, sizeof *p);
        unsigned char random[16];
        char digits[33];
        int r;

        if (!p) {
                sink_free(sink);
                return -ENOMEM;
        }
        p->sink = sink;
        p->done = done;
        p->userdata = userdata;
        randombytes_buf(random, sizeof random);
        (void)sodium_bin2hex(digits, sizeof digits, random, sizeof random);
        sink_uid(p->uid, digits);
        p->id = sink->ops->name(sink, digits);
        if (!p->id)
                return -ENOMEM;
        sink->done = probe_on_done;
        sink->userdata = p;
        r = sd_event_add_defer(event, &p->turn, probe_on_turn, p); /* runs once */
        if (r >= 0)
                *ret = TAKE_PTR(p);
        return MIN(r, 0);
}
