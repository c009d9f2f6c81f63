using Yunhe.Contracts.Dialects;
using static Yunhe.Contracts.Tests.Dialects.Reading;

namespace Yunhe.Contracts.Tests.Dialects;

public sealed class SbatchScriptTests
{
    [Fact]
    public void A_script_keeps_its_exact_text_and_arguments()
    {
        const string Script = "#!/bin/bash\n#SBATCH -N 2\necho \"$1\"\t\n\n";
        var draft = SbatchScript.Read(Script, "dir/train.sbatch", ["a b", "$(c)"], Context);
        Assert.Equal(Script, draft.Request.Program.Script);
        Assert.Equal(["a b", "$(c)"], draft.Request.Program.Arguments);
        Assert.Equal(("train.sbatch", ProgramWord.Batch, 2), (draft.Request.Name, draft.Request.Program.Kind, draft.Request.NumNodes));
    }

    [Theory]
    [InlineData("#SBATCH --nodes=2")]
    [InlineData("#SBATCH --nodes 2")]
    [InlineData("#SBATCH -N2")]
    [InlineData("#SBATCH -N 2 # two of them --nodes=9")]
    [InlineData("#SBATCH --nodes=\"2\"")]
    [InlineData("#SBATCH --comment='a # b' --nodes=2")]
    [InlineData("# a comment\n\n  # another\n#SBATCH\t-HN2")]
    [InlineData("#SBATCH -N 2\nhostname\n#SBATCH -N 3")]
    [InlineData("##SBATCH -N 3\n #SBATCH -N 3\n#SBATCH -N 2")]
    public void Directives_are_read_in_every_spelling_up_to_the_first_command(string directives) =>
        Assert.Equal(2, Sbatch(directives).Request.NumNodes);

    [Theory]
    [InlineData("-N 2 -n 8 -c 4", 2, 16, 16 * 1024, "")]
    [InlineData("-N 2 --ntasks-per-node=3 --mem-per-cpu=2G", 2, 3, 6 * 1024, "")]
    [InlineData("-n 10 --ntasks-per-node=4", 3, 4, 4 * 1024, "")]
    [InlineData("-n 7 -N 2 --mem=10000", 2, 4, 10_000, "")]
    [InlineData("-N 4 -n 2", 2, 1, 1024, "")]
    [InlineData("--mem=100K", 1, 1, 1, "")]
    [InlineData("--gres=gpu:a100:2 --mem-per-gpu=8G -c 6", 1, 6, 16 * 1024, "a100:2")]
    [InlineData("--gres=gpu", 1, 1, 1024, "*:1")]
    [InlineData("-G h100:7 -N 2", 2, 1, 1024, "h100:4")]
    [InlineData("--gpus-per-node=4 --cpus-per-gpu=3", 1, 12, 12 * 1024, "*:4")]
    [InlineData("--gpus-per-t=v100:1 -n 4 -N 2", 2, 2, 2048, "v100:2")]
    [InlineData("-N 2-4", 2, 1, 1024, "")]
    [InlineData("-N 1k", 1024, 1, 1024, "")]
    public void Resources_come_to_what_the_fullest_node_needs(string options, int nodes, int cpus, long memory, string gpus)
    {
        var request = Sbatch($"#SBATCH {options}").Request;
        var resource = Assert.Single(request.Resources);
        var model = resource.Accelerator is null ? "" : $"{resource.Accelerator}:{resource.Accelerators}";
        Assert.Equal((nodes, cpus, memory, gpus), (request.NumNodes, resource.Cpus, resource.MemoryMib, model));
    }

    [Fact]
    public void Everything_else_that_shapes_the_run_is_kept()
    {
        var request = Sbatch("""
            #SBATCH -J sweep -t 1-12:30 -a 0-20:4,30%2 --dependency=afterok:w3:w4,afterany:5
            #SBATCH -o logs/%x-%A_%a.out -e /dev/null -D sub --export=ALL,LANG,A=b --signal=B:USR1@60 --no-requeue
            #SBATCH -p long -A proj -q high -C "intel&ib" --exclusive
            """);
        Assert.Equal("sweep", request.Request.Name);
        Assert.Equal(131_400, request.Request.TimeLimitSeconds);
        Assert.Equal(new ArrayRequest { Indices = "0-20:4,30", Limit = 2 }, request.Request.Array);
        Assert.Equal([new(DependencyWord.Afterok, "w3"), new(DependencyWord.Afterok, "w4"), new(DependencyWord.Afterany, "w5")], request.Request.Dependencies);
        Assert.Equal(new Dictionary<string, string> { ["LANG"] = "C", ["A"] = "b" }, request.Request.Envs);
        Assert.Equal(new BatchRequest
        {
            Output = "logs/%x-%A_%a.out", Error = "/dev/null", Chdir = "sub", Export = "ALL,LANG,A=b", Signal = "B:USR1@60", Requeue = false,
            Partition = "long", Account = "proj", Qos = "high", Constraint = "intel&ib", Exclusive = true,
        }, request.Request.Batch);
        Assert.Equal("job.sbatch:2: 5 is read as the workload w5: the numbers of Slurm's jobs aren't Yunhe's", Assert.Single(request.Warnings));
    }

