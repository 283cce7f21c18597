/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.common.kubernetes;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The same cases as in test_credentials.py. */
class KubeconfigSecretsTest {

    private static Set<String> of(String user) {
        return KubeconfigSecrets.of("users: [{name: robot, user: " + user + "}]");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{token: t0ken}| t0ken",
                "{username: me, password: pa55}| pa55",
                "{client-certificate-data: Y2VydA==, client-key-data: a2V5LTE=}| a2V5LTE=",
                "{auth-provider: {name: oidc, config: {client-id: kubernetes, client-secret: s3cret, id-token: 1d,"
                        + " refresh-token: r3fresh, idp-issuer-url: https://login}}}| s3cret 1d r3fresh",
                "{auth-provider: {name: gcp, config: {access-token: acc355, cmd-path: gcloud, expiry: soon}}}| acc355",
                "{exec: {command: aws, env: [{name: AWS_SECRET_ACCESS_KEY, value: k3y}, {name: LOGIN, value: l0gin}]}}|"
                        + " k3y l0gin",
                "{exec: {env: [{name: HTTPS_PROXY, value: 'http://me:p%40ss@proxy:3128'}]}}|"
                        + " http://me:p%40ss@proxy:3128 p%40ss p@ss",
                "{exec: {args: [get-token, --client-secret=s3cret, --password, pa55, --tenant, contoso]}}| s3cret pa55",
            })
    void eachKindOfSecretIsHidden(String user, String secrets) {
        assertEquals(new HashSet<>(Arrays.asList(secrets.split(" "))), of(user));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{tokenFile: /var/run/token, client-key: /etc/key.pem}",
                "{exec: {env: [{name: P, value: robot}, {name: Q, value: 'True'}, {name: R, value: default}]}}",
                "{exec: {env: [{name: AWS_PROFILE, value: prod}, {name: AWS_STS_REGIONAL_ENDPOINTS, value: regional}]}}",
                "{exec: {args: [--token-cache-dir=/home/me, get-token, --region, north]}}",
                "{exec: {env: null, args: null}}",
                "{exec: none}",
            })
    void whatIsPublicStays(String user) {
        assertEquals(Collections.emptySet(), of(user));
    }

    @Test
    void aPasswordInTheAddressOfAClusterIsHidden() {
        assertEquals(
                Collections.singleton("pa55"),
                KubeconfigSecrets.of("clusters: [{name: a, cluster: {proxy-url: 'http://me:pa55@proxy:3128'}}]"));
    }

    @Test
    void whatIsNoYamlHasNoSecrets() {
        assertEquals(Collections.emptySet(), KubeconfigSecrets.of("a: [1"));
    }
}
