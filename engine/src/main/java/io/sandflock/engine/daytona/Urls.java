/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.daytona;

import io.sandflock.ErrorCode;
import io.sandflock.ErrorContext;
import io.sandflock.PermanentException;
import java.net.URI;
import java.util.Locale;

/** URLs that the platform names, and that the key is then sent to. */
final class Urls {

    private Urls() {}

    /** The URL without trailing slashes; refused when it would carry the key in the clear although the API's own does not. */
    static URI trusted(URI api, String text) {
        URI url = parsed(text);
        boolean secure = "https".equals(url.getScheme().toLowerCase(Locale.ROOT));
        if (!secure && "https".equalsIgnoreCase(api.getScheme())) {
            throw refused(text, "the API is at " + api + ", and the key would travel in the clear");
        }
        return url;
    }

    static URI parsed(String text) {
        try {
            URI url = URI.create(text.strip().replaceAll("/+$", ""));
            String scheme = url.getScheme() == null ? "" : url.getScheme().toLowerCase(Locale.ROOT);
            if (url.getHost() != null
                    && (scheme.equals("http") || scheme.equals("https"))
                    && url.getRawUserInfo() == null) {
                return url;
            }
        } catch (IllegalArgumentException e) {
            throw refused(text, "it is no URL");
        }
        throw refused(text, "http(s)://host was expected");
    }

    private static PermanentException refused(String text, String why) {
        return new PermanentException(
                ErrorCode.PLATFORM_ERROR,
                "the platform named the URL '" + Failures.excerpt(text.replaceAll("[?].*", "")) + "': " + why,
                ErrorContext.NONE);
    }
}
