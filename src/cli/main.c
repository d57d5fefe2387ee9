/* SPDX-License-Identifier: GPL-2.0-or-later */
/* huddle - the command line, for people and scripts; speaks D-Bus only */
#include "config.h"
#include "bus.h"
#include "letters.h"
#include "out.h"

#include <getopt.h>
#include <locale.h>
#include <string.h>

enum { WINDOW_MIN = 10, WINDOW_MAX = 600 }; /* seconds; the limits of StartExchange */

typedef struct Command {
        const char *name;
        const char *arguments; /* a line for each form */
        const char *summary;
        int min, max; /* number of arguments */
        Exit (*run)(Cli *cli, int n, char **argv);
} Command;

static const Command commands[] = {
        {"status", "", N_("account, cloud, radios, what is running"), 0, 0, command_status},
        {"consent", "[--cloud URL]", N_("what the cloud stores about an account, to read before"),
         0, 0, command_consent},
        {"register", "HANDLE [--consent]", N_("open an account: phone number, e-mail or nickname"),
         1, 1, command_register},
        {"confirm", "[CODE] [--cloud URL]", N_("the code that the operator sent to the handle"), 0,
         1, command_confirm},
        {"unregister", "[--yes]", N_("delete the account everywhere"), 0, 0, command_unregister},
        {"card",
         "show [--share PROFILE|FIELDS]\nset FIELD=VALUE…\nimport FILE [WHO] [--charset NAME]\n"
         "import --book WHO\npicture FILE",
         N_("your own card"), 1, 64, command_card},
        {"share", "[PROFILE]\nPROFILE FIELDS", N_("which fields of it are given away"), 0, 2,
         command_share},
        {"prefer", "[place|mdns|ble|help|guests on|off]\nveto SECONDS|default",
         N_("what your exchanges use"), 0, 2, command_prefer},
        {"cloud",
         "[list]\nfind\nadd LINK|URL|WORDS|-|--clipboard\nuse URL\nremove URL [--force]\n"
         "show [URL] [--qr]",
         N_("the clouds you have, and which one exchanges use"), 0, 4, command_cloud},
        {"host", "[start] [--foreground] [--name NAME] [--qr]\nstatus [--qr]\nkeep\nstop",
         N_("a cloud on this machine, for an evening"), 0, 1, command_host},
        {"exchange",
         "[CODE|LINK|-|--clipboard] [--cloud URL] [--qr] [--yes] [--handle HANDLE] [--consent] "
         "[--share PROFILE|FIELDS | --receive-only] [--window S] [--words 2|3 | --party] "
         "[--guests yes|no] [--auto]",
         N_("exchange cards with those around"), 0, 8, command_exchange},
        {"close", "", N_("end the window now, as its opener"), 0, 0, command_close},
        {"admit", "[WORD] [--no]",
         N_("let a group in whose screens show this word; alone: list them"), 0, 1, command_admit},
        {"leave", "", N_("leave the exchange that is running"), 0, 0, command_leave},
        {"compare", "[N] [yes|no]", N_("compare the phrase, now or later"), 0, 2, command_compare},
        {"contacts", "[N]", N_("the cards of the N-th last exchange"), 0, 1, command_contacts},
        {"history", "[--delete N|all]", N_("exchanges that brought cards"), 0, 0, command_history},
        {"record", "[N] [--png FILE] [--svg FILE]\n[N] --revoke",
         N_("number and password for people who were absent"), 0, 1, command_record},
        {"fetch", "NUMBER [-]\nLINK|-|--clipboard",
         N_("the cards of an exchange one was absent from"), 0, 2, command_fetch},
        {"book",
         "[list]\nlist eds\nuse KIND [WHICH]\ndrop KIND\nauto KIND\ntest [KIND]\n"
         "notes [on|no-place|off]\njoin CARD [ENTRY]\nsplit CARD",
         N_("the address books that cards go into"), 0, 3, command_book},
        {"undo", "N [NAME]",
         N_("take the cards of the N-th last exchange out of the address books"), 1, 2,
         command_undo},
        {"redo", "N [NAME]",
         N_("put the undone cards of the N-th last exchange into the address books again"), 1, 2,
         command_redo},
        {"words", "", N_("the secret words that a code may have"), 0, 0, command_words},
        {"peers", "", N_("who is near during an exchange"), 0, 0, command_peers},
        {"monitor", "", N_("everything that happens, as it happens"), 0, 0, command_monitor},
};

