namespace Yunhe.Contracts;

/// <summary>
/// The API, version 1. All of it but the health paths wants <c>Authorization: Bearer …</c>.
/// <code>
/// POST   /v1/workloads                 JSON WorkloadRequest, or a YAML task (application/yaml), or an sbatch script (text/x-shellscript);
///                                      Idempotency-Key: …  -> 201 SubmittedView (200 when repeated)
/// GET    /v1/workloads                 ?limit=&amp;cursor=&amp;phase=&amp;name=&amp;site=&amp;owner=&amp;project=  -> Page&lt;WorkloadSummary&gt;, newest first
/// GET    /v1/workloads/{id}            -> WorkloadView
/// GET    /v1/workloads/{id}/tasks      ?limit=&amp;cursor=&amp;phase=  -> Page&lt;TaskView&gt;
/// GET    /v1/workloads/{id}/explain    ?task=  -> ExplainView
/// GET    /v1/workloads/{id}/logs       ?task=&amp;attempt=&amp;stream=stdout|stderr&amp;offset=&amp;follow=true  -> bytes
/// GET    /v1/workloads/{id}/results    ?task=&amp;attempt=  -> tar of outputs and logs
/// GET    /v1/workloads/{id}/watch      server-sent ChangeView, until it has ended
/// POST   /v1/workloads/{id}/cancel     -> 202 WorkloadSummary
/// POST   /v1/quotes                    as for workloads  -> 201 QuoteView;  GET /v1/quotes/{id}
/// HEAD   /v1/blobs/{sha256}, PUT       tar, at most 20 GiB
/// GET    /v1/sites, POST               SiteRequest  -> 201 SiteView
/// GET    /v1/sites/{name}              ETag;  PUT with If-Match;  DELETE
/// POST   /v1/sites/{name}/drain, /resume
/// GET    /v1/projects                  -> ProjectView of each, by name
/// GET    /v1/projects/{name}           or /v1/projects/{tenant}/{name};  PUT ProjectRequest  -> 201 or 200 ProjectView;  DELETE
/// GET    /v1/reservations, POST        ReservationRequest  -> 201 ReservationView
/// GET    /v1/reservations/{name}       DELETE: over from now on
/// GET    /v1/sharing, PUT              SharingView: how usage is remembered
/// GET    /v1/usage                     ?by=&amp;from=&amp;to=&amp;owner=  -> UsageView
/// POST   /v1/plan/train                -> what training a model takes, over clusters or the network's sites; nothing is stored
/// POST   /v1/plan/serve                -> what serving a model takes, on accelerators, clusters or the network\'s sites; nothing is stored
/// GET    /v1/census                    ?from=&amp;to=  -> Planning's CensusDocument: sites and facilities, and use over that time
/// GET    /v1/census/facilities, PUT    ?replace=true; a list of the core's Facility  -> FacilitiesSetView;  DELETE …/{name}
/// POST   /v1/sites/{name}/measurements MeasurementRequest  -> 201 MeasurementView
/// GET    /v1/watch                     server-sent ChangeView of the whole network
/// GET    /v1/server                    -> ServerView
/// POST   /v1/plan/sites                SitingRequest of Planning; ?front=&amp;mixes=true  -> SitingAnswer: where to build next
/// GET    /v1/snapshot                  the network as it is, without programs and secrets, for simulations
/// GET    /healthz, /readyz, /metrics, /openapi/v1.json
/// </code>
/// Errors are RFC 9457 problems (application/problem+json).
/// </summary>
public static class Routes
{
    public const string Workloads = "/v1/workloads";
    public const string Quotes = "/v1/quotes";
    public const string Blobs = "/v1/blobs";
    public const string Sites = "/v1/sites";
    public const string Projects = "/v1/projects";
    public const string Reservations = "/v1/reservations";
    public const string Sharing = "/v1/sharing";
    public const string Usage = "/v1/usage";
    public const string PlanTrain = "/v1/plan/train";
    public const string PlanServe = "/v1/plan/serve";
    public const string Census = "/v1/census";
    public const string Facilities = "/v1/census/facilities";
    public const string Watch = "/v1/watch";
    public const string Server = "/v1/server";
    public const string PlanSites = "/v1/plan/sites";
    public const string Snapshot = "/v1/snapshot";
    public const string IdempotencyKey = "Idempotency-Key";
}
