set -u
source /exec/.dolphinml-12345678/activate.sh mlflow.environment /opt/anaconda3/etc/profile.d/conda.sh /opt/envs/train path mlflow || exit $?
bash /exec/.dolphinml-12345678/private/data-run.sh || exit $?
exec "$dolphinml_python" /exec/.dolphinml-12345678/python/dolphinml/mlflow/project/run_project.py /exec/.dolphinml-12345678/private/request.json
