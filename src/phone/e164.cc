// SPDX-License-Identifier: GPL-2.0-or-later
#include "e164.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <new>
#include <phonenumbers/phonenumberutil.h>
#include <string>

using i18n::phonenumbers::PhoneNumber;
using i18n::phonenumbers::PhoneNumberUtil;

// False: it does not fit.
static bool e164_write(E164 *ret, const PhoneNumberUtil &util, const PhoneNumber &n)
{
        std::string national, region;
        int len;

        util.GetNationalSignificantNumber(n, &national);
        util.GetRegionCodeForNumber(n, &region); // "ZZ" where the number is in no plan
        if (region == "ZZ")
                util.GetRegionCodeForCountryCode(n.country_code(), &region);
        len = snprintf(ret->digits, sizeof ret->digits, "%d%s", n.country_code(), national.c_str());
        if (len < 0 || (size_t)len >= sizeof ret->digits)
                return false;
        ret->valid = util.IsValidNumber(n);
        ret->possible = util.IsPossibleNumber(n);
        // "001": a code of no country
        (void)snprintf(ret->region, sizeof ret->region, "%s",
                       region.size() == 2 ? region.c_str() : "");
        return true;
}

// No exception may reach C.
extern "C" int e164_read(E164 *ret, const char *number, const char *region)
try {
        PhoneNumber n;
        E164 read = {};

        if (strlen(number) > E164_TEXT_MAX)
                return E164_E_NONE;
        const PhoneNumberUtil &util = *PhoneNumberUtil::GetInstance();

        if (util.Parse(number, *region ? region : "ZZ", &n) != PhoneNumberUtil::NO_PARSING_ERROR ||
            !e164_write(&read, util, n))
                return E164_E_NONE;
        *ret = read;
        return 0;
} catch (const std::bad_alloc &) {
        return -ENOMEM;
} catch (...) {
        return E164_E_NONE;
}
