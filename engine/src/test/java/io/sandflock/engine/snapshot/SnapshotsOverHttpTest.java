/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.snapshot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.sandflock.ErrorCode;
import io.sandflock.RunEvent;
import io.sandflock.SandflockException;
import io.sandflock.engine.daytona.DaytonaPlatform;
import io.sandflock.engine.daytona.DaytonaSettings;
import io.sandflock.engine.limit.Time;
import io.sandflock.engine.local.Fault;
import io.sandflock.engine.local.simulated.BuildScript;
import io.sandflock.engine.plan.Base;
import io.sandflock.engine.plan.ImageBuild;
import io.sandflock.engine.platform.CreateSandbox;
import io.sandflock.engine.platform.CreateSandbox.Resources;
import io.sandflock.engine.platform.Snapshots.SnapshotInfo;
import io.sandflock.engine.platform.Snapshots.State;
import io.sandflock.engine.testing.ApiClient;
import io.sandflock.engine.testing.TestPlatform;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/** Snapshots of builds over the wire, in every state that one can be found in. */
class SnapshotsOverHttpTest {

    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private volatile BuildScript builds = BuildScript.SUCCEEDS;
    private volatile Duration buildTime = Duration.ZERO;

    @RegisterExtension
    final TestPlatform server = TestPlatform.create()
            .simulated(
                    options -> options.withBuilds(image -> builds.build(image).in(buildTime)));

    @TempDir
    private Path folder;

    private final Queue<RunEvent> events = new ConcurrentLinkedQueue<>();
    private final java.util.function.Consumer<RunEvent> listener = events::add;
    private DaytonaPlatform client;
    private SourceResolver resolver;
    private ImageMemory memory;

    @BeforeEach
    void connect() throws IOException {
        client = client();
        resolver = resolver(client, PATIENCE);
        memory = ImageMemory.ofRun(Time.system());
        write("Dockerfile", "FROM debian\nCOPY app /app\n");
        write("app/main.py", "print('hello')\n");
    }

    @AfterEach
    void disconnect() {
        client.closeLater().block(PATIENCE);
    }

    private DaytonaPlatform client() {
        return DaytonaPlatform.create(
                DaytonaSettings.of(io.sandflock.Secret.of(server.key())).withUrl(server.url()));
    }

    private static SourceResolver resolver(DaytonaPlatform platform, Duration deadline) {
        return new SourceResolver(platform, deadline, "me@here", Time.system());
    }

    private void write(String name, String text) throws IOException {
        Path file = folder.resolve(name);
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
    }

    private Base dockerfile() {
        return new Base.Build(ImageBuild.of(folder.resolve("Dockerfile")));
    }

    private Mono<String> ensured(SourceResolver with, Base base) {
        return with.resolve(base, Resources.DEFAULT, memory, listener)
                .map(resolved -> ((CreateSandbox.Source.Snapshot) resolved.source()).name());
    }

    private String ensure() {
        return ensured(resolver, dockerfile()).block(PATIENCE);
    }

    private SandflockException failure(Mono<?> of) {
        return catchThrowableOfType(SandflockException.class, () -> of.block(PATIENCE));
    }

    private SnapshotInfo snapshot(String name) {
        return client.snapshots().get(name).block(PATIENCE);
    }

    private List<String> states() {
        return events.stream()
                .filter(RunEvent.SnapshotProgress.class::isInstance)
                .map(RunEvent.SnapshotProgress.class::cast)
                .filter(progress -> progress.log().isEmpty())
                .map(RunEvent.SnapshotProgress::state)
                .toList();
    }

    private String log() {
        return events.stream()
                .filter(RunEvent.SnapshotProgress.class::isInstance)
                .map(event -> ((RunEvent.SnapshotProgress) event).log())
                .reduce("", String::concat);
    }

