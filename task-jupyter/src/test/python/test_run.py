# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""A good run: what it logs, what it writes, what it hands on."""

import json

import pytest
from conftest import cell

from dsharness.memory import Peaks

EXACT = {
    "small": 1e-5,
    "ten": 10,
    "text_ten": "10",
    "bond": "007",
    "yes": True,
    "text_true": "true",
    "nothing": None,
    "one": 1.0,
    "words": 'it\'s "two words" $HOME $(id) `id` \\ 中文',
    "lines": "a\nb\r\n\tc",
    "empty": "",
    "items": [1, "x", [None, 2.5]],
    "nested": {"a": {"b": ["c"]}},
    "long": 12345678901234567890,
}

#: A picture in PNG of one black pixel.
PIXEL = (
    "89504e470d0a1a0a0000000d49484452000000010000000108000000003a7e9b550000000a49444154789c6360"
    "00000002000148afa4710000000049454e44ae426082"
)


def test_the_notebook_runs_and_the_log_tells_each_cell(runner):
    ended = runner.run(cell("# first\nx = 1"), cell("print('hello'); x"), cell(""))
    assert ended.code == 0, ended.log
    assert ended.report["status"] == "success"
    assert "[2/3] # first" in ended.lines
    assert "[3/3] print('hello'); x" in ended.lines
    assert "  | hello" in ended.lines and "  | 1" in ended.lines
    assert any(line.startswith("[3/3] done after ") for line in ended.lines)
    assert "The slowest cells:" in ended.lines
    assert ended.lines[-1] == "Output notebook: %s" % runner.output


def test_parameters_keep_their_types(runner):
    ended = runner.run(
        cell("\n".join("%s = 0" % name for name in EXACT), "parameters"),
        cell("import json\nprint(json.dumps({%s}))" % ", ".join("%r: %s" % (name, name) for name in EXACT)),
        parameters=EXACT,
    )
    assert ended.code == 0, ended.log
    got = json.loads(runner.printed())
    assert got == EXACT
    assert {name: type(value) for name, value in got.items()} == {name: type(v) for name, v in EXACT.items()}


def test_guessed_types_are_those_of_the_papermill_command(runner):
    given = {"a": "007", "b": "True", "c": "1.0", "d": "None", "e": "text", "f": 5}
    ended = runner.run(
        cell("print(repr((a, b, c, d, e, f)))"),
        parameters=given,
        parameterTypes="guess",
    )
    assert ended.code == 0, ended.log
    assert "(7, True, 1.0, None, 'text', 5)" in runner.printed()


def test_the_notebook_knows_its_paths_as_with_the_stock_plugin(runner):
    runner.run(cell("print(PAPERMILL_INPUT_PATH); print(PAPERMILL_OUTPUT_PATH)"))
    assert runner.printed().split() == [str(runner.directory / "in.ipynb"), str(runner.output)]


def test_the_output_notebook_is_the_one_that_papermill_writes(runner):
    import subprocess

    source = runner.notebook(cell("a = 1", "parameters"), cell("print(a)\n{'a': a}"), cell("import os; os.getcwd()"))
    bare = runner.directory / "bare.ipynb"
    subprocess.run(
        [
            runner.python,
            "-c",
            "import papermill.cli as cli; cli.papermill()",
            str(source),
            str(bare),
            "-y",
            "a: 5",
            "--inject-paths",
        ],
        check=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        cwd=str(runner.directory),
    )
    ended = runner.run(notebook=source, parameters={"a": 5})
    assert ended.code == 0, ended.log

    def comparable(path):
        tree = json.loads(path.read_text().replace(str(bare), "OUT").replace(str(runner.output), "OUT"))
        tree["metadata"]["papermill"] = sorted(tree["metadata"]["papermill"])
        for each in tree["cells"]:
            each["id"] = "id"
            each["metadata"].pop("execution", None)
            each["metadata"]["papermill"] = sorted(each["metadata"].get("papermill", {}))
            if "injected-parameters" in each["metadata"].get("tags", ()):
                each["source"] = sorted("".join(each["source"]).split("\n"))
        return tree

    assert comparable(runner.output) == comparable(bare)


def test_outputs_by_all_three_ways(runner):
    ended = runner.run(
        cell("accuracy, count, items, missing_dot = 0.97, 3, ['a', None], 1", "outputs"),
        cell("print('${setValue(text=a=b) \"q\" it\\'s 中文)}'); print('x #{setValue(other=1)} y')"),
        cell(
            "from IPython.display import display\n"
            "display({'application/scrapbook.scrap.json+json': {'name': 'glued', 'data': {'a': 1}, 'encoder': 'json',"
            " 'version': 1}}, raw=True)\ndisplay({'application/papermill.record+json': {'recorded': 2.5}}, raw=True)"
        ),
        outputs=["accuracy", "count", "items", "text", "other", "glued", "recorded", "never"],
    )
    assert ended.code == 0, ended.log
    assert ended.outputs == {
        "accuracy": 0.97,
        "count": 3,
        "items": ["a", None],
        "text": 'a=b) "q" it\'s 中文',
        "other": "1",
        "glued": {"a": 1},
        "recorded": 2.5,
    }
    assert "WARNING The output parameter never was declared, and the notebook never set it." in ended.lines


