# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Runs git without prompts and without passwords in its arguments; its errors carry git's own reason."""

import os
import re
import subprocess
import urllib.parse
from typing import Any, Dict, Iterable, List, Optional, Tuple

# A credential helper that reads the environment, so that credentials are in no file and no argument.
_HELPER = (
    '!f() { test "$1" = get || exit 0; printf "username=%s\\n" "$DOLPHINML_GIT_USER";'
    ' printf "password=%s\\n" "$DOLPHINML_GIT_PASSWORD"; }; f'
)

_COMMIT = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?$")
_NOISE = re.compile(r"(?:hint|warning|remote: (?:Counting|Compressing|Enumerating)\b.*|To .*|Everything up-to-date)")

# What git appends to the reason that ssh printed.
_AFTER_SSH = re.compile(
    r"fatal: Could not read from remote repository|Please make sure you have the correct access rights"
    r"|and the repository exists"
)

# Errors of a push that may succeed if retried: another push came first, or is in progress.
_LOST_RACE = re.compile(
    r"fetch first|non-fast-forward|stale info|already exists|cannot lock ref|failed to update ref"
    r"|incorrect old value|reference already exists|failed to lock|unable to lock|\.lock'|shallow"
    r" update not allowed|atomic (?:push|transaction) failed|remote ref updated since checkout",
    re.I,
)
_REFUSED = re.compile(r"hook declined|denied|protected branch|prohibited", re.I)
_NO_ATOMIC = re.compile(r"does not support --atomic", re.I)


class GitFailed(Exception):
    """A git command failed. `lines` is its complete output; `reason` is the part of it that says why."""

    def __init__(self, command: str, lines: List[str]) -> None:
        self.lines = lines
        self.reason = _reason_in_output(lines)
        super().__init__("git %s failed: %s" % (command, self.reason))


class PushRejected(GitFailed):
    """The push lost a race: the remote branch or tag has changed since it was fetched, or is being changed."""


def is_commit(text: str) -> bool:
    """Whether a text is a full commit hash."""
    return bool(_COMMIT.match(text))


def without_credentials(url: str) -> Tuple[str, Optional[str], Optional[str]]:
    """Returns (URL without credentials, user or None, password or None); URLs other than HTTP(S) are unchanged."""
    match = re.match(r"(?i)(https?://)([^/@\s]*)@(.*)$", url, re.S)
    if not match:
        return url, None, None
    user, _, password = match.group(2).partition(":")
    return (match.group(1) + match.group(3), urllib.parse.unquote(user) or None, urllib.parse.unquote(password) or None)


class Refs:
    """The refs of a remote repository: {name: commit} of its branches and tags, and the name of its default branch or None."""

    def __init__(self, listing: str) -> None:
        self.branches, self.tags, self.default = {}, {}, None
        for line in listing.splitlines():
            value, _, name = line.partition("\t")
            if value.startswith("ref: refs/heads/") and name == "HEAD":
                self.default = value[len("ref: refs/heads/") :]
            elif name.startswith("refs/heads/"):
                self.branches[name[len("refs/heads/") :]] = value
            elif name.startswith("refs/tags/"):
                # An annotated tag is listed twice; the second line, with ^{}, has the commit.
                tag = name[len("refs/tags/") :]
                self.tags[tag[:-3] if tag.endswith("^{}") else tag] = value


class Remote:
    """A remote Git repository, with the credentials to access it."""

    def __init__(self, url: str, directory: str, user: Optional[str] = None, password: Optional[str] = None) -> None:
        """directory  what a relative path in `url` is relative to; git runs there"""
        local = os.path.join(directory, url)
        plain, own_user, own_password = without_credentials(os.path.abspath(local) if os.path.isdir(local) else url)
        self.url = plain
        self._directory = directory
        self._variables = {
            "GIT_TERMINAL_PROMPT": "0",
            "LC_ALL": "C",
            "GIT_CONFIG_NOSYSTEM": os.environ.get("GIT_CONFIG_NOSYSTEM", "0"),
            "GIT_ADVICE": "0",
        }
        if "GIT_SSH_COMMAND" not in os.environ and "GIT_SSH" not in os.environ:
            self._variables["GIT_SSH_COMMAND"] = "ssh -o BatchMode=yes"
        self._settings = []
        #: What must be masked in the log: if the URL has a user and no password, the user may be a token.
        self.secrets = [text for text in (password, own_password or own_user) if text]
        user, password = user or own_user, password or own_password
        if user or password:
            self._variables.update(DOLPHINML_GIT_USER=user or "git", DOLPHINML_GIT_PASSWORD=password or "")
            # An empty helper removes the helpers in the user's configuration.
            self._settings = ["-c", "credential.helper=", "-c", "credential.helper=" + _HELPER]

    def run(self, *arguments: str, **options: Any) -> str:
        """Runs a git command and returns its standard output; raises GitFailed.

        Options: `folder` to run in, `stdin` as text, `variables` to add to the environment.
        """
        environment = {
            name: value for name, value in os.environ.items() if name not in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE")
        }
        environment.update(self._variables)
        environment.update(options.get("variables") or {})
        argv = ["git"] + self._settings + list(arguments)
        try:
            done = subprocess.run(
                argv,
                cwd=options.get("folder") or self._directory,
                env=environment,
                input=(options.get("stdin") or "").encode("utf-8"),
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                check=False,
            )
        except FileNotFoundError:
            raise GitFailed(arguments[0], ["there is no git on PATH (%s)" % os.environ.get("PATH", "")])
        output = done.stdout.decode("utf-8", "replace")
        if done.returncode != 0:
            # A push reports the result of each ref on standard output.
            said = output + done.stderr.decode("utf-8", "replace")
            raise GitFailed(arguments[0], said.strip().splitlines() or ["exit code %d" % done.returncode])
        return output

    def refs(self) -> Refs:
        return Refs(self.run("ls-remote", "--symref", self.url))