    @Test
    void aThousandThatAskAtOnceHaveItUploadedAndBuiltOnce() {
        buildTime = Duration.ofMillis(300);
        List<String> names = Flux.range(0, 1_000)
                .flatMap(i -> ensured(resolver, dockerfile()).subscribeOn(Schedulers.parallel()), 1_000, 1)
                .collectList()
                .block(PATIENCE);
        assertThat(names).hasSize(1_000);
        assertThat(names.stream().distinct()).singleElement().asString().matches("sandflock-[0-9a-f]{12}");
        assertThat(server.platform().counters().uploads()).isEqualTo(1);
        assertThat(server.platform().counters().snapshots()).isEqualTo(1);
        assertThat(server.platform().counters().requests("snapshot.create")).isEqualTo(1);
        assertThat(states()).startsWith("pending").endsWith("active");
        assertThat(log()).contains("simulated build of ").contains("done");
    }

    @Test
    void processesThatDoNotKnowOfEachOtherEndUpWithOneSnapshotAndOneUpload() {
        buildTime = Duration.ofMillis(500);
        List<DaytonaPlatform> clients = List.of(client(), client(), client(), client());
        try {
            List<String> names = Flux.fromIterable(clients)
                    .flatMap(
                            platform -> ensured(resolver(platform, PATIENCE), dockerfile())
                                    .subscribeOn(Schedulers.parallel()),
                            4,
                            1)
                    .collectList()
                    .block(PATIENCE);
            assertThat(names.stream().distinct()).hasSize(1);
        } finally {
            clients.forEach(platform -> platform.closeLater().block(PATIENCE));
        }
        assertThat(server.platform().counters().uploads()).isEqualTo(1);
        assertThat(server.platform().counters().snapshots()).isEqualTo(1);
    }

    @Test
    void whatIsActiveIsUsedAndNothingIsUploaded() {
        ensure();
        assertThat(ensured(resolver(client, PATIENCE), dockerfile()).block(PATIENCE))
                .isEqualTo(ensure());
        assertThat(server.platform().counters().requests("storage.head")).isEqualTo(1);
        assertThat(server.platform().counters().requests("snapshot.create")).isEqualTo(1);
    }

    @Test
    void everyPartOfTheContentIsInTheName() throws IOException {
        String first = ensure();
        write("app/main.py", "print('goodbye')\n");
        String other =
                ensured(resolver, dockerfile()).contextWrite(context -> context).block(PATIENCE);
        assertThat(other).as("a run keeps what it read first").isEqualTo(first);
        memory = ImageMemory.ofRun(Time.system());
        assertThat(ensure()).isNotEqualTo(first);
        Resources large =
                new Resources(OptionalInt.of(4), OptionalInt.empty(), OptionalInt.empty(), OptionalInt.empty());
        assertThat(resolver.resolve(dockerfile(), large, memory, listener)
                        .block(PATIENCE)
                        .source())
                .isNotEqualTo(new CreateSandbox.Source.Snapshot(ensure()));
        ImageBuild build = ImageBuild.of(folder.resolve("Dockerfile"));
        Base withArgs =
                new Base.Build(new ImageBuild(build.context(), build.dockerfile(), Map.of("X", "1"), Optional.empty()));
        assertThat(ensured(resolver, withArgs).block(PATIENCE))
                .as("an argument that nobody uses changes nothing")
                .isEqualTo(ensure());
    }

    @Test
    void anInactiveOneIsActivated() {
        String name = ensure();
        deactivate(name);
        assertThat(ensured(resolver(client, PATIENCE), dockerfile()).block(PATIENCE))
                .isEqualTo(name);
        assertThat(snapshot(name).state()).isEqualTo(State.ACTIVE);
        assertThat(server.platform().counters().requests("snapshot.activate")).isEqualTo(1);
    }

    @Test
    void oneThatSomebodyElseActivatesIsUsed() {
        String name = ensure();
        deactivate(name);
        server.faults().once("snapshot.activate", new Fault.BadGateway(true));
        assertThat(ensured(resolver(client, PATIENCE), dockerfile()).block(PATIENCE))
                .isEqualTo(name);
    }

    @Test
    void oneThatFailedBeforeIsReplacedOnce() {
        String name = failedEarlier();
        builds = BuildScript.SUCCEEDS;
        long before = server.platform().counters().requests("snapshot.delete");
        assertThat(ensured(resolver(client, PATIENCE), dockerfile()).block(PATIENCE))
                .isEqualTo(name);
        assertThat(snapshot(name).state()).isEqualTo(State.ACTIVE);
        assertThat(server.platform().counters().requests("snapshot.delete") - before)
                .isEqualTo(1);
    }

