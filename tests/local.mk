# SPDX-License-Identifier: GPL-2.0-or-later
# ---- tests ----------------------------------------------------------------------------------------------
# A script gets what it needs to know of the tree in its environment; whatever hangs is ended.
AM_TESTS_ENVIRONMENT = \
	top_srcdir='$(abs_top_srcdir)'; export top_srcdir; \
	top_builddir='$(abs_top_builddir)'; export top_builddir; \
	PYTHON='$(PYTHON)'; export PYTHON; \
	PYTHONDONTWRITEBYTECODE=1; export PYTHONDONTWRITEBYTECODE; \
	CC='$(CC)'; export CC; \
	HUDDLE_INSTRUMENT='$(HUDDLE_INSTRUMENT)'; export HUDDLE_INSTRUMENT; \
	HEADER_FLAGS='$(DEFS) -I. $(AM_CPPFLAGS) $(AM_CFLAGS) $(CFLAGS) $(header_packages)'; export HEADER_FLAGS; \
	HEADER_SKIP='$(header_skip)'; export HEADER_SKIP;
if !APP
header_skip = src/app
endif
# what any header of any room may need, for tests/check-inclusion
header_packages = $(APP_CFLAGS) $(BLUEZ_CFLAGS) $(CMOCKA_CFLAGS) $(CURL_CFLAGS) $(DBUS_CFLAGS) $(JANSSON_CFLAGS) \
	$(MICROHTTPD_CFLAGS) $(POSTGRESQL_CFLAGS) $(SQLITE_CFLAGS)
LOG_COMPILER = timeout
AM_LOG_FLAGS = --kill-after=10 1800 $(RUN_UNDER)
RUN_UNDER =
VALGRIND = valgrind --quiet --error-exitcode=99 --leak-check=full --errors-for-leak-kinds=definite,indirect \
	--suppressions=$(abs_top_srcdir)/tests/valgrind.supp

# What takes longest begins first, in this order, so that nothing is left to run alone at the end. Most of it waits: the
# machine has more to do meanwhile. A test that takes more than a minute belongs here.
long_tests = \
	tests/bluetooth/test-bluetooth \
	tests/lan/test-ways \
	tests/lan/test-lan \
	tests/lan/test-help \
	tests/agent/test-kill \
	tests/bluetooth/test-help \
	tests/pages/test-guests \
	tests/bluetooth/test-found \
	tests/lan/test-machine \
	tests/bluetooth/test-hostile \
	tests/pages/test-guest-trouble \
	tests/bus/test-rotate \
	tests/app/test-offline \
	tests/pages/test-pages \
	tests/lan/test-host \
	tests/lan/test-setups \
	tests/bus/test-cli \
	tests/bus/test-screens \
	tests/lan/test-crowd
EXTRA_DIST += $(long_tests)

TESTS += tests/check-catalog tests/check-constants tests/check-dbus tests/check-format tests/check-hardening tests/check-inclusion tests/check-threats tests/check-units tests/check-words
TESTS += tests/lan/test-location tests/lan/test-peers tests/lan/test-radio
EXTRA_DIST += tests/lan/mdns-tap tests/lan/nmea-source tests/lan/test-location tests/lan/test-peers tests/lan/test-radio
EXTRA_DIST += tests/check-catalog tests/check-constants tests/check-dbus tests/check-format tests/check-hardening tests/check-inclusion tests/check-threats tests/check-units tests/check-words tests/staging tests/valgrind.supp
TESTS += tests/bus/test-around tests/bus/test-host-unit
EXTRA_DIST += tests/bus/fake-avahi tests/bus/test-around tests/bus/test-host-unit

lan_files = \
	tests/lan/bad-neighbour \
	tests/lan/cards/anita.vcf \
	tests/lan/cards/giorgos.vcf \
	tests/lan/cards/huong.vcf \
	tests/lan/cards/layla.vcf \
	tests/lan/cards/olha.vcf \
	tests/lan/cards/seoyeon.vcf \
	tests/lan/cards/xiaoming.vcf \
	tests/lan/cards/zoe.vcf \
	tests/lan/demo \
	tests/lan/fake-logind \
	tests/lan/flooder \
	tests/lan/lab.py \
	tests/lan/links.py \
	tests/lan/mdns-holder \
	tests/lan/netlab \
	tests/lan/portal \
	tests/lan/slow-resolver \
	tests/lan/slow-wire \
	tests/lan/tcp-tap \
	tests/lan/test-guests \
	tests/lan/test-press \
	tests/lan/test-slow \
	tests/lan/test-words \
	tests/lan/trio.py \
	tests/lan/vcard.py
EXTRA_DIST += $(lan_files)
TESTS += tests/lan/test-guests tests/lan/test-press tests/lan/test-slow tests/lan/test-words

# preloaded, so shared objects, made by the compiler alone
EXTRA_DIST += tests/lan/wall-clock.c
CLEANFILES += tests/lan/wall-clock.so
check_DATA = tests/lan/wall-clock.so tests/agent/kill-at.so $(wasm_wanted)
tests/lan/wall-clock.so: tests/lan/wall-clock.c
	$(AM_V_CC)$(MKDIR_P) $(@D) && $(CC) -shared -fPIC -O2 -o $@ $(srcdir)/tests/lan/wall-clock.c

EXTRA_DIST += tests/agent/kill-at.c
CLEANFILES += tests/agent/kill-at.so
tests/agent/kill-at.so: tests/agent/kill-at.c
	$(AM_V_CC)$(MKDIR_P) $(@D) && $(CC) -shared -fPIC -O2 -o $@ $(srcdir)/tests/agent/kill-at.c -ldl

# For the tests that install into a staging directory.
installed-paths:
	@echo "prefix='$(prefix)' bindir='$(bindir)' libexecdir='$(libexecdir)' datadir='$(datadir)' mandir='$(mandir)'" \
		"dbuspolicydir='$(dbuspolicydir)'"

# check-below DIRS="tests/unit tests/sim": only the test programs in these directories; build-below makes them and runs
# none. Where they start no other program of ours than huddle-cloud, STARTED=huddle-cloud spares building the rest.
STARTED = all
below = list=; for t in $(check_PROGRAMS); do \
		for d in $(DIRS); do case $$t in $$d/*) list="$$list $$t";; esac; done; \
	done
build-below: $(BUILT_SOURCES)
	@$(below); $(MAKE) $(AM_MAKEFLAGS) $(STARTED) $$list
check-below: build-below
	@$(below); $(MAKE) $(AM_MAKEFLAGS) check-TESTS TESTS="$$list" check_PROGRAMS="$$list"

# without test-scan-reader: GStreamer's threads are too slow for its picture, and never freed. 30
# worlds of test-undo-orders have all of its code, and 300 would take five minutes.
check-valgrind: all
	@list=; for t in $(check_PROGRAMS); do \
		case $$t in */test-scan-reader) ;; tests/unit/*) list="$$list $$t";; esac; \
	done; HUDDLE_WORLDS=30 $(MAKE) $(AM_MAKEFLAGS) check TESTS="$$list" RUN_UNDER="$(VALGRIND)"

# distcheck with the unit tests alone, compiled fast: complete, when "make check" has just passed. DISTCHECK_WITH has
# more for its configure, such as another compiler.
DISTCHECK_WITH =
distcheck-quick:
	@list=; for t in $(check_PROGRAMS); do \
		case $$t in tests/unit/*) list="$$list $$t";; esac; \
	done; $(MAKE) $(AM_MAKEFLAGS) distcheck TESTS="$$list" DISTCHECK_CONFIGURE_FLAGS='CFLAGS=-O0 $(DISTCHECK_WITH)'

# ---- what finds faults without running anything
# the compilation database, for editors and clang tools
compile_commands.json: $(BUILT_SOURCES) Makefile
	@top_srcdir='$(abs_top_srcdir)' $(PYTHON) $(srcdir)/tests/compile-commands $(PROGRAMS) $(check_PROGRAMS) \
		$(EXTRA_PROGRAMS) $(LIBRARIES) >$@.new && mv $@.new $@
CLEANFILES += compile_commands.json
EXTRA_DIST += tests/compile-commands tests/lint

# clang-tidy with the profile in .clang-tidy, and gcc -fanalyzer; ROOMS="src/cli cloud" checks these alone
ROOMS = src daemon cloud
tidy: compile_commands.json
	@$(PYTHON) $(srcdir)/tests/lint tidy $(ROOMS)
analyze: compile_commands.json
	@$(PYTHON) $(srcdir)/tests/lint analyze $(ROOMS)

# Needs configure --enable-coverage. COVERAGE="tests/unit tests/cloud" measures what these programs alone reach; the floor is
# for all tests.
COVERAGE_FLOOR = 75
COVERAGE =
coverage: all
	if test -n '$(COVERAGE)'; then $(MAKE) $(AM_MAKEFLAGS) check-below DIRS='$(COVERAGE)'; \
		else $(MAKE) $(AM_MAKEFLAGS) check; fi
	lcov --quiet --capture --directory . --output-file coverage.info
	lcov --quiet --extract coverage.info '$(abs_top_srcdir)/src/*' '$(abs_top_srcdir)/daemon/*' \
		'$(abs_top_srcdir)/cloud/*' --output-file coverage.info
	genhtml --quiet --output-directory coverage coverage.info
	@lcov --summary coverage.info 2>&1 | awk -v floor=$(COVERAGE_FLOOR) ' \
		{ print } /lines/ { sub(/%.*/, ""); sub(/.* /, ""); reached = $$0 } \
		END { if (reached + 0 < floor) { print "coverage: " reached "% of lines, the floor is " floor "%"; exit 1 } }'

