using System.Collections.Concurrent;
using System.Formats.Tar;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Time.Testing;
using Yunhe.Contracts;
using Yunhe.Engines;

namespace Yunhe.Server.Tests;

public sealed class WorkloadTests
{
    [Fact]
    public async Task A_workload_runs_and_its_output_results_and_costs_come_back()
    {
        await using var server = await TestServer.StartAsync();
        var id = await server.SubmitAsync(TestServer.Work() with { Outputs = ["*.txt"] });
        var view = await server.UntilEndedAsync(id);

        Assert.Equal((PhaseWord.Succeeded, "alpha", 0), (view.Phase, view.Site, view.ExitCode));
        Assert.Equal("hello\n", await server.Http.GetStringAsync($"/v1/workloads/{id}/logs"));
        Assert.Equal(["result.txt=42\n", $"{id}.1.stderr=", $"{id}.1.stdout=hello\n"], await ResultsAsync(server, id), StringComparer.Ordinal);
        Assert.Empty(server.Machines.Jobs);
        var usage = await server.GetAsync<UsageView>("/v1/usage?by=site");
        Assert.Equal(("alpha", 1), (usage.Rows.Single().Key, usage.Total.Attempts));
    }

    [Fact]
    public async Task The_same_key_with_the_same_workload_gives_the_same_workload()
    {
        await using var server = await TestServer.StartAsync();
        var first = await server.SubmitAsync(TestServer.Work(), "key");
        using var second = await server.SendAsync(HttpMethod.Post, Routes.Workloads, TestServer.Work(), (Routes.IdempotencyKey, "key"));
        Assert.Equal(200, (int)second.StatusCode);
        var view = await TestServer.BodyAsync<SubmittedView>(second);
        Assert.Equal((first, true), (view.Id, view.Repeated));
        using var other = await server.SendAsync(HttpMethod.Post, Routes.Workloads, TestServer.Work("other"), (Routes.IdempotencyKey, "key"));
        await TestServer.ProblemAsync(other, 409);
    }

    [Fact]
    public async Task A_start_whose_answer_was_lost_is_found_again_and_not_repeated()
    {
        await using var server = await TestServer.StartAsync();
        server.Machines.NextStarts.Enqueue(StartOutcome.Unknown);
        var id = await server.SubmitAsync(TestServer.Work());
        Assert.Equal(PhaseWord.Succeeded, (await server.UntilEndedAsync(id)).Phase);
        Assert.Single(server.Machines.Starts);
    }

    [Fact]
    public async Task A_start_that_did_not_reach_the_engine_is_tried_again()
    {
        await using var server = await TestServer.StartAsync();
        server.Machines.NextStarts.Enqueue(StartOutcome.NotStarted);
        var view = await server.UntilEndedAsync(await server.SubmitAsync(TestServer.Work()));
        Assert.Equal(PhaseWord.Succeeded, view.Phase);
        Assert.Single(view.FirstTasks.Single().Attempts);
    }

