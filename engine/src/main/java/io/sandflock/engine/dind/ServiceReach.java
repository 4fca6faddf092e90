/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.dind;

import io.sandflock.ErrorCode;
import io.sandflock.ErrorContext;
import io.sandflock.ExecRequest;
import io.sandflock.ExecResult;
import io.sandflock.ExecResult.Output;
import io.sandflock.PermanentException;
import io.sandflock.SandboxUnavailableException;
import io.sandflock.SandflockException;
import io.sandflock.TransientException;
import io.sandflock.engine.dind.UpReport.Container;
import io.sandflock.engine.exec.Commands;
import io.sandflock.engine.exec.Reach;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import reactor.core.publisher.Mono;

/** The way from a sandbox into a service's container, and what to say of one that is not there any more. */
final class ServiceReach implements Reach {

    private static final Duration LOOK = Duration.ofSeconds(30);

    private final Container container;
    private final Commands sandbox;

    /** @param sandbox runs what is to be run beside the container */
    ServiceReach(Container container, Commands sandbox) {
        this.container = container;
        this.sandbox = sandbox;
    }

    @Override
    public List<String> words(ExecRequest request, List<String> variables) {
        List<String> words = new ArrayList<>(List.of("docker", "exec", "-i"));
        request.user().ifPresent(user -> words.add("--user=" + user));
        variables.forEach(variable -> words.addAll(List.of("-e", variable)));
        words.add(container.id());
        request.user()
                .ifPresent(user -> words.addAll(List.of("/bin/sh", "-c", Programs.PROFILE, "sandflock-profile", user)));
        return words;
    }

    @Override
    public Mono<ExecResult> notReached(ExecRequest request, int exitCode, String said, ErrorContext context) {
        return look(request.user().orElse(""), context).flatMap(docker -> {
            // As in a sandbox that is one environment: a failed result which names the user.
            if (docker.contains("unable to find user") || docker.contains("no matching entries in")) {
                return Mono.just(new ExecResult(126, Output.EMPTY, message(docker), Duration.ZERO));
            }
            String why = said.isEmpty() ? docker : said;
            return Mono.error(() -> new PermanentException(
                    ErrorCode.EXEC_FAILED,
                    "the command was not begun in the service " + container.service() + ": "
                            + (why.isEmpty() ? "docker exec ended with code " + exitCode : why)
                            + "; a service needs /bin/sh",
                    context));
        });
    }

    /** Completes when the container runs; else errors with what became of it. */
    Mono<Void> alive(ErrorContext context) {
        return look("", context).then();
    }

    /** What docker says of a user's command in the container; errors when that does not run any more. */
    private Mono<String> look(String user, ErrorContext context) {
        ExecRequest look = ExecRequest.builder(
                        List.of("/bin/sh", "-c", Programs.LOOK, "sandflock-look", container.id(), user))
                .timeout(LOOK)
                .build();
        return sandbox.exec(look)
                .map(result -> result.stdout().text())
                .flatMap(text -> text.startsWith("running ")
                        ? Mono.just(
                                text.substring(Math.max(0, text.indexOf('\n'))).strip())
                        : Mono.error(() -> gone(text, context)));
    }

    private SandflockException gone(String text, ErrorContext context) {
        int end = text.indexOf('\n');
        String[] words = (end < 0 ? text : text.substring(0, end)).split(" ");
        String log = end < 0 ? "" : text.substring(end + 1).strip();
        if (words[0].equals("daemon")) {
            return new TransientException(
                    ErrorCode.UNREACHABLE,
                    "the Docker daemon in the sandbox does not answer; was it killed?",
                    context,
                    null);
        }
        boolean memory = words.length > 2 && words[2].equals("true");
        return new SandboxUnavailableException(
                words[0],
                "the service " + container.service() + " is not running any more: it "
                        + (words.length < 2 || words[0].equals("removed")
                                ? "was removed"
                                : words[0] + " with code " + words[1])
                        + (memory ? ", killed for want of memory" : "")
                        + (log.isEmpty() ? "" : "; its log ends with:\n" + log + "\n"),
                context,
                null);
    }

    private static Output message(String text) {
        byte[] bytes = (text + "\n").getBytes(StandardCharsets.UTF_8);
        return new Output(bytes, bytes.length);
    }
}
