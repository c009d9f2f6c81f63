using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Yunhe.Server.Telemetry;

internal static class TelemetrySetup
{
    /// <summary>Figures for /metrics; figures and traces to a collector too where OTEL_EXPORTER_OTLP_ENDPOINT is set.</summary>
    public static void AddTelemetry(this WebApplicationBuilder builder)
    {
        var push = !string.IsNullOrEmpty(Environment.GetEnvironmentVariable("OTEL_EXPORTER_OTLP_ENDPOINT"));
        var telemetry = builder.Services.AddOpenTelemetry().ConfigureResource(r => r.AddService("yunhe", serviceVersion: YunheServer.Version)).WithMetrics(metrics =>
        {
            metrics.AddMeter(Meters.Name).AddAspNetCoreInstrumentation().AddRuntimeInstrumentation().AddPrometheusExporter();
            if (push) metrics.AddOtlpExporter();
        });
        if (push) telemetry.WithTracing(traces => traces.AddSource(Meters.Name).AddAspNetCoreInstrumentation().AddOtlpExporter());
    }
}
