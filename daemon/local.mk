# SPDX-License-Identifier: GPL-2.0-or-later
# ---- daemon: huddled ------------------------------------------------------------------------------------
noinst_LIBRARIES += daemon/libdaemon.a
daemon_libdaemon_a_SOURCES = \
	daemon/radio/beacon.c daemon/radio/beacon.h \
	daemon/cloud-link/carrier-http.c daemon/cloud-link/carrier-http.h \
	daemon/cloud-link/carrier-race.c daemon/cloud-link/carrier-race.h \
	daemon/cloud-link/http-result.c daemon/cloud-link/http-result.h \
	daemon/cloud-link/tcp-watch.c daemon/cloud-link/tcp-watch.h \
	daemon/cloud-link/cloud-places.c daemon/cloud-link/cloud-places.h \
	daemon/help/asker.c daemon/help/asker.h \
	daemon/help/carrier-relay.c daemon/help/carrier-relay.h \
	daemon/help/ways.c daemon/help/ways.h \
	daemon/cloud-link/carrier-switch.c daemon/cloud-link/carrier-switch.h \
	daemon/cloud-link/carrier.h \
	daemon/cloud-link/backoff.c daemon/cloud-link/backoff.h \
	daemon/cloud-link/cloud-client.c daemon/cloud-link/cloud-client.h \
	daemon/cloud-link/sealed-call.c daemon/cloud-link/sealed-call.h \
	daemon/cloud-link/pace.c daemon/cloud-link/pace.h \
	daemon/cloud-link/pin-keeper.c daemon/cloud-link/pin-keeper.h \
	daemon/cloud-link/cloud-outcome.c daemon/cloud-link/cloud-outcome.h \
	daemon/exchange/cards.c daemon/exchange/cards.h \
	daemon/exchange/closing.c daemon/exchange/closing.h \
	daemon/exchange/deposit.c daemon/exchange/deposit.h \
	daemon/exchange/amending.c daemon/exchange/amending.h \
	daemon/exchange/exchange.c daemon/exchange/exchange.h \
	daemon/exchange/exchange-context.c daemon/exchange/exchange-context.h \
	daemon/exchange/exchange-end.c \
	daemon/exchange/exchange-outcome.c daemon/exchange/exchange-outcome.h \
	daemon/exchange/exchange-patience.c \
	daemon/exchange/exchange-user.c \
	daemon/exchange/fetch.c daemon/exchange/fetch.h \
	daemon/record/download.c daemon/record/download.h \
	daemon/record/fetch-record.c daemon/record/fetch-record.h \
	daemon/link/frame.c daemon/link/frame.h \
	daemon/exchange/group.c daemon/exchange/group.h \
	daemon/exchange/group-count.c \
	daemon/exchange/group-messages.c \
	daemon/link/link.h \
	daemon/cloud-link/loop-curl.c daemon/cloud-link/loop-curl.h \
	daemon/exchange/joining.c daemon/exchange/joining.h \
	daemon/exchange/keying.c daemon/exchange/keying.h daemon/exchange/keying-private.h \
	daemon/exchange/keying-proof.c \
	daemon/exchange/late.c daemon/exchange/late.h \
	daemon/exchange/member.c daemon/exchange/member.h \
	daemon/exchange/neighbourhood.c daemon/exchange/neighbourhood.h \
	daemon/exchange/others.c daemon/exchange/others.h \
	daemon/exchange/outbox.c daemon/exchange/outbox.h \
	daemon/base/outcome.c daemon/base/outcome.h \
	daemon/radio/radio.h \
	daemon/record/record.c daemon/record/record.h \
	daemon/record/record-outcome.c daemon/record/record-outcome.h \
	daemon/help/relay.c daemon/help/relay.h \
	daemon/exchange/snapshot.c daemon/exchange/snapshot.h \
	daemon/exchange/watcher.c daemon/exchange/watcher.h \
	daemon/store/store.c daemon/store/store.h daemon/store/store-private.h \
	daemon/store/schema.c \
	daemon/store/store-history.c \
	daemon/store/store-account.c \
	daemon/store/store-record.c \
	daemon/store/store-share.c
daemon_libdaemon_a_CFLAGS = $(AM_CFLAGS) $(CURL_CFLAGS) $(SQLITE_CFLAGS)
libdaemon = daemon/libdaemon.a daemon/libsnapshot.a $(libsql) $(CURL_LIBS)

EXTRA_DIST += daemon/exchange/snapshot.proto
BUILT_SOURCES += daemon/exchange/snapshot.pb-c.h
CLEANFILES += daemon/exchange/snapshot.pb-c.h daemon/exchange/snapshot.pb-c.c
noinst_LIBRARIES += daemon/libsnapshot.a
nodist_daemon_libsnapshot_a_SOURCES = daemon/exchange/snapshot.pb-c.c daemon/exchange/snapshot.pb-c.h
daemon_libsnapshot_a_SOURCES =
daemon_libsnapshot_a_CFLAGS = $(src_libproto_a_CFLAGS)

daemon/exchange/snapshot.pb-c.c: daemon/exchange/snapshot.proto
	$(AM_V_GEN)$(MKDIR_P) $(@D) && $(PROTOC_C) --c_out=$(@D) --proto_path=$(srcdir)/$(@D) $<
daemon/exchange/snapshot.pb-c.h: daemon/exchange/snapshot.pb-c.c

