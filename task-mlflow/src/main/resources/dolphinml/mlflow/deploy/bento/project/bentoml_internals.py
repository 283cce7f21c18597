# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""What BentoML keeps private and a generated service needs: no other file of it touches those names.

test_bentoml_internals.py fails where a release of BentoML no longer has one.
"""

import typing


def dispatcher(
    answer: typing.Callable[[typing.List[typing.Any]], typing.Awaitable[typing.List[typing.Any]]],
    batch_size: int,
    latency: float,
    refuse: typing.Callable[[], typing.Any],
) -> typing.Callable[[typing.Any], typing.Awaitable[typing.Any]]:
    """An async function of one request that has `answer` do several at once.

    It is what a batchable API uses. Such an API reads and writes bodies in its own way, and MLflow's clients expect MLflow's.

    latency  milliseconds that a request may take; one that would take longer gets what `refuse` returns or raises
    """
    from bentoml._internal.marshal.dispatcher import CorkDispatcher

    corked = CorkDispatcher(
        max_latency_in_ms=latency, max_batch_size=batch_size, fallback=refuse, get_batch_size=lambda request: 1
    )
    return corked(answer)
