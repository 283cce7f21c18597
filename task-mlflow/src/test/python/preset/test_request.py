# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0

import subprocess
import sys

import pytest

from dolphinml.mlflow.preset import packages
from dolphinml.mlflow.preset.training_failure import TrainingFailure
from dolphinml.mlflow.preset.training_request import TrainingRequest


def faults(**given):
    with pytest.raises(TrainingFailure) as failure:
        TrainingRequest(given).raise_faults()
    return str(failure.value)


def test_the_forms_of_old_nodes_are_fine():
    request = TrainingRequest(
        {
            "jobType": "BasicAlgorithm",
            "algorithm": "SVM",
            "params": None,
            "searchParams": "",
            "isSearchParams": None,
            "dataPath": " /data ",
            "labelColumn": None,
            "registerModel": False,
            "modelName": "ignored",
            "promoteIf": None,
        }
    )
    request.raise_faults()
    assert (request.method, request.params, request.search_params) == ("svm", {}, {})
    assert (request.data_path, request.label_column, request.model_name) == ("/data", "label", None)


def test_all_faults_are_reported_at_once():
    assert faults(algorithm="forest", params="C", searchParams="C=3", registerModel=True) == (
        "5 fields are wrong: algorithm: 'forest' is not known; use one of lr, svm, lightgbm, xgboost | "
        "params: 'C' is not of the form name=value; parts are separated by ';' | "
        "searchParams: 'C' has no list of values to try; write one, as in C=[3] | "
        "dataPath: nothing is given; give a .csv file or a folder with train.csv and test.csv | "
        "modelName: nothing is given, but registerModel is on; give the name in the model registry"
    )


@pytest.mark.parametrize("text", ["C=[]", "C={'a': 1}", "C=''"])
def test_a_search_needs_values(text):
    assert faults(algorithm="svm", dataPath="x", searchParams=text) == (
        "searchParams: 'C' has no list of values to try; write one, as in C=[1, 2]"
    )


@pytest.mark.parametrize(
    "request_, modules",
    [
        ({"algorithm": "lr"}, {"mlflow", "scikit-learn", "pandas", "matplotlib"}),
        ({"algorithm": "lightgbm"}, {"mlflow", "scikit-learn", "pandas", "matplotlib", "lightgbm"}),
        ({"algorithm": "xgboost"}, {"mlflow", "scikit-learn", "pandas", "matplotlib", "xgboost", "xgboost-cpu"}),
        (
            {"jobType": "AutoML"},
            {"mlflow", "scikit-learn", "pandas", "matplotlib", "flaml", "lightgbm", "xgboost", "xgboost-cpu"},
        ),
        (
            {"jobType": "AutoML", "params": "estimator_list=['lgbm', 'rf']"},
            {"mlflow", "scikit-learn", "pandas", "matplotlib", "flaml", "lightgbm"},
        ),
    ],
)
def test_requirements_are_those_of_the_method(request_, modules):
    from packaging.requirements import Requirement

    listed = packages.requirements(dict(request_, dataPath="x"))
    assert {Requirement(text).name for text in listed} == modules


def test_the_client_follows_the_server():
    def mlflow(version):
        return [text for text in packages.requirements({"algorithm": "lr", "dataPath": "x"}, version) if "mlflow" in text]

    assert mlflow("2.22.5") == ["mlflow>=1.30,<3"]
    assert mlflow("3.1.0") == mlflow(None) == ["mlflow>=1.30,<4"]


def test_what_is_installed_is_not_missing_and_what_is_not_is():
    assert packages.missing_modules({"jobType": "AutoML", "dataPath": "x"}) == []
    code = (
        "import sys; sys.path.insert(0, %r); from dolphinml.mlflow.preset import packages; "
        "print(packages.missing_modules({'algorithm': 'lr', 'dataPath': 'x'}), 'pandas' in sys.modules)"
        % packages.__file__.rpartition("/dolphinml/")[0]
    )
    # Without the packages of this environment.
    bare = subprocess.run([sys.executable, "-B", "-I", "-S", "-c", code], stdout=subprocess.PIPE, check=True, text=True).stdout
    assert bare == "['mlflow', 'sklearn', 'pandas', 'matplotlib'] False\n"
