using Yunhe.Contracts;
using Yunhe.Core.Control;
using Yunhe.Server.Control;

namespace Yunhe.Server.Http;

internal static class SnapshotEndpoint
{
    public static void MapSnapshot(this WebApplication app) =>
        app.MapGet(Routes.Snapshot, ShowAsync).WithTags("Server").WithName("GetSnapshot")
            .WithSummary("The network as it is, without programs and secrets, to be run on in virtual time: yunhe simulate --from-live")
            .Produces(200, contentType: "application/json");

    private static async Task<IResult> ShowAsync(ControlLoop loop, ServerOptions options)
    {
        // References only, on the loop's thread; what costs time is done here.
        var (state, sites) = await loop.ReadAsync(state => (state.Capture(), state.Sites.ToList()));
        return TypedResults.Bytes(LiveSnapshot.Of(state, sites, options.Time.GetUtcNow()).ToJson(), "application/json");
    }
}
