using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Yunhe.Core.Units;

/// <summary>An amount of the network's currency, in millionths of its unit (µ¥); arithmetic is checked.</summary>
[JsonConverter(typeof(MoneyConverter))]
public readonly record struct Money(long Micros) : IComparable<Money>
{
    public const long MicrosPerUnit = 1_000_000;

    public static readonly Money Zero;

    public static Money FromDecimal(decimal units) => new(checked((long)decimal.Round(units * MicrosPerUnit)));

    /// <summary>The price of <paramref name="quantity"/> at this price for one; rounded half to even, once.</summary>
    public Money Times(decimal quantity) => new(checked((long)decimal.Round(Micros * quantity)));

    public decimal ToDecimal() => (decimal)Micros / MicrosPerUnit;

    public int CompareTo(Money other) => Micros.CompareTo(other.Micros);

    public override string ToString() => ToDecimal().ToString("0.00####", CultureInfo.InvariantCulture);

    public static Money operator +(Money a, Money b) => new(checked(a.Micros + b.Micros));

    public static Money operator -(Money a, Money b) => new(checked(a.Micros - b.Micros));

    public static bool operator <(Money a, Money b) => a.Micros < b.Micros;

    public static bool operator >(Money a, Money b) => a.Micros > b.Micros;

    public static bool operator <=(Money a, Money b) => a.Micros <= b.Micros;

    public static bool operator >=(Money a, Money b) => a.Micros >= b.Micros;
}

/// <summary>Electrical energy in whole joules (3,600,000 J = 1 kWh); arithmetic is checked.</summary>
[JsonConverter(typeof(EnergyConverter))]
public readonly record struct Energy(long Joules) : IComparable<Energy>
{
    public const double JoulesPerKWh = 3_600_000;

    public static readonly Energy Zero;

    public double KWh => Joules / JoulesPerKWh;

    /// <summary>The energy of <paramref name="watts"/> drawn for <paramref name="time"/>.</summary>
    public static Energy Of(double watts, TimeSpan time) => new(checked((long)Math.Round(watts * time.TotalSeconds)));

    public int CompareTo(Energy other) => Joules.CompareTo(other.Joules);

    public static Energy operator +(Energy a, Energy b) => new(checked(a.Joules + b.Joules));

    public static bool operator <(Energy a, Energy b) => a.Joules < b.Joules;

    public static bool operator >(Energy a, Energy b) => a.Joules > b.Joules;

    public static bool operator <=(Energy a, Energy b) => a.Joules <= b.Joules;

    public static bool operator >=(Energy a, Energy b) => a.Joules >= b.Joules;
}

/// <summary>Emissions in milligrams of CO2 equivalent; arithmetic is checked.</summary>
[JsonConverter(typeof(CarbonConverter))]
public readonly record struct Carbon(long Milligrams) : IComparable<Carbon>
{
    public static readonly Carbon Zero;

    public double Grams => Milligrams / 1000.0;

    /// <summary>What <paramref name="energy"/> emits on a grid of <paramref name="gramsPerKWh"/>.</summary>
    public static Carbon Of(Energy energy, double gramsPerKWh) => new(checked((long)Math.Round(energy.KWh * gramsPerKWh * 1000)));

    public int CompareTo(Carbon other) => Milligrams.CompareTo(other.Milligrams);

    public static Carbon operator +(Carbon a, Carbon b) => new(checked(a.Milligrams + b.Milligrams));

    public static bool operator <(Carbon a, Carbon b) => a.Milligrams < b.Milligrams;

    public static bool operator >(Carbon a, Carbon b) => a.Milligrams > b.Milligrams;

    public static bool operator <=(Carbon a, Carbon b) => a.Milligrams <= b.Milligrams;

    public static bool operator >=(Carbon a, Carbon b) => a.Milligrams >= b.Milligrams;
}

internal sealed class MoneyConverter : JsonConverter<Money>
{
    public override Money Read(ref Utf8JsonReader reader, Type type, JsonSerializerOptions options) => new(reader.GetInt64());

    public override void Write(Utf8JsonWriter writer, Money value, JsonSerializerOptions options) => writer.WriteNumberValue(value.Micros);
}

internal sealed class EnergyConverter : JsonConverter<Energy>
{
    public override Energy Read(ref Utf8JsonReader reader, Type type, JsonSerializerOptions options) => new(reader.GetInt64());

    public override void Write(Utf8JsonWriter writer, Energy value, JsonSerializerOptions options) => writer.WriteNumberValue(value.Joules);
}

internal sealed class CarbonConverter : JsonConverter<Carbon>
{
    public override Carbon Read(ref Utf8JsonReader reader, Type type, JsonSerializerOptions options) => new(reader.GetInt64());

    public override void Write(Utf8JsonWriter writer, Carbon value, JsonSerializerOptions options) =>
        writer.WriteNumberValue(value.Milligrams);
}
