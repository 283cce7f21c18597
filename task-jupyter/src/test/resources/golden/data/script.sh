set -u
source /exec/.dolphinml-12345678/prepare.sh condaEnvName /exec/.dolphinml-12345678/python/dolphinml/environment/prepare_environment.py /exec/.dolphinml-12345678/private/environment/request.json || exit $?
source /exec/.dolphinml-12345678/activate.sh condaEnvName /opt/anaconda3/etc/profile.d/conda.sh '' home papermill || exit $?
bash /exec/.dolphinml-12345678/private/data-run.sh || exit $?
exec "$dolphinml_python" /exec/.dolphinml-12345678/python/dolphinml/jupyter/run_notebook.py /exec/.dolphinml-12345678/private/request.json
