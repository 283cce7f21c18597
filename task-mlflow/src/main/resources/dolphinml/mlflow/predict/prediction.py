# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""One batch prediction, from its checks to its outputs."""

import contextlib
import os
import shutil
import tempfile
import time
from typing import TYPE_CHECKING, Any, Dict

from dolphinml.common import exceptions
from dolphinml.common.program import TaskFailure, workdir
from dolphinml.mlflow.deploy.model.source import RegisteredModel
from dolphinml.mlflow.predict.inputs import Inputs

if TYPE_CHECKING:
    import pandas
    from mlflow.pyfunc import PyFuncModel

    from dolphinml.common.program import Task
    from dolphinml.mlflow.deploy.model.resolve import FixedModel
    from dolphinml.mlflow.predict.batch import Batch
    from dolphinml.mlflow.predict.inputs import File

SECONDS_BETWEEN_PROGRESS = 10.0


def main(task: "Task") -> Dict[str, Any]:
    settings = task.request["prediction"]
    base = workdir(task)
    inputs = Inputs(settings["input"], settings["predictions"], base)
    source = RegisteredModel(task, settings["model"], settings["trackingUri"])
    model = source.resolve()
    task.console.line("The model: %s%s" % (model.uri, " (%s)" % model.how if model.how else ""))
    scoring = BatchScoring(task, inputs, _loaded(task, source, model), settings["batchRows"])
    scoring.check()
    rows = scoring.run()
    task.console.line("Predicted %d rows: %s" % (rows, inputs.target))
    return {
        "mlflow.predicted_rows": rows,
        "mlflow.predictions": inputs.target,
        "mlflow.model_uri": model.uri,
        "mlflow.model_name": model.name,
        "mlflow.model_version": model.version,
    }


def _loaded(task: "Task", source: RegisteredModel, model: "FixedModel") -> "PyFuncModel":
    """Loads the model into this process and deletes its downloaded files."""
    import mlflow.pyfunc

    temporary = task.temporary_folder(tempfile.gettempdir(), "dolphinml-model-")
    try:
        files = os.path.join(temporary, "model")
        source.fetch(model, files)
        try:
            return mlflow.pyfunc.load_model(files)
        except ImportError as error:
            raise TaskFailure(
                "mlflow.environment: the environment lacks what the model needs (%s); install the model's"
                " requirements there, or name another environment" % exceptions.message_with_type(error)
            ) from None
        except Exception as error:  # the model's own library may raise anything
            raise TaskFailure("deployModelKey: the model cannot be loaded: %s" % exceptions.message_with_type(error)) from None
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


class BatchScoring:
    """Scores the files of one prediction with a loaded model."""

    def __init__(self, task: "Task", inputs: Inputs, model: "PyFuncModel", batch_rows: int) -> None:
        from dolphinml.mlflow.predict import signature

        self._task, self._inputs, self._model, self._batch_rows = task, inputs, model, batch_rows
        self._signature = signature.Signature(model.metadata.get_input_schema())
        self._rows = 0
        self._began = self._reported = time.monotonic()

    def check(self) -> None:
        """Compares the columns of every file with the model's signature, before any row is scored."""
        if not self._signature.is_known:
            self._task.console.line(
                "WARNING The model was logged without a signature of columns: all columns are given to it,"
                " with the types of the first rows"
            )
        for file in self._inputs.files:
            with contextlib.closing(file.reader()) as reader:
                wanted = self._signature.of(file, reader)
                names = [column.name for column in wanted or ()]
                others = [name for name in reader.columns if name not in names] if wanted is not None else []
                if others and file is self._inputs.files[0]:
                    self._task.console.line("Not given to the model: %s" % ", ".join(others))

    def run(self) -> int:
        """Scores all files into a temporary folder, then moves the results to the target; returns the number of rows."""
        inputs = self._inputs
        parent = os.path.dirname(inputs.target)
        try:
            os.makedirs(parent, exist_ok=True)
            temporary = self._task.temporary_folder(parent, ".dolphinml-predictions-")
        except OSError as error:
            raise TaskFailure(
                "mlflow.predictions: '%s' cannot be written: %s" % (inputs.target, error.strerror or error)
            ) from None
        try:
            made = os.path.join(temporary, "made")
            for file in inputs.files:
                part = os.path.join(made, file.name)
                os.makedirs(os.path.dirname(part), exist_ok=True)
                self._score(file, part)
            with self._task.unstoppable():
                self._put_in_place(made)
        except OSError as error:
            raise TaskFailure(
                "mlflow.predictions: '%s' cannot be written: %s" % (inputs.target, error.strerror or error)
            ) from None
        finally:
            shutil.rmtree(temporary, ignore_errors=True)
        return self._rows

    def _put_in_place(self, made: str) -> None:
        target = self._inputs.target
        if not self._inputs.is_folder:
            os.replace(os.path.join(made, self._inputs.files[0].name), target)
        elif not os.path.exists(target):
            os.rename(made, target)
        else:
            for file in self._inputs.files:
                path = os.path.join(target, file.name)
                os.makedirs(os.path.dirname(path), exist_ok=True)
                os.replace(os.path.join(made, file.name), path)

    def _score(self, file: "File", part: str) -> None:
        from dolphinml.mlflow.predict import answers, signature

        with contextlib.closing(file.reader()) as reader:
            columns = self._signature.of(file, reader)
            with contextlib.closing(file.writer(part, reader)) as writer:
                for batch in reader.batches(self._batch_rows):
                    if columns is None:
                        columns = signature.guessed(batch, reader.columns)
                    returned = self._predicted(file, batch, signature.frame(file, batch, columns))
                    writer.write(batch, answers.answer_columns(returned, len(batch), reader.columns))
                    self._rows += len(batch)
                    self._report(file, reader)
                writer.begin([answers.NAME])

    def _predicted(self, file: "File", batch: "Batch", frame: "pandas.DataFrame") -> Any:
        try:
            return self._model.predict(frame)
        except Exception as error:  # the model may raise anything
            raise TaskFailure(
                "The model failed on the rows from line %d to line %d of '%s': %s"
                % (batch.line(0), batch.line(len(batch) - 1), file.path, exceptions.message_with_type(error))
            ) from error

    def _report(self, file: "File", reader: Any) -> None:
        now = time.monotonic()
        if now - self._reported >= SECONDS_BETWEEN_PROGRESS:
            self._reported = now
            self._task.console.line(
                "%d rows predicted, %d per second; %s: %d %%"
                % (self._rows, self._rows / (now - self._began), file.name, 100 * reader.share())
            )
