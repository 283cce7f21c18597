# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""BentoML's private names are what this release of it has them for."""

import asyncio
import pathlib
import re

import pytest

pytest.importorskip("bentoml", reason="NO BENTOML: generated services are not tested in this environment")

import generated_service  # noqa: E402, F401

import bentoml_internals  # noqa: E402

pytestmark = pytest.mark.bentoml


def test_requests_that_arrive_together_are_answered_together():
    batches = []

    async def answer(requests):
        batches.append(list(requests))
        return [10 * request for request in requests]

    async def three():
        dispatch = bentoml_internals.dispatcher(answer, 3, 60000, refuse=None)
        return await asyncio.gather(*(dispatch(request) for request in (1, 2, 3)))

    assert asyncio.run(three()) == [10, 20, 30]
    assert sorted(request for batch in batches for request in batch) == [1, 2, 3]
    assert all(len(batch) <= 3 for batch in batches)


def test_no_other_program_uses_private_names_of_bentoml():
    programs = pathlib.Path(bentoml_internals.__file__).parents[4]
    private = re.compile(r"bentoml\._|from bentoml[\w.]* import _")
    found = [each.name for each in sorted(programs.rglob("*.py")) if private.search(each.read_text(encoding="utf-8"))]
    assert found == ["bentoml_internals.py"]
