/* SPDX-License-Identifier: GPL-2.0-or-later */
/* out.h - what is said to people, to programs (--json), and asked */
#pragma once

#include "cli.h"

#include <stdio.h>

/* Text from others, made harmless, into a buffer that stays valid for the next few calls. */
const char *shown(const char *text);

/* A text of several lines from others, each made harmless. */
void print_lines(FILE *to, const char *text);

/* One JSON value on a line of its own; takes it. */
void print_json(json_t *value);

/* Complains on standard error, or as {"error", "message"} with --json; returns code. name is that
 * of a D-Bus error, or NULL where the complaint is our own. */
Exit complain(const Cli *cli, Exit code, const char *name, const char *format, ...)
        __attribute__((format(printf, 4, 5)));

/* With --json the object, without it the line; takes the object. */
Exit done(const Cli *cli, json_t *object, const char *format, ...)
        __attribute__((format(printf, 3, 4)));

/* Asks on the terminal; no answer, or none of the two, is no. */
bool ask_yes(const char *question);
/* A line from standard input without its end, asked for with the prompt where that is a terminal.
 * False: there is none, or it does not fit. */
bool read_line(char *ret, size_t size, const char *prompt);
/* The same, and the terminal does not show what is typed. */
bool read_secret(char *ret, size_t size, const char *prompt);
