#!/usr/bin/env bash
# Stands in for Slurm's srun within a batch script: the command runs once for each task, all of them on this machine.
set -u
tasks= nodes=${SLURM_NNODES:-1} label=
notice() { echo "srun: $1 has no effect here" >&2; }
number() {
  if [[ ! $2 =~ ^[1-9][0-9]{0,4}$ ]]; then
    echo "srun: $1 needs a number from 1 to 99999, not '$2'" >&2
    exit 1
  fi
}

while (($#)); do
  case $1 in
    -n | --ntasks) tasks=${2:-} && number "$1" "$tasks" && shift ;;
    -n*) tasks=${1#-n} && number -n "$tasks" ;;
    --ntasks=*) tasks=${1#*=} && number --ntasks "$tasks" ;;
    -N | --nodes) nodes=${2:-} && number "$1" "$nodes" && shift ;;
    -N*) nodes=${1#-N} && number -N "$nodes" ;;
    --nodes=*) nodes=${1#*=} && number --nodes "$nodes" ;;
    -l | --label) label=1 ;;
    --) shift && break ;;
    --*=*) notice "${1%%=*}" ;;
    # The options of one letter that srun takes with a value of their own.
    -[cptJoeiwxGCDAdm] | --mem | --time | --partition | --gpus | --cpus-per-task | --output | --error)
      notice "$1"
      if (($# > 1)); then shift; fi
      ;;
    -*) notice "$1" ;;
    *) break ;;
  esac
  shift
done
if ((!$#)); then
  echo "srun: say which command to run" >&2
  exit 1
fi

tasks=${tasks:-${SLURM_NTASKS:-1}}
if ((nodes > tasks)); then nodes=$tasks; fi
per_node=$(((tasks + nodes - 1) / nodes))
pids=()
for ((task = 0; task < tasks; task++)); do
  (
    export SLURM_PROCID=$task SLURM_LOCALID=$((task % per_node)) SLURM_NODEID=$((task / per_node))
    export SLURM_NTASKS=$tasks SLURM_NPROCS=$tasks SLURM_STEP_NUM_TASKS=$tasks
    if [[ -n $label ]]; then exec > >(while IFS= read -r line || [[ -n $line ]]; do printf '%d: %s\n' "$task" "$line"; done); fi
    echo "$BASHPID" >>"$YUNHE_STEPS"
    exec -- "$@"
  ) &
  pids+=($!)
done

# A signal for this step is for its tasks.
trap 'kill -TERM "${pids[@]}" 2>/dev/null' TERM
trap 'kill -INT "${pids[@]}" 2>/dev/null' INT
failed=0
for pid in "${pids[@]}"; do
  wait "$pid"
  code=$?
  while ((code > 128)) && kill -0 "$pid" 2>/dev/null; do
    wait "$pid"
    code=$?
  done
  if ((code != 0 && failed == 0)); then
    failed=$code
    kill -TERM "${pids[@]}" 2>/dev/null
  fi
done
exit "$failed"
