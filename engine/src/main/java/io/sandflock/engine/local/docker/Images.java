/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local.docker;

import com.fasterxml.jackson.databind.JsonNode;
import io.netty.handler.codec.http.HttpMethod;
import io.sandflock.ErrorCode;
import io.sandflock.ErrorContext;
import io.sandflock.PermanentException;
import io.sandflock.engine.local.ImageSpec;
import io.sandflock.engine.local.UploadedContexts;
import io.sandflock.engine.local.http.Json;
import io.sandflock.engine.local.process.LockFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import java.util.zip.CRC32;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import reactor.util.retry.Retry;

/**
 * The images of snapshots. Each has a tag of the instance's own, {@code sandflock/INSTANCE:NAME}, so that it stays while the snapshot
 * does and goes with it; images that were pulled stay under the name they were pulled by, as with {@code docker run}.
 */
final class Images {

    /** The first part of our tags. */
    static final String REPOSITORY = "sandflock";

    private static final Duration FOR_EVER = Duration.ofDays(10_000);
    private static final int BUILDS_AT_ONCE = 2;
    private static final long BUILD_MEMORY = 8L << 30;
    private static final int BUILD_CPUS = 4;

    /** A build whose client is gone is ended by the engine, and its container removed, a moment later: looked for 40 times 250 ms. */
    private static final long BUILD_ENDS_LOOKS = 40;

    private static final Duration BUILD_ENDS_LOOK = Duration.ofMillis(250);

    /** What the engine's old builder does not know: here-documents, and options of instructions. */
    private static final Pattern NEEDS_BUILDKIT = Pattern.compile(
            "(?im)^\\s*(RUN|COPY|ADD)\\b[^\\n]*(<<-?[\"']?\\w|\\s--(mount|chmod|link|network|security|checksum|keep-git-dir|parents|exclude)\\b)");

    private final EngineClient engine;
    private final LockFile instance;
    private final Map<String, Image> byName = new ConcurrentHashMap<>();
    private final Map<String, Integer> uses = new ConcurrentHashMap<>();
    private final Set<String> removed = ConcurrentHashMap.newKeySet();
    private final Mono<Image> standard;
    private final Turns turns = new Turns(BUILDS_AT_ONCE);

    Images(EngineClient engine, DockerOptions options, LockFile instance) {
        this.engine = engine;
        this.instance = instance;
        // One pull for all who wait; what failed is tried again by the next.
        this.standard = Mono.defer(() -> standard(options.defaultImage()))
                .cache(image -> FOR_EVER, error -> Duration.ZERO, () -> Duration.ZERO);
    }

    /** The image of a snapshot, kept until {@link #release}; the default image when the snapshot is one of the platform's own. */
    Mono<Image> use(String snapshot) {
        return Mono.justOrEmpty(byName.get(snapshot))
                .switchIfEmpty(standard)
                .doOnNext(image -> uses.merge(image.id(), 1, Integer::sum));
    }

    /** A machine of this image is gone; an image whose snapshot is gone goes with its last machine. */
    Mono<Void> release(Image image) {
        return Mono.defer(() -> {
            Integer left = uses.computeIfPresent(image.id(), (id, count) -> count > 1 ? count - 1 : null);
            return left == null && removed.remove(image.id()) ? deleteNameless(image.id()) : Mono.empty();
        });
    }

    /** Removes an image that has no name left: by its id the engine would remove somebody's name with it. */
    private Mono<Void> deleteNameless(String id) {
        return deleteNameless(engine, id);
    }

    static Mono<Void> deleteNameless(EngineClient engine, String id) {
        return engine.call(HttpMethod.GET, "/images/" + id + "/json")
                .filter(json -> json.path("RepoTags").isEmpty()
                        && json.path("RepoDigests").isEmpty())
                .flatMap(json -> delete(engine, id))
                .retryWhen(Retry.fixedDelay(BUILD_ENDS_LOOKS, BUILD_ENDS_LOOK)
                        .filter(Images::isUsedByContainer)
                        .onRetryExhaustedThrow((looks, last) -> last.failure()))
                .onErrorResume(EngineException.class, e -> e.status() == 404 ? Mono.empty() : Mono.error(e));
    }

    private static boolean isUsedByContainer(Throwable refusal) {
        return refusal instanceof EngineException engine
                && engine.status() == 409
                && engine.reason().contains("container");
    }

