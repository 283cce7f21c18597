# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Secrets by reference: where they are read, and the sentence for each that is not there."""

import json
import os
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "main/resources"))

from dolphinml.common import user  # noqa: E402
from dolphinml.common.masking import SecretNames, credentials  # noqa: E402
from dolphinml.common.secret_references import (  # noqa: E402
    MissingSecret,
    SecretReferences,
    fill_references,
    missing_secrets,
    name_in,
    names_in_file,
)


def reference(name, **more):
    return dict({"secretReference": name, "field": "parameters"}, **more)


@pytest.fixture
def store(tmp_path):
    """A folder as Kubernetes mounts a secret: each name is a link to a file in a hidden folder."""
    hidden = tmp_path / user.name() / "warehouse" / "..2026"
    hidden.mkdir(parents=True)
    (hidden / "password").write_text('it\'s "s3cret"\n$HOME\n', encoding="utf-8")
    (tmp_path / user.name() / "warehouse" / "password").symlink_to("..2026/password")
    return tmp_path


def test_a_file_without_its_last_line_end(store):
    assert SecretReferences(str(store)).read("parameters", "warehouse/password") == 'it\'s "s3cret"\n$HOME'


def test_a_variable_of_the_environment(monkeypatch):
    monkeypatch.setenv("DB_PASSWORD", " s3cret\n")
    assert SecretReferences(None).read("params", "env:DB_PASSWORD") == " s3cret\n"


def test_each_reference_of_a_request_is_replaced(store):
    references = SecretReferences(str(store))
    faults = []
    filled = references.filled(
        {
            "notebook": {"parameters": {"a": reference("warehouse/password"), "b": [1, {"c": reference("warehouse/password")}]}},
            "words": ["-P", reference("warehouse/password", before="password=")],
            "other": {"secret": "a value", "none": None},
        },
        faults,
    )
    secret = 'it\'s "s3cret"\n$HOME'
    assert faults == [] and references.names == ["warehouse/password"] and set(references.values) == {secret}
    assert filled == {
        "notebook": {"parameters": {"a": secret, "b": [1, {"c": secret}]}},
        "words": ["-P", "password=" + secret],
        "other": {"secret": "a value", "none": None},
    }


@pytest.mark.parametrize(
    "name, sentence",
    [
        ("warehouse/pasword", "the secret warehouse/pasword cannot be read from"),
        ("warehouse", "the secret warehouse cannot be read from"),
        ("warehouse/empty", "the secret warehouse/empty is empty"),
        ("warehouse/binary", "the secret warehouse/binary in"),
        ("env:NO_SUCH_VARIABLE", "there is no environment variable NO_SUCH_VARIABLE for the secret env:NO_SUCH_VARIABLE"),
        ("../other/password", '"../other/password" is not the name of a secret'),
        ("warehouse/..2026/password", '"warehouse/..2026/password" is not the name of a secret'),
        ("/etc/passwd", '"/etc/passwd" is not the name of a secret'),
        ("env:", '"env:" is not the name of a secret'),
        ("", '"" is not the name of a secret'),
        ("warehouse/password\n", "is not the name of a secret"),
    ],
)
def test_what_is_missing_is_one_sentence(store, name, sentence):
    (store / user.name() / "warehouse" / "empty").write_text("\n")
    (store / user.name() / "warehouse" / "binary").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(MissingSecret) as missing:
        SecretReferences(str(store)).read("parameters", name)
    assert str(missing.value).startswith("parameters: ") and sentence in str(missing.value)


def test_no_folder_of_secrets():
    with pytest.raises(MissingSecret, match="the operator sets ml.secrets.dir"):
        SecretReferences(None).read("openmldb.password", "warehouse/password")


@pytest.mark.skipif(os.getuid() == 0, reason="root may read everything")
def test_a_file_that_the_user_may_not_read(store):
    (store / user.name() / "warehouse" / "..2026" / "password").chmod(0)
    with pytest.raises(MissingSecret, match="Permission denied"):
        SecretReferences(str(store)).read("parameters", "warehouse/password")


def test_all_that_is_missing_is_reported_at_once(store):
    faults = []
    SecretReferences(str(store)).filled([reference("a"), reference("b/c")], faults)
    assert len(faults) == 2


@pytest.mark.parametrize("value, name", [("secret:a/b", "a/b"), ("secret:", ""), ("a secret:b", None), (5, None), (None, None)])
def test_a_text_that_refers_to_a_secret(value, name):
    assert name_in(value) == name


@pytest.mark.parametrize(
    "name, secret",
    [
        ("db_password", True),
        ("apiKey", True),
        ("TOKEN2", True),
        ("PASSWORD", True),
        ("monkey", False),
        ("keys", False),
        ("dbPassword", True),
        ("a.key", True),
    ],
)
def test_secret_names_are_those_of_the_worker(name, secret):
    assert SecretNames(["password", "key", "Token", "apikey"]).matches(name) is secret


def test_values_of_secret_names():
    names = SecretNames(["password"])
    assert names.values({"db": {"password": ["a", 12, None, True], "host": "h"}}) == ["a", "12"]
    assert names.values({"host": "h"}, True) == ["h"]


