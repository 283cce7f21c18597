# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""The results of a run: for the end of the log, and for the next tasks."""

from typing import TYPE_CHECKING, Any, Dict, List

from dolphinml.mlflow.project import summary

if TYPE_CHECKING:
    from dolphinml.mlflow.project.tracked_run import TrackedRun


class Outcome:
    """The outputs of a finished run. `reported` comes from a preset; `wanted` are the names that the node passes on."""

    def __init__(self, run: "TrackedRun", reported: Dict[str, Any], wanted: List[str]) -> None:
        self.metrics = dict(run.fetched().data.metrics)
        self.outputs = {"mlflow.run_id": run.id, "mlflow.experiment_id": run.experiment_id}
        self.outputs.update((name, value) for name, value in (reported.get("outputs") or {}).items() if value is not None)
        if "mlflow.model_uri" not in self.outputs:
            self.outputs["mlflow.model_uri"], self.outputs["mlflow.model_version"] = run.model()
        self.outputs.setdefault("mlflow.model_version", "")
        self.absent = [name for name in wanted if name not in self.metrics and name not in self.outputs]
        self.outputs.update((name, self.metrics[name]) for name in wanted if name in self.metrics)

    def lines(self) -> List[str]:
        """Returns a table of the metrics, and the model, as lines for the log."""
        lines = ["Metrics of the run:"] + summary.metrics_table(self.metrics) if self.metrics else []
        if self.outputs["mlflow.model_uri"]:
            lines.append("Model: %s" % self.outputs["mlflow.model_uri"])
        return lines

    def warnings(self) -> List[str]:
        there = ", ".join(sorted(self.metrics)) or "none"
        return ["The output parameter %s is not a metric of the run; there are %s" % (name, there) for name in self.absent]
