# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""The interface of the services that a deployment of type BENTOML can serve."""

from typing import Optional

from dolphinml.mlflow.deploy.bento.store import BentoStore


class BentoService:
    """A service that `bentoml serve` runs.

    target   the argument of `bentoml serve`
    bento    the tag of the Bento that is served, None if it is not a Bento
    """

    target = ""
    bento: Optional[str] = None

    @property
    def identity(self) -> Optional[str]:
        """A string that changes when the service changes; None if the model and the settings determine the service."""
        return None

    def check(self) -> None:
        """Raises TaskFailure if the service cannot be served here."""

    def populate(self, folder: str, model_tag: str, files: str, kept: BentoStore) -> None:
        """Writes the files that `bentoml` serves into the new directory `folder`.

        model_tag   the model's tag in the store
        files       the directory of the model's files
        kept        the deployment's store
        """
        raise NotImplementedError
