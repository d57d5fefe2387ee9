# SPDX-License-Identifier: GPL-2.0-or-later
# ---- systemd, D-Bus -------------------------------------------------------------------------------------
SUFFIXES = .service.in .service
.service.in.service:
	$(AM_V_GEN)$(MKDIR_P) $(@D) && sed -e 's|[@]bindir[@]|$(bindir)|g' -e 's|[@]libexecdir[@]|$(libexecdir)|g' \
		-e 's|[@]pkgdatadir[@]|$(pkgdatadir)|g' $< >$@

units_system = systemd/system/huddle-cloud.service systemd/system/huddle-cloud@.service systemd/system/huddled.service
# a node of several on one machine: the same service with a configuration of its own
systemd/system/huddle-cloud@.service: systemd/system/huddle-cloud.service
	$(AM_V_GEN)sed -e 's|^Description=.*|Description=Huddle cloud, node %i|' -e 's|^After=.*|& postgresql.service|' \
		-e 's|huddle-cloud serve$$|huddle-cloud --config %E/huddle-cloud/%i.conf serve|' $< >$@
if GUESTS
units_system += systemd/system/huddle-pages.service
endif
units_user = systemd/user/huddle-agent.service systemd/user/huddled.service
activation_system = systemd/system/org.huddle.service
activation_user = systemd/user/org.huddle.Agent.service systemd/user/org.huddle.service

nodist_systemdsystemunit_DATA = $(units_system)
dist_systemdsystemunit_DATA = systemd/system/huddle-cloud-admin.socket systemd/system/huddle-cloud.socket
nodist_systemduserunit_DATA = $(units_user)
nodist_dbussystemservices_DATA = $(activation_system)
nodist_dbussessionservices_DATA = $(activation_user)
dist_dbuspolicy_DATA = systemd/system/org.huddle.conf
dist_dbusinterfaces_DATA = \
	daemon/objects/org.huddle.Exchange1.xml \
	daemon/objects/org.huddle.Manager1.xml \
	daemon/objects/org.huddle.Peer1.xml \
	src/agent/org.huddle.Agent1.xml
# one file a package: huddle-cloud alone has its own user and directories
dist_sysusers_DATA = systemd/sysusers.d/huddle.conf systemd/sysusers.d/huddle-cloud.conf
# what "journalctl --catalog" says of src/base/events.h; after an installation by hand: journalctl --update-catalog
dist_catalog_DATA = \
	systemd/catalog/huddle.catalog \
	systemd/catalog/huddle.zh_CN.catalog \
	systemd/catalog/huddle-cloud.catalog \
	systemd/catalog/huddle-cloud.zh_CN.catalog
dist_tmpfiles_DATA = systemd/tmpfiles.d/huddle.conf systemd/tmpfiles.d/huddle-cloud.conf
CLEANFILES += $(units_system) $(units_user) $(activation_system) $(activation_user)
EXTRA_DIST += \
	systemd/system/huddle-cloud.service.in \
	systemd/system/huddle-pages.service.in \
	systemd/system/huddled.service.in \
	systemd/system/org.huddle.service.in \
	systemd/user/huddle-agent.service.in \
	systemd/user/huddled.service.in \
	systemd/user/org.huddle.Agent.service.in \
	systemd/user/org.huddle.service.in

# ---- Debian packages
# make deb: from the tarball that "make dist" makes; everything is left in ./deb
EXTRA_DIST += systemd/debian
deb: dist
	@env -u MAKEFLAGS -u MAKELEVEL -u MFLAGS DEB_BUILD_OPTIONS='$(DEB_BUILD_OPTIONS)' \
		$(srcdir)/systemd/build-deb $(distdir).tar.xz deb
EXTRA_DIST += systemd/build-deb
clean-local: clean-deb
clean-deb:
	rm -rf deb
.PHONY: deb clean-deb