clean-local:
	rm -rf mutants coverage coverage.info tests/bluetooth/image tests/fuzz/found tests/packages/bare

# ---- tests/unit: each its own program; what they share is in a library
check_LIBRARIES += tests/unit/libtest.a
tests_unit_libtest_a_SOURCES = \
	tests/unit/fixed-random.c tests/unit/fixed-random.h \
	tests/unit/message-text.c tests/unit/message-text.h \
	tests/unit/same-tables.c tests/unit/same-tables.h \
	tests/unit/test.h
unit_ldadd = tests/unit/libtest.a $(libhuddle) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/base/test-arena
tests_unit_base_test_arena_LDADD = $(unit_ldadd)

check_PROGRAMS += tests/unit/base/test-array
tests_unit_base_test_array_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=reallocarray
tests_unit_base_test_array_LDADD = $(unit_ldadd)

check_PROGRAMS += tests/unit/protocol/test-handle
tests_unit_protocol_test_handle_LDADD = $(unit_ldadd)

check_PROGRAMS += tests/unit/base/test-text
tests_unit_base_test_text_LDADD = $(unit_ldadd)

check_PROGRAMS += tests/unit/daemon/test-beacon
tests_unit_daemon_test_beacon_SOURCES = tests/unit/daemon/test-beacon.c
tests_unit_daemon_test_beacon_LDADD = $(libdaemon) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/card/test-card
tests_unit_card_test_card_SOURCES = tests/unit/card/test-card.c
tests_unit_card_test_card_CFLAGS = $(AM_CFLAGS) $(DBUS_CFLAGS)
tests_unit_card_test_card_LDADD = $(unit_ldadd) $(DBUS_LIBS)

check_PROGRAMS += tests/unit/card/test-card-charset
tests_unit_card_test_card_charset_LDADD = $(unit_ldadd)

check_PROGRAMS += tests/unit/card/test-card-kinds
tests_unit_card_test_card_kinds_LDADD = $(unit_ldadd)

check_PROGRAMS += tests/unit/protocol/test-cardseal
tests_unit_protocol_test_cardseal_LDADD = $(unit_ldadd)

check_PROGRAMS += tests/unit/card/test-card-edit
tests_unit_card_test_card_edit_LDADD = $(unit_ldadd)

check_PROGRAMS += tests/unit/card/test-card-shortage
tests_unit_card_test_card_shortage_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=malloc,--wrap=calloc,--wrap=reallocarray,--wrap=strdup
tests_unit_card_test_card_shortage_LDADD = $(unit_ldadd)

# what we write, read by others
noinst_PROGRAMS += tests/unit/card/card-convert
tests_unit_card_card_convert_SOURCES = tests/unit/card/card-convert.c
tests_unit_card_card_convert_LDADD = $(libhuddle)
# what huddle-photo may not do any more
noinst_PROGRAMS += tests/unit/card/confine-probe
tests_unit_card_confine_probe_SOURCES = tests/unit/card/confine-probe.c src/photo/confine.c src/photo/confine.h
EXTRA_DIST += tests/unit/card/check-cards tests/unit/card/check-exporters tests/unit/card/check-photo
TESTS += tests/cards/check-folder tests/unit/card/check-cards tests/unit/card/check-exporters tests/unit/card/check-photo
EXTRA_DIST += \
	tests/cards/android-21.vcf \
	tests/cards/android-custom-21.vcf \
	tests/cards/arabic-30.vcf \
	tests/cards/broken-lines-30.vcf \
	tests/cards/check-folder \
	tests/cards/docomo-21.vcf \
	tests/cards/evolution-30.vcf \
	tests/cards/expected.json \
	tests/cards/gmail-30.vcf \
	tests/cards/hebrew-21.vcf \
	tests/cards/iphone-30.vcf \
	tests/cards/kde-30.vcf \
	tests/cards/mac-21.vcf \
	tests/cards/nextcloud-40.vcf \
	tests/cards/nokia-21.vcf \
	tests/cards/notepad-30.vcf \
	tests/cards/old-iphone-30.vcf \
	tests/cards/outlook-2007-21.vcf \
	tests/cards/outlook-21.vcf \
	tests/cards/readers.py \
	tests/cards/thunderbird-40.vcf \
	tests/cards/whatsapp-30.vcf \
	tests/cards/windows-utf16-30.vcf

check_PROGRAMS += tests/unit/daemon/test-carrier-http
tests_unit_daemon_test_carrier_http_SOURCES = tests/unit/daemon/test-carrier-http.c
tests_unit_daemon_test_carrier_http_CFLAGS = $(AM_CFLAGS) $(CURL_CFLAGS)
tests_unit_daemon_test_carrier_http_LDADD = $(libdaemon) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/daemon/test-carrier-relay
tests_unit_daemon_test_carrier_relay_SOURCES = tests/unit/daemon/test-carrier-relay.c
tests_unit_daemon_test_carrier_relay_LDADD = tests/sim/libsim.a $(libdaemon) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/daemon/test-carrier-switch
tests_unit_daemon_test_carrier_switch_SOURCES = tests/unit/daemon/test-carrier-switch.c
tests_unit_daemon_test_carrier_switch_LDADD = tests/sim/libsim.a $(libdaemon) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/agent/test-choice
tests_unit_agent_test_choice_SOURCES = tests/unit/agent/test-choice.c
tests_unit_agent_test_choice_CFLAGS = $(AM_CFLAGS) $(DBUS_CFLAGS)
tests_unit_agent_test_choice_LDADD = $(libagent) $(CMOCKA_LIBS)

# of the app, what needs no screen
if APP
check_PROGRAMS += tests/unit/app/test-app-words
tests_unit_app_test_app_words_CPPFLAGS = $(app_cppflags)
tests_unit_app_test_app_words_CFLAGS = $(AM_CFLAGS) $(APP_CFLAGS)
tests_unit_app_test_app_words_SOURCES = tests/unit/app/test-app-words.c \
	src/app/book-cards.c src/app/card-words.c src/app/errors.c src/app/exchange-words.c src/app/remaining.c src/app/stranger.c
