using System.Text;

namespace Yunhe.Cli.Work.Training;

/// <summary>A text that is written by rules from a seed: small sentences about a canal, in which what follows depends on what stood before.</summary>
internal sealed class Corpus
{
    private const int TrainingSentences = 2_000;
    private const int HeldOutSentences = 100;
    private const int TextSeed = 1_794;

    private static readonly (string Goods, string Unit)[] Cargoes =
        [("rice", "sacks"), ("silk", "bales"), ("tea", "chests"), ("salt", "barrels"), ("coal", "tons"), ("bricks", "loads"), ("paper", "reams")];

    private static readonly (string Town, string Weather)[] Towns =
        [("hangzhou", "rain"), ("suzhou", "mist"), ("wuxi", "wind"), ("yangzhou", "sun"), ("jining", "dust"), ("tianjin", "frost"), ("tongzhou", "snow")];

    private static readonly string[] Boats = ["barge", "junk", "raft", "ferry", "tug"];
    private static readonly string[] Days = ["monday", "tuesday", "friday", "sunday"];

    private Corpus(string alphabet, byte[] training, byte[] heldOut) => (Alphabet, Training, HeldOut) = (alphabet, training, heldOut);

    /// <summary>The characters that occur, in order.</summary>
    public string Alphabet { get; }

    /// <summary>Positions in the alphabet.</summary>
    public byte[] Training { get; }

    /// <summary>Text of the same kind that is never trained on.</summary>
    public byte[] HeldOut { get; }

    public static Corpus Make()
    {
        var random = new SplitMix(TextSeed);
        var (training, heldOut) = (Text(TrainingSentences, ref random), Text(HeldOutSentences, ref random));
        var alphabet = string.Concat(training.Concat(heldOut).Distinct().Order());
        return new(alphabet, Encode(training, alphabet), Encode(heldOut, alphabet));
    }

    private static byte[] Encode(string text, string alphabet) => [.. text.Select(c => (byte)alphabet.IndexOf(c))];

    private static string Text(int sentences, ref SplitMix random)
    {
        var text = new StringBuilder();
        for (var i = 0; i < sentences; i++)
        {
            var (goods, unit) = Cargoes[random.Below(Cargoes.Length)];
            var (from, _) = Towns[random.Below(Towns.Length)];
            var (to, weather) = Towns[random.Below(Towns.Length)];
            var boat = Boats[random.Below(Boats.Length)];
            text.Append($"on {Days[random.Below(Days.Length)]} the {boat} left {from} with {random.Below(90) + 10} {unit} of {goods}. ")
                .Append($"there was {weather} in {to} when the {boat} came, and all the {goods} was dry.\n");
        }

        return text.ToString();
    }
}
