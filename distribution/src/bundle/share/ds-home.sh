# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
#
# What a DolphinScheduler home looks like; read by install.sh and doctor.sh.
# shellcheck shell=bash

# The servers that load task plugins; the alert server has none.
readonly DS_SERVERS="api-server master-server worker-server"

# ours_in DIRECTORY: our jars there, of whatever version, one a line.
ours_in() {
  local jar
  for jar in "$1"/dolphinml-task-*.jar; do
    if [ -e "$jar" ] || [ -L "$jar" ]; then
      echo "$jar"
    fi
  done
}

# ds_jar_directories HOME: every directory that a server of this home may have on its class path, one a line.
ds_jar_directories() {
  local home=$1 directory release=""
  # The home may be one server of a release: its plugins are beside it.
  case $home in
    *-server) release=$home/.. ;;
  esac
  for directory in "$home"/libs "$home"/libs/*/ "$home"/{api,master,worker,alert,standalone}-server/libs \
    "$home"/{api,master,worker,alert,standalone}-server/libs/*/ "$home"/tools/libs "$home"/plugins "$home"/plugins/*/ \
    ${release:+"$release/plugins/task-plugins"}; do
    if [ -d "$directory" ]; then
      (cd -P "$directory" && pwd)
    fi
  done | awk '!seen[$0]++'
}

# ds_versions HOME: the versions of DolphinScheduler that its jars name, one a line; empty when there are none.
ds_versions() {
  local directory name jar version
  for name in task-api spi common; do
    ds_jar_directories "$1" | while IFS= read -r directory; do
      for jar in "$directory"/dolphinscheduler-"$name"-{[0-9]*,*-SNAPSHOT}.jar; do
        [ -e "$jar" ] || continue
        version=${jar##*/dolphinscheduler-"$name"-}
        echo "${version%.jar}"
      done
    done | sort -u -V | grep . && return 0
  done
  return 0
}

# ds_number VERSION: 3.2.2 -> 302, to compare lines by; 0 for a build of the development branch, whose jars are named
# dev-SNAPSHOT.
ds_number() {
  local major minor rest
  IFS=. read -r major minor rest <<<"$1"
  case $major$minor in
    *[!0-9]* | '') echo 0 ;;
    *) echo $((10#$major * 100 + 10#${minor:-0})) ;;
  esac
}

# ds_targets HOME VERSION: the directories that need our jars, each of them once; fails when this is not a home.
# No server may have the jars twice, and each of the three must have them once:
# - a release of 3.3 or later: plugins/task-plugins, which all servers read;
# - a release before that: libs of each of the three servers; its standalone server reads those too, each name once;
# - one server by itself, as in a container: libs; a standalone server by itself has libs/SERVER, and reads them all.
ds_targets() {
  local home=$1 number server found="" directory
  number=$(ds_number "$2")
  for server in $DS_SERVERS; do
    [ -d "$home/$server/libs" ] && found="$found $server"
  done
  if [ "$number" -ge 303 ] || { [ "$number" -eq 0 ] && [ -d "$home/plugins/task-plugins" ]; }; then
    if [ -n "$found" ] || [ -d "$home/plugins" ] || [ -d "$home/standalone-server/libs" ]; then
      echo "$home/plugins/task-plugins"
      return 0
    elif [[ $home == *-server && -d $home/../plugins/task-plugins ]]; then
      (cd -P "$home/../plugins/task-plugins" && pwd)
      return 0
    fi
  fi
  if [ -n "$found" ]; then
    for server in $found; do
      (cd -P "$home/$server/libs" && pwd)
    done | awk '!seen[$0]++'
    return 0
  fi
  for directory in "$home"/libs/{standalone,worker,api,master}-server "$home"/standalone-server/libs/standalone-server \
    "$home"/libs "$home"/standalone-server/libs; do
    if compgen -G "$directory/*.jar" >/dev/null; then
      (cd -P "$directory" && pwd)
      return 0
    fi
  done
  return 1
}
