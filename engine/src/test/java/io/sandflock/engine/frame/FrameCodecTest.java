/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.frame;

import static org.assertj.core.api.Assertions.assertThat;

import io.sandflock.engine.frame.ExecCall.Answer;
import io.sandflock.engine.frame.ExecCall.Operation;
import io.sandflock.engine.frame.ExecCall.Start;
import io.sandflock.engine.frame.ExecCall.Stdin;
import io.sandflock.engine.frame.ExecReply.Chunk;
import io.sandflock.engine.frame.ExecReply.Ending;
import io.sandflock.engine.frame.ExecReply.Status;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

class FrameCodecTest {

    private static final ExecutionId ID = new ExecutionId("abcdefgh12345678", 7);

    private final long seed = System.nanoTime();
    private final Random random = new Random(seed);

    @Test
    void whatTheTextSaysIsWhatWasAskedFor() {
        Start start = new Start(
                List.of("printf", "", "it's", "''", "a\nb", "\\", "$HOME `x` \"y\"", "é😀", "'"),
                List.of("A=b c", "B=", "C='"),
                Optional.of("0"),
                Optional.of("dir with 'quote'"),
                new Stdin.Inline(new byte[] {0, -1, 10}),
                1500,
                List.of(),
                Optional.empty());
        ExecCall call = new ExecCall(
                ID,
                Operation.START,
                new Answer(20_000, true, 3, 4, 5, 6),
                Optional.of(start),
                List.of(1L, 2L),
                List.of(3L));

        ExecCall read = ProgramText.decode(ProgramText.encode(call).text()).orElseThrow();

        assertThat(read.id()).isEqualTo(call.id());
        assertThat(read.answer()).isEqualTo(call.answer());
        assertThat(read.free()).containsExactly(1L, 2L);
        assertThat(read.forget()).containsExactly(3L);
        Start readStart = read.start().orElseThrow();
        assertThat(readStart.argv()).isEqualTo(start.argv());
        assertThat(readStart.env()).isEqualTo(start.env());
        assertThat(readStart.user()).isEqualTo(start.user());
        assertThat(readStart.cwd()).isEqualTo(start.cwd());
        assertThat(readStart.timeoutMillis()).isEqualTo(1500);
        assertThat(((Stdin.Inline) readStart.stdin()).bytes()).containsExactly(0, -1, 10);
    }

    @Test
    void operationsWithoutACommandAreReadBack() {
        for (Operation operation : List.of(Operation.ATTACH, Operation.KILL, Operation.CLEAN)) {
            ExecCall call = new ExecCall(
                    ID, operation, new Answer(0, false, 0, 0, 0, 0), Optional.empty(), List.of(), List.of());
            assertThat(ProgramText.decode(ProgramText.encode(call).text())).contains(call);
        }
    }

    @Test
    void anArgumentFileIsReadBack() {
        List<String> argv = List.of("a'b", "", "x".repeat(70_000));
        Start full = new Start(
                argv,
                List.of("K=v v"),
                Optional.empty(),
                Optional.of("dir"),
                new Stdin.None(),
                0,
                List.of(),
                Optional.empty());
        Start bare = new Start(
                List.of(),
                List.of(),
                Optional.empty(),
                Optional.empty(),
                new Stdin.Uploaded(),
                0,
                List.of(),
                Optional.of("/var/tmp/up"));

        Start read = ProgramText.withArguments(bare, ProgramText.encodeArguments(ID, full));

        assertThat(read.argv()).isEqualTo(argv);
        assertThat(read.env()).containsExactly("K=v v");
    }

    @Test
    void aTextOfAnotherMakeIsNoCall() {
        assertThat(ProgramText.decode("echo hello")).isEmpty();
        assertThat(ProgramText.decode("#sandflock-exec 1\nexec sh")).isEmpty();
        assertThat(ProgramText.decode("#sandflock-exec 4")).isEmpty();
        assertThat(ProgramText.decode("#sandflock-exec 4\n")).isEmpty();
        String text = ProgramText.encode(new ExecCall(
                        ID, Operation.ATTACH, new Answer(0, false, 0, 0, 0, 0), Optional.empty(), List.of(), List.of()))
                .text();
        assertThat(ProgramText.decode(text.substring(0, text.length() - 2))).isEmpty();
        assertThat(ProgramText.decode(text + "echo more\n")).isEmpty();
        assertThat(ProgramText.decode(text.replaceFirst("-N [0-9]+", "-N 10"))).isEmpty();
    }

    @Test
    void aReplyIsReadBackWhateverStandsAroundIt() {
        byte[] out = bytes(100_000);
        ExecReply reply =
                new ExecReply(ID, Status.DONE, true, Ending.EXITED, 137, 1234, new Chunk(200_000, 50, out), Chunk.NONE);

        for (String noise : List.of("", "warning: x\n", "no line feed", "=sandflock/1 " + ID + " running cut\nZ\n")) {
            ExecReply read = ReplyText.decode(noise + ReplyText.encode(reply) + noise, ID)
                    .orElseThrow();
            assertThat(read.stdout().bytes()).as("seed %d", seed).isEqualTo(out);
            assertThat(read.stdout().size()).isEqualTo(200_000);
            assertThat(read.stdout().offset()).isEqualTo(50);
            assertThat(read.exitCode()).isEqualTo(137);
            assertThat(read.millis()).isEqualTo(1234);
            assertThat(read.claimed()).isTrue();
        }
        assertThat(ReplyText.decode(ReplyText.encode(reply).substring(1), ID)).isPresent();
    }

    @Test
    void aReplyThatWasCutOrLostBytesIsNoReply() {
        String text = ReplyText.encode(new ExecReply(
                ID, Status.DONE, true, Ending.EXITED, 0, 1, chunk("hello world"), chunk("on the other stream")));
        for (int end = 0; end < text.length() - 1; end++) {
            assertThat(ReplyText.decode(text.substring(0, end), ID))
                    .as("cut at %d", end)
                    .isEmpty();
        }
        int inside = text.indexOf('\n', 1) + 1;
        assertThat(ReplyText.decode(text.substring(0, inside) + text.substring(inside + 4), ID))
                .isEmpty();
        assertThat(ReplyText.decode(text, new ExecutionId("abcdefgh12345678", 8)))
                .isEmpty();
    }

    @Test
    void base64MayComeInLines() {
        String text = ReplyText.encode(
                new ExecReply(ID, Status.RUNNING, false, Ending.EXITED, 0, 1, chunk("0123456789"), Chunk.NONE));
        String wrapped = text.replace("MDEyMzQ1", "MDEy\nMzQ1\n");
        assertThat(ReplyText.decode(wrapped, ID).orElseThrow().stdout().bytes())
                .asString()
                .isEqualTo("0123456789");
    }

    @Test
    void aPartIsTheNewestThatIsWanted() {
        byte[] stream = bytes(1000);
        assertThat(Chunk.of(stream, 0, 0, 10).next()).isEqualTo(10);
        assertThat(Chunk.of(stream, 0, 100, 1000).offset()).isEqualTo(900);
        assertThat(Chunk.of(stream, 950, 100, 1000).bytes()).hasSize(50);
        assertThat(Chunk.of(stream, 1000, 0, 1000).bytes()).isEmpty();
    }

    private byte[] bytes(int size) {
        byte[] bytes = new byte[size];
        random.nextBytes(bytes);
        return bytes;
    }

    private static Chunk chunk(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        return new Chunk(bytes.length, 0, bytes);
    }
}
