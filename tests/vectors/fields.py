# SPDX-License-Identifier: GPL-2.0-or-later
"""Which strings of the vector files are text; all others are bytes in hex."""

TEXT_FIELDS = {"label", "text", "handle", "number", "part_1", "part_2", "record_number", "phrase", "what", "half", "password",
               "link", "page_link", "words", "join", "cloud"}
