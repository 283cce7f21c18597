# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""The rows of a CSV file for one purpose."""

from typing import TYPE_CHECKING, Iterable, List

from dolphinml.mlflow.preset.csv_file import CsvFile

if TYPE_CHECKING:
    import pandas


class DataSplit:
    """Rows of a file and their purpose: 'training' or 'test'."""

    def __init__(self, file: CsvFile, frame: "pandas.DataFrame", label: str, purpose: str) -> None:
        self._file, self.label = file, label
        self.frame, self.purpose = frame, purpose

    @property
    def features(self) -> List[str]:
        return [name for name in self.frame.columns if name != self.label]

    def only(self, which: "pandas.Series") -> "DataSplit":
        """Returns the part with the rows for which `which` is true."""
        return DataSplit(self._file, self.frame[which], self.label, self.purpose)

    def rows(self, index: Iterable[int]) -> str:
        """Describes where the rows with these index labels are in the file, for a message."""
        return self._file.rows(index)
