/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.common.data;

import io.github.dolphinml.common.option.Option;
import io.github.dolphinml.common.option.OptionType;
import io.github.dolphinml.common.validate.InvalidTaskException;
import io.github.dolphinml.common.validate.Problems;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A version of data that a run takes as its input, written as {@code name=repository#path@version}. */
public final class DataInput {

    /** Where all inputs of a run are, below the task's directory. */
    public static final String FOLDER = "data";

    private static final Pattern INPUT = Pattern.compile("([A-Za-z_]\\w*)=([^#]+)#([^@]+)(?:@(.+))?");
    private static final String RIGHT =
            "use name=repository#path@version, as in train=git@host:team/data.git#data/iris.csv@v3, several separated by"
                    + " commas";

    private final String name;
    private final String repository;
    private final String location;
    private final String version;

    private DataInput(String name, String repository, String location, String version) {
        this.name = name;
        this.repository = repository;
        this.location = location;
        this.version = version;
    }

    /** The option {@code data} of a task type. */
    public static Option<List<DataInput>> option() {
        return Option.named("data", OptionType.of("data versions", RIGHT, DataInput::parse))
                .defaultsTo("")
                .help(
                        "Data versions to download before the run, as `name=repository#path@version`, separated by commas;"
                                + " without a version, the newest. The run gets the local path of each as the parameter"
                                + " `name`. See `dvc.environment`.");
    }

    /** @throws IllegalArgumentException if the text is not a list of inputs */
    static List<DataInput> parse(String text) {
        List<DataInput> inputs = new ArrayList<>();
        Set<String> names = new HashSet<>();
        for (String item : OptionType.list().parse(text)) {
            Matcher matcher = INPUT.matcher(item);
            if (!matcher.matches() || !names.add(matcher.group(1))) {
                throw new IllegalArgumentException(item);
            }
            inputs.add(checked(matcher));
        }
        return Collections.unmodifiableList(inputs);
    }

    private static DataInput checked(Matcher matcher) {
        Problems problems = new Problems();
        RepositoryUrl.check("data", matcher.group(2), problems);
        String location = DataLocation.of("data", matcher.group(3), problems);
        String version = matcher.group(4);
        GitName.checkRevision("data", version == null ? "" : version, problems);
        try {
            problems.throwIfAny();
        } catch (InvalidTaskException invalid) {
            throw new IllegalArgumentException(matcher.group(), invalid);
        }
        return new DataInput(matcher.group(1), matcher.group(2), location, version);
    }

    /** The name of the run's parameter. */
    public String name() {
        return name;
    }

    /** The address of the Git repository. */
    public String repository() {
        return repository;
    }

    /** The data's path in the repository. */
    public String location() {
        return location;
    }

    /** A tag, a branch or a commit; empty for the newest. */
    public Optional<String> version() {
        return Optional.ofNullable(version);
    }

    /** Where the data will be, below the task's directory. */
    public String path() {
        return FOLDER + "/" + name + "/" + location.substring(location.lastIndexOf('/') + 1);
    }
}
