# SPDX-License-Identifier: GPL-2.0-or-later
# ---- documents ------------------------------------------------------------------------------------------
EXTRA_DIST += docs/architecture.md docs/bluetooth.md docs/matching.md docs/matching-figures.md docs/CHANGELOG.md docs/HACKING.md docs/model.md docs/threat-model.md
dist_man_MANS += docs/huddle.1 docs/huddle-agent.1 docs/huddle-app.1 docs/huddle-photo.1 docs/huddle-cloud.8
EXTRA_DIST += docs/operations.md

# the D-Bus reference
dist_man_MANS += docs/huddled.8 docs/huddled.conf.5
nodist_man_MANS = docs/org.huddle.5
CLEANFILES += docs/org.huddle.5
EXTRA_DIST += docs/render-interface
docs/org.huddle.5: docs/render-interface $(dist_dbusinterfaces_DATA)
	$(AM_V_GEN)$(MKDIR_P) $(@D) && for i in daemon/objects/org.huddle.Manager1 daemon/objects/org.huddle.Exchange1 \
		daemon/objects/org.huddle.Peer1 src/agent/org.huddle.Agent1; do \
		echo $(srcdir)/$$i.xml; \
	done | xargs $(PYTHON) $(srcdir)/docs/render-interface >$@.new && mv $@.new $@

# The pages of docs/po/po4a.cfg in other languages. org.huddle.5 is for programmers and stays English.
EXTRA_DIST += docs/po/po4a.cfg docs/po/update docs/po/zh_CN.awk docs/po/zh_CN.po
docs/zh_CN/done: docs/po/po4a.cfg docs/po/zh_CN.awk docs/po/zh_CN.po $(dist_man_MANS)
	$(AM_V_GEN)rm -rf docs/zh_CN docs/po4a && $(MKDIR_P) docs/zh_CN docs/po4a && \
	$(PO4A) --quiet --no-update --srcdir $(srcdir)/docs --destdir docs/po4a --variable pot=docs/po4a/pages.pot \
		$(srcdir)/docs/po/po4a.cfg && \
	for page in docs/po4a/zh_CN/*; do \
		awk -f $(srcdir)/docs/po/zh_CN.awk $$page >docs/zh_CN/$${page##*/} || exit 1; \
	done && rm -rf docs/po4a && touch $@
clean-local: clean-pages
clean-pages:
	rm -rf docs/zh_CN docs/po4a
install-data-local: install-pages
uninstall-local: uninstall-pages
if PAGES_TRANSLATED
pages_wanted = docs/zh_CN/done
endif
all-local: $(pages_wanted)
install-pages: $(pages_wanted)
	for done in $(pages_wanted); do for page in $${done%/done}/*.[1-9]; do \
		dir=$(DESTDIR)$(mandir)/zh_CN/man$${page##*.}; \
		$(MKDIR_P) $$dir && $(INSTALL_DATA) $$page $$dir || exit 1; \
	done; done
uninstall-pages:
	rm -f $(DESTDIR)$(mandir)/zh_CN/man[1-9]/huddle*.[1-9]
.PHONY: clean-pages install-pages uninstall-pages
