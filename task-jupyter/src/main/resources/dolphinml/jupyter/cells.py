"""What the other modules ask of a notebook's cells."""

INJECTED_TAG = "injected-parameters"
PARAMETERS_TAG = "parameters"
ERROR_MARKER_TAG = "papermill-error-cell-tag"


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


def error(cell):
    """The error output of a cell, None if it has none."""
    for output in cell.get("outputs") or ():
        if output.get("output_type") == "error":
            return output
    return None


def ended_notebook(cell):
    """Whether the cell ended the notebook by sys.exit() or sys.exit(0), which papermill takes for a good end."""
    found = error(cell)
    return found is not None and found.get("ename") == "SystemExit" and found.get("evalue") in ("", "0", "None", None)


def untouched(cell):
    """Whether no engine has begun the cell; papermill calls it complete in the end all the same."""
    record = (cell.get("metadata") or {}).get("papermill") or {}
    return record.get("start_time") is None and cell.get("execution_count") is None


def without_error_markers(notebook):
    """The notebook without the two cells that papermill puts in to point at an error: they shift the others."""
    notebook.cells = [cell for cell in notebook.cells if ERROR_MARKER_TAG not in tags(cell)]
    return notebook


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
