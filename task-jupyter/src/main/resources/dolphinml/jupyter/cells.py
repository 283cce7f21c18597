"""What the other modules ask of a notebook's cells."""

INJECTED_TAG = "injected-parameters"
PARAMETERS_TAG = "parameters"


def tags(cell):
    return list((cell.get("metadata") or {}).get("tags") or [])


def source(cell):
    text = cell.get("source") or ""
    return "".join(text) if isinstance(text, list) else text


def is_code(cell):
    return cell.get("cell_type") == "code"


def runs(cell):
    """Whether executing the notebook executes this cell: papermill passes over empty ones."""
    return is_code(cell) and bool(source(cell).strip())


def first_line(cell, limit=100):
    """The first line that says something: comments and cell magics count, blank lines do not."""
    for line in source(cell).split("\n"):
        if line.strip():
            line = line.strip()
            return line if len(line) <= limit else line[: limit - 3] + "..."
    return ""


class Numbering:
    """Numbers the cells that run, from 1, as the log and the failure block call them."""

    def __init__(self, cells):
        self._number = {}
        for index, cell in enumerate(cells):
            if runs(cell):
                self._number[index] = len(self._number) + 1

    def of(self, index):
        return self._number.get(index)

    @property
    def total(self):
        return len(self._number)
