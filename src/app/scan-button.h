/* SPDX-License-Identifier: GPL-2.0-or-later */
/* scan-button.h - leads to the page that scans, which hands back what it has read to the page of
 * this button; not there where the app is built without */
#pragma once

#include <gtk/gtk.h>

#define SCAN_TYPE_BUTTON (scan_button_get_type())
G_DECLARE_FINAL_TYPE(ScanButton, scan_button, SCAN, BUTTON, GtkButton)
