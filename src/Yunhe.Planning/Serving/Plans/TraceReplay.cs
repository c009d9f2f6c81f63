namespace Yunhe.Planning.Serving.Plans;

using static ServingConstant;

/// <summary>What the requests of a trace met, at the percentile and at the median; ms.</summary>
public sealed record ReplayResult
{
    public required double FirstTokenMs { get; init; }

    public required double PerTokenMs { get; init; }

    public required double MedianFirstTokenMs { get; init; }

    public required double MedianPerTokenMs { get; init; }

    /// <summary>Mean of a replica while it had any.</summary>
    public required double MeanBatch { get; init; }

    public required int LargestBatch { get; init; }

    public required int Requests { get; init; }

    public required bool MeetsTargets { get; init; }
}

/// <summary>
/// Runs a trace through the replicas of an option, step by step: each request goes to the replica with the fewest; a replica's step decodes all it has and
/// prefills up to a chunk of what waits, in the order of arrival, as far as memory allows. No chance is in it.
/// </summary>
public static class TraceReplay
{
    private sealed class Sequence(TracedRequest request)
    {
        public TracedRequest Request { get; } = request;

        public double PromptLeft { get; set; } = request.InputTokens;

        public double Made { get; set; }

        public double FirstAt { get; set; }
    }

    private sealed class Replica
    {
        public Queue<Sequence> Waiting { get; } = new();

        public List<Sequence> Running { get; } = [];

        public double Clock { get; set; }

        public double Held { get; set; }

        public int Count => Waiting.Count + Running.Count;
    }

    public static ReplayResult Run(RequestTrace trace, ServingDemand demand, ServingPlace place, ServingOption option, ServingCalibration? calibration = null)
    {
        var model = ServedModel.Of(demand.Model);
        var precision = ServingPrecision.Named(demand.Precision, demand.Model.Experts > 0)!;
        var layout = ServingLayout.Parse(option.Layout);
        var constants = (calibration ?? ServingCalibration.Shipped).For(demand.Engine, place.Accelerator.Name).Constants;
        var roofline = new ServingRoofline(model, place.Accelerator, layout, precision, constants);
        var room = ServingMemory.Of(model, place.Accelerator, layout, precision, 1).Free * layout.Data;
        var replicas = Enumerable.Range(0, option.Replicas).Select(_ => new Replica()).ToArray();
        var (first, token, batches) = (new List<double>(), new List<double>(), new List<(double Batch, double Seconds)>());
        double Bytes(Sequence s) => ServingMemory.Of(model, place.Accelerator, layout, precision, s.Request.InputTokens + s.Request.OutputTokens).KvOfSequence;

        foreach (var request in trace.Requests)
        {
            foreach (var replica in replicas) Advance(replica, request.At);
            var to = replicas.MinBy(r => r.Count)!;
            if (to.Count == 0) to.Clock = Math.Max(to.Clock, request.At);
            to.Waiting.Enqueue(new(request));
        }

        foreach (var replica in replicas) Advance(replica, double.MaxValue);
        return new()
        {
            FirstTokenMs = Percentile(first, demand.Percentile) * 1e3, PerTokenMs = Percentile(token, demand.Percentile) * 1e3,
            MedianFirstTokenMs = Percentile(first, 50) * 1e3, MedianPerTokenMs = Percentile(token, 50) * 1e3,
            MeanBatch = batches.Sum(b => b.Batch * b.Seconds) / Math.Max(1e-9, batches.Sum(b => b.Seconds)), LargestBatch = (int)batches.Max(b => b.Batch), Requests = first.Count,
            MeetsTargets = !(Percentile(first, demand.Percentile) * 1e3 > demand.FirstTokenMs) && !(Percentile(token, demand.Percentile) * 1e3 > demand.PerTokenMs),
        };

        void Advance(Replica replica, double until)
        {
            while (replica.Count > 0 && replica.Clock < until) Step(replica);
        }

        void Step(Replica replica)
        {
            var chunk = ServingRoofline.ChunkTokens * layout.Data;
            while (replica.Waiting.TryPeek(out var next) && (replica.Running.Count == 0 || replica.Held + Bytes(next) <= room)
                && replica.Running.Where(s => s.PromptLeft > 0).Sum(s => s.PromptLeft) < chunk)
            {
                replica.Held += Bytes(next);
                replica.Running.Add(replica.Waiting.Dequeue());
            }

            double prefilled = 0, cost = 0;
            var decoding = replica.Running.Where(s => s.PromptLeft <= 0).ToList();
            foreach (var s in replica.Running.Where(s => s.PromptLeft > 0))
            {
                var part = Math.Min(s.PromptLeft, chunk - prefilled);
                if (part <= 0) break;
                cost += roofline.Prefill(s.Request.InputTokens, 1 + (prefilled / s.Request.InputTokens)).Total * part / s.Request.InputTokens / layout.Data;
                prefilled += part;
                s.PromptLeft -= part;
            }

            var step = decoding.Count == 0 ? 0 : roofline.Decode(decoding.Count, decoding.Average(s => s.Request.InputTokens + s.Made)).Total;
            var taken = Math.Max(1e-6, step + (cost * (decoding.Count > 0 ? constants[Mix] : 1)));
            replica.Clock += taken;
            batches.Add((replica.Running.Count, taken));
            foreach (var s in replica.Running.Where(s => s.PromptLeft <= 0).ToList())
            {
                if (s.FirstAt == 0) s.FirstAt = replica.Clock;
                if (++s.Made < s.Request.OutputTokens) continue;
                replica.Running.Remove(s);
                replica.Held -= Bytes(s);
                first.Add(s.FirstAt - s.Request.At + (constants[FirstMs] * 1e-3));
                if (s.Request.OutputTokens > 1) token.Add((replica.Clock - s.FirstAt) / (s.Request.OutputTokens - 1));
            }
        }
    }

    private static double Percentile(List<double> values, double percent)
    {
        if (values.Count == 0) return 0;
        values.Sort();
        return values[(int)Math.Min(values.Count - 1, Math.Floor(values.Count * percent / 100))];
    }
}
