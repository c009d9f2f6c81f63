namespace Yunhe.Cli;

/// <summary>The command line or the configuration is wrong; the message says what and how to mend it.</summary>
internal sealed class UsageException(string message) : Exception(message);
