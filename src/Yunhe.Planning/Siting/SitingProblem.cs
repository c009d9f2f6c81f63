using Yunhe.Planning.Catalogue;

namespace Yunhe.Planning.Siting;

/// <summary>Demand of one kind and data type; what runs it runs all of it alike.</summary>
internal readonly record struct WorkClass(DemandKind Kind, DataType Type);

internal sealed record Demand(DemandSpec Spec, int Index, int Place, int Class, double[] Pflops, double GbitPerPflops)
{
    /// <summary>Somebody waits for the answer.</summary>
    public bool IsInteractive => Spec.Kind is DemandKind.Inference or DemandKind.General;

    /// <summary>"training bf16 at 北京".</summary>
    public string Name => $"{Spec.Kind.ToString().ToLowerInvariant()} {Spec.DataType.ToString().ToLowerInvariant()} at {Spec.Place}";
}

internal sealed record DemandPlace(string Name, double Longitude, double Latitude);

internal sealed record Candidate(CandidateSpec Spec, string Name, double Longitude, double Latitude, Region Region, bool InHub, double GridKgPerKWh, double[] Existing)
{
    /// <summary>Something stands there already, so that opening costs nothing.</summary>
    public bool IsOpen => Existing.Any(n => n > 0);

    public double GreenMost => Math.Max(Spec.GreenShare, Spec.GreenMost ?? Spec.GreenShare);
}

/// <summary><c>Delivered</c>: PFLOPS of a busy device by class, 0: can't run it. <c>Kw</c> at the rack, busy.</summary>
internal sealed record Hardware(HardwareSpec Spec, string Name, double Kw, double[] Delivered, IReadOnlyDictionary<DataType, double> Tflops)
{
    public double BlockMw => Spec.BlockDevices * Kw / 1000;

    public DataType CountedAs => Spec.CountedAs ?? Spec.Kind switch
    {
        ComputeKind.Intelligent => DataType.Bf16,
        ComputeKind.Supercomputing => DataType.Fp64,
        _ => DataType.Fp32,
    };

    /// <summary>Nominal EFLOPS of a device in a type, or in the one in which it is counted.</summary>
    public double Eflops(DataType? type) => HardwareRates.PeakOf(Tflops, type ?? CountedAs) / 1e6;

    /// <summary>Devices that may enter service in a year.</summary>
    public double SupplyIn(int year) => Spec.Supply.Count == 0 ? double.PositiveInfinity : Spec.Supply[Math.Min(year, Spec.Supply.Count - 1)];
}

/// <summary>A request with everything looked up and multiplied out; all arrays by the request's order.</summary>
internal sealed class SitingProblem
{
    private SitingProblem(SitingRequest request) => Request = request;

    public SitingRequest Request { get; }

    public int Years => Request.Years;

    public required IReadOnlyList<WorkClass> Classes { get; init; }

    public required IReadOnlyList<DemandPlace> Places { get; init; }

    public required IReadOnlyList<Demand> Demand { get; init; }

    public required IReadOnlyList<Candidate> Candidates { get; init; }

    public required IReadOnlyList<Hardware> Hardware { get; init; }

    /// <summary>By demand place and candidate.</summary>
    public required double[,] Km { get; init; }

    public required double[,] RttMs { get; init; }

    public double Discount(int year) => Math.Pow(1 + Request.DiscountRate, -year);

    /// <summary>Share of the devices that a class may keep busy.</summary>
    public double Utilisation(int c) => Request.Operation.Utilisation.GetValueOrDefault(Classes[c].Kind, OperationTerms.UtilisationOf(Classes[c].Kind));

    public double GridKgPerKWh(Candidate s, int year) => s.GridKgPerKWh * Math.Pow(1 - Request.Operation.GridDecline, year);

    /// <param name="request">One in which <see cref="SitingCheck"/> found nothing wrong.</param>
    public static SitingProblem Of(SitingRequest request)
    {
        var classes = request.Demand.Select(d => new WorkClass(d.Kind, d.DataType)).Distinct().ToList();
        var places = request.Demand.Select(d => PlaceOf(d.Place, d.Longitude, d.Latitude)).Distinct().ToList();
        var hardware = request.Accelerators.Select(h => HardwareOf(h, classes, request.Operation)).ToList();
        var candidates = request.Candidates.Select(c => CandidateOf(c, hardware)).ToList();
        var km = new double[places.Count, candidates.Count];
        var rtt = new double[places.Count, candidates.Count];
        for (var p = 0; p < places.Count; p++)
            for (var s = 0; s < candidates.Count; s++)
            {
                km[p, s] = Geography.Kilometres(places[p].Longitude, places[p].Latitude, candidates[s].Longitude, candidates[s].Latitude);
                rtt[p, s] = Geography.RoundTripMs(km[p, s], request.Links);
            }
        return new(request)
        {
            Classes = classes,
            Places = places,
            Demand = [.. request.Demand.Select((d, i) => DemandOf(d, i, request, classes, places))],
            Candidates = candidates,
            Hardware = hardware,
            Km = km,
            RttMs = rtt,
        };
    }

    private static DemandPlace PlaceOf(string name, double? longitude, double? latitude) =>
        longitude is { } x ? new(name, x, latitude!.Value)
        : Catalogue.Places.Find(name) is { } known ? new(name, known.Longitude, known.Latitude)
        : throw new InvalidOperationException($"{name} was not checked");

    private static Demand DemandOf(DemandSpec d, int index, SitingRequest request, List<WorkClass> classes, List<DemandPlace> places) => new(
        d,
        index,
        places.IndexOf(PlaceOf(d.Place, d.Longitude, d.Latitude)),
        classes.IndexOf(new(d.Kind, d.DataType)),
        d.PflopsByYear.Count > 0 ? [.. d.PflopsByYear] : [.. Enumerable.Range(0, request.Years).Select(t => d.Pflops!.Value * Math.Pow(1 + d.Growth, t))],
        d.GbitPerPflops ?? request.Operation.GbitPerPflops.GetValueOrDefault(d.Kind, OperationTerms.GbitOf(d.Kind)));

    private static Candidate CandidateOf(CandidateSpec c, List<Hardware> hardware)
    {
        var known = Catalogue.Places.Find(c.Place);
        var at = PlaceOf(c.Place, c.Longitude, c.Latitude);
        return new(
            c, SitingCheck.NameOf(c), at.Longitude, at.Latitude, c.Region ?? known!.Province.Region, c.InHub ?? known?.Kind == PlaceKind.Cluster,
            c.GridKgPerKwh ?? known!.Province.KgPerKWh2022!.Value,
            [.. hardware.Select(h => (double)c.Existing.Where(e => e.Accelerator == h.Name).Sum(e => e.Devices))]);
    }

    private static Hardware HardwareOf(HardwareSpec h, List<WorkClass> classes, OperationTerms terms)
    {
        var model = h.Model.Length > 0 ? AcceleratorTable.Find(h.Model) : null;
        var tflops = new Dictionary<DataType, double>(model?.PeakTflops ?? new Dictionary<DataType, double>());
        foreach (var (type, rate) in h.Tflops) tflops[type] = rate;
        var kw = (h.Watts ?? (model!.BoardWatts!.Value * HardwareRates.NodeOverBoard)) / 1000;
        return new(h, SitingCheck.NameOf(h), kw, [.. classes.Select(c => HardwareRates.Delivered(tflops, c, h, terms) / 1000)], tflops);
    }
}