tests_unit_app_test_app_words_LDADD = $(unit_ldadd) $(APP_LIBS)

check_PROGRAMS += tests/unit/app/test-code-hint
tests_unit_app_test_code_hint_CPPFLAGS = $(app_cppflags)
tests_unit_app_test_code_hint_CFLAGS = $(AM_CFLAGS) $(APP_CFLAGS)
tests_unit_app_test_code_hint_SOURCES = tests/unit/app/test-code-hint.c src/app/code-hint.c
tests_unit_app_test_code_hint_LDADD = $(unit_ldadd) $(APP_LIBS)
endif
if SCAN
check_PROGRAMS += tests/unit/app/test-scan-reader
tests_unit_app_test_scan_reader_CPPFLAGS = $(app_cppflags)
tests_unit_app_test_scan_reader_CFLAGS = $(AM_CFLAGS) $(APP_CFLAGS) $(QRENCODE_CFLAGS) $(SCAN_CFLAGS)
tests_unit_app_test_scan_reader_SOURCES = tests/unit/app/test-scan-reader.c src/app/code-hint.c src/app/scan-reader.c
tests_unit_app_test_scan_reader_LDADD = $(unit_ldadd) $(APP_LIBS) $(QRENCODE_LIBS) $(SCAN_LIBS)
endif
EXTRA_DIST += tests/unit/app/test-scan-reader.c

check_PROGRAMS += tests/unit/protocol/test-code
tests_unit_protocol_test_code_LDADD = $(unit_ldadd)

check_PROGRAMS += tests/unit/daemon/test-cloud-client
tests_unit_daemon_test_cloud_client_SOURCES = tests/unit/daemon/test-cloud-client.c
tests_unit_daemon_test_cloud_client_LDADD = tests/sim/libsim.a $(libdaemon) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/protocol/test-cpace
tests_unit_protocol_test_cpace_LDADD = $(unit_ldadd)
tests_unit_protocol_test_cpace_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=sodium_allocarray
TESTS += tests/vectors/cpace/check-cpace
EXTRA_DIST += tests/vectors/cpace/check-cpace tests/vectors/cpace/ristretto255-sha512.txt

check_PROGRAMS += tests/unit/daemon/test-daemon-settings
tests_unit_daemon_test_daemon_settings_LDADD = $(libhuddled) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/daemon/test-daemon-store
tests_unit_daemon_test_daemon_store_SOURCES = tests/unit/daemon/test-daemon-store.c
tests_unit_daemon_test_daemon_store_LDADD = tests/unit/libtest.a $(libdaemon) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/protocol/test-envelope
tests_unit_protocol_test_envelope_LDADD = $(unit_ldadd)

check_PROGRAMS += tests/unit/daemon/test-frame
tests_unit_daemon_test_frame_LDADD = $(libdaemon) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/daemon/test-group
tests_unit_daemon_test_group_LDADD = $(libdaemon) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/protocol/test-groupkey
tests_unit_protocol_test_groupkey_LDADD = $(unit_ldadd)

check_PROGRAMS += tests/unit/protocol/test-guests
tests_unit_protocol_test_guests_LDADD = $(unit_ldadd)

check_PROGRAMS += tests/unit/daemon/test-link
tests_unit_daemon_test_link_SOURCES = tests/unit/daemon/test-link.c
tests_unit_daemon_test_link_LDADD = $(libhuddled) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/protocol/test-contact-list
tests_unit_protocol_test_contact_list_LDADD = $(unit_ldadd)

check_PROGRAMS += tests/unit/daemon/test-shares
tests_unit_daemon_test_shares_SOURCES = tests/unit/daemon/test-shares.c
tests_unit_daemon_test_shares_LDADD = $(libhuddled) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/daemon/test-location
tests_unit_daemon_test_location_SOURCES = tests/unit/daemon/test-location.c
tests_unit_daemon_test_location_LDADD = tests/sim/libsim.a $(libhuddled) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/phone/test-phone
tests_unit_phone_test_phone_LDADD = $(libphone) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/agent/test-identity
tests_unit_agent_test_identity_SOURCES = tests/unit/agent/test-identity.c
tests_unit_agent_test_identity_LDADD = $(libagent) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/agent/test-merge
tests_unit_agent_test_merge_SOURCES = tests/unit/agent/test-merge.c
tests_unit_agent_test_merge_LDADD = $(libagent) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/agent/test-same
tests_unit_agent_test_same_LDADD = $(libagent) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/agent/test-bound
tests_unit_agent_test_bound_SOURCES = tests/unit/agent/test-bound.c
tests_unit_agent_test_bound_LDADD = $(libagent) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/agent/test-undo-orders
tests_unit_agent_test_undo_orders_SOURCES = tests/unit/agent/test-undo-orders.c
tests_unit_agent_test_undo_orders_CFLAGS = $(AM_CFLAGS) $(SQLITE_CFLAGS)
tests_unit_agent_test_undo_orders_LDADD = $(libagent) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/daemon/test-carrier-race
tests_unit_daemon_test_carrier_race_LDADD = tests/sim/libsim.a $(libdaemon) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/daemon/test-tcp-watch
tests_unit_daemon_test_tcp_watch_LDADD = $(libdaemon) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/daemon/test-pace
tests_unit_daemon_test_pace_LDADD = $(libdaemon) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/daemon/test-link-race
tests_unit_daemon_test_link_race_LDADD = $(libhuddled) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/daemon/test-network-watch
tests_unit_daemon_test_network_watch_LDADD = $(libhuddled) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/daemon/test-avahi-thread
tests_unit_daemon_test_avahi_thread_CFLAGS = $(AM_CFLAGS) $(AVAHI_CFLAGS)
tests_unit_daemon_test_avahi_thread_LDADD = $(libhuddled) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/daemon/test-mdns-records
tests_unit_daemon_test_mdns_records_LDADD = $(libhuddled) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/daemon/test-neighbourhood
tests_unit_daemon_test_neighbourhood_SOURCES = tests/unit/daemon/test-neighbourhood.c
tests_unit_daemon_test_neighbourhood_LDADD = tests/sim/libsim.a $(libdaemon) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/protocol/test-proof
tests_unit_protocol_test_proof_LDADD = $(unit_ldadd)

check_PROGRAMS += tests/unit/protocol/test-cloud-announce
tests_unit_protocol_test_cloud_announce_LDADD = $(unit_ldadd)

check_PROGRAMS += tests/unit/protocol/test-cloud-offer
tests_unit_protocol_test_cloud_offer_LDADD = $(unit_ldadd)

check_PROGRAMS += tests/unit/protocol/test-huddle-link
tests_unit_protocol_test_huddle_link_LDADD = $(unit_ldadd)

check_PROGRAMS += tests/unit/protocol/test-record
tests_unit_protocol_test_record_LDADD = $(unit_ldadd)

check_PROGRAMS += tests/unit/daemon/test-pin-keeper
tests_unit_daemon_test_pin_keeper_SOURCES = tests/unit/daemon/test-pin-keeper.c
tests_unit_daemon_test_pin_keeper_LDADD = tests/sim/libsim.a $(libdaemon) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/daemon/test-others
tests_unit_daemon_test_others_SOURCES = tests/unit/daemon/test-others.c
tests_unit_daemon_test_others_LDADD = tests/sim/libsim.a $(libdaemon) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/daemon/test-asker
tests_unit_daemon_test_asker_SOURCES = tests/unit/daemon/test-asker.c
tests_unit_daemon_test_asker_LDADD = tests/sim/libsim.a $(libdaemon) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/daemon/test-relay
tests_unit_daemon_test_relay_SOURCES = tests/unit/daemon/test-relay.c
tests_unit_daemon_test_relay_LDADD = tests/sim/libsim.a $(libdaemon) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/protocol/test-roster
tests_unit_protocol_test_roster_LDADD = $(unit_ldadd)

