package io.github.dolphinml.openmldb.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.dolphinml.common.output.Report;
import io.github.dolphinml.common.testing.Patience;
import io.github.dolphinml.openmldb.config.StatementRun;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The scenarios of src/test/resources/scenarios through HTTP. The Python tests run the same through the SDK. */
@Timeout(Patience.WHOLE_TEST)
class ScenarioTest {

    private static final ObjectMapper JSON = new ObjectMapper()
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .setNodeFactory(JsonNodeFactory.withExactBigDecimals(true));

    @TempDir
    Path directory;

    static List<Path> scenarios() throws IOException {
        try (Stream<Path> files = Files.list(Paths.get("src/test/resources/scenarios"))) {
            List<Path> scenarios = files.sorted().collect(Collectors.toList());
            assertTrue(scenarios.size() >= 13, "scenarios are missing");
            return scenarios;
        }
    }

    @ParameterizedTest
    @MethodSource("scenarios")
    void runs(Path file) throws Exception {
        JsonNode scenario = JSON.readTree(Files.readAllBytes(file));
        List<String> log = new ArrayList<>();
        try (ApiServerDouble server = new ApiServerDouble(scenario.path("cluster"), directory)) {
            StatementRun run = run(scenario, server.address());
            Optional<Duration> limit = Optional.of(scenario.path("jobTimeout"))
                    .filter(JsonNode::isNumber)
                    .map(seconds -> Duration.ofMillis((long) (seconds.doubleValue() * 1000)));
            Report report = new StatementWork(run, log::add, new Pace(Duration.ofMillis(20), limit)).run();
            report.untoldError().ifPresent(log::add);
            assertLog(scenario, log);
            assertReport(scenario, report);
            assertSent(scenario, server);
        }
    }

    private StatementRun run(JsonNode scenario, String address) {
        NodeOfTest node = new NodeOfTest(
                directory,
                address,
                scenario.path("executeMode").asText(),
                scenario.path("sql").asText());
        scenario.path("outputs").forEach(name -> node.out(name.asText()));
        return node.run();
    }

    private static void assertLog(JsonNode scenario, List<String> log) {
        assertTrue(log.get(0).startsWith("OpenMLDB through its API server 127.0.0.1:"), log.get(0));
        List<String> lines = log.subList(1, log.size()).stream()
                .map(line -> line.replaceAll("after \\d+(\\.\\d+)? s", "after T s"))
                .collect(Collectors.toList());
        String told = String.join("\n", lines);
        assertEquals(scenario.path("log").size(), lines.size(), told);
        for (int i = 0; i < lines.size(); i++) {
            String expected = scenario.path("log").get(i).asText();
            assertTrue(matches(expected, lines.get(i)), expected + "\n" + told);
        }
    }

    /** {@code ~text~} in an expected line stands for anything with that text in it. */
    private static boolean matches(String expected, String line) {
        Matcher parts = Pattern.compile("~([^~]+)~").matcher(expected);
        StringBuilder pattern = new StringBuilder();
        int end = 0;
        while (parts.find()) {
            pattern.append(Pattern.quote(expected.substring(end, parts.start())));
            pattern.append(".*").append(Pattern.quote(parts.group(1))).append(".*");
            end = parts.end();
        }
        return line.matches(pattern + Pattern.quote(expected.substring(end)));
    }

    private static void assertReport(JsonNode scenario, Report report) {
        boolean fails = scenario.has("error");
        assertEquals(fails ? Report.Status.FAILURE : Report.Status.SUCCESS, report.status());
        if (fails) {
            assertTrue(matches(
                    scenario.path("error").asText(), report.untoldError().get()));
        } else {
            ObjectNode outputs = JSON.createObjectNode();
            report.outputs().forEach(outputs::set);
            JsonNode expected = scenario.has("result") ? scenario.path("result") : JSON.createObjectNode();
            assertEquals(expected.toString(), outputs.toString());
        }
    }

    /** All statements reach the server byte for byte, but for those that only set up the session. */
    private static void assertSent(JsonNode scenario, ApiServerDouble server) throws IOException {
        List<String> expected = new ArrayList<>();
        for (JsonNode statement : scenario.path("list")) {
            boolean kept = statement.path("kind").asText().equals("USE") || statement.has("variable");
            if (!kept) {
                expected.add(statement.path("text").asText());
            }
        }
        List<String> sent =
                server.statements().stream().filter(expected::contains).collect(Collectors.toList());
        assertEquals(scenario.has("error") ? expected.subList(0, sent.size()) : expected, sent);
    }
}
