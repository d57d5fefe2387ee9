# SPDX-License-Identifier: GPL-2.0-or-later
# ---- cloud: huddle-cloud --------------------------------------------------------------------------------
noinst_LIBRARIES += cloud/libcloud.a
cloud_libcloud_a_SOURCES = \
	cloud/api/accounts.c \
	cloud/api/allowance.c cloud/api/allowance.h \
	cloud/api/api.c cloud/api/api.h \
	cloud/api/audit.c cloud/api/audit.h \
	cloud/api/batch.c cloud/api/batch.h \
	cloud/api/call.c cloud/api/call.h cloud/api/closing.c cloud/api/closing.h \
	cloud/api/deadlines.c cloud/api/deadlines.h \
	cloud/api/handlers.h \
	cloud/api/node.h \
	cloud/api/transport.h \
	cloud/api/watch-answer.c cloud/api/watch-answer.h \
	cloud/match/subgroups.c cloud/match/subgroups.h \
	cloud/match/around.c cloud/match/around.h cloud/match/candidates.c cloud/match/candidates.h \
	cloud/match/candidates-pair.c cloud/match/candidates-pair.h \
	cloud/api/deposits.c \
	cloud/api/gathering.c \
	cloud/api/groups.c cloud/api/groups.h \
	cloud/key-file.c \
	cloud/keys.c cloud/keys.h \
	cloud/match/linkage.c cloud/match/linkage.h \
	cloud/api/leaving.c cloud/api/leaving.h \
	cloud/api/limits.c cloud/api/limits.h \
	cloud/api/lists.c \
	cloud/match/matcher.c cloud/match/matcher.h \
	cloud/match/meetings.c cloud/match/meetings.h \
	cloud/match/matcher-final.c \
	cloud/metrics.c cloud/metrics.h \
	cloud/match/geobox.c cloud/match/geobox.h \
	cloud/api/others.c cloud/api/others.h \
	cloud/api/record-fetch.c \
	cloud/api/record-tries.c cloud/api/record-tries.h \
	cloud/api/records.c \
	cloud/match/links.c cloud/match/links.h \
	cloud/match/mixing.c cloud/match/mixing.h \
	cloud/match/regroup.c cloud/match/regroup.h \
	cloud/match/replay.c cloud/match/replay.h \
	cloud/match/replay-read.c cloud/match/replay-read.h \
	cloud/api/sessions.c cloud/api/sessions.h \
	cloud/page-origin.c cloud/page-origin.h \
	cloud/settings.c cloud/settings.h \
	cloud/match/presses.c cloud/match/presses.h \
	cloud/match/rounds.c cloud/match/rounds.h \
	cloud/match/silence.c cloud/match/silence.h \
	cloud/match/silent-people.c cloud/match/silent-people.h \
	cloud/match/looking.c cloud/match/looking.h \
	cloud/match/unheard.c cloud/match/unheard.h \
	cloud/store/store.h \
	cloud/store/store-calls.h \
	cloud/store/store-sqlite.c cloud/store/store-sqlite.h cloud/store/store-sqlite-schema.c \
	cloud/store/db.c cloud/store/db.h cloud/store/db-sqlite.c cloud/store/db-sqlite.h \
	cloud/store/rows.h cloud/store/rows-accounts.c \
	cloud/store/rows-deposits.c \
	cloud/store/rows-groups.c \
	cloud/store/rows-records.c \
	cloud/store/store-sqlite-set.c cloud/store/store-sqlite-shrink.c \
	cloud/store/db-postgres.c cloud/store/db-postgres.h \
	cloud/store/pg.c cloud/store/pg.h cloud/store/pg-connect.c cloud/store/pg-connect.h \
	cloud/store/store-postgres.c cloud/store/store-postgres.h \
	cloud/store/store-postgres-known.c cloud/store/store-postgres-known.h \
	cloud/store/store-postgres-changes.c cloud/store/store-postgres-set.c \
	cloud/store/store-postgres-tables.c cloud/store/store-postgres-tables.h \
	cloud/store/migrate.c cloud/store/migrate.h \
	cloud/store/migrate-tables.c cloud/store/migrate-tables.h \
	cloud/store/index.c cloud/store/index.h \
	cloud/store/set-evidence.c cloud/store/set-groups.c cloud/store/set-keys.c \
	cloud/store/set-members.c cloud/store/set-messages.c \
	cloud/store/set-past.c cloud/store/set-place.c \
	cloud/store/working-set.c cloud/store/working-set.h \
	cloud/api/ticket.c cloud/api/ticket.h \
	cloud/match/similarity.c cloud/match/similarity.h \
	cloud/api/watchers.c cloud/api/watchers.h
