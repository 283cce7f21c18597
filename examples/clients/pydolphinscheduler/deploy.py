"""Makes a service of a model's version and asks it: the workflow `deploy` of examples/train-and-deploy."""

from ml_nodes import Mlflow, MlNode, given, out
from submit import main

ASK = """\
# The row is one flower; 127.0.0.1, for the service listens on every address of this worker.
'${environment}/bin/python' - <<'END'
import json, urllib.request
columns = ["sepal length (cm)", "sepal width (cm)"]
body = json.dumps({"dataframe_split": {"columns": columns, "data": [[5.1, 3.5]]}}).encode()
url = "http://127.0.0.1:${deploy_port}/invocations"
request = urllib.request.Request(url, body, {"Content-Type": "application/json"})
answer = json.load(urllib.request.urlopen(request, timeout=60))["predictions"][0]
print("${setValue(prediction=%s)}" % ["setosa", "versicolor", "virginica"][answer])
END
"""


def nodes():
    service = Mlflow(
        "deploy the model",
        mlflowTaskType="MLflow Models",
        mlflowTrackingUri="${tracking_uri}",
        deployType="MLFLOW",
        deployPort="${deploy_port}",
        deployModelKey="models:/${model_name}/${model_version}",
        custom=[given("mlflow.environment", "${environment}"), given("mlflow.deploymentName", "iris")],
    )
    service >> MlNode("ask for a prediction", "SHELL", {"rawScript": ASK}, custom=[out("prediction")])


main("deploy", __doc__.strip(), {
    "environment": "/opt/ml/venv",
    "tracking_uri": "http://127.0.0.1:5000",
    "deploy_port": "7000",
    "model_name": "iris",
    "model_version": "",
}, nodes)
