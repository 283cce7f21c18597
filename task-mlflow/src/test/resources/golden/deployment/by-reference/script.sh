set -u
source /exec/.dolphinml-12345678/activate.sh mlflow.environment /opt/anaconda3/etc/profile.d/conda.sh '' path mlflow || exit $?
exec "$dolphinml_python" /exec/.dolphinml-12345678/python/dolphinml/mlflow/deploy/deploy_model.py /exec/.dolphinml-12345678/private/request.json