    private Mono<Image> standard(String reference) {
        return there(reference)
                .onErrorMap(
                        PermanentException.class,
                        e -> new PermanentException(
                                ErrorCode.SNAPSHOT_FAILED,
                                e.reason()
                                        + ". It is what the platform's own snapshots are made from: choose one that the engine has"
                                        + " with --default-image or SANDFLOCK_DEFAULT_IMAGE, or give the sandbox an image or a Dockerfile",
                                ErrorContext.NONE,
                                e));
    }

    private Mono<Image> there(String reference) {
        return inspect(reference)
                .switchIfEmpty(Mono.defer(() -> pull(reference)
                        .then(inspect(reference))
                        .switchIfEmpty(
                                Mono.error(() -> failed("image " + reference + " was pulled and is not there")))));
    }

    /** Empty when the engine does not have it. */
    private Mono<Image> inspect(String reference) {
        return engine.call(HttpMethod.GET, "/images/" + reference + "/json")
                .map(Image::from)
                .onErrorResume(EngineException.class, e -> e.status() == 404 ? Mono.empty() : Mono.error(e));
    }

    /** Makes a snapshot's image usable; what it emits is the log. */
    Flux<String> make(ImageSpec spec, UploadedContexts contexts) {
        return spec.image().map(reference -> pulled(spec, reference)).orElseGet(() -> built(spec, contexts));
    }

    private Flux<String> pulled(ImageSpec spec, String reference) {
        Flux<String> pull = inspect(reference)
                .map(image -> "image " + reference + " is there already\n")
                .flux()
                .switchIfEmpty(Flux.defer(() -> pull(reference)));
        return pull.concatWith(Flux.defer(() -> inspect(reference)
                .switchIfEmpty(Mono.error(() -> failed("image " + reference + " was pulled and is not there")))
                .flatMap(image -> tag(image, spec.name()).thenReturn(image))
                .doOnNext(image -> known(spec.name(), image.withEntrypoint(spec.entrypoint())))
                .thenMany(Flux.empty())));
    }

    private Flux<String> built(ImageSpec spec, UploadedContexts contexts) {
        return Flux.fromIterable(spec.contextHashes())
                .concatMap(contexts::find, 1)
                .collectList()
                .map(tars -> BuildContext.of(spec.dockerfile().orElse(""), tars))
                .flatMapMany(context -> build(spec, context));
    }

    private Flux<String> build(ImageSpec spec, BuildContext context) {
        byte[] labels = Json.bytes(Json.object().put(Containers.INSTANCE, instance.name()));
        String builder = NEEDS_BUILDKIT.matcher(spec.dockerfile().orElse("")).find() ? "2" : "1";
        String path = "/build?version=" + builder + "&rm=true&forcerm=true&t=" + Containers.query(tagOf(spec.name()))
                + "&dockerfile="
                + Containers.query(context.dockerfile()) + "&labels="
                + Containers.query(new String(labels, StandardCharsets.UTF_8)) + "&memory=" + BUILD_MEMORY
                + "&memswap=" + BUILD_MEMORY + "&cpuperiod=100000&cpuquota=" + BUILD_CPUS * 100_000;
        Flux<String> log = Flux.usingWhen(
                Mono.fromSupplier(() -> new BuildLog(spec.name())),
                reader -> engine.stream(HttpMethod.POST, path, context.tar()).concatMap(line -> said(reader, line), 1),
                this::stages,
                (reader, error) -> leavings(reader),
                this::leavings);
        return turns.many(log)
                .concatWith(Flux.defer(() -> inspect(tagOf(spec.name()))
                        .switchIfEmpty(
                                Mono.error(() -> failed("the image of " + spec.name() + " was built and is not there")))
                        .doOnNext(image -> known(spec.name(), image))
                        .thenMany(Flux.empty())))
                .onErrorMap(
                        EngineException.class,
                        e -> failed("the image of " + spec.name() + " could not be built: " + e.reason()));
    }

    /** The line's text, once whoever comes after this JVM's death can know the image that it tells of. */
    private Mono<String> said(BuildLog reader, JsonNode line) {
        Optional<String> before = reader.lastOwn();
        Mono<String> text = Mono.justOrEmpty(reader.text(line));
        return reader.lastOwn()
                .filter(made -> !before.equals(Optional.of(made)))
                .map(made -> noted(made).then(text))
                .orElse(text);
    }

