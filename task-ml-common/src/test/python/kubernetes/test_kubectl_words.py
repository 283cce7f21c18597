# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""What kubectl's words mean: a certain no, or a question to ask again. The texts are those of kubectl 1.37 and earlier."""

import pytest

from dolphinml.kubernetes.kubectl import Kubectl, Refused, Unanswered, reference, refusal_in

FORBIDDEN = (
    'Error from server (Forbidden): pytorchjobs.kubeflow.org "x" is forbidden: User "eve" cannot create resource'
    ' "pytorchjobs" in API group "kubeflow.org" in the namespace "team"'
)


@pytest.mark.parametrize(
    "text",
    [
        "Unable to connect to the server: net/http: TLS handshake timeout",
        "The connection to the server 127.0.0.1:6443 was refused - did you specify the right host or port?",
        "Unable to connect to the server: context deadline exceeded (Client.Timeout exceeded while awaiting headers)",
        'Error from server (InternalError): an error on the server ("") has prevented the request from succeeding',
        "Error from server (ServiceUnavailable): the server is currently unable to handle the request",
        "Error from server (TooManyRequests): the server has received too many requests and has asked us to try again later",
        "Error from server: etcdserver: leader changed",
        "Error from server (Timeout): the server was unable to return a response in the time allotted",
        "error: unexpected error when reading response body. Original error: unexpected EOF",
        "Unable to connect to the server: dial tcp: lookup api.example.org: no such host",
        'Error from server (InternalError): error when creating "a.json": Internal error occurred: failed calling webhook "v"',
        "request timed out: no answer within 60 s",
    ],
)
def test_what_may_be_otherwise_the_next_time_is_repeated(text):
    assert refusal_in(text) is None


@pytest.mark.parametrize(
    "text, reason",
    [
        ('Error from server (NotFound): jobs.batch "x" not found', "NotFound"),
        ('Error from server (NotFound): error when creating "a": namespaces "team" not found', "NotFound"),
        ("Error from server (NotFound): the server could not find the requested resource", "NoKind"),
        (
            'error: resource mapping not found for name: "x" namespace: "" from "a.json": no matches for kind "Widget" in'
            ' version "t/v1"'
            "\nensure CRDs are installed first",
            "NoKind",
        ),
        ('error: the server doesn\'t have a resource type "Widget"', "NoKind"),
        ('Error from server (AlreadyExists): error when creating "a": jobs.batch "x" already exists', "AlreadyExists"),
        ('The Job "x" is invalid: spec.template.spec.restartPolicy: Required value', "Invalid"),
        ("error: You must be logged in to the server (Unauthorized)", "Unauthorized"),
        (
            "error: You must be logged in to the server (the server has asked for the client to provide credentials)",
            "Unauthorized",
        ),
        (FORBIDDEN, "Forbidden"),
        ('error: context "prod" does not exist', ""),
        (
            "Unable to connect to the server: getting credentials: exec: executable gke-gcloud-auth-plugin not found\n\nIt looks"
            " like you are trying to use a client-go credential plugin that is not installed.",
            "",
        ),
        ("tls: failed to verify certificate: x509: certificate signed by unknown authority", ""),
    ],
)
def test_a_certain_no_has_its_reason(text, reason):
    assert refusal_in(text).reason == reason


def test_a_missing_right_is_one_sentence_with_verb_and_resource():
    assert refusal_in(FORBIDDEN).sentence == (
        "the cluster's rules do not let eve create pytorchjobs.kubeflow.org in namespace team; a Role with this verb and"
        " resource has to be bound to that user"
    )


def test_a_reference_names_group_and_version():
    assert reference({"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "x"}}) == "Job.v1.batch/x"
    assert reference({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "x"}}) == "Pod.v1./x"


def test_a_right_that_was_never_there_is_not_waited_for(tmp_path):
    """One that an answer has shown before may be missing for a moment, while the API server starts."""
    program, calls = tmp_path / "kubectl", tmp_path / "calls"
    program.write_text(
        '#!/bin/sh\necho "$*" >> %s\ncase "$*" in *b.json*) echo \'%s\' >&2; exit 1;; esac\necho {}\n' % (calls, FORBIDDEN)
    )
    program.chmod(0o755)
    kubectl = Kubectl(str(program), {"PATH": "/usr/bin:/bin"}, None)
    kubectl.query("create", "--dry-run=server", "--filename", "a.json")
    with pytest.raises(Refused):
        kubectl.query("create", "--dry-run=server", "--filename", "b.json")
    assert len(calls.read_text().splitlines()) == 2
    assert kubectl._may_settle(refusal_in(FORBIDDEN), ["create", "--output=json", "--filename", "a.json"])
    assert not kubectl._may_settle(refusal_in(FORBIDDEN), ["create", "--output=json", "--filename", "b.json"])
    quota = refusal_in('Error from server (Forbidden): error when creating "a.json": pods "x" is forbidden: exceeded quota: few')
    assert not kubectl._may_settle(quota, ["create", "--filename", "a.json"])


def test_what_a_login_program_says_before_it_fails_is_the_reason(tmp_path):
    program = tmp_path / "kubectl"
    program.write_text(
        "#!/bin/sh\nfor turn in 1 2; do echo 'the profile prod could not be found' >&2; done\n"
        "echo 'Unable to connect to the server: getting credentials: exec: executable aws failed with exit code 255' >&2\n"
        "exit 1\n"
    )
    program.chmod(0o755)
    kubectl = Kubectl(str(program), {"PATH": "/usr/bin:/bin"}, None, patience=0.0)
    with pytest.raises(Unanswered) as fault:
        kubectl.query("get", "pods")
    assert str(fault.value) == (
        "the kubeconfig's login program has failed for 0 s: the profile prod could not be found; Unable to connect to the"
        " server: getting credentials: exec: executable aws failed with exit code 255"
    )
