namespace Yunhe.Contracts.Dialects;

/// <summary>
/// What a dialect made of a user's text. Local folders and files are still named by their path on the user's machine;
/// they become blobs when the draft is handed in.
/// </summary>
/// <param name="Workdir">Folder to upload, as the user wrote it; null: none.</param>
/// <param name="FileMounts">Target in the working directory -> local source.</param>
/// <param name="Warnings">Keys that are understood but can't be honoured, and what happens instead.</param>
public sealed record Draft(
    WorkloadRequest Request,
    string? Workdir,
    IReadOnlyDictionary<string, string> FileMounts,
    IReadOnlyList<string> Warnings);

/// <summary>One thing that is wrong in a user's text: where, what, how to mend it.</summary>
/// <param name="Where">Such as "task.yaml:12:5" or "train.sbatch:4".</param>
public sealed record DialectError(string Where, string Message);

/// <summary>All that is wrong with a text, in the order of the text.</summary>
public sealed class DialectException(IReadOnlyList<DialectError> errors)
    : Exception(string.Join('\n', errors.Select(e => $"{e.Where}: {e.Message}")))
{
    public IReadOnlyList<DialectError> Errors { get; } = errors;
}
