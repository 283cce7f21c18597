# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""The one exception that engines raise when they cannot do what was requested."""


class EngineRefused(Exception):
    """The engine's platform refused a request or did not answer in time. The text is its reason."""
