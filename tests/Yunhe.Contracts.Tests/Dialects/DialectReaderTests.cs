using System.Text;
using System.Text.Json;
using CsCheck;
using Yunhe.Contracts.Dialects;
using static Yunhe.Contracts.Tests.Dialects.Reading;

namespace Yunhe.Contracts.Tests.Dialects;

public sealed class DialectReaderTests
{
    private static readonly string[] Seeds =
    [
        "name: a\nresources:\n  accelerators: {A100: 8, H100: 4}\n  cpus: 4+\n  any_of: [{memory: 16}, {memory: 32GB}]\nenvs: {A: b}\nrun: |\n  echo ${A}\n",
        "x: &x {cpus: 2}\nresources:\n  <<: *x\nfile_mounts: {~/d: ./e}\nafter: [afterok:w1]\narray: 0-9%2\ndeadline: 2027-01-01T00:00:00Z\nrun: y\n",
        "#!/bin/bash\n#SBATCH -N2 --ntasks=8 --gres=gpu:a100:2 -t 1-2:3:4 --mem=4G\n#SBATCH --array=0-20:4%3 -d afterok:w1 'a b'\n#YUNHE optimize=cost\necho\n",
    ];

    [Theory]
    [InlineData("a.yaml", "run: x", ProgramWord.Task)]
    [InlineData("a.json", "{\"run\": \"x\", \"num_nodes\": 2}", ProgramWord.Task)]
    [InlineData("task", "run: x", ProgramWord.Task)]
    [InlineData("a.sbatch", "#!/bin/sh\n", ProgramWord.Batch)]
    [InlineData("a.txt", "#!/bin/sh\necho", ProgramWord.Batch)]
    [InlineData("a.yaml", "#!yunhe run\nrun: x", ProgramWord.Task)]
    public void The_dialect_is_found_by_name_or_content(string fileName, string text, ProgramWord kind) =>
        Assert.Equal(kind, DialectReader.Read(fileName, Encoding.UTF8.GetBytes(text), [], Context).Request.Program.Kind);

    [Theory]
    [InlineData("array.sbatch", "pi", 10)]
    [InlineData("train.yaml", "fit-line-2000", 0)]
    public void The_examples_are_read_without_a_warning(string fileName, string name, int tasks)
    {
        var root = AppContext.BaseDirectory;
        while (!File.Exists(Path.Join(root, "Yunhe.slnx"))) root = Path.GetDirectoryName(root)!;
        var draft = DialectReader.Read(fileName, File.ReadAllBytes(Path.Join(root, "examples", fileName)), [], Context);
        Assert.Empty(draft.Warnings);
        Assert.Equal((name, tasks), (draft.Request.Name, draft.Request.Array is { } array ? ArrayIndices.Parse(array.Indices).Length : 0));
    }

    [Fact]
    public void A_script_without_a_shebang_is_told_so_and_a_task_takes_no_arguments()
    {
        Assert.Contains("This does not look like a batch script", Error(() => DialectReader.Read("job", "\n#SBATCH -N2\n"u8, [], Context)));
        Assert.Contains("takes no arguments", Error(() => DialectReader.Read("t.yaml", "run: x"u8, ["a"], Context)));
    }

    [Fact]
    public void A_command_takes_its_resources_from_flags()
    {
        var flags = new TaskFlags { Gpus = "A100:2", Cpus = "4+", NumNodes = "2", TimeLimit = "90m" };
        var request = CommandLineTask.FromCommand(["/usr/bin/python3", "train.py", "a b"], Context with { Flags = flags }).Request;
        Assert.Equal(("python3", ProgramWord.Command, 2, 5400L), (request.Name, request.Program.Kind, request.NumNodes, request.TimeLimitSeconds));
        Assert.Equal(["/usr/bin/python3", "train.py", "a b"], request.Program.Command);
        Assert.Equal([new() { Cpus = 4, MemoryMib = 4096, Accelerator = "A100", Accelerators = 2 }], request.Resources);
        Assert.Contains("nothing to run", Error(() => CommandLineTask.FromCommand([], Context)));
    }

    [Fact]
    public void Random_bytes_give_a_draft_or_a_DialectException() =>
        Gen.Select(Gen.Byte.Array[0, 200], Gen.OneOf("a.yaml", "a.sbatch", "a")).Sample((bytes, name) => Survives(name, bytes), iter: 2000);

    [Fact]
    public void Mutated_files_give_a_request_that_passes_the_check_or_a_DialectException()
    {
        var piece = Gen.OneOf(Gen.OneOf("&a", "*a", "<<: ", "[", "{", "}", "- ", ": ", "\t", "\"", "'", "!x ", "---\n", "%", "|\n", "? ", "\n", "-9999999999",
            "#SBATCH ", "=", "\r", "\u2028", "💥", "\ud800", "null", "0", ",", "~", "$", "..", "/"), Gen.Char.AlphaNumeric.Select(c => c.ToString()));
        var edit = Gen.Select(Gen.Double[0, 1], Gen.Int[0, 6], piece);
        Gen.Select(Gen.Int[0, Seeds.Length - 1], edit.Array[1, 6]).Sample((seed, edits) =>
        {
            var text = Seeds[seed];
            foreach (var (at, cut, insert) in edits)
            {
                var start = (int)(at * text.Length);
                text = text.Remove(start, Math.Min(cut, text.Length - start)).Insert(start, insert);
            }
            Survives(seed == 2 ? "a.sbatch" : "a.yaml", Encoding.UTF8.GetBytes(text));
        }, iter: 5000);
    }

    [Fact]
    public void A_draft_survives_its_trip_as_JSON()
    {
        var request = DialectReader.Read("a.sbatch", Encoding.UTF8.GetBytes(Seeds[2].Replace("'a b'", "")), [], Context).Request;
        var json = JsonSerializer.Serialize(request, Wire.Json);
        Assert.Equal(json, JsonSerializer.Serialize(JsonSerializer.Deserialize<WorkloadRequest>(json, Wire.Json), Wire.Json));
    }

    private static void Survives(string name, byte[] bytes)
    {
        try
        {
            var draft = DialectReader.Read(name, bytes, [], Context);
            Assert.Empty(RequestCheck.Check(draft.Request));
        }
        catch (DialectException e)
        {
            Assert.NotEmpty(e.Errors);
        }
    }
}