    @Test
    void oneThatFailsAgainIsNotReplacedAgain() {
        failedEarlier();
        long before = server.platform().counters().snapshots();
        SandflockException error = failure(ensured(resolver(client, PATIENCE), dockerfile()));
        assertThat(error.code()).isEqualTo(ErrorCode.SNAPSHOT_FAILED);
        assertThat(server.platform().counters().snapshots() - before).isEqualTo(1);
    }

    /** Somebody's build of the same content, whose failure is still there. */
    private String failedEarlier() {
        builds = BuildScript.fails("exit code: 100", "no network\n");
        String name = ensured(resolver, dockerfile())
                .onErrorResume(error -> Mono.just(nameIn(error)))
                .block(PATIENCE);
        ApiClient.of(server.url(), server.key())
                .send(
                        "POST",
                        "/snapshots",
                        "{\"name\":\"" + name + "\",\"buildInfo\":{\"dockerfileContent\":\"FROM x\"}}");
        Flux.defer(() -> client.snapshots().get(name))
                .repeatWhen(again -> again.delayElements(Duration.ofMillis(20)))
                .takeUntil(info -> info.state() == State.BUILD_FAILED)
                .blockLast(PATIENCE);
        memory = ImageMemory.ofRun(Time.system());
        return name;
    }

    private static String nameIn(Throwable error) {
        return String.valueOf(error.getMessage()).replaceFirst("(?s).*(sandflock-[0-9a-f]{12}).*", "$1");
    }

    @Test
    void aBuildThatFailsSaysWhyAndWhatItsLogEndedWith() {
        AtomicInteger built = new AtomicInteger();
        builds = image -> {
            built.incrementAndGet();
            return BuildScript.fails("exit code: 100", "step 1\n", "E: no package ", "nonesuch\n")
                    .build(image);
        };
        SandflockException error = failure(ensured(resolver, dockerfile()));
        assertThat(error.code()).isEqualTo(ErrorCode.SNAPSHOT_FAILED);
        assertThat(error)
                .hasMessageContaining("Dockerfile " + folder.resolve("Dockerfile"))
                .hasMessageContaining("build_failed, because exit code: 100")
                .hasMessageContaining("log ends with\nstep 1\nE: no package nonesuch");
        assertThat(log()).contains("E: no package nonesuch\n");
        assertThat(server.platform().counters().requests("snapshot.delete"))
                .as("what failed is not left behind")
                .isEqualTo(1);
        assertThat(failure(ensured(resolver, dockerfile()))).as("the run knows").hasMessage(error.getMessage());
        assertThat(built).hasValue(1);
    }

    @Test
    void buildArgumentsAreMaskedInLogsAndErrors() throws IOException {
        write("Dockerfile", "FROM debian\nARG TOKEN\nRUN curl $TOKEN\n");
        builds = BuildScript.fails("curl tok-12345 failed", "Step 2/3 : ARG TOKEN='tok-12345'\n", "no tok-", "12345\n");
        ImageBuild build = ImageBuild.of(folder.resolve("Dockerfile"));
        SandflockException error = failure(ensured(
                resolver,
                new Base.Build(new ImageBuild(
                        build.context(), build.dockerfile(), Map.of("TOKEN", "tok-12345"), Optional.empty()))));
        assertThat(error.getMessage() + log())
                .doesNotContain("tok-12345")
                .contains("ARG TOKEN='***'")
                .contains("no ***");
    }

    @Test
    void aCreateWhoseAnswerIsLostIsAdopted() {
        buildTime = Duration.ofMillis(100);
        server.faults().once("snapshot.create", new Fault.BadGateway(true));
        assertThat(snapshot(ensure()).state()).isEqualTo(State.ACTIVE);
        assertThat(server.platform().counters().snapshots()).isEqualTo(1);
    }

