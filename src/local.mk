# SPDX-License-Identifier: GPL-2.0-or-later
# ---- messages ------------------------------------------------------------------------------------------
EXTRA_DIST += src/proto/huddle.proto src/proto/make-names
BUILT_SOURCES += src/proto/huddle.pb-c.h src/proto/names.h
CLEANFILES += src/proto/huddle.pb-c.h src/proto/huddle.pb-c.c src/proto/names.h

src/proto/huddle.pb-c.c: src/proto/huddle.proto
	$(AM_V_GEN)$(MKDIR_P) src/proto && $(PROTOC_C) --c_out=src/proto --proto_path=$(srcdir)/src/proto $<
src/proto/huddle.pb-c.h: src/proto/huddle.pb-c.c
src/proto/names.h: src/proto/huddle.pb-c.h src/proto/make-names
	$(AM_V_GEN)$(PYTHON) $(srcdir)/src/proto/make-names src/proto/huddle.pb-c.h >$@.new && mv $@.new $@

# generated code has other habits than ours: its own library without our warnings
noinst_LIBRARIES += src/libproto.a
nodist_src_libproto_a_SOURCES = src/proto/huddle.pb-c.c src/proto/huddle.pb-c.h src/proto/names.h
src_libproto_a_SOURCES =
src_libproto_a_CFLAGS = -std=gnu11 $(HUDDLE_HARDENING) $(HUDDLE_INSTRUMENT) $(PROTOBUF_C_CFLAGS)

# ---- src: libhuddle -------------------------------------------------------------------------------------
noinst_LIBRARIES += src/libhuddle.a
src_libhuddle_a_SOURCES = \
	src/protocol/account-key.c src/protocol/account-key.h \
	src/protocol/succession.c src/protocol/succession.h \
	src/base/arena.c src/base/arena.h \
	src/base/array.c src/base/array.h \
	src/card/card.c src/card/card.h \
	src/card/card-charset.c src/card/card-charset.h \
	src/card/card-check.c src/card/card-check.h \
	src/card/card-date.c src/card/card-date.h \
	src/card/card-decode.c src/card/card-decode.h \
	src/card/card-dialect.c src/card/card-dialect.h \
	src/card/card-edit.c src/card/card-edit.h \
	src/card/card-header.c src/card/card-header.h \
	src/card/card-lines.c src/card/card-lines.h \
	src/card/card-media.c src/card/card-media.h \
	src/card/card-model.h \
	src/card/card-normal.c src/card/card-normal.h \
	src/card/card-parts.c \
	src/card/card-picture.c src/card/card-picture.h \
	src/card/card-read.c \
	src/card/card-share.c \
	src/card/card-source.c src/card/card-source.h \
	src/card/card-types.c src/card/card-types.h \
	src/card/card-whole.c src/card/card-whole.h \
	src/card/card-write.c \
	src/protocol/cardseal.c src/protocol/cardseal.h \
	src/base/clock.c src/base/clock.h \
	src/protocol/cloud-announce.c src/protocol/cloud-announce.h \
	src/protocol/cloud-offer.c src/protocol/cloud-offer.h \
	src/protocol/cloud-url.c src/protocol/cloud-url.h \
	src/protocol/cloud-words.c src/protocol/cloud-words.h \
	src/protocol/code.c src/protocol/code.h \
	src/protocol/commit.c src/protocol/commit.h \
	src/protocol/cpace.c src/protocol/cpace.h \
	src/protocol/cpace-suite.c src/protocol/cpace-suite.h \
	src/protocol/digest.c src/protocol/digest.h \
	src/base/endian-bytes.h \
	src/protocol/envelope.c src/protocol/envelope.h \
	src/protocol/groupkey.c src/protocol/groupkey.h \
	src/protocol/guests.c src/protocol/guests.h \
	src/protocol/handle.c src/protocol/handle.h \
	src/protocol/huddle-link.c src/protocol/huddle-link.h \
	src/protocol/contact-list.c src/protocol/contact-list.h \
	src/base/language.c src/base/language.h \
	src/base/events.h \
	src/base/log.c src/base/log.h \
	src/protocol/nearby.c src/protocol/nearby.h \
	src/protocol/padding.c src/protocol/padding.h \
	src/protocol/proof.c src/protocol/proof.h \
	src/protocol/record.c src/protocol/record.h \
	src/protocol/roster.c src/protocol/roster.h \
	src/base/paths.c src/base/paths.h \
	src/base/program.c src/base/program.h \
	src/base/secret.h \
	src/protocol/serial.c src/protocol/serial.h \
	src/base/settings.c src/base/settings.h \
	src/base/tcp.c src/base/tcp.h \
	src/base/text.c src/base/text.h \
	src/protocol/transcript.c src/protocol/transcript.h \
	src/protocol/unpack.c src/protocol/unpack.h \
	src/base/util.h \
	src/protocol/wire.c src/protocol/wire.h \
	src/protocol/wire-check.c src/protocol/wire-check.h \
	src/protocol/wordlist.c src/protocol/wordlist.h \
	src/protocol/words.c
