# SPDX-License-Identifier: GPL-2.0-or-later
# ---- src/app: huddle-app --------------------------------------------------------------------------------
# A page is a file of C and a template: both go here, and the template into huddle.gresource.xml.
app_templates = \
	src/app/link-code.ui \
	src/app/page-card.ui \
	src/app/page-contacts.ui \
	src/app/page-exchange.ui \
	src/app/page-fetch.ui \
	src/app/page-history.ui \
	src/app/page-home.ui \
	src/app/page-host.ui \
	src/app/page-join.ui \
	src/app/page-person.ui \
	src/app/page-picture.ui \
	src/app/page-profile.ui \
	src/app/page-record.ui \
	src/app/page-result.ui \
	src/app/page-scan.ui \
	src/app/page-server.ui \
	src/app/page-settings.ui \
	src/app/page.ui \
	src/app/page-start.ui \
	src/app/page-wait.ui \
	src/app/page-welcome.ui \
	src/app/window.ui
app_files = src/app/style.css src/app/huddle.gresource.xml $(app_templates)
app_sources = \
	src/app/application.c src/app/application.h \
	src/app/begin.c src/app/begin.h \
	src/app/book-cards.c src/app/book-cards.h \
	src/app/book-row.c src/app/book-row.h \
	src/app/card-form.c src/app/card-form.h \
	src/app/card-source.c src/app/card-source.h \
	src/app/card-words.c src/app/card-words.h \
	src/app/choice-row.c src/app/choice-row.h \
	src/app/client.c src/app/client.h \
	src/app/cloud-list.c src/app/cloud-list.h \
	src/app/code-hint.c src/app/code-hint.h \
	src/app/eds-choice.c src/app/eds-choice.h \
	src/app/errors.c src/app/errors.h \
	src/app/exchange-cards.c src/app/exchange-cards.h \
	src/app/exchange-words.c src/app/exchange-words.h \
	src/app/found-list.c src/app/found-list.h \
	src/app/host-command.c src/app/host-command.h \
	src/app/link-code.c src/app/link-code.h \
	src/app/link-question.c src/app/link-question.h \
	src/app/link-row.c src/app/link-row.h \
	src/app/main.c \
	src/app/notes-choice.c src/app/notes-choice.h \
	src/app/notifier.c src/app/notifier.h \
	src/app/opened.c src/app/opened.h \
	src/app/page.c src/app/page.h \
	src/app/page-card.c src/app/page-card.h \
	src/app/page-contacts.c src/app/page-contacts.h \
	src/app/page-exchange.c src/app/page-exchange.h \
	src/app/page-fetch.c src/app/page-fetch.h \
	src/app/page-history.c src/app/page-history.h \
	src/app/page-home.c src/app/page-home.h \
	src/app/page-host.c src/app/page-host.h \
	src/app/page-join.c src/app/page-join.h \
	src/app/page-person.c src/app/page-person.h \
	src/app/page-picture.c src/app/page-picture.h \
	src/app/page-profile.c src/app/page-profile.h \
	src/app/page-record.c src/app/page-record.h \
	src/app/page-result.c src/app/page-result.h \
	src/app/page-server.c src/app/page-server.h \
	src/app/page-settings.c src/app/page-settings.h \
	src/app/page-start.c src/app/page-start.h \
	src/app/page-wait.c src/app/page-wait.h \
	src/app/page-welcome.c src/app/page-welcome.h \
	src/app/past.c src/app/past.h \
	src/app/people.c src/app/people.h \
	src/app/portraits.c src/app/portraits.h \
	src/app/profile.c src/app/profile.h \
	src/app/qr.c src/app/qr.h \
	src/app/reader.c src/app/reader.h \
	src/app/remaining.c src/app/remaining.h \
	src/app/scan-button.c src/app/scan-button.h \
	src/app/stranger.c src/app/stranger.h \
	src/app/undone.c src/app/undone.h \
	src/app/veto-choice.c src/app/veto-choice.h \
	src/app/window.c src/app/window.h
