# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Features from orders, and a model from them: the workflow of examples/openmldb."""

from ml_nodes import Mlflow, Openmldb, given
from pydolphinscheduler.tasks.shell import Shell
from submit import main

LOAD = """\
CREATE DATABASE IF NOT EXISTS shop_demo;
USE shop_demo;
CREATE TABLE IF NOT EXISTS orders (
  customer int, ordered_at timestamp, category string, amount double, returned int
);
LOAD DATA INFILE '${data_url}' INTO TABLE orders
  OPTIONS (format='csv', header=true, mode='overwrite');
"""
FEATURES = """\
USE shop_demo;
SELECT returned AS label,
  amount,
  hour(ordered_at) AS hour,
  count(amount) OVER lately AS orders_lately,
  sum(amount) OVER lately AS spent_lately,
  avg(returned) OVER before AS returns_before -- the order itself is left out
FROM orders
WINDOW
  lately AS (PARTITION BY customer ORDER BY ordered_at ROWS_RANGE BETWEEN 14d PRECEDING AND CURRENT ROW),
  before AS (PARTITION BY customer ORDER BY ordered_at ROWS BETWEEN 20 PRECEDING AND 1 PRECEDING)
INTO OUTFILE '${features_url}' OPTIONS (format='csv', header=true, mode='overwrite', coalesce=1);
"""
ONE_FILE = """\
# An export is a folder of parts, each with its header.
set -e
cd '${features_directory}'
awk 'FNR > 1 || NR == 1' part-*.csv > features.csv
wc -l features.csv
"""


def statements(name, sql):
    return Openmldb(
        name,
        zk="${zookeeper}",
        zkPath="${zk_path}",
        executeMode="offline",
        sql=sql,
        custom=[given("openmldb.environment", "${sdk_environment}")],
    )


def nodes():
    train = Mlflow(
        "train",
        mlflowTaskType="MLflow Projects",
        mlflowJobType="BasicAlgorithm",
        mlflowTrackingUri="${tracking_uri}",
        experimentName="${experiment_name}",
        algorithm="lr",
        params="max_iter=1000",
        dataPath="${features_directory}/features.csv",
        registerModel=True,
        modelName="${model_name}",
        custom=[given("mlflow.environment", "${training_environment}")],
    )
    statements("load data", LOAD) >> statements("extract features", FEATURES) >> Shell("one file", ONE_FILE) >> train


main(
    "orders_features",
    __doc__.strip(),
    {
        "zookeeper": "127.0.0.1:2181",
        "zk_path": "/openmldb",
        "sdk_environment": "/opt/ml/openmldb",
        "data_url": "file:///opt/ml/orders/orders.csv",
        "features_url": "file:///opt/ml/orders/features",
        "features_directory": "/opt/ml/orders/features",
        "training_environment": "/opt/ml/venv",
        "tracking_uri": "http://127.0.0.1:5000",
        "experiment_name": "orders",
        "model_name": "orders_returned",
    },
    nodes,
)
