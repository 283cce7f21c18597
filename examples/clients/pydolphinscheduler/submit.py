# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""The command line of the workflows in this directory."""

import argparse
import getpass

try:
    from pydolphinscheduler.core.workflow import Workflow
except ImportError:  # before version 4
    from pydolphinscheduler.core.process_definition import ProcessDefinition as Workflow


def main(name, description, parameters, nodes):
    """Makes the workflow, or a new version of it. `parameters` are its global ones with their defaults; `nodes()` adds
    the nodes."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument(
        "--set", action="append", default=[], metavar="NAME=VALUE", help="a global parameter, of " + ", ".join(parameters)
    )
    parser.add_argument("--project", default="ml-examples", help="created if it does not exist")
    parser.add_argument(
        "--user",
        default="ml-examples",
        help="owner of the workflow; created if missing. Never name a person or an administrator: "
        "pydolphinscheduler sets this user's password and address to its own defaults",
    )
    parser.add_argument("--tenant", default=getpass.getuser(), help="the tenant that runs the tasks")
    parser.add_argument("--start", action="store_true", help="run it once")
    chosen = parser.parse_args()
    values = dict(parameters)
    for each in chosen.set:
        key, equals, value = each.partition("=")
        if not equals or key not in values:
            parser.error("--set %s: it takes NAME=VALUE with a NAME of %s" % (each, ", ".join(values)))
        values[key] = value
    workflow = Workflow(
        name=name, description=description, project=chosen.project, user=chosen.user, tenant=chosen.tenant, param=values
    )
    with workflow:
        nodes()
        workflow.submit()
        if chosen.start:
            workflow.start()
    print("%s is in the project %s%s" % (name, chosen.project, ", and runs" if chosen.start else ""))