    [Theory]
    [InlineData("30", 1800)]
    [InlineData("30:15", 1815)]
    [InlineData("1:30:15", 5415)]
    [InlineData("2-3", 183_600)]
    [InlineData("2-3:30", 185_400)]
    [InlineData("2-3:30:01", 185_401)]
    [InlineData("UNLIMITED", null)]
    [InlineData("0", null)]
    public void Time_is_read_in_all_its_forms(string text, int? seconds) =>
        Assert.Equal(seconds, Sbatch($"#SBATCH --time={text}").Request.TimeLimitSeconds);

    [Theory]
    [InlineData("--mail-type=END", "Yunhe sends no mail")]
    [InlineData("--begin=now+1hour", "--begin isn't honoured")]
    [InlineData("--licenses=matlab:1", "--licenses is read by Slurm sites only")]
    [InlineData("--input=in.txt", "--input is read by Slurm sites only")]
    [InlineData("--nice", "#YUNHE priority")]
    [InlineData("--gres=nic:1", "'nic:1'")]
    [InlineData("--ntaks-per-nodes=3", "(did you mean '--ntasks-per-node'?)")]
    [InlineData("-Q -y 3", "'-y' is unknown here")]
    [InlineData("--output=/scratch/me/%j.out", "'%j.out' within it is written instead")]
    [InlineData("--mem=0", "1 GiB per core is assumed")]
    [InlineData("--ntasks=4", "one node")]
    [InlineData("--export=NOT_SET", "isn't passed on")]
    [InlineData("-N 2\nhostname\n#SBATCH -n 4", "job.sbatch:4: #SBATCH after the first command isn't read")]
    public void What_acts_elsewhere_or_not_at_all_is_named(string options, string warning) =>
        Assert.Contains(Sbatch($"#SBATCH {options}").Warnings, w => w.Contains(warning));

    [Theory]
    [InlineData("-N=2", "--nodes: '=2' isn't a number of nodes such as 2 or 2-4")]
    [InlineData("-N 4-2", "--nodes: Maximum node count 2 is less than minimum node count 4")]
    [InlineData("--mem=4GiB", "--mem: '4GiB' isn't an amount of memory such as 4000M or 16G")]
    [InlineData("--nodes=0", "--nodes: '0' is out of range: at least 1")]
    [InlineData("--ntasks", "--ntasks expects a value, such as --ntasks=…")]
    [InlineData("--mem=1.5G", "--mem: '1.5G' isn't an amount of memory such as 4000M or 16G")]
    [InlineData("--time=1d", null)]
    [InlineData("--time=1:2:3:4", null)]
    [InlineData("hetjob", "heterogeneous jobs aren't supported: hand in one workload for each part")]
    [InlineData("-n 2 stray", "Invalid directive found in batch script: 'stray'")]
    [InlineData("--dependency=singleton", null)]
    [InlineData("--dependency=afterok:1?afterok:2", null)]
    [InlineData("--array=0-5000000", null)]
    [InlineData("--chdir=/home/me/p", null)]
    [InlineData("--output=../../x", "batch.output: '../../x' leads out of the working directory: leave out '..'")]
    [InlineData("--ntasks=2000000000 --cpus-per-task=2000000000", null)]
    [InlineData("--gres=gpu:a100:1,gpu:h100:1", null)]
    [InlineData("--signal=USR1;ls", null)]
    [InlineData("--mem=4g --mem-per-cpu=1T", "--mem, --mem-per-cpu, and --mem-per-gpu are mutually exclusive")]
    [InlineData("--comment='open -n4", "Unmatched `'` in ' --comment='open -n4'")]
    [InlineData("--job-name=$(ls)", null)]
    public void Wrong_directives_are_refused_with_their_line(string options, string? message)
    {
        var errors = Errors(() => Sbatch($"#SBATCH {options}"));
        Assert.All(errors, e => Assert.Equal("job.sbatch:2", e.Where));
        if (message is not null) Assert.Equal(message, Assert.Single(errors).Message);
    }

    [Fact]
    public void Files_that_are_no_script_are_refused_in_sbatchs_words()
    {
        Assert.Contains("This does not look like a batch script", Error(() => SbatchScript.Read("echo hi\n", "a.sh", [], Context)));
        Assert.Contains("DOS line breaks", Error(() => SbatchScript.Read("#!/bin/sh\r\necho hi\r\n", "a.sh", [], Context)));
        Assert.Equal("a.sh: is empty", Error(() => SbatchScript.Read("", "a.sh", [], Context)));
    }

    [Fact]
    public void Yunhes_own_keys_stand_on_lines_of_their_own()
    {
        var draft = Sbatch("""
            #YUNHE optimize=carbon deadline=6h # comment
            #YUNHE outputs=*.csv,model.bin secrets=HF_TOKEN env="A=b c" workdir=/home/me/p
            #SBATCH --chdir=/home/me/p
            """);
        Assert.Equal((ObjectiveWord.Carbon, Now.AddHours(6), "/home/me/p"), (draft.Request.Optimize, draft.Request.Deadline, draft.Workdir));
        Assert.Equal(["*.csv", "model.bin"], draft.Request.Outputs);
        Assert.Equal(("secret-1", "b c"), (draft.Request.Secrets["HF_TOKEN"], draft.Request.Envs["A"]));
        Assert.Null(draft.Request.Batch!.Chdir);
        Assert.Equal("job.sbatch:2: #YUNHE: 'optimise' isn't a key (did you mean 'optimize'?)", Error(() => Sbatch("#YUNHE optimise=cost")));
    }
}
