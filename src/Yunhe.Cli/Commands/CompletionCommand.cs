using System.CommandLine;

namespace Yunhe.Cli.Commands;

/// <summary>Scripts that ask the command itself, through its [suggest] directive, so that they never fall behind it.</summary>
internal static class CompletionCommand
{
    public static Command Create(CommandContext context)
    {
        var shell = new Argument<string>("SHELL") { Description = "bash, zsh or fish" };
        shell.AcceptOnlyFromAmong("bash", "zsh", "fish");
        var command = new Described("completion", "Prints a script for the shell's completion",
            "source <(yunhe completion bash)",
            "yunhe completion zsh > \"${fpath[1]}/_yunhe\"",
            "yunhe completion fish > ~/.config/fish/completions/yunhe.fish") { shell };
        command.SetAction(parsed =>
        {
            context.Shell.Out.Write(parsed.GetRequiredValue(shell) switch { "bash" => Bash, "zsh" => Zsh, _ => Fish });
            return ExitCodes.Success;
        });
        return command;
    }

    private const string Bash = """
        _yunhe() {
            local line="${COMP_LINE:0:COMP_POINT}" IFS=$'\n'
            COMPREPLY=($(compgen -W "$("${COMP_WORDS[0]}" "[suggest:${#line}]" "$line" 2>/dev/null)" -- "${COMP_WORDS[COMP_CWORD]}"))
        }
        complete -o default -F _yunhe yunhe

        """;

    private const string Zsh = """
        #compdef yunhe
        _yunhe() {
            local -a words_found
            local line="${BUFFER:0:$CURSOR}"
            words_found=(${(f)"$(${words[1]} "[suggest:${#line}]" "$line" 2>/dev/null)"})
            compadd -a words_found || _files
        }
        compdef _yunhe yunhe

        """;

    private const string Fish = """
        complete -c yunhe -a '(set -l line (commandline -cp); yunhe "[suggest:"(string length -- "$line")"]" "$line" 2>/dev/null)'

        """;
}