cloud_libcloud_a_CFLAGS = $(AM_CFLAGS) $(SQLITE_CFLAGS) $(POSTGRESQL_CFLAGS) $(JANSSON_CFLAGS)
libcloud = cloud/libcloud.a $(libsql) $(POSTGRESQL_LIBS) $(UNISTRING_LIBS) $(JANSSON_LIBS) -lm

# what the simulation does without: HTTP, processes, signals
bin_PROGRAMS += huddle-cloud
huddle_cloud_sources = \
	cloud/announce.c cloud/announce.h \
	cloud/backup.c cloud/backup.h \
	cloud/http.c cloud/http.h cloud/patience.c cloud/patience.h \
	cloud/listen.c cloud/listen.h \
	cloud/main.c \
	cloud/page-files.c cloud/page-files.h \
	cloud/page-host.c cloud/page-host.h \
	cloud/mhd.c cloud/mhd.h \
	cloud/port-file.c cloud/port-file.h \
	cloud/serve.c cloud/serve.h \
	cloud/spare-memory.c cloud/spare-memory.h \
	cloud/command.h cloud/store-choice.h cloud/store-commands.c cloud/store-news.c cloud/store-news.h \
	cloud/verify.c cloud/verify.h
huddle_cloud_SOURCES = $(huddle_cloud_sources) cloud/store-choice.c
huddle_cloud_CPPFLAGS = $(AM_CPPFLAGS) -DSYSCONFDIR='"$(sysconfdir)"' -DLOCALSTATEDIR='"$(localstatedir)"' \
	-DPKGDATADIR='"$(pkgdatadir)"'
huddle_cloud_CFLAGS = $(AM_CFLAGS) $(SQLITE_CFLAGS) $(POSTGRESQL_CFLAGS) $(MICROHTTPD_CFLAGS)
huddle_cloud_LDADD = $(libcloud) $(MICROHTTPD_LIBS)

# ---- cloud/pages: what browsers load, ready for any web server
page_sources = cloud/pages/engine.js cloud/pages/exchange.js cloud/pages/guest.js cloud/pages/keeper.js cloud/pages/own.js \
	cloud/pages/page.html cloud/pages/page.js cloud/pages/record.js cloud/pages/style.css cloud/pages/tabs.js src/app/data/org.huddle.App.svg
EXTRA_DIST += cloud/pages/bundle $(page_sources)
if GUESTS
guests_wanted = cloud/pages/made
endif
all-local: $(guests_wanted)
cloud/pages/made: src/wasm/build/engine.wasm src/po/zh_CN.mo cloud/pages/bundle $(page_sources)
	$(AM_V_GEN)$(MKDIR_P) cloud/pages && $(PYTHON) $(srcdir)/cloud/pages/bundle $(srcdir)/cloud/pages \
		src/wasm/build/engine.wasm src/po/zh_CN.mo cloud/pages/files && touch $@
# what anybody can compare with what a host serves
guests-digest: $(guests_wanted)
	@$(PYTHON) $(srcdir)/cloud/pages/bundle --digest cloud/pages/files
install-data-local: install-guests
install-guests: $(guests_wanted)
	test -z "$(guests_wanted)" || { cd cloud/pages/files && for file in * r/*; do test ! -f $$file || \
		$(INSTALL_DATA) -D $$file $(DESTDIR)$(pkgdatadir)/pages/$$file || exit 1; done; }
uninstall-local: uninstall-guests
uninstall-guests:
	rm -rf $(DESTDIR)$(pkgdatadir)/pages
clean-local: clean-guests
clean-guests:
	rm -rf cloud/pages/files cloud/pages/made
.PHONY: guests-digest install-guests uninstall-guests clean-guests
