# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""What identifies a requirements file and a conda environment file, and what is refused."""

import os

import pytest
import taskworker  # noqa: F401  (puts the programs on the path)

from dolphinml.environment import conda_file, requirements
from dolphinml.environment.faults import EnvironmentFault


@pytest.fixture(autouse=True)
def in_directory(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def read(tmp_path, text, name="requirements.txt"):
    (tmp_path / name).write_text(text, encoding="utf-8")
    return requirements.read_requirements(str(tmp_path / name), "condaEnvName")


def identity(tmp_path, text, **options):
    return read(tmp_path, text, **options).identity


def lines(tmp_path, text):
    """What is built from."""
    [copy] = read(tmp_path, text).copies
    return [line for line in copy.lines if line]


def test_a_file_is_identified_by_its_bytes(tmp_path):
    assert identity(tmp_path, "six\n") == identity(tmp_path, "six\n", name="other.txt")
    for other in ("six", "six\r\n", "\ufeffsix\n", "six\n# why\n", "Six\n", "six==1.16.0\n"):
        assert identity(tmp_path, "six\n") != identity(tmp_path, other), other


def test_comments_and_blanks_are_not_built_from(tmp_path):
    assert lines(tmp_path, "\ufeff# why\r\n\r\nscikit-learn >= 1.0   # because\r\n\tsix\r\n") == ["scikit-learn >= 1.0", "six"]


def test_a_hash_sign_within_an_address_is_not_a_comment(tmp_path):
    address = "git+https://host/repository@v1#egg=thing"
    assert lines(tmp_path, address + " # thing\n") == [address]
    assert read(tmp_path, address).names == {"thing"}


def test_continued_lines_are_one(tmp_path):
    assert lines(tmp_path, "six==1.16.0 \\\n    --hash=sha256:00\n") == ["six==1.16.0     --hash=sha256:00"]
    assert read(tmp_path, "six==1.16.0 \\\n  --hash=sha256:00\n").hashed


@pytest.mark.parametrize("option", ["-r ", "-r", "--requirement ", "--requirement="])
def test_includes_are_followed(tmp_path, option):
    (tmp_path / "more").mkdir()
    (tmp_path / "more/base.txt").write_text("-c limits.txt\nsix\n")
    (tmp_path / "more/limits.txt").write_text("six<2\n")
    text = option + "more/base.txt\nwheel\n"
    before = read(tmp_path, text)
    assert before.names == {"six", "wheel"}
    (tmp_path / "more/limits.txt").write_text("six<3\n")
    assert before.identity != identity(tmp_path, text)


def test_copies_build_the_same_and_keep_their_lines(tmp_path):
    (tmp_path / "base.txt").write_text("six\n")
    target = tmp_path / "copies"
    target.mkdir()
    written = read(tmp_path, "# first\n-r base.txt\nwheel\\\n  ==0.40\nlast\n").write(str(target))
    lines = open(written).read().split("\n")
    assert (lines[0], lines[2], lines[4]) == ("", "wheel  ==0.40", "last")
    assert (target / lines[1].split()[1]).read_text() == "six\n"
    assert os.stat(written).st_mode & 0o077 == 0


def test_archives_count_by_their_bytes(tmp_path):
    package = tmp_path / "thing-1.0-py3-none-any.whl"
    package.write_bytes(b"one")
    for spelling in ("./thing-1.0-py3-none-any.whl", package.name, str(package), "thing @ file://%s" % package):
        first = read(tmp_path, spelling)
        assert first.names == {"thing"}
        package.write_bytes(b"two")
        assert identity(tmp_path, spelling) != first.identity
        package.write_bytes(b"one")
        assert identity(tmp_path, spelling) == first.identity
    assert read(tmp_path, "./thing-1.0-py3-none-any.whl ; python_version > '3'").copies[0].lines == [
        str(package) + " ; python_version > '3'"
    ]


def test_local_packages_of_a_directory_count(tmp_path):
    (tmp_path / "wheels").mkdir()
    before = identity(tmp_path, "--find-links wheels\nsix\n")
    (tmp_path / "wheels/six-1.0-py3-none-any.whl").write_text("")
    after = read(tmp_path, "--find-links wheels\nsix\n")
    assert after.identity != before
    assert after.copies[0].lines[0] == "--find-links %s" % (tmp_path / "wheels")


def test_credentials_of_the_environment_are_secrets_and_do_not_identify(tmp_path, monkeypatch):
    text = "--index-url https://bob:${INDEX_TOKEN}@host/simple\nsix\n"
    monkeypatch.setenv("INDEX_TOKEN", "token-of-today")
    before = read(tmp_path, text)
    monkeypatch.setenv("INDEX_TOKEN", "token-of-tomorrow")
    assert before.identity == identity(tmp_path, text)
    assert before.secrets == ["bob:token-of-today"]


def test_other_variables_identify(tmp_path, monkeypatch):
    for text in ("six==${SIX}", "--index-url https://bob:${INDEX_TOKEN}@${SIX}/simple", "thing @ https://host/${SIX}/thing.whl"):
        monkeypatch.setenv("SIX", "1.16.0")
        before = identity(tmp_path, text)
        monkeypatch.setenv("SIX", "1.17.0")
        assert before != identity(tmp_path, text), text


@pytest.mark.parametrize(
    "line, own",
    [("--index-url https://host/simple", True), ("-i https://host/simple", True), ("--no-index", True), ("six", False)],
)
def test_a_file_may_name_its_index(tmp_path, line, own):
    assert read(tmp_path, line + "\n").own_index is own


def test_all_faults_at_once(tmp_path):
    (tmp_path / "package").mkdir()
    (tmp_path / "self.txt").write_text("-r self.txt\n")
    with pytest.raises(EnvironmentFault) as caught:
        read(tmp_path, "-e .\n./package\n./missing.whl\n-r https://host/x.txt\n-r absent.txt\n-r self.txt\n")
    lines = caught.value.block
    for line, words in zip(lines, ("editable", "directory", "no such file", "network", "absent.txt", "itself")):
        assert line.startswith("condaEnvName: ") and words in line and ";" in line
    assert len(lines) == 6


def test_a_binary_file_is_refused(tmp_path):
    (tmp_path / "requirements.txt").write_bytes(b"\xff\xfe\x00s")
    with pytest.raises(EnvironmentFault, match="UTF-8"):
        requirements.read_requirements(str(tmp_path / "requirements.txt"), "condaEnvName")


def test_what_lacks(tmp_path):
    content = read(tmp_path, "Papermill[s3]>=2.3 ; python_version >= '3.7'\n")
    assert content.missing(["papermill", "ipykernel"]) == ["ipykernel"]


def test_a_constraint_asks_for_nothing(tmp_path):
    (tmp_path / "limits.txt").write_text("ipykernel<7\n")
    assert read(tmp_path, "-c limits.txt\n").missing(["ipykernel"]) == ["ipykernel"]


def conda(tmp_path, text):
    (tmp_path / "environment.yml").write_text(text)
    return conda_file.read_conda_file(str(tmp_path / "environment.yml"), "condaEnvName")


def test_a_conda_file_is_identified_by_its_bytes(tmp_path):
    body = "channels: [conda-forge]\ndependencies:\n  - python=3.10\n"
    assert conda(tmp_path, body).identity == conda(tmp_path, body).identity
    for other in (body.replace("3.10", "3.11"), "name: a\n" + body, body + "# why\n"):
        assert conda(tmp_path, body).identity != conda(tmp_path, other).identity, other


def test_a_conda_file_with_pip_requirements(tmp_path):
    (tmp_path / "pip.txt").write_text("six\n")
    text = "dependencies:\n  - pip:\n    - -r pip.txt\n"
    before = conda(tmp_path, text).identity
    (tmp_path / "pip.txt").write_text("six<2\n")
    assert conda(tmp_path, text).identity != before
    with pytest.raises(EnvironmentFault, match="-e ."):
        conda(tmp_path, "dependencies:\n  - pip:\n    - -e .\n")


def test_an_empty_conda_file_is_refused(tmp_path):
    with pytest.raises(EnvironmentFault, match="is empty"):
        conda(tmp_path, "name: x\n# nothing\n")
