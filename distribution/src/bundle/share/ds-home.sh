# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
#
# Knows the layouts of DolphinScheduler homes; sourced by install.sh and doctor.sh.
# shellcheck shell=bash

# The servers that load task plugins; the alert server does not.
readonly DS_SERVERS="api-server master-server worker-server"

# ours_in DIRECTORY: prints our jars in it, of any version, one per line.
ours_in() {
  local jar
  for jar in "$1"/dolphinml-task-*.jar; do
    if [ -e "$jar" ] || [ -L "$jar" ]; then
      echo "$jar"
    fi
  done
}

# ds_jar_directories HOME: prints every directory that a server of this home may have on its class path, one per line.
ds_jar_directories() {
  local home=$1 directory release=""
  # The home may be a single server of a release; then the plugins are beside it.
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

# ds_versions HOME: prints the versions of DolphinScheduler in the names of its jars, one per line; nothing if there are none.
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

# ds_number VERSION: prints a number to compare release lines by, 302 for 3.2.2; 0 for a build of the development branch,
# whose jars are named dev-SNAPSHOT.
ds_number() {
  local major minor rest
  IFS=. read -r major minor rest <<<"$1"
  case $major$minor in
    *[!0-9]* | '') echo 0 ;;
    *) echo $((10#$major * 100 + 10#${minor:-0})) ;;
  esac
}

# ds_targets HOME VERSION: prints the directories that need our jars, without duplicates; fails if HOME is not a home.
# Each of the three servers must find each jar exactly once:
# - a release of 3.3 or later: plugins/task-plugins, which all servers read;
# - an earlier release: libs of each of the three servers; its standalone server reads these too, each file name once;
# - a single server, as in a container: libs; a single standalone server has libs/SERVER for each server and reads them all.
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
