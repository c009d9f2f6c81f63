#!/bin/bash
# cluster.sh up|down|env NAME [key=value ...]: a Slurm cluster of this one machine, on loopback, without systemd, run as root.
#   port=16800      base of its ports: slurmctld, +3 slurmrestd, +101 … slurmd
#   nodes=4 cpus=8 mem=16000 gpus=4 gputype=a100
#   cloud=1         nodes without daemons: jobs are allocated and stay CONFIGURING, for thousands of nodes
#   rest=1          slurmrestd on tcp port+3 and on run/rest/slurmrestd.sock, and a token of root in run/token
#   minage=300 killwait=2   MinJobAge, KillWait in seconds
#   preempt=1       jobs in short put those in main back into the queue
#   wipe=1          (down) deletes the cluster's files too
# SLURMLAB is the work folder (default .slurmlab where you stand).
set -euo pipefail
LAB=${SLURMLAB:-$PWD/.slurmlab}
cmd=$1 name=$2
shift 2
port=16800 nodes=4 cpus=8 mem=16000 gpus=4 gputype=a100 cloud=0 rest=0 minage=300 killwait=2 preempt=0 wipe=0
for kv in "$@"; do declare "${kv%%=*}=${kv#*=}"; done
D=$LAB/$name E=$LAB/$name/etc
export SLURM_CONF=$E/slurm.conf

# The daemons look at their own program name: started as slurmd-wlm they drop GRES silently.
B=$LAB/bin
CTLD=$B/slurmctld SLURMD="$B/slurmd -d $B/slurmstepd"

wait_for() { # SECONDS COMMAND...
  local tries=$(($1 * 20))
  shift
  for ((i = 0; i < tries; i++)); do "$@" >/dev/null 2>&1 && return 0; sleep 0.05; done
  return 1
}

configure() {
  install -d -m 755 "$B" "$D" "$E" "$D/log" "$D/state" "$D/spool" "$D/run"
  install -d -m 700 "$D/munge"
  for x in slurmctld slurmd slurmstepd; do ln -sf "/usr/sbin/$x-wlm" "$B/$x"; done
  [ -s "$D/munge/key" ] || (umask 077; head -c 128 /dev/urandom >"$D/munge/key")
  [ -s "$D/state/jwt.key" ] || (umask 077; head -c 32 /dev/urandom >"$D/state/jwt.key")
  cat >"$E/slurm.conf" <<CONF
ClusterName=$name
SlurmctldHost=$(hostname -s)(127.0.0.1)
SlurmctldPort=$port
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket=$D/run/munge.socket
CredType=cred/munge
AuthAltTypes=auth/jwt
AuthAltParameters=jwt_key=$D/state/jwt.key
StateSaveLocation=$D/state
SlurmctldPidFile=$D/run/slurmctld.pid
SlurmctldLogFile=$D/log/slurmctld.log
SlurmdPidFile=$D/run/slurmd.%n.pid
SlurmdLogFile=$D/log/slurmd.%n.log
SlurmdSpoolDir=$D/spool/%n
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/linux
SwitchType=switch/none
MpiDefault=none
ReturnToService=2
SlurmdTimeout=60
SlurmctldTimeout=30
InactiveLimit=0
KillWait=$killwait
MinJobAge=$minage
MaxJobCount=100000
MaxArraySize=50001
SlurmdParameters=config_overrides
SchedulerType=sched/backfill
SchedulerParameters=batch_sched_delay=0,sched_min_interval=50000,requeue_delay=1,bf_interval=5
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
PriorityType=priority/multifactor
GresTypes=gpu
DefMemPerCPU=100
MailProg=/bin/true
AccountingStorageType=accounting_storage/none
JobCompType=jobcomp/filetxt
JobCompLoc=$D/log/jobcomp.txt
CONF
  local gres=""
  : >"$E/gres.conf"
  if [ "$gpus" -gt 0 ]; then
    gres="Gres=gpu:$gputype:$gpus"
    # Distinct character devices stand for the GPUs.
    echo "NodeName=$name[1-$nodes] Name=gpu Type=$gputype File=/dev/tty[0-$((gpus - 1))]" >>"$E/gres.conf"
  fi
  local shape="CPUs=$cpus RealMemory=$mem $gres Feature=fast"
  if [ "$cloud" = 1 ]; then
    cat >>"$E/slurm.conf" <<CONF
ResumeProgram=/bin/true
SuspendProgram=/bin/true
ResumeTimeout=65000
SuspendTime=864000
ResumeRate=0
PrivateData=cloud
BatchStartTimeout=65000
NodeName=$name[1-$nodes] NodeAddr=127.0.0.1 $shape State=CLOUD
CONF
  else
    echo "NodeName=$name[1-$nodes] NodeHostname=$(hostname -s) NodeAddr=127.0.0.1" \
      "Port=[$((port + 101))-$((port + 100 + nodes))] $shape State=UNKNOWN" >>"$E/slurm.conf"
  fi
  if [ "$preempt" = 1 ]; then printf 'PreemptType=preempt/partition_prio\nPreemptMode=REQUEUE\n' >>"$E/slurm.conf"; fi
  echo "PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE State=UP" >>"$E/slurm.conf"
  echo "PartitionName=short Nodes=$name[1-2] MaxTime=60 State=UP PriorityTier=$((1 + preempt))" >>"$E/slurm.conf"
  printf 'CgroupAutomount=no\nCgroupPlugin=cgroup/v1\nConstrainCores=no\nConstrainRAMSpace=no\n' >"$E/cgroup.conf"
}

