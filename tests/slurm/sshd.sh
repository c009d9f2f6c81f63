#!/bin/sh
# sshd.sh up|down FOLDER PORT: an ssh server on loopback with throwaway keys, for the command line through ssh.
set -eu
cmd=$1 folder=$2 port=${3:-0}
case $cmd in
up)
  mkdir -p /run/sshd "$folder"
  chmod 700 "$folder"
  ssh-keygen -q -t ed25519 -N '' -f "$folder/host"
  ssh-keygen -q -t ed25519 -N '' -f "$folder/user"
  cp "$folder/user.pub" "$folder/authorized"
  printf '[127.0.0.1]:%s %s\n' "$port" "$(cut -d' ' -f1,2 "$folder/host.pub")" >"$folder/known"
  cat >"$folder/sshd_config" <<CONF
Port $port
ListenAddress 127.0.0.1
HostKey $folder/host
AuthorizedKeysFile $folder/authorized
PidFile $folder/pid
PermitRootLogin prohibit-password
PasswordAuthentication no
StrictModes no
MaxStartups 100
MaxSessions 100
CONF
  cat >"$folder/ssh_config" <<CONF
Host cluster
  HostName 127.0.0.1
  Port $port
  IdentityFile $folder/user
  IdentitiesOnly yes
  UserKnownHostsFile $folder/known
  StrictHostKeyChecking yes
CONF
  /usr/sbin/sshd -f "$folder/sshd_config" -E "$folder/log"
  ;;
down)
  if [ -s "$folder/pid" ]; then kill "$(cat "$folder/pid")"; fi
  rm -rf "$folder"
  ;;
esac
