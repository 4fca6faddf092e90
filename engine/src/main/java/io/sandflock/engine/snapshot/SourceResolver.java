/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.snapshot;

import io.sandflock.ErrorCode;
import io.sandflock.ErrorContext;
import io.sandflock.PermanentException;
import io.sandflock.RunEvent;
import io.sandflock.TransientException;
import io.sandflock.engine.build.BuildContext;
import io.sandflock.engine.build.ImageInput;
import io.sandflock.engine.build.ImageReader;
import io.sandflock.engine.limit.Time;
import io.sandflock.engine.plan.Base;
import io.sandflock.engine.plan.ImageBuild;
import io.sandflock.engine.platform.CreateSandbox;
import io.sandflock.engine.platform.CreateSandbox.Resources;
import io.sandflock.engine.platform.Platform;
import io.sandflock.engine.platform.Snapshots;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import reactor.core.publisher.Mono;

/**
 * What sandboxes are made from, made sure of: an active snapshot, by name or by content. However many samples, runs and processes ask
 * for the same content, it is uploaded and built once; what was found is believed for a while, and errors are not.
 */
public final class SourceResolver {

    /** A snapshot that was active is not looked at again for 5 minutes; a create says so when it went away meanwhile. */
    private static final Duration BELIEVED = Duration.ofMinutes(5);
    /** Platforms refuse snapshots of images that may change under their name. */
    private static final Pattern FIXED = Pattern.compile(".*(@sha256:[0-9a-f]{64}|:(?!latest$)[^:/@]+)");

    private final Platform platform;
    private final Duration deadline;
    private final String owner;
    private final Time time;
    private final SingleFlight<String, Snapshots.SnapshotInfo> snapshots;
    private final SingleFlight<String, Boolean> uploads;
    private final ConcurrentMap<String, Audience> audiences = new ConcurrentHashMap<>();

    /**
     * @param deadline how long a snapshot may take to become active: pulls and builds take minutes
     * @param owner whose the snapshots are that are created
     */
    public SourceResolver(Platform platform, Duration deadline, String owner, Time time) {
        this.platform = platform;
        this.deadline = deadline;
        this.owner = owner;
        this.time = time;
        this.snapshots = new SingleFlight<>(time, BELIEVED, error -> false);
        this.uploads = new SingleFlight<>(time, Duration.ZERO, error -> false);
    }

    /**
     * Cold; on cancel what others wait for goes on, and ends with the last of them. Errors: INVALID_INPUT for what cannot be read, before
     * anything is sent; NOT_FOUND and SNAPSHOT_FAILED for snapshots, with the end of the build's log; TIMEOUT and UNREACHABLE, transient,
     * when the platform did not get there within the deadline.
     *
     * @param resources what sandboxes from a snapshot that is created may use
     * @param events is told how a snapshot that has to be waited for is getting on, once for each consumer however often it is given
     */
    public Mono<Resolved> resolve(
            Base base, Resources resources, ImageMemory memory, Consumer<? super RunEvent> events) {
        if (base instanceof Base.Snapshot snapshot) {
            return ensured(Wanted.named(snapshot.name()), memory, events);
        }
        if (base instanceof Base.Image image) {
            return ensured(ofImage(image, resources), memory, events);
        }
        if (base instanceof Base.Build build) {
            return memory.inputs()
                    .get(build.build(), ImageReader.read(build.build()))
                    .flatMap(input -> ensured(ofBuild(build.build(), input, resources), memory, events)
                            .map(resolved -> new Resolved(resolved.source(), input.warnings())));
        }
        if (base instanceof Base.DockerDaemon daemon) {
            Mono<Resolved> plain = ensured(ofDaemon(daemon, resources), memory, events);
            return daemon.images().isEmpty()
                    ? plain
                    : withImages(ofDaemonWithImages(daemon, resources), plain, memory, events);
        }
        return Mono.just(new Resolved(new CreateSandbox.Source.Snapshot(null), List.of()));
    }

    /** What a sandbox could not be made from after all, because it went away since it was looked at: looked at again by the next. */
    public void forget(CreateSandbox.Source source) {
        if (source instanceof CreateSandbox.Source.Snapshot snapshot && snapshot.name() != null) {
            snapshots.forget(snapshot.name());
        }
    }

    private Mono<Resolved> ensured(Wanted wanted, ImageMemory memory, Consumer<? super RunEvent> events) {
        return Mono.defer(() -> {
            Optional<PermanentException> failure = memory.failure(wanted.name());
            if (failure.isPresent()) {
                return Mono.error(failure.get());
            }
            audience(wanted).join(events);
            return snapshots
                    .get(wanted.name(), ensuring(wanted))
                    .doOnError(PermanentException.class, error -> remember(wanted, error, memory))
                    .thenReturn(new Resolved(new CreateSandbox.Source.Snapshot(wanted.name()), List.of()));
        });
    }