libhuddle = src/libhuddle.a src/libproto.a $(SODIUM_LIBS) $(SYSTEMD_LIBS) $(PROTOBUF_C_LIBS) $(INIH_LIBS) $(UNISTRING_LIBS) $(ICU_UC_LIBS) -lm

# libdbus on our loop, for the daemon and the agent; the cloud does without
noinst_LIBRARIES += src/libloop-dbus.a
src_libloop_dbus_a_SOURCES = src/base/loop-dbus.c src/base/loop-dbus.h
src_libloop_dbus_a_CFLAGS = $(AM_CFLAGS) $(DBUS_CFLAGS)
libloop_dbus = src/libloop-dbus.a $(libhuddle) $(DBUS_LIBS)

# SQLite, for the daemon and the agent
noinst_LIBRARIES += src/libsql.a
src_libsql_a_SOURCES = src/base/sql.c src/base/sql.h src/base/sql-copy.c src/base/sql-copy.h
src_libsql_a_CFLAGS = $(AM_CFLAGS) $(SQLITE_CFLAGS)
libsql = src/libsql.a $(libhuddle) $(SQLITE_LIBS)

# libphonenumber, which brings C++ and ICU, for the agent
noinst_LIBRARIES += src/libphone.a
src_libphone_a_SOURCES = src/phone/e164.cc src/phone/e164.h src/phone/phone.c src/phone/phone.h
libphone = src/libphone.a $(libhuddle) $(PHONENUMBER_LIBS)

# ---- src/cli: huddle ------------------------------------------------------------------------------------
bin_PROGRAMS += huddle
huddle_SOURCES = \
	src/cli/account.c \
	src/cli/around.c src/cli/around.h \
	src/cli/book.c \
	src/cli/book-move.c src/cli/book-move.h \
	src/cli/bus.c src/cli/bus.h \
	src/cli/charset.c src/cli/charset.h \
	src/cli/cloud.c src/cli/cloud.h \
	src/cli/cli.h \
	src/cli/compare.c \
	src/cli/contacts.c \
	src/cli/control.c \
	src/cli/errors.c src/cli/errors.h \
	src/cli/exchange.c \
	src/cli/glyphs.c src/cli/glyphs.h \
	src/cli/history.h \
	src/cli/host.c src/cli/host.h \
	src/cli/host-run.c \
	src/cli/host-state.c src/cli/host-state.h \
	src/cli/import-book.c \
	src/cli/letters.c src/cli/letters.h \
	src/cli/link.c src/cli/link.h \
	src/cli/import-card.c \
	src/cli/main.c \
	src/cli/monitor.c \
	src/cli/out.c src/cli/out.h \
	src/cli/page.c src/cli/page.h \
	src/cli/own-card.c src/cli/own-card.h \
	src/cli/peers.c \
	src/cli/picture.c src/cli/picture.h \
	src/cli/picture-kept.c \
	src/cli/press.c src/cli/press.h \
	src/cli/qr.c src/cli/qr.h \
	src/cli/record.c \
	src/cli/said.c src/cli/said.h \
	src/cli/screen.c src/cli/screen.h \
	src/cli/share.c \
	src/cli/terms.c src/cli/terms.h \
	src/cli/undone.c src/cli/undone.h \
	src/cli/typing.c src/cli/typing.h \
	src/cli/view.c src/cli/view.h \
	src/cli/view-text.c src/cli/view-text.h \
	src/cli/watch.c src/cli/watch.h