enum {
        OPTION_JSON = 256,
        OPTION_PLAIN,
        OPTION_USER,
        OPTION_SYSTEM,
        OPTION_CONSENT,
        OPTION_WINDOW,
        OPTION_AUTO,
        OPTION_PARTY,
        OPTION_GUESTS,
        OPTION_RECEIVE,
        OPTION_WORDS,
        OPTION_SHARE,
        OPTION_REVOKE,
        OPTION_NO,
        OPTION_PNG,
        OPTION_SVG,
        OPTION_CHARSET,
        OPTION_BOOK,
        OPTION_CLIPBOARD,
        OPTION_DELETE,
        OPTION_QR,
        OPTION_YES,
        OPTION_FORCE,
        OPTION_HANDLE,
        OPTION_CLOUD,
        OPTION_FOREGROUND,
        OPTION_NAME,
};

static const struct option options[] = {
        {"json", no_argument, NULL, OPTION_JSON},
        {"plain", no_argument, NULL, OPTION_PLAIN},
        {"user", no_argument, NULL, OPTION_USER},
        {"system", no_argument, NULL, OPTION_SYSTEM},
        {"consent", no_argument, NULL, OPTION_CONSENT},
        {"window", required_argument, NULL, OPTION_WINDOW},
        {"auto", no_argument, NULL, OPTION_AUTO},
        {"party", no_argument, NULL, OPTION_PARTY},
        {"guests", required_argument, NULL, OPTION_GUESTS},
        {"receive-only", no_argument, NULL, OPTION_RECEIVE},
        {"words", required_argument, NULL, OPTION_WORDS},
        {"share", required_argument, NULL, OPTION_SHARE},
        {"revoke", no_argument, NULL, OPTION_REVOKE},
        {"no", no_argument, NULL, OPTION_NO},
        {"png", required_argument, NULL, OPTION_PNG},
        {"svg", required_argument, NULL, OPTION_SVG},
        {"charset", required_argument, NULL, OPTION_CHARSET},
        {"book", required_argument, NULL, OPTION_BOOK},
        {"clipboard", no_argument, NULL, OPTION_CLIPBOARD},
        {"delete", required_argument, NULL, OPTION_DELETE},
        {"qr", no_argument, NULL, OPTION_QR},
        {"yes", no_argument, NULL, OPTION_YES},
        {"force", no_argument, NULL, OPTION_FORCE},
        {"handle", required_argument, NULL, OPTION_HANDLE},
        {"cloud", required_argument, NULL, OPTION_CLOUD},
        {"foreground", no_argument, NULL, OPTION_FOREGROUND},
        {"name", required_argument, NULL, OPTION_NAME},
        {"help", no_argument, NULL, 'h'},
        {"version", no_argument, NULL, 'V'},
        {NULL, 0, NULL, 0},
};

/* Each form of the command on a line. */
static void main_print_forms(FILE *to, const char *first, const char *next, const Command *command)
{
        const char *form = command->arguments;

        do {
                size_t len = strcspn(form, "\n");

                (void)fprintf(to, "%s%s%s%.*s\n", form == command->arguments ? first : next,
                              command->name, len > 0 ? " " : "", (int)len, form);
                form += len + (form[len] == '\n');
        } while (*form);
}

static void main_print_help(FILE *to)
{
        (void)fputs("huddle [--json] [--plain] [--user|--system] COMMAND\n\n", to);
        for (size_t i = 0; i < ARRAY_LEN(commands); i++) {
                main_print_forms(to, "  ", "  ", &commands[i]);
                (void)fprintf(to, "      %s\n", _(commands[i].summary));
        }
        (void)fputs(_("\nhuddle(1) has the rest.\n"), to);
}

static bool option_parse_window(unsigned *ret, const char *text)
{
        char *end;
        unsigned long value = strtoul(text, &end, 10);

        if (*text < '0' || *text > '9' || *end || value < WINDOW_MIN || value > WINDOW_MAX)
                return false;
        *ret = (unsigned)value;
        return true;
}

/* What an option without an argument sets, or NULL. */
static bool *option_flag(Cli *cli, int option)
{
        switch (option) {
        case OPTION_JSON:
                return &cli->json;
        case OPTION_PLAIN:
                return &cli->plain;
        case OPTION_CONSENT:
                return &cli->consent;
        case OPTION_AUTO:
                return &cli->automatic;
        case OPTION_PARTY:
                return &cli->party;
        case OPTION_RECEIVE:
                return &cli->receive;
        case OPTION_REVOKE:
                return &cli->revoke;
        case OPTION_NO:
                return &cli->no;
        case OPTION_CLIPBOARD:
                return &cli->clipboard;
        case OPTION_QR:
                return &cli->qr;
        case OPTION_YES:
                return &cli->yes;
        case OPTION_FORCE:
                return &cli->force;
        case OPTION_FOREGROUND:
                return &cli->foreground;
        default:
                return NULL;
        }
}

