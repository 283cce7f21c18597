# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""What a deployment of the type BENTOML serves."""

from typing import Optional

from dolphinml.mlflow.deploy.bento.store import BentoStore


class BentoService:
    """A service as `bentoml serve` takes it.

    target   what `bentoml serve` is given
    bento    the tag of the Bento that is served, None where it is none
    """

    target = ""
    bento: Optional[str] = None

    @property
    def identity(self) -> Optional[str]:
        """A text that changes with the service."""
        return None

    def check(self) -> None:
        """Raises TaskFailure when the service cannot be served here."""

    def populate(self, folder: str, model_tag: str, files: str, kept: BentoStore) -> None:
        """Puts what `bentoml` is to serve into the new `folder`; `files` are the model's own."""
        raise NotImplementedError
