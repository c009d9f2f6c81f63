using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace Yunhe.Server.Http;

/// <summary>What the OpenAPI document says of the API as a whole.</summary>
internal sealed class ApiDescription : IOpenApiDocumentTransformer
{
    private const string Scheme = "token";

    public Task TransformAsync(OpenApiDocument document, OpenApiDocumentTransformerContext context, CancellationToken cancel)
    {
        document.Info = new()
        {
            Title = "Yunhe",
            Version = YunheServer.Version,
            Description = "Carries computing power from where it is plentiful to where it is needed. Errors are RFC 9457 problems.",
        };
        document.Components ??= new();
        document.Components.SecuritySchemes ??= new Dictionary<string, IOpenApiSecurityScheme>();
        document.Components.SecuritySchemes[Scheme] = new OpenApiSecurityScheme { Type = SecuritySchemeType.Http, Scheme = "bearer" };
        document.Security = [new() { [new OpenApiSecuritySchemeReference(Scheme, document)] = [] }];
        return Task.CompletedTask;
    }
}
