/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.mlflow.config;

import io.github.dolphinml.common.option.SecretReference;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The arguments of {@code mlflow run}. */
public final class ProjectCommand {

    /** Git addresses for which the stock plugin passed a version on, and bare repositories. */
    private static final Pattern GIT = Pattern.compile(
            "(?!file:)([A-Za-z][A-Za-z0-9+.-]*://|[^/\\s]+@[^/\\s]+:).*|[^#]*\\.git/?(#.*)?", Pattern.CASE_INSENSITIVE);

    private static final Pattern ARCHIVE = Pattern.compile("[^#]*\\.zip(#.*)?", Pattern.CASE_INSENSITIVE);

    private static final Pattern PARAMETER = Pattern.compile("(?:--param-list=|-P)?([^=]+)=(.*)", Pattern.DOTALL);

    private final String repository;
    private final String version;
    private final List<String> words;
    private final List<OfferedParameter> offers;

    /**
     * @param repository an address or a directory, with {@code #subdirectory} if it has one
     * @param version a commit, branch or tag; null for the newest
     * @param words further options, one word per element
     */
    ProjectCommand(String repository, String version, List<String> words) {
        this(repository, version, words, Collections.emptyList());
    }

    private ProjectCommand(String repository, String version, List<String> words, List<OfferedParameter> offers) {
        this.repository = repository;
        this.version = version;
        this.words = Collections.unmodifiableList(new ArrayList<>(words));
        this.offers = Collections.unmodifiableList(new ArrayList<>(offers));
    }

    /** Returns a command with these parameters, given as names and values in turn. */
    static ProjectCommand withParameters(String repository, String version, String... namesAndValues) {
        List<String> words = new ArrayList<>();
        for (int name = 0; name < namesAndValues.length; name += 2) {
            words.addAll(Arrays.asList("-P", namesAndValues[name] + "=" + namesAndValues[name + 1]));
        }
        return new ProjectCommand(repository, version, words);
    }

    /** Returns the same command with parameters that are passed only if the project declares them. */
    ProjectCommand offering(List<OfferedParameter> parameters) {
        return new ProjectCommand(repository, version, words, parameters);
    }

    /** Whether the address alone shows that a repository has versions; for a directory, the worker looks. */
    static boolean isGit(String repository) {
        return mayBeGit(repository) && GIT.matcher(repository).matches();
    }

    /** Whether a repository may have versions: any but an archive. */
    static boolean mayBeGit(String repository) {
        return !ARCHIVE.matcher(repository).matches();
    }

    /** An address or a directory, with {@code #subdirectory} if it has one. */
    public String repository() {
        return repository;
    }

    /** A commit, branch or tag; empty for the newest. */
    public Optional<String> version() {
        return Optional.ofNullable(version);
    }

    /** Further options, one word per element. */
    public List<String> words() {
        return words;
    }

    /** Parameters that are passed if the project declares them. */
    public List<OfferedParameter> offers() {
        return offers;
    }

    /** The same options in the form of {@code request.json}, where a parameter's value may be a reference to a secret. */
    public List<Object> wordsInRequest() {
        List<Object> inRequest = new ArrayList<>();
        for (String word : words) {
            Matcher parameter = PARAMETER.matcher(word);
            Optional<String> secret =
                    parameter.matches() ? SecretReference.nameIn(parameter.group(2)) : Optional.empty();
            inRequest.add(secret.<Object>map(
                            name -> SecretReference.inRequest("params", word.substring(0, parameter.start(2)), name))
                    .orElse(word));
        }
        return inRequest;
    }

    /** The values of the parameters with these names. */
    List<String> valuesOf(Predicate<String> name) {
        List<String> values = new ArrayList<>();
        for (String word : words) {
            Matcher parameter = PARAMETER.matcher(word);
            if (parameter.matches() && name.test(parameter.group(1))) {
                values.add(parameter.group(2));
            }
        }
        return values;
    }
}
