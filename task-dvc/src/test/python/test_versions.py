# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""DVC 2 and DVC 3 on the same repositories. DOLPHINML_TEST_DVC2 is an environment with the oldest DVC that is supported."""

import os
from pathlib import Path

import pytest
from conftest import Runner, shown

# For DVC 2 a text with the line ends of Windows is the same content as one with those of Unix: no two here are that.
TEXT = {"crlf.txt": b"a\r\nb\r\n", "binary": bytes(range(256)), "sub/lf.txt": b"c\nd\n", "empty": b""}


@pytest.fixture
def dvc2():
    directory = os.environ.get("DOLPHINML_TEST_DVC2")
    if not directory:
        pytest.skip("DOLPHINML_TEST_DVC2 names no environment with DVC 2")
    return str(Path(directory) / "bin" / "python")


def test_what_dvc_2_has_made_dvc_2_and_3_read(runner, other, bare, store, dvc2):
    runner.python = dvc2
    ended = runner.run("init", storeUrl=str(store))
    assert ended.code == 0, ended.log
    uploaded = runner.upload(TEXT, path="images", location="images").outputs
    assert "hash:" not in shown(bare, "images.dvc")
    for number, python in enumerate((dvc2, other.python)):
        each = Runner(other.directory, runner.repository, python)
        there = each.download(location="images", path="there%d" % number)
        assert there.outputs["md5"] == uploaded["md5"], there.log
        for name, content in TEXT.items():
            assert (other.directory / ("there%d" % number) / name).read_bytes() == content
        assert each.run("check", version="v1", location="images", pollInterval=1).code == 0
    # DVC 3 continues where DVC 2 has been, with checksums of its own kind.
    assert other.upload("new", path="new.csv", location="new.csv", version="v2").code == 0
    assert "hash: md5" in shown(bare, "new.csv.dvc")
    assert other.download("v2", location="images", path="again").code == 0
