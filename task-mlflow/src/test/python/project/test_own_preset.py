"""The example of docs/en/howto/preset.md, as the node runs it that the page describes."""

import pathlib
import shutil

EXAMPLE = pathlib.Path(__file__).resolve().parents[5] / "examples" / "own-preset"


def test_the_example_trains_and_registers_in_the_run_of_the_task(frame, client, tmp_path):
    from sklearn.datasets import load_iris

    load_iris(as_frame=True).frame.rename(columns={"target": "label"}).to_csv(tmp_path / "iris.csv", index=False)
    shutil.copytree(EXAMPLE, tmp_path / "presets")
    run = frame.project(
        "presets#Project-BasicAlgorithm",
        ["-P", "algorithm=svm", "-P", "data_path=%s" % (tmp_path / "iris.csv"), "-P",
         "search_params=C=[0.1,1.0];kernel=['rbf','linear']", "-P", "model_name=own"],
        experimentName="own", outputs=["accuracy"],
    ).finish()
    assert run.report["status"] == "success", run.log
    assert run.outputs["accuracy"] > 0.9
    assert run.outputs["mlflow.model_uri"] == "models:/own/1"
    assert client.get_run(run.run_id).data.metrics["accuracy"] == run.outputs["accuracy"]