class Clone:
    """A clone of a remote repository, with no more history than is fetched into it."""

    def __init__(self, remote: Remote, folder: str) -> None:
        self.folder = folder
        self._remote = remote
        remote.run("init", "-q", folder)
        self.run("remote", "add", "origin", remote.url)

    def run(self, *arguments: str, **options: Any) -> str:
        return self._remote.run(*arguments, folder=self.folder, **options)

    def fetch(self, ref: str) -> str:
        """Fetches a branch (refs/heads/...), a tag (refs/tags/...) or a commit; returns the commit's hash."""
        self.run("fetch", "-q", "--no-tags", "--depth=1", "origin", "+%s" % ref)
        return self.run("rev-parse", "--verify", "-q", "FETCH_HEAD^{commit}").strip()

    def fetch_all(self) -> None:
        self.run("fetch", "-q", "--tags", "origin", "+refs/heads/*:refs/remotes/origin/*")

    def resolve(self, revision: str) -> Optional[str]:
        """Returns the commit of any revision that git understands; None if git cannot resolve it. Needs the full history."""
        try:
            return self.run("rev-parse", "--verify", "-q", "--end-of-options", revision + "^{commit}").strip()
        except GitFailed:
            return None

    def checkout(self, commit: str) -> None:
        self.run("checkout", "-q", "--force", "--detach", commit)

    def begin(self, branch: str) -> None:
        """Switches the working tree to a branch that has no commit yet."""
        self.run("symbolic-ref", "HEAD", "refs/heads/" + branch)

    def commit(self, message: str, paths: Iterable[str], variables: Optional[Dict[str, str]] = None) -> str:
        """Commits these paths and returns the commit's hash; if nothing has changed, makes no commit and returns that of HEAD."""
        self.run("--literal-pathspecs", "add", "--force", "--", *paths)
        if self.run("status", "--porcelain", "--untracked-files=no"):
            self.run("commit", "-q", "-F", "-", stdin=message, variables=variables)
        return self.run("rev-parse", "HEAD").strip()

    def tag(self, name: str, message: str, variables: Optional[Dict[str, str]] = None) -> None:
        """Creates an annotated tag at HEAD, replacing an existing tag of that name."""
        self.run("tag", "--force", "--annotate", "--cleanup=verbatim", "-F", "-", "--", name, stdin=message, variables=variables)

    def ignores(self, path: str) -> bool:
        """Whether git ignores a path, by a .gitignore of the working tree for example."""
        try:
            self.run("--literal-pathspecs", "check-ignore", "-q", "--no-index", "--", path)
            return True
        except GitFailed:
            return False

    def push(self, *refspecs: str) -> None:
        """Pushes all refspecs or none, if the server supports atomic pushes; raises PushRejected if another push came first."""
        try:
            self._push("--atomic", *refspecs)
        except GitFailed as failed:
            if not any(_NO_ATOMIC.search(line) for line in failed.lines):
                raise
            # The branch is pushed before the tag, so that a tag never points to a commit that is not on its branch.
            for refspec in refspecs:
                self._push(refspec)

    def _push(self, *arguments: str) -> None:
        try:
            self.run("push", "-q", "--porcelain", "origin", *arguments)
        except GitFailed as failed:
            if any(map(_LOST_RACE.search, failed.lines)) and not any(map(_REFUSED.search, failed.lines)):
                raise PushRejected("push", failed.lines)
            raise


def _reason_in_output(lines: List[str]) -> str:
    relevant = [line for line in lines if line.strip() and not _NOISE.match(line) and not _AFTER_SSH.match(line)]
    fatal = [line for line in relevant if re.match(r"(?:fatal|error|ERROR):|remote: |.*\[(?:remote )?rejected\]", line)]
    shown = (fatal or relevant or lines)[:3]
    return "; ".join(re.sub(r"^(?:fatal|error|ERROR): ", "", line.strip()) for line in shown)
