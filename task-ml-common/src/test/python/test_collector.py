# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
import gc

import pytest

from dolphinml.common import collector


@pytest.fixture(autouse=True)
def usual():
    before = gc.get_threshold()
    yield before
    gc.set_threshold(*before)


def test_there_are_fewer_looks_until_they_are_as_usual(usual):
    collector.collect_rarely()
    assert gc.get_threshold()[0] > 10 * usual[0] and gc.get_threshold()[1:] == usual[1:]
    collector.collect_as_usual()
    assert gc.get_threshold() == usual
