namespace Yunhe.Contracts.Client;

/// <summary>The census. Its records are Planning's, which the caller names; they are the same on both sides.</summary>
public sealed partial class YunheClient
{
    /// <typeparam name="T">Planning's CensusDocument.</typeparam>
    public Task<T> CensusAsync<T>(DateTimeOffset? from, DateTimeOffset? to, CancellationToken cancel) =>
        GetAsync<T>(Query.Of(Routes.Census, ("from", from), ("to", to)), cancel);

    /// <typeparam name="T">A list of the core's Facility.</typeparam>
    /// <param name="replace">True: facilities that are not named are removed.</param>
    public Task<FacilitiesSetView> SetFacilitiesAsync<T>(T facilities, bool replace, CancellationToken cancel) =>
        transport.ReadAsync<FacilitiesSetView>(() => Json(HttpMethod.Put, Query.Of(Routes.Facilities, ("replace", replace ? "true" : null)), facilities), repeatable: true, cancel);

    public async Task RemoveFacilityAsync(string name, CancellationToken cancel)
    {
        using var response = await transport
            .SendAsync(() => new HttpRequestMessage(HttpMethod.Delete, Query.Item(Routes.Facilities, name)), repeatable: false, cancel).ConfigureAwait(false);
    }

    public Task<MeasurementView> RecordMeasurementAsync(string site, MeasurementRequest measured, CancellationToken cancel) =>
        transport.ReadAsync<MeasurementView>(() => Json(HttpMethod.Post, Query.Item(Routes.Sites, site, "/measurements"), measured), repeatable: true, cancel);
}
