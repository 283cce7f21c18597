# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""The address under which a cluster fetches a model's files."""

import pytest

from dolphinml.common.program import TaskFailure
from dolphinml.mlflow.deploy.model.location import address_for_cluster


@pytest.mark.parametrize(
    "address, beginning, replacement, expected",
    [
        (
            "mlflow-artifacts:/1/models/m-2/artifacts",
            "mlflow-artifacts:/",
            "s3://bucket/path",
            "s3://bucket/path/1/models/m-2/artifacts",
        ),
        (
            "mlflow-artifacts:/1/models/m-2/artifacts",
            "mlflow-artifacts:/",
            "s3://bucket/path/",
            "s3://bucket/path/1/models/m-2/artifacts",
        ),
        ("mlflow-artifacts:/1/m", "mlflow-artifacts:", "pvc://models", "pvc://models/1/m"),
        ("file:///mnt/models/1/m", "file:///mnt/models", "pvc://models", "pvc://models/1/m"),
        ("file:///mnt/models/1/m", "file:///mnt/models/", "pvc://models/", "pvc://models/1/m"),
        ("file:///mnt/models", "file:///mnt/models", "pvc://models", "pvc://models"),
        ("file:///models/1", "file:///", "pvc://", "pvc://models/1"),
        ("s3://inside/1", "s3://inside", "https://outside", "https://outside/1"),
    ],
)
def test_a_beginning_is_replaced_in_whole_parts(address, beginning, replacement, expected):
    assert address_for_cluster(address, {beginning: replacement}) == expected


def test_the_longest_beginning_counts():
    assert address_for_cluster("s3://a/b/c", {"s3://a": "gs://x", "s3://a/b": "gs://y"}) == "gs://y/c"


def test_another_directory_of_a_similar_name_is_not_meant():
    with pytest.raises(TaskFailure) as failure:
        address_for_cluster("file:///mnt/models2/1", {"file:///mnt/models": "pvc://models"})
    assert "mlflow.storageMap: the model's files are at file:///mnt/models2/1" in failure.value.summary
