using System.Text;
using System.Text.Json;
using Yunhe.Core.Control;

namespace Yunhe.Storage.Tests;

public sealed class RoundTripTests
{
    public static TheoryData<Type> Stored =>
        [.. typeof(Event).Assembly.GetTypes().Where(t => !t.IsAbstract && (t.IsSubclassOf(typeof(Event)) || t.IsSubclassOf(typeof(Effect))))];

    [Theory]
    [MemberData(nameof(Stored))]
    public void Every_durable_event_and_effect_comes_back_as_it_was(Type type)
    {
        var made = Samples.Of(type);
        if (made is Event { Volatile: true }) return;
        var body = made is Event fact ? StoreJson.Write(fact) : StoreJson.Write((Effect)made);
        object read = made is Event ? StoreJson.Read<Event>(body) : StoreJson.Read<Effect>(body);

        Assert.IsType(type, read);
        Assert.Equal(Text(made), Text(read));
        using var json = JsonDocument.Parse(body);
        Assert.All(Samples.Members(type), member => Assert.True(json.RootElement.TryGetProperty(member.Name, out _), member.Name));
    }

    [Fact]
    public void A_snapshot_comes_back_as_it_was()
    {
        var made = (StateSnapshot)Samples.Of(typeof(StateSnapshot));
        Assert.Equal(Text(made), Text(StoreJson.Read<StateSnapshot>(StoreJson.Write(made))));
    }

    [Fact]
    public void A_member_that_an_old_row_lacks_takes_its_initial_value()
    {
        var old = """{"$":"workload-submitted","At":"2026-01-01T00:00:00+00:00","Workload":"w1","Owner":"admin","SpecHash":"x","Spec":{"Name":"a","Program":{"Kind":"Task"},"Requirements":[]}}"""u8;
        var read = Assert.IsType<WorkloadSubmitted>(StoreJson.Read<Event>(old.ToArray()));
        Assert.Equal(1, read.Spec.Nodes);
        Assert.Empty(read.Spec.Envs);
        Assert.Empty(read.Spec.Outputs);
    }

    [Fact]
    public void A_kind_is_named_as_it_is_stored()
    {
        var fact = (Event)Samples.Of(typeof(AttemptStarted));
        Assert.Equal("attempt-started", StoreJson.KindOf(fact));
        Assert.StartsWith("""{"$":"attempt-started",""", Encoding.UTF8.GetString(StoreJson.Write(fact)), StringComparison.Ordinal);
    }

    private static string Text(object value) => JsonSerializer.Serialize(value, value.GetType());
}
