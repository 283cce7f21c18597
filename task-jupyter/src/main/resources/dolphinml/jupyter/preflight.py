# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Finds all faults of a notebook run at once, before a kernel is started. Avoids slow imports."""

import difflib
import importlib.util
import json
import keyword
import os
import re
import shutil
import sys
from typing import TYPE_CHECKING, Any, Callable, Container, Dict, Iterable, List, Optional, Tuple

from dolphinml.common.optional import given
from dolphinml.jupyter import cells, kernel_specs, lazy_storage, notebook_file, papermill_internals, places
from dolphinml.jupyter.faults import Faults
from dolphinml.jupyter.outputs import assigned

if TYPE_CHECKING:
    from jupyter_client.kernelspec import KernelSpecManager

# The URL schemes that papermill's own handlers read and write, and the package that each of them imports.
STORAGE = {
    "s3://": ("boto3", "papermill[s3]"),
    "gs://": ("gcsfs", "papermill[gcs]"),
    "adl://": ("azure.datalake.store", "papermill[azure]"),
    "abs://": ("azure.storage.blob", "papermill[azure]"),
    "hdfs://": ("pyarrow", "papermill[hdfs]"),
    "http://": ("requests", "requests"),
    "https://": ("requests", "requests"),
}

OLDEST_PAPERMILL = (2, 3)


def scheme(path: str) -> Optional[str]:
    """Returns the scheme of a URL, or None for a path on this machine."""
    for prefix in STORAGE:
        if path.startswith(prefix):
            return prefix
    return None


def importable(name: str) -> bool:
    try:
        return importlib.util.find_spec(name) is not None
    except (ImportError, ValueError):
        return False


def package_version(package: str) -> str:
    """Returns the version of an installed package, "?" if it is unknown."""
    try:
        spec = importlib.util.find_spec(package)
        place = spec.origin if spec is not None else None
        names = os.listdir(os.path.dirname(os.path.dirname(place))) if place is not None else []
    except (ImportError, OSError, ValueError):
        names = []
    # The folder's name has it, and importlib.metadata takes as long to import as everything else here together.
    matches = [re.match(r"%s-([^-]+)\.(?:dist|egg)-info$" % package, name) for name in names]
    found = [match.group(1) for match in matches if match]
    if len(found) == 1:
        return found[0]
    try:
        from importlib import metadata

        return metadata.version(package)
    except ImportError:  # Python 3.7, or no such distribution
        return getattr(importlib.import_module(package), "__version__", "?")


def _numbers(text: str) -> Tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", text)[:2])


def check_environment(faults: Faults) -> Optional[str]:
    """Checks that papermill is installed and new enough; returns a line with the versions of papermill and Python."""
    missing = [name for name in ("papermill", "ipykernel") if not importable(name)]
    if "papermill" in missing:
        faults.add(
            "condaEnvName",
            "the environment of %s has no %s" % (sys.executable, " and no ".join(missing)),
            "install it there: %s -m pip install %s" % (sys.executable, " ".join(missing)),
        )
        return None
    papermill = package_version("papermill")
    if _numbers(papermill) and _numbers(papermill) < OLDEST_PAPERMILL:
        faults.add(
            "condaEnvName",
            "the environment of %s has papermill %s" % (sys.executable, papermill),
            "install papermill %d.%d or newer there" % OLDEST_PAPERMILL,
        )
    return "Python %s (%s), papermill %s, %s" % (
        ".".join(map(str, sys.version_info[:3])),
        sys.executable,
        papermill,
        "no ipykernel" if missing else "ipykernel " + package_version("ipykernel"),
    )


def check_storage(field: str, path: str, faults: Faults) -> None:
    prefix = scheme(path)
    if prefix is None:
        head = path.split("://", 1)[0]
        if "://" in path and head.isalnum():
            faults.add(field, "papermill knows no %s:// addresses" % head, "use one of " + " ".join(sorted(STORAGE)))
        return
    package, extra = STORAGE[prefix]
    if not importable(package):
        faults.add(
            field,
            "%s needs the package %s, which is not in the environment" % (prefix, package),
            "install it: %s -m pip install %s" % (sys.executable, extra),
        )


