set -u
source /exec/.dolphinml-12345678/data-activate.sh dvc.environment /opt/anaconda3/etc/profile.d/conda.sh '' path dvc || exit $?
exec "$dolphinml_python" /exec/.dolphinml-12345678/python/dolphinml/data/fetch_inputs.py /exec/.dolphinml-12345678/private/data-request.json