def test_outputs_of_numpy_like_and_unusual_values(runner):
    ended = runner.run(
        cell("class Scalar:\n    shape = ()\n    def item(self): return 0.5\nimport decimal, math"),
        cell("a = Scalar()\nb = decimal.Decimal('1.10')\nc = float('nan')\nd: int = 4\ne = 'x' * 5000", "outputs"),
        outputs=["a", "b", "c", "d", "e"],
    )
    assert ended.code == 0, ended.log
    assert ended.outputs["a"] == 0.5 and ended.outputs["b"] == "1.10" and ended.outputs["d"] == 4
    assert ended.outputs["c"] == "nan" and ended.outputs["e"] == "x" * 5000


def test_real_scrapbook(runner):
    runner.needs("scrapbook")
    ended = runner.run(
        cell("import scrapbook as sb\nsb.glue('accuracy', 0.5)\nsb.glue('words', 'a=b')"),
        outputs=["accuracy", "words"],
    )
    assert ended.code == 0, ended.log
    assert ended.outputs == {"accuracy": 0.5, "words": "a=b"}


def test_an_output_above_the_limit_is_a_failure(runner):
    ended = runner.run(cell("big = 'x' * 101", "outputs"), outputs=["big"], outputLimit=100)
    assert ended.code == 1
    assert ended.lines[-1].startswith("The output parameter big has 101 bytes, and 100 are allowed")


def test_progress_bars_and_images_and_long_lines(runner):
    ended = runner.run(
        cell("import sys, time\nfor i in range(3001):\n    sys.stderr.write('\\r%d/3000' % i)\nsys.stderr.write('\\n')"),
        cell(
            "from IPython.display import display\ndisplay({'image/png': 'A' * 40000, 'text/plain': '<Figure>'},"
            " raw=True)\ndisplay({'text/html': '<b>x</b>' * 500}, raw=True)"
        ),
        cell("print('y' * 1000000)"),
        cell("print('\\x1b[31mred\\x1b[0m')"),
    )
    assert ended.code == 0, ended.log
    assert "  | 3000/3000" in ended.lines
    assert len([line for line in ended.lines if line.endswith("/3000")]) < 10
    assert "  | [image/png, 30 kB] <Figure>" in ended.lines
    assert "  | [text/html, 4000 bytes]" in ended.lines
    assert max(len(line.encode("utf-8")) for line in ended.lines) <= 8000
    assert any("[line cut, " in line for line in ended.lines)
    assert "  | red" in ended.lines


def test_what_a_subprocess_of_a_cell_prints_is_bounded_too(runner):
    ended = runner.run(cell("import os; os.system('head -c 300000 /dev/zero | tr \"\\\\0\" z; echo; echo end')"))
    assert ended.code == 0, ended.log
    assert max(len(line) for line in ended.lines) <= 8000
    assert any(line.endswith("end") for line in ended.lines)


@pytest.mark.parametrize(
    "words, printed",
    [
        (["-p", "a", "007"], "7"),
        (["-r", "a", "007"], "007"),
        (["-y", "a: [1]"], "[1]"),
        (["--cwd", "/"], "0"),
        (["--log-output", "--progress-bar"], "0"),
        (["--autosave-cell-every", "1"], "0"),
        (["-b", "YTogNQo="], "5"),
        (["--report-mode", "--log-level", "DEBUG"], "0"),
        (["-f", "values.yaml"], "6"),
        (["--no-request-save-on-cell-execute", "--language", "python"], "0"),
        (["--stdout-file", "said.txt"], "0"),
    ],
)
def test_options_of_the_papermill_command(runner, words, printed):
    (runner.directory / "values.yaml").write_text("a: 6\n")
    ended = runner.run(cell("a = 0", "parameters"), cell("import os\nprint(a)\nprint(os.getcwd())"), others=words)
    if "--language" in words and ", papermill 2.3." in ended.lines[0]:
        assert ended.lines[-1].startswith("others: No such option: --language")
        return
    assert ended.code == 0, ended.log
    assert runner.printed().split("\n")[0] == printed
    assert runner.printed().split("\n")[1] == ("/" if "--cwd" in words else str(runner.directory))
    if "--stdout-file" in words:
        assert (runner.directory / "said.txt").read_text() == runner.printed()


