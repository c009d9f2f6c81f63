using System.Runtime.InteropServices;
using Yunhe.Cli;

using var stop = new CancellationTokenSource();
void Stop(PosixSignalContext signal)
{
    // The second one ends the process at once.
    signal.Cancel = !stop.IsCancellationRequested;
    stop.Cancel();
}

using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
return await App.RunAsync(args, Shell.OfProcess(), stop.Token);
