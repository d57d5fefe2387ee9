# SPDX-License-Identifier: GPL-2.0-or-later
# ---- src/po: translations of the app, gettext domain "huddle"
# A language: its name here and in LINGUAS, then "make update-po", then translate src/po/NAME.po
languages = src/po/zh_CN
po_files = $(languages:=.po)
mo_files = $(languages:=.mo)
EXTRA_DIST += src/po/LINGUAS $(po_files)

SUFFIXES += .po .mo
.po.mo:
	$(AM_V_GEN)$(MKDIR_P) $(@D) && $(MSGFMT) --check -o $@.new $< && mv $@.new $@

if TRANSLATED
mo_wanted = $(mo_files)
endif
CLEANFILES += $(mo_files)
all-local: $(mo_wanted)
install-data-local: install-translations
install-translations: $(mo_wanted)
	for mo in $(mo_wanted); do \
		l=$${mo##*/}; dir=$(DESTDIR)$(localedir)/$${l%.mo}/LC_MESSAGES; \
		$(MKDIR_P) $$dir && $(INSTALL_DATA) $$mo $$dir/huddle.mo || exit 1; \
	done
uninstall-local: uninstall-translations
uninstall-translations:
	for mo in $(mo_wanted); do l=$${mo##*/}; rm -f $(DESTDIR)$(localedir)/$${l%.mo}/LC_MESSAGES/huddle.mo; done
.PHONY: install-translations uninstall-translations

# Takes new texts of the app into the translations; what has changed is marked fuzzy.
update-po:
	cd $(srcdir) && xgettext --from-code=UTF-8 --keyword=_ --keyword=N_ --package-name=huddle --sort-by-file \
		-o src/po/huddle.pot src/app/*.c src/app/*.ui src/app/data/org.huddle.App.desktop.in
	cd $(srcdir) && for l in $(languages); do \
		msgmerge --quiet --update --backup=none $$l.po src/po/huddle.pot || exit 1; \
	done
	rm -f $(srcdir)/src/po/huddle.pot
.PHONY: update-po
