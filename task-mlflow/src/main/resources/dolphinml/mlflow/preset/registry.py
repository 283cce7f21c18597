"""One registered model: its versions, and which of them is production by alias and by stage.

MLflow before 2.3 has no aliases, and stages go away in some version after 3; what a server lacks is left out.
"""

import contextlib
import io
import re

import mlflow
from mlflow.exceptions import MlflowException

from dolphinml.mlflow.preset.tracking import quiet

ALIAS, STAGE = "production", "Production"
CHALLENGER = "challenger"

_LACKS = ("ENDPOINT_NOT_FOUND", "FEATURE_DISABLED", "NOT_IMPLEMENTED", "UNIMPLEMENTED")
_ABSENT = ("RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE", "NOT_FOUND")


class RegisteredModel:
    def __init__(self, name, client=None):
        self.name = name
        self._client = client or mlflow.tracking.MlflowClient()

    def add(self, model_uri):
        """A new version of the model at the URI; the name is made where it is new. Returns the version as text."""
        with quiet(), contextlib.redirect_stderr(io.StringIO()):
            return str(mlflow.register_model(model_uri, self.name).version)

    def set_alias(self, alias, version):
        """Whether the server could."""
        return self._supported("set_registered_model_alias", self.name, alias, version)

    def set_stage(self, version):
        """Makes the version the one in stage Production, the former ones Archived; whether the server could."""
        return self._supported(
            "transition_model_version_stage", name=self.name, version=version, stage=STAGE,
            archive_existing_versions=True,
        )

    def production(self):
        """The version that `@production` means, else the newest in stage Production, else None."""
        return self._by_alias() or self._by_stage()

    def run_metrics(self, version):
        """The metrics of the run that logged the version; empty where the run is gone."""
        try:
            return dict(self._client.get_run(version.run_id).data.metrics) if version.run_id else {}
        except MlflowException as error:
            if error.error_code in _ABSENT:
                return {}
            raise

    def _by_alias(self):
        if not hasattr(self._client, "get_model_version_by_alias"):
            return None
        try:
            return self._client.get_model_version_by_alias(self.name, ALIAS)
        except MlflowException as error:
            if error.error_code in _ABSENT or _is_lacking(error):
                return None
            raise

    def _by_stage(self):
        quote = '"' if "'" in self.name else "'"
        versions = self._client.search_model_versions("name=%s%s%s" % (quote, self.name, quote))
        staged = [version for version in versions if getattr(version, "current_stage", None) == STAGE]
        return max(staged, key=lambda version: int(version.version), default=None)

    def _supported(self, method, *values, **named):
        call = getattr(self._client, method, None)
        if call is None:
            return False
        try:
            with quiet():
                call(*values, **named)
            return True
        except MlflowException as error:
            if _is_lacking(error):
                return False
            raise


def _is_lacking(error):
    """Whether the server says that it has no such thing at all, not that it refuses this one."""
    text = str(error)
    return error.error_code in _LACKS or "is unsupported" in text or bool(re.search(r"error code (404|405|501)\b", text))