    private Mono<Void> noted(String image) {
        return Mono.<Void>fromCallable(() -> {
                    instance.note(image);
                    return null;
                })
                .subscribeOn(Schedulers.boundedElastic())
                .onErrorMap(
                        IOException.class,
                        e -> failed("the images of a build cannot be noted in the state folder: " + e.getMessage()));
    }

    /** Images of stages that the last one is not made from, but only has files of: nothing else would ever remove them. */
    private Mono<Void> stages(BuildLog log) {
        return Flux.fromIterable(log.stages())
                .concatMap(stage -> deleteNameless(stage).onErrorComplete(EngineException.class), 1)
                .then();
    }

    /** The last image of a build that failed or was given up, and with it those below that nobody else uses. */
    private Mono<Void> leavings(BuildLog log) {
        return Mono.justOrEmpty(log.lastOwn()).flatMap(this::deleteNameless).onErrorComplete(EngineException.class);
    }

    private void known(String name, Image image) {
        removed.remove(image.id());
        byName.put(name, image);
    }

    private Flux<String> pull(String reference) {
        String last = reference.substring(reference.lastIndexOf('/') + 1);
        int colon = last.contains("@") ? -1 : reference.lastIndexOf(':');
        boolean tagged = last.contains(":") && colon >= 0;
        String name = tagged ? reference.substring(0, colon) : reference;
        String tag = tagged ? reference.substring(colon + 1) : last.contains("@") ? "" : "latest";
        String path = "/images/create?fromImage=" + Containers.query(name) + "&tag=" + Containers.query(tag);
        return engine.stream(HttpMethod.POST, path, null)
                .concatMap(line -> Mono.justOrEmpty(progress(reference, line)), 1)
                .onErrorMap(
                        EngineException.class,
                        e -> failed("image " + reference + " could not be pulled: " + e.getMessage()));
    }

    private static @org.jspecify.annotations.Nullable String progress(String reference, JsonNode line) {
        if (line.has("error")) {
            throw failed("image " + reference + " could not be pulled: "
                    + line.path("error").asText());
        }
        // A bar's every step is no news.
        if (line.path("progressDetail").size() > 0) {
            return null;
        }
        String id = line.path("id").asText("");
        return (id.isEmpty() ? "" : id + ": ") + line.path("status").asText("") + "\n";
    }

    private Mono<Void> tag(Image image, String name) {
        String tag = tagOf(name);
        int colon = tag.lastIndexOf(':');
        return engine.call(
                        HttpMethod.POST,
                        "/images/" + image.id() + "/tag?repo=" + Containers.query(tag.substring(0, colon)) + "&tag="
                                + tag.substring(colon + 1))
                .then();
    }

    /** A tag that the engine takes, and that tells names apart which it would not. */
    private String tagOf(String name) {
        CRC32 sum = new CRC32();
        sum.update(name.getBytes(StandardCharsets.UTF_8));
        String plain = name.replaceAll("[^A-Za-z0-9_.-]", "-").replaceAll("^[.-]+", "");
        String hash = HexFormat.of().toHexDigits(sum.getValue()).substring(8);
        return REPOSITORY + "/" + instance.name() + ":" + plain.substring(0, Math.min(plain.length(), 100)) + "-"
                + hash;
    }

    /** Forgets a snapshot; its image goes when no machine uses it. */
    Mono<Void> remove(String name) {
        return Mono.defer(() -> {
            Image image = byName.remove(name);
            if (image == null) {
                return Mono.empty();
            }
            if (uses.containsKey(image.id())) {
                removed.add(image.id());
            }
            return delete(tagOf(name));
        });
    }

    /** Removes all tags of the instance's. */
    Mono<Void> closeLater() {
        return Flux.defer(() -> Flux.fromIterable(List.copyOf(byName.keySet())))
                .concatMap(this::remove, 1)
                .then();
    }

    /** Removes a tag, and the image with its last one. */
    private Mono<Void> delete(String reference) {
        return delete(engine, reference);
    }

    static Mono<Void> delete(EngineClient engine, String reference) {
        return engine.call(HttpMethod.DELETE, "/images/" + reference + "?force=true")
                .onErrorResume(EngineException.class, e -> e.status() == 404 ? Mono.empty() : Mono.error(e))
                .then();
    }

    private static PermanentException failed(String reason) {
        return new PermanentException(ErrorCode.SNAPSHOT_FAILED, reason, ErrorContext.NONE);
    }
}
