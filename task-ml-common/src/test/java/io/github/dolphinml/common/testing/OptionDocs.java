/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.common.testing;

import io.github.dolphinml.common.option.Option;
import io.github.dolphinml.common.option.OptionCatalogue;
import io.github.dolphinml.common.option.OptionReference;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.ArrayList;
import java.util.List;

/**
 * The reference of options in docs/. The English table of a catalogue stands between {@code <!-- options:PREFIX -->} and
 * {@code <!-- /options:PREFIX -->} and is generated; {@code mvn test -Ddocs.update=true} regenerates it. The Chinese one
 * is written by hand and must name every option with its default.
 */
public final class OptionDocs {

    private OptionDocs() {}

    /** What is wrong with the reference of a catalogue; empty if nothing is. */
    public static List<String> faults(OptionCatalogue catalogue) throws IOException {
        List<String> faults = new ArrayList<>();
        Path english = docs().resolve("en/options.md");
        String table = OptionReference.markdown(catalogue);
        String text = new String(Files.readAllBytes(english), StandardCharsets.UTF_8);
        String begin = "<!-- options:" + catalogue.prefix() + " -->\n";
        String end = "<!-- /options:" + catalogue.prefix() + " -->";
        if (!text.contains(begin) || !text.contains(end)) {
            faults.add(english + " has no table " + begin.trim());
            return faults;
        }
        String head = text.substring(0, text.indexOf(begin) + begin.length());
        String fresh = head + "\n" + table + "\n" + text.substring(text.indexOf(end));
        if (!fresh.equals(text) && Boolean.getBoolean("docs.update")) {
            Files.write(english, fresh.getBytes(StandardCharsets.UTF_8));
        } else if (!fresh.equals(text)) {
            faults.add(english + ": the table of " + catalogue.prefix() + " is not that of the declarations; run mvn"
                    + " test -Ddocs.update=true");
        }
        String chinese = new String(Files.readAllBytes(docs().resolve("zh/options.md")), StandardCharsets.UTF_8);
        for (Option<?> option : catalogue.options()) {
            faults.addAll(chineseFaults(catalogue, option, chinese));
        }
        return faults;
    }

    private static List<String> chineseFaults(OptionCatalogue catalogue, Option<?> option, String chinese) {
        List<String> faults = new ArrayList<>();
        String key = "`" + catalogue.propertyKey(option) + "`";
        String row = chinese.lines()
                .filter(line -> line.contains("| " + key + " |"))
                .findFirst()
                .orElse("");
        if (row.isEmpty()) {
            faults.add("docs/zh/options.md has no row for " + key);
        } else if (option.defaultText() != null
                && !option.defaultText().isEmpty()
                && !row.contains("`" + option.defaultText() + "`")) {
            faults.add("docs/zh/options.md: the row of " + key + " lacks the default " + option.defaultText());
        }
        return faults;
    }

    private static Path docs() {
        Path module = Paths.get("").toAbsolutePath();
        return Files.isDirectory(module.resolve("docs")) ? module.resolve("docs") : module.resolveSibling("docs");
    }
}
