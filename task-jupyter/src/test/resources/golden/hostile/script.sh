set -u
source /exec/.dolphinml-12345678/activate.sh condaEnvName /opt/anaconda3/etc/profile.d/conda.sh 'it'\''s $(touch MARK) `id`' home papermill || exit $?
exec "$dolphinml_python" /exec/.dolphinml-12345678/python/dolphinml/jupyter/run_notebook.py /exec/.dolphinml-12345678/private/request.json
