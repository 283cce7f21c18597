set -u
source /exec/.dolphinml-12345678/activate.sh kubeflow.environment /opt/anaconda3/etc/profile.d/conda.sh '' home '' || exit $?
exec "$dolphinml_python" /exec/.dolphinml-12345678/python/dolphinml/kubeflow/run_manifest.py /exec/.dolphinml-12345678/private/request.json