def read_input_notebook(path: str, faults: Faults) -> Optional[Dict[str, Any]]:
    """Returns the notebook as parsed JSON; None after a fault."""
    before = len(faults.sentences)
    check_storage("inputNotePath", path, faults)
    if len(faults.sentences) > before:
        return None
    if "://" in path:
        place, right = path, "give the address of a notebook that this environment can read"
        content = _fetched(path, right, faults)
    else:
        place = places.absolute(path)
        right = "give the path of a notebook that the worker can read, or choose it as a resource of the task"
        content = _read_input(path, place, right, faults)
    if content is None:
        return None
    try:
        return notebook_file.parsed(content)
    except notebook_file.Damaged as damage:
        faults.add("inputNotePath", "%s is not a notebook that can run: %s" % (place, damage.wrong), damage.right)
        return None


def _read_input(path: str, place: str, right: str, faults: Faults) -> Optional[bytes]:
    found, wrong = places.stat_path(path)
    if wrong:
        faults.add("inputNotePath", "%s cannot be read: %s" % (place, wrong), right)
    elif found is None:
        faults.add("inputNotePath", "there is no file %s%s" % (place, _nearby(path)), right)
    elif not places.is_regular(found):
        faults.add("inputNotePath", "%s is %s" % (place, "a folder" if places.is_folder(found) else "not a regular file"), right)
    else:
        try:
            with open(path, "rb") as stream:
                return stream.read()
        except OSError as error:
            faults.add("inputNotePath", "%s cannot be read (%s)" % (place, error.strerror), right)
    return None


def _fetched(address: str, right: str, faults: Faults) -> Optional[bytes]:
    try:
        if address.startswith("http"):
            # papermill would take the body of an HTTP error for a notebook.
            import requests

            answer = requests.get(address, headers={"Accept": "application/json"}, timeout=60)
            answer.raise_for_status()
            return answer.content
        lazy_storage.import_iorw()
        from papermill.iorw import papermill_io

        content = papermill_io.read(address)
        return content.encode("utf-8") if isinstance(content, str) else content
    except Exception as error:  # each kind of storage has its own exceptions
        reason = str(error).strip().split("\n")[0]
        faults.add("inputNotePath", "%s cannot be read (%s: %s)" % (address, type(error).__name__, reason), right)
        return None


def _nearby(path: str) -> str:
    """Names the notebooks in the folder where one was not found."""
    folder = os.path.dirname(places.absolute(path))
    try:
        names = sorted(name for name in os.listdir(folder) if name.endswith(".ipynb"))
    except OSError:
        return " (nor a readable folder %s)" % folder
    if not names:
        return " (and no notebook in %s)" % folder
    near = difflib.get_close_matches(os.path.basename(path), names, 5, 0.4) or names[:5]
    return " (that folder has %s)" % ", ".join(near)


def check_output_notebook(path: str, input_path: Optional[str], faults: Faults) -> None:
    """Checks that the output can be written; creates missing folders."""
    check_storage("outputNotePath", path, faults)
    if "://" in path:
        return
    target = places.absolute(path)
    found, wrong = places.stat_path(target)
    folder = os.path.dirname(target)
    if found is None and os.path.islink(target):
        # Writing creates the file that a link points to, but not its folder.
        end = os.path.realpath(target)
        folder = os.path.dirname(end)
        wrong = None if os.path.isdir(folder) and not os.path.islink(end) else wrong
    elif found is None:
        reason = places.make_folder(folder)
        if reason:
            faults.add("outputNotePath", "the folder %s cannot be made (%s)" % (folder, reason), "name another")
            return
        wrong = places.stat_path(target)[1]
    if wrong:
        faults.add("outputNotePath", "%s cannot be written: %s" % (target, wrong), "give the path of a notebook")
        return
    if found is not None and not places.is_regular(found):
        what = "a folder" if places.is_folder(found) else "not a regular file"
        faults.add("outputNotePath", "%s is %s" % (target, what), "give the path of a notebook")
        return
    reason = places.unwritable(os.path.realpath(target))
    if reason:
        faults.add(
            "outputNotePath", "%s cannot be written (%s)" % (target, reason), "name a place that the task's user may write to"
        )
    elif found is not None and input_path and os.path.exists(input_path) and os.path.samefile(target, input_path):
        faults.add("outputNotePath", "it is the input notebook", "give the output a path of its own")