# what the simulation does without: the bus, the radios, the manager of it all
noinst_LIBRARIES += daemon/libhuddled.a
daemon_libhuddled_a_SOURCES = \
	daemon/account/account.c daemon/account/account.h daemon/account/account-private.h \
	daemon/account/account-card.c \
	daemon/account/account-store.c \
	daemon/account/accounts.c daemon/account/accounts.h \
	daemon/around.c daemon/around.h \
	daemon/radio/avahi.c daemon/radio/avahi.h \
	daemon/radio/avahi-thread.c daemon/radio/avahi-thread.h \
	daemon/helping.c daemon/helping.h \
	daemon/runs.c daemon/runs.h \
	daemon/seeker.c daemon/seeker.h \
	daemon/bus/bus-follow.c \
	daemon/radio/cloud-finder.c daemon/radio/cloud-finder.h \
	daemon/radio/bluez.c daemon/radio/bluez.h \
	daemon/radio/bluez-adapter.c daemon/radio/bluez-adapter.h \
	daemon/radio/bluez-links.c daemon/radio/bluez-links.h \
	daemon/radio/bluez-objects.c daemon/radio/bluez-objects.h \
	daemon/radio/bluez-report.c daemon/radio/bluez-report.h \
	daemon/bus/bus.c daemon/bus/bus.h daemon/bus/bus-private.h \
	daemon/objects/exchange-object.c daemon/objects/exchange-object.h \
	daemon/objects/exchange-private.h \
	daemon/objects/exchange-cards.c \
	daemon/objects/exchange-link.c daemon/objects/exchange-link.h \
	daemon/objects/interfaces.h \
	daemon/objects/manager-object.c daemon/objects/manager-object.h \
	daemon/objects/manager-private.h \
	daemon/objects/manager-code.c \
	daemon/objects/manager-history.c \
	daemon/objects/manager-preference.c \
	daemon/objects/manager-preview.c \
	daemon/objects/manager-clouds.c \
	daemon/bus/bus-call.c \
	daemon/bus/bus-object.c \
	daemon/objects/peer-object.c daemon/objects/peer-object.h \
	daemon/bus/bus-standard.c \
	daemon/bus/bus-value.c \
	daemon/bus/callers.c daemon/bus/callers.h \
	daemon/account/clouds.c daemon/account/clouds.h \
	daemon/account/cloud-line.c daemon/account/cloud-line.h \
	daemon/location/geoclue-agent.c daemon/location/geoclue-agent.h \
	daemon/location/geoclue-place.c daemon/location/geoclue-place.h \
	daemon/objects/history.c daemon/objects/history.h \
	daemon/link/lan-addresses.c daemon/link/lan-addresses.h \
	daemon/link/lan-order.c daemon/link/lan-order.h \
	daemon/link/link-lan.c daemon/link/link-lan.h \
	daemon/link/link-race.c daemon/link/link-race.h \
	daemon/link/network-watch.c daemon/link/network-watch.h \
	daemon/link/link-socket.c daemon/link/link-socket.h \
	daemon/location/location.c daemon/location/location.h \
	daemon/location/location-geoclue.c daemon/location/location-geoclue.h \
	daemon/location/locator.h \
	daemon/manager.c daemon/manager.h \
	daemon/network.c daemon/network.h \
	daemon/link/link-l2cap.c daemon/link/link-l2cap.h \
	daemon/radio/mdns-reach.c daemon/radio/mdns-reach.h \
	daemon/radio/mdns-records.c daemon/radio/mdns-records.h \
	daemon/radio/mdns-show.c daemon/radio/mdns-show.h \
	daemon/exchange-run.c daemon/exchange-run.h \
	daemon/exchange-start.c daemon/exchange-start.h \
	daemon/free-route.c daemon/free-route.h \
	daemon/radio/radio-bluez.c daemon/radio/radio-bluez.h \
	daemon/radio/radio-mdns.c daemon/radio/radio-mdns.h \
	daemon/radios.c daemon/radios.h \
	daemon/record/records.c daemon/record/records.h \
	daemon/record/record-watch.c daemon/record/record-watch.h \
	daemon/settings.c daemon/settings.h \
	daemon/account/own-card.c daemon/account/own-card.h \
	daemon/account/shares.c daemon/account/shares.h
nodist_daemon_libhuddled_a_SOURCES = daemon/objects/bus-xml.c
daemon_libhuddled_a_CFLAGS = $(daemon_libdaemon_a_CFLAGS) $(DBUS_CFLAGS) $(AVAHI_CFLAGS) $(BLUEZ_CFLAGS)
libhuddled = daemon/libhuddled.a $(libdaemon) $(libloop_dbus) $(AVAHI_LIBS) $(BLUEZ_LIBS)

libexec_PROGRAMS += huddled
huddled_SOURCES = daemon/main.c
huddled_CFLAGS = $(daemon_libhuddled_a_CFLAGS)
huddled_LDADD = $(libhuddled)

# the interfaces as they are, for whoever asks an object to introspect itself
CLEANFILES += daemon/objects/bus-xml.c
daemon/objects/bus-xml.c: $(dist_dbusinterfaces_DATA)
	$(AM_V_GEN)$(MKDIR_P) $(@D) && for i in Exchange1 Manager1 Peer1; do \
		echo "extern const char bus_xml_$$i[]; const char bus_xml_$$i[] ="; \
		$(SED) -e 's/["\\]/\\&/g' -e 's/.*/"&\\n"/' $(srcdir)/daemon/objects/org.huddle.$$i.xml || exit 1; \
		echo ';'; \
	done >$@.new && mv $@.new $@
