# SPDX-License-Identifier: GPL-2.0-or-later
# ---- src/po: translations of all programs for people, gettext domain "huddle"
# A language: its name here and in LINGUAS, then "make update-po", then translate src/po/NAME.po
languages = src/po/zh_CN
po_files = $(languages:=.po)
mo_files = $(languages:=.mo)
EXTRA_DIST += src/po/LINGUAS src/po/update $(po_files)

# locale/ is laid out as gettext looks for it: there the programs of the build tree find it (src/base/language.h)
SUFFIXES += .po .mo
.po.mo:
	$(AM_V_GEN)mo=$@; l=$${mo##*/}; dir=src/po/locale/$${l%.mo}/LC_MESSAGES; \
		$(MKDIR_P) $$dir && $(MSGFMT) --check -o $@.new $< && cp $@.new $$dir/huddle.mo && mv $@.new $@

if TRANSLATED
mo_wanted = $(mo_files)
endif
CLEANFILES += $(mo_files)
clean-local: clean-translations
clean-translations:
	rm -rf src/po/locale
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
.PHONY: clean-translations install-translations uninstall-translations

# Takes new texts into the translations; what has changed is marked fuzzy.
update-po:
	cd $(srcdir) && src/po/update $(po_files)
	cd $(srcdir)/docs && po/update po/zh_CN.po
.PHONY: update-po