def make_kernel_folders(faults: Faults) -> bool:
    """Creates the folders, set by variables, that finding and starting kernels needs; returns whether they exist now."""
    before = len(faults.sentences)
    for variable in ("IPYTHONDIR", "JUPYTER_RUNTIME_DIR"):
        folder = os.environ.get(variable)
        reason = places.make_folder(os.path.expanduser(folder)) if folder else None
        if reason:
            faults.add(
                variable,
                "the folder %s of this environment variable cannot be made (%s)" % (folder, reason),
                "set it to a folder that the task's user may write to, or to none",
            )
    return len(faults.sentences) == before


def choose_kernel(
    requested: Optional[str], notebook: Optional[Dict[str, Any]], faults: Faults, warn: Callable[[str], None]
) -> Optional[str]:
    """Returns the name of the kernel that will run, or None if papermill has to determine it. Faults list the known ones."""
    manager = kernel_specs.manager()
    known = manager.find_kernel_specs()
    if requested:
        if requested.lower() in known:
            return _startable(requested, manager, faults, warn)
        faults.add("kernel", 'there is no kernel "%s" in this environment' % requested, _kernel_advice(known))
        return None
    if not known:
        faults.add("condaEnvName", "the environment of %s has no kernel" % sys.executable, _kernel_advice(known))
        return None
    if notebook is None:
        return None
    metadata = _mapping_or_empty(notebook.get("metadata"))
    named = _mapping_or_empty(metadata.get("kernelspec")).get("name")
    if named and named.lower() in known:
        return _startable(named, manager, faults, warn)
    language = _mapping_or_empty(metadata.get("kernelspec")).get("language")
    language = language or _mapping_or_empty(metadata.get("language_info")).get("name")
    if not language and (not named or named.startswith("python")):
        language = "python"
    same = _of_language(manager, known, language)
    if same is None:
        wrong = "neither the node nor the notebook names a kernel"
        if named:
            wrong = 'the notebook names the kernel "%s", which is not in this environment' % named
        faults.add("kernel", wrong, _kernel_advice(known))
        return None
    if named:
        warn('The notebook names the kernel "%s", which is not here; "%s" (%s) runs it.' % (named, same, language))
    return _startable(same, manager, faults, warn)


def parameter_language(notebook: Optional[Dict[str, Any]], kernel_name: Optional[str]) -> Optional[str]:
    """Returns the language, in lower case, of the parameters that papermill writes; None if only papermill can determine it."""
    metadata = _mapping_or_empty((notebook or {}).get("metadata"))
    named = _mapping_or_empty(metadata.get("language_info")).get("name") or _mapping_or_empty(metadata.get("kernelspec")).get(
        "language"
    )
    if not named and kernel_name:
        named = kernel_language(kernel_name)
    return named.lower() if isinstance(named, str) else None


def kernel_language(name: str) -> str:
    return kernel_specs.manager().get_kernel_spec(name).language


def check_python_names(field: str, names: Iterable[Any], faults: Faults) -> None:
    """Checks that the names are Python names: papermill writes each before a `=`, so others are syntax errors, or code."""
    for name in map(str, names):
        shown = json.dumps(name, ensure_ascii=False)
        if keyword.iskeyword(name):
            faults.add(field, "%s is a word of Python's own" % shown, "give the parameter another name")
        elif not name.isidentifier():
            faults.add(field, "%s is not a name in Python" % shown, "use letters, digits and _, and no digit first")


def check_engine(name: str, faults: Faults) -> None:
    """Checks that papermill has an engine of that name; the fault lists the available ones."""
    from papermill.engines import papermill_engines

    try:
        papermill_engines.get_engine(name)
    except Exception:
        faults.add(
            "engine", 'papermill has no engine "%s" here' % name, "use one of: " + ", ".join(papermill_internals.engine_names())
        )