start_rest() {
  # slurmrestd refuses root and SlurmUser, and rest_auth/jwt wants a token of its own.
  install -d -o nobody -m 755 "$D/run/rest"
  rm -f "$D/run/rest/slurmrestd.sock"
  local own
  own=$(scontrol token lifespan=864000 username=nobody)
  # 22.05's slurmrestd may die of a request that it could not parse; a site's service manager starts it again, as does this loop.
  (cd /; setsid bash -c 'trap "kill \$!; exit" TERM; while :; do "$@" & wait $!; sleep 0.1; done' rest \
    setpriv --reuid=nobody --regid=nogroup --clear-groups env HOME=/ "$own" \
    slurmrestd -f "$E/slurm.conf" -t 4 -a rest_auth/jwt -s openapi/v0.0.38 \
    "127.0.0.1:$((port + 3))" "unix:$D/run/rest/slurmrestd.sock" >>"$D/log/slurmrestd.log" 2>&1 </dev/null & echo $! >"$D/run/slurmrestd.pid")
  (umask 077; scontrol token lifespan=864000 username=root | sed 's/^SLURM_JWT=//' >"$D/run/token")
  wait_for 10 test -S "$D/run/rest/slurmrestd.sock" || fail "slurmrestd" "$D/log/slurmrestd.log"
}

fail() { echo "$name: $1 did not come up" >&2; shift; tail -n 20 "$@" >&2 || true; exit 1; }

case $cmd in
up)
  configure
  munged --key-file="$D/munge/key" --socket="$D/run/munge.socket" --pid-file="$D/munge/pid" \
    --log-file="$D/munge/log" --seed-file="$D/munge/seed" --num-threads=4
  wait_for 10 munge -n -S "$D/run/munge.socket" || fail munged "$D/munge/log"
  $CTLD -f "$E/slurm.conf" 2>"$D/log/slurmctld.err"
  wait_for 30 sh -c "scontrol ping | grep -q UP" || fail slurmctld "$D/log/slurmctld.err" "$D/log/slurmctld.log"
  if [ "$cloud" != 1 ]; then
    for ((i = 1; i <= nodes; i++)); do mkdir -p "$D/spool/$name$i"; $SLURMD -N "$name$i" -f "$E/slurm.conf" & done
    wait
  fi
  wait_for 60 sh -c "[ \$(sinfo -h -N -t idle -o %N | sort -u | wc -l) -ge $nodes ]" || fail nodes "$D"/log/slurmd*.log
  if [ "$rest" = 1 ]; then start_rest; fi
  ;;
ctld) # starts slurmctld again after it was stopped
  $CTLD -f "$E/slurm.conf" 2>>"$D/log/slurmctld.err"
  wait_for 30 sh -c "scontrol ping | grep -q UP" || fail slurmctld "$D/log/slurmctld.log"
  ;;
down)
  scancel --full -u root >/dev/null 2>&1 || true
  pids=$(cat "$D"/run/*.pid "$D/munge/pid" 2>/dev/null || true)
  kill $pids 2>/dev/null || true
  wait_for 15 sh -c "for p in $(echo $pids); do ! kill -0 \$p || exit 1; done" || kill -9 $pids 2>/dev/null || true
  if [ "$wipe" = 1 ]; then rm -rf "$D"; fi
  ;;
env) echo "export SLURM_CONF=$E/slurm.conf" ;;
*) echo "cluster.sh up|down|ctld|env NAME [key=value ...]" >&2; exit 2 ;;
esac
