#!/usr/bin/env bash
# Imports a workflow file into DolphinScheduler 3.1 or 3.2 and runs it, with curl; see run_workflow.py for more.
#   run_workflow.sh FILE '{"name": "value"}'       the second argument are global parameters
# DOLPHINSCHEDULER_URL, DOLPHINSCHEDULER_TOKEN and DOLPHINSCHEDULER_PROJECT (a code, from the address of its page) say where.
set -euo pipefail
file=${1:?name the workflow file}
parameters=${2:-"{}"}
workflows=${DOLPHINSCHEDULER_URL:?}/projects/${DOLPHINSCHEDULER_PROJECT:?}/process-definition

# call CURL-ARGUMENTS...: the answer, or the server's own words and exit code 1. The token stays out of the list of processes.
call() {
  local answer
  answer=$(curl -sS -H @<(echo "token: ${DOLPHINSCHEDULER_TOKEN:?}") "$@")
  case $answer in
    *'"code":0,'*) echo "$answer" ;;
    *)
      echo "$answer" >&2
      return 1
      ;;
  esac
}

# newest: the code of the workflow that was made last.
newest() {
  call -G "$workflows" -d pageNo=1 -d pageSize=100 | grep -o '"code":[0-9]\{5,\}' | cut -d : -f 2 | sort -n | tail -n 1
}

call -F "file=@$file;type=application/json" "$workflows/import" >/dev/null
code=$(newest)
call -d releaseState=ONLINE -d name= "$workflows/$code/release" >/dev/null
call -d "processDefinitionCode=$code" -d scheduleTime= -d failureStrategy=CONTINUE -d warningType=NONE -d warningGroupId=0 \
  -d processInstancePriority=MEDIUM -d workerGroup=default --data-urlencode "startParams=$parameters" \
  "${DOLPHINSCHEDULER_URL}/projects/$DOLPHINSCHEDULER_PROJECT/executors/start-process-instance" >/dev/null
echo "workflow $code runs"
