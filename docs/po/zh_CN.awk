# SPDX-License-Identifier: GPL-2.0-or-later
# Makes a page of po4a read well: no space before a full-width mark, lines that may end between any two characters, and the
# sections that mdoc(7) lays out on its own under their names here.
/^\.Os/ {
        print
        print ".mso zh.tmac"
        print ".ds doc-section-name 名称"
        print ".ds doc-section-synopsis 概要"
        print ".ds doc-section-see-also 另见"
        next
}
held != "" {
        print held ($0 ~ /^[。，、；：）！？”…]/ ? " Ns" : "")
        held = ""
}
/^\.(Ar|Cm|Dq|Ev|Fl|Ic|Li|Nm|Op|Pa|Pc|Po|Pq|Ql|Va|Xr) / {
        held = $0
        next
}
{ print }
END {
        if (held != "")
                print held
}
