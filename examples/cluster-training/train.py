# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Data-parallel training on the replicas of a PyTorchJob, on CPUs.

Each replica takes its own rows of the data and computes their gradient; gloo averages the gradients, so all replicas hold the
same weights after each step. The first replica evaluates the model, logs it in MLflow and registers it under an alias.

    train.py DATA_RUN_ID --model flowers --epochs 200

The data are the artifacts of an MLflow run, which prepare.ipynb has made: every pod that reaches MLflow reaches them. The
operator sets RANK, WORLD_SIZE, MASTER_ADDR and MASTER_PORT, the manifest MLFLOW_TRACKING_URI.
"""

import argparse
import csv
import tempfile

import mlflow
import numpy
import sklearn
import torch
import torch.distributed as distributed
from sklearn.linear_model import LogisticRegression

KIND = "species"


def averaged(gradient):
    """The mean of the gradients of all replicas."""
    shared = torch.from_numpy(gradient)
    distributed.all_reduce(shared)
    return shared.numpy() / distributed.get_world_size()


def read(path):
    """(names of the columns, their numbers, the kind of each row)"""
    with open(path, newline="", encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    columns = [name for name in rows[0] if name != KIND]
    return columns, numpy.array([[float(row[name]) for name in columns] for row in rows]), [row[KIND] for row in rows]


def shares(weights, features):
    """The probability of each kind, one row for each of `features`, whose last column is 1."""
    scores = features @ weights
    grown = numpy.exp(scores - scores.max(axis=1, keepdims=True))
    return grown / grown.sum(axis=1, keepdims=True)


def train(features, wanted, epochs, rate):
    """The weights of a softmax regression, and the loss on this replica's rows after each epoch."""
    features = numpy.hstack([features, numpy.ones((len(features), 1))])
    weights = numpy.zeros((features.shape[1], wanted.shape[1]))
    losses = []
    for _ in range(epochs):
        found = shares(weights, features)
        losses.append(float(-numpy.log((found * wanted).sum(axis=1)).mean()))
        weights -= rate * averaged(features.T @ (found - wanted) / len(features))
    return weights, losses


def as_sklearn(weights, center, scale, kinds):
    """The same model in scikit-learn: a model server needs no PyTorch for it."""
    model = LogisticRegression()
    model.classes_ = numpy.array(kinds)
    model.coef_ = (weights[:-1] / scale[:, None]).T
    model.intercept_ = weights[-1] - center / scale @ weights[:-1]
    model.n_features_in_ = len(center)
    return model


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("data_run_id")
    parser.add_argument("--model", required=True)
    parser.add_argument("--alias", default="champion")
    parser.add_argument("--epochs", type=int, default=200)
    parser.add_argument("--rate", type=float, default=0.5)
    wanted = parser.parse_args()

    distributed.init_process_group("gloo")
    rank, replicas = distributed.get_rank(), distributed.get_world_size()
    with tempfile.TemporaryDirectory() as folder:
        data = mlflow.artifacts.download_artifacts(run_id=wanted.data_run_id, artifact_path="data", dst_path=folder)
        columns, features, names = read(data + "/train.csv")
        _, test_features, test_names = read(data + "/test.csv")
    kinds = sorted(set(names))
    targets = numpy.array([[float(name == kind) for kind in kinds] for name in names])
    center, scale = features.mean(axis=0), features.std(axis=0)
    own = slice(rank, None, replicas)
    print("replica %d of %d: %d of %d rows" % (rank, replicas, len(features[own]), len(features)), flush=True)
    weights, losses = train(((features - center) / scale)[own], targets[own], wanted.epochs, wanted.rate)
    if rank == 0:
        model = as_sklearn(weights, center, scale, kinds)
        accuracy = float((model.predict(test_features) == numpy.array(test_names)).mean())
        with mlflow.start_run(run_id=wanted.data_run_id):
            mlflow.log_params({"replicas": replicas, "epochs": wanted.epochs, "rate": wanted.rate})
            for epoch in range(0, wanted.epochs, max(1, wanted.epochs // 20)):
                mlflow.log_metric("loss", losses[epoch], step=epoch)
            mlflow.log_metric("accuracy", accuracy)
            logged = mlflow.sklearn.log_model(
                model,
                name="model",
                registered_model_name=wanted.model,
                signature=mlflow.models.infer_signature(test_features[:1], model.predict(test_features[:1])),
                input_example=test_features[:1],
                pip_requirements=["scikit-learn==" + sklearn.__version__],
            )
        version = logged.registered_model_version
        mlflow.MlflowClient().set_registered_model_alias(wanted.model, wanted.alias, version)
        print("loss %.4f, accuracy %.3f, version %s of %s" % (losses[-1], accuracy, version, wanted.model))
        # The KUBEFLOW node reads its output parameters from the first replica's log.
        print("#{setValue(accuracy=%.4f)}" % accuracy)
        print("#{setValue(model_version=%s)}" % version, flush=True)
    distributed.barrier()
    distributed.destroy_process_group()


if __name__ == "__main__":
    main()