check_PROGRAMS += tests/unit/protocol/test-succession
tests_unit_protocol_test_succession_LDADD = $(unit_ldadd)

check_PROGRAMS += tests/unit/base/test-secret
tests_unit_base_test_secret_LDADD = $(unit_ldadd)

check_PROGRAMS += tests/unit/protocol/test-serial
tests_unit_protocol_test_serial_LDADD = $(unit_ldadd)

check_PROGRAMS += tests/cloud/test-keys
tests_cloud_test_keys_LDADD = cloud/libcloud.a $(unit_ldadd)

check_PROGRAMS += tests/cloud/test-session
tests_cloud_test_session_LDADD = $(libcloud) $(unit_ldadd)

check_PROGRAMS += tests/unit/protocol/test-shortage
tests_unit_protocol_test_shortage_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=malloc,--wrap=calloc
tests_unit_protocol_test_shortage_LDADD = $(unit_ldadd)

check_PROGRAMS += tests/cloud/test-meetings
tests_cloud_test_meetings_LDADD = $(libcloud) $(unit_ldadd) -lm
check_PROGRAMS += tests/cloud/test-silence
tests_cloud_test_silence_LDADD = $(libcloud) $(unit_ldadd) -lm

check_PROGRAMS += tests/cloud/test-similarity
tests_cloud_test_similarity_LDADD = $(libcloud) $(unit_ldadd) -lm

check_PROGRAMS += tests/sim/test-step-clock
tests_sim_test_step_clock_SOURCES = tests/sim/test-step-clock.c
tests_sim_test_step_clock_LDADD = tests/sim/libsim.a $(unit_ldadd)

check_PROGRAMS += tests/unit/protocol/test-wire
tests_unit_protocol_test_wire_LDADD = $(unit_ldadd)

# ---- tests/pages: the guests' pages in a browser, and their engine under Node
page_tests = tests/pages/test-pages tests/pages/test-guests tests/pages/test-guest-trouble
TESTS += tests/pages/test-vectors tests/pages/test-engine
EXTRA_DIST += tests/pages/test-vectors tests/pages/test-engine tests/pages/check-engine.js $(page_tests) \
	tests/pages/bench-pages tests/pages/browser.py tests/pages/guests.py tests/pages/bad_way.py \
	tests/pages/browse.js tests/pages/run-vectors.js tests/pages/package.json tests/pages/package-lock.json
if GUESTS
wasm_wanted = wasm-programs
endif

# ---- tests/vectors: what is written from fixed randomness, and read again by a reader that shares no code
check_LIBRARIES += tests/vectors/libvectors.a
tests_vectors_libvectors_a_SOURCES = \
	tests/vectors/vector-group.c tests/vectors/vector-group.h \
	tests/vectors/vector-out.c tests/vectors/vector-out.h \
	tests/vectors/vector-play.c tests/vectors/vector-play.h \
	tests/vectors/vector-refused.c tests/vectors/vector-refused.h
tests_vectors_libvectors_a_CPPFLAGS = $(vectors_cppflags)
vectors_cppflags = $(AM_CPPFLAGS)
vectors_ldadd = tests/vectors/libvectors.a tests/unit/libtest.a $(libcloud)

check_PROGRAMS += tests/vectors/make-vectors tests/vectors/make-exchange
tests_vectors_make_vectors_CPPFLAGS = $(vectors_cppflags)
tests_vectors_make_vectors_LDADD = $(vectors_ldadd)
tests_vectors_make_exchange_CPPFLAGS = $(vectors_cppflags)
tests_vectors_make_exchange_LDADD = $(vectors_ldadd)

vector_files = tests/vectors/huddle-v1.json tests/vectors/huddle-v1-exchange.json tests/vectors/huddle-v1-words.json
TESTS += tests/vectors/check-vectors
EXTRA_DIST += $(vector_files) docs/protocol.md tests/vectors/check-vectors tests/vectors/fields.py \
	tests/vectors/huddle.py tests/vectors/print-vectors.py tests/vectors/read-vectors.py

# where a format has changed on purpose
update-vectors: tests/vectors/make-vectors tests/vectors/make-exchange
	tests/vectors/make-vectors >$(srcdir)/tests/vectors/huddle-v1.json
	tests/vectors/make-exchange >$(srcdir)/tests/vectors/huddle-v1-exchange.json
	tests/vectors/make-exchange "4821 maple tiger" >$(srcdir)/tests/vectors/huddle-v1-words.json
	$(PYTHON) $(srcdir)/tests/vectors/print-vectors.py $(srcdir)/docs/protocol.md

# ---- tests/bus
noinst_PROGRAMS += tests/bus/dump-tables
tests_bus_dump_tables_SOURCES = tests/bus/dump-tables.c
tests_bus_dump_tables_CFLAGS = $(daemon_libhuddled_a_CFLAGS)
tests_bus_dump_tables_LDADD = $(libhuddled)

check_LIBRARIES += tests/bus/libworld.a
tests_bus_libworld_a_SOURCES = tests/bus/world.c tests/bus/world.h
tests_bus_libworld_a_CFLAGS = $(AM_CFLAGS) $(DBUS_CFLAGS)