    @Test
    void oneThatIsDeletedWhileItIsWaitedForIsCreatedAgain() {
        buildTime = Duration.ofHours(1);
        ApiClient api = ApiClient.of(server.url(), server.key());
        Mono<String> ensured = ensured(resolver, dockerfile());
        String name = ensured.doOnSubscribe(subscription -> Flux.interval(Duration.ofMillis(20))
                        .filter(tick -> server.platform().counters().snapshots() == 1)
                        .next()
                        .publishOn(Schedulers.boundedElastic())
                        .subscribe(tick -> {
                            buildTime = Duration.ZERO;
                            String id = api.send("GET", "/snapshots?limit=200")
                                    .json()
                                    .path("items")
                                    .findParents("buildInfo")
                                    .get(0)
                                    .path("id")
                                    .asText();
                            api.send("DELETE", "/snapshots/" + id);
                        }))
                .block(PATIENCE);
        assertThat(snapshot(name).state()).isEqualTo(State.ACTIVE);
        assertThat(server.platform().counters().snapshots()).isEqualTo(2);
    }

    @Test
    void oneThatTakesTooLongIsGivenUpInWords() {
        buildTime = Duration.ofHours(1);
        // Long enough for a busy machine to have looked at it once.
        SandflockException error = failure(ensured(resolver(client, Duration.ofSeconds(5)), dockerfile()));
        assertThat(error.code()).isEqualTo(ErrorCode.TIMEOUT);
        assertThat(error).hasMessageContaining("not active within 5 s; it is ");
    }

    @Test
    void anUploadIsTriedAgainAndARefusedOneIsAnError() {
        server.faults().once("storage.put", new Fault.Reset(false)).once("storage.head", new Fault.BadGateway(false));
        assertThat(snapshot(ensure()).state()).isEqualTo(State.ACTIVE);
        server.faults().times(100, "storage.head", new Fault.Refusal(400, "no"));
        memory = ImageMemory.ofRun(Time.system());
        SandflockException error = failure(resolver.resolve(
                dockerfile(),
                new Resources(OptionalInt.of(2), OptionalInt.empty(), OptionalInt.empty(), OptionalInt.empty()),
                memory,
                listener));
        assertThat(error.code()).isEqualTo(ErrorCode.INVALID_INPUT);
    }

    @Test
    void aStorageThatDoesNotKnowTheConditionIsUploadedToWithoutIt() {
        server.faults().once("storage.put", new Fault.Refusal(501, "NotImplemented"));
        assertThat(snapshot(ensure()).state()).isEqualTo(State.ACTIVE);
        assertThat(server.platform().counters().uploads()).isEqualTo(1);
    }

    @Test
    void aFileThatChangesAfterItWasReadIsAnErrorAndNoSnapshot() throws IOException {
        ensured(resolver, dockerfile())
                .timeout(Duration.ofNanos(1), Mono.empty())
                .block(PATIENCE);
        ImageMemory own = ImageMemory.ofRun(Time.system());
        own.inputs()
                .get(
                        ImageBuild.of(folder.resolve("Dockerfile")),
                        io.sandflock.engine.build.ImageReader.read(ImageBuild.of(folder.resolve("Dockerfile"))))
                .block(PATIENCE);
        write("app/main.py", "print('HELLO')\n");
        SandflockException error = failure(resolver.resolve(dockerfile(), Resources.DEFAULT, own, listener));
        assertThat(error.code()).isEqualTo(ErrorCode.INVALID_INPUT);
        assertThat(error).hasMessageContaining("main.py").hasMessageContaining("was changed while");
    }

    @Test
    void anImageIsASnapshotWhateverItsTag() {
        String latest = ensured(resolver, new Base.Image("python")).block(PATIENCE);
        String fixed = ensured(resolver, new Base.Image("python:3.12")).block(PATIENCE);
        assertThat(latest).isNotEqualTo(fixed);
        assertThat(snapshot(latest).dockerfile().map(io.sandflock.Secret::reveal))
                .contains("FROM python\n\n# sandflock: made by me@here\n");
    }

    @Test
    void theSnapshotOfADaemonHasTheNameThatInspectGivesIt() {
        Resources two = new Resources(OptionalInt.of(2), OptionalInt.of(3), OptionalInt.empty(), OptionalInt.empty());
        assertThat(resolver.resolve(new Base.DockerDaemon("docker:28.3.3-dind", List.of()), two, memory, listener)
                        .block(PATIENCE)
                        .source())
                .isEqualTo(new CreateSandbox.Source.Snapshot("inspect-dind-2cpu-3gb-0gpu"));
        assertThat(ensured(resolver, new Base.DockerDaemon("mine/dind:1", List.of()))
                        .block(PATIENCE))
                .matches("inspect-dind-0cpu-0gb-0gpu-[0-9a-f]{8}");
    }

