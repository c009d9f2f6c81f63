using CsCheck;

namespace Yunhe.Contracts.Tests;

public sealed class ValueTests
{
    [Fact]
    public void Slurms_time_form_round_trips() =>
        Gen.Int[1, 300_000_000].Sample(s => Durations.ParseSlurm(Durations.FormatSlurm(TimeSpan.FromSeconds(s))) == TimeSpan.FromSeconds(s));

    [Fact]
    public void Letters_of_durations_add_up() =>
        Gen.Select(Gen.Int[0, 100], Gen.Int[0, 100], Gen.Int[0, 100], Gen.Int[0, 100]).Sample((d, h, m, s) =>
            Durations.Parse($"{d}d{h}h{m}m{s}s") == new TimeSpan(d, h, m, s));

    [Theory]
    [InlineData("")]
    [InlineData("-5m")]
    [InlineData("5 m")]
    [InlineData("1.5h")]
    [InlineData("99999999999999999999d")]
    [InlineData("1-2-3")]
    [InlineData("UNLIMITED")]
    public void What_is_no_duration_is_refused(string text) => Assert.Throws<FormatException>(() => Durations.Parse(text));

    [Theory]
    [InlineData("0-3", "0 1 2 3")]
    [InlineData("5,1,3", "1 3 5")]
    [InlineData("0-20:4,30", "0 4 8 12 16 20 30")]
    [InlineData("1-3,2-4", "1 2 3 4")]
    public void Indices_are_ascending_and_distinct(string text, string expected) =>
        Assert.Equal(expected, string.Join(' ', ArrayIndices.Parse(text)));

    [Fact]
    public void Any_set_of_indices_round_trips() =>
        Gen.Int[0, ArrayIndices.MaxIndex].HashSet[1, 200].Sample(set =>
            ArrayIndices.Parse(string.Join(',', set)).SequenceEqual(set.Order()));

    [Theory]
    [InlineData("", "expected forms")]
    [InlineData("3-1", "before its start")]
    [InlineData("0-9:0", "at least 1")]
    [InlineData("4000001", "out of range")]
    [InlineData("99999999999999", "out of range")]
    [InlineData("0-100000", "more than 100000 tasks")]
    [InlineData("0-99999,0-99999,0-99999,0-99999,0-99999,0-99999,0-99999,0-99999,0-99999,0-99999,0-99999", "overlap")]
    [InlineData("-1", "expected forms")]
    [InlineData("1,,2", "expected forms")]
    public void Wrong_indices_say_what_is_expected(string text, string reason) =>
        Assert.Contains(reason, Assert.Throws<FormatException>(() => ArrayIndices.Parse(text)).Message);

    [Theory]
    [InlineData("train-1.b_c", true)]
    [InlineData("训练", true)]
    [InlineData("", false)]
    [InlineData("-rf", false)]
    [InlineData("..", false)]
    [InlineData("a/b", false)]
    [InlineData("a b", false)]
    [InlineData("a$(x)", false)]
    [InlineData("a\n", false)]
    public void Names_have_no_character_that_a_shell_or_path_would_read(string name, bool fine) => Assert.Equal(fine, Names.Check(name) is null);

    [Fact]
    public void A_name_made_of_any_file_name_is_a_name() => Gen.String.Sample(s => Names.Check(Names.FromFile(s)) is null);

    [Fact]
    public void An_environment_string_is_no_longer_than_Linux_takes()
    {
        Assert.Null(Names.CheckEnv("A", new string('x', Names.MaxArgumentBytes - 3)));
        Assert.Contains("too long", Names.CheckEnv("A", new string('x', Names.MaxArgumentBytes - 2)));
        Assert.Contains("NUL", Names.CheckEnv("A", "a\0b"));
    }
}
