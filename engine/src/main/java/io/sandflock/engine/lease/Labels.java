/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.lease;

import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/** The labels that every sandbox of ours carries: whose it is, and until when it may be there. */
public final class Labels {

    /** Who made it, for people and for other tools of Inspect's. */
    public static final String CREATED_BY = "created_by";
    /** The run, hexadecimal. */
    public static final String RUN = "inspect_run_id";
    /** Whose sandboxes a clean-up may touch. */
    public static final String OWNER = "sandflock_owner";
    /** The sample's id, cut to 128 characters. */
    public static final String SAMPLE = "sandflock_sample";
    /** The epoch, from 1. */
    public static final String EPOCH = "sandflock_epoch";
    /** The attempt, from 1. */
    public static final String ATTEMPT = "sandflock_attempt";
    /** When nobody needs it any more, in seconds since 1970: a reaper leaves it alone until then. */
    public static final String EXPIRY = "sandflock_lease";

    private static final Pattern SECONDS = Pattern.compile("[0-9]{1,12}");
    private static final int LONGEST_VALUE = 128;

    private Labels() {}

    /** All of ours over the caller's own. */
    public static Map<String, String> of(
            Map<String, String> callers,
            String owner,
            String run,
            String sample,
            int epoch,
            int attempt,
            Instant expiry) {
        Map<String, String> labels = new HashMap<>(callers);
        labels.put(CREATED_BY, "inspect-ai");
        labels.put(RUN, run);
        labels.put(OWNER, cut(owner));
        labels.put(SAMPLE, cut(sample));
        labels.put(EPOCH, Integer.toString(epoch));
        labels.put(ATTEMPT, Integer.toString(attempt));
        labels.put(EXPIRY, Long.toString(expiry.getEpochSecond()));
        return labels;
    }

    /** What stays the same when a sandbox is asked for once more under its name. */
    static Map<String, String> timeless(Map<String, String> labels) {
        Map<String, String> timeless = new HashMap<>(labels);
        timeless.remove(EXPIRY);
        return timeless;
    }

    /** Until when the sandbox may be there; empty when the labels do not say. */
    public static Optional<Instant> expiry(Map<String, String> labels) {
        String text = labels.getOrDefault(EXPIRY, "");
        return SECONDS.matcher(text).matches()
                ? Optional.of(Instant.ofEpochSecond(Long.parseLong(text)))
                : Optional.empty();
    }

    private static String cut(String value) {
        return value.length() <= LONGEST_VALUE ? value : value.substring(0, LONGEST_VALUE);
    }
}