@pytest.mark.parametrize(
    "text, values",
    [
        ("users:\n- name: a\n  user:\n    token: t0ken-1\n    client-certificate-data: Zm9v\n", ["t0ken-1"]),
        ('{"users": [{"user": {"token": "t0ken\\u0031", "password":"pass, word}"}}]}', ["t0ken1", "pass, word}"]),
        ("users: [{name: a, user: {token: t0ken, client-key-data: Zm9v}}]", ["t0ken", "Zm9v"]),
        ("    password: 'it''s'\n    username: admin\n", ["it's"]),
        ("    client-key-data: |\n      Zm9v\n      YmFy\n    username: admin\n", ["Zm9v\nYmFy"]),
        ("    token-file: /var/run/token\n    tokens: many\n    my.password_hint: none\n", []),
    ],
)
def test_credentials_of_a_configuration_file(text, values):
    assert credentials(text) == values


def test_of_a_document_only_the_credentials_are_hidden(store):
    text = "apiVersion: v1\nusers:\n- user: {token: t0ken}\n"
    (store / user.name() / "kubeconfig").write_text(text)
    references = SecretReferences(str(store))
    assert references.filled(reference("kubeconfig", document=True), []) == text.rstrip("\n")
    assert references.values == ["t0ken"]


def test_what_is_missing_for_programs_that_have_not_begun(store, tmp_path):
    private = tmp_path / "[private]"
    private.mkdir()
    request = {"secretsDirectory": str(store), "part": [reference("warehouse/password"), reference("a/b")]}
    (private / "data-request.json").write_text(json.dumps(request))
    (private / "request.json").write_text(json.dumps({"part": reference("env:NO_SUCH_VARIABLE")}))
    (private / "report.json").write_text("{")
    [first, second] = missing_secrets(str(private))
    assert second.startswith("parameters: there is no environment variable NO_SUCH_VARIABLE ")
    assert [first] == [
        "parameters: the secret a/b cannot be read from %s as user %s (No such file or directory);"
        " put it there, readable by that user" % (store / user.name() / "a/b", user.name())
    ]


def test_the_path_of_a_secret_takes_its_place(store):
    text = "users:\n- user: {token: t0ken}\n"
    (store / user.name() / "kubeconfig").write_text(text)
    references, faults = SecretReferences(str(store)), []
    path = references.filled(reference("kubeconfig", document=True, path=True), faults)
    assert path == str(store / user.name() / "kubeconfig") and references.values == ["t0ken"] and not faults
    references.filled(reference("none", document=True, path=True), faults)
    references.filled(reference("env:HOME", document=True, path=True), faults)
    assert "the secret none cannot be read from" in faults[0]
    assert faults[1] == "parameters: the secret env:HOME is not a file; use the name of one below ml.secrets.dir"


def test_of_an_address_its_password_is_hidden_by_itself(store):
    (store / user.name() / "address").write_text("https://user:p%40ss@host/, https://t0ken@host, http://host")
    references = SecretReferences(str(store))
    value = references.read("mlflowTrackingUri", "address")
    assert references.values == [value, "p%40ss", "p@ss", "t0ken", "t0ken"]


@pytest.mark.parametrize(
    "text, names",
    [
        ("db_password: secret:warehouse/password\nx: 1\n", ["warehouse/password"]),
        ('a: \'secret:b\'  # why\n"c": "secret:env:D"\n---\n', ["b"]),
        ('{"a": ["secret:b", {"c": "secret:d"}], "e": "not secret:f"}', ["b", "d"]),
        ("# a: secret:no\nnote: see secret:no\ntext: |\n  a: secret:no\nb: secret:c d\n- e: secret:no\n", []),
        ("nested:\n  a: secret:found-by-papermill\n", []),
        ("", []),
    ],
)
def test_names_in_a_file_of_parameters(tmp_path, text, names):
    (tmp_path / "parameters.yaml").write_text(text)
    assert names_in_file(str(tmp_path / "parameters.yaml")) == names


def test_a_file_of_parameters_that_cannot_be_read_has_no_names(tmp_path):
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    os.mkfifo(str(tmp_path / "pipe"))
    for path in (str(tmp_path / "binary"), str(tmp_path / "pipe"), str(tmp_path), "s3://bucket/none.yaml"):
        assert names_in_file(path) == []


def test_what_a_file_of_parameters_refers_to_is_read(store, tmp_path):
    (tmp_path / "parameters.yaml").write_text("a: secret:warehouse/password\nb: secret:none\n")
    references, faults = SecretReferences(str(store)), []
    references.filled([{"secretsInFile": str(tmp_path / "parameters.yaml"), "field": "others"}], faults)
    assert references.names == ["warehouse/password"]
    assert len(faults) == 1 and faults[0].startswith("others: the secret none cannot be read from")


def test_texts_in_a_value_are_replaced():
    value = {"a": ["secret:b", 1, None], "c": "secret:d", "secret:key": "e"}
    assert fill_references(value, str.upper) == {"a": ["B", 1, None], "c": "D", "secret:key": "e"}