huddle_CPPFLAGS = $(AM_CPPFLAGS) -DLIBEXECDIR='"$(libexecdir)"' -DBINDIR='"$(bindir)"' \
	-DLOCALEDIR='"$(localedir)"'
huddle_CFLAGS = $(AM_CFLAGS) $(DBUS_CFLAGS) $(JANSSON_CFLAGS) $(QRENCODE_CFLAGS) $(UCHARDET_CFLAGS)
huddle_LDADD = $(libloop_dbus) $(JANSSON_LIBS) $(QRENCODE_LIBS) $(UCHARDET_LIBS)

# ---- src/photo: huddle-photo ----------------------------------------------------------------------------
libexec_PROGRAMS += huddle-photo
huddle_photo_SOURCES = src/photo/confine.c src/photo/confine.h src/photo/main.c
huddle_photo_CFLAGS = $(AM_CFLAGS) $(PIXBUF_CFLAGS)
huddle_photo_LDADD = $(PIXBUF_LIBS)

# shells find a completion by the name of its program
EXTRA_DIST += src/cli/huddle.bash-completion src/cli/huddle.fish-completion src/cli/huddle.zsh-completion
bashcompletiondir = $(datadir)/bash-completion/completions
fishcompletiondir = $(datadir)/fish/vendor_completions.d
zshcompletiondir = $(datadir)/zsh/site-functions
install-data-local: install-completion
install-completion:
	$(MKDIR_P) $(DESTDIR)$(bashcompletiondir) $(DESTDIR)$(fishcompletiondir) $(DESTDIR)$(zshcompletiondir)
	$(INSTALL_DATA) $(srcdir)/src/cli/huddle.bash-completion $(DESTDIR)$(bashcompletiondir)/huddle
	$(INSTALL_DATA) $(srcdir)/src/cli/huddle.fish-completion $(DESTDIR)$(fishcompletiondir)/huddle.fish
	$(INSTALL_DATA) $(srcdir)/src/cli/huddle.zsh-completion $(DESTDIR)$(zshcompletiondir)/_huddle
uninstall-local: uninstall-completion
uninstall-completion:
	rm -f $(DESTDIR)$(bashcompletiondir)/huddle $(DESTDIR)$(fishcompletiondir)/huddle.fish \
		$(DESTDIR)$(zshcompletiondir)/_huddle
.PHONY: install-completion uninstall-completion

# ---- src/agent: huddle-agent ----------------------------------------------------------------------------
noinst_LIBRARIES += src/agent/libagent.a
src_agent_libagent_a_SOURCES = \
	src/agent/agent.c src/agent/agent.h \
	src/agent/books.c src/agent/books.h \
	src/agent/bound.c src/agent/bound.h \
	src/agent/bus.c src/agent/bus.h src/agent/bus-private.h \
	src/agent/bus-books.c src/agent/bus-cards.c src/agent/bus-moves.c src/agent/bus-pictures.c src/agent/bus-signals.c \
	src/agent/bus-reply.c src/agent/bus-reply.h \
	src/agent/bus-values.c src/agent/bus-values.h \
	src/agent/choice.c src/agent/choice.h \
	src/agent/chooser.c src/agent/chooser.h \
	src/agent/dialect.c src/agent/dialect.h \
	src/agent/doubled.c src/agent/doubled.h \
	src/agent/eds-sources.c src/agent/eds-sources.h \
	src/agent/finder.c src/agent/finder.h \
	src/agent/identity.c src/agent/identity.h \
	src/agent/index.c src/agent/index.h \
	src/agent/journal.c src/agent/journal.h src/agent/journal-private.h \
	src/agent/journal-forget.c \
	src/agent/journal-redo.c \
	src/agent/journal-step.c \
	src/agent/journal-undo.c \
	src/agent/key.c src/agent/key.h \
	src/agent/lines.c src/agent/lines.h \
	src/agent/list.c src/agent/list.h \
	src/agent/merge.c src/agent/merge.h \
	src/agent/names.c src/agent/names.h \
	src/agent/normal.c src/agent/normal.h \
	src/agent/photo.c src/agent/photo.h \
	src/agent/picture.c src/agent/picture.h \
	src/agent/piece.c src/agent/piece.h \
	src/agent/probe.c src/agent/probe.h \
	src/agent/same.c src/agent/same.h \
	src/agent/sink.c src/agent/sink.h \
	src/agent/sink-eds.c src/agent/sink-eds.h \
	src/agent/sink-folder.c src/agent/sink-folder.h \
	src/agent/sink-hook.c src/agent/sink-hook.h \
	src/agent/tame.c src/agent/tame.h \
	src/agent/ungroup.c src/agent/ungroup.h \
	src/agent/writer.c src/agent/writer.h