def _mapping_or_empty(value: Any) -> Dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _startable(name: str, manager: "KernelSpecManager", faults: Faults, warn: Callable[[str], None]) -> Optional[str]:
    """Returns the name if the kernel's specification can be read and its program exists; None after a fault."""
    try:
        program = manager.get_kernel_spec(name).argv[0]
    except Exception as error:  # a specification may be broken in any way
        faults.add("kernel", 'the specification of the kernel "%s" is broken (%s)' % (name, error), "reinstall it")
        return None
    if "{" not in program and shutil.which(program) is None:
        faults.add("kernel", 'the kernel "%s" is started by %s, which is not there' % (name, program), "reinstall it")
        return None
    if os.path.isabs(program) and os.path.basename(program).startswith("python"):
        own = os.path.dirname(sys.executable)
        if os.path.dirname(program) != own and os.path.realpath(program) != os.path.realpath(sys.executable):
            warn('The kernel "%s" runs in the environment of %s, and papermill in that of %s.' % (name, program, own))
    return name


def _of_language(manager: "KernelSpecManager", known: Iterable[str], language: Optional[str]) -> Optional[str]:
    if language is None:
        return None
    names = sorted(known, key=lambda name: (name != "python3", name))
    for name in names:
        try:
            if manager.get_kernel_spec(name).language.lower() == language.lower():
                return name
        except Exception:  # an unrelated broken kernel spec does not prevent the run
            continue
    return None


def _kernel_advice(known: Iterable[str]) -> str:
    if known:
        return "use one of: " + ", ".join(sorted(known))
    return "install ipykernel there: %s -m pip install ipykernel" % sys.executable


def warn_of_parameters(given: Dict[str, Any], predefined: Dict[str, Any], warn: Callable[[str], None]) -> None:
    """Warns of names that the notebook's own parameters cell does not have, and of strings where it has numbers."""
    if not predefined:
        if given:
            warn("The notebook has no cell tagged parameters; the parameters are put before its first cell.")
        return
    for name, value in given.items():
        if name not in predefined:
            near = difflib.get_close_matches(name, predefined, 1, 0.5)
            warn("parameters: the notebook has no parameter %s%s." % (name, "; nearest: " + near[0] if near else ""))
        elif isinstance(value, str) and _is_numeric(predefined[name].get("default")):
            default = predefined[name].get("default")
            warn(
                "parameters: %s is the string %r, and the notebook's default is %s; %s."
                % (name, value, default, _instead_of(value, default))
            )


def _instead_of(text: str, default: str) -> str:
    """Returns what to give instead of a string if the notebook's default is a number, True or False."""
    ways = []
    try:
        value = json.loads(text.strip().lower())
        # JSON has no infinity, and Python reads 1e400 as infinity.
        if isinstance(value, (bool, int, float)) and abs(value) < float("inf"):
            ways.append("write %s without quotes" % json.dumps(value))
    except (ValueError, RecursionError):
        pass
    if _is_numeric(text):
        ways.append("set jupyter.parameterTypes=guess")
    return ", or ".join(ways) or ("give true or false" if default in ("True", "False") else "give a number")


def _is_numeric(text: Any) -> bool:
    if text in ("True", "False"):
        return True
    try:
        float(text)
        return True
    except (TypeError, ValueError):
        return False


def warn_of_overwritten(cells_of_run: List[cells.Cell], names: Container[str], warn: Callable[[str], None]) -> None:
    """Warns of parameters of the task that a second cell tagged parameters sets again; papermill injects after the first."""
    numbering = cells.Numbering(cells_of_run)
    injected = [index for index, cell in enumerate(cells_of_run) if cells.INJECTED_TAG in cells.cell_tags(cell)]
    tagged = [
        index for index, cell in enumerate(cells_of_run) if cells.PARAMETERS_TAG in cells.cell_tags(cell) and numbering.of(index)
    ]
    for index in tagged[1:]:
        again = [name for name in assigned(cells.source(cells_of_run[index])) if name in names]
        if injected and index > injected[0] and again:
            warn(
                "parameters: cell %d is tagged parameters, as cell %d is, and sets %s again: the notebook runs with its value"
                " and not with this task's; tag one of the two only."
                % (given(numbering.of(index)), given(numbering.of(tagged[0])), ", ".join(again))
            )