def test_prepare_only(runner):
    ended = runner.run(cell("print(1)"), others=["--prepare-only"])
    assert ended.code == 0, ended.log
    assert runner.printed() == ""


def test_another_engine(runner, tmp_path):
    """An engine of somebody else, found by its entry point: its cells are logged when they have ended."""
    package = tmp_path / "site"
    info = package / "my_engine-1.0.dist-info"
    info.mkdir(parents=True)
    (package / "my_engine.py").write_text(
        "from papermill.engines import Engine\nimport nbformat\n"
        "class MyEngine(Engine):\n    @classmethod\n    def execute_managed_notebook(cls, nb_man, kernel_name, **kw):\n"
        "        for index, cell in enumerate(nb_man.nb.cells):\n            nb_man.cell_start(cell, index)\n"
        "            cell.outputs = [nbformat.v4.new_output('stream', name='stdout', text='mine\\n')]\n"
        "            nb_man.cell_complete(cell, index)\n"
    )
    (info / "entry_points.txt").write_text("[papermill.engine]\nmine = my_engine:MyEngine\n")
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: my-engine\nVersion: 1.0\n")
    ended = runner.run(cell("1"), engine="mine", environment={"PYTHONPATH": str(package)})
    assert ended.code == 0, ended.log
    assert "  | mine" in ended.lines


def test_notebooks_at_an_address(runner):
    """papermill's own handler fetches and stores them; ours only looks whether its package is there."""
    import http.server
    import threading

    kept = {"/in.ipynb": runner.notebook(cell("a = 0", "parameters"), cell("print('got', a)")).read_bytes()}

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self._answer(200 if self.path in kept else 404, kept.get(self.path, b""))

        def do_PUT(self):
            kept[self.path] = self.rfile.read(int(self.headers["Content-Length"]))
            self._answer(201, b"")

        def _answer(self, code, body):
            self.send_response(code)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *words):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = "http://127.0.0.1:%d" % server.server_port
    try:
        ended = runner.run(notebook=address + "/in.ipynb", output=address + "/out.ipynb", parameters={"a": 5}, report="html")
        assert ended.code == 0, ended.log
        assert b"got 5" in kept["/out.ipynb"] and "Output notebook: %s/out.ipynb" % address in ended.lines
        if runner.has("nbconvert"):
            assert ended.lines[-1] == "Report: %s/out.html" % address and b"got 5" in kept["/out.html"]
        ended = runner.run(notebook=address + "/nowhere.ipynb", output=address + "/out.ipynb")
        assert ended.code == 1 and ended.lines[-1].startswith("inputNotePath: "), ended.log
        assert "404" in ended.lines[-1] and "nowhere.ipynb" in ended.lines[-1]
    finally:
        server.shutdown()


def test_real_progress_bars(runner):
    """tqdm comes with papermill."""
    ended = runner.run(cell("from tqdm import tqdm\nfor _ in tqdm(range(3000), mininterval=0, desc='rows'): pass"))
    assert ended.code == 0, ended.log
    bars = [line for line in ended.lines if line.startswith("  | rows: ")]
    assert 1 <= len(bars) < 100 and "3000/3000" in bars[-1]


def test_no_output_is_lost_however_fast_it_comes(runner):
    """A reader that is slower than the kernel: ZeroMQ would drop what is above 1000 messages."""
    source = "import sys\nfor i in range(%d):\n    sys.stdout.write('line %%d\\n' %% i)\n    sys.stdout.flush()" % 6000
    ended = runner.run(cell(source))
    assert ended.code == 0, ended.log
    assert runner.printed().split("\n")[:-1] == ["line %d" % i for i in range(6000)]
    assert ended.lines.count("  | line 5999") == 1


def test_missing_folders_of_the_output_are_made(runner):
    runner.output = runner.directory / "made" / "a b" / "out.ipynb"
    assert runner.run(cell("print(1)")).code == 0
    assert runner.output.exists()


def test_a_path_with_placeholders_of_papermill(runner):
    ended = runner.run(cell("a = 0", "parameters"), parameters={"a": 5}, output=str(runner.directory / "out-{a}.ipynb"))
    assert ended.code == 0, ended.log
    assert (runner.directory / "out-5.ipynb").exists()


def test_a_kernel_of_the_same_language_runs_a_notebook_of_another_machine(runner):
    source = runner.notebook(cell("print('ran')"), kernel="my-laptop", language="python")
    ended = runner.run(notebook=source)
    assert ended.code == 0, ended.log
    assert any(line.startswith('WARNING The notebook names the kernel "my-laptop"') for line in ended.lines)


