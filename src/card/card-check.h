/* SPDX-License-Identifier: GPL-2.0-or-later */
/* card-check.h - whether a field and a value that a person typed can be of a card */
#pragma once

typedef enum CardFault {
        CARD_FAULT_NONE,
        CARD_FAULT_NAME, /* vCards have no such property */
        CARD_FAULT_TYPE, /* a type is letters, digits and dashes */
        CARD_FAULT_DATE,
        CARD_FAULT_EMAIL,
        CARD_FAULT_GENDER,
        CARD_FAULT_KIND,
        CARD_FAULT_LANGUAGE,
        CARD_FAULT_MEDIA,
        CARD_FAULT_PHONE,
        CARD_FAULT_PLACE,
        CARD_FAULT_URI,
} CardFault;

/* field: a property, or "TEL/work", a property and a type. value: in vCard 4.0 form; an empty one
 * has no fault. What reading would take is not refused for its looks: a number needs a digit, an
 * address an @. */
CardFault card_check(const char *field, const char *value);
