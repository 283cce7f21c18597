set -u
source /exec/.dolphinml-12345678/prepare.sh dvc.environment /exec/.dolphinml-12345678/python/dolphinml/environment/prepare_environment.py /exec/.dolphinml-12345678/private/environment/request.json || exit $?
source /exec/.dolphinml-12345678/activate.sh dvc.environment /opt/anaconda3/etc/profile.d/conda.sh '' path dvc || exit $?
exec "$dolphinml_python" /exec/.dolphinml-12345678/python/dolphinml/dvc/run_dvc.py /exec/.dolphinml-12345678/private/request.json
