using System.CommandLine;

namespace Yunhe.Cli;

/// <summary>Arguments that refuse what looks like an option: a mistyped option is never taken for a name.</summary>
internal static class Words
{
    public static Argument<string> Required(string name, string description)
    {
        var argument = new Argument<string>(name) { Description = description };
        RefuseOptions(argument);
        return argument;
    }

    public static Argument<string?> Optional(string name, string description)
    {
        var argument = new Argument<string?>(name) { Description = description, Arity = ArgumentArity.ZeroOrOne };
        RefuseOptions(argument);
        return argument;
    }

    public static Argument<string[]> OneOrMore(string name, string description)
    {
        var argument = new Argument<string[]>(name) { Description = description, Arity = ArgumentArity.OneOrMore };
        RefuseOptions(argument);
        return argument;
    }

    public static Argument<string> Workload() => Required("ID", "ID of a workload, such as w17");

    public static Option<int?> Task() => new("--task") { Description = "Index of one task of an array", HelpName = "N" };

    public static Option<int?> Attempt() => new("--attempt") { Description = "Which attempt, from 1 [default: the latest]", HelpName = "N" };

    /// <summary>Text that is no number at all is refused by the parser itself, after the validators.</summary>
    public static void Within(this Option option, long least, long most) => option.Validators.Add(result =>
    {
        if (result.Tokens is [.., var token] && long.TryParse(token.Value, out var n) && (n < least || n > most))
            result.AddError(most >= int.MaxValue ? $"{option.Name} must be {least} or more" : $"{option.Name} must be {least} to {most}");
    });

    private static void RefuseOptions(Argument argument) => argument.Validators.Add(result =>
    {
        foreach (var token in result.Tokens)
            if (token.Value.Length > 1 && token.Value[0] == '-') result.AddError($"there is no option {token.Value} here; see --help");
    });
}
