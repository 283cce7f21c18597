#!/usr/bin/env bash
# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
#
# Installs the task plugins JUPYTER, MLFLOW, OPENMLDB, KUBEFLOW and DVC into a DolphinScheduler installation.
set -euo pipefail
here=$(cd -P "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=share/ds-home.sh
. "$here/share/ds-home.sh"

usage() {
  cat <<'TEXT'
Usage: install.sh [--dry-run] [--uninstall] [--downgrade] [HOME]
       install.sh [--dry-run] [--uninstall] [--downgrade] --to DIR [--to DIR]...

Puts the jars into the DolphinScheduler installation HOME (without one: $DOLPHINSCHEDULER_HOME), where each of its
API, master and worker servers finds them once:

  DolphinScheduler 3.1, 3.2   HOME/api-server/libs, HOME/master-server/libs, HOME/worker-server/libs
  DolphinScheduler 3.3, 3.4   HOME/plugins/task-plugins
  one server, as in a container, or a standalone server by itself   HOME/libs, or one directory in it

Run it on each machine that has a server, as a user who may write there, and restart the servers.

  --dry-run     show what would be done, and do nothing
  --uninstall   take the jars out again; the stock plugins serve their types after the next restart
  --downgrade   allow to replace a newer version of these jars by this one
  --to DIR      put the jars into DIR and look at nothing else; for layouts that are not listed above
  --help        show this text

The jars of other versions of these plugins are replaced, wherever in HOME they are. No other file is touched.
Exit code: 0 done, or nothing to do; 1 not done, nothing or not all was changed, and the last line says why; 2 wrong
arguments.
TEXT
}

fail() {
  echo "install.sh: $*" >&2
  exit 1
}

wrong() {
  echo "install.sh: $*; see install.sh --help" >&2
  exit 2
}

# sums FILE...: prints "SHA256  FILE" for each, with the tool that this machine has.
sums() {
  if command -v sha256sum >/dev/null; then
    sha256sum "$@"
  else
    shasum -a 256 "$@"
  fi
}

sum_of() {
  local line
  line=$(sums "$1") || fail "$1 cannot be read"
  echo "${line%% *}"
}

check_archive() {
  local jar expected
  command -v sha256sum >/dev/null || command -v shasum >/dev/null ||
    fail "neither sha256sum nor shasum is on PATH, so the jars cannot be checked; install coreutils"
  [ -r "$here/SHA256SUMS" ] || fail "$here/SHA256SUMS is missing; unpack the archive again"
  [ ${#our_jars[@]} -gt 0 ] || fail "there are no jars in $here/lib; unpack the archive again"
  for jar in "${our_jars[@]}"; do
    expected=$(awk -v name="lib/${jar##*/}" '$2 == name { print $1 }' "$here/SHA256SUMS")
    [ "$(sum_of "$jar")" = "$expected" ] ||
      fail "$jar is not what SHA256SUMS says: the archive is damaged or was changed; unpack it again"
  done
}

# version_of JAR: prints its version. Module names have no digits, and versions begin with one.
version_of() {
  local name=${1##*/}
  name=${name%.jar}
  echo "${name#"${name%%[0-9]*}"}"
}

# newer A B: whether version A is newer than B. The ~ makes `sort` put 1.2.0-SNAPSHOT before 1.2.0, as it should be.
newer() {
  [ "$1" != "$2" ] && [ "$(printf '%s\n' "$1" "$2" | tr - '~' | sort -V | tail -n 1 | tr '~' -)" = "$1" ]
}

plan=()
separator=$'\x1f'

# add_to_plan WORD DIRECTORY JAR: plans a change; WORD is add, replace or remove.
add_to_plan() {
  plan+=("$1$separator$2$separator$3")
}

plan_install() {
  local directory=$1 jar name old
  for jar in "${our_jars[@]}"; do
    name=${jar##*/}
    if [ ! -e "$directory/$name" ]; then
      add_to_plan add "$directory" "$name"
    elif [ ! -f "$directory/$name" ] || ! cmp -s "$jar" "$directory/$name"; then
      add_to_plan replace "$directory" "$name"
    fi
  done
  while IFS= read -r old; do
    [ -e "$here/lib/${old##*/}" ] || plan_removal_of_version "$directory" "$old"
  done < <(ours_in "$directory")
}

plan_removal_of_version() {
  local installed
  installed=$(version_of "$2")
  if [ $downgrade = no ] && newer "$installed" "$our_version"; then
    fail "$2 is newer than this version, $our_version; with --downgrade it is replaced"
  fi
  add_to_plan remove "$1" "${2##*/}"
}

plan_removal() {
  local directory=$1 old
  while IFS= read -r old; do
    add_to_plan remove "$directory" "${old##*/}"
  done < <(ours_in "$directory")
}

# existing DIRECTORY: prints it or its nearest existing ancestor, which has to be writable.
existing() {
  local directory=$1
  while [ ! -d "$directory" ]; do
    directory=$(dirname "$directory")
  done
  echo "$directory"
}

check_permissions() {
  local change directory place owner
  for change in ${plan[@]+"${plan[@]}"}; do
    IFS=$separator read -r _ directory _ <<<"$change"
    place=$(existing "$directory")
    if [ ! -w "$place" ] || [ ! -x "$place" ]; then
      owner=$(stat -c %U "$place" 2>/dev/null || echo "its owner")
      fail "$(id -un) may not write to $place; run this as $owner, with sudo -u $owner for example. Nothing was changed"
    fi
  done
}

show_plan() {
  local change word directory name last=""
  for change in "${plan[@]}"; do
    IFS=$separator read -r word directory name <<<"$change"
    [ "$directory" = "$last" ] || echo "$directory"
    last=$directory
    printf '  %-8s %s\n' "$word" "$name"
  done
}

carry_out() {
  local change word directory name
  # Servers that run as other users must be able to read the new files.
  umask 022
  # New jars first, each moved into place by a rename: a running server keeps the old file that it has open.
  for change in "${plan[@]}"; do
    IFS=$separator read -r word directory name <<<"$change"
    [ "$word" = remove ] || put "$directory" "$name"
  done
  for change in "${plan[@]}"; do
    IFS=$separator read -r word directory name <<<"$change"
    [ "$word" != remove ] || rm -f -- "$directory/$name" || fail "$directory/$name could not be removed; $unfinished"
  done
}

unfinished="what was done so far stays; fix this and run install.sh again"
temporary=""
trap '[ -z "$temporary" ] || rm -f -- "$temporary"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# put DIRECTORY NAME: copies a jar into the directory. Its owner is not trusted: there may be links in it, and it may change
# during the copy, so no link is followed. The directory is entered once, and the copy is opened once, under a random name
# that must not exist yet (noclobber); writing, chown and the check of its sum all go through that open file.
put() {
  local directory=$1 name=$2 copy
  mkdir -p -- "$directory" || fail "$directory could not be made; $unfinished"
  cd -P -- "$directory" || fail "$directory could not be entered; $unfinished"
  temporary=$(mktemp -u ./.dolphinml.XXXXXXXXXX) || fail "there is no mktemp; install coreutils; $unfinished"
  set -o noclobber
  exec {copy}>"$temporary" || fail "$name could not be copied to $directory; $unfinished"
  set +o noclobber
  cat -- "$here/lib/$name" >&"$copy" || fail "$name could not be copied to $directory; $unfinished"
  # If root installs, the owner of the directory gets the file.
  [ "$(id -u)" != 0 ] || chown "$(stat -c %u:%g .)" "/dev/fd/$copy" ||
    fail "$name could not be given to the owner of $directory; $unfinished"
  [ "$(sum_of "/dev/fd/$copy")" = "$(sum_of "$here/lib/$name")" ] ||
    fail "the copy of $name in $directory is damaged; $unfinished"
  exec {copy}>&-
  # -T: if the name is a link to a directory, replaces the link instead of moving the file into the directory.
  mv -fT -- "$temporary" "$name" || fail "$directory/$name could not be replaced; $unfinished"
  temporary=""
  [ -f "$name" ] && [ ! -L "$name" ] ||
    fail "$directory/$name is not the file that was put there: another process is changing $directory; $unfinished"
}

dry_run=no uninstall=no downgrade=no home="" directories=()
while [ $# -gt 0 ]; do
  case $1 in
    --dry-run) dry_run=yes ;;
    --uninstall) uninstall=yes ;;
    --downgrade) downgrade=yes ;;
    --to)
      [ $# -gt 1 ] && [ -n "$2" ] || wrong "--to needs a directory"
      directories+=("$2")
      shift
      ;;
    --to=?*) directories+=("${1#--to=}") ;;
    --help | -h)
      usage
      exit 0
      ;;
    -*) wrong "$1 is not known" ;;
    *)
      [ -z "$home" ] || wrong "two homes are named, $home and $1; run install.sh for each"
      home=$1
      ;;
  esac
  shift
