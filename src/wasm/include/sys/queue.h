/* SPDX-License-Identifier: GPL-2.0-or-later */
/* queue.h - the lists of BSD's sys/queue.h, which wasi-libc does not have */
#pragma once

#define LIST_HEAD(name, type)                                                                      \
        struct name {                                                                              \
                struct type *first;                                                                \
        }
#define LIST_ENTRY(type)                                                                           \
        struct {                                                                                   \
                struct type *next, **link;                                                         \
        }
#define LIST_INIT(head) ((head)->first = NULL)
#define LIST_FIRST(head) ((head)->first)
#define LIST_EMPTY(head) ((head)->first == NULL)
#define LIST_FOREACH(element, head, field)                                                         \
        for ((element) = (head)->first; (element); (element) = (element)->field.next)
#define LIST_INSERT_HEAD(head, element, field)                                                     \
        do {                                                                                       \
                (element)->field.next = (head)->first;                                             \
                if ((head)->first)                                                                 \
                        (head)->first->field.link = &(element)->field.next;                        \
                (head)->first = (element);                                                         \
                (element)->field.link = &(head)->first;                                            \
        } while (0)
#define LIST_REMOVE(element, field)                                                                \
        do {                                                                                       \
                if ((element)->field.next)                                                         \
                        (element)->field.next->field.link = (element)->field.link;                 \
                *(element)->field.link = (element)->field.next;                                    \
        } while (0)

#define STAILQ_HEAD(name, type)                                                                    \
        struct name {                                                                              \
                struct type *first, **last;                                                        \
        }
#define STAILQ_ENTRY(type)                                                                         \
        struct {                                                                                   \
                struct type *next;                                                                 \
        }
#define STAILQ_INIT(head)                                                                          \
        do {                                                                                       \
                (head)->first = NULL;                                                              \
                (head)->last = &(head)->first;                                                     \
        } while (0)
#define STAILQ_FIRST(head) ((head)->first)
#define STAILQ_EMPTY(head) ((head)->first == NULL)
#define STAILQ_FOREACH(element, head, field)                                                       \
        for ((element) = (head)->first; (element); (element) = (element)->field.next)
#define STAILQ_INSERT_TAIL(head, element, field)                                                   \
        do {                                                                                       \
                (element)->field.next = NULL;                                                      \
                *(head)->last = (element);                                                         \
                (head)->last = &(element)->field.next;                                             \
        } while (0)
#define STAILQ_REMOVE_HEAD(head, field)                                                            \
        do {                                                                                       \
                (head)->first = (head)->first->field.next;                                         \
                if (!(head)->first)                                                                \
                        (head)->last = &(head)->first;                                             \
        } while (0)