    @Test
    void theEntrypointOfASnapshotReachesWhatMakesIt() {
        Queue<List<String>> entrypoints = new ConcurrentLinkedQueue<>();
        builds = image -> {
            entrypoints.add(image.entrypoint());
            return BuildScript.SUCCEEDS.build(image);
        };
        ApiClient.of(server.url(), server.key())
                .send(
                        "POST",
                        "/snapshots",
                        "{\"name\":\"begun\",\"imageName\":\"busybox:1.37\",\"entrypoint\":[\"sh\",\"-c\",\"a b\"]}");
        ensured(resolver, new Base.Snapshot("begun")).block(PATIENCE);
        assertThat(entrypoints).containsExactly(List.of("sh", "-c", "a b"));
    }

    @Test
    void imagesOfServicesAreInTheNameAndTheMakingOfTheDaemonsSnapshot() {
        Base.DockerDaemon two = new Base.DockerDaemon("docker:28.3.3-dind", List.of("busybox:1.37", "it's/odd"));
        String name = ensured(resolver, two).block(PATIENCE);
        String other = ensured(resolver, new Base.DockerDaemon("docker:28.3.3-dind", List.of("busybox:1.36")))
                .block(PATIENCE);

        assertThat(name).matches("inspect-dind-0cpu-0gb-0gpu-[0-9a-f]{12}").isNotEqualTo(other);
        assertThat(snapshot(name).dockerfile().map(io.sandflock.Secret::reveal).orElseThrow())
                .startsWith("FROM docker:28.3.3-dind\nRUN [\"/bin/sh\",\"-c\",")
                .contains(",\"sandflock-images\",\"busybox:1.37\",\"it's/odd\"]\n");
        assertThat(OwnSnapshots.isPrunable(
                        snapshot(name), "me@here", java.time.Instant.now().plusSeconds(60)))
                .isTrue();
        assertThat(events.stream().filter(RunEvent.Warning.class::isInstance)).isEmpty();
    }

    @Test
    void aDaemonsSnapshotThatCannotHoldImagesIsOneWithoutThemAndIsNotTriedAgainInTheSameRun() {
        BuildScript fails = BuildScript.fails("exit code: 1", "fetching far:1\n", "registry is away\n");
        builds = image -> (image.dockerfile().isPresent() ? fails : BuildScript.SUCCEEDS).build(image);
        Base.DockerDaemon daemon = new Base.DockerDaemon("docker:28.3.3-dind", List.of("far:1"));
        Resolved first =
                resolver.resolve(daemon, Resources.DEFAULT, memory, listener).block(PATIENCE);

        assertThat(first.source()).isEqualTo(new CreateSandbox.Source.Snapshot("inspect-dind-0cpu-0gb-0gpu"));
        assertThat(first.warnings())
                .singleElement()
                .asString()
                .startsWith(
                        "the services' images are pulled in each sandbox, since they could not be put into its snapshot: ")
                .contains("registry is away")
                .doesNotContain("\n");
        long asked = server.platform().counters().requests("snapshot.create");
        assertThat(resolver.resolve(daemon, Resources.DEFAULT, memory, listener).block(PATIENCE))
                .isEqualTo(first);
        assertThat(server.platform().counters().requests("snapshot.create")).isEqualTo(asked);
    }

    @Test
    void aNameThatNobodyHasIsAnErrorAndIsNotCreated() {
        SandflockException error = failure(ensured(resolver, new Base.Snapshot("nonesuch")));
        assertThat(error.code()).isEqualTo(ErrorCode.NOT_FOUND);
        assertThat(server.platform().counters().snapshots()).isZero();
    }

    private void deactivate(String name) {
        ApiClient.of(server.url(), server.key())
                .send("POST", "/snapshots/" + snapshot(name).id() + "/deactivate");
    }
}
