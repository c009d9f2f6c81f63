using System.CommandLine;
using Yunhe.Cli.Work.Training;

namespace Yunhe.Cli.Work;

/// <summary>Programs that compute something real and need nothing but this command: what the demo and the examples run.</summary>
internal static class WorkCommand
{
    public static Command Create(CommandContext context)
    {
        var work = new Command("work", "Programs for the demo and the examples") { Hidden = true };
        work.Add(Matmul(context));
        work.Add(KMeans(context));
        work.Add(Pi(context));
        work.Add(AllReduce(context));
        work.Add(TrainCommand.Create(context));
        work.Add(Measure(context));
        return work;
    }

    private static Described Matmul(CommandContext context)
    {
        var size = Number("--size", "Rows and columns", 1024, 64, 8192);
        var seconds = Number("--seconds", "Repeats until so long have passed", 2, 0, 3600);
        var threads = Threads(context);
        var command = new Described("matmul", "Multiplies matrices and measures FLOPS", "yunhe work matmul --size 1024 --seconds 2") { size, seconds, threads };
        command.SetAction(parsed =>
        {
            var run = MatrixProduct<double, FusedDouble>.Measure(parsed.GetValue(size), TimeSpan.FromSeconds(parsed.GetValue(seconds)), parsed.GetValue(threads), context.Shell.Time);
            context.Shell.Out.WriteLine(
                $"GFLOPS {run.Gflops:0.00} FP64 measured: {run.Products} products of order {parsed.GetValue(size)}, {parsed.GetValue(threads)} threads, {run.Elapsed.TotalSeconds:0.00} s");
            context.Shell.Out.WriteLine($"check {(run.Correct ? "ok" : "wrong")}");
            Outputs.Write(context.Shell, "matmul.csv", $"gflops,order,threads\n{run.Gflops:0.000},{parsed.GetValue(size)},{parsed.GetValue(threads)}\n");
            return run.Correct ? ExitCodes.Success : ExitCodes.Failed;
        });
        return command;
    }

    private static Described KMeans(CommandContext context)
    {
        var points = Number("--points", "Points", 200_000, 100, 10_000_000);
        var clusters = Number("--clusters", "Clusters", 8, 1, 100);
        var seed = Number("--seed", "Seed of the data set", 7, 0, int.MaxValue);
        var command = new Described("kmeans", "Finds the centres of a generated data set", "yunhe work kmeans --clusters 8") { points, clusters, seed };
        command.SetAction(parsed =>
        {
            var found = Clustering.Run(parsed.GetValue(points), parsed.GetValue(clusters), parsed.GetValue(seed));
            context.Shell.Out.WriteLine($"{found.Centres.Count} centres after {found.Iterations} iterations, mean squared distance {found.Spread:0.0000}");
            context.Shell.Out.WriteLine($"farthest from its true centre: {found.WorstError:0.0000}");
            Outputs.Write(context.Shell, "centroids.csv", "x,y\n" + string.Concat(found.Centres.Select(c => $"{c.X:0.00000},{c.Y:0.00000}\n")));
            return found.WorstError < 0.1 ? ExitCodes.Success : ExitCodes.Failed;
        });
        return command;
    }

    private static Described Pi(CommandContext context)
    {
        var points = Number("--points", "Random points", 20_000_000, 1, int.MaxValue);
        var seed = Number("--seed", "Seed", 1, 0, int.MaxValue);
        var command = new Described("pi", "Estimates pi from random points", "yunhe work pi --seed 3") { points, seed };
        command.SetAction(parsed =>
        {
            var estimate = MonteCarlo.Pi(parsed.GetValue(points), parsed.GetValue(seed));
            context.Shell.Out.WriteLine($"pi {estimate:0.000000} from {parsed.GetValue(points)} points with seed {parsed.GetValue(seed)}");
            Outputs.Write(context.Shell, "pi.csv", $"seed,points,pi\n{parsed.GetValue(seed)},{parsed.GetValue(points)},{estimate:0.000000}\n");
            return ExitCodes.Success;
        });
        return command;
    }

    private static Described AllReduce(CommandContext context)
    {
        var length = Number("--length", "Numbers that each node brings", 1 << 20, 1, 1 << 26);
        var command = new Described("ring", "Adds up vectors of all nodes of a gang, around a ring (all-reduce)", "yunhe work ring --length 1048576") { length };
        command.SetAction(async (parsed, cancel) =>
        {
            var place = RingPlace.Of(context.Shell);
            var run = await RingAllReduce.RunAsync(place, parsed.GetValue(length), context.Shell.Time, cancel);
            await context.Shell.Out.WriteLineAsync(
                $"rank {place.Rank} of {place.Nodes.Count}: sum {run.Sum:0} {(run.Correct ? "verified" : "WRONG")}, "
                + $"{parsed.GetValue(length) * 8L / 1048576.0:0.#} MiB in {run.Elapsed.TotalSeconds:0.000} s");
            return run.Correct ? ExitCodes.Success : ExitCodes.Failed;
        });
        return command;
    }

    private static Described Measure(CommandContext context)
    {
        var order = Number("--order", "Rows and columns of the matrices", 1024, 64, 8192);
        var seconds = Number("--seconds", "For each data type and for the memory", 3, 0, 600);
        var threads = Threads(context);
        var disk = Number("--disk-mib", "Written and read; 0: the disk is left alone", 256, 0, 1 << 20);
        var accelerators = new Option<string?>("--accelerators") { Description = "A benchmark of all accelerators of the node", HelpName = "COMMAND" };
        var command = new Described("measure", "Measures this node: matrix products, memory, disk, and the network to the other nodes of a gang",
            "yunhe work measure --seconds 1") { order, seconds, threads, disk, accelerators };
        command.SetAction((parsed, cancel) => MeasureWork.RunAsync(
            context.Shell, parsed.GetValue(order), parsed.GetValue(seconds), parsed.GetValue(threads), parsed.GetValue(disk), parsed.GetValue(accelerators), cancel));
        return command;
    }

    /// <summary>As many as were granted, where the environment says so.</summary>
    private static Option<int> Threads(CommandContext context)
    {
        var granted = context.Shell.Variable("SLURM_CPUS_PER_TASK") ?? context.Shell.Variable("SLURM_CPUS_ON_NODE");
        return Number("--threads", "Threads", int.TryParse(granted, out var n) && n > 0 ? n : Environment.ProcessorCount, 1, 1024);
    }

    private static Option<int> Number(string name, string description, int usual, int least, int most)
    {
        var option = new Option<int>(name) { Description = description, HelpName = "N", DefaultValueFactory = _ => usual };
        option.Within(least, most);
        return option;
    }
}
