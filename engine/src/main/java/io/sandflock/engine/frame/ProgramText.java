/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.frame;

import io.sandflock.engine.frame.ExecCall.Answer;
import io.sandflock.engine.frame.ExecCall.Operation;
import io.sandflock.engine.frame.ExecCall.Start;
import io.sandflock.engine.frame.ExecCall.Stdin;
import io.sandflock.engine.platform.CommandText;
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

    /** What the path of every upload begins with. */
    public static final String UPLOADS = "/var/tmp/.sandflock-";

    private static final String HEAD = "#sandflock-exec 4\n";
    private static final String EXEC = "exec /bin/sh -c 'eval \"$1\"; eval \"$_request\"' sandflock";
    private static final String EXPORT = "export";
    private static final String PROGRAM = program();
    private static final CommandText.Shared SHARED = new CommandText.Shared(PROGRAM);
    private static final int PROGRAM_BYTES = BashLead.bytes(PROGRAM);
    private static final String ARGUMENTS_LEAD = "set --";
    private static final String VARIABLES_LEAD = "uploaded_variables() {\n";
    private static final String VARIABLES_END = "}\n";
    private static final String INPUT = "SANDFLOCK_STDIN=";
    private static final int FIXED_WORDS = 11;
    private static final int START_WORDS = 5;

    private ProgramText() {}

    /**
     * Reads the program from Sandflock's jar, once. Blocks: called where an engine is made, so that the first command does not read a
     * file on an event loop.
     */
    public static void load() {
        if (ClaimProgram.TEXTS.isEmpty() || ClaimProgram.STAGE.isEmpty()) {
            throw new IllegalStateException("the programs for sandboxes are empty in Sandflock's jar");
        }
    }

    /** The text for a call. */
    public static CommandText encode(ExecCall call) {
        StringBuilder exports = new StringBuilder();
        call.start().ifPresent(start -> export(exports, start));
        StringBuilder words = new StringBuilder(512);
        words(call).forEach(word -> word(words, word));
        words.append('\n');
        return new CommandText(HEAD + lead(exports, words) + exports, SHARED, words.toString());
    }

    // The program is most of the text, and always the same.
    private static String lead(CharSequence exports, CharSequence words) {
        return BashLead.of(BashLead.bytes(exports) + PROGRAM_BYTES + BashLead.bytes(words));
    }

    /** Where an execution's upload belongs; the program deletes it there. */
    public static String uploadDirectory(ExecutionId id) {
        return UPLOADS + id.prefix() + "." + id.number();
    }

    /** Whether a text was made by this class, in this version or another. */
    public static boolean isProgram(String text) {
        return text.startsWith("#sandflock-exec ");
    }

    /** The call that a text was made for; empty for any text that {@link #encode} did not write. */
    public static Optional<ExecCall> decode(String text) {
        if (!text.startsWith(HEAD) || !text.endsWith("\n")) {
            return Optional.empty();
        }
        try {
            int exports = text.indexOf('\n', HEAD.length()) + 1;
            int program = endOfExports(text, exports);
            int words = program + PROGRAM.length();
            if (!text.startsWith(PROGRAM + " ", program)
                    || !text.startsWith(lead(text.substring(exports, program), text.substring(words)), HEAD.length())) {
                return Optional.empty();
            }
            List<String> variables = exports(text.substring(exports, program));
            return ShellWords.parse(text.substring(words + 1, text.length() - 1))
                    .filter(found -> found.size() >= FIXED_WORDS)
                    .map(found -> call(found, variables));
        } catch (IllegalArgumentException | IndexOutOfBoundsException notOurs) {
            return Optional.empty();
        }
    }

    /** The argument file of a call that has an upload: what {@code start} says, but for the upload itself. */
    public static byte[] encodeArguments(ExecutionId id, Start start) {
        StringBuilder text = new StringBuilder();
        if (!start.env().isEmpty()) {
            text.append(VARIABLES_LEAD);
            exportAll(text, CommandWords.variables(start));
            text.append(VARIABLES_END);
        }
        text.append(ARGUMENTS_LEAD);
        CommandWords.of(id, start).forEach(word -> word(text, word));
        return text.append('\n').toString().getBytes(StandardCharsets.UTF_8);
    }

    /** {@code call} with the arguments, the variables and the reach of its argument file. */
    public static Start withArguments(Start call, byte[] argumentFile) {
        String text = new String(argumentFile, StandardCharsets.UTF_8);
        boolean withVariables = text.startsWith(VARIABLES_LEAD);
        int variables = withVariables ? VARIABLES_LEAD.length() : 0;
        int end = endOfExports(text, variables);
        int lead = end + (withVariables ? VARIABLES_END.length() : 0);
        if (!text.startsWith(withVariables ? VARIABLES_END : "", end)
                || !text.startsWith(ARGUMENTS_LEAD + " ", lead)
                || !text.endsWith("\n")) {
            throw new IllegalArgumentException("not an argument file");
        }
        List<String> words = ShellWords.parse(text.substring(lead + ARGUMENTS_LEAD.length() + 1, text.length() - 1))
                .orElseThrow(() -> new IllegalArgumentException("not an argument file"));
        return CommandWords.read(call, words, exports(text.substring(variables, end)));
    }

    private static String program() {
        StringBuilder text = new StringBuilder(EXEC);
        ClaimProgram.TEXTS.forEach(part -> word(text, part));
        return text.toString();
    }

    private static void word(StringBuilder text, String word) {
        text.append(' ');
        ShellWords.quote(text, word);
    }

    /** What must not be an argument of a process, since every user of the sandbox can read those. */
    private static void export(StringBuilder text, Start start) {
        List<String> variables = new ArrayList<>();
        if (start.stdin() instanceof Stdin.Inline inline) {
            variables.add(INPUT + Base64.getEncoder().encodeToString(inline.bytes()));
        }
        if (start.upload().isEmpty()) {
            variables.addAll(CommandWords.variables(start));
        }
        exportAll(text, variables);
    }

    private static void exportAll(StringBuilder text, List<String> variables) {
        if (!variables.isEmpty()) {
            text.append(EXPORT);
            variables.forEach(variable -> word(text, variable));
            text.append('\n');
        }
    }

    /** Where the line of exports ends that begins at {@code start}; {@code start} itself when there is none. */
    private static int endOfExports(String text, int start) {
        if (!text.startsWith(EXPORT + " ", start)) {
            return start;
        }
        int at = start + EXPORT.length();
        while (at >= 0 && text.charAt(at) == ' ') {
            at = ShellWords.end(text, at + 1);
        }
        if (at < 0 || text.charAt(at) != '\n') {
            throw new IllegalArgumentException("exports that are no words");
        }
        return at + 1;
    }

    private static List<String> exports(String line) {
        return line.isEmpty()
                ? List.of()
                : ShellWords.parse(line.substring(EXPORT.length() + 1, line.length() - 1))
                        .orElseThrow(() -> new IllegalArgumentException("exports that are no words"));
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
            words.addAll(CommandWords.of(id, start));
        }
    }

    private static String stdin(Stdin stdin) {
        return stdin instanceof Stdin.None ? "none" : stdin instanceof Stdin.Uploaded ? "file" : "inline";
    }

    private static String numbers(List<Long> numbers) {
        return numbers.stream().map(String::valueOf).collect(Collectors.joining(" "));
    }

    private static ExecCall call(List<String> words, List<String> exports) {
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
                        ? Optional.of(start(words.subList(FIXED_WORDS, words.size()), exports))
                        : Optional.empty(),
                parseNumbers(words.get(9)),
                parseNumbers(words.get(10)));
    }

    private static Start start(List<String> words, List<String> exports) {
        Start fixed = new Start(
                List.of(),
                List.of(),
                present(words.get(1)),
                present(words.get(2)),
                parseStdin(words.get(3), exports),
                Long.parseLong(words.get(0)),
                List.of(),
                present(words.get(4)));
        return fixed.upload().isPresent()
                ? fixed
                : CommandWords.read(fixed, words.subList(START_WORDS, words.size()), exports);
    }

    private static Optional<String> present(String word) {
        return word.isEmpty() ? Optional.empty() : Optional.of(word);
    }

    private static Stdin parseStdin(String word, List<String> exports) {
        if (word.equals("inline")) {
            String input = exports.stream()
                    .filter(variable -> variable.startsWith(INPUT))
                    .findFirst()
                    .orElseThrow(() -> new IllegalArgumentException("no input"));
            return new Stdin.Inline(Base64.getDecoder().decode(input.substring(INPUT.length())));
        }
        return word.equals("file") ? new Stdin.Uploaded() : new Stdin.None();
    }

    private static List<Long> parseNumbers(String word) {
        return word.isEmpty()
                ? List.of()
                : java.util.Arrays.stream(word.split(" ")).map(Long::valueOf).toList();
    }
}
