# Runs one attempt and writes down how it ended, with or without the server: bash runner.sh FOLDER
# Started by setsid, so that the session's number is $$. Names begin with _y_ because the workload's variables are
# exported in subshells of this one.

set -u
umask 077
cd -- "$1" || exit 1
exec </dev/null >>runner.log 2>&1

# What the server itself inherited, a socket of its service manager say, is not for programs. 255 is this script.
for _y_fd in /proc/$$/fd/*; do
  _y_fd=${_y_fd##*/}
  if ((_y_fd > 2 && _y_fd != 255)); then exec {_y_fd}>&-; fi
done

# Ranks and signals report here, one line each. A pipe open for reading and writing never ends.
exec {_y_bus}<> <(:)
trap 'echo stop >&"$_y_bus"' TERM

# Exclusive creation: of two runners of one attempt, only the first goes on.
read -r _y_stat </proc/$$/stat
_y_stat=(${_y_stat##*) })
read -r _y_boot </proc/sys/kernel/random/boot_id
set -C
echo "$$ ${_y_stat[19]} $_y_boot $EPOCHREALTIME" >pid || exit 0
set +C
_y_started=$EPOCHREALTIME
_y_event=../.events/${1##*/}
echo running >>"$_y_event"

declare -A _y_job
while IFS= read -r -d '' _y_name && IFS= read -r -d '' _y_value; do _y_job[$_y_name]=$_y_value; done <job
mapfile -t _y_groups <groups
_y_bash=$BASH
_y_folder=$PWD
_y_waiters=()
_y_reason=
_y_failed_rank=-1
_y_code=0

# Deadlines in hundredths of a second since boot, which no change of the clock moves; 0: none.
now() {
  read -r _y_now _ </proc/uptime
  _y_now=${_y_now/./}
}

now
_y_settle_at=0
_y_kill_at=0
_y_limit_at=$((_y_job[limit] > 0 ? _y_now + _y_job[limit] : 0))
_y_signal_at=$((_y_job[signal_at] >= 0 ? _y_now + _y_job[signal_at] : 0))

# Fills _y_pids with the program's processes.
members() {
  _y_pids=()
  if ((${#_y_groups[@]})); then
    mapfile -t _y_pids <"${_y_groups[0]}/cgroup.procs"
    return
  fi

  local stat line fields
  for stat in /proc/[0-9]*/stat; do
    { read -r line <"$stat"; } 2>/dev/null || continue
    fields=(${line##*) })
    stat=${stat#/proc/}
    stat=${stat%/stat}
    if ((fields[3] == $$ && stat != $$)) && [[ ${fields[0]} != [ZX] && " ${_y_waiters[*]} " != *" $stat "* ]]; then _y_pids+=("$stat"); fi
  done
}

signal_all() {
  members
  if ((${#_y_pids[@]})); then kill -s "$1" "${_y_pids[@]}" 2>/dev/null; fi
}

# stop REASON GRACE: the first reason counts.
stop() {
  if [[ -n $_y_reason ]]; then return; fi
  _y_reason=$1
  _y_kill_at=$((_y_now + $2))
  _y_settle_at=0 _y_limit_at=0 _y_signal_at=0
  signal_all TERM
  signal_all CONT
}

# Slurm's --signal: only the script itself (B:), or only the steps that srun started.
early_signal() {
  local step target=()
  _y_signal_at=0
  members
  if [[ -n ${_y_job[signal_script]} ]]; then
    read -r target <script.pid
  elif [[ -e steps ]]; then
    while read -r step; do
      if [[ " ${_y_pids[*]} " == *" $step "* ]]; then target+=("$step"); fi
    done <steps
  fi
  if ((${#target[@]})); then kill -s "${_y_job[signal]}" "${target[@]}"; fi
}

# Becomes the program of a rank: program PHASE RANK
program() {
  local group pairs argv
  trap - TERM
  for group in "${_y_groups[@]}"; do echo 0 >"$group/cgroup.procs" || exit 126; done
  # A cancel that looked for processes before this one had joined them.
  if [[ -e cancel ]]; then exit 143; fi
  if ((_y_job[address_space] > 0)); then ulimit -v "${_y_job[address_space]}"; fi
  if [[ $1 == script ]]; then echo "$BASHPID" >script.pid; fi
  mapfile -d '' -t pairs <env
  mapfile -d '' -t -O "${#pairs[@]}" pairs <"env.$2"
  argv=("$_y_bash" "$_y_folder/$1")
  if [[ $1 == command ]]; then mapfile -d '' -t argv <command; fi
  if [[ $1 == script ]]; then
    mapfile -d '' -t argv <arguments
    argv=("$_y_folder/script" "${argv[@]}")
  fi
  exec {_y_bus}>&- >>stdout 2>>"${_y_job[stderr]}"
  cd workdir || exit 126
  umask 022
  unset OLDPWD
  export -- "${pairs[@]}"
  exec -- "${argv[@]}"
}

ended() {
  ((_y_live--))
  if (($2 == 0)) || [[ $_y_reason == failed ]]; then return; fi
  if ((_y_failed_rank < 0 || $1 < _y_failed_rank)); then _y_failed_rank=$1 _y_code=$2; fi
  # A moment for other ranks that fail of the same cause, so that the lowest is named.
  if [[ -z $_y_reason ]] && ((_y_settle_at == 0)); then _y_settle_at=$((_y_now + 10)); fi
}

# Waits for the next line on the bus or the next deadline.
next() {
  local due=$((_y_now + 360000)) at left event rank code
  for at in $_y_settle_at $_y_kill_at $_y_limit_at $_y_signal_at $1; do
    if ((at > 0 && at < due)); then due=$at; fi
  done
  left=$((due > _y_now ? due - _y_now : 1))
  printf -v left '%d.%02d' $((left / 100)) $((left % 100))
  event=
  read -r -t "$left" -u "$_y_bus" event rank code
  now
  # A request may be seen by a rank, or come with the end, before its signal does.
  if [[ -e cancel ]]; then
    stop cancelled "$(<cancel)"
  elif [[ $event == stop ]]; then
    stop node "${_y_job[grace]}"
  fi
  if [[ $event == end ]]; then ended "$rank" "$code"; fi
  if ((_y_signal_at > 0 && _y_now >= _y_signal_at)); then early_signal; fi
  if ((_y_limit_at > 0 && _y_now >= _y_limit_at)); then stop limit "${_y_job[grace]}"; fi
  if ((_y_settle_at > 0 && _y_now >= _y_settle_at)); then stop failed "${_y_job[grace]}"; fi
  if ((_y_kill_at > 0 && _y_now >= _y_kill_at)); then
    signal_all KILL
    _y_kill_at=$((_y_now + 100))
  fi
}

# Runs one phase on every rank to its end.
phase() {
  local rank
  _y_live=${_y_job[ranks]}
  for ((rank = 0; rank < _y_job[ranks]; rank++)); do
    {
      trap : TERM
      (program "$1" "$rank")
      echo "end $rank $?" >&"$_y_bus"
    } &
    _y_waiters+=($!)
  done
  while ((_y_live > 0)); do next 0; done
}

outcome=exited
if [[ -e setup ]]; then phase setup; fi
if ((_y_code != 0)); then outcome=setup; elif [[ -z $_y_reason ]]; then phase "${_y_job[program]}"; fi

# What the program left behind goes too.
members
if ((${#_y_pids[@]})); then
  now
  _y_limit_at=0 _y_signal_at=0 _y_settle_at=0
  if [[ -z $_y_reason || $_y_reason == failed ]]; then
    kill -s TERM "${_y_pids[@]}" 2>/dev/null
    _y_kill_at=$((_y_now + 200))
  fi
  while ((${#_y_pids[@]})); do
    next $((_y_now + 5))
    members
  done
fi
wait "${_y_waiters[@]}"

if [[ -n $_y_reason && $_y_reason != failed ]]; then outcome=$_y_reason; fi
memory= oom=0
if [[ -n ${_y_job[peak]} ]]; then
  read -r memory <"${_y_job[peak]}"
fi
if [[ -n ${_y_job[oom]} ]]; then
  while read -r name count; do
    if [[ $name == oom_kill ]]; then oom=$count; fi
  done <"${_y_job[oom]}"
fi
if ((oom > 0 && _y_code != 0)) && [[ $outcome == exited || $outcome == setup ]]; then outcome=oom; fi
cpu=
case ${_y_job[usage]} in
  *cpuacct.usage) read -r cpu <"${_y_job[usage]}" ;;
  *cpu.stat)
    while read -r name count; do
      if [[ $name == usage_usec ]]; then cpu=${count}000; fi
    done <"${_y_job[usage]}"
    ;;
  *) times >times ;;
esac

printf '%s\n' "outcome $outcome" "code $_y_code" "started $_y_started" "ended $EPOCHREALTIME" "cpu $cpu" "memory $memory" >exit.new &&
  mv exit.new exit
echo ended >>"$_y_event"
if ((${#_y_groups[@]})); then rmdir -- "${_y_groups[@]}"; fi
