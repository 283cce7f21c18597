# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""The private names of BentoML that a generated service needs; no other file of the service uses private names.

test_bentoml_internals.py fails if a release of BentoML no longer has one of them.
"""

import typing


def dispatcher(
    answer: typing.Callable[[typing.List[typing.Any]], typing.Awaitable[typing.List[typing.Any]]],
    batch_size: int,
    latency: float,
    refuse: typing.Callable[[], typing.Any],
) -> typing.Callable[[typing.Any], typing.Awaitable[typing.Any]]:
    """Returns an async function of one request that collects requests into batches for `answer`.

    BentoML's batchable APIs use the same dispatcher, but in a body format of their own, while MLflow's clients expect MLflow's.

    latency  milliseconds that a request may take; a request that would take longer gets what `refuse` returns or raises
    """
    from bentoml._internal.marshal.dispatcher import CorkDispatcher

    corked = CorkDispatcher(
        max_latency_in_ms=latency, max_batch_size=batch_size, fallback=refuse, get_batch_size=lambda request: 1
    )
    return corked(answer)
