#!/bin/sh
# What the Slurm tests need on Debian 12. Nothing is started: cluster.sh starts its own daemons, without systemd.
set -e
export DEBIAN_FRONTEND=noninteractive
apt-get -o DPkg::Lock::Timeout=300 install -y --no-install-recommends \
  slurmctld slurmd slurmrestd slurm-client slurm-wlm-jwt-plugin munge openssh-server openssh-client
