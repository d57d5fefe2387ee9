/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cli.h - options, exit codes and the list of commands of huddle(1) */
#pragma once

#include "src/base/language.h"
#include "src/base/util.h"

#include <dbus/dbus.h>
#include <jansson.h>

/* Result of a command, and exit status of the program; documented in huddle(1). */
typedef enum Exit {
        EXIT_DONE,
        EXIT_FAILED,
        EXIT_USAGE,
        EXIT_NO_DAEMON,
        EXIT_REFUSED,
        EXIT_NOBODY, /* nobody else came */
        EXIT_NETWORK,
} Exit;

typedef enum BusChoice { BUS_CHOOSE, BUS_SYSTEM, BUS_SESSION } BusChoice;

typedef struct Cli {
        bool help;
        bool json;
        bool plain; /* lines in place of a page that is redrawn */
        BusChoice choice;
        bool consent, automatic, party;
        bool receive;       /* give nothing but the name */
        const char *guests; /* yes or no, or NULL */
        unsigned window;    /* seconds; 0: not given */
        unsigned words;     /* for a drawn code; 0: not given */
        const char *share;  /* or NULL */
        bool revoke;
        bool no;               /* of admit */
        const char *png, *svg; /* files to write, or NULL */
        const char *charset;   /* for a card that names none, or NULL */
        const char *book;      /* contact to find in the address books, or NULL */
        bool clipboard;        /* the link is there */
        const char *delete;    /* of history: which exchange, or NULL */
        bool qr;               /* show a link as a code to scan */
        bool yes;              /* add the cloud of a link without asking */
        bool force;            /* remove a cloud that is gone */
        const char *handle;    /* to register with at the first press, or NULL */
        bool foreground;       /* host until Ctrl-C */
        const char *name;      /* of a cloud that is hosted, or NULL */
        const char *cloud;     /* URL of the cloud of an exchange, or NULL */
        bool patient;          /* wait for an answer without a timeout */
        bool asks_agent;       /* bus is the agent's bus */
        DBusConnection *bus;
} Cli;

/* Says how the command is used. Returns EXIT_USAGE. */
Exit complain_usage(const Cli *cli, const char *command);

/* Commands: argv holds the n arguments after the command's name. */
Exit command_status(Cli *cli, int n, char **argv);
Exit command_consent(Cli *cli, int n, char **argv);
Exit command_register(Cli *cli, int n, char **argv);
/* A call of Manager1.Register, the caller's; NULL: no memory. url: of the cloud, NULL is the
 * default one. version: of the consent text that was accepted, 0 is any. */
DBusMessage *register_call_new(const char *handle, const char *url, bool consent,
                               dbus_uint32_t version);
Exit command_confirm(Cli *cli, int n, char **argv);
Exit command_unregister(Cli *cli, int n, char **argv);
Exit command_prefer(Cli *cli, int n, char **argv);
Exit command_card(Cli *cli, int n, char **argv);
Exit command_share(Cli *cli, int n, char **argv);
Exit command_cloud(Cli *cli, int n, char **argv);
Exit command_host(Cli *cli, int n, char **argv);
Exit command_exchange(Cli *cli, int n, char **argv);
Exit command_close(Cli *cli, int n, char **argv);
Exit command_admit(Cli *cli, int n, char **argv);
Exit command_leave(Cli *cli, int n, char **argv);
Exit command_compare(Cli *cli, int n, char **argv);
Exit command_contacts(Cli *cli, int n, char **argv);
Exit command_history(Cli *cli, int n, char **argv);
Exit command_words(Cli *cli, int n, char **argv);
Exit command_record(Cli *cli, int n, char **argv);
Exit command_fetch(Cli *cli, int n, char **argv);
Exit command_book(Cli *cli, int n, char **argv);
Exit command_undo(Cli *cli, int n, char **argv);
Exit command_redo(Cli *cli, int n, char **argv);
Exit command_peers(Cli *cli, int n, char **argv);
Exit command_monitor(Cli *cli, int n, char **argv);
