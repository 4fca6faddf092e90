package consumer;

import io.sandflock.Engine;
import io.sandflock.ExecRequest;
import io.sandflock.Outcome;
import io.sandflock.RunEvent;
import io.sandflock.RunSpec;
import io.sandflock.Sample;
import io.sandflock.SampleContext;
import io.sandflock.Score;
import java.nio.charset.StandardCharsets;
import java.util.List;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** What an application writes that is handed an engine from elsewhere. */
public final class WordCount {

    private final Engine engine;

    public WordCount(Engine engine) {
        this.engine = engine;
    }

    public Flux<RunEvent> run(List<Sample> samples) {
        return engine.run(RunSpec.of("word-count", samples, WordCount::count));
    }

    private static Mono<Outcome> count(SampleContext context) {
        ExecRequest wc = ExecRequest.builder(List.of("wc", "-w"))
                .stdin(context.sample().input().getBytes(StandardCharsets.UTF_8))
                .build();
        return context.environment().exec(wc).map(result -> new Outcome.Scored(
                Score.of(context.sample().target().contains(result.stdout().text().strip()) ? 1 : 0)));
    }
}
