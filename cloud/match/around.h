/* SPDX-License-Identifier: GPL-2.0-or-later */
/* around.h - everybody around a closing group, and what they heard of each other */
#pragma once

#include "candidates.h"
#include "matcher.h"
#include "mixing.h"

/* One sighting of a member, by its place among the members. */
typedef struct Hearing {
        uint32_t listener;
        Token token;
        int8_t rssi_dbm;
} Hearing;

typedef struct Around {
        const MatchingSettings *settings;
        Store *store;
        GroupRow closing;
        Mix mix; /* of all groups that were added */
        MemberRow *members;
        size_t n, room;
        size_t n_closing; /* the first ones: members of the closing group */
        Hearing *hearings;
        size_t n_hearings, hearings_room;
        uint32_t listener; /* the member that reported the sightings now read */
        size_t n_owned;    /* hearings of which the owner was looked for */
        MemberRow *found;  /* near by place, to be compared with the closing group */
        size_t n_found, found_room, n_compared;
        size_t n_fixes; /* of the closing group around which we searched */
        uint64_t now_ms, looks;
} Around;

typedef struct Owner {
        Token token;
        int64_t row;
        uint32_t member;
} Owner;

typedef struct Tying {
        const Around *a;
        uint32_t *component;
        size_t member;
        uint64_t looks;
} Tying;

void around_done(Around *a);
/* For walks over a group: one member more. 1: there is no room for further ones. */
int around_add_member(const MemberRow *m, void *userdata);
/* A step of looking around the fixes of the closing group; *at: 0 first. 1: there are more. */
int around_step_by_place(Around *a, size_t *at);
/* Adds the groups of those that member i heard, or that heard it. */
int around_step_by_radio(Around *a, size_t i);
/* Fills in owners[a->n]. */
void around_sort_owners(const Around *a, Owner *owners);
/* Fills in the cell of one sighting in the matrix heard[a->n * a->n]. */
void around_fill_heard(const Around *a, const Owner *owners, const Hearing *h, int8_t *heard);
/* For a walk over ties: joins the components of a member and of this row. */
int around_join_components(int64_t row, void *userdata);
