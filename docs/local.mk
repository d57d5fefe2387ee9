# SPDX-License-Identifier: GPL-2.0-or-later
# ---- documents ------------------------------------------------------------------------------------------
EXTRA_DIST += docs/architecture.md docs/bluetooth.md docs/matching.md docs/CHANGELOG.md docs/HACKING.md docs/model.md docs/threat-model.md
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
