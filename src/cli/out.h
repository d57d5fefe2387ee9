/* SPDX-License-Identifier: GPL-2.0-or-later */
/* out.h - output for people and for programs (--json), and questions */
#pragma once

#include "cli.h"

#include <stdio.h>

/* Room for a text of SHOWN_MAX bytes that stays valid for a few calls. */
enum { SHOWN_MAX = 1024 };
char *out_buffer(void);
/* Text from others with control characters made harmless. Valid for a few calls. */
const char *shown(const char *text);

/* The text, filled with spaces up to this many columns of a terminal, where a letter of Chinese
 * takes two. As long valid as shown(). */
const char *padded(const char *text, unsigned columns);
/* A label, padded to the width of the column of labels. */
const char *label(const char *text);
/* Prints a line: a label, then the rest. */
void print_field(const char *name, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Prints a text of several lines from others, each made harmless. */
void print_lines(FILE *to, const char *text);

/* Prints one JSON value on its own line; takes it. */
void print_json(json_t *value);

/* Complains on standard error, or as {"error", "message"} with --json. Returns code. name is the
 * name of a D-Bus error, or NULL for an error of our own. */
Exit complain(const Cli *cli, Exit code, const char *name, const char *format, ...)
        __attribute__((format(printf, 4, 5)));

/* Prints a remark on standard error. */
void note(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Prints the object with --json, else the line; takes the object. */
Exit done(const Cli *cli, json_t *object, const char *format, ...)
        __attribute__((format(printf, 3, 4)));

/* Asks on the terminal. Everything but a clear yes is no. */
bool ask_yes(const char *question);
/* Reads a line from standard input, without its end. The prompt shows on a terminal only. False: no
 * line, or it does not fit. */
bool read_line(char *ret, size_t size, const char *prompt);
/* The same, without echo on the terminal. */
bool read_secret(char *ret, size_t size, const char *prompt);
