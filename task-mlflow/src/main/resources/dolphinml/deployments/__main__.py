"""The deployments of this machine from a shell: lists them, tells about one, stops one.

    PYTHONPATH=dolphinml-task-ml-common-VERSION.jar:dolphinml-task-mlflow-VERSION.jar python3 -m dolphinml.deployments list

Runs from the jars as they are, with the settings of the worker's common.properties. A user sees what tasks have deployed
as that user, root sees the deployments of all users.
"""

import argparse
import os
import pwd
import sys

from dolphinml.cache import properties
from dolphinml.common import user
from dolphinml.common.program import TaskFailure
from dolphinml.mlflow.deploy import deployment, places, record

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


class Console:
    """Where the parts that tasks use too write to."""

    @staticmethod
    def line(text):
        print(text, flush=True)


class Found:
    """One deployment: its directory, its record and the user it belongs to."""

    def __init__(self, directory, known):
        self.directory = directory
        self.known = known
        self.user = user.name_of(os.stat(directory).st_uid)

    @property
    def name(self):
        return self.known["name"]

    def state(self):
        try:
            return deployment.ways(self.known).state(self.known, self.directory)
        except TaskFailure as failure:
            return False, failure.summary


def main(argv=None):
    arguments = _parser().parse_args(argv)
    try:
        return arguments.command(arguments, everything(arguments))
    except TaskFailure as failure:
        print(failure.summary, file=sys.stderr)
    except (OSError, ValueError) as error:
        print(error, file=sys.stderr)
    return 1


def _parser():
    parser = argparse.ArgumentParser(prog="python3 -m dolphinml.deployments", description=__doc__.split("\n")[0])
    parser.add_argument("--properties", metavar="FILE",
                        help="common.properties of the worker, if it is not beside the jar")
    parser.add_argument("--user", help="only the deployments of this user; of use to root")
    commands = parser.add_subparsers(metavar="COMMAND", dest="name")
    commands.required = True
    commands.add_parser("list", help="one line for each deployment").set_defaults(command=show)
    for name, command, text in (("status", tell, "all that is known of one"), ("stop", stop, "end one")):
        one = commands.add_parser(name, help=text)
        one.add_argument("deployment", metavar="NAME")
        one.set_defaults(command=command)
    return parser


def _directories(operators):
    """The state directories of all users whose deployments this user may see."""
    if os.geteuid() != 0:
        return [places.state_directory(operators)]
    if operators:
        users = sorted(os.listdir(operators)) if os.path.isdir(operators) else []
        return [places.of_user(os.path.join(operators, name)) for name in users]
    homes = sorted({entry.pw_dir for entry in pwd.getpwall() if os.path.isdir(entry.pw_dir)})
    return [places.of_home(home) for home in homes]


def everything(arguments):
    path = arguments.properties or properties.near(ROOT)
    operators = properties.read(path).get("ml.mlflow.stateDir") if path else None
    found = [Found(*each) for directory in _directories(operators or None) for each in record.every(directory)]
    return [each for each in found if arguments.user in (None, each.user)]


def show(arguments, found):
    rows = [("NAME", "USER", "TYPE", "MODEL", "ENDPOINT", "SINCE", "STATE")]
    for each in found:
        known = each.known
        rows.append((each.name, each.user, known["deployType"], known["model"]["uri"], known["endpoint"],
                     known["since"], each.state()[1]))
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows if found else ():
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip())
    print("%d deployment%s on this machine" % (len(found), "" if len(found) == 1 else "s"))
    return 0


def _one(arguments, found):
    named = [each for each in found if each.name == arguments.deployment]
    if len(named) > 1:
        raise TaskFailure("'%s' is there for several users: %s; name one with --user"
                          % (arguments.deployment, ", ".join(each.user for each in named)))
    if not named:
        names = ", ".join(each.name for each in found)
        raise TaskFailure("There is no deployment '%s'; %s" % (
            arguments.deployment, "there are: " + names if names else "there is none at all"))
    return named[0]


def tell(arguments, found):
    """0 when it serves, 1 when it does not."""
    one = _one(arguments, found)
    serves, detail = one.state()
    for line in deployment.told(one.known, detail):
        print(line)
    return 0 if serves else 1


def stop(arguments, found):
    one = _one(arguments, found)

    def wait(seconds):
        if seconds % 5 < 1:
            print("A task changes deployment '%s'; waiting for it (%d s)" % (one.name, seconds), flush=True)

    with record.locked(one.directory, wait):
        deployment.ways(one.known).stop(one.known, one.directory, Console)
    print("Deployment '%s' (%s) is stopped" % (one.name, one.known["model"]["uri"]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
