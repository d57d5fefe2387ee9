/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "terms.h"
#include "out.h"

#include <string.h>

static const char *const terms[] = {
        /* Exchange1.State */
        N_("listening"),
        N_("gathering"),
        N_("opening"),
        N_("proving"),
        N_("releasing"),
        N_("delivered"),
        N_("failed"),
        N_("left"),
        /* Exchange1.Level */
        N_("unchecked"),
        N_("proven"),
        N_("compared"),
        N_("vouched"),
        /* Exchange1.Members */
        N_("waiting"),
        N_("named"),
        N_("carded"),
        N_("differs"),
        N_("unproven"),
        N_("apart"),
        N_("refused"),
        /* Manager1.CloudState */
        N_("online"),
        N_("relayed"),
        N_("offline"),
};

const char *term(const char *key)
{
        for (size_t i = 0; key && i < ARRAY_LEN(terms); i++)
                if (strcmp(key, terms[i]) == 0)
                        return _(terms[i]);
        return shown(key);
}