/* Where an option keeps its argument as it is, or NULL. */
static const char **option_text(Cli *cli, int option)
{
        switch (option) {
        case OPTION_SHARE:
                return &cli->share;
        case OPTION_GUESTS:
                return &cli->guests;
        case OPTION_PNG:
                return &cli->png;
        case OPTION_SVG:
                return &cli->svg;
        case OPTION_CHARSET:
                return &cli->charset;
        case OPTION_BOOK:
                return &cli->book;
        case OPTION_DELETE:
                return &cli->delete;
        case OPTION_HANDLE:
                return &cli->handle;
        case OPTION_CLOUD:
                return &cli->cloud;
        case OPTION_NAME:
                return &cli->name;
        default:
                return NULL;
        }
}

/* Those that are more than a flag or a text. Returns an exit code, or -1 to continue. */
static int option_parse_other(Cli *cli, int option)
{
        switch (option) {
        case OPTION_USER:
        case OPTION_SYSTEM:
                cli->choice = option == OPTION_USER ? BUS_SESSION : BUS_SYSTEM;
                return -1;
        case OPTION_WORDS:
                if (strcmp(optarg, "2") != 0 && strcmp(optarg, "3") != 0)
                        return (int)complain(cli, EXIT_USAGE, NULL, _("--words takes 2 or 3"));
                cli->words = (unsigned)(*optarg - '0');
                return -1;
        case OPTION_WINDOW:
                if (option_parse_window(&cli->window, optarg))
                        return -1;
                return (int)complain(cli, EXIT_USAGE, NULL, _("--window takes %d to %d seconds"),
                                     WINDOW_MIN, WINDOW_MAX);
        case 'h':
                cli->help = true;
                return -1;
        case 'V':
                (void)puts("huddle " PACKAGE_VERSION);
                return EXIT_DONE;
        default:
                return EXIT_USAGE; /* getopt_long has printed the error */
        }
}

/* Returns an exit code, or -1 to continue. */
static int option_parse(Cli *cli, int option)
{
        bool *flag = option_flag(cli, option);
        const char **text = option_text(cli, option);

        if (text)
                *text = optarg;
        else if (!flag)
                return option_parse_other(cli, option);
        else
                *flag = true;
        if (option == OPTION_JSON)
                (void)setlocale(LC_MESSAGES, "C"); /* programs read it */
        return -1;
}

/* JSON is UTF-8 everywhere, and so is the vCard that "card show" writes into a file. */
static bool main_writes_data(const Cli *cli, int n, char **argv)
{
        return cli->json || (n > 1 && strcmp(argv[0], "card") == 0 &&
                             strcmp(argv[1], "show") == 0 && !isatty(STDOUT_FILENO));
}

Exit complain_usage(const Cli *cli, const char *command)
{
        _cleanup_free_ char *text = NULL;
        size_t size, i = 0;
        FILE *to = open_memstream(&text, &size);

        while (i + 1 < ARRAY_LEN(commands) && strcmp(commands[i].name, command) != 0)
                i++;
        if (!to)
                return complain(cli, EXIT_USAGE, NULL, _("out of memory"));
        main_print_forms(to, "huddle ", "               huddle ", &commands[i]);
        (void)fclose(to);
        text[strlen(text) - 1] = '\0';
        return complain(cli, EXIT_USAGE, NULL, _("usage: %s"), text);
}

static Exit main_run(Cli *cli, int n, char **argv)
{
        for (size_t i = 0; i < ARRAY_LEN(commands); i++) {
                if (strcmp(commands[i].name, argv[0]) != 0)
                        continue;
                if (n - 1 < commands[i].min || n - 1 > commands[i].max)
                        return complain_usage(cli, argv[0]);
                return commands[i].run(cli, n - 1, argv + 1);
        }
        return complain(cli, EXIT_USAGE, NULL, _("there is no command \"%s\": see huddle --help"),
                        shown(argv[0]));
}

/* What could not be written has not been said, so it is no success. */
static int main_flush(int code)
{
        bool failed = ferror(stdout);

        if (fflush(stdout) == 0 && !failed)
                return code;
        (void)fprintf(stderr, _("huddle: the output could not be written: %s\n"), strerror(errno));
        return code == EXIT_DONE ? EXIT_FAILED : code;
}

int main(int argc, char **argv)
{
        Cli cli = {0};
        int option, code = -1;

        language_set(LC_ALL, LOCALEDIR);
        while (code < 0 && (option = getopt_long(argc, argv, "hV", options, NULL)) != -1)
                code = option_parse(&cli, option);
        if (!main_writes_data(&cli, argc - optind, argv + optind))
                (void)letters_install(); /* without memory letters may look odd */
        if (code < 0 && (cli.help || optind == argc)) {
                main_print_help(cli.help ? stdout : stderr);
                code = cli.help ? EXIT_DONE : EXIT_USAGE;
        }
        if (code < 0)
                code = (int)main_run(&cli, argc - optind, argv + optind);
        bus_disconnect(&cli);
        return main_flush(code);
}
