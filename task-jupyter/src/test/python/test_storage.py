# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Notebooks in an object store: papermill's own handler for s3:// against a real server of that interface."""

import json

import pytest
from conftest import cell, notebook_json

BUCKET = "notebooks"


class Store:
    """The objects of one bucket."""

    def __init__(self, client, variables):
        self.client = client
        self.variables = variables

    def put(self, key, *cells):
        self.client.put_object(Bucket=BUCKET, Key=key, Body=json.dumps(notebook_json(*cells)).encode("utf-8"))

    def text(self, key):
        return self.client.get_object(Bucket=BUCKET, Key=key)["Body"].read().decode("utf-8")

    def run(self, runner, source, output, **request):
        return runner.run(
            notebook="s3://%s/%s" % (BUCKET, source), output="s3://" + output, environment=self.variables, **request
        )


@pytest.fixture(scope="module")
def store():
    boto3 = pytest.importorskip("boto3", reason="boto3, for s3:// paths, needs Python 3.10 or newer")
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    address = "http://%s:%d" % server.get_host_and_port()
    access = {"id": "someone", "key": "a-key", "region": "us-east-1"}
    client = boto3.client(
        "s3",
        endpoint_url=address,
        aws_access_key_id=access["id"],
        aws_secret_access_key=access["key"],
        region_name=access["region"],
    )
    client.create_bucket(Bucket=BUCKET)
    yield Store(
        client,
        {
            "AWS_ENDPOINT_URL": address,
            "AWS_ACCESS_KEY_ID": access["id"],
            "AWS_SECRET_ACCESS_KEY": access["key"],
            "AWS_DEFAULT_REGION": access["region"],
        },
    )
    server.stop()


def test_from_a_bucket_into_a_bucket_with_the_report_of_a_failure(runner, store):
    store.put("in/a notebook.ipynb", cell("alpha = 1", "parameters"), cell("print('alpha is', alpha)"), cell("1 / 0"))
    ended = store.run(runner, "in/a notebook.ipynb", BUCKET + "/out/run.ipynb", parameters={"alpha": "it's"}, report="html")
    assert ended.code == 1
    assert "Output notebook: s3://notebooks/out/run.ipynb" in ended.lines
    assert ended.lines[-1] == "cell 4 of 4: ZeroDivisionError: division by zero"
    assert "alpha is it's" in store.text("out/run.ipynb")
    assert "ZeroDivisionError" in store.text("out/run.html")


def test_an_object_that_is_not_there(runner, store):
    ended = store.run(runner, "none.ipynb", BUCKET + "/none-out.ipynb")
    assert ended.code == 1
    assert ended.lines[-1].startswith("inputNotePath: s3://notebooks/none.ipynb cannot be read (")


def test_a_bucket_that_is_not_there(runner, store):
    store.put("one.ipynb", cell("1"))
    ended = store.run(runner, "one.ipynb", "nowhere/one.ipynb")
    assert ended.code == 1
    assert "NoSuchBucket" in ended.lines[-1]


#: Clients that tell of their import.
FAKES = {
    "boto3": "",
    "pyarrow": "",
    "azure": "",
    "github": "",
    "requests": "",
    "gcsfs": (
        "class GCSFileSystem:\n    def open(self, path, mode='r', **options):\n"
        "        return open('bucket-' + path.rpartition('/')[2], mode)\n"
    ),
}


def with_fakes(runner):
    site = runner.directory / "site"
    for name, source in FAKES.items():
        (site / name).mkdir(parents=True)
        (site / name / "__init__.py").write_text("open('imported', 'a').write(%r)\n" % (name + " ") + source)
    return {"PYTHONPATH": str(site)}


def test_no_client_is_imported_for_paths_of_this_machine(runner):
    ended = runner.run(cell("a = 1", "parameters"), cell("print('ran')"), parameters={"a": 2}, environment=with_fakes(runner))
    assert ended.code == 0, ended.log
    assert not (runner.directory / "imported").exists()


def test_a_client_is_imported_for_its_paths(runner):
    (runner.directory / "bucket-in.ipynb").write_text(json.dumps(notebook_json(cell("print('from the bucket')"))))
    ended = runner.run(notebook="gs://bucket/in.ipynb", output="gs://bucket/out.ipynb", environment=with_fakes(runner))
    assert ended.code == 0, ended.log
    assert (runner.directory / "imported").read_text().split() == ["gcsfs"]
    assert "from the bucket" in (runner.directory / "bucket-out.ipynb").read_text()


def test_a_handler_of_another_package_may_import_clients(runner):
    """papermill loads those at its start."""
    variables = with_fakes(runner)
    site = runner.directory / "site"
    (site / "mine-1.0.dist-info").mkdir()
    (site / "mine-1.0.dist-info" / "entry_points.txt").write_text("[papermill.io]\nmine:// = mine:Handler\n")
    (site / "mine-1.0.dist-info" / "METADATA").write_text("Metadata-Version: 2.1\nName: mine\nVersion: 1.0\n")
    (site / "mine.py").write_text("import boto3\nclass Handler: pass\n")
    ended = runner.run(cell("1"), environment=variables)
    assert ended.code == 0, ended.log
    assert (runner.directory / "imported").read_text().split() == ["boto3"]
