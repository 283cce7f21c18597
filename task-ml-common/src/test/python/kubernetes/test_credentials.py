# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Which values of a kubeconfig no log may show; KubeconfigSecretsTest.java has the same cases."""

import pytest

from dolphinml.kubernetes.credentials import of_kubeconfig


def secrets(user):
    return of_kubeconfig({"users": [{"name": "robot", "user": user}]})


def variables(**values):
    return {"exec": {"env": [{"name": name, "value": value} for name, value in values.items()]}}


@pytest.mark.parametrize(
    "user, hidden",
    [
        ({"token": "t0ken"}, {"t0ken"}),
        ({"username": "me", "password": "pa55"}, {"pa55"}),
        ({"client-certificate-data": "Y2VydA==", "client-key-data": "a2V5LTE="}, {"a2V5LTE="}),
        (
            {
                "auth-provider": {
                    "name": "oidc",
                    "config": {
                        "client-id": "kubernetes",
                        "client-secret": "s3cret",
                        "id-token": "1d",
                        "refresh-token": "r3fresh",
                        "idp-issuer-url": "https://login",
                    },
                }
            },
            {"s3cret", "1d", "r3fresh"},
        ),
        (
            {"auth-provider": {"name": "gcp", "config": {"access-token": "acc355", "cmd-path": "gcloud", "expiry": "soon"}}},
            {"acc355"},
        ),
        (variables(AWS_SECRET_ACCESS_KEY="k3y", LOGIN="l0gin"), {"k3y", "l0gin"}),
        (variables(HTTPS_PROXY="http://me:p%40ss@proxy:3128"), {"http://me:p%40ss@proxy:3128", "p%40ss", "p@ss"}),
        (
            {"exec": {"args": ["get-token", "--client-secret=s3cret", "--password", "pa55", "--tenant", "contoso"]}},
            {"s3cret", "pa55"},
        ),
    ],
)
def test_each_kind_of_secret_is_hidden(user, hidden):
    assert secrets(user) == hidden


@pytest.mark.parametrize(
    "user",
    [
        {"tokenFile": "/no/such/token", "client-key": "/no/such/key.pem"},
        variables(P="robot", Q="True", R="default"),
        variables(AWS_PROFILE="prod", AWS_STS_REGIONAL_ENDPOINTS="regional"),
        {"exec": {"args": ["--token-cache-dir=/home/me", "get-token", "--region", "north"]}},
        {"exec": {"env": None, "args": None}},
        {"exec": None},
    ],
)
def test_what_is_public_stays(user):
    assert secrets(user) == set()


def test_a_password_in_the_address_of_a_cluster_is_hidden():
    assert of_kubeconfig({"clusters": [{"name": "a", "cluster": {"proxy-url": "http://me:pa55@proxy:3128"}}]}) == {"pa55"}


def test_the_files_that_a_kubeconfig_names_are_hidden(tmp_path):
    (tmp_path / "token").write_text("t0ken\n")
    (tmp_path / "key.pem").write_text("-----BEGIN KEY-----\na2V5\n-----END KEY-----\n")
    found = secrets({"tokenFile": str(tmp_path / "token"), "client-key": str(tmp_path / "key.pem")})
    assert found == {"t0ken", "-----BEGIN KEY-----\na2V5\n-----END KEY-----"}


@pytest.mark.parametrize("empty", [{}, {"users": None, "clusters": None, "contexts": None}, {"users": [{"name": "a"}]}])
def test_an_empty_kubeconfig_has_none(empty):
    assert of_kubeconfig(empty) == set()