    private Mono<Resolved> withImages(
            Wanted wanted, Mono<Resolved> plain, ImageMemory memory, Consumer<? super RunEvent> events) {
        return ensured(wanted, memory, events).onErrorResume(PermanentException.class, error -> {
            // Whatever it is, a used-up quota for example: it is not tried again for each sample.
            memory.failed(wanted.name(), error);
            String warning = ServiceImages.warning(error);
            return plain.map(found -> new Resolved(found.source(), List.of(warning)));
        });
    }

    private static void remember(Wanted wanted, PermanentException error, ImageMemory memory) {
        if (error.code() == ErrorCode.SNAPSHOT_FAILED) {
            memory.failed(wanted.name(), error);
        }
    }

    private Audience audience(Wanted wanted) {
        return audiences.computeIfAbsent(wanted.name(), Audience::new);
    }

    private Mono<Snapshots.SnapshotInfo> ensuring(Wanted wanted) {
        return Mono.defer(() -> {
            Audience audience = audience(wanted);
            return new Ensuring(platform.snapshots(), wanted, audience, time)
                    .ensured()
                    .timeout(deadline, Mono.error(() -> slow(wanted, audience)), time.scheduler())
                    .doFinally(signal -> audiences.remove(wanted.name(), audience));
        });
    }

    private TransientException slow(Wanted wanted, Audience audience) {
        return new TransientException(
                ErrorCode.TIMEOUT,
                "the snapshot " + wanted.name() + " was not active within " + deadline.toSeconds() + " s"
                        + (audience.lastState().isEmpty() ? "" : "; it is " + audience.lastState()),
                ErrorContext.NONE,
                null);
    }

    /** As a build, which platforms accept with every tag and which says whose it is. */
    private Wanted ofImage(Base.Image image, Resources resources) {
        String text = "FROM " + image.reference() + "\n";
        return new Wanted(
                SnapshotNames.content(text, "", resources),
                "the image " + image.reference(),
                Mono.fromSupplier(() -> new Snapshots.Source.Build(SnapshotNames.signed(text, owner), List.of())),
                true,
                true,
                resources,
                List.of());
    }

    private Wanted ofBuild(ImageBuild build, ImageInput input, Resources resources) {
        String hash = input.context().map(BuildContext::hash).orElse("");
        return new Wanted(
                SnapshotNames.content(input.dockerfile(), hash, resources),
                "the Dockerfile " + build.dockerfile(),
                uploaded(input),
                true,
                true,
                resources,
                new ArrayList<>(build.args().values()));
    }

    private Mono<Snapshots.Source> uploaded(ImageInput input) {
        String text = SnapshotNames.signed(input.dockerfile(), owner);
        return Mono.justOrEmpty(input.context())
                .flatMap(context -> uploads.get(
                                context.hash(),
                                platform.buildContexts()
                                        .upload(
                                                context.hash(),
                                                context.archive().content(),
                                                context.archive().size()))
                        .<Snapshots.Source>thenReturn(new Snapshots.Source.Build(text, List.of(context.hash()))))
                .defaultIfEmpty(new Snapshots.Source.Build(text, List.of()));
    }

    /** That they are in it saves time; that they are not is no reason to fail a sample: its sandbox pulls. */
    private Wanted ofDaemonWithImages(Base.DockerDaemon daemon, Resources resources) {
        String text = ServiceImages.dockerfile(daemon.image(), daemon.images());
        return new Wanted(
                SnapshotNames.daemonWith(text, resources),
                "the Docker daemon's image " + daemon.image() + " with " + String.join(", ", daemon.images()),
                Mono.fromSupplier(() -> new Snapshots.Source.Build(SnapshotNames.signed(text, owner), List.of())),
                true,
                true,
                resources,
                List.of());
    }

    private Wanted ofDaemon(Base.DockerDaemon daemon, Resources resources) {
        boolean fixed = FIXED.matcher(daemon.image()).matches();
        return new Wanted(
                SnapshotNames.daemon(daemon.image(), resources),
                "the Docker daemon's image " + daemon.image(),
                Mono.just(
                        fixed
                                ? new Snapshots.Source.Image(daemon.image(), List.of())
                                : new Snapshots.Source.Build("FROM " + daemon.image() + "\n", List.of())),
                true,
                !fixed,
                resources,
                List.of());
    }
}
