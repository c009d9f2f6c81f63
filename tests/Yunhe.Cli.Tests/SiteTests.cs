using System.Text.Json;
using Yunhe.Cli.Sites;
using Yunhe.Contracts;

namespace Yunhe.Cli.Tests;

public sealed class SiteTests
{
    private readonly Terminal terminal = new();

    [Fact]
    public void A_declaration_in_yaml_has_every_field()
    {
        var site = SiteFile.Parse(
            """
            name: gui-an
            engine: slurm
            kind: supercomputing
            settings: {work_folder: /shared/yunhe, timeout_seconds: 30}
            pools: [{name: a, nodes: 2, cpus: 8, memory_mib: 2048, accelerator: A100, accelerators: 4}]
            pue: 1.2
            carbon_g_per_kwh: 500
            price_cpu_hour: 0.15
            price_accelerator_hour: {A100: 12.5, "*": 3}
            tariff:
              utc_offset: 8
              weekday: [0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 1, 1.4, 1.4, 1, 1, 1, 1.4, 1.4, 1, 1, 1.4, 1.4, 1.4, 1, 0.7, 0.5]
            link_bits_per_second: 200000000
            """, "site.yaml");
        Assert.Equal(("gui-an", "slurm", 1.2, 500.0, 0.15m, 200_000_000L), (site.Name, site.Engine, site.Pue, site.CarbonGPerKwh, site.PriceCpuHour, site.LinkBitsPerSecond));
        Assert.Equal("30", site.Settings["timeout_seconds"]);
        Assert.Equal((8m, 24, 0.7m, 0), (site.Tariff!.UtcOffset, site.Tariff.Weekday.Count, site.Tariff.Weekday[22], site.Tariff.Weekend.Count));
        Assert.Equal(12.5m, site.PriceAcceleratorHour["A100"]);
        Assert.Equal(new PoolRequest { Name = "a", Nodes = 2, Cpus = 8, MemoryMib = 2048, Accelerator = "A100", Accelerators = 4 }, site.Pools.Single());
    }

    [Fact]
    public void Json_is_read_too() =>
        Assert.Equal("x", SiteFile.Parse("""{"name": "x", "engine": "local"}""", "site.json").Name);

    [Theory]
    [InlineData("name: x\nengin: local\n", "site.yaml:2:1: ")]
    [InlineData("name: x\nengine: local\npue: much\n", "site.yaml:3:")]
    [InlineData("name: x\nengine: local\ntariff: {weekdays: [1]}\n", "site.yaml:3:10: Property 'weekdays' not found of values by hour")]
    [InlineData("name: x\n", "engine: is missing")]
    [InlineData("name: x\nname: y\nengine: local\n", "site.yaml:2:")]
    public void A_broken_declaration_says_where(string text, string expected) =>
        Assert.Contains(expected, Assert.Throws<UsageException>(() => SiteFile.Parse(text, "site.yaml")).Message);

    [Fact]
    public async Task Flags_make_a_local_site_with_one_pool()
    {
        terminal.Server.Answer("POST /v1/sites", View(new() { Name = "here", Engine = "local" }));
        Assert.Equal(0, await terminal.RunAsync(
            "site", "add", "here", "--engine", "local", "--nodes", "2", "--cpus", "4", "--memory", "8", "--gpus", "A100:2", "--price-gpu", "A100=10", "--link-mbit", "200"));
        var site = JsonSerializer.Deserialize<SiteRequest>(terminal.Server.Asked.Single(a => a.Call == "POST /v1/sites").Body, Wire.Json)!;
        Assert.Equal(new PoolRequest { Name = "default", Nodes = 2, Cpus = 4, MemoryMib = 8192, Accelerator = "A100", Accelerators = 2 }, site.Pools.Single());
        Assert.Equal((200_000_000L, 10m), (site.LinkBitsPerSecond, site.PriceAcceleratorHour["A100"]));
    }

    [Fact]
    public async Task An_edit_keeps_what_it_does_not_name()
    {
        var before = new SiteRequest { Name = "here", Engine = "local", Pue = 1.4, PriceCpuHour = 0.3m, Pools = [new() { Name = "p" }] };
        terminal.Server.Answer("GET /v1/sites/here", View(before));
        terminal.Server.Answer("PUT /v1/sites/here", View(before));
        Assert.Equal(0, await terminal.RunAsync("site", "edit", "here", "--carbon", "420"));
        var sent = JsonSerializer.Deserialize<SiteRequest>(terminal.Server.Asked.Single(a => a.Call == "PUT /v1/sites/here").Body, Wire.Json)!;
        Assert.Equal((1.4, 0.3m, 420.0, "p"), (sent.Pue, sent.PriceCpuHour, sent.CarbonGPerKwh, sent.Pools.Single().Name));
    }

    [Fact]
    public async Task Free_cores_stand_beside_all_cores_of_the_pools()
    {
        var pool = new PoolView { Name = "main", Nodes = 2, Cpus = 16, FreeCpus = 12, Accelerator = "A100", Accelerators = 8, FreeAccelerators = 3 };
        terminal.Server.Answer("GET /v1/sites", new[] { View(new() { Name = "here", Engine = "local" }) with { Pools = [pool] } });
        Assert.Equal(0, await terminal.RunAsync("site", "list"));
        Assert.Contains("12 of 16", terminal.Out);
        Assert.Contains("3 of 8", terminal.Out);
    }

    private static SiteView View(SiteRequest site) => new() { Site = site, Status = "up", Pools = [], Revision = 1 };
}
