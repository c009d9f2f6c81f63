namespace Yunhe.Core.Accounts;

using System.Text.Json.Serialization;
using Yunhe.Core.Network;
using Yunhe.Core.Units;
using Yunhe.Core.Workloads;

/// <summary>What an attempt is charged by, fixed when it is placed.</summary>
/// <param name="PerHour">Price of the whole allocation (all nodes) for an hour.</param>
/// <param name="PeakWatts">Draw of the allocation at full use, before PUE.</param>
/// <param name="CpuCores">Cores of the whole allocation.</param>
/// <param name="Transfer">Price of moving the inputs there; charged once.</param>
public sealed record Terms(Money PerHour, double PeakWatts, int CpuCores, double Pue, double GramsPerKWh, Money Transfer)
{
    /// <summary>Thousandths of <see cref="PerHour"/> by hour; null: it holds at any hour.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public HourProfile? Tariff { get; init; }

    /// <summary>Thousandths of a gram of CO2e per kWh by hour; null: <see cref="GramsPerKWh"/> at any hour.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public HourProfile? CarbonByHour { get; init; }
}

/// <summary>
/// What one attempt used; never changed once recorded. The times are those of its latest run; hours, cost, energy and carbon are
/// those of all its runs, where the engine itself began it anew.
/// </summary>
/// <param name="Utilisation">Share of the peak power that was drawn, 0 to 1; see <see cref="Measured"/>.</param>
/// <param name="Measured">True: from measured CPU time; false: an assumed utilisation.</param>
public sealed record UsageRecord(
    AttemptId Attempt,
    string Owner,
    string WorkloadName,
    string Site,
    DateTimeOffset StartedAt,
    DateTimeOffset EndedAt,
    double CoreHours,
    double AcceleratorHours,
    double Utilisation,
    bool Measured,
    Money Cost,
    Energy Energy,
    Carbon Carbon);

/// <summary>What the forgotten workloads of an owner used at a site, by the (UTC) day on which the attempts ended.</summary>
public sealed record UsageTotal(DateOnly Day, string Owner, string Site)
{
    public string Project { get; init; } = "";

    public int Attempts { get; init; }

    public double CoreHours { get; init; }

    public double AcceleratorHours { get; init; }

    public Money Cost { get; init; }

    public Energy Energy { get; init; }

    public Carbon Carbon { get; init; }

    public UsageTotal Plus(UsageTotal other) => this with
    {
        Attempts = Attempts + other.Attempts,
        CoreHours = CoreHours + other.CoreHours,
        AcceleratorHours = AcceleratorHours + other.AcceleratorHours,
        Cost = Cost + other.Cost,
        Energy = Energy + other.Energy,
        Carbon = Carbon + other.Carbon,
    };

    public UsageTotal Plus(UsageRecord used) => this with
    {
        Attempts = Attempts + 1,
        CoreHours = CoreHours + used.CoreHours,
        AcceleratorHours = AcceleratorHours + used.AcceleratorHours,
        Cost = Cost + used.Cost,
        Energy = Energy + used.Energy,
        Carbon = Carbon + used.Carbon,
    };
}