nodist_src_agent_libagent_a_SOURCES = src/agent/agent-xml.c
src_agent_libagent_a_CPPFLAGS = $(AM_CPPFLAGS) -DLIBEXECDIR='"$(libexecdir)"'
src_agent_libagent_a_CFLAGS = $(AM_CFLAGS) $(DBUS_CFLAGS) $(SQLITE_CFLAGS) $(ICU_CFLAGS)
libagent = src/agent/libagent.a $(libphone) $(libloop_dbus) $(libsql) $(UNISTRING_LIBS) $(ICU_LIBS) $(INIH_LIBS)

CLEANFILES += src/agent/agent-xml.c
src/agent/agent-xml.c: src/agent/org.huddle.Agent1.xml
	$(AM_V_GEN)$(MKDIR_P) $(@D) && { \
		echo 'extern const char agent_xml[]; const char agent_xml[] ='; \
		$(SED) -e 's/["\\]/\\&/g' -e 's/.*/"&\\n"/' $(srcdir)/src/agent/org.huddle.Agent1.xml && echo ';'; \
	} >$@.new && mv $@.new $@

libexec_PROGRAMS += huddle-agent
huddle_agent_SOURCES = src/agent/main.c
huddle_agent_CPPFLAGS = $(AM_CPPFLAGS) -DLOCALEDIR='"$(localedir)"'
huddle_agent_CFLAGS = $(AM_CFLAGS) $(DBUS_CFLAGS)
huddle_agent_LDADD = $(libagent)

include src/app/local.mk

# ---- src/wasm: the engine of the guests' pages, with a compiler of its own; cloud/pages makes pages of it
EXTRA_DIST += src/wasm/engine.mk src/wasm/charset.c src/wasm/host.c src/wasm/host.h src/wasm/log.c \
	src/wasm/page-cards.c src/wasm/page-cards.h src/wasm/page-guest.c src/wasm/page-guest.h src/wasm/page-guest-show.c \
	src/wasm/page-own.c src/wasm/page-record.c src/wasm/store.c src/wasm/store.h src/wasm/unicode.c \
	src/wasm/include/libintl.h src/wasm/include/syslog.h src/wasm/include/sys/queue.h \
	src/wasm/include/systemd/sd-event.h src/wasm/include/systemd/sd-id128.h
wasm_make = $(MAKE) -C src/wasm/build -f $(abs_top_srcdir)/src/wasm/engine.mk TOP=$(abs_top_srcdir) CC=$(WASM_CC) \
	SODIUM=$(WASM_SODIUM) PROTOBUF=$(WASM_PROTOBUF) PROTO=$(abs_top_builddir)
# whether something has changed, engine.mk knows
src/wasm/build/engine.wasm: src/proto/huddle.pb-c.h src/proto/names.h wasm-look
	+$(AM_V_at)$(MKDIR_P) src/wasm/build && $(wasm_make)
wasm-programs: src/proto/huddle.pb-c.h src/proto/names.h
	+$(AM_V_at)$(MKDIR_P) src/wasm/build && $(wasm_make) programs
wasm-look:
clean-local: clean-engine
clean-engine:
	rm -rf src/wasm/build
.PHONY: wasm-look wasm-programs clean-engine
