# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""The columns of SHOW JOBS."""

# The columns in OpenMLDB's documentation of SHOW JOBS, in order. The older form ends after `error`.
COLUMNS = (
    "job_id",
    "job_type",
    "state",
    "start_time",
    "end_time",
    "parameter",
    "cluster",
    "application_id",
    "error",
    "db",
    "name",
    "pid",
    "cur_task",
    "component",
)
OLD_FORM = COLUMNS[:9]