check_PROGRAMS += tests/bus/test-exchange
tests_bus_test_exchange_CFLAGS = $(AM_CFLAGS) $(DBUS_CFLAGS)
tests_bus_test_exchange_LDADD = tests/bus/libworld.a $(DBUS_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/bus/test-manager
tests_bus_test_manager_CFLAGS = $(AM_CFLAGS) $(DBUS_CFLAGS)
tests_bus_test_manager_LDADD = tests/bus/libworld.a $(DBUS_LIBS) $(CMOCKA_LIBS)

TESTS += tests/bus/test-tables
EXTRA_DIST += tests/bus/test-tables

noinst_PROGRAMS += tests/bus/fake-huddle
tests_bus_fake_huddle_SOURCES = tests/bus/fake-huddle.c
tests_bus_fake_huddle_CFLAGS = $(AM_CFLAGS) $(DBUS_CFLAGS)
tests_bus_fake_huddle_LDADD = $(DBUS_LIBS)
noinst_PROGRAMS += tests/bus/guest
tests_bus_guest_SOURCES = tests/bus/guest.c
tests_bus_guest_CFLAGS = $(AM_CFLAGS) $(CURL_CFLAGS)
tests_bus_guest_LDADD = $(libdaemon)
TESTS += tests/bus/test-guests
EXTRA_DIST += tests/bus/test-guests
TESTS += tests/bus/test-admit tests/bus/test-agent tests/bus/test-api tests/bus/test-clipboard tests/bus/test-clouds tests/bus/test-qr tests/bus/test-record tests/bus/test-words
EXTRA_DIST += tests/bus/rig.py tests/bus/test-admit tests/bus/test-agent tests/bus/test-api tests/bus/test-clipboard tests/bus/test-clouds tests/bus/test-qr tests/bus/test-record tests/bus/test-words
TESTS += tests/bus/test-journal tests/bus/test-operate tests/bus/test-restart
EXTRA_DIST += tests/bus/test-journal tests/bus/test-operate tests/bus/test-restart

# what shells complete, asked of the shells
TESTS += tests/bus/test-completion
EXTRA_DIST += tests/bus/complete.zsh tests/bus/test-completion

# ---- tests/agent: the address books
noinst_PROGRAMS += tests/agent/fake-history
tests_agent_fake_history_SOURCES = tests/agent/fake-history.c
tests_agent_fake_history_CFLAGS = $(AM_CFLAGS) $(DBUS_CFLAGS)
tests_agent_fake_history_LDADD = $(DBUS_LIBS)

noinst_PROGRAMS += tests/agent/dump-tables
tests_agent_dump_tables_SOURCES = tests/agent/dump-tables.c
tests_agent_dump_tables_CFLAGS = $(src_agent_libagent_a_CFLAGS)
tests_agent_dump_tables_LDADD = $(libagent)

agent_tests = tests/agent/test-api tests/agent/test-books tests/agent/test-dialects tests/agent/test-forget tests/agent/test-hostile tests/agent/test-kde \
	tests/agent/test-locked tests/agent/test-own-card tests/agent/test-undo tests/agent/test-undo-books tests/agent/test-values \
	tests/agent/test-who tests/agent/test-words
TESTS += $(agent_tests)
EXTRA_DIST += $(agent_tests) tests/agent/eds.py tests/agent/hook tests/agent/kde-contacts.cpp \
	tests/agent/session.py

# ---- tests/lan
noinst_PROGRAMS += tests/lan/radio-probe
tests_lan_radio_probe_SOURCES = tests/lan/radio-probe.c
tests_lan_radio_probe_CFLAGS = $(daemon_libhuddled_a_CFLAGS)
tests_lan_radio_probe_LDADD = $(libhuddled)

# ---- tests/bluetooth: in a virtual machine with virtual controllers
noinst_PROGRAMS += tests/bluetooth/bad-neighbour
tests_bluetooth_bad_neighbour_SOURCES = tests/bluetooth/bad-neighbour.c
tests_bluetooth_bad_neighbour_CFLAGS = $(daemon_libhuddled_a_CFLAGS)
tests_bluetooth_bad_neighbour_LDADD = $(libhuddled)

EXTRA_DIST += \
	tests/bluetooth/air.py \
	tests/bluetooth/airlab.py \
	tests/bluetooth/build-image \
	tests/bluetooth/emulator \
	tests/bluetooth/guest \
	tests/bluetooth/run

# ---- tests/fuzz: with --enable-fuzzing (clang) libFuzzer programs; else "make check" gives each its corpus once
fuzz_targets = tests/fuzz/fuzz-announce tests/fuzz/fuzz-beacon tests/fuzz/fuzz-bus tests/fuzz/fuzz-call tests/fuzz/fuzz-card tests/fuzz/fuzz-code \
	tests/fuzz/fuzz-entry tests/fuzz/fuzz-envelope tests/fuzz/fuzz-frame tests/fuzz/fuzz-group \
	tests/fuzz/fuzz-helped tests/fuzz/fuzz-http tests/fuzz/fuzz-import tests/fuzz/fuzz-huddle-link tests/fuzz/fuzz-mdns \
	tests/fuzz/fuzz-photo tests/fuzz/fuzz-properties tests/fuzz/fuzz-record tests/fuzz/fuzz-relay \
	tests/fuzz/fuzz-replay tests/fuzz/fuzz-roster tests/fuzz/fuzz-settings tests/fuzz/fuzz-snapshot \
	tests/fuzz/fuzz-wire
fuzz_ldadd = $(libhuddle)
fuzz_message = tests/fuzz/message.c tests/fuzz/message.h
if FUZZING
noinst_PROGRAMS += $(fuzz_targets)
fuzz_main = tests/fuzz/fuzz.h
fuzz_ldflags = $(AM_LDFLAGS) -fsanitize=fuzzer
else
check_PROGRAMS += $(fuzz_targets)
fuzz_main = tests/fuzz/fuzz.h tests/fuzz/run-corpus.c
fuzz_ldflags = $(AM_LDFLAGS)
endif
tests_fuzz_fuzz_announce_SOURCES = tests/fuzz/fuzz-announce.c $(fuzz_main)
tests_fuzz_fuzz_announce_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_announce_LDADD = $(fuzz_ldadd)
tests_fuzz_fuzz_beacon_SOURCES = tests/fuzz/fuzz-beacon.c $(fuzz_main)
tests_fuzz_fuzz_beacon_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_beacon_LDADD = $(libdaemon)
tests_fuzz_fuzz_bus_SOURCES = tests/fuzz/fuzz-bus.c $(fuzz_message) $(fuzz_main)
tests_fuzz_fuzz_bus_CFLAGS = $(AM_CFLAGS) $(DBUS_CFLAGS)
tests_fuzz_fuzz_bus_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_bus_LDADD = $(libhuddled)
tests_fuzz_fuzz_call_SOURCES = tests/fuzz/fuzz-call.c $(fuzz_message) $(fuzz_main)
tests_fuzz_fuzz_call_CFLAGS = $(AM_CFLAGS) $(DBUS_CFLAGS)
tests_fuzz_fuzz_call_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_call_LDADD = tests/sim/libsim.a $(libhuddled) $(libagent)
tests_fuzz_fuzz_card_SOURCES = tests/fuzz/fuzz-card.c $(fuzz_main)
tests_fuzz_fuzz_card_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_card_LDADD = $(fuzz_ldadd)
tests_fuzz_fuzz_code_SOURCES = tests/fuzz/fuzz-code.c $(fuzz_main)
tests_fuzz_fuzz_code_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_code_LDADD = $(fuzz_ldadd)
tests_fuzz_fuzz_entry_SOURCES = tests/fuzz/fuzz-entry.c tests/fuzz/entry-world.c \
	tests/fuzz/entry-world.h $(fuzz_main)
tests_fuzz_fuzz_entry_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_entry_LDADD = $(libagent)
tests_fuzz_fuzz_envelope_SOURCES = tests/fuzz/fuzz-envelope.c $(fuzz_main)
tests_fuzz_fuzz_envelope_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_envelope_LDADD = $(fuzz_ldadd)
tests_fuzz_fuzz_frame_SOURCES = tests/fuzz/fuzz-frame.c $(fuzz_main)
tests_fuzz_fuzz_frame_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_frame_LDADD = $(libdaemon)
tests_fuzz_fuzz_group_SOURCES = tests/fuzz/fuzz-group.c $(fuzz_main)
tests_fuzz_fuzz_group_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_group_LDADD = tests/unit/libtest.a $(libdaemon)
tests_fuzz_fuzz_helped_SOURCES = tests/fuzz/fuzz-helped.c $(fuzz_main)
tests_fuzz_fuzz_helped_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_helped_LDADD = tests/sim/libsim.a $(libdaemon)
tests_fuzz_fuzz_http_SOURCES = tests/fuzz/fuzz-http.c cloud/http.c cloud/mhd.c cloud/listen.c cloud/patience.c $(fuzz_main)
tests_fuzz_fuzz_http_CFLAGS = $(AM_CFLAGS) $(MICROHTTPD_CFLAGS)
tests_fuzz_fuzz_http_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_http_LDADD = $(libcloud) $(MICROHTTPD_LIBS)
tests_fuzz_fuzz_huddle_link_SOURCES = tests/fuzz/fuzz-huddle-link.c $(fuzz_main)
tests_fuzz_fuzz_huddle_link_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_huddle_link_LDADD = $(fuzz_ldadd)
tests_fuzz_fuzz_import_SOURCES = tests/fuzz/fuzz-import.c src/cli/charset.c src/cli/import-card.c $(fuzz_main)
tests_fuzz_fuzz_import_CFLAGS = $(AM_CFLAGS) $(DBUS_CFLAGS) $(JANSSON_CFLAGS) $(UCHARDET_CFLAGS)
tests_fuzz_fuzz_import_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_import_LDADD = $(fuzz_ldadd) $(JANSSON_LIBS) $(UCHARDET_LIBS)
tests_fuzz_fuzz_mdns_SOURCES = tests/fuzz/fuzz-mdns.c $(fuzz_main)
tests_fuzz_fuzz_mdns_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_mdns_LDADD = $(libhuddled)
tests_fuzz_fuzz_photo_SOURCES = tests/fuzz/fuzz-photo.c src/photo/confine.c src/photo/confine.h $(fuzz_main)
tests_fuzz_fuzz_photo_CFLAGS = $(AM_CFLAGS) $(PIXBUF_CFLAGS)
tests_fuzz_fuzz_photo_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_photo_LDADD = $(PIXBUF_LIBS)
tests_fuzz_fuzz_properties_SOURCES = tests/fuzz/fuzz-properties.c $(fuzz_message) $(fuzz_main)
tests_fuzz_fuzz_properties_CFLAGS = $(AM_CFLAGS) $(DBUS_CFLAGS)
tests_fuzz_fuzz_properties_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_properties_LDADD = $(libhuddled)
tests_fuzz_fuzz_record_SOURCES = tests/fuzz/fuzz-record.c $(fuzz_main)
tests_fuzz_fuzz_record_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_record_LDADD = $(fuzz_ldadd)
tests_fuzz_fuzz_relay_SOURCES = tests/fuzz/fuzz-relay.c $(fuzz_main)
tests_fuzz_fuzz_relay_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_relay_LDADD = tests/sim/libsim.a $(libdaemon)
tests_fuzz_fuzz_replay_SOURCES = tests/fuzz/fuzz-replay.c $(fuzz_main)
tests_fuzz_fuzz_replay_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_replay_LDADD = $(libcloud)
tests_fuzz_fuzz_roster_SOURCES = tests/fuzz/fuzz-roster.c $(fuzz_main)
tests_fuzz_fuzz_roster_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_roster_LDADD = $(fuzz_ldadd)
tests_fuzz_fuzz_settings_SOURCES = tests/fuzz/fuzz-settings.c $(fuzz_main)
tests_fuzz_fuzz_settings_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_settings_LDADD = $(fuzz_ldadd)
tests_fuzz_fuzz_snapshot_SOURCES = tests/fuzz/fuzz-snapshot.c $(fuzz_main)
tests_fuzz_fuzz_snapshot_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_snapshot_LDADD = tests/sim/libsim.a $(libdaemon)
tests_fuzz_fuzz_wire_SOURCES = tests/fuzz/fuzz-wire.c $(fuzz_main)
tests_fuzz_fuzz_wire_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_wire_LDADD = $(fuzz_ldadd)
EXTRA_DIST += tests/fuzz/corpus

# make fuzz MINUTES=10, after configure CC=clang --enable-fuzzing --enable-asan --enable-ubsan: each target for so
# many minutes; finds go into the build tree. FUZZ=tests/fuzz/fuzz-card: only this one
MINUTES = 1
FUZZ = $(fuzz_targets)
fuzz: $(fuzz_targets)
	@for t in $(FUZZ); do \
		found=tests/fuzz/found/$${t##*/fuzz-}; $(MKDIR_P) $$found; \
		./$$t -max_total_time=$$((60 * $(MINUTES))) -max_len=8192 -timeout=10 -print_final_stats=1 \
			-artifact_prefix=$$found- $$found $(srcdir)/tests/fuzz/corpus/$${t##*/fuzz-} || exit 1; \
	done

# ---- tests/sim: what stands still until a test moves it
check_LIBRARIES += tests/sim/libsim.a
tests_sim_libsim_a_SOURCES = \
	tests/sim/link-pair.c tests/sim/link-pair.h \
	tests/sim/step-clock.c tests/sim/step-clock.h

# the ether: terminals and a cloud in one process
check_LIBRARIES += tests/sim/libether.a
tests_sim_libether_a_SOURCES = \
	tests/sim/chance.h \
	tests/sim/medium.c tests/sim/medium.h \
	tests/sim/net.c tests/sim/net.h \
	tests/sim/own-clock.c tests/sim/own-clock.h \
	tests/sim/tap.c tests/sim/tap.h \
	tests/sim/world.c tests/sim/world.h
ether_ldadd = tests/sim/libether.a tests/sim/libsim.a tests/unit/libtest.a $(libdaemon) \
	$(libcloud) $(CMOCKA_LIBS)

# the same with several nodes over PostgreSQL
sim_nodes = \
	tests/cloud/store-life.c tests/cloud/store-life.h \
	tests/sim/nodes.c tests/sim/nodes.h
nodes_ldadd = tests/cloud/libfixture.a $(ether_ldadd)

check_PROGRAMS += tests/sim/test-ether
tests_sim_test_ether_SOURCES = tests/sim/round.c tests/sim/round.h tests/sim/test-ether.c
tests_sim_test_ether_LDADD = $(ether_ldadd)

check_PROGRAMS += tests/sim/test-guests
tests_sim_test_guests_SOURCES = tests/sim/liar.c tests/sim/liar.h tests/sim/test-guests.c \
	tests/sim/welcome.c tests/sim/welcome.h
tests_sim_test_guests_LDADD = $(ether_ldadd)

check_PROGRAMS += tests/sim/test-hostile
tests_sim_test_hostile_SOURCES = tests/sim/test-hostile.c
tests_sim_test_hostile_LDADD = $(ether_ldadd)

check_PROGRAMS += tests/sim/test-late
tests_sim_test_late_SOURCES = $(sim_nodes) tests/sim/test-late.c
tests_sim_test_late_CFLAGS = $(AM_CFLAGS) $(POSTGRESQL_CFLAGS)
tests_sim_test_late_LDADD = $(nodes_ldadd)

check_PROGRAMS += tests/sim/test-liar
tests_sim_test_liar_SOURCES = \
	tests/sim/liar.c tests/sim/liar.h \
	tests/sim/judge.c tests/sim/judge.h \
	tests/sim/lies-cards.c tests/sim/lies-group.c tests/sim/lies.h \
	tests/sim/test-liar.c
tests_sim_test_liar_LDADD = $(ether_ldadd)

# the same lies, told to the engine of the guests' pages
check_PROGRAMS += tests/pages/test-lies
tests_pages_test_lies_SOURCES = \
	tests/pages/engine-guest.c tests/pages/engine-guest.h \
	tests/pages/test-lies.c \
	tests/sim/judge.c tests/sim/judge.h \
	tests/sim/liar.c tests/sim/liar.h \
	tests/sim/lies-cards.c tests/sim/lies-group.c tests/sim/lies.h \
	tests/sim/welcome.c tests/sim/welcome.h
tests_pages_test_lies_LDADD = $(ether_ldadd)
EXTRA_DIST += tests/pages/serve-engine.js

check_PROGRAMS += tests/sim/test-nodes
tests_sim_test_nodes_SOURCES = $(sim_nodes) tests/sim/round.c tests/sim/round.h tests/sim/test-nodes.c
tests_sim_test_nodes_CFLAGS = $(AM_CFLAGS) $(POSTGRESQL_CFLAGS)
tests_sim_test_nodes_LDADD = $(nodes_ldadd)

check_PROGRAMS += tests/sim/test-press-crowd
tests_sim_test_press_crowd_SOURCES = tests/sim/test-press-crowd.c
tests_sim_test_press_crowd_LDADD = $(ether_ldadd)

check_PROGRAMS += tests/sim/test-rotation
tests_sim_test_rotation_SOURCES = \
	tests/sim/liar.c tests/sim/liar.h \
	tests/sim/test-rotation.c
tests_sim_test_rotation_LDADD = $(ether_ldadd)

check_PROGRAMS += tests/sim/test-replay
tests_sim_test_replay_SOURCES = tests/sim/test-replay.c
tests_sim_test_replay_CFLAGS = $(AM_CFLAGS) $(SQLITE_CFLAGS)
tests_sim_test_replay_LDADD = $(ether_ldadd) $(SQLITE_LIBS)

check_PROGRAMS += tests/sim/test-requests
tests_sim_test_requests_SOURCES = \
	tests/sim/hostile-requests.c tests/sim/hostile-requests.h \
	tests/sim/test-requests.c
tests_sim_test_requests_LDADD = $(ether_ldadd)

check_PROGRAMS += tests/sim/test-rounds
tests_sim_test_rounds_SOURCES = tests/sim/test-rounds.c
tests_sim_test_rounds_LDADD = $(ether_ldadd)

check_PROGRAMS += tests/sim/test-trouble
tests_sim_test_trouble_SOURCES = tests/sim/test-trouble.c
tests_sim_test_trouble_LDADD = $(ether_ldadd)

check_PROGRAMS += tests/sim/test-words
tests_sim_test_words_SOURCES = tests/sim/test-words.c
tests_sim_test_words_LDADD = $(ether_ldadd)

# ---- tests/cloud
check_LIBRARIES += tests/cloud/libfixture.a
tests_cloud_libfixture_a_SOURCES = \
	tests/cloud/crowd.c tests/cloud/crowd.h tests/cloud/fixture.c tests/cloud/fixture.h \
	tests/cloud/hall.c tests/cloud/hall.h tests/cloud/postgres.c tests/cloud/postgres.h tests/cloud/server.c tests/cloud/server.h \
	tests/cloud/store-failing.c tests/cloud/store-failing.h tests/cloud/usual-matching.h
tests_cloud_libfixture_a_CFLAGS = $(AM_CFLAGS) $(POSTGRESQL_CFLAGS)
cloud_ldadd = tests/cloud/libfixture.a tests/sim/libsim.a $(libcloud) $(CMOCKA_LIBS)

check_PROGRAMS += tests/cloud/test-api
tests_cloud_test_api_LDADD = $(cloud_ldadd)

check_PROGRAMS += tests/cloud/test-candidates
tests_cloud_test_candidates_LDADD = $(cloud_ldadd) -lm

check_PROGRAMS += tests/cloud/test-clock
tests_cloud_test_clock_LDADD = $(cloud_ldadd)

check_PROGRAMS += tests/cloud/test-damage
tests_cloud_test_damage_LDADD = $(cloud_ldadd) $(SQLITE_LIBS)

check_PROGRAMS += tests/cloud/test-disk
tests_cloud_test_disk_LDADD = $(cloud_ldadd)

check_PROGRAMS += tests/cloud/test-faults
tests_cloud_test_faults_LDADD = $(cloud_ldadd)

check_PROGRAMS += tests/cloud/test-guests
tests_cloud_test_guests_LDADD = $(cloud_ldadd)

check_PROGRAMS += tests/cloud/test-shown
tests_cloud_test_shown_LDADD = tests/unit/libtest.a $(cloud_ldadd)

check_PROGRAMS += tests/cloud/test-http
tests_cloud_test_http_SOURCES = tests/cloud/test-http.c \
	cloud/http.c cloud/listen.c cloud/mhd.c cloud/page-origin.c cloud/patience.c
tests_cloud_test_http_CFLAGS = $(huddle_cloud_CFLAGS)
tests_cloud_test_http_LDADD = $(cloud_ldadd) $(MICROHTTPD_LIBS)

check_PROGRAMS += tests/cloud/test-clocks tests/cloud/test-closing tests/cloud/test-kill tests/cloud/test-network \
	tests/cloud/test-news tests/cloud/test-nodes \
	tests/cloud/test-primary
tests_cloud_test_clocks_LDADD = $(cloud_ldadd)
tests_cloud_test_closing_LDADD = $(cloud_ldadd)
tests_cloud_test_network_LDADD = $(cloud_ldadd)
tests_cloud_test_news_CFLAGS = $(AM_CFLAGS) $(POSTGRESQL_CFLAGS)
tests_cloud_test_news_LDADD = $(cloud_ldadd)
tests_cloud_test_news_SOURCES = tests/cloud/test-news.c cloud/store-news.c
tests_cloud_test_nodes_LDADD = $(cloud_ldadd)
tests_cloud_test_primary_LDADD = $(cloud_ldadd)
tests_cloud_test_kill_LDADD = $(cloud_ldadd)

check_PROGRAMS += tests/cloud/test-limits
tests_cloud_test_limits_LDADD = $(cloud_ldadd)

check_PROGRAMS += tests/cloud/test-matcher
tests_cloud_test_matcher_LDADD = $(cloud_ldadd)
tests_cloud_test_matcher_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc

check_PROGRAMS += tests/cloud/test-shrink
tests_cloud_test_shrink_CFLAGS = $(AM_CFLAGS) $(SQLITE_CFLAGS)
tests_cloud_test_shrink_LDADD = $(cloud_ldadd) $(SQLITE_LIBS)

check_PROGRAMS += tests/cloud/test-migrate
tests_cloud_test_migrate_SOURCES = tests/cloud/test-migrate.c tests/cloud/store-life.c tests/cloud/store-life.h
tests_cloud_test_migrate_CFLAGS = $(AM_CFLAGS) $(SQLITE_CFLAGS) $(POSTGRESQL_CFLAGS)
tests_cloud_test_migrate_LDADD = $(cloud_ldadd)

check_PROGRAMS += tests/cloud/test-records
tests_cloud_test_records_LDADD = $(cloud_ldadd)

check_PROGRAMS += tests/cloud/test-rotation
tests_cloud_test_rotation_LDADD = $(cloud_ldadd)

check_PROGRAMS += tests/cloud/test-set
tests_cloud_test_set_SOURCES = tests/cloud/test-set.c tests/cloud/store-life.c tests/cloud/store-life.h
tests_cloud_test_set_LDADD = $(cloud_ldadd)
tests_cloud_test_set_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=malloc,--wrap=calloc,--wrap=aligned_alloc,--wrap=reallocarray

check_PROGRAMS += tests/cloud/test-settings
tests_cloud_test_settings_LDADD = $(cloud_ldadd)

check_PROGRAMS += tests/cloud/test-spare-memory
tests_cloud_test_spare_memory_SOURCES = tests/cloud/test-spare-memory.c cloud/spare-memory.c
tests_cloud_test_spare_memory_LDADD = $(unit_ldadd)

check_PROGRAMS += tests/cloud/test-work tests/cloud/test-bounds tests/cloud/test-turns
tests_cloud_test_work_LDADD = $(cloud_ldadd)
tests_cloud_test_bounds_LDADD = $(cloud_ldadd)
tests_cloud_test_turns_LDADD = $(cloud_ldadd)

check_PROGRAMS += tests/cloud/test-store
tests_cloud_test_store_LDADD = tests/unit/libtest.a $(cloud_ldadd)
EXTRA_DIST += tests/cloud/store-1.sql tests/cloud/store-12.sql

# ---- tests/scenes: crowds with a truth, through "huddle-cloud replay"
TESTS += tests/scenes/check-baselines tests/scenes/check-evidence tests/scenes/check-replay tests/scenes/check-scenes
EXTRA_DIST += tests/bench/bench-joins tests/scenes/README.md tests/scenes/baselines.py \
	tests/scenes/bench-crowds tests/scenes/bench-scenes tests/scenes/check-baselines \
	tests/scenes/check-evidence tests/scenes/check-replay tests/scenes/check-scenes tests/scenes/crowds.py \
	tests/scenes/evidence.py tests/scenes/make_scenes.py tests/scenes/noise.py tests/scenes/run_scenes.py tests/scenes/score.py \
	tests/scenes/data/SOURCE.txt tests/scenes/data/code-popularity.txt.gz \
	tests/scenes/data/workplace_InVS15_tij.dat.gz tests/scenes/data/workplace_InVS_tij.dat.zip

# ---- tests/adversary: what the cloud, a thief of it and the network get to see
noinst_PROGRAMS += tests/adversary/find-secrets
tests_adversary_find_secrets_SOURCES = tests/adversary/find-secrets.c
tests_adversary_find_secrets_LDADD = $(libhuddle)
TESTS += tests/adversary/test-logging-cloud
EXTRA_DIST += tests/adversary/leaks.py tests/adversary/test-logging-cloud

# ---- tests/model: the protocol against a cloud that lies, searched through by Maude
TESTS += tests/model/check-model
EXTRA_DIST += tests/model/check-model tests/model/huddle.maude

# ---- tests/app: the app on a screen of its own, through AT-SPI
app_tests = tests/app/check-data tests/app/test-books tests/app/test-clouds tests/app/test-first-use tests/app/test-found tests/app/test-guests tests/app/test-host tests/app/test-hostile tests/app/test-join tests/app/test-person tests/app/test-pictures tests/app/test-return tests/app/test-scan tests/app/test-two-apps tests/app/test-unproven tests/app/test-walk
TESTS += $(app_tests)
EXTRA_DIST += $(app_tests) tests/app/crowd.py tests/app/demo tests/app/desk.py tests/app/gtk.supp tests/app/screen.py tests/app/screenshots \
	tests/app/portal.py tests/app/stub.py
# pictures of every page, to look at: build/screenshots; four of them are in docs/screenshots
EXTRA_DIST += docs/screenshots
# the walk under valgrind, with few people: minutes, so not a part of check
check-app-valgrind: all
	@$(AM_TESTS_ENVIRONMENT) WALK_MEMBERS=3 G_SLICE=always-malloc G_DEBUG=gc-friendly \
		APP_UNDER="$(VALGRIND) --num-callers=40 --errors-for-leak-kinds=definite --show-leak-kinds=definite \
		--suppressions=$(abs_top_srcdir)/tests/app/gtk.supp \
		$$(for f in /usr/share/glib-2.0/valgrind/glib.supp /usr/share/gtk-4.0/valgrind/gtk.supp; do \
			test -e $$f && echo "--suppressions=$$f"; done | tr '\n' ' ')" \
		$(srcdir)/tests/app/test-walk
screenshots: all
	@$(AM_TESTS_ENVIRONMENT) $(srcdir)/tests/app/screenshots screenshots
	@$(AM_TESTS_ENVIRONMENT) HUDDLE_SCREENSHOTS=screenshots sh -c 'for t in $(page_tests); do $(srcdir)/$$t || exit 1; done' >/dev/null
.PHONY: screenshots check-app-valgrind

# ---- tests/packages: from source and by Debian packages, on bare machines
# They wait for each other, so they begin before all others.
first_tests = tests/packages/test-build tests/packages/test-packages tests/packages/test-install tests/packages/test-source
# variables, for else automake takes these for the whole rules of those tests
from_built = tests/packages/test-packages.log tests/packages/test-source.log
$(from_built): tests/packages/test-build.log
from_packages = tests/packages/test-install.log
$(from_packages): tests/packages/test-packages.log
EXTRA_DIST += tests/packages/bare.py tests/packages/boot tests/packages/build-root tests/packages/check-arm64 \
	tests/packages/test-build tests/packages/test-install tests/packages/test-packages tests/packages/test-source
# cross-built for arm64; the unit tests under qemu-user
check-arm64:
	@$(AM_TESTS_ENVIRONMENT) $(PYTHON) $(srcdir)/tests/packages/check-arm64
.PHONY: check-arm64

# ---- tests/mutants: checks broken one by one, each of which a test has to notice
TESTS += tests/mutants/check-mutants
EXTRA_DIST += tests/mutants/check-mutants tests/mutants/run
MUTANTS =
built-sources: $(BUILT_SOURCES)
mutants:
	@top_srcdir='$(abs_top_srcdir)' $(PYTHON) $(srcdir)/tests/mutants/run $(MUTANTS)

# ---- bench ----------------------------------------------------------------------------------------------
# Programs (in EXTRA_PROGRAMS too) and scripts that measure and print; nothing is asserted.
BENCHES = tests/bench/bench-joins tests/scenes/bench-scenes tests/scenes/bench-crowds

BENCHES += tests/bench/bench-app tests/bench/bench-idle tests/bench/bench-lan tests/bench/bench-networks
EXTRA_DIST += tests/bench/bench-app tests/bench/bench-idle tests/bench/bench-lan tests/bench/bench-networks

BENCHES += tests/pages/bench-pages

EXTRA_PROGRAMS += tests/bench/bench-decode
BENCHES += tests/bench/bench-decode

EXTRA_PROGRAMS += tests/bench/bench-exchange
BENCHES += tests/bench/bench-exchange
tests_bench_bench_exchange_SOURCES = tests/bench/bench-exchange.c
tests_bench_bench_exchange_LDADD = $(ether_ldadd)
tests_bench_bench_decode_LDADD = $(libhuddle)
EXTRA_PROGRAMS += tests/bench/bench-join
BENCHES += tests/bench/bench-join
tests_bench_bench_join_SOURCES = tests/bench/bench-join.c tests/bench/joins.c tests/bench/joins.h
EXTRA_PROGRAMS += tests/bench/bench-nodes
BENCHES += tests/bench/bench-nodes
tests_bench_bench_nodes_SOURCES = tests/bench/bench-nodes.c tests/bench/joins.c tests/bench/joins.h
tests_bench_bench_nodes_LDADD = $(cloud_ldadd)
tests_bench_bench_join_CFLAGS = $(AM_CFLAGS) $(SQLITE_CFLAGS)
tests_bench_bench_join_LDADD = $(cloud_ldadd) $(SQLITE_LIBS)
EXTRA_PROGRAMS += tests/bench/bench-cost
BENCHES += tests/bench/bench-cost
tests_bench_bench_cost_LDADD = $(cloud_ldadd)
EXTRA_PROGRAMS += tests/bench/bench-matcher
BENCHES += tests/bench/bench-matcher
tests_bench_bench_matcher_LDADD = $(cloud_ldadd)
EXTRA_PROGRAMS += tests/bench/bench-restart
BENCHES += tests/bench/bench-restart
tests_bench_bench_restart_LDADD = $(cloud_ldadd)
EXTRA_PROGRAMS += tests/bench/bench-sweep
BENCHES += tests/bench/bench-sweep
tests_bench_bench_sweep_LDADD = $(cloud_ldadd)
EXTRA_PROGRAMS += tests/bench/bench-waiting
BENCHES += tests/bench/bench-waiting
tests_bench_bench_waiting_LDADD = $(cloud_ldadd)
BENCHES += tests/bench/bench-merge tests/bench/bench-peers
EXTRA_DIST += tests/bench/bench-merge tests/bench/bench-peers

# what bench-peers runs beside huddle-cloud
EXTRA_PROGRAMS += tests/bench/bench-http tests/bench/storeless/huddle-cloud
tests_bench_bench_http_SOURCES = tests/bench/bench-http.c tests/bench/joins.c tests/bench/joins.h
tests_bench_bench_http_LDADD = $(cloud_ldadd)
tests_bench_storeless_huddle_cloud_SOURCES = $(huddle_cloud_sources) tests/bench/store-none.c
tests_bench_storeless_huddle_cloud_CPPFLAGS = $(huddle_cloud_CPPFLAGS)
tests_bench_storeless_huddle_cloud_CFLAGS = $(huddle_cloud_CFLAGS)
tests_bench_storeless_huddle_cloud_LDADD = $(huddle_cloud_LDADD)
bench_parts = tests/bench/bench-http tests/bench/storeless/huddle-cloud tests/bench/slow-disk.so
EXTRA_DIST += tests/bench/slow-disk.c
CLEANFILES += $(EXTRA_PROGRAMS) tests/bench/slow-disk.so
tests/bench/slow-disk.so: tests/bench/slow-disk.c
	$(AM_V_CC)$(MKDIR_P) $(@D) && $(CC) -shared -fPIC -O2 -o $@ $(srcdir)/tests/bench/slow-disk.c -ldl

bench: all $(BENCHES) $(bench_parts)
	@$(AM_TESTS_ENVIRONMENT) for b in $(BENCHES); do \
		echo "== $$b"; \
		if test -x ./$$b; then ./$$b; else $(srcdir)/$$b; fi || exit 1; \
	done

.PHONY: built-sources mutants tidy analyze update-vectors fuzz bench build-below check-below check-valgrind coverage distcheck-quick installed-paths
