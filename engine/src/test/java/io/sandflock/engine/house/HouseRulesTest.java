/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.house;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaMethodCall;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** The walls of the house, as DESIGN and RATIONALE have them. */
class HouseRulesTest {

    private static final String ENGINE = "io.sandflock.engine";

    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            // The test kit waits, as tests do.
            .withImportOption(location -> !location.contains("/testkit/"))
            .importPackages("io.sandflock");

    /** Classes that may wait for a publisher with a thread, and why. */
    private static final Map<String, String> MAY_BLOCK = Map.of(
            ENGINE + ".cli.Session", "the edge of the program: the main thread waits for the command's end",
            ENGINE + ".cli.LocalCommand", "the edge of the program: the main thread waits for Ctrl-C");

    /** Classes that may subscribe by themselves, and why. */
    private static final Map<String, String> MAY_SUBSCRIBE = Map.ofEntries(
            entry(".ReactorEngine", "the engine tells its runs to stop, and forgets those that ended"),
            entry(".daytona.SocketEvents", "one socket for all who listen: it outlives each of them"),
            entry(".exec.Kills", "a kill goes on after the one who cancelled has gone; counted, and awaited by close"),
            entry(".lease.LateLooks", "a create that was given up may be carried out when its caller has gone"),
            entry(".lease.Lease", "a create that was sent, and a release, outlive whoever waits for them"),
            entry(".run.Run", "a run ends with every sandbox deleted, whether or not anybody listens"),
            entry(".local.control.Builds", "a build goes on when the one who asked for it has gone"),
            entry(".local.control.IdleSweep", "looks for idle sandboxes for as long as the platform runs"),
            entry(".local.control.SandboxLife", "a state change, once begun, ends whoever waits for it"),
            entry(".local.control.SnapshotRoutes", "a snapshot becomes active after its answer was sent"),
            entry(".local.control.Wire", "a scripted fault goes on after its answer was sent"),
            entry(".local.docker.DockerMachine", "a step of a container's life cannot be cancelled half-way"),
            entry(
                    ".local.docker.DockerSubstrate",
                    "hears of containers' ends, and cleans up after a cancelled creation"),
            entry(".local.docker.ExecProcess", "an exec's streams are read whoever listens"),
            entry(".local.docker.Execs", "kills what a cancelled spawn still starts, which nobody else holds"),
            entry(".local.namespace.NamespaceMachine", "a destruction cannot be cancelled half-way"),
            entry(".local.namespace.NamespaceSubstrate", "nor can the clean-up after a creation that failed"),
            entry(
                    ".local.namespace.Spares",
                    "the next sandbox is made when nobody waits for it, and goes when nobody came"),
            entry(".local.process.HostProcesses", "kills what a cancelled spawn still starts, which nobody else holds"),
            entry(".local.pty.Pty", "reads a terminal's output whether or not somebody is connected"),
            entry(".local.session.Session", "reads a shell's outputs for as long as the session lives"),
            entry(".local.simulated.Execution", "a scripted command runs on when the one who started it has gone"),
            entry(".local.simulated.SimulatedShell", "reads the program that it is fed, as a shell does"));

    private static Map.Entry<String, String> entry(String type, String reason) {
        return Map.entry(ENGINE + type, reason);
    }

    @Test
    void theRulesLookAtTheHouse() {
        assertThat(CLASSES.size()).isGreaterThan(50);
        assertThat(CLASSES.contain("io.sandflock.Engine")).isTrue();
        assertThat(CLASSES.contain("io.sandflock.engine.platform.Platform")).isTrue();
    }

    @Test
    void theApiNeedsReactorAndJspecifyAlone() {
        classes()
                .that()
                .resideInAPackage("io.sandflock")
                .should()
                .onlyDependOnClassesThat(resideInAnyPackage(
                        "io.sandflock", "java..", "reactor..", "org.reactivestreams..", "org.jspecify.."))
                .check(CLASSES);
    }

