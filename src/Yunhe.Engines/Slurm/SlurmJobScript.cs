using System.Text.RegularExpressions;

namespace Yunhe.Engines.Slurm;

/// <summary>
/// The scripts that Slurm runs for an attempt, constant but for #SBATCH lines that the user wrote: all data comes from files of the
/// attempt's folder, whose path is the variable YUNHE_FOLDER (with %a for the array index).
/// </summary>
/// <remarks>
/// Files: <c>variables</c> (NUL-ended NAME=value), <c>setup</c> and <c>run</c> (bash), <c>command</c> (NUL-ended words),
/// <c>script</c> and <c>arguments</c> of a batch job. The script writes <c>started</c> (raw job ID and time), <c>failed.N</c> (code and
/// phase of the first node that failed; N: how often Slurm requeued it) and <c>exit</c> (code, phase, time, milliseconds of
/// processor time on all nodes).
/// </remarks>
internal static partial class SlurmJobScript
{
    // Positional parameters hold what is still needed after the variables are loaded: a user's variable can't overwrite those.
    private const string Load = """while IFS= read -r -d "" pair; do export "$pair"; done <"$1/variables"; unset pair YUNHE_FOLDER YUNHE_ADDRESSES""";

    /// <summary>Setup, then run, once on every node. srun starts them where there are several.</summary>
    public const string EveryNode = """
        #!/bin/bash
        # One attempt of a Yunhe workload.
        folder=${YUNHE_FOLDER//%a/$SLURM_ARRAY_TASK_ID}
        cd "$folder/workdir" || exit 1
        [ -n "$HOME" ] || export HOME=~
        # A signal ends the program; this shell stays to write down how.
        trap : TERM INT HUP
        # After a requeue the run before this one may still be dying: what it writes then is its own.
        try=${SLURM_RESTART_COUNT:-0}
        echo "$try" >../try
        rm -f ../exit ../failed.* ../times.*
        echo "$SLURM_JOB_ID $(date +%s.%N)" >../started

        node='
        trap : TERM INT HUP
        (
            addresses=$YUNHE_ADDRESSES
            set -- "$1" "$2" "$addresses"
            unset addresses
            while IFS= read -r -d "" pair; do export "$pair"; done <"$1/variables"
            unset pair YUNHE_FOLDER YUNHE_ADDRESSES
            export SKYPILOT_NODE_RANK=${SLURM_NODEID:-0} SKYPILOT_NODE_IPS=$3 YUNHE_OUTPUT_DIR=$1/workdir/outputs
            trap - TERM INT HUP
            case $2 in
            command)
                mapfile -d "" -t words <"$1/command"
                set -- "${words[@]}"
                unset words
                exec "$@"
                ;;
            *) exec bash "$1/$2" ;;
            esac
        )
        code=$?
        # The first node to fail tells why; the others are killed for it.
        [ $code = 0 ] || (set -C; echo "$code $2" >"$1/failed.$3") 2>/dev/null
        # bash sums up its ended children: user and system time in the second line.
        times >"$1/times.$3.$2.${SLURM_NODEID:-0}"
        exit $code
        '

        nodes=${SLURM_JOB_NUM_NODES:-1}
        if [ "$nodes" -gt 1 ]; then
            declare -A address
            while read -r name at; do address[$name]=$at; done < <(
                scontrol -o show node "$SLURM_JOB_NODELIST" | sed -n 's/^NodeName=\([^ ]*\).* NodeAddr=\([^ ]*\).*/\1 \2/p')
            export YUNHE_ADDRESSES=
            while read -r name; do
                YUNHE_ADDRESSES+=${YUNHE_ADDRESSES:+$'\n'}${address[$name]:-$name}
            done < <(scontrol show hostnames "$SLURM_JOB_NODELIST")
        else
            export YUNHE_ADDRESSES=${SLURMD_NODENAME:-localhost}
        fi

        phase() {
            if [ "$nodes" -gt 1 ]; then
                srun --quiet --nodes="$nodes" --ntasks="$nodes" --ntasks-per-node=1 --cpus-per-task="${SLURM_CPUS_PER_TASK:-1}" \
                    --kill-on-bad-exit=1 --input=none bash -c "$node" yunhe "$folder" "$1" "$try" &
            else
                bash -c "$node" yunhe "$folder" "$1" "$try" </dev/null &
            fi
            local program=$! code
            # A trapped signal ends one wait, not the program.
            while wait "$program"; code=$?; kill -0 "$program" 2>/dev/null; do :; done
            if [ -e "../failed.$try" ]; then read -r code _ <"../failed.$try"; fi
            return "$code"
        }

        code=0 at=setup
        if [ -e ../setup ]; then phase setup || code=$?; fi
        if [ "$code" = 0 ]; then
            at=run
            if [ -e ../command ]; then phase command || code=$?
            elif [ -e ../run ]; then phase run || code=$?; fi
        fi
        milliseconds=0
        for file in "../times.$try".*; do
            [ -e "$file" ] || continue
            { read -r; read -r user system; } <"$file"
            for time in "$user" "$system"; do
                seconds=${time#*m} seconds=${seconds//[!0-9]/}
                milliseconds=$((milliseconds + ${time%m*} * 60000 + 10#${seconds:-0}))
            done
        done
        read -r latest <../try
        if [ "$latest" = "$try" ]; then
            echo "$code $at $(date +%s.%N) $milliseconds" >../exit.new && mv ../exit.new ../exit
        fi
        exit "$code"

        """;

    /// <summary>
    /// Becomes the user's batch script, in the task's own folder: sbatch has one working directory for all of an array, and
    /// slurmrestd takes no arguments. sbatch reads the user's #SBATCH lines, repeated here.
    /// </summary>
    public static string Batch(string script) =>
        string.Join('\n', ["#!/bin/bash", .. Directives(script), BecomeBatch]);

    private const string BecomeBatch = $$"""
        [ -n "$HOME" ] || export HOME=~
        set -- "${YUNHE_FOLDER//%a/$SLURM_ARRAY_TASK_ID}"
        read -r -d "" directory <"$1/directory"
        cd "$1/workdir/$directory" || exit 1
        unset directory
        {{Load}}
        mapfile -d "" -t words <"$1/arguments"
        set -- "$1/script" "${words[@]}"
        unset words
        exec "$@"

        """;

    /// <summary>sbatch stops at the first line that is neither blank nor a comment.</summary>
    private static IEnumerable<string> Directives(string script) =>
        script.Split('\n')
            .TakeWhile(line => string.IsNullOrWhiteSpace(line) || line.StartsWith('#'))
            .Where(line => line.StartsWith("#SBATCH", StringComparison.Ordinal));

    /// <summary>How a script's #SBATCH lines count memory; null: they do not say.</summary>
    public static MemoryForm? MemoryFormOf(string script) =>
        Directives(script).Select(line => MemoryOption().Match(line)).LastOrDefault(match => match.Success) is not { } match ? null
        : match.Groups["per"].Value switch { "" => MemoryForm.PerNode, "c" => MemoryForm.PerCpu, _ => MemoryForm.PerGpu };

    // Options may be shortened as long as they are unique.
    [GeneratedRegex(@"\s--mem(?:-per-(?<per>[cg])[a-z]*)?(?=[=\s])", RegexOptions.CultureInvariant)]
    private static partial Regex MemoryOption();
}
