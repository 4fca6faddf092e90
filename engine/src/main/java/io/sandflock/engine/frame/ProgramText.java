/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.frame;

import io.sandflock.engine.frame.ExecCall.Answer;
import io.sandflock.engine.frame.ExecCall.Operation;
import io.sandflock.engine.frame.ExecCall.Start;
import io.sandflock.engine.frame.ExecCall.Stdin;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * The text that is fed to a sandbox's shell for an {@link ExecCall}, and back. The shell may be any, zsh included: all that it
 * is asked for is to replace itself by {@code /bin/sh} with words in single quotes. What {@link #decode} reads are these very
 * words, so that it cannot tell anything else than what the program does.
 */
public final class ProgramText {

    /**
     * Bytes of arguments, variables and input that a text should carry at most; more belongs into an upload. Kernels refuse a
     * single argument of 128 KiB, and base64 makes four bytes of three.
     */
    public static final int INLINE_LIMIT = 48 << 10;

    private static final String LEAD = "#sandflock-exec 1\nexec /bin/sh -c 'eval \"$1\"' sandflock ";
    private static final String START_OF_ALL = lead();
    private static final String ARGUMENTS_LEAD = "set -- ";
    private static final int FIXED_WORDS = 11;
    private static final int START_WORDS = 5;

    /**
     * What runs between the switch of user and the command: enters the directory as that user, and becomes the command. Its $0
     * marks its own messages, so that a command that is not there is told apart from a command that exits with 127.
     */
    @SuppressWarnings("StringConcatToTextBlock")
    private static final String STAGE = String.join(
            "\n",
            "d=$1",
            "case $d in '' | /*) ;; *) d=./$d ;; esac",
            "if [ \"$d\" ] && ! cd \"$d\" 2>/dev/null; then",
            "e=EACCES",
            "[ -e \"$d\" ] || e=ENOENT",
            // What is there of the path, from its end, tells why the rest is not.
            "while [ ! -e \"$d\" ] && [ \"$d\" != \"${d%/*}\" ]; do d=${d%/*}; done",
            "d=${d:-/}",
            "[ -d \"$d\" ] || e=ENOTDIR",
            "[ ! -d \"$d\" ] || [ -x \"$d\" ] || e=EACCES",
            "echo \"$0/cwd: $e\" >&2",
            "exit 126",
            "fi",
            "shift",
            "case $1 in -*) exec env -- \"$@\" ;; esac",
            "exec \"$@\"");

    private static final int STAGE_WORDS = 5;

    private ProgramText() {}

    /**
     * Reads the program from Sandflock's jar, once. Blocks: called where an engine is made, so that the first command does not read a
     * file on an event loop.
     */
    public static void load() {
        if (START_OF_ALL.isEmpty()) {
            throw new IllegalStateException("claim.sh is empty in Sandflock's jar");
        }
    }

    /** The text for a call. */
    public static String encode(ExecCall call) {
        StringBuilder text = new StringBuilder(START_OF_ALL.length() + 512).append(START_OF_ALL);
        words(call).forEach(word -> {
            text.append(' ');
            ShellWords.quote(text, word);
        });
        return text.append('\n').toString();
    }

    /** Where an execution's upload belongs; the program deletes it there. */
    public static String uploadDirectory(ExecutionId id) {
        return "/var/tmp/.sandflock-" + id.prefix() + "." + id.number();
    }

    /** Whether a text was made by this class, in this version or another. */
    public static boolean isProgram(String text) {
        return text.startsWith("#sandflock-exec ");
    }

    /** The call that a text was made for; empty for any text that {@link #encode} did not write. */
    public static Optional<ExecCall> decode(String text) {
        if (!text.startsWith(START_OF_ALL + " ") || !text.endsWith("\n")) {
            return Optional.empty();
        }
        try {
            return ShellWords.parse(text.substring(START_OF_ALL.length() + 1, text.length() - 1))
                    .filter(words -> words.size() >= FIXED_WORDS)
                    .map(ProgramText::call);
        } catch (IllegalArgumentException | IndexOutOfBoundsException notOurs) {
            return Optional.empty();
        }
    }

    /** The argument file of a call that has an upload: what {@code start} says, but for the upload itself. */
    public static byte[] encodeArguments(ExecutionId id, Start start) {
        StringBuilder text = new StringBuilder(ARGUMENTS_LEAD);
        for (String word : commandWords(id, start)) {
            ShellWords.quote(text, word);
            text.append(' ');
        }
        text.setCharAt(text.length() - 1, '\n');
        return text.toString().getBytes(StandardCharsets.UTF_8);
    }

    /** {@code call} with the arguments and variables of its argument file. */
    public static Start withArguments(Start call, byte[] argumentFile) {
        String text = new String(argumentFile, StandardCharsets.UTF_8);
        if (!text.startsWith(ARGUMENTS_LEAD) || !text.endsWith("\n")) {
            throw new IllegalArgumentException("not an argument file");
        }
        List<String> words = ShellWords.parse(text.substring(ARGUMENTS_LEAD.length(), text.length() - 1))
                .orElseThrow(() -> new IllegalArgumentException("not an argument file"));
        return start(call, words);
    }

    private static Start start(Start fixed, List<String> words) {
        int stage = 1 + Integer.parseInt(words.get(0));
        return new Start(
                words.subList(stage + STAGE_WORDS, words.size()),
                words.subList(1, stage),
                fixed.user(),
                fixed.cwd(),
                fixed.stdin(),
                fixed.timeoutMillis(),
                fixed.upload());
    }

    private static String lead() {
        StringBuilder text = new StringBuilder(LEAD);
        ShellWords.quote(text, ClaimProgram.TEXT);
        return text.toString();
    }

    private static List<String> words(ExecCall call) {
        Answer answer = call.answer();
        List<String> words = new ArrayList<>();
        words.add(call.operation().name().toLowerCase(Locale.ROOT));
        words.add(call.id().prefix());
        words.add(Long.toString(call.id().number()));
        words.add(Long.toString(answer.waitMillis()));
        words.add(answer.onOutput() ? "output" : "end");
        words.add(Long.toString(answer.stdoutOffset()));
        words.add(Long.toString(answer.stderrOffset()));
        words.add(Long.toString(answer.keep()));
        words.add(Integer.toString(answer.chunk()));
        words.add(numbers(call.free()));
        words.add(numbers(call.forget()));
        call.start().ifPresent(start -> addStart(words, call.id(), start));
        return words;
    }

    private static void addStart(List<String> words, ExecutionId id, Start start) {
        words.add(Long.toString(start.timeoutMillis()));
        words.add(start.user().orElse(""));
        words.add(start.cwd().orElse(""));
        words.add(stdin(start.stdin()));
        words.add(start.upload().orElse(""));
        if (start.upload().isEmpty()) {
            words.addAll(commandWords(id, start));
        }
    }

    /** The number of variables, the variables, the stage, the arguments. */
    private static List<String> commandWords(ExecutionId id, Start start) {
        List<String> words = new ArrayList<>();
        words.add(Integer.toString(start.env().size()));
        words.addAll(start.env());
        words.addAll(
                List.of("/bin/sh", "-c", STAGE, "sandflock-" + id, start.cwd().orElse("")));
        words.addAll(start.argv());
        return words;
    }

    private static String stdin(Stdin stdin) {
        if (stdin instanceof Stdin.Inline inline) {
            return "inline:" + Base64.getEncoder().encodeToString(inline.bytes());
        }
        return stdin instanceof Stdin.Uploaded ? "file" : "none";
    }

    private static String numbers(List<Long> numbers) {
        return numbers.stream().map(String::valueOf).collect(Collectors.joining(" "));
    }

    private static ExecCall call(List<String> words) {
        Operation operation = Operation.valueOf(words.get(0).toUpperCase(Locale.ROOT));
        return new ExecCall(
                new ExecutionId(words.get(1), Long.parseLong(words.get(2))),
                operation,
                new Answer(
                        Long.parseLong(words.get(3)),
                        words.get(4).equals("output"),
                        Long.parseLong(words.get(5)),
                        Long.parseLong(words.get(6)),
                        Long.parseLong(words.get(7)),
                        Integer.parseInt(words.get(8))),
                operation == Operation.START
                        ? Optional.of(start(words.subList(FIXED_WORDS, words.size())))
                        : Optional.empty(),
                parseNumbers(words.get(9)),
                parseNumbers(words.get(10)));
    }

    private static Start start(List<String> words) {
        Start fixed = new Start(
                List.of(),
                List.of(),
                present(words.get(1)),
                present(words.get(2)),
                parseStdin(words.get(3)),
                Long.parseLong(words.get(0)),
                present(words.get(4)));
        return fixed.upload().isPresent() ? fixed : start(fixed, words.subList(START_WORDS, words.size()));
    }

    private static Optional<String> present(String word) {
        return word.isEmpty() ? Optional.empty() : Optional.of(word);
    }

    private static Stdin parseStdin(String word) {
        if (word.startsWith("inline:")) {
            return new Stdin.Inline(Base64.getDecoder().decode(word.substring("inline:".length())));
        }
        return word.equals("file") ? new Stdin.Uploaded() : new Stdin.None();
    }

    private static List<Long> parseNumbers(String word) {
        return word.isEmpty()
                ? List.of()
                : java.util.Arrays.stream(word.split(" ")).map(Long::valueOf).toList();
    }
}