scan_sources = \
	src/app/camera.c src/app/camera.h \
	src/app/page-scan.c src/app/page-scan.h \
	src/app/scan-reader.c src/app/scan-reader.h
EXTRA_DIST += $(app_files) $(scan_sources)
app_interfaces = \
	daemon/objects/org.huddle.Manager1.xml \
	daemon/objects/org.huddle.Exchange1.xml \
	daemon/objects/org.huddle.Peer1.xml \
	src/agent/org.huddle.Agent1.xml
CLEANFILES += src/app/proxies.c src/app/proxies.h src/app/resources.c

if APP
app_definitions = $(AM_CPPFLAGS) -DGETTEXT_PACKAGE='"huddle"' -DLOCALEDIR='"$(localedir)"' -DG_LOG_DOMAIN='"huddle-app"'
app_cppflags = $(app_definitions) $(app_included)

# The compiler reads GTK's headers once for all files, which is most of its work for them. GLib has a MIN, too, and is
# the later in every file.
if PRECOMPILED
app_included = -include src/app/headers.h
BUILT_SOURCES += src/app/headers.h.gch
endif
CLEANFILES += src/app/headers.h src/app/headers.h.gch
src/app/headers.h.gch:
	$(AM_V_GEN)$(MKDIR_P) $(@D) && printf '#include "src/base/util.h"\n#include <adwaita.h>\n' >src/app/headers.h && \
		$(CC) $(app_definitions) $(CPPFLAGS) $(AM_CFLAGS) $(APP_CFLAGS) $(CFLAGS) -x c-header -o $@ src/app/headers.h

# the proxies: BusManager1, BusExchange1, BusPeer1, BusAgent1
BUILT_SOURCES += src/app/proxies.h
src/app/proxies.h: $(app_interfaces)
	$(AM_V_GEN)$(MKDIR_P) $(@D) && $(GDBUS_CODEGEN) --interface-prefix org.huddle. --c-namespace Bus \
		--c-generate-object-manager --c-generate-autocleanup all --pragma-once --header --output $@ $^
src/app/proxies.c: $(app_interfaces)
	$(AM_V_GEN)$(MKDIR_P) $(@D) && $(GDBUS_CODEGEN) --interface-prefix org.huddle. --c-namespace Bus \
		--c-generate-object-manager --body --output $@ $^
src/app/resources.c: $(app_files)
	$(AM_V_GEN)$(MKDIR_P) $(@D) && $(GLIB_COMPILE_RESOURCES) --sourcedir=$(srcdir)/src/app --generate-source \
		--target=$@ $(srcdir)/src/app/huddle.gresource.xml

# generated code has other habits than ours
noinst_LIBRARIES += src/app/libproxies.a
nodist_src_app_libproxies_a_SOURCES = src/app/proxies.c src/app/proxies.h
src_app_libproxies_a_SOURCES =
src_app_libproxies_a_CFLAGS = -std=gnu11 $(HUDDLE_HARDENING) $(HUDDLE_INSTRUMENT) $(APP_CFLAGS)

bin_PROGRAMS += huddle-app
huddle_app_SOURCES = $(app_sources)
if SCAN
huddle_app_SOURCES += $(scan_sources)
endif
# not in a library: nothing refers to it, it registers itself
nodist_huddle_app_SOURCES = src/app/resources.c
huddle_app_CPPFLAGS = $(app_cppflags) -DBINDIR='"$(bindir)"'
huddle_app_CFLAGS = $(AM_CFLAGS) $(APP_CFLAGS) $(JANSSON_CFLAGS) $(QRENCODE_CFLAGS) $(SCAN_CFLAGS)
huddle_app_LDADD = src/app/libproxies.a $(libhuddle) $(APP_LIBS) $(JANSSON_LIBS) $(QRENCODE_LIBS) $(SCAN_LIBS)
else
EXTRA_DIST += $(app_sources)
endif
