/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.common.kubernetes;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.UnsupportedEncodingException;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import org.yaml.snakeyaml.error.YAMLException;
import org.yaml.snakeyaml.nodes.Node;

/**
 * The values of a kubeconfig that no log may show: credentials, the variables of a login program, passwords in addresses.
 * A client certificate is not a secret. The program does the same for a kubeconfig that only it can read: credentials.py.
 */
public final class KubeconfigSecrets {

    private static final Pattern CREDENTIAL = Pattern.compile(
            "token|secret|password|passphrase|credential|assertion|(?:access|api|private)[-_]?key|^client-key-data$",
            Pattern.CASE_INSENSITIVE);

    /** The end of a name that only says where a credential is, or what. */
    private static final Pattern PLACE =
            Pattern.compile("(?:file|dir|path|url|uri|endpoint|type)$", Pattern.CASE_INSENSITIVE);

    private static final List<String> PUBLIC_VARIABLES =
            Arrays.asList("AWS_PROFILE", "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_STS_REGIONAL_ENDPOINTS");

    private static final List<String> PUBLIC_VALUES = Arrays.asList("", "true", "false", "default");

    private static final List<String> ADDRESSES = Arrays.asList("server", "proxy-url");

    private final Set<String> values = new LinkedHashSet<>();
    private final Set<String> shown = new HashSet<>(PUBLIC_VALUES);

    private KubeconfigSecrets() {}

    /** The secrets in a kubeconfig; kubectl says what is wrong with one that cannot be read. */
    public static Set<String> of(String yaml) {
        KubeconfigSecrets secrets = new KubeconfigSecrets();
        MaskedPlaceholders text = new MaskedPlaceholders("", UnaryOperator.identity());
        try {
            for (Node document : YamlNodes.of(yaml)) {
                secrets.read(new NodeReader(new Scalars(text)).read(document, ""));
            }
        } catch (YAMLException | ManifestFault unreadable) {
            return secrets.values;
        }
        secrets.values.remove("");
        return secrets.values;
    }

    private void read(JsonNode kubeconfig) {
        for (String list : Arrays.asList("clusters", "contexts", "users")) {
            kubeconfig.path(list).forEach(entry -> {
                show(entry.path("name"));
                show(entry.path("context").path("namespace"));
            });
        }
        collect(kubeconfig);
    }

    private void show(JsonNode name) {
        shown.add(name.asText().toLowerCase(Locale.ROOT));
    }

    private void collect(JsonNode node) {
        if (node.isArray()) {
            node.forEach(this::collect);
        }
        node.fields().forEachRemaining(entry -> {
            String key = entry.getKey();
            JsonNode value = entry.getValue();
            if (key.equals("exec")) {
                collectLoginProgram(value);
            } else if (ADDRESSES.contains(key)) {
                collectPassword(value.asText());
            } else if (value.isValueNode() && isCredential(key)) {
                values.add(value.asText());
            } else {
                collect(value);
            }
        });
    }

    private static boolean isCredential(String name) {
        return CREDENTIAL.matcher(name).find() && !PLACE.matcher(name).find();
    }

    /** All variables except those whose values are common words in logs, and the values of options named like a credential. */
    private void collectLoginProgram(JsonNode program) {
        program.path("env").forEach(variable -> {
            String value = variable.path("value").asText();
            if (!PUBLIC_VARIABLES.contains(variable.path("name").asText())
                    && !shown.contains(value.toLowerCase(Locale.ROOT))) {
                values.add(value);
                collectPassword(value);
            }
        });
        boolean credentialFollows = false;
        for (JsonNode each : program.path("args")) {
            String argument = each.asText();
            int end = argument.indexOf('=');
            String option = end < 0 ? argument : argument.substring(0, end);
            if (credentialFollows && !argument.startsWith("-")) {
                values.add(argument);
            }
            credentialFollows = option.startsWith("-") && isCredential(option);
            if (credentialFollows && end >= 0) {
                values.add(argument.substring(end + 1));
                credentialFollows = false;
            }
        }
    }

    /** The password in an address, as it is written and as it is meant. */
    private void collectPassword(String address) {
        try {
            String login = URI.create(address).getRawUserInfo();
            if (login != null && login.contains(":")) {
                String password = login.substring(login.indexOf(':') + 1);
                values.add(password);
                values.add(URLDecoder.decode(password.replace("+", "%2B"), StandardCharsets.UTF_8.name()));
            }
        } catch (IllegalArgumentException | UnsupportedEncodingException noAddress) {
            // kubectl will say so.
        }
    }
}
