# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Adds commits to a branch of a shared repository to which others may push at the same time."""

import os
import random
import time
from typing import TYPE_CHECKING, Any, Callable, Dict, List, Optional

from dolphinml.common.program import TaskFailure
from dolphinml.data import git
from dolphinml.data.fetch import repository_unreachable

if TYPE_CHECKING:
    from dolphinml.common.program import Task

# How often a push is retried while the branch does not change: then it is not pushes of others that make ours fail.
TRIES_WITHOUT_CHANGE = 8
LONGEST_PAUSE = 3.0

NAME = "DolphinScheduler"
EMAIL = "dolphinscheduler@localhost"


class WorkingBranch:
    def __init__(self, task: "Task", settings: Dict[str, Any], remote: git.Remote, refs: git.Refs, folder: str) -> None:
        self._console = task.console
        self._settings = settings
        self._remote = remote
        self.name = settings.get("branch") or refs.default or "main"
        self._ref = "refs/heads/" + self.name
        self._tip: Optional[str] = None
        # A new branch starts at the tip of the default branch.
        self._start = (
            self._ref if self.name in refs.branches else ("refs/heads/" + refs.default if refs.default in refs.branches else None)
        )
        try:
            self.clone = git.Clone(remote, folder)
            self._forward()
        except git.GitFailed as failed:
            raise repository_unreachable(remote, failed)
        self._identity: Optional[Dict[str, str]] = None

    @property
    def folder(self) -> str:
        return self.clone.folder

    @property
    def tip(self) -> Optional[str]:
        """The commit that is checked out; None in an empty repository."""
        return self._tip

    def _forward(self) -> None:
        if self._start is None:
            self._tip = None
            self.clone.begin(self.name)
        else:
            tip = self.clone.fetch(self._start)
            self._tip = tip
            self.clone.checkout(tip)

    def publish(
        self, change: Callable[[], List[str]], message: str, tag: Optional[str] = None, move: Callable[[], bool] = lambda: False
    ) -> str:
        """Commits the changes that `change()` makes to the working tree, pushes the commit with the tag, and returns it.

        change  makes the changes and returns the paths to commit; called again on the new tip if another push came first
        tag     the tag to create, or None
        move    called before each push with a tag: returns whether it may replace an existing one, or raises
        Raises TaskFailure if the commit cannot be made or the server refuses it.
        """
        same, seen = 0, self._tip
        while True:
            commit = self._commit(change, message, tag)
            try:
                forced = bool(tag) and move()
                self.clone.push(
                    "%s:%s" % (commit, self._ref),
                    *([("+" if forced else "") + "refs/tags/%s:refs/tags/%s" % (tag, tag)] if tag else []),
                )
                return commit
            except git.PushRejected as rejected:
                same, failure = same + 1, rejected
            except git.GitFailed as failed:
                raise TaskFailure(
                    "dvcRepository: %s does not take the commit: %s." % (self._remote.url, failed.reason.rstrip(".")),
                    block=None
                    or ["git said:"]
                    + ["  " + line for line in failed.lines]
                    + ["dvcRepository: %s does not take the commit: %s." % (self._remote.url, failed.reason.rstrip("."))],
                )
            time.sleep(random.uniform(0.0, min(LONGEST_PAUSE, 0.1 * 2**same)))
            self._refresh()
            if self._tip != seen:
                same, seen = 0, self._tip
                self._console.line("Others have pushed to %s meanwhile; trying again on commit %s" % (self.name, self._tip))
            elif same >= TRIES_WITHOUT_CHANGE:
                raise TaskFailure(
                    "dvcRepository: %s does not take the commit, and no other push to %s has happened: %s."
                    % (self._remote.url, self.name, failure.reason.rstrip("."))
                )

    def _commit(self, change: Callable[[], List[str]], message: str, tag: Optional[str]) -> str:
        try:
            variables = self.identity()
            commit = self.clone.commit(message, change(), variables)
            if tag:
                self.clone.tag(tag, message, variables)
            return commit
        except git.GitFailed as failed:
            raise TaskFailure("The commit could not be made: %s." % failed.reason.rstrip("."))

    def _refresh(self) -> None:
        try:
            if self.name in self._remote.refs().branches:
                self._start = self._ref
            self._forward()
        except git.GitFailed as failed:
            raise repository_unreachable(self._remote, failed)

    def identity(self) -> Dict[str, str]:
        """Returns the variables that name the author: from the node, else the user's git configuration, else NAME and EMAIL."""
        if self._identity is None:
            name, email = self._settings.get("gitName"), self._settings.get("gitEmail")
            if not (name and email) and not self._has_identity():
                name, email = name or NAME, email or EMAIL
            self._identity = {}
            for role in ("AUTHOR", "COMMITTER"):
                if name:
                    self._identity["GIT_%s_NAME" % role] = name
                if email:
                    self._identity["GIT_%s_EMAIL" % role] = email
        return self._identity

    def _has_identity(self) -> bool:
        try:
            self.clone.run("-c", "user.useConfigOnly=true", "var", "GIT_COMMITTER_IDENT")
            return True
        except git.GitFailed:
            return False

    def path(self, *names: str) -> str:
        return os.path.join(self.folder, *names)
