namespace Yunhe.Cli.Work.Training;

/// <summary>A decoder-only transformer, and where each of its weights lies in one array.</summary>
/// <param name="Heads">Divide the width.</param>
internal sealed record ModelShape(int Vocabulary, int Context, int Width, int Layers, int Heads)
{
    public int Inner => 4 * Width;

    public int HeadWidth => Width / Heads;

    public const int Tokens = 0;

    public int Positions => Tokens + Vocabulary * Width;

    public int FinalScale => LayerAt(Layers);

    public int FinalShift => FinalScale + Width;

    public int Output => FinalShift + Width;

    /// <summary>Weights in all.</summary>
    public int Count => Output + Width * Vocabulary;

    public LayerPlace Layer(int number) => new(LayerAt(number), Width, Inner);

    private int LayerAt(int number) => Positions + Context * Width + number * LayerPlace.Count(Width, Inner);
}

/// <summary>Where the weights of one layer lie. Matrices are stored by rows of the input.</summary>
internal readonly record struct LayerPlace(int At, int Width, int Inner)
{
    public int AttentionScale => At;

    public int AttentionShift => AttentionScale + Width;

    /// <summary>Queries, keys and values side by side: Width × 3 Width.</summary>
    public int Mix => AttentionShift + Width;

    public int Project => Mix + 3 * Width * Width;

    public int InnerScale => Project + Width * Width;

    public int InnerShift => InnerScale + Width;

    public int Up => InnerShift + Width;

    public int Down => Up + Width * Inner;

    public static int Count(int width, int inner) => 4 * width + 4 * width * width + 2 * width * inner;
}
