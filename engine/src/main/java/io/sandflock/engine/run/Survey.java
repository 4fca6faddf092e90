/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.run;

import io.sandflock.engine.lease.Labels;
import io.sandflock.engine.platform.SandboxInfo;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What becomes of the sandboxes that a resumed run finds.
 *
 * @param adopted by the number of the job that goes on in it
 * @param removed those that are of no use: something may have been begun in them
 * @param lost names that were asked for and are not to be found
 */
record Survey(Map<Integer, Past> adopted, List<SandboxInfo> removed, List<String> lost) {

    /** Of a run that begins. */
    static final Survey NONE = new Survey(Map.of(), List.of(), List.of());

    /**
     * A sandbox is adopted when its job still has no outcome, the attempt is its job's last, and its task cannot have begun: the
     * journal would say so, unless the machine went down since. Everything else is removed.
     *
     * @param most how many may be adopted
     * @param keep whether sandboxes of finished jobs stay
     */
    static Survey of(List<SandboxInfo> found, History history, int most, boolean keep) {
        Map<String, Intended> open = new HashMap<>();
        history.open().forEach(intended -> open.put(intended.name(), intended));
        Map<Integer, Past> adopted = new LinkedHashMap<>();
        List<SandboxInfo> removed = new ArrayList<>();
        for (SandboxInfo sandbox : found) {
            Intended intended = open.remove(sandbox.name());
            if (intended != null && adopted.size() < most && isFresh(sandbox, intended, history, adopted)) {
                adopted.put(intended.job(), history.past(intended, sandbox));
            } else if (!keep || intended == null || intended.job() < 0 || !history.isFinished(intended.job())) {
                removed.add(sandbox);
            }
        }
        return new Survey(adopted, removed, List.copyOf(open.keySet()));
    }

    private static boolean isFresh(
            SandboxInfo sandbox, Intended intended, History history, Map<Integer, Past> adopted) {
        return history.isComplete()
                && !intended.begun()
                && intended.job() >= 0
                && !history.isFinished(intended.job())
                && !adopted.containsKey(intended.job())
                && history.isLatest(intended)
                && !sandbox.state().isDeadEnd()
                && sandbox.labels().getOrDefault(Labels.ATTEMPT, "").equals(Integer.toString(intended.attempt()));
    }
}
