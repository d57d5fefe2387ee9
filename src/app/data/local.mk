# SPDX-License-Identifier: GPL-2.0-or-later
# ---- src/app/data: how desktops find the app, and its icons
app_data_in = \
	src/app/data/org.huddle.App.desktop.in \
	src/app/data/org.huddle.App.metainfo.xml.in \
	src/app/data/org.huddle.App.service.in
app_icons = src/app/data/org.huddle.App.svg src/app/data/org.huddle.App-symbolic.svg
app_data = $(app_data_in:.in=)
EXTRA_DIST += $(app_data_in) $(app_icons)
CLEANFILES += $(app_data)

app_data_sed = sed -e 's|[@]bindir[@]|$(bindir)|g' -e 's|[@]VERSION[@]|$(VERSION)|g' -e 's|[@]HOMEPAGE[@]|$(HOMEPAGE)|g' \
	$(app_pictures_sed)
# software centres fetch pictures from an address, which only who publishes Huddle knows
if PUBLISHED
app_pictures_sed = -e '/<!-- .*pictures/d'
else
app_pictures_sed = -e '/<!-- pictures/,/<!-- end of pictures/d'
endif
# their names, descriptions and keywords in every language that is translated; $$1: the format
app_data_translate = translate() { \
		plain=$(@D)/plain-$(@F) && $(app_data_sed) $(srcdir)/$@.in >$$plain && \
		if test -n '$(MSGFMT)'; then $(MSGFMT) $$1 -d $(srcdir)/src/po --template=$$plain -o $@.new; \
		else cp $$plain $@.new; fi && rm -f $$plain && mv $@.new $@; \
	}; translate
src/app/data/org.huddle.App.metainfo.xml: src/app/data/org.huddle.App.metainfo.xml.in $(po_files) Makefile
	$(AM_V_GEN)$(MKDIR_P) $(@D) && $(app_data_translate) --xml
src/app/data/org.huddle.App.desktop: src/app/data/org.huddle.App.desktop.in $(po_files) Makefile
	$(AM_V_GEN)$(MKDIR_P) $(@D) && $(app_data_translate) --desktop

if APP
desktopdir = $(datadir)/applications
nodist_desktop_DATA = src/app/data/org.huddle.App.desktop
metainfodir = $(datadir)/metainfo
nodist_metainfo_DATA = src/app/data/org.huddle.App.metainfo.xml
activation_user += src/app/data/org.huddle.App.service
scalableiconsdir = $(datadir)/icons/hicolor/scalable/apps
dist_scalableicons_DATA = src/app/data/org.huddle.App.svg
symboliciconsdir = $(datadir)/icons/hicolor/symbolic/apps
dist_symbolicicons_DATA = src/app/data/org.huddle.App-symbolic.svg
endif