    @Test
    void onlyTheWireAndTheEmbeddedPlatformKnowNetty() {
        noClasses()
                .that(resideInAPackage(ENGINE + "..")
                        .and(DescribedPredicate.not(resideInAnyPackage(ENGINE + ".daytona..", ENGINE + ".local.."))))
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("io.netty..", "reactor.netty..")
                .check(CLASSES);
    }

    @Test
    void onlyTheLimitsKnowResilience4j() {
        noClasses()
                .that()
                .resideOutsideOfPackage(ENGINE + ".limit..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("io.github.resilience4j..")
                .check(CLASSES);
    }

    @Test
    void onlyTheCommandLineKnowsPicocli() {
        noClasses()
                .that()
                .resideOutsideOfPackage(ENGINE + ".cli..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("picocli..")
                .check(CLASSES);
    }

    @Test
    void theEmbeddedPlatformDependsOnNothingOfTheEngineButFramesAndArchives() {
        noClasses()
                .that()
                .resideInAPackage(ENGINE + ".local..")
                .should()
                .dependOnClassesThat(resideInAPackage(ENGINE + "..")
                        .and(DescribedPredicate.not(
                                resideInAnyPackage(ENGINE + ".local..", ENGINE + ".frame..", ENGINE + ".tar.."))))
                .check(CLASSES);
    }

    @Test
    void thePortToThePlatformDependsOnNoOtherRoom() {
        noClasses()
                .that()
                .resideInAPackage(ENGINE + ".platform..")
                .should()
                .dependOnClassesThat(resideInAPackage(ENGINE + "..")
                        .and(DescribedPredicate.not(resideInAPackage(ENGINE + ".platform.."))))
                .check(CLASSES);
    }

    @Test
    void theRoomsThatUseThePortDoNotSeeTheWire() {
        noClasses()
                .that()
                .resideInAnyPackage(
                        ENGINE + ".lease..",
                        ENGINE + ".exec..",
                        ENGINE + ".snapshot..",
                        ENGINE + ".build..",
                        ENGINE + ".limit..",
                        ENGINE + ".run..",
                        ENGINE + ".config..",
                        ENGINE + ".compose..",
                        ENGINE + ".document..",
                        ENGINE + ".plan..",
                        ENGINE + ".task..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(ENGINE + ".daytona..", ENGINE + ".local..", ENGINE + ".cli..")
                .check(CLASSES);
    }

    @Test
    void noRoomsFormACycle() {
        slices().matching(ENGINE + ".(*)..").should().beFreeOfCycles().check(CLASSES);
    }

    @Test
    void nothingWaitsForAPublisherWithAThreadOutsideTheList() {
        assertThat(callersOf(call -> call.getName().startsWith("block")
                        || call.getName().equals("toIterable")
                        || call.getName().equals("toStream")))
                .isEqualTo(new TreeSet<>(MAY_BLOCK.keySet()));
    }

    @Test
    void nothingSubscribesByItselfOutsideTheList() {
        assertThat(callersOf(call -> call.getName().equals("subscribe")))
                .isEqualTo(new TreeSet<>(MAY_SUBSCRIBE.keySet()));
    }

    /** The list must be exact: an entry that no longer calls is as wrong as a caller that is not on it. */
    private static Set<String> callersOf(java.util.function.Predicate<JavaMethodCall> selected) {
        return CLASSES.stream()
                .flatMap(type -> type.getMethodCallsFromSelf().stream())
                .filter(call -> call.getTargetOwner().isAssignableTo(Mono.class)
                        || call.getTargetOwner().isAssignableTo(Flux.class))
                .filter(selected)
                .map(call -> outermost(call.getOriginOwner()))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private static String outermost(JavaClass type) {
        return type.getEnclosingClass().map(HouseRulesTest::outermost).orElse(type.getName());
    }
}
