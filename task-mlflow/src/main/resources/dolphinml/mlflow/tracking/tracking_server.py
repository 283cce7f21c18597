# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""The address of a tracking server, separated from its credentials, which must not reach a command line or a log."""

import os
from typing import Dict, Optional
from urllib.parse import unquote, urlsplit, urlunsplit

SECRET_VARIABLES = ("MLFLOW_TRACKING_PASSWORD", "MLFLOW_TRACKING_TOKEN")

# Variables that a worker or an outer run may export, and that would point MLflow elsewhere than the node does.
FOREIGN_VARIABLES = ("MLFLOW_RUN_ID", "MLFLOW_EXPERIMENT_ID", "MLFLOW_EXPERIMENT_NAME")


class TrackingServer:
    """`uri` is for MLflow, `shown` has no secrets in it, `secrets` are the texts to mask in logs."""

    def __init__(self, text: str) -> None:
        self.uri = text.strip()
        self.is_remote = self.uri.lower().startswith(("http://", "https://"))
        self._credentials = {}
        self.secrets = [os.environ[name] for name in SECRET_VARIABLES if os.environ.get(name)]
        self.shown = self.uri
        try:
            parts = urlsplit(self.uri)
        except ValueError:  # not an address; reported when it is used
            return
        if "@" not in parts.netloc:
            return
        user_info, _, host = parts.netloc.rpartition("@")
        bare = urlunsplit((parts.scheme, host, parts.path, parts.query, parts.fragment))
        user, _, password = user_info.partition(":")
        self.shown = bare
        self.secrets += [text for text in (password or user, unquote(password or user)) if text]
        if self.is_remote and password:
            self.uri = bare
            self._credentials = {
                "MLFLOW_TRACKING_USERNAME": unquote(user),
                "MLFLOW_TRACKING_PASSWORD": unquote(password),
            }

    def variables(self) -> Dict[str, str]:
        """Returns the environment variables for MLflow to reach it, without usage reports unless they were switched on.

        If MLflow 3 cannot report, its thread removes an environment variable, possibly while another copies os.environ.
        """
        silent = os.environ.get("MLFLOW_DISABLE_TELEMETRY", "true")
        return dict(self._credentials, MLFLOW_TRACKING_URI=self.uri, MLFLOW_DISABLE_TELEMETRY=silent)

    def link(self, experiment_id: str, run_id: str) -> Optional[str]:
        """Returns the URL of the run's page in the UI, None if the store has no UI."""
        if not self.is_remote:
            return None
        return "%s/#/experiments/%s/runs/%s" % (self.shown.rstrip("/"), experiment_id, run_id)