done

mapfile -t our_jars < <(ours_in "$here/lib")
[ $uninstall = yes ] || check_archive
our_version=$(version_of "${our_jars[0]-}")

if [ ${#directories[@]} -gt 0 ]; then
  [ -z "$home" ] || wrong "name a home or --to, not both"
  targets=() elsewhere=()
  for directory in "${directories[@]}"; do
    [ -d "$directory" ] || fail "$directory, named with --to, is not a directory; make it first, or name another"
    targets+=("$(cd -P "$directory" && pwd)")
  done
else
  home=${home:-${DOLPHINSCHEDULER_HOME:-}}
  [ -n "$home" ] || wrong "name the home of DolphinScheduler, or set DOLPHINSCHEDULER_HOME"
  [ -d "$home" ] || fail "$home is not a directory; name the home of DolphinScheduler"
  home=$(cd -P "$home" && pwd)
  mapfile -t versions < <(ds_versions "$home")
  # If there are several versions, the newest: the others were left behind by an upgrade.
  ds_version=""
  [ ${#versions[@]} -eq 0 ] || ds_version=${versions[${#versions[@]} - 1]}
  mapfile -t targets < <(ds_targets "$home" "$ds_version" || true)
  if [ -z "$ds_version" ] || [ ${#targets[@]} -eq 0 ]; then
    fail "$home has no DolphinScheduler: no dolphinscheduler-task-api jar in *-server/libs or libs;" \
      "name the directory that holds api-server, master-server and worker-server, or the directory for the jars with --to"
  fi
  if [ ${#versions[@]} -gt 1 ]; then
    echo "install.sh: warning: $home has jars of DolphinScheduler ${versions[*]}; assumed that it is $ds_version" >&2
  fi
  number=$(ds_number "$ds_version")
  if [ "$number" -eq 0 ]; then
    ds_version="$ds_version, a development build that is installed as its directories say,"
  elif [ "$number" -lt 301 ] && [ $uninstall = no ]; then
    fail "$home is DolphinScheduler $ds_version; these plugins need 3.1 or newer"
  elif [ "$number" -gt 304 ]; then
    echo "install.sh: warning: $home is DolphinScheduler $ds_version, and these plugins know 3.1 to 3.4;" \
      "assumed that it loads plugins as 3.4 does" >&2
  fi
  mapfile -t elsewhere < <(ds_jar_directories "$home" | grep -Fxv -f <(printf '%s\n' "${targets[@]}") || true)
  echo "DolphinScheduler $ds_version in $home"
fi

for directory in "${targets[@]}"; do
  if [ $uninstall = yes ]; then
    plan_removal "$directory"
  else
    plan_install "$directory"
  fi
done
# Our jars in other places, for example from before an upgrade of DolphinScheduler: a server would load the plugins twice.
for directory in ${elsewhere[@]+"${elsewhere[@]}"}; do
  plan_removal "$directory"
done

if [ ${#plan[@]} -eq 0 ]; then
  if [ $uninstall = yes ]; then
    echo "Nothing to do: these plugins are not installed."
  else
    echo "Nothing to do: version $our_version is installed in"
    printf '  %s\n' "${targets[@]}"
  fi
  exit 0
fi
check_permissions
show_plan
if [ $dry_run = yes ]; then
  echo "Nothing was changed: this was a dry run."
  exit 0
fi
carry_out
if [ $uninstall = yes ]; then
  echo "Done. Restart the API, master and worker servers; the stock plugins then serve their types again."
else
  echo "Done: version $our_version. Restart the API, master and worker servers, and run doctor.sh on each worker."
fi
