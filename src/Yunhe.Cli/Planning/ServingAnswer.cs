using Yunhe.Planning.Serving.Plans;

namespace Yunhe.Cli.Planning;

/// <summary>What <c>plan serve --output json</c> prints.</summary>
internal sealed record ServingAnswer(ServingPlan Plan, IReadOnlyList<ServingReplay> Replays);

/// <summary>What the trace met with an option of the plan.</summary>
internal sealed record ServingReplay(string Place, string Layout, ReplayResult Result);