@pytest.mark.parametrize("metadata", [{}, {"kernelspec": {"name": "python3", "display_name": "mine"}}])
def test_a_notebook_that_names_no_language(runner, metadata):
    source = runner.notebook(cell("a = 1", "parameters"), cell("print('got', a)"))
    source.write_text(json.dumps(dict(json.loads(source.read_text()), metadata=metadata)))
    ended = runner.run(notebook=source, parameters={"a": 5, "aa": 6})
    assert ended.code == 0, ended.log
    assert "got 5" in runner.printed()
    assert "WARNING parameters: the notebook has no parameter aa; nearest: a." in ended.lines
    spec = runner.written()["metadata"]["kernelspec"]
    assert (spec["name"], spec["language"]) == ("python3", "python") and spec["display_name"]


def test_a_clean_exit_is_a_success(runner):
    ended = runner.run(cell("import sys; sys.exit(0)"), cell("print('not reached')"), cell(""), cell("1"))
    assert ended.code == 0, ended.log
    assert "WARNING Cell 2 of 4 ended the notebook; the 2 cells after it did not run." in ended.lines
    ended = runner.run(cell("1"), cell("import sys; sys.exit(0)"))
    assert ended.code == 0 and "ended the notebook; " not in ended.log, ended.log


def test_report_with_plots(runner):
    runner.needs("nbconvert")
    plot = "from IPython.display import Image, display; display(Image(data=bytes.fromhex('%s'), format='png'))" % PIXEL
    ended = runner.run(cell("print('in the report')"), cell(plot), report="html", reportHideInput=True)
    assert ended.code == 0, ended.log
    page = (runner.directory / "out.html").read_text(encoding="utf-8")
    assert "in the report" in page and "print(" not in page and "data:image/png;base64," in page
    assert "WARNING" not in ended.log and "lternative text" not in ended.log
    assert ended.lines[-1] == "Report: %s" % (runner.directory / "out.html")


def test_nan_is_accepted_everywhere(runner):
    ended = runner.run(cell("r = float('inf')", "outputs"), outputs=["r"])
    assert ended.outputs == {"r": "inf"}


def test_a_cell_that_prints_without_end_does_not_fill_the_notebook(runner):
    """What is above the limit is in the log; output parameters in it count."""
    ended = runner.run(
        cell("for number in range(3000): print('line', number)\nprint('${setValue(late=yes)}')\nprint('end')"),
        outputs=["late"],
        printLimit=2048,
    )
    assert ended.code == 0, ended.log
    assert "  | line 2999" in ended.lines and "  | end" in ended.lines
    assert ended.outputs["late"] == "yes"
    printed = runner.printed()
    assert printed.startswith("line 0\nline 1\n") and "line 2999" not in printed and len(printed) < 2400
    assert "the rest is in the task's log]" in printed
    assert sum("This cell prints more than the 2 kB" in line for line in ended.lines) == 1


def test_a_line_of_50_mb(runner):
    little = peak(runner, "print(1)")
    assert peak(runner, "print('x' * 50000000)", printLimit=1 << 20) - little < 400
    assert any(len(line) < 8100 and "line cut, 50000" in line for line in runner.log.split("\n"))


def peak(runner, source, **request):
    """The most memory of the program, in MB."""
    process = runner.start(cell(source), **request)
    with Peaks(runner.entry) as peaks:
        ended = runner.finish(process, timeout=600)
    assert ended.code == 0, ended.log[-2000:]
    runner.log = ended.log
    return peaks.of(process.pid)


#: What a notebook sees of how its kernel was started.
SEEN = (
    "import gc, json, sys\n"
    "print('SEEN', json.dumps([sys.argv[0], sys.path, __name__, gc.isenabled(), gc.get_threshold(),"
    " 'debugpy' in sys.modules, gc.get_freeze_count() > 1000]))\n"
    "import importlib.util\nif importlib.util.find_spec('debugpy'):\n    import debugpy"
)


def test_the_kernel_is_as_papermill_starts_it_but_for_the_debugger(runner):
    import subprocess

    def seen(text):
        return [json.loads(line.partition("SEEN ")[2]) for line in text.split("\n") if line.startswith("SEEN ")]

    source = runner.notebook(cell(SEEN))
    bare = runner.directory / "bare.ipynb"
    subprocess.run(
        [runner.python, "-c", "import papermill.cli as cli; cli.papermill()", str(source), str(bare)],
        check=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        cwd=str(runner.directory),
    )
    ended = runner.run(notebook=source)
    assert ended.code == 0, ended.log
    assert "debugpy" not in ended.log
    [ours] = seen(runner.printed())
    [theirs] = seen(
        "".join("".join(output.get("text", "")) for each in json.loads(bare.read_text())["cells"] for output in each["outputs"])
    )
    assert ours[:-2] == theirs[:-2]
    assert ours[-2:] == [False, True]