    [Fact]
    public async Task A_refused_workload_fails_with_the_engines_words()
    {
        await using var server = await TestServer.StartAsync();
        server.Machines.NextStarts.Enqueue(StartOutcome.Refused);
        var view = await server.UntilEndedAsync(await server.SubmitAsync(TestServer.Work()));
        Assert.Equal(PhaseWord.Failed, view.Phase);
        Assert.Contains("as the test wants it", view.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_cancelled_workload_ends_and_is_harmless_to_cancel_again()
    {
        await using var server = await TestServer.StartAsync();
        server.Machines.Program = _ => null;
        var id = await server.SubmitAsync(TestServer.Work());
        await server.UntilAsync(id, v => v.Phase == PhaseWord.Running);
        await server.PostAsync<WorkloadSummary>($"/v1/workloads/{id}/cancel");
        Assert.Equal(PhaseWord.Cancelled, (await server.UntilEndedAsync(id)).Phase);
        Assert.Equal(PhaseWord.Cancelled, (await server.PostAsync<WorkloadSummary>($"/v1/workloads/{id}/cancel")).Phase);
    }

    [Fact]
    public async Task A_site_that_goes_away_is_shown_and_its_work_goes_on_when_it_is_back()
    {
        await using var server = await TestServer.StartAsync();
        server.Machines.Program = _ => null;
        var id = await server.SubmitAsync(TestServer.Work());
        await server.UntilAsync(id, v => v.Phase == PhaseWord.Running);
        server.Machines.Down = true;
        while ((await server.GetAsync<SiteView>("/v1/sites/alpha")).Status != "unreachable") await Task.Delay(10);
        server.Machines.Jobs.Values.Single().End(0, null, DateTimeOffset.UtcNow);
        server.Machines.Down = false;
        Assert.Equal(PhaseWord.Succeeded, (await server.UntilEndedAsync(id)).Phase);
        Assert.Single(server.Machines.Starts);
    }

    [Fact]
    public async Task Secrets_are_never_shown_again()
    {
        await using var server = await TestServer.StartAsync();
        var id = await server.SubmitAsync(TestServer.Work() with { Secrets = new Dictionary<string, string> { ["TOKEN"] = "hunter2" } });
        var text = await server.Http.GetStringAsync($"/v1/workloads/{id}");
        Assert.Contains("\"TOKEN\":\"***\"", text, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_yaml_task_and_an_sbatch_script_are_taken_as_they_are()
    {
        await using var server = await TestServer.StartAsync();
        using var yaml = await server.PostTextAsync("name: from-yaml\nrun: echo hello\n", "application/yaml");
        Assert.Equal("w1", (await TestServer.BodyAsync<SubmittedView>(yaml)).Id);
        using var script = await server.PostTextAsync("#!/bin/bash\n#SBATCH --job-name=from-sbatch\necho hello\n", "text/x-shellscript");
        Assert.Equal("w2", (await TestServer.BodyAsync<SubmittedView>(script)).Id);
        Assert.Equal("from-sbatch", (await server.GetAsync<WorkloadView>("/v1/workloads/w2")).Name);
    }

    [Fact]
    public async Task A_quote_can_be_read_again_and_bound_to()
    {
        await using var server = await TestServer.StartAsync();
        var quote = await server.PostAsync<QuoteView>(Routes.Quotes, TestServer.Work());
        Assert.Equal("alpha", quote.Best);
        Assert.Equal(quote.Id, (await server.GetAsync<QuoteView>($"/v1/quotes/{quote.Id}")).Id);
        var id = await server.SubmitAsync(TestServer.Work() with { Quote = quote.Id });
        await server.UntilEndedAsync(id);
        var explained = await server.GetAsync<ExplainView>($"/v1/workloads/{id}/explain");
        Assert.Equal($"{id}.1 went to alpha: bound to it by quote {quote.Id}. Now succeeded", explained.Summary);
        Assert.Equal("alpha", explained.Placed!.Candidates[0].Site);
    }

    [Fact]
    public async Task A_workload_that_waits_for_another_says_so_in_the_words_it_was_handed_in_with()
    {
        await using var server = await TestServer.StartAsync();
        server.Machines.Program = _ => null;
        var first = await server.SubmitAsync(TestServer.Work());
        var second = await server.SubmitAsync(TestServer.Work() with { Dependencies = [new(DependencyWord.Afternotok, first)] });
        Assert.Equal($"waits for afternotok:{first}", (await server.GetAsync<ExplainView>($"/v1/workloads/{second}/explain")).Summary);
    }

    [Fact]
    public async Task What_no_site_can_ever_take_is_refused_with_the_reason_of_each_site()
    {
        await using var server = await TestServer.StartAsync();
        using var response = await server.SendAsync(HttpMethod.Post, Routes.Workloads, TestServer.Work() with { Resources = [new() { Cpus = 1000 }] });
        var problem = await TestServer.ProblemAsync(response, 422);
        Assert.Equal("alpha", problem.Candidates!.Single().Site);
        Assert.NotNull(problem.Candidates![0].Excluded);
    }

    [Fact]
    public async Task A_log_is_followed_from_before_the_start_to_the_last_byte_whatever_the_bytes_are()
    {
        await using var server = await TestServer.StartAsync(withSite: false);
        server.Machines.Program = _ => null;
        await server.AddSiteAsync("alpha");
        var id = await server.SubmitAsync(TestServer.Work());
        var following = server.Http.GetByteArrayAsync($"/v1/workloads/{id}/logs?follow=true");
        await server.UntilAsync(id, v => v.Phase == PhaseWord.Running);
        var job = server.Machines.Jobs.Values.Single();
        byte[] odd = [0xff, 0x00, 0xfe, (byte)'\n'];
        job.Write(odd);
        await Task.Delay(100);
        Assert.False(following.IsCompleted);
        job.Write(Encoding.UTF8.GetBytes("end"));
        job.End(0, null, DateTimeOffset.UtcNow);
        Assert.Equal(new byte[] { 0xff, 0x00, 0xfe, (byte)'\n', (byte)'e', (byte)'n', (byte)'d' }, await following);
        await server.UntilEndedAsync(id);
        Assert.Equal("end", await server.Http.GetStringAsync($"/v1/workloads/{id}/logs?offset=4"));
        Assert.Equal("", await server.Http.GetStringAsync($"/v1/workloads/{id}/logs?offset=4000"));
    }

    [Fact]
    public async Task A_log_beyond_the_limit_is_cut_with_a_notice()
    {
        await using var server = await TestServer.StartAsync(withSite: false);
        await server.EndAsync();
        server.MaxLogBytes = 1_000_000;
        await server.BeginAsync();
        await server.AddSiteAsync("alpha");
        server.Machines.Program = _ => (new string('x', 3_000_000), 0);
        var id = await server.SubmitAsync(TestServer.Work());
        await server.UntilEndedAsync(id);
        var log = await server.Http.GetStringAsync($"/v1/workloads/{id}/logs");
        Assert.Equal(new string('x', 1_000_000), log[..1_000_000]);
        Assert.Contains("cut off", log[1_000_000..], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_log_that_is_followed_is_broken_off_when_the_server_stops_and_does_not_hold_it_up()
    {
        await using var server = await TestServer.StartAsync();
        server.Machines.Program = _ => null;
        var id = await server.SubmitAsync(TestServer.Work());
        await server.UntilAsync(id, v => v.Phase == PhaseWord.Running);
        using var response = await server.Http.GetAsync($"/v1/workloads/{id}/logs?follow=true", HttpCompletionOption.ResponseHeadersRead);
        var body = await response.Content.ReadAsStreamAsync();
        var reading = body.ReadAsync(new byte[100]).AsTask();
        var began = TimeProvider.System.GetTimestamp();
        await server.Services.GetRequiredService<IHost>().StopAsync();
        await Assert.ThrowsAnyAsync<IOException>(() => reading);
        Assert.InRange(TimeProvider.System.GetElapsedTime(began), TimeSpan.Zero, TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task A_follower_goes_on_to_the_attempt_that_speaks()
    {
        await using var server = await TestServer.StartAsync();
        foreach (var _ in Enumerable.Range(0, 3)) server.Machines.NextStarts.Enqueue(StartOutcome.NotStarted);
        var id = await server.SubmitAsync(TestServer.Work());
        Assert.Equal("hello\n", await server.Http.GetStringAsync($"/v1/workloads/{id}/logs?follow=true"));
        Assert.Equal(2, (await server.UntilEndedAsync(id)).FirstTasks.Single().Attempts.Count);
    }

    [Fact]
    public async Task Results_that_are_not_there_yet_are_a_conflict()
    {
        await using var server = await TestServer.StartAsync();
        server.Machines.Program = _ => null;
        var id = await server.SubmitAsync(TestServer.Work());
        await TestServer.ProblemAsync(await server.Http.GetAsync($"/v1/workloads/{id}/results"), 409);
    }

    [Fact]
    public async Task An_arrays_tasks_are_listed_page_by_page_and_its_results_lie_in_a_folder_each()
    {
        await using var server = await TestServer.StartAsync();
        var id = await server.SubmitAsync(TestServer.Work() with { Array = new() { Indices = "0-9:3" } });
        await server.UntilEndedAsync(id);
        var first = await server.GetAsync<Page<TaskView>>($"/v1/workloads/{id}/tasks?limit=3");
        var second = await server.GetAsync<Page<TaskView>>($"/v1/workloads/{id}/tasks?limit=3&cursor={first.Next}");
        Assert.Equal([0, 3, 6, 9], first.Items.Concat(second.Items).Select(t => t.Index!.Value));
        Assert.Null(second.Next);
        Assert.Contains("w1_9/w1_9.1.stdout=hello\n", await ResultsAsync(server, id));
    }

    [Fact]
    public async Task A_quote_binds_for_a_quarter_of_an_hour_and_no_longer()
    {
        var time = new FakeTimeProvider(new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
        await using var server = new TestServer { Time = time };
        await server.BeginAsync();
        await server.AddSiteAsync("alpha");
        var quote = await server.PostAsync<QuoteView>(Routes.Quotes, TestServer.Work());
        time.Advance(TimeSpan.FromMinutes(14));
        using var bound = await server.SendAsync(HttpMethod.Post, Routes.Workloads, TestServer.Work() with { Quote = quote.Id });
        Assert.Equal(201, (int)bound.StatusCode);
        time.Advance(TimeSpan.FromMinutes(2));
        using var late = await server.SendAsync(HttpMethod.Post, Routes.Workloads, TestServer.Work() with { Quote = quote.Id });
        Assert.Contains("expired", (await TestServer.ProblemAsync(late, 409)).Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Many_submissions_at_once_share_transactions()
    {
        await using var server = await TestServer.StartAsync(withSite: false);
        await server.AddSiteAsync("alpha", cpus: 1);
        var sizes = new ConcurrentQueue<int>();
        using var listener = new System.Diagnostics.Metrics.MeterListener
        {
            InstrumentPublished = (instrument, l) => { if (instrument.Name == "yunhe.commit.steps") l.EnableMeasurementEvents(instrument); },
        };
        listener.SetMeasurementEventCallback<int>((_, size, _, _) => sizes.Enqueue(size));
        listener.Start();
        var ids = await Task.WhenAll(Enumerable.Range(0, 200).Select(n => server.SubmitAsync(TestServer.Work($"n{n}"))));
        Assert.Equal(200, ids.Distinct().Count());
        Assert.True(sizes.Max() > 4, $"the largest transaction had {sizes.Max()} steps");
    }

    private static async Task<List<string>> ResultsAsync(TestServer server, string id)
    {
        var found = new List<string>();
        await using var tar = new TarReader(await server.Http.GetStreamAsync($"/v1/workloads/{id}/results"));
        while (await tar.GetNextEntryAsync() is { } entry)
        {
            using var text = new StreamReader(entry.DataStream ?? Stream.Null);
            found.Add($"{entry.Name}={await text.ReadToEndAsync()}");
        }

        found.Sort(StringComparer.Ordinal);
        return found;
    }
}
